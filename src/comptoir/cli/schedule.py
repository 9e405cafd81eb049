"""`comptoir schedule`: when each store is synchronized by itself; off until it is switched on."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.table import Table

from comptoir.books.problems import Message
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import spoken, text
from comptoir.engine.service import schedule
from comptoir.engine.service.schedule import HOUR_SECONDS, PERIODS_MINUTES
from comptoir.engine.telling.shapes.schedules import schedule_shape
from comptoir.engine.work import zone_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.schedule import Schedule, Terms
from comptoir.wiring import open_app

TERMS_PAGE = "docs/terms.md"

app = Family("When stores are synchronized by themselves, by comptoir serve.")


@app.command("on")
@reported
def switch_on(
    accept_terms: Annotated[
        bool, typer.Option("--accept-terms", help=f"You have read the terms of use ({TERMS_PAGE}) and accept them.")
    ] = False,
    every: Annotated[int, typer.Option("--every", help="How many minutes apart; an hour unless you choose.")] = 60,
    at: Annotated[
        int | None, typer.Option("--at", min=0, max=59, help="At which minute of the hour; else one of its own.")
    ] = None,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Synchronize a store by itself, every hour or as you choose, as long as comptoir serve is at work."""
    if every not in PERIODS_MINUTES:
        choices = {"choices": ", ".join(map(str, PERIODS_MINUTES[:-1])), "last": str(PERIODS_MINUTES[-1])}
        raise CommandError(Message("--every takes {choices} or {last} minutes.", choices))
    with open_app(home, to_read=True) as app_:  # the server may be at work: this table is shared with it
        record = chosen_store(app_, store)
        schedules = app_.books.schedules
        terms = _accepted(schedules.get(record.id), accept=accept_terms)
        schedule.switch_on(schedules, record, minutes=every, at=at, terms=terms)
        shown = _Shown(record, schedules.get(record.id), app_.server_at_work())
    words = "{store} is synchronized {how_often}, next at {at}."
    console.print(text(words, store=record.title, how_often=shown.how_often(), at=shown.next_at()))
    if not shown.served:
        console.print(text("Nothing runs yet: start the server with comptoir serve."), style="yellow")
    if as_json:
        print(json.dumps(shown.told()))


@app.command("off")
@reported
def switch_off(store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """No longer synchronize a store by itself. A run at work is not stopped."""
    with open_app(home, to_read=True) as app_:
        record = chosen_store(app_, store)
        app_.books.schedules.switch_off(record.id)
        shown = _Shown(record, app_.books.schedules.get(record.id), app_.server_at_work())
    console.print(text("{store} is no longer synchronized by itself. By hand: comptoir sync", store=record.title))
    if as_json:
        print(json.dumps(shown.told()))


@app.command("show")
@reported
def show(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """When each store is due, and whether a server is at work."""
    with open_app(home, to_read=True) as app_:
        served = app_.server_at_work()
        rows = [_Shown(each, app_.books.schedules.get(each.id), served) for each in app_.stores()]
    table = Table(header_style="bold")
    for name in (text("Store"), text("By itself"), text("Next"), text("Terms accepted")):
        table.add_column(name)
    for row in rows:
        table.add_row(*row.cells())
    console.print(table)
    console.print(text("A server is at work." if served else "No server is at work. Start one with: comptoir serve"))
    if as_json:
        print(json.dumps({"server_at_work": served, "stores": [row.told() for row in rows]}))


def _accepted(known: Schedule | None, *, accept: bool) -> Terms:
    """The terms of use as accepted, now or when a schedule was last switched on."""
    terms = schedule.accepted_terms(known)
    if terms is not None:
        return terms
    if not accept:
        raise CommandError(
            Message(
                "Before a store is synchronized by itself, read the terms of use in {page} (version {version}). Then: "
                "comptoir schedule on --accept-terms",
                {"page": TERMS_PAGE, "version": str(schedule.TERMS_VERSION)},
            )
        )
    return schedule.accept_terms(_person())


def _person() -> str:
    """Who sits at this machine, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _how_often(period_seconds: int, offset_seconds: int) -> str:
    if period_seconds < HOUR_SECONDS:
        return text("every {minutes} minutes", minutes=str(period_seconds // 60))
    hours, minute = period_seconds // HOUR_SECONDS, offset_seconds % HOUR_SECONDS // 60
    words = EVERY.get(hours, "every {hours} hours at minute {minute}")
    return text(words, hours=str(hours), minute=str(minute))


EVERY = {1: "every hour at minute {minute}", 24: "every day at minute {minute}"}


def _accepted_words(terms: Terms) -> str:
    words = "version {version}, {date} by {name}"
    date = spoken().day(terms.accepted_at.date())
    return text(words, version=str(terms.version), date=date, name=terms.accepted_by)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A store with its schedule, as it is told."""

    record: ConnectionRecord
    schedule: Schedule | None
    served: bool

    @property
    def on(self) -> Schedule | None:
        return self.schedule if self.schedule is not None and self.schedule.enabled else None

    def how_often(self) -> str:
        """Its times, in words."""
        return _how_often(self.on.period_seconds, self.on.offset_seconds) if self.on else text("off")

    def next_at(self) -> str:
        """When it is due, in the store's own time zone."""
        if self.on is None or self.on.due_at is None:
            return ""
        zone = zone_of(self.record)
        return f"{spoken().moment(self.on.due_at, zone)} {self.on.due_at.astimezone(zone):%Z}"

    def cells(self) -> tuple[str, str, str, str]:
        often = self.how_often()
        terms = self.schedule.terms if self.schedule else None
        return (self.record.title, often, self.next_at(), _accepted_words(terms) if terms else "")

    def told(self) -> dict[str, object]:
        """For a machine."""
        return asdict(schedule_shape(self.record, self.schedule))
