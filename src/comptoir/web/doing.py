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

from comptoir.engine.errors import HouseError
from comptoir.engine.posting.undo import of_run
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.engine.sync import ending_told, prove_store, sync
from comptoir.engine.work import SettingsProblemsError, Step, Work
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import RunState
from comptoir.storage.schedule import Schedule
from comptoir.wiring import App

Body = Callable[[Work], None]
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
        """Begin a run of a store: by the server's own workers where it has some. False where one is going on here."""
        if app.server_at_work():
            self.wish(app, record)
            return True
        return self.start(app, record, trigger)

    def start(self, app: App, record: ConnectionRecord, trigger: str, body: Body | None = None) -> bool:
        """Begin a run of this connection; False where one is going on, which is then followed instead.

        `body` is what it does: the whole road, where nothing else is said.
        """
        with self._lock:
            if self.progress(record.id) is not None:
                return False
            progress = Progress()
            job = _Job(app, record, trigger, body or whole_road, progress)
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
    body: Body
    progress: Progress

    def run(self) -> None:
        """Do it; the run's row tells how it ended."""
        books = self.app.books
        run = books.runs.start(self.record.organization_id, self.record.id, self.trigger)
        try:
            with ending_told(books, run):
                self.body(self.app.work(self.record, run, self.progress.see))
        except (HouseError, SettingsProblemsError, FenceLostError) as error:
            LOG.info("run %s ended early: %s", run.id, error)
        except Exception:
            LOG.exception("run %s was stopped by a fault", run.id)
        self.app.send_reports()


def whole_road(work: Work) -> None:
    """Everything new, from the store into the books.

    Fences are asked for like any other worker's: in this process several may be at work.
    """
    sync(work, alone=False)


def proof_anew(work: Work) -> None:
    """Prove a store, every document read from the books as they are now."""
    prove_store(work, alone=False)


def undo_of(run_id: int) -> Body:
    """Take what a run posted out of the books again."""

    def body(work: Work) -> None:
        undoing = look_at_undo(work, of_run(run_id))
        carry_out_undo(work, undoing, f"undone (run {run_id})", alone=False)
        work.books.runs.finish(work.run.id, RunState.FINISHED)

    return body
