"""A sliding-window log: at most so many calls in any span of so many seconds.

A token bucket either wastes much of an allowance or overshoots it at the edges of a platform's window; a log of the
moments does neither. This one lives in the process; one shared through the database has the same interface.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from comptoir.telemetry import events


class Limiter:
    """Calls wait for their turn in the order they came. Without windows nobody waits."""

    def __init__(
        self,
        windows: Sequence[tuple[int, float]] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`windows` are pairs (most calls, in any span of that many seconds)."""
        if any(most < 1 or seconds <= 0 for most, seconds in windows):
            raise ValueError("a window allows at least one call in a span above zero")
        self._windows = tuple(windows)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._moments: deque[float] = deque(maxlen=max((most for most, _ in self._windows), default=1))

    def acquire(self) -> float:
        """Wait until one more call is allowed; the seconds waited.

        The turn is reserved under the lock and waited for outside it, so that threads do not queue on the lock.
        """
        with self._lock:
            now = self._clock()
            turn = self._next_turn(now)
            self._moments.append(turn)
        if turn > now:
            self._sleep(turn - now)
            events.emit(events.Kind.WAITED, why="limit", seconds=round(turn - now, 3))
        return turn - now

    def try_acquire(self) -> bool:
        """Take a turn if one is free this moment; nothing is waited for."""
        with self._lock:
            now = self._clock()
            is_free = self._next_turn(now) <= now
            if is_free:
                self._moments.append(now)
        return is_free

    def _next_turn(self, now: float) -> float:
        turn = max(now, self._moments[-1]) if self._moments else now
        for most, seconds in self._windows:
            if len(self._moments) >= most:
                turn = max(turn, self._moments[-most] + seconds)
        return turn
