"""`comptoir explain ORDER`: why an order is, or is not, in the books (T3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from comptoir.books.chain import Step as RuleStep
from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, console, number_of, say
from comptoir.cli.errors import CommandError, reported
from comptoir.engine.errors import HouseError
from comptoir.engine.road import explain as explain_road
from comptoir.engine.telling.shapes.documents import documents_told
from comptoir.engine.telling.shapes.orders import rule_shapes
from comptoir.engine.telling.words import STATE_WORDS
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.storage.journal import Journal
from comptoir.storage.postings import Posting, State
from comptoir.storage.upkeep.home import HomeBusyError
from comptoir.wiring import App, open_app


@reported
def explain(
    order: Annotated[str, typer.Argument(help="The order's number as the store shows it, with or without #.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why an order is, or is not, in the books: what the store said, which rule applied, what was posted."""
    number = number_of(order)
    with open_app(home, to_read=True) as app_:
        found = app_.books.facts.find(app_.organization_id, number)
        postings = app_.books.journal.for_order(app_.organization_id, number)
        if not found and not postings:
            raise CommandError(never_seen(app_, number))
        choices = _choices(app_)
        rules: list[RuleStep] = []
        for fact in found:
            _show_fact(console, fact, choices.get((fact.connection_id, fact.source_id)))
            steps = _rules(app_, fact)
            show_rules(steps)
            rules += [] if isinstance(steps, str) else steps
        console.print("The journal:" if postings else "The journal knows nothing of it yet.", style="bold")
        for posting in postings:
            _show_posting(console, app_.books.journal, posting)
    if as_json:
        told = [asdict(each) for each in rule_shapes(rules)]
        print(json.dumps({"order": number, "rules": told, "postings": documents_told(postings)}))


def _rules(app_: App, fact: StoredFact) -> Sequence[RuleStep] | str:
    """The rules as they apply now, with the company as it is; or why they cannot be told.

    While a run is at work its tokens are its own, and what it decides is not decided yet.
    """
    try:
        with app_.home.working():
            record = app_.books.connections.get(fact.connection_id)
            (run,) = app_.books.runs.latest(app_.organization_id, 1)
            return explain_road(app_.work(record, run), fact)
    except HomeBusyError:
        return "A run is at work; ask again when it is done."
    except SettingsProblemsError:
        return "The settings do not fit the company any more: comptoir problems."
    except HouseError as error:
        return str(error.message)


def show_rules(steps: Sequence[RuleStep] | str) -> None:
    """Each rule with what it looked at and what it said."""
    if isinstance(steps, str):
        say("  The rules cannot be told now:", steps, "yellow")
        return
    if steps:
        console.print("The rules, in the order in which they apply now:", style="bold")
    for step in steps:
        words = " ".join(map(str, (step.saw, *step.said)))
        say("  ✗" if step.stops else "  ✓", f"{step.rule}: {words}", "yellow" if step.stops else "")


def never_seen(app_: App, number: str) -> str:
    """That an order was never read, and what that may come from."""
    stores = app_.stores()
    since = "; ".join(_reads(record) for record in stores if record.settings) or "no store has settings yet"
    warnings = [warning for record in stores for warning in _warnings(app_, record)]
    return " ".join(
        (
            f"Order {number} was never read from a store ({since}).",
            "Check the number, run comptoir sync, or ask whether the store still has the order.",
            *map(str, warnings),
        )
    )


def _reads(record: ConnectionRecord) -> str:
    start = record.settings.start_date.isoformat() if record.settings else ""
    last = f", last at {record.fetched_until:%Y-%m-%d %H:%M} UTC" if record.fetched_until else ", and never was yet"
    return f"{record.title} is read from {start} on{last}"


def _warnings(app_: App, record: ConnectionRecord) -> Sequence[Message]:
    """What the store itself keeps back, such as orders older than 60 days; nothing where it cannot be asked now."""
    try:
        with app_.home.working():
            return app_.store(record).describe().warnings
    except (HomeBusyError, HouseError):
        return ()


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
    kind = posting.key.kind.value.replace("_", " ").capitalize()
    title = f"  {kind} of {posting.dated}, {amount}: {STATE_WORDS[posting.state]}"
    out.print(title, markup=False)
    if posting.ledger_id:
        out.print(f"    {posting.ledger_type} {posting.number}, id {posting.ledger_id}", markup=False)
    if posting.state is State.SKIPPED:
        out.print(f"    Rule: {posting.why}", markup=False)
    for problem in posting.problems:
        say("   ", str(problem.what))
        say("   →", str(problem.remedy))
    for note in posting.notes:
        say("   !", str(note), "yellow")
    for at, state, said in journal.history(posting.id):
        out.print(f"    {at:%Y-%m-%d %H:%M:%S}  {state.value}  {' '.join(map(str, said))}", style="dim", markup=False)
