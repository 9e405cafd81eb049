"""A worker: does the queue's jobs, tells each run's row how it ended, and sets when the store is tried again.

A job never raises: what goes wrong for one store is written to its run and its schedule, and the others go on.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from comptoir.engine.decide import digest
from comptoir.engine.errors import HouseError, RetryLater
from comptoir.engine.knowledge import is_idle
from comptoir.engine.road import BusyElsewhere, fetch_connection
from comptoir.engine.service.jobs import FETCH, POST, THREADS, Job, Priority
from comptoir.engine.service.schedule import try_again_at
from comptoir.engine.sync import ending_told, post_and_prove
from comptoir.engine.telling.reporting import finish_quiet_run
from comptoir.engine.work import Books, GiveWayError, SettingsProblemsError, Work
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import BY_HAND, BY_SCHEDULE, ERRANDS, Run, RunState

ASK_SECONDS = 1.0
"""How often a job asks, at its pause points, whether somebody comes before it."""
TURN_SECONDS = {FETCH: 20.0, POST: 60.0}
"""How long a job goes on while every thread is taken: others wait for one. A post asks much before it begins."""
REST_SECONDS = {Priority.PERSON: 1.0, Priority.SCHEDULE: 3.0}
"""How long a job rests that gave way, or found its store or company in other hands."""

log = logging.getLogger(__name__)

OpenWork = Callable[[ConnectionRecord, Run, Callable[[float], None], Callable[[], None]], Work]
"""`(store, run, sleep, pause_point)`: the work of a run, its platforms reachable. Raises a HouseError."""
Put = Callable[..., None]
"""`WorkQueue.put`."""


@dataclass(slots=True)
class Worker:
    """Does jobs. `stopping` is set when the process is about to end: jobs leave the road at their next pause point.

    `alone`: no other process is at work (`engine.road`).
    """

    books: Books
    open_work: OpenWork
    put: Put
    stopping: threading.Event
    alone: bool
    _at_work: Counter[str] = field(default_factory=Counter)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def do(self, job: Job) -> None:
        """Do a job; whatever happens is recorded, nothing is raised."""
        self._count(job.queue, 1)
        try:
            self._fetch(job) if job.kind == FETCH else self._post(job)
        except (GiveWayError, BusyElsewhere):
            # At a stop it stays in the queue for others, or for the next start.
            self.put(job.again(), delay_seconds=None if self.stopping.is_set() else REST_SECONDS[job.priority])
        except FenceLostError:
            log.warning("%s: another worker took over; nothing more is written here", job.name)
        except (HouseError, SettingsProblemsError) as error:
            log.warning("%s: %s", job.name, error)
        except Exception:
            log.exception("%s met a fault", job.name)
        finally:
            self._count(job.queue, -1)

    def crowded(self, queue: str) -> bool:
        """Whether every thread for the jobs of this queue is taken."""
        with self._counting:
            return self._at_work[queue] >= THREADS[queue]

    def _count(self, queue: str, change: int) -> None:
        with self._counting:
            self._at_work[queue] += change

    # The two kinds

    def _fetch(self, job: Job) -> None:
        schedule = self.books.schedules.get(job.connection_id)
        if schedule is None or schedule.is_past(job.slot):
            return  # what was due later has begun, and serves this slot too
        record = self.books.connections.get(job.connection_id)
        joined = self.books.runs.running(record.id) is not None
        trigger = BY_HAND if job.priority is Priority.PERSON else BY_SCHEDULE
        run = self.books.runs.start(record.organization_id, record.id, trigger)
        self.books.schedules.begin(record.id, job.slot, run.id)
        with self._settling(job, schedule.failures), ending_told(self.books, run):
            work = self._open(job, record, run)
            fetch_connection(work, alone=self.alone)
            if not joined and job.priority is not Priority.PERSON and is_idle(work, digest(work)):
                finish_quiet_run(work)
                self._well(job, schedule.failures)
                return
            company = work.ledger.identity
        if job.priority is Priority.PERSON:
            self.books.schedules.wait_for(record.id, company)
        self.put(job.post(company, run.id))

    def _post(self, job: Job) -> None:
        run = self.books.runs.get(job.run_id)
        schedule = self.books.schedules.get(job.connection_id)
        failures = schedule.failures if schedule is not None else 0
        if run.state is not RunState.RUNNING:
            self._wait_no_more(job)
            if run.trigger in ERRANDS:  # an errand ended that the fetch had joined: what that brought is to be decided
                self.books.schedules.settle(job.connection_id, failures=failures, due_at=self.books.schedules.now())
            return  # done, by whoever had this job before or beside us
        record = self.books.connections.get(job.connection_id)
        with self._settling(job, failures), ending_told(self.books, run):
            work = self._open(job, record, run)
            work.pause_point()  # before it asks the company anything
            post_and_prove(replace(work, hurry=job.priority is Priority.PERSON), alone=self.alone)
        self._well(job, failures)
        self._wait_no_more(job)
        after = self.books.schedules.get(record.id)
        if after is not None and after.is_past(job.slot):
            # A later fetch joined this run, and may have brought something when it was past deciding.
            self.books.schedules.settle(record.id, failures=0, due_at=self.books.schedules.now())

    def _open(self, job: Job, record: ConnectionRecord, run: Run) -> Work:
        return self.open_work(record, run, self._sleep, _PausePoint(self, job).check)

    def _sleep(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise GiveWayError("the process is about to end")

    # Ends

    def _wait_no_more(self, job: Job) -> None:
        """Others may go on in the company."""
        if job.priority is Priority.PERSON:
            self.books.schedules.wait_for(job.connection_id, "")

    def _well(self, job: Job, failures: int) -> None:
        if failures:
            self.books.schedules.settle(job.connection_id, failures=0)

    @contextmanager
    def _settling(self, job: Job, failures: int) -> Iterator[None]:
        """What a run that raises means for its store's schedule, once its row says why."""
        try:
            yield
        except (GiveWayError, BusyElsewhere, FenceLostError):
            raise
        except Exception as error:
            self._wait_no_more(job)
            due_at = None
            if isinstance(error, RetryLater):
                due_at = try_again_at(self.books.schedules.now(), failures + 1, error.not_before)
            self.books.schedules.settle(job.connection_id, failures=failures + 1, due_at=due_at)
            raise


@dataclass(slots=True)
class _PausePoint:
    """Where a job asks whether to go on."""

    worker: Worker
    job: Job
    began: float = field(default_factory=time.monotonic)
    asked: float = float("-inf")

    def check(self) -> None:
        """Raises GiveWayError: the process stops, a person waits for the same company, or its turn is over."""
        if self.worker.stopping.is_set():
            raise GiveWayError("the process is about to end")
        now = time.monotonic()
        if now - self.asked < ASK_SECONDS or self.job.priority is Priority.PERSON:
            return
        self.asked = now
        if now - self.began >= TURN_SECONDS[self.job.kind] and self.worker.crowded(self.job.queue):
            raise GiveWayError("others wait")
        if self.job.company and self.worker.books.schedules.someone_waits(self.job.company, self.job.connection_id):
            raise GiveWayError("a person waits")
