"""Work that a mutation only starts: it is done some (sandbox) time later (shopify.md §4.7: orderCancel)."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from comptoir_sandbox.control.clock import Clock

PREFIX = "gid://shopify/Job/"


@dataclass
class _Job:
    due: datetime
    work: Callable[[], None]
    done: bool = False


class Jobs:
    """The jobs of one shop, by id. Safe to use from several threads."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._delay = timedelta(seconds=seconds)
        self._lock = threading.RLock()
        self._jobs: dict[str, _Job] = {}

    def start(self, work: Callable[[], None]) -> dict[str, Any]:
        """Plan the work and return the Job."""
        known = f"{PREFIX}{uuid.uuid4()}"
        with self._lock:
            self._jobs[known] = _Job(self._clock.now() + self._delay, work)
        return {"__typename": "Job", "id": known, "done": False}

    def find(self, known: str) -> dict[str, Any] | None:
        """Return the Job of that id, or None."""
        with self._lock:
            job = self._jobs.get(known)
        return None if job is None else {"__typename": "Job", "id": known, "done": job.done}

    def run_due(self) -> None:
        """Do the work whose time has come, in the order it was started."""
        with self._lock:
            now = self._clock.now()
            for job in self._jobs.values():
                if not job.done and job.due <= now:
                    job.done = True
                    job.work()

    def reset(self) -> None:
        """Forget all jobs."""
        with self._lock:
            self._jobs.clear()
