"""`comptoir rehearse`: the whole history into a copy of the company on this machine; the real one is only read.

The facts are copied, the journal begins anew, and a simulator filled with the company's own lists takes the company's
place. From there on it is the same road as ever: what is posted, held and proved is what would be in the real books.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import FAILED, CommandError, reported
from comptoir.cli.problems import show_cause
from comptoir.cli.progress import progress
from comptoir.cli.report import columns, show_proof, show_trial_balance
from comptoir.cli.speech import spoken, text
from comptoir.demo.simulators import Simulator, connect_company, running
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import post_to_company
from comptoir.engine.sync import errand
from comptoir.engine.telling.held import Standing, standing
from comptoir.engine.telling.shapes.causes import cause_shapes
from comptoir.engine.telling.shapes.proofs import proof_shape
from comptoir.engine.work import resolved_settings
from comptoir.ledgers.quickbooks.connect import SIMULATOR
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.upkeep.copying import copy_home, forget_documents
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import App, open_app

CLOCK_TIMES = "100"
"""How much faster the simulator's clock runs: its limits on requests are met in its own time."""
COMPANY_FILE = "company.json"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the copy of the company came to, in its own figures."""

    proof: Proof
    standing: Standing
    trial_balance: list[dict[str, str]]
    taxes: list[dict[str, str]]
    clearing: list[tuple[str, Decimal]]


@reported
def rehearse(store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Post the whole history into a copy of your company on this machine. The real company is read, never written to.

    Shows the proof, the trial balance, the tax by rate, what is held and why, and the clearing accounts' balances. The
    copy has the company's lists and settings, not its documents. Exit code 1 when the proof does not hold.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="comptoir-rehearsal-") as folder:
        copy = Home.local(Path(folder))
        record, ledger = _take_copy(home, store, copy)
        console.print(
            text(
                "Posting the history of {store} into a copy of {company} on this machine.",
                store=record.title,
                company=ledger.title,
            )
        )
        options = ["--company", str(copy.path / COMPANY_FILE), "--realm-id", ledger.config["realm_id"]]
        options += ["--auto-approve", "--clock-speed", CLOCK_TIMES]
        with running("quickbooks", options) as company, open_app(copy) as app_:
            done = _post(app_, record, company)
    _show(done)
    console.print(text("Nothing was sent to {company} itself.", company=ledger.title), style="bold")
    if as_json:
        print(json.dumps(_summary(done, record, ledger, time.monotonic() - started)))
    if not done.proof.agrees:
        raise typer.Exit(FAILED)


def _take_copy(home: Path | None, store: str, copy: Home) -> tuple[ConnectionRecord, ConnectionRecord]:
    """The facts, and the company's lists, as they are now; CommandError where there is nothing to rehearse with."""
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        ledger = app_.ledger_record(record)
        if record.settings is None:
            raise CommandError(
                Message(
                    "{store} has no settings yet. Import them with: comptoir settings import FILE",
                    {"store": record.title},
                )
            )
        if not app_.books.facts.undecided(record.id, ""):
            raise CommandError(
                Message("Nothing was read from {store} yet. Read it with: comptoir preview", {"store": record.title})
            )
        resolved_settings(record.settings, app_.ledger(ledger).read_company())
        (copy.path / COMPANY_FILE).write_bytes(app_.company_file(ledger))
        copy_home(app_.home, copy)
        return record, ledger


def _post(app_: App, record: ConnectionRecord, company: Simulator) -> Rehearsal:
    """The history in the copy: the company's connection leads to the simulator before anything is decided."""
    connect_company(app_, company, CLOCK_TIMES)
    ledger = app_.ledger_record(record)
    if ledger.config.get("environment") != SIMULATOR or ledger.config.get("api_url") != company.facts["api_url"]:
        raise AssertionError("the rehearsal is not connected to its own copy of the company")
    forget_documents(app_.books.database)
    with progress(console) as watch, errand(app_.books, record, "rehearsal", partial(app_.work, watch=watch)) as work:
        proof = post_to_company(work, alone=app_.alone)
    balance: list[dict[str, str]] = json.loads(company.control("trial_balance"))
    return Rehearsal(
        proof=proof,
        standing=standing(app_.books, work.owner),
        trial_balance=balance,
        taxes=json.loads(company.control("tax_summary")),
        clearing=_clearing(record, balance),
    )


def _clearing(record: ConnectionRecord, balance: Sequence[dict[str, str]]) -> list[tuple[str, Decimal]]:
    """What lies on each account that holds a payment method's money, debit above zero."""
    if record.settings is None:
        raise AssertionError("a store without settings cannot be rehearsed")
    known = {row["account"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in balance}
    names = dict.fromkeys(method.account for method in record.settings.payments.methods.values())
    return [(name, known.get(name, Decimal(0))) for name in names]


def _show(done: Rehearsal) -> None:
    console.print()
    show_proof(console, done.proof)
    if done.standing.causes:
        console.print(text("Held in the rehearsal, with orders to look at:"), style="bold")
    for place, cause in enumerate(done.standing.causes, start=1):
        show_cause(place, cause)
    show_trial_balance(console, text("Trial balance of the copy"), done.trial_balance)
    _show_taxes(done)
    balance = text("Balance ({currency})", currency=done.proof.currency)
    table = columns(text("Money held until it is paid out"), text("Account"), balance)
    for name, amount in done.clearing:
        table.add_row(name, spoken().cents(amount))
    console.print(table)


def _show_taxes(done: Rehearsal) -> None:
    if not done.taxes:
        return
    title = text("Tax by rate, refunds taken off ({currency})", currency=done.proof.currency)
    table = Table(title=title, title_justify="left", header_style="bold")
    table.add_column(text("Rate"))
    table.add_column(text("Percent"), justify="right")
    table.add_column(text("Owed to"))
    table.add_column(text("On"), justify="right")
    table.add_column(text("Tax"), justify="right")
    for row in done.taxes:
        figures = (spoken().cents(Decimal(row[name])) for name in ("base", "tax"))
        table.add_row(row["name"], spoken().exact(Decimal(row["percent"])), row["agency"], *figures)
    console.print(table)


def _summary(done: Rehearsal, record: ConnectionRecord, ledger: ConnectionRecord, seconds: float) -> dict[str, Any]:
    return {
        "store": record.title,
        "company": ledger.title,
        **asdict(proof_shape(done.proof)),
        "held_by_cause": [asdict(each) for each in cause_shapes(done.standing)],
        "trial_balance": done.trial_balance,
        "tax_by_rate": done.taxes,
        "clearing": [{"account": name, "balance": f"{amount:.2f}"} for name, amount in done.clearing],
        "seconds": round(seconds, 1),
    }
