"""PURE: from when, by which calendar and how often (Y1, Y2, Y4)."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from comptoir.books.problems import Message
from comptoir.books.settings import ClosedPeriods
from comptoir.engine.service.schedule import PERIODS_MINUTES
from comptoir.engine.setup.draft import AT, EVERY, EVERY_MINUTES, Setup
from comptoir.engine.setup.questions import SCHEDULE, Control, Option, Question, Step

MINUTES_AN_HOUR = 60
MINUTES_A_DAY = 1440


def sync_step(setup: Setup) -> Step:
    """The settings of synchronizing itself; they come before everything else (Y6)."""
    return Step(
        "sync",
        Message("Sync settings"),
        Message("From which day on, by which calendar, and how often."),
        (_start_date(setup), _time_zone(setup), _every(), _minute(), _closed_periods(setup)),
    )


def _start_date(setup: Setup) -> Question:
    found, example = setup.found, None
    if found.first and found.last:
        example = Message(
            "The orders read so far are from {first} to {last}.",
            {"first": found.first.date().isoformat(), "last": found.last.date().isoformat()},
        )
    return Question(
        ("start_date",),
        Message("Start date"),
        Message("Orders dated before this day never reach the books, so that nothing you booked by hand is doubled."),
        Control.DAY,
        example=example,
    )


def _time_zone(setup: Setup) -> Question:
    store = setup.looked.store
    options = [Option(name, name, is_suggested=name == store.time_zone) for name in zones()]
    return Question(
        ("time_zone",),
        Message("Time zone"),
        Message("Every document is dated by the calendar of this zone."),
        Control.LIST,
        options,
        Message("{store} keeps its own time in {zone}.", {"store": store.name, "zone": store.time_zone}),
    )


@cache
def zones() -> tuple[str, ...]:
    """The zones that places are in, by name."""
    named = {name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))}
    return ("UTC", *sorted(named))


def _every() -> Question:
    options = [Option(str(each), period_words(each), is_suggested=each == EVERY_MINUTES) for each in PERIODS_MINUTES]
    return Question(
        (SCHEDULE, EVERY),
        Message("How often"),
        Message("So often the store is read and what is new is posted, once you have switched it on."),
        Control.LIST,
        options,
    )


def period_words(minutes: int) -> Message:
    """A period in words."""
    if minutes < MINUTES_AN_HOUR:
        return Message("Every {minutes} minutes", {"minutes": str(minutes)})
    if minutes == MINUTES_AN_HOUR:
        return Message("Every hour")
    if minutes == MINUTES_A_DAY:
        return Message("Once a day")
    return Message("Every {hours} hours", {"hours": str(minutes // MINUTES_AN_HOUR)})


def _minute() -> Question:
    minutes = [Option(str(each), f"{each:02}") for each in range(MINUTES_AN_HOUR)]
    return Question(
        (SCHEDULE, AT),
        Message("Minute of the hour"),
        Message("Where other programs work at set times you can keep out of their way."),
        Control.LIST,
        (Option("", Message("One of its own"), is_suggested=True), *minutes),
        is_more=True,
    )


def _closed_periods(setup: Setup) -> Question:
    closed, example = setup.company.books_closed_until, None
    if closed is not None:
        example = Message(
            "{company} is closed until {day}.", {"company": setup.company.name, "day": closed.isoformat()}
        )
    return Question(
        ("closed_periods",),
        Message("Closed periods"),
        Message("What becomes of a document that falls into a period you have closed, or filed the sales tax of."),
        Control.ONE,
        (
            Option(ClosedPeriods.HOLD.value, Message("It waits for you"), is_suggested=True),
            Option(
                ClosedPeriods.FIRST_OPEN_DAY.value,
                Message("It is dated by the first open day"),
                Message("The true date stands in its private note."),
            ),
        ),
        example,
        is_more=closed is None,
    )
