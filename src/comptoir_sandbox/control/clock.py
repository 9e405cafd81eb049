"""The simulator's own time: it can be moved forward and run faster than the wall clock."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal


class Clock:
    """An aware UTC clock, monotonic, safe to use from several threads.

    `start` is its first reading (default: the wall clock); `speed` is sandbox seconds per real second.
    """

    def __init__(self, start: datetime | None = None, speed: Decimal | float = 1) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("the clock needs an aware start time")
        self._lock = threading.Lock()
        self._base = (start or datetime.now(UTC)).astimezone(UTC)
        self._mark = time.monotonic()
        self._speed = _checked_speed(speed)

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def now(self) -> datetime:
        """The sandbox's present moment, UTC."""
        with self._lock:
            return self._reading()

    def advance(self, seconds: Decimal | float) -> None:
        """Jump forward by that many seconds; ValueError for a negative number."""
        step = float(seconds)
        if not step >= 0:
            raise ValueError("the clock only moves forward")
        with self._lock:
            self._base += timedelta(seconds=step)

    def set_speed(self, speed: Decimal | float) -> None:
        """Run at this speed from now on; ValueError unless it is positive or zero (a stopped clock)."""
        checked = _checked_speed(speed)
        with self._lock:
            self._base, self._mark = self._reading(), time.monotonic()
            self._speed = checked

    def _reading(self) -> datetime:
        return self._base + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)


def _checked_speed(speed: Decimal | float) -> float:
    value = float(speed)
    if not 0 <= value <= 1_000_000:  # noqa: PLR2004 # beyond that a pause of a second leaves the calendar
        raise ValueError("the speed must lie between 0 and 1000000")
    return value
