"""A sliding-window log: at most so many calls in any span of so many seconds.

A token bucket either wastes much of an allowance or overshoots it at the edges of a platform's window; a log of the
moments does neither. The one here lives in the process; the one of `storage.limits` is shared by every process and
survives them.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Protocol

from comptoir.telemetry import events

Windows = Sequence[tuple[int, float]]
"""Pairs (most calls, in any span of that many seconds)."""


class Turns(Protocol):
    """Where calls wait for their turn."""

    @property
    def windows(self) -> Windows:
        """How many calls are allowed in which span."""
        ...

    def acquire(self) -> float:
        """Wait until one more call is allowed; the seconds waited."""
        ...

    def try_acquire(self) -> bool:
        """Take a turn if one is free this moment; nothing is waited for."""
        ...

    def pause(self, seconds: float) -> None:
        """Nobody gets a turn for so long: the platform asked to be left alone."""
        ...


def checked(windows: Windows) -> tuple[tuple[int, float], ...]:
    """The windows; ValueError for one that allows nothing."""
    if any(most < 1 or seconds <= 0 for most, seconds in windows):
        raise ValueError("a window allows at least one call in a span above zero")
    return tuple(windows)


def next_turn(moments: Sequence[float], windows: Windows, now: float) -> float:
    """The first moment, from `now` on, at which one more call keeps every window.

    `moments` are sorted; those after `now` are turns that others wait for. A caller with wider windows than theirs may
    find a turn before them, and never so that one of them would break a window.
    """
    candidates = {moment + seconds for moment in moments for _, seconds in windows}
    later = sorted(turn for turn in candidates if turn > now)
    return next(turn for turn in (now, *later) if _fits(moments, windows, turn))


_ROUNDING_SECONDS = 1e-6
"""Seconds since 1970 as a float are not exact: a turn reckoned from a moment may seem that much too early."""


def _fits(moments: Sequence[float], windows: Windows, turn: float) -> bool:
    """Whether a call at `turn` leaves at most so many in every span that it lies in."""
    place = bisect_right(moments, turn)
    for most, seconds in windows:
        around = [*moments[bisect_right(moments, turn - seconds) : place], turn]
        around += moments[place : bisect_left(moments, turn + seconds)]
        if any(
            later - first < seconds - _ROUNDING_SECONDS for first, later in zip(around, around[most:], strict=False)
        ):
            return False
    return True


def recent(moments: Sequence[float], windows: Windows, now: float) -> list[float]:
    """The moments that still matter."""
    longest = max((seconds for _, seconds in windows), default=0.0)
    return list(moments[bisect_left(moments, now - longest) :])


def wait(seconds: float, sleep: Callable[[float], None]) -> float:
    """Wait for one's turn, if it is not now; the seconds waited."""
    if seconds > 0:
        events.emit(events.Kind.WAITED, why="limit", seconds=round(seconds, 3))
        sleep(seconds)
    return seconds


class Limiter:
    """Calls of one process wait for their turn in the order they came. Without windows nobody waits."""

    def __init__(
        self,
        windows: Windows = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.windows: Windows = checked(windows)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._moments: list[float] = []
        self._closed_until = 0.0

    def acquire(self) -> float:
        """Wait until one more call is allowed; the seconds waited.

        The turn is reserved under the lock and waited for outside it, so that threads do not queue on the lock.
        """
        with self._lock:
            now, turn = self._next()
            self._take(turn)
        return wait(turn - now, self._sleep)

    def try_acquire(self) -> bool:
        """Take a turn if one is free this moment; nothing is waited for."""
        with self._lock:
            now, turn = self._next()
            if turn <= now:
                self._take(turn)
        return turn <= now

    def free_in(self) -> float:
        """After how many seconds a turn is free; none is taken."""
        with self._lock:
            now, turn = self._next()
        return turn - now

    def pause(self, seconds: float) -> None:
        """Nobody gets a turn for so long; where there are no windows, there is nobody to hold back."""
        if self.windows:
            with self._lock:
                self._closed_until = max(self._closed_until, self._clock() + seconds)

    def _next(self) -> tuple[float, float]:
        now = self._clock()
        self._moments = recent(self._moments, self.windows, now)
        return now, next_turn(self._moments, self.windows, max(now, self._closed_until))

    def _take(self, turn: float) -> None:
        self._moments.insert(bisect_right(self._moments, turn), turn)


class Shared(Protocol):
    """What the processes of an installation share: turns within limits, and the count of what a platform meters."""

    def turns(self, bucket: str, windows: Windows) -> Turns:
        """Where calls wait for their turn, among those of every process."""
        ...

    def meter(self, platform: str, app: str, reads: int, allowed: int) -> None:
        """Count reads of this month by an app, to which the platform answers so many."""
        ...
