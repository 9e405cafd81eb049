"""`comptoir demo`: one real shop's month in the books, on this machine, with no account anywhere.

Two simulators are started as programs of their own; the product connects to them over HTTP with the real exchange of
credentials, posts the month, proves it, and runs again. The figures at the end come from the simulators' own dumps
and logs, not from the product's counters.
"""

from __future__ import annotations

import json
import socket
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.table import Table

from comptoir.books.documents import Kind
from comptoir.books.money import Money, total, zero
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.connect import save_quickbooks, save_shopify
from comptoir.cli.errors import reported
from comptoir.cli.report import plain, show_proof
from comptoir.cli.settings import put_in_force, settings_from
from comptoir.cli.simulators import Simulator, running
from comptoir.cli.sync import sync_store
from comptoir.engine.proof import Proof
from comptoir.engine.work import zone_named
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run
from comptoir.wiring import CLOCK_SPEED, App, open_app

CLOCK_TIMES = "40"
"""How much faster the simulators' clocks run, so that a month posts within their real limits in about a minute."""
LEDGER_DUMP = "ledger.jsonl"
SALES = frozenset({"SalesReceipt", "Invoice"})
REFUNDS = frozenset({"RefundReceipt", "CreditMemo"})
OURS = frozenset({"Customer", "Item", "Payment", *SALES, *REFUNDS})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo did, in the simulators' own figures."""

    first_run: Run
    proof: Proof
    second_run_documents: int
    store_calls: int
    ledger_calls: int
    documents: Counter[str]
    store_total: Decimal
    ledger_total: Decimal
    trial_balance: list[dict[str, str]]


@reported
def demo(
    data: Annotated[Path | None, typer.Option(help="A file of the demo's form; else the month in the box.")] = None,
    once: Annotated[
        bool, typer.Option("--once", help="End when done, instead of leaving the simulators running.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a real shop's month into the books of a simulated company, prove it, and run again."""
    started = time.monotonic()
    place = home or Path(tempfile.mkdtemp(prefix="comptoir-demo-"))
    shop_options = ["--clock-speed", CLOCK_TIMES, *(["--data", str(data)] if data else [])]
    company_options = ["--clock-speed", CLOCK_TIMES, "--auto-approve"]
    console.print("Starting a shop and a company on this machine ...")
    with running("shopify", shop_options) as shop, running("quickbooks", company_options) as company:
        with open_app(place) as app_:
            record = connect_both(app_, shop, company)
            _explain_file(shop)
            outcome = _run_twice(app_, record, shop, company, place)
        _show(outcome, place)
        if as_json:
            print(json.dumps(_summary(outcome, shop, place, time.monotonic() - started)))
        if not once:
            _stay(place, shop, company)


def connect_both(app_: App, shop: Simulator, company: Simulator) -> ConnectionRecord:
    """Connect the product to both simulators as it connects to the real platforms, and put settings in force."""
    record, info = save_shopify(
        app_,
        {
            "shop": shop.facts["shop"],
            "client_id": shop.facts["client_id"],
            "client_secret": shop.facts["client_secret"],
            "base_url": shop.url,
        },
    )
    console.print(f"Connected: {info.name} ({info.currency}, {info.time_zone}).")
    ledger, _ = save_quickbooks(
        app_,
        {
            "client_id": company.facts["client_id"],
            "client_secret": company.facts["client_secret"],
            "redirect_uri": f"http://127.0.0.1:{free_port()}/callback",
            "environment": "simulator",
            "discovery_url": company.facts["discovery_url"],
            "api_url": company.facts["api_url"],
            CLOCK_SPEED: CLOCK_TIMES,
        },
        lambda url: httpx2.get(url, follow_redirects=True, timeout=30).raise_for_status(),
    )
    console.print(f"Connected: {ledger.title}.")
    text = files("comptoir.cli").joinpath("demo_settings.toml").read_text(encoding="utf-8")
    settings = settings_from(text)
    start = date.fromisoformat((shop.facts.get("summary") or {}).get("start_date", settings.start_date.isoformat()))
    put_in_force(app_, record, replace(settings, start_date=start))
    return app_.books.connections.get(record.id)


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _explain_file(shop: Simulator) -> None:
    told = shop.facts["summary"]
    console.print(
        f"The file holds {told['documents']:,} documents: {told['orders']:,} orders and {told['refunds']:,} refunds "
        f"({told['refunds_matched']} of them of an order of the month, {told['refunds_standalone']} of an earlier one)."
    )
    for reason, found in told["left_out_by_reason"].items():
        console.print(f"Left out, {reason}: {found['documents']} documents, {found['amount']}.")


def _run_twice(app_: App, record: ConnectionRecord, shop: Simulator, company: Simulator, place: Path) -> Outcome:
    run, proof = sync_store(app_, record)
    store_calls, ledger_calls = shop.calls(), company.calls()
    first = documents_of(company)
    console.print("Running again ...")
    sync_store(app_, app_.books.connections.get(record.id))
    dump = company.control("dump")
    (place / LEDGER_DUMP).write_text(dump, encoding="utf-8")
    documents = documents_in(dump)
    return Outcome(
        first_run=run,
        proof=proof,
        second_run_documents=documents.total() - first.total(),
        store_calls=store_calls,
        ledger_calls=ledger_calls,
        documents=documents,
        store_total=store_total(shop.control("dump"), app_.books.connections.get(record.id)),
        ledger_total=ledger_total(dump),
        trial_balance=json.loads(company.control("trial_balance")),
    )


def documents_of(company: Simulator) -> Counter[str]:
    """How many records of each type the company holds, by its own dump; lists it was born with left out."""
    return documents_in(company.control("dump"))


def documents_in(dump: str) -> Counter[str]:
    """The types of a dump's records."""
    found = Counter(str(json.loads(line)["type"]) for line in dump.splitlines())
    return Counter({name: count for name, count in found.items() if name in OURS})


def store_total(dump: str, record: ConnectionRecord) -> Decimal:
    """Orders less refunds dated from the start date on, added up from a shop's dump."""
    if record.settings is None:
        raise AssertionError("the demo's shop has settings")
    start, zone = record.settings.start_date, zone_named(record.settings.time_zone)

    def in_scope(moment: str) -> bool:
        return datetime.fromisoformat(moment).astimezone(zone).date() >= start

    added = Decimal(0)
    for line in dump.splitlines():
        order = json.loads(line)["object"]
        if in_scope(order["processedAt"]):
            added += Decimal(order["totalPriceSet"])
        for refund in order["refunds"]:
            if in_scope(refund["createdAt"]):
                added -= Decimal(refund["totalRefundedSet"])
    return added


def ledger_total(dump: str) -> Decimal:
    """Sales less refunds, added up from a company's dump."""
    added = Decimal(0)
    for line in dump.splitlines():
        row = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        if row["type"] in SALES:
            added += row["object"]["TotalAmt"]
        elif row["type"] in REFUNDS:
            added -= row["object"]["TotalAmt"]
    return added


def _show(outcome: Outcome, place: Path) -> None:
    console.print()
    show_proof(console, outcome.proof, outcome.first_run)
    table = Table(title="Trial balance, by the company itself", title_justify="left", header_style="bold")
    table.add_column("Account")
    table.add_column("Debit", justify="right")
    table.add_column("Credit", justify="right")
    for row in outcome.trial_balance:
        table.add_row(row["account"], _column(row["debit"]), _column(row["credit"]))
    table.add_section()
    sums = [sum((Decimal(str(row[side])) for row in outcome.trial_balance), Decimal(0)) for side in ("debit", "credit")]
    table.add_row("Total", *(f"{each:,.2f}" for each in sums), style="bold")
    console.print(table)
    counted = ", ".join(f"{count:,} {name}" for name, count in sorted(outcome.documents.items()))
    console.print(f"In the books: {counted}.")
    console.print(f"The second run added {outcome.second_run_documents} documents.")
    console.print(f"Every document as the company holds it: {place / LEDGER_DUMP}")


def _column(amount: object) -> str:
    value = Decimal(str(amount))
    return f"{value:,.2f}" if value else ""


def _summary(outcome: Outcome, shop: Simulator, place: Path, seconds: float) -> dict[str, Any]:
    told = shop.facts["summary"]
    proof = outcome.proof
    none = zero(proof.currency)
    sales = [row for row in proof.held if row.kind is Kind.SALE]
    refunds = [row for row in proof.held if row.kind is Kind.REFUND]
    held = total((row.amount or none for row in sales), proof.currency) - total(
        (row.amount or none for row in refunds), proof.currency
    )
    # Orders from before the start date are in the store for their refunds' sake; they are no orders of the file.
    skipped = [row for row in proof.skipped if row.kind is Kind.SALE and row.rule != "before-start"]
    left = total((row.amount or none for row in skipped), proof.currency)
    store = Money(outcome.store_total, proof.currency) - held - left
    ledger = Money(outcome.ledger_total, proof.currency)
    return {
        "orders": told["orders"],
        "posted": proof.posted.get(Kind.SALE, 0),
        "held": len(sales),
        "skipped": len(skipped),
        "refunds": told["refunds"],
        "refunds_posted": proof.posted.get(Kind.REFUND, 0),
        "refunds_held": len(refunds),
        "documents_by_type": dict(sorted(outcome.documents.items())),
        "sales_total": told["sales_total"],
        "refund_total": told["refund_total"],
        "left_out_total": told["left_out_total"],
        "held_total": plain(held),
        "store_total": plain(store),
        "ledger_total": plain(ledger),
        "difference": plain(store - ledger),
        "second_run_documents": outcome.second_run_documents,
        "ledger_calls": outcome.ledger_calls,
        "store_calls": outcome.store_calls,
        "seconds": round(seconds, 1),
        "ledger_dump": str(place / LEDGER_DUMP),
    }


def _stay(place: Path, shop: Simulator, company: Simulator) -> None:
    console.print()
    console.print("The shop and the company keep running. In another terminal, try:")
    order = "536365"
    for command in (f"explain {order}", "problems", "runs", "preview", "sync", "prove", "settings export"):
        console.print(f"  comptoir {command} --home {place}", style="bold", markup=False)
    console.print(f"Shop: {shop.url}   Company: {company.url}   Stop with Ctrl-C.")
    while True:
        time.sleep(3600)
