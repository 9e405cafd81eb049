"""`comptoir problems`: what is held and why, what is at stake, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem, distinct
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, say, say_problem
from comptoir.cli.documents import MORE, dated, numbered
from comptoir.cli.errors import reported
from comptoir.cli.speech import count, labelled, spoken, text, told
from comptoir.engine.errors import HouseError
from comptoir.engine.telling.held import HeldCause, Standing, standing
from comptoir.engine.telling.shapes.causes import SAMPLES, cause_shapes
from comptoir.engine.telling.shapes.common import by_currency, problem_shapes
from comptoir.engine.telling.shapes.documents import strays_shape
from comptoir.engine.telling.words import ONE_AND_MANY
from comptoir.engine.work import SettingsProblemsError, resolved_settings
from comptoir.language import Plural
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import Posting, State
from comptoir.wiring import App, open_app

STRAYED_SHOWN = 20


@reported
def problems(store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what is held, by its cause: what is wrong, what to do, how many records and how much money wait for it.

    Documents that somebody changed or deleted in the books are listed too, and settings that stop the run.
    """
    with open_app(home, to_read=True) as app_:
        record = chosen_store(app_, store)
        ledger = app_.ledger_record(record)
        found = standing(app_.books, JournalOwner(record.organization_id, record.id, ledger.identity), strayed=None)
        stops = _what_stops(app_, record, ledger)
        unsent = [problem for mail in app_.books.outbox.troubles(app_.organization_id) for problem in mail.problems]
    _show_stops(stops)
    for place, cause in enumerate(found.causes, start=1):
        show_cause(place, cause)
    show_strayed(found.strayed)
    _show_sum(found, stops)
    _show_unsent(unsent)
    if as_json:
        print(json.dumps(_summary(found, stops, unsent)))


def _what_stops(app_: App, record: ConnectionRecord, ledger: ConnectionRecord) -> list[Problem]:
    """What would end a run before it posts anything, asked of the company now."""
    if record.settings is None:
        return [_no_settings(record)]
    try:
        resolved_settings(record.settings, app_.ledger(ledger).read_company())
    except SettingsProblemsError as error:
        return error.problems
    except HouseError as error:
        return [Problem(error.next_step, error.message, Message("Until then nothing can be posted."))]
    return []


def _no_settings(record: ConnectionRecord) -> Problem:
    return Problem(
        "no-settings",
        Message("{store} has no settings yet.", {"store": record.title}),
        Message("Look through a proposal (comptoir settings export FILE) and import it (comptoir settings import)."),
    )


def _show_stops(stops: Sequence[Problem]) -> None:
    if stops:
        console.print(text("Nothing can be posted before this is mended:"), style="bold red")
    for problem in stops:
        say_problem(problem)
    if stops:
        console.print()


def _show_unsent(unsent: Sequence[Problem]) -> None:
    """Reports by e-mail that did not reach everybody."""
    if unsent:
        console.print(text("The last report did not reach everybody:"), style="bold")
    for problem in distinct(unsent):
        say_problem(problem)


def show_cause(place: int, cause: HeldCause) -> None:
    """A cause with its remedy, what it holds, and orders to look at."""
    say(f"{place}.", cause.problem.what, "bold")
    say("   →", cause.problem.remedy)
    if cause.problem.detail:
        say("  ", cause.problem.detail, "dim")
    stake = f", {amounts(cause.amounts)}" if cause.amounts else ""
    say("  ", f"{labelled(text('Held'), counted(cause.kinds))}{stake}. {_samples(cause)}")
    say("  ", labelled(text("Cause"), cause.cause), "dim")
    console.print()


def _samples(cause: HeldCause) -> str:
    numbers = list(dict.fromkeys(cause.orders.values()))
    if not numbers:
        return ""
    forms, left = SAMPLED, len(numbers) - SAMPLES
    if cause.has_more:
        forms = SAMPLED_OF_MANY
    elif left > 0:
        forms = SAMPLED_OF_MORE
    return count(forms, len(numbers), numbers=", ".join(numbers[:SAMPLES]), more=spoken().number(max(left, 0)))


SAMPLED = Plural("Order {numbers}.", "Orders {numbers}.")
SAMPLED_OF_MANY = Plural("Order {numbers} and more.", "Orders {numbers} and more.")
SAMPLED_OF_MORE = Plural("Order {numbers} and {more} more.", "Orders {numbers} and {more} more.")


def counted(kinds: Mapping[Kind, int]) -> str:
    """How many of each kind, in words: "3 orders, 1 refund"."""
    return ", ".join(
        f"{spoken().number(kinds[kind])} {told(words[kinds[kind] > 1])}"
        for kind, words in ONE_AND_MANY.items()
        if kinds.get(kind)
    )


def amounts(found: Sequence[Money]) -> str:
    """Sums in several currencies, side by side."""
    return " + ".join(map(spoken().money, found))


def show_strayed(rows: Sequence[Posting]) -> None:
    """Documents that somebody changed or deleted in the books."""
    for state in (State.CHANGED, State.GONE):
        own = [row for row in rows if row.state is state]
        if not own:
            continue
        console.print(text(STRAYED[state]), style="bold")
        for row in own[:STRAYED_SHOWN]:
            say("  •", _strayed_line(row))
        if len(own) > STRAYED_SHOWN:
            console.print(f"  {count(MORE, len(own) - STRAYED_SHOWN)}")
        say("  →", text("Look at each: {command}", command="comptoir explain ORDER"), "dim")
        say("   ", text("It is right as it is in the books: {command}", command="comptoir accept ORDER"), "dim")
        say("   ", text(AGAIN[state], command="comptoir retry ORDER"), "dim")
        console.print()


STRAYED = {
    State.CHANGED: "Changed in the books, or with other figures than were meant:",
    State.GONE: "Deleted in the books since they were posted:",
}
AGAIN = {
    State.CHANGED: "The store is right: delete it in the books, then: {command}",
    State.GONE: "Post it again: {command}",
}


def _strayed_line(row: Posting) -> str:
    line = dated(numbered(row), row.dated, None)
    line = text("{document}, order {number}", document=line, number=row.order_number)
    meant = str(row.meant or "")
    if row.state is State.CHANGED and row.ledger_total != row.meant:
        return labelled(
            line, text("{amount} there, {meant} was meant", amount=str(row.ledger_total or ""), meant=meant)
        )
    return labelled(line, spoken().money(row.meant) if row.meant else "")


def _show_sum(found: Standing, stops: Sequence[Problem]) -> None:
    if not found.held and not found.straying and not stops:
        console.print(text("Nothing is held, and nothing in the books was changed or deleted."), style="bold green")
    elif found.held:
        values = {"records": count(RECORDS, found.held), "causes": count(CAUSES, len(found.causes))}
        if found.amounts:
            words = text(
                "In all: {records} held for {causes}, {amounts} at stake.", **values, amounts=amounts(found.amounts)
            )
        else:
            words = text("In all: {records} held for {causes}.", **values)
        console.print(words)
        console.print(text("Mend a cause, then run: {command}", command="comptoir sync"))


RECORDS = Plural("{count} record", "{count} records")
CAUSES = Plural("{count} cause", "{count} causes")


def _summary(found: Standing, stops: Sequence[Problem], unsent: Sequence[Problem]) -> dict[str, Any]:
    return {
        "held": [asdict(each) for each in cause_shapes(found)],
        "records_held": found.held,
        "amounts": by_currency(found.amounts),
        **{
            state.value: [asdict(strays_shape(row)) for row in found.strayed if row.state is state]
            for state in (State.CHANGED, State.GONE)
        },
        "stopped_by": [asdict(each) for each in problem_shapes(stops)],
        "reports_unsent": [asdict(each) for each in problem_shapes(unsent)],
    }
