"""The schedule: when a store is due, and the one ticker of an installation that hands what is due to the queue.

A slot is a moment at which a store is due: one of the moments `period_seconds` apart, shifted by the store's own
offset. They are reckoned in UTC from 1970 on, so a change to or from summer time moves, skips and doubles none.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from comptoir.engine.service.jobs import FETCH, Job, Priority
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import Database
from comptoir.storage.executors import TICKER
from comptoir.storage.fence import Fence, FenceLostError, hold
from comptoir.storage.schedule import Schedule, Schedules, Terms

HOUR_SECONDS = 3600
PERIODS_MINUTES = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
"""What can be chosen: whole parts of a day, so that the times of day are the same every day."""
TICK_SECONDS = 1.0
TAKE_SECONDS = 2.0
"""How often a process that is not the ticker tries to become it."""
AT_ONCE = 500
"""Stores handed over in one tick; what is over comes a second later, a person's wish always first."""
BACK_OFF_SECONDS = (60, 120, 240, 480, 900)
"""After the first failure that may pass, the second, and so on; the next regular slot may come earlier."""
TERMS_VERSION = "1"
"""Of the terms of use (docs/terms.md), which are accepted before a store is synchronized by itself."""

log = logging.getLogger(__name__)


def spread(connection_id: int, period_seconds: int) -> int:
    """A store's own second within the period: the same for ever, and far from its neighbours' (golden ratio)."""
    return (connection_id * 2_654_435_769 % 2**32) * period_seconds >> 32


def offset_at(minute: int, connection_id: int, period_seconds: int) -> int:
    """The offset that puts a store on this minute of the hour; which hour of a longer period is the store's own."""
    if period_seconds <= HOUR_SECONDS:
        return minute * 60 % period_seconds
    hours = spread(connection_id, period_seconds // HOUR_SECONDS)
    return hours * HOUR_SECONDS + minute * 60


def next_slot(after: datetime, period_seconds: int, offset_seconds: int) -> datetime:
    """The first slot later than `after`."""
    passed = int((after.timestamp() - offset_seconds) // period_seconds)
    return datetime.fromtimestamp((passed + 1) * period_seconds + offset_seconds, UTC)


def switch_on(schedules: Schedules, store: ConnectionRecord, *, minutes: int, at: int | None, terms: Terms) -> None:
    """From its next slot on the store is synchronized by itself: so many minutes apart, at this minute of the hour.

    `at` None: at a minute of its own.
    """
    period = minutes * 60
    offset = spread(store.id, period) if at is None else offset_at(at, store.id, period)
    due_at = next_slot(schedules.now(), period, offset)
    schedules.switch_on(store, period_seconds=period, offset_seconds=offset, terms=terms, due_at=due_at)


def accepted_terms(known: Schedule | None) -> Terms | None:
    """The terms of use that were accepted for a store, where they are still the ones that hold."""
    terms = known.terms if known is not None else None
    return terms if terms is not None and terms.version == TERMS_VERSION else None


def accept_terms(who: str) -> Terms:
    """The terms of use that hold now, accepted now by this person."""
    return Terms(TERMS_VERSION, datetime.now(UTC), who)


def following(schedule: Schedule, now: datetime) -> datetime | None:
    """When the store is due after the slot at hand. However many were missed, the one at hand catches up for all."""
    if not schedule.enabled:
        return None
    return next_slot(now, schedule.period_seconds, schedule.offset_seconds)


def try_again_at(now: datetime, failures: int, not_before: datetime | None) -> datetime:
    """When a store that failed for the `failures`th time in a row may be tried again."""
    if not_before is not None and not_before > now:
        return not_before
    return now + timedelta(seconds=BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS)) - 1])


@dataclass(frozen=True, slots=True)
class Ticker:
    """Hands what is due to the queue. Who ticks is settled by a fence: one process of the installation at a time.

    `chore` is done, under the same fence, before the first tick and every few seconds after that; it is told how many
    stores were due since it was done last.
    """

    database: Database
    schedules: Schedules
    put: Callable[[Job], None]
    chore: Callable[[int], None]
    chore_seconds: float = 2.0

    def tick(self, fence: Fence) -> int:
        """Queue every store that is due and set when it is due next; answers how many were due.

        Queued first, under an id made of store and slot: whoever is killed between the two is followed by one who
        queues the same again, which is one piece of work.
        """
        now, due = self.schedules.due(AT_ONCE)
        if not due:
            return 0
        for each in due:
            self.put(_job(each))
        with fence.writing() as connection:
            self.schedules.advance(connection, [(each, following(each, now)) for each in due])
        return len(due)

    def run(self, owner: str, organization_id: int, stop: threading.Event, *, alone: bool) -> None:
        """Tick for as long as this process is the ticker, and try to become it while it is not; until `stop`."""
        while not stop.is_set():
            try:
                with hold(self.database, TICKER, owner, organization_id, alone=alone) as fence:
                    if fence is not None:
                        self._keep_ticking(fence, stop)
            except FenceLostError:
                log.warning("another process became the ticker")
            except Exception:
                log.exception("the ticker met a fault and begins anew")
            stop.wait(TAKE_SECONDS)

    def _keep_ticking(self, fence: Fence, stop: threading.Event) -> None:
        ticks_a_chore = max(1, round(self.chore_seconds / TICK_SECONDS))
        ticks = due = 0
        while not stop.is_set():
            if ticks % ticks_a_chore == 0:
                self.chore(due)
                due = 0
            ticks += 1
            due += self.tick(fence)
            stop.wait(TICK_SECONDS)


def _job(schedule: Schedule) -> Job:
    if schedule.due_at is None:
        raise AssertionError("a store that is due has a time at which it was")
    priority = Priority.PERSON if schedule.urgent else Priority.SCHEDULE
    return Job(FETCH, schedule.connection_id, schedule.due_at, priority)
