"""`comptoir retry`: take a choice back, have orders decided anew, post them at once, and tell what became of each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

import typer

from comptoir.books.choices import is_by_hand
from comptoir.books.facts import SourceId
from comptoir.books.openings import OPENING, SOURCE
from comptoir.books.problems import Message
from comptoir.cli.choices import facts_of
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, number_of, say
from comptoir.cli.documents import title
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.cli.sync import check_can_run, run_store
from comptoir.engine.by_hand.choosing import REOPENABLE, postings_of, put_up_again
from comptoir.engine.by_hand.fate import Fate, fate_of
from comptoir.engine.by_hand.going_on import let_go_on
from comptoir.engine.telling.held import HeldCause, standing
from comptoir.engine.telling.shapes.documents import documents_told
from comptoir.engine.telling.words import FATE_WORDS, STATE_WORDS
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.journal import WITHDRAWN, JournalOwner
from comptoir.storage.postings import ON_THE_WAY, Posting, State
from comptoir.wiring import App, open_app

SHOWN = 30
"""Orders told one by one; all are counted."""


@reported
def retry(
    order: Annotated[str, typer.Argument(help="The order's number; or name a cause, or all.")] = "",
    cause: Annotated[
        str,
        typer.Option(
            "--cause", help="Every order that this cause holds (see problems), but for those that you hold by hand."
        ),
    ] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Every order that is held, but for those that you hold by hand.")
    ] = False,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide held orders anew and post them now; take back what hold or skip said of them.

    An ORDER that was undone, or deleted in the books, is posted again. Then it tells what became of each: posted, or
    held still and why.
    """
    if sum(map(bool, (order, cause, every))) != 1:
        raise CommandError(Message("Name one order, or a cause with --cause, or every held order with --all."))
    with open_app(home, may_share=True) as app_:
        check_can_run(app_)
        record = chosen_store(app_, store)
        owner = app_.owner(record)
        if order:
            orders: Mapping[SourceId, str] = _of_order(app_, record, owner, order)
            put_up_again(app_.books, owner, orders, reopen=True)
        else:
            orders = let_go_on(app_.books, owner, _causes(app_, owner, cause))
        run, proof = run_store(app_, record, "retry")
        rows = postings_of(app_.books, owner, orders)
    outcomes = {
        number: fate_of([row for row in rows if row.order_source_id == each]) for each, number in orders.items()
    }
    _show(outcomes, rows)
    if as_json:
        told = [
            {"order": number, "outcome": outcome, "documents": documents_told(_own(rows, number))}
            for number, outcome in outcomes.items()
        ]
        print(json.dumps({"run": run.id, "agrees": proof.agrees, "orders": told}))


def _of_order(app_: App, record: ConnectionRecord, owner: JournalOwner, order: str) -> Mapping[SourceId, str]:
    if number_of(order) == OPENING:
        found = {SOURCE: OPENING}
    else:
        found = {fact.source_id: fact.number for fact in facts_of(app_, record, order)}
    rows = postings_of(app_.books, owner, found.keys())
    choices = app_.books.choices.all(record.id)
    open_ones = [row for row in rows if row.state in REOPENABLE | ON_THE_WAY | {State.HELD}]
    if rows and not open_ones and not choices.keys() & found.keys():
        raise CommandError(*_nothing_to_retry(number_of(order), rows))
    return found


def _nothing_to_retry(number: str, rows: Sequence[Posting]) -> Iterator[Message]:
    if any(row.state is not State.SKIPPED for row in rows):
        yield Message("Nothing of order {number} is held.", {"number": number})
        yield Message("See what became of it: {command}", {"command": f"comptoir explain {number}"})
        return
    yield Message("Nothing of order {number} is held; a rule leaves it out.", {"number": number})
    yield from {str(row.why): row.why for row in rows if row.why}.values()


def _causes(app_: App, owner: JournalOwner, cause: str) -> set[str]:
    """The causes of this name or kind; without one, every cause but the user's own word."""
    causes = standing(app_.books, owner).causes
    if cause:
        chosen = {each.cause for each in causes if cause in {each.cause, each.problem.code}}
    else:
        chosen = {each.cause for each in causes if not is_by_hand(each.cause)}
    if not chosen:
        raise CommandError(_no_such_cause(cause, causes))
    return chosen


def _no_such_cause(cause: str, causes: Sequence[HeldCause]) -> Message:
    if not causes:
        return Message("Nothing is held.")
    if not cause:
        return Message("Nothing is held but what you hold by hand. Let one go with: comptoir retry ORDER")
    held = ", ".join(each.cause for each in causes)
    return Message('Nothing is held for the cause "{cause}". Held are: {causes}.', {"cause": cause, "causes": held})


def _own(rows: Sequence[Posting], number: str) -> list[Posting]:
    return [row for row in rows if row.order_number == number and row.rule != WITHDRAWN]


def _show(outcomes: Mapping[str, Fate], rows: Sequence[Posting]) -> None:
    for number, outcome in list(outcomes.items())[:SHOWN]:
        console.print(labelled(text("Order {number}", number=number), told(FATE_WORDS[outcome])), style="bold")
        for row in _own(rows, number):
            say("  •", labelled(title(row), told(STATE_WORDS[row.state])))
            for problem in row.problems:
                say("   ", problem.what)
                say("    →", problem.remedy, "dim")
            if row.state is State.SKIPPED and row.why:
                say("   ", row.why)
    counts = Counter(outcomes.values())
    console.print(
        ", ".join(f"{spoken().number(counts[each])} {told(FATE_WORDS[each])}" for each in Fate if counts[each])
    )
