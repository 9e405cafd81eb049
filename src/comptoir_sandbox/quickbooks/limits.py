"""The service's request limits per company, on the sandbox's clock (§8)."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comptoir_sandbox.control.clock import Clock


@dataclass(frozen=True)
class Limit:
    """At most `count` requests within `seconds`."""

    count: int
    seconds: float


GENERAL = (Limit(10, 1.0), Limit(500, 60.0))
BATCH = (Limit(40, 60.0),)


class Limiter:
    """Sliding windows; a refused request is not counted. Thread-safe."""

    def __init__(
        self, clock: Clock, *, general: Sequence[Limit] = GENERAL, batch: Sequence[Limit] = BATCH, on: bool = True
    ) -> None:
        self._clock = clock
        self._limits = {"general": tuple(general), "batch": tuple(batch)}
        self._on = on
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {"general": deque(), "batch": deque()}

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            for times in self._times.values():
                times.clear()

    def admit(self, *, batch: bool) -> bool:
        """Count one request, or refuse it."""
        if not self._on:
            return True
        with self._lock:
            now = self._clock.now().timestamp()
            kinds = ("general", "batch") if batch else ("general",)
            if any(not self._room(kind, now) for kind in kinds):
                return False
            for kind in kinds:
                self._times[kind].append(now)
            return True

    def _room(self, kind: str, now: float) -> bool:
        times = self._times[kind]
        longest = max((limit.seconds for limit in self._limits[kind]), default=0.0)
        while times and times[0] <= now - longest:
            times.popleft()
        return all(
            sum(1 for each in reversed(times) if each > now - limit.seconds) < limit.count
            for limit in self._limits[kind]
        )
