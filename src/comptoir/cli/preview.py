"""`comptoir preview`: what a run would post, before anything is sent: all orders in a table, or one line by line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from comptoir.books.company import Company
from comptoir.books.documents import CustomerDocument, ItemDocument
from comptoir.books.ledger_lines import Totals
from comptoir.books.money import Money, total
from comptoir.books.problems import Skipped
from comptoir.cli.choices import facts_of
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import reported
from comptoir.cli.preview_order import form_of, show_order, shown_summary
from comptoir.cli.report import figure
from comptoir.engine.preview import Previewed, Previewer, Shown
from comptoir.engine.road import fetch_connection
from comptoir.engine.road import preview as preview_road
from comptoir.engine.sync import errand
from comptoir.engine.telling.shapes.common import plain
from comptoir.engine.telling.words import STATE_WORDS
from comptoir.storage import postings
from comptoir.storage.connections import ConnectionRecord
from comptoir.wiring import App, open_app

IN_BOOKS = "in the books already"
BOOKED = postings.IN_BOOKS | postings.IN_FLIGHT
LISTS = frozenset({"customer", "item"})


@reported
def preview(
    order: Annotated[str, typer.Argument(help="One order, in full: its number; without it, every order.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="How many documents to show; all are counted.")] = 30,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the documents that a run would post, the orders it would hold, and why. Nothing is sent.

    With an order: every line of its documents, the tax, and what each does to the accounts.
    """
    with _looking(home, store) as (app_, record, previewer):
        if order:
            facts = facts_of(app_, record, order)
            found = [previewer.one(fact) for fact in facts]
            for fact, each in zip(facts, found, strict=True):
                show_order(each, previewer, previewer.reason(fact))
            rows = [row for each in found for row in shown_summary(each, previewer)]
            summary: dict[str, Any] = {"order": found[0].number, "documents": rows}
        else:
            summary = _every(previewer, limit)
    if as_json:
        print(json.dumps(summary))


@contextmanager
def _looking(home: Path | None, store: str) -> Iterator[tuple[App, ConnectionRecord, Previewer]]:
    """The store is read first, so that what is shown is what a run would do now."""
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        with errand(app_.books, record, "preview", app_.work) as work:
            fetch_connection(work, alone=app_.alone)
        yield app_, record, preview_road(work)


def _every(previewer: Previewer, limit: int) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    sums = Totals()
    table = Table(title="What would be posted", title_justify="left", header_style="bold")
    for name in ("Order", "Becomes", "Number", "Date", "Total"):
        table.add_column(name, justify="right" if name == "Total" else "left")
    for previewed in previewer.every():
        for shown in previewed.shown:
            form = _standing(shown) or form_of(shown)
            counts[form] += 1
            shown.add_to(sums)
            if table.row_count < limit and form not in LISTS and not shown.has_left:
                table.add_row(*_row(previewed, shown, form))
    console.print(table)
    console.print(", ".join(f"{count:,} {form}" for form, count in sorted(counts.items())))
    _show_taxes(sums, previewer.company)
    _show_accounts(sums)
    return {"counts": dict(counts), "accounts": _accounts(sums), "tax": _taxes(sums, previewer.company)}


def _standing(shown: Shown) -> str:
    """Where a document stands that left the house before; "" for what is to be posted."""
    if shown.row is None or not shown.has_left:
        return ""
    return IN_BOOKS if shown.row.state in BOOKED else str(STATE_WORDS[shown.row.state])


def _row(previewed: Previewed, shown: Shown, form: str) -> tuple[str, ...]:
    decided, outcome = shown.decided, shown.decided.outcome
    amount = str(decided.total.rounded()) if decided.total else ""
    dated = str(decided.dated or "")
    if isinstance(outcome, tuple):
        what = "\n".join(str(problem.what) for problem in outcome)
        return (previewed.number, f"held: {what}", "", dated, amount)
    if isinstance(outcome, Skipped):
        return (previewed.number, f"left out: {outcome.why}", "", dated, "")
    number = "" if isinstance(outcome, CustomerDocument | ItemDocument) else outcome.number
    return (previewed.number, "\n! ".join((form, *map(str, decided.notes))), number, dated, amount)


def _show_accounts(sums: Totals) -> None:
    for currency, rows in _by_currency(sums).items():
        table = Table(title=f"What it does to the accounts ({currency})", title_justify="left", header_style="bold")
        table.add_column("Account")
        table.add_column("Debit", justify="right")
        table.add_column("Credit", justify="right")
        for account, debit, credit in rows:
            table.add_row(account, "" if debit.is_zero else figure(debit), "" if credit.is_zero else figure(credit))
        table.add_section()
        debits = total((debit for _, debit, _ in rows), currency)
        credits_ = total((credit for *_, credit in rows), currency)
        table.add_row("Total", figure(debits), figure(credits_), style="bold")
        console.print(table)
        console.print("Inventory cost, where items keep stock, is QuickBooks' own and not in this table.", style="dim")


def _by_currency(sums: Totals) -> dict[str, list[tuple[str, Money, Money]]]:
    found: dict[str, list[tuple[str, Money, Money]]] = {}
    for row in sums.accounts():
        found.setdefault(row[1].currency, []).append(row)
    return found


def _accounts(sums: Totals) -> list[dict[str, str]]:
    return [
        {"account": account, "currency": debit.currency, "debit": plain(debit), "credit": plain(credit)}
        for account, debit, credit in sums.accounts()
    ]


def _show_taxes(sums: Totals, company: Company) -> None:
    rows = _taxes(sums, company)
    if not rows:
        return
    table = Table(title="Tax by rate, refunds taken off", title_justify="left", header_style="bold")
    for name in ("Rate", "Owed to", "On", "Tax"):
        table.add_column(name, justify="right" if name in {"On", "Tax"} else "left")
    for row in rows:
        table.add_row(row["rate"], row["agency"], f"{row['base']} {row['currency']}", f"{row['tax']} {row['currency']}")
    console.print(table)


def _taxes(sums: Totals, company: Company) -> list[dict[str, str]]:
    return [
        {
            "rate": rate.name,
            "agency": rate.agency,
            "currency": each.amount.currency,
            "base": plain(each.base),
            "tax": plain(each.amount),
        }
        for rate, each in sums.by_rate(company)
    ]
