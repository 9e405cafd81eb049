"""The leaky bucket of query cost, on the sandbox's clock (shopify.md §3.2)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock

BUCKET_POINTS = 2000
RESTORE_POINTS_PER_SECOND = 100
MAX_QUERY_POINTS = 1000


class Bucket:
    """Points one app may spend in one shop. Safe to use from several threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        maximum: int = BUCKET_POINTS,
        restore_rate: int = RESTORE_POINTS_PER_SECOND,
        limited: bool = True,
    ) -> None:
        self._clock = clock
        self._maximum = maximum
        self._restore_rate = restore_rate
        self._limited = limited
        self._lock = threading.Lock()
        self._available = float(maximum)
        self._read_at = clock.now()

    def take(self, points: int) -> bool:
        """Spend the requested cost, or return False when there are not enough points."""
        with self._lock:
            self._restore()
            if self._limited and points > self._available:
                return False
            self._available -= points
            return True

    def give_back(self, points: int) -> None:
        """Return what a query did not use of its requested cost."""
        with self._lock:
            self._available = min(self._available + points, float(self._maximum))

    def refill(self) -> None:
        """Fill it up."""
        with self._lock:
            self._available, self._read_at = float(self._maximum), self._clock.now()

    def drain(self) -> None:
        """Empty it (the "throttle" fault)."""
        with self._lock:
            self._restore()
            self._available = 0.0

    def status(self) -> dict[str, Any]:
        """Return `throttleStatus`."""
        with self._lock:
            self._restore()
            return {
                "maximumAvailable": float(self._maximum),
                "currentlyAvailable": int(self._available) if self._limited else self._maximum,
                "restoreRate": float(self._restore_rate),
            }

    def _restore(self) -> None:
        now = self._clock.now()
        passed = (now - self._read_at).total_seconds()
        self._available = min(self._available + passed * self._restore_rate, float(self._maximum))
        self._read_at = now
