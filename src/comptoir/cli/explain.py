"""`comptoir explain ORDER`: why an order is, or is not, in the books (T3)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC
from typing import Annotated

import typer

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.books.rules import Step as RuleStep
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, number_of, say
from comptoir.cli.documents import dated, numbered
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.errors import HouseError
from comptoir.engine.road import explain as explain_road
from comptoir.engine.telling.shapes.documents import documents_told
from comptoir.engine.telling.shapes.orders import rule_shapes
from comptoir.engine.telling.words import KINDS, RULES, STATE_WORDS, event_words
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.storage.journal import Journal
from comptoir.storage.postings import Posting, State
from comptoir.wiring import App, open_app


@reported
def explain(
    order: Annotated[str, typer.Argument(help="The order's number as the store shows it, with or without #.")],
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why an order is, or is not, in the books: what the store said, which rule applied, what was posted."""
    number = number_of(order)
    with open_app(home, to_read=True) as app_:
        stores = [chosen_store(app_, store)] if store else app_.books.connections.all(app_.organization_id, STORE)
        own = {each.id for each in stores}
        found = [each for each in app_.books.facts.find(app_.organization_id, number) if each.connection_id in own]
        known = app_.books.journal.for_order(app_.organization_id, number)
        postings = [each for each in known if each.connection_id in own]
        if not found and not postings:
            raise never_seen(app_, number)
        choices = _choices(app_)
        rules: list[RuleStep] = []
        for fact in found:
            _show_fact(fact, choices.get((fact.connection_id, fact.source_id)))
            steps = _rules(app_, fact)
            show_rules(steps)
            rules += [] if isinstance(steps, Message) else steps
        console.print(text("The journal:" if postings else "The journal knows nothing of it yet."), style="bold")
        for posting in postings:
            _show_posting(app_.books.journal, posting)
    if as_json:
        told = [asdict(each) for each in rule_shapes(rules)]
        print(json.dumps({"order": number, "rules": told, "postings": documents_told(postings)}))


def _rules(app_: App, fact: StoredFact) -> Sequence[RuleStep] | Message:
    """The rules as they apply now, with the company as it is; or why they cannot be told."""
    try:
        record = app_.books.connections.get(fact.connection_id)
        (run,) = app_.books.runs.latest(app_.organization_id, 1)
        return explain_road(app_.work(record, run), fact)
    except SettingsProblemsError:
        return Message("The settings do not fit the company any more: comptoir problems.")
    except HouseError as error:
        return error.message


def show_rules(steps: Sequence[RuleStep] | Message) -> None:
    """Each rule with what it looked at and what it said."""
    if isinstance(steps, Message):
        say(text("  The rules cannot be told now:"), steps, "yellow")
        return
    if steps:
        console.print(text("The rules, in the order in which they apply now:"), style="bold")
    for step in steps:
        words = " ".join(map(told, (step.saw, *step.said)))
        name = told(RULES[step.rule])
        say("  ✗" if step.stops else "  ✓", labelled(name, words), "yellow" if step.stops else "")


def never_seen(app_: App, number: str) -> CommandError:
    """That an order was never read, and what that may come from."""
    stores = app_.stores()
    return CommandError(
        Message("Order {number} was never read from a store.", {"number": number}),
        *map(_reads, stores),
        Message("Check the number, run comptoir sync, or ask whether the store still has the order."),
        *(warning for record in stores for warning in _warnings(app_, record)),
    )


def _reads(record: ConnectionRecord) -> Message:
    if record.settings is None:
        return Message("{store} has no settings yet.", {"store": record.title})
    values = {"store": record.title, "start": record.settings.start_date.isoformat()}
    if record.fetched_until is None:
        return Message("{store} is read from {start} on, and never was yet.", values)
    at = f"{record.fetched_until:%Y-%m-%d %H:%M}"
    return Message("{store} is read from {start} on, last at {at} UTC.", {**values, "at": at})


def _warnings(app_: App, record: ConnectionRecord) -> Sequence[Message]:
    """What the store itself keeps back, such as orders older than 60 days; nothing where it cannot be asked now."""
    try:
        return app_.store(record).describe().warnings
    except HouseError:
        return ()


def _choices(app_: App) -> Mapping[tuple[int, SourceId], Choice]:
    """What the user chose of the orders of every store."""
    return {
        (record.id, order): choice
        for record in app_.books.connections.all(app_.organization_id, STORE)
        for order, choice in app_.books.choices.all(record.id).items()
    }


def _show_fact(fact: StoredFact, choice: Choice | None) -> None:
    console.print(text("Order {number}", number=fact.number), style="bold")
    placed_at = spoken().moment(fact.placed_at, UTC)
    console.print(text("  The store says: placed {at} UTC.", at=placed_at))
    if choice is not None:
        values = {"date": spoken().day(choice.made_at.date()), "reason": told(choice.why) if choice.why else ""}
        console.print(text(CHOSEN[choice.kind, choice.why is not None], **values), style="yellow")


CHOSEN = {
    (ChoiceKind.HOLD, False): "  You chose on {date} (UTC) to hold it back.",
    (ChoiceKind.HOLD, True): "  You chose on {date} (UTC) to hold it back: {reason}",
    (ChoiceKind.SKIP, False): "  You chose on {date} (UTC) to leave it out.",
    (ChoiceKind.SKIP, True): "  You chose on {date} (UTC) to leave it out: {reason}",
}


def _show_posting(journal: Journal, posting: Posting) -> None:
    name = dated(told(KINDS[posting.key.kind]), posting.dated, posting.meant or posting.store_total)
    console.print(f"  {labelled(name, told(STATE_WORDS[posting.state]))}")
    if posting.ledger_id:
        console.print(f"    {numbered(posting)}, id {posting.ledger_id}")
    if posting.state is State.SKIPPED and posting.why:
        console.print(f"    {labelled(text('Rule'), told(posting.why))}")
    for problem in posting.problems:
        say("   ", problem.what)
        say("   →", problem.remedy)
        if problem.detail:
            say("   ", problem.detail, "dim")
    for note in posting.notes:
        say("   !", note, "yellow")
    for at, state, said in journal.history(posting.id):
        words = " ".join(told(part) for each in said for part in event_words(each))
        became = told(STATE_WORDS[state])
        console.print(f"    {at:%Y-%m-%d %H:%M:%S}  {labelled(became, words) if words else became}", style="dim")
