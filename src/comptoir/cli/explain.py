"""`comptoir explain ORDER`: why an order is, or is not, in the books (T3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.facts import SourceId
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import CommandError, reported
from comptoir.storage.connections import STORE
from comptoir.storage.facts import StoredFact
from comptoir.storage.journal import Journal, Posting, State
from comptoir.wiring import App, open_app

STATE_WORDS = {
    State.PLANNED: "planned: the next run posts it",
    State.WAITING: "waits for another document",
    State.HELD: "held",
    State.SKIPPED: "left out",
    State.SENDING: "sent, no answer yet",
    State.UNKNOWN: "sent, outcome not known: it is looked up before anything is sent again",
    State.POSTED: "in the books",
    State.ADOPTED: "in the books; it was there already, with our mark",
    State.CHANGED: "in the books, changed there by someone, or with another total than was meant",
    State.GONE: "deleted in the books",
    State.VOIDED: "voided in the books: the order was cancelled",
    State.UNDOING: "on its way out of the books",
    State.UNDONE: "undone: it was in the books and was taken out again",
}


@reported
def explain(
    order: Annotated[str, typer.Argument(help="The order's number as the store shows it, with or without #.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why an order is, or is not, in the books: what the store said, which rule applied, what was posted."""
    number = order.strip().lstrip("#")
    with open_app(home, to_read=True) as app_:
        found = app_.books.facts.find(app_.organization_id, number)
        postings = app_.books.journal.for_order(app_.organization_id, number)
        if not found and not postings:
            raise CommandError(never_seen(app_, number))
        choices = _choices(app_)
        for fact in found:
            _show_fact(console, fact, choices.get((fact.connection_id, fact.source_id)))
        for posting in postings:
            _show_posting(console, app_.books.journal, posting)
    if as_json:
        print(json.dumps({"order": number, "postings": [_summary(posting) for posting in postings]}))


def never_seen(app_: App, number: str) -> str:
    """That an order was never read, and what that may come from."""
    starts = [
        f"{record.title} is read from {record.settings.start_date.isoformat()} on"
        for record in app_.stores()
        if record.settings
    ]
    since = "; ".join(starts) or "no store has settings yet"
    return (
        f"Order {number} was never read from a store ({since}). "
        "Check the number, run comptoir sync, or ask whether the store still has the order."
    )


def _choices(app_: App) -> Mapping[tuple[int, SourceId], Choice]:
    """What the user chose of the orders of every store."""
    return {
        (record.id, order): choice
        for record in app_.books.connections.all(app_.organization_id, STORE)
        for order, choice in app_.books.choices.all(record.id).items()
    }


def _show_fact(out: Console, fact: StoredFact, choice: Choice | None) -> None:
    out.print(f"Order {fact.number}", style="bold", markup=False)
    out.print(f"  The store says: placed {fact.placed_at:%Y-%m-%d %H:%M} UTC.", markup=False)
    if choice is not None:
        words = "hold it back" if choice.kind is ChoiceKind.HOLD else "leave it out"
        reason = f": {choice.reason}" if choice.reason else "."
        out.print(f"  You chose on {choice.made_at:%Y-%m-%d} (UTC) to {words}{reason}", style="yellow", markup=False)


def _show_posting(out: Console, journal: Journal, posting: Posting) -> None:
    amount = posting.meant or posting.store_total
    title = f"  {posting.key.kind.value.capitalize()} of {posting.dated}, {amount}: {STATE_WORDS[posting.state]}"
    out.print(title, markup=False)
    if posting.ledger_id:
        out.print(f"    {posting.ledger_type} {posting.number}, id {posting.ledger_id}", markup=False)
    if posting.state is State.SKIPPED:
        out.print(f"    Rule: {posting.rule_text}", markup=False)
    for problem in posting.problems:
        out.print(f"    {problem.what}", markup=False)
        out.print(f"    → {problem.remedy}", markup=False)
    for at, state, detail in journal.history(posting.id):
        out.print(f"    {at:%Y-%m-%d %H:%M:%S}  {state.value}  {detail}", style="dim", markup=False)


def _summary(posting: Posting) -> dict[str, object]:
    return {
        "kind": posting.key.kind.value,
        "state": posting.state.value,
        "number": posting.number,
        "ledger_type": posting.ledger_type,
        "ledger_id": posting.ledger_id,
        "rule": posting.rule,
        "problems": [{"what": str(each.what), "remedy": str(each.remedy)} for each in posting.problems],
    }
