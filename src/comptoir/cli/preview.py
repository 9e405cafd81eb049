"""`comptoir preview`: what a run would post, before anything is sent: all orders in a table, or one line by line."""

from __future__ import annotations

import json
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
from comptoir.books.openings import OPENING
from comptoir.books.problems import Message, Skipped
from comptoir.cli.choices import facts_of
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, number_of
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.preview_order import form_of, show_order, shown_summary
from comptoir.cli.report import columns
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.preview import Previewed, Previewer, Shown
from comptoir.engine.road import fetch_connection
from comptoir.engine.road import preview as preview_road
from comptoir.engine.sync import errand
from comptoir.engine.telling.shapes.common import plain
from comptoir.engine.telling.words import STATE_WORDS
from comptoir.engine.work import zone_of
from comptoir.storage import postings
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import PREVIEW, Run
from comptoir.wiring import App, open_app

IN_BOOKS = Message("in the books already")
BOOKED = postings.IN_BOOKS | postings.IN_FLIGHT
LISTS = frozenset({"customer", "item"})
STOCK_COST = "Inventory cost, where items keep stock, is QuickBooks' own and not in this table."


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
        opening = previewer.opening() if number_of(order) == OPENING else None
        if opening is not None:
            show_order(opening, previewer, None)
            summary: dict[str, Any] = {"order": opening.number, "documents": shown_summary(opening, previewer)}
        elif order:
            facts = facts_of(app_, record, order)
            found = [previewer.one(fact) for fact in facts]
            for fact, each in zip(facts, found, strict=True):
                show_order(each, previewer, previewer.reason(fact))
            rows = [row for each in found for row in shown_summary(each, previewer)]
            summary = {"order": found[0].number, "documents": rows}
        else:
            summary = _every(previewer, limit)
    if as_json:
        print(json.dumps(summary))


@contextmanager
def _looking(home: Path | None, store: str) -> Iterator[tuple[App, ConnectionRecord, Previewer]]:
    """The store is read first, so that what is shown is what a run would do now; beside a server, which reads it."""
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        if app_.is_guest:
            yield app_, record, preview_road(app_.work(record, _last_read(app_, record)))
            return
        with errand(app_.books, record, PREVIEW, app_.work) as work:
            fetch_connection(work, alone=app_.alone)
        yield app_, record, preview_road(work)


def _last_read(app_: App, record: ConnectionRecord) -> Run:
    """The run that read the store last, another process's; until when that was is said."""
    run = app_.books.runs.of_connection(record.id)
    if run is None or record.fetched_until is None:
        raise CommandError(
            Message(
                "Another Comptoir process is at work here, and has not read {store} to its end yet. Try again later.",
                {"store": record.title},
            )
        )
    until = spoken().moment(record.fetched_until, zone_of(record))
    console.print(text("Another Comptoir process is at work here. It read the store last on {moment}.", moment=until))
    return run


def _every(previewer: Previewer, limit: int) -> dict[str, Any]:
    counts: dict[str, tuple[Message, int]] = {}
    sums = Totals()
    table = Table(title=text("What would be posted"), title_justify="left", header_style="bold")
    for name in (text("Order"), text("Becomes"), text("Number"), text("Date")):
        table.add_column(name)
    table.add_column(text("Total"), justify="right")
    for previewed in previewer.every():
        for shown in previewed.shown:
            form = _standing(shown) or form_of(shown)
            counts[str(form)] = (form, counts.get(str(form), (form, 0))[1] + 1)
            shown.add_to(sums)
            if table.row_count < limit and str(form) not in LISTS and not shown.has_left:
                table.add_row(*_row(previewed, shown, form))
    console.print(table)
    console.print(", ".join(f"{spoken().number(count)} {told(form)}" for _, (form, count) in sorted(counts.items())))
    _show_taxes(sums, previewer.company)
    _show_accounts(sums)
    numbers = {name: count for name, (_, count) in counts.items()}
    return {"counts": numbers, "accounts": _accounts(sums), "tax": _taxes(sums, previewer.company)}


def _standing(shown: Shown) -> Message | None:
    """Where a document stands that left the house before; None for what is to be posted."""
    if shown.row is None or not shown.has_left:
        return None
    return IN_BOOKS if shown.row.state in BOOKED else STATE_WORDS[shown.row.state]


def _row(previewed: Previewed, shown: Shown, form: Message) -> tuple[str, ...]:
    decided, outcome = shown.decided, shown.decided.outcome
    amount = spoken().money(decided.total) if decided.total else ""
    dated = spoken().day(decided.dated) if decided.dated else ""
    if isinstance(outcome, tuple):
        what = "\n".join(told(problem.what) for problem in outcome)
        return (previewed.number, labelled(told(form), what), "", dated, amount)
    if isinstance(outcome, Skipped):
        return (previewed.number, labelled(told(form), told(outcome.why)), "", dated, "")
    number = "" if isinstance(outcome, CustomerDocument | ItemDocument) else outcome.number
    return (previewed.number, "\n! ".join(map(told, (form, *decided.notes))), number, dated, amount)


def _show_accounts(sums: Totals) -> None:
    for currency, rows in _by_currency(sums).items():
        figure = spoken().figure
        title = text("What it does to the accounts ({currency})", currency=currency)
        table = columns(title, text("Account"), text("Debit"), text("Credit"))
        for account, debit, credit in rows:
            table.add_row(account, "" if debit.is_zero else figure(debit), "" if credit.is_zero else figure(credit))
        table.add_section()
        debits = total((debit for _, debit, _ in rows), currency)
        credits_ = total((credit for *_, credit in rows), currency)
        table.add_row(text("Total"), figure(debits), figure(credits_), style="bold")
        console.print(table)
        console.print(text(STOCK_COST), style="dim")


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
    rows = sums.by_rate(company)
    if not rows:
        return
    table = Table(title=text("Tax by rate, refunds taken off"), title_justify="left", header_style="bold")
    table.add_column(text("Rate"))
    table.add_column(text("Owed to"))
    table.add_column(text("On"), justify="right")
    table.add_column(text("Tax"), justify="right")
    for rate, each in rows:
        table.add_row(rate.name, rate.agency, spoken().money(each.base), spoken().money(each.amount))
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
