"""A process at work: it shows that it lives, does the queue's jobs, and stands by as the installation's one ticker."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from comptoir.engine.service.queue import WorkQueue, open_queue
from comptoir.engine.service.schedule import Ticker
from comptoir.engine.service.worker import OpenWork, Worker
from comptoir.engine.work import Books
from comptoir.storage.executors import TICKER, Executors, subject_of
from comptoir.storage.fence import BEAT_SECONDS, LEASE_SECONDS, PROCESS, FenceLostError, hold

STOP_SECONDS = 8
"""How long what is in flight may take to come home at a stop; what takes longer is settled at the next start."""
TIDY_SECONDS = 60.0
LOOK_SECONDS = 15.0
"""How often the ticker looks for work that nobody living does, where no lease has run out: left by a clean end."""
ERRAND_SECONDS = 10.0
BUSY_FROM = 8
"""Stores that are due within a few seconds: from so many on the queue is asked for jobs more often. So it is where the
work of a dead process waits."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Service:
    """What a process does from its start to its stop. `alone`: no other process is at work in this installation.

    `errand` is done every few seconds, on a thread that may wait: the reports by e-mail, and what is to be cleared.
    `launched` while the queue is open.
    """

    books: Books
    organization_id: int
    queue_url: str
    open_work: OpenWork
    errand: Callable[[], object]
    alone: bool
    executor: str = PROCESS
    stopping: threading.Event = field(default_factory=threading.Event)
    launched: bool = False
    _tidied: float = 0.0
    _looked: float = float("-inf")
    _is_busy: bool = False

    @contextmanager
    def at_work(self) -> Iterator[Worker]:
        """At work for the block; at its end nothing new is begun, and what is in flight comes home."""
        queue = WorkQueue(self.executor)
        worker = Worker(self.books, self.open_work, queue.put, self.stopping, alone=self.alone)
        ticker = Ticker(self.books.database, self.books.schedules, queue.put, partial(self._chores, queue))
        living, errands, ticking = (
            threading.Thread(target=self._live, name="lease"),
            threading.Thread(target=self._run_errands, name="errands", daemon=True),  # a mail server may hang
            threading.Thread(
                target=ticker.run,
                args=(self.executor, self.organization_id, self.stopping),
                kwargs={"alone": self.alone},
                name="ticker",
            ),
        )
        living.start()
        try:
            with open_queue(self.queue_url, self.executor, worker.do, patience_seconds=STOP_SECONDS):
                self.launched = True
                ticking.start()
                errands.start()
                try:
                    yield worker
                finally:
                    self.launched = False
                    self.stopping.set()
                    ticking.join()
        finally:
            self.stopping.set()
            living.join()

    def ready(self) -> dict[str, bool]:
        """What must hold for work to be done: asked by `/readyz`."""
        return {"queue": self.launched, "ticker": Executors(self.books.database).holds(TICKER)}

    def _live(self) -> None:
        """Hold the lease of this process; take it anew where it was thought dead, because it slept."""
        while not self.stopping.is_set():
            try:
                with hold(
                    self.books.database,
                    subject_of(self.executor),
                    self.executor,
                    self.organization_id,
                    alone=self.alone,
                ) as fence:
                    while fence is not None and not self.stopping.wait(LEASE_SECONDS):
                        fence.renew()  # it beats by itself; this one tells whether it still does
                if not self.stopping.is_set():
                    self.stopping.wait(BEAT_SECONDS)
            except FenceLostError:
                log.warning("this process was thought dead; its work is in other hands")
            except Exception:
                log.exception("the lease of this process could not be renewed")
                self.stopping.wait(1.0)

    def _run_errands(self) -> None:
        while not self.stopping.wait(ERRAND_SECONDS):
            try:
                self.errand()
            except Exception:
                log.exception("the reports could not be sent")

    def depth(self) -> int:
        """How many jobs wait for a thread; for the metrics."""
        return WorkQueue(self.executor).depth() if self.launched else 0

    def _chores(self, queue: WorkQueue, due: int) -> None:
        """What the ticker does beside ticking: take over the work of the dead, forget what is done, set the pace."""
        executors = Executors(self.books.database)
        leases = executors.leases()
        dead = [name for name, lives in leases.items() if not lives]
        now = time.monotonic()
        is_time, is_busy = now - self._looked >= LOOK_SECONDS, bool(dead) or due >= BUSY_FROM
        if is_time or is_busy is not self._is_busy:
            self._is_busy = is_busy
            queue.keep_pace(busy=is_busy)
        if dead or is_time:
            self._looked = now
            executors.bury()
            queue.take_over({self.executor} | (set() if self.alone else executors.living()))
        if now - self._tidied >= TIDY_SECONDS:
            self._tidied = now
            queue.tidy()
