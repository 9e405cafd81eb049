"""Runs that a page asks for: each in a thread of its own, followed live by whoever looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from comptoir.books.facts import SourceId
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.by_hand.taking_out import Named, scope_of
from comptoir.engine.errors import HouseError
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.engine.sync import ending_told, errand, prove_store, sync
from comptoir.engine.work import SettingsProblemsError, Step, Work
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.fence import FenceLostError
from comptoir.storage.people.users import Users
from comptoir.storage.runs import REPOST, Run
from comptoir.storage.schedule import Schedule
from comptoir.wiring import App

Errand = Callable[[Work], None]
"""What a run does that does not synchronize."""
LOG = logging.getLogger(__name__)
RATE_AFTER_SECONDS = 1.0
PATIENCE = 60.0
"""Seconds in which a run that was asked for begins, or is not waited for any more."""


@dataclass(slots=True)
class Progress:
    """How far a run is in what it does now. `rate`: pieces a second, 0 while it is not known."""

    what: str = ""
    done: int = 0
    total: int | None = None
    began: float = field(default_factory=time.monotonic)
    began_at: int = 0

    def see(self, step: Step) -> None:
        """Take in a sign of life."""
        if step.what != self.what:
            self.what, self.began, self.began_at = step.what, time.monotonic(), step.done
        self.done, self.total = step.done, step.total

    @property
    def rate(self) -> float:
        """Pieces a second of what it does now."""
        took = time.monotonic() - self.began
        return (self.done - self.began_at) / took if took >= RATE_AFTER_SECONDS else 0.0

    @property
    def seconds_left(self) -> int | None:
        """How long what it does now will take at this rate; None while that is not known."""
        if self.total is None or not self.rate:
            return None
        return max(0, round((self.total - self.done) / self.rate))


class Doing:
    """The runs of this process, one a connection."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going: dict[int, tuple[Progress, threading.Thread]] = {}
        self._wishes: dict[int, tuple[datetime, float]] = {}

    def ask(self, app: App, record: ConnectionRecord, trigger: str) -> bool:
        """Begin a run of a store: by the server's own workers where it has some. False where one is going on here.

        A demo's shop listens on one machine alone: its runs are done in this process, never by a worker.
        """
        is_demo = record.organization_id in Users(app.books.database, app.vault).demos()
        if not is_demo and app.server_at_work():
            self.wish(app, record)
            return True
        return self.start(app, record, trigger)

    def start(
        self, app: App, record: ConnectionRecord, trigger: str, does: Errand | None = None, *, repost: bool = False
    ) -> bool:
        """Begin a run of this connection; False where one is going on, which is then followed instead.

        `does`: the whole road, where nothing else is said. `repost`: another run follows, along the whole road.
        """
        with self._lock:
            if self.progress(record.id) is not None:
                return False
            progress = Progress()
            job = _Job(app, record, trigger, does, repost, progress)
            thread = threading.Thread(target=job.run, name=f"run of {record.id}", daemon=True)
            self._going[record.id] = (progress, thread)
            thread.start()
        return True

    def wish(self, app: App, record: ConnectionRecord) -> None:
        """Ask the server's own workers for a run of this connection."""
        self._wishes[record.id] = (app.books.schedules.wish(record), time.monotonic())

    def awaits(self, connection_id: int, schedule: Schedule | None) -> bool:
        """Whether a run was asked of the server's workers that has not begun, and may still."""
        since, asked_at = self._wishes.get(connection_id, (None, 0.0))
        if since is None or schedule is None:
            return False
        if schedule.has_begun(since) or time.monotonic() - asked_at > PATIENCE:
            self._wishes.pop(connection_id, None)
            return False
        return True

    def progress(self, connection_id: int) -> Progress | None:
        """How far the run of this connection is; None where none goes on here."""
        going = self._going.get(connection_id)
        return going[0] if going is not None and going[1].is_alive() else None

    def wait(self, seconds: float) -> None:
        """Until every run has ended, at most so long each."""
        for _, thread in list(self._going.values()):
            thread.join(seconds)


def doing_of(request: Request) -> Doing:
    """The runs of the process that answers."""
    found: Doing = request.app.state.doing
    return found


TheDoing = Annotated[Doing, Depends(doing_of)]


@dataclass(frozen=True, slots=True)
class _Job:
    """One run, from its row's beginning to its end."""

    app: App
    record: ConnectionRecord
    trigger: str
    does: Errand | None
    repost: bool
    progress: Progress

    def run(self) -> None:
        """Do it; the run's row tells how it ended. Fences are asked for: in this process several may be at work."""
        try:
            if self.does is None:
                self._walk(self.trigger)
            else:
                self._errand(self.does)
            if self.repost:
                self._walk(REPOST)
        except (HouseError, SettingsProblemsError, FenceLostError) as error:
            LOG.info("a run of %s ended early: %s", self.record.title, error)
        except Exception:
            LOG.exception("a run of %s was stopped by a fault", self.record.title)
        self.app.send_reports()

    def _walk(self, trigger: str) -> None:
        """Everything new, from the store into the books."""
        books = self.app.books
        run = books.runs.start(self.record.organization_id, self.record.id, trigger)
        with ending_told(books, run):
            sync(self._open(self.record, run), alone=False)

    def _errand(self, does: Errand) -> None:
        with errand(self.app.books, self.record, self.trigger, self._open) as work:
            does(work)

    def _open(self, record: ConnectionRecord, run: Run) -> Work:
        return self.app.work(record, run, self.progress.see)


def proof_anew(work: Work) -> None:
    """Prove a store, every document read from the books as they are now."""
    prove_store(work, alone=False)


def undo_of(named: Named, *, repost: bool) -> Errand:
    """Take what is named out of the books again; `repost`: and let it go on, under the settings of now."""

    def does(work: Work) -> None:
        gone, _ = carry_out_undo(work, look_at_undo(work, scope_of(work, named)), named.deed, alone=False)
        if repost:
            put_up_again(work.books, work.owner, {SourceId(row.order_source_id) for row in gone}, reopen=True)

    return does
