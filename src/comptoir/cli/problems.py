"""`comptoir problems`: what is held and why, what is at stake, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem, distinct
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, say
from comptoir.cli.errors import reported
from comptoir.engine.errors import HouseError
from comptoir.engine.telling.held import HeldCause, Standing, standing
from comptoir.engine.telling.shapes.causes import SAMPLES, cause_shapes
from comptoir.engine.telling.shapes.common import by_currency, problem_shapes
from comptoir.engine.telling.shapes.documents import strays_shape
from comptoir.engine.telling.words import ONE_AND_MANY
from comptoir.engine.work import SettingsProblemsError, resolved_settings
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import Posting, State
from comptoir.storage.upkeep.home import HomeBusyError
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
    """What would end a run before it posts anything, asked of the company now.

    A run that is at work has been through this, and the tokens are its own while it lasts: nothing is asked then.
    """
    try:
        with app_.home.working():
            settings = record.settings
            if settings is None:
                return [_no_settings(record)]
            resolved_settings(settings, app_.ledger(ledger).read_company())
    except SettingsProblemsError as error:
        return error.problems
    except HouseError as error:
        return [Problem(error.next_step, error.message, Message("Until then nothing can be posted."))]
    except HomeBusyError:
        pass
    return []


def _no_settings(record: ConnectionRecord) -> Problem:
    return Problem(
        "no-settings",
        Message("{store} has no settings yet.", {"store": record.title}),
        Message("Look through a proposal (comptoir settings export FILE) and import it (comptoir settings import)."),
    )


def _show_stops(stops: Sequence[Problem]) -> None:
    if stops:
        console.print("Nothing can be posted before this is mended:", style="bold red")
    for problem in stops:
        place = f"{problem.where}: " if problem.where else ""
        say("  •", f"{place}{problem.what}")
        say("    →", str(problem.remedy), "dim")
    if stops:
        console.print()


def _show_unsent(unsent: Sequence[Problem]) -> None:
    """Reports by e-mail that did not reach everybody."""
    if unsent:
        console.print("The last report did not reach everybody:", style="bold")
    for problem in distinct(unsent):
        say("  •", str(problem.what))
        say("    →", str(problem.remedy), "dim")


def show_cause(place: int, cause: HeldCause) -> None:
    """A cause with its remedy, what it holds, and orders to look at."""
    say(f"{place}.", str(cause.problem.what), "bold")
    say("   →", str(cause.problem.remedy))
    stake = f", {amounts(cause.amounts)}" if cause.amounts else ""
    say("  ", f"Held: {counted(cause.kinds)}{stake}. {_samples(cause)}")
    say("  ", f"Cause: {cause.cause}", "dim")
    console.print()


def _samples(cause: HeldCause) -> str:
    numbers = list(dict.fromkeys(cause.orders.values()))
    if not numbers:
        return ""
    left = len(numbers) - SAMPLES
    more = " and more" if cause.has_more else f" and {left:,} more" if left > 0 else ""
    return f"Order{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:SAMPLES])}{more}."


def counted(kinds: Mapping[Kind, int]) -> str:
    """How many of each kind, in words: "3 orders, 1 refund"."""
    return ", ".join(
        f"{kinds[kind]:,} {words[kinds[kind] > 1]}" for kind, words in ONE_AND_MANY.items() if kinds.get(kind)
    )


def amounts(found: Sequence[Money]) -> str:
    """Sums in several currencies, side by side."""
    return " + ".join(map(str, found))


def show_strayed(rows: Sequence[Posting]) -> None:
    """Documents that somebody changed or deleted in the books."""
    for state, words in (
        (State.CHANGED, "Changed in the books, or with other figures than were meant:"),
        (State.GONE, "Deleted in the books since they were posted:"),
    ):
        own = [row for row in rows if row.state is state]
        if not own:
            continue
        console.print(words, style="bold")
        for row in own[:STRAYED_SHOWN]:
            say("  •", _strayed_line(row))
        if len(own) > STRAYED_SHOWN:
            console.print(f"  and {len(own) - STRAYED_SHOWN:,} more.")
        console.print("  → Look at each: comptoir explain ORDER", style="dim")
        console.print("    It is right as it is in the books: comptoir accept ORDER", style="dim")
        again = "Post it again" if state is State.GONE else "The store is right: delete it in the books, then"
        console.print(f"    {again}: comptoir retry ORDER", style="dim")
        console.print()


def _strayed_line(row: Posting) -> str:
    line = f"{row.ledger_type or row.key.kind.value} {row.number} of {row.dated}, order {row.order_number}"
    if row.state is State.CHANGED and row.ledger_total != row.meant:
        return f"{line}: {row.ledger_total} there, {row.meant} was meant"
    return f"{line}: {row.meant}"


def _show_sum(found: Standing, stops: Sequence[Problem]) -> None:
    if not found.held and not found.straying and not stops:
        console.print("Nothing is held, and nothing in the books was changed or deleted.", style="bold green")
    elif found.held:
        stake = f", {amounts(found.amounts)} at stake" if found.amounts else ""
        causes = len(found.causes)
        records = f"{found.held:,} record{'s' * (found.held > 1)}"
        console.print(f"In all: {records} held for {causes:,} cause{'s' * (causes > 1)}{stake}.")
        console.print("Mend a cause, then run: comptoir sync")


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
