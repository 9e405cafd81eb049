"""Runs that a page asks for: each in a thread of its own, followed live by whoever looks."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from comptoir.engine.errors import HouseError
from comptoir.engine.sync import ending_told, sync
from comptoir.engine.work import SettingsProblemsError, Step
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.fence import FenceLostError
from comptoir.wiring import App

LOG = logging.getLogger(__name__)
RATE_AFTER_SECONDS = 1.0


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

    def start(self, app: App, record: ConnectionRecord, trigger: str) -> bool:
        """Begin a run of this connection; False where one is going on, which is then followed instead."""
        with self._lock:
            if self.progress(record.id) is not None:
                return False
            progress = Progress()
            thread = threading.Thread(
                target=_run, args=(app, record, trigger, progress), name=f"run of {record.id}", daemon=True
            )
            self._going[record.id] = (progress, thread)
            thread.start()
        return True

    def progress(self, connection_id: int) -> Progress | None:
        """How far the run of this connection is; None where none goes on here."""
        going = self._going.get(connection_id)
        return going[0] if going is not None and going[1].is_alive() else None

    def wait(self, seconds: float) -> None:
        """Until every run has ended, at most so long each."""
        for _, thread in list(self._going.values()):
            thread.join(seconds)


def _run(app: App, record: ConnectionRecord, trigger: str, progress: Progress) -> None:
    run = app.books.runs.start(record.organization_id, record.id, trigger)
    try:
        with ending_told(app.books, run):
            sync(app.work(record, run, progress.see), alone=True)
    except (HouseError, SettingsProblemsError, FenceLostError) as error:
        LOG.info("run %s ended early: %s", run.id, error)
    except Exception:
        LOG.exception("run %s was stopped by a fault", run.id)
    app.send_reports()
