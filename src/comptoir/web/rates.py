"""How often a program may ask: a sliding window for each token, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from comptoir.http.limiter import Limiter, Windows

WINDOWS: Windows = ((300, 60.0),)
"""Requests of one token in any minute."""
SOONEST_SECONDS = 1.0
"""What a program is told to wait at least."""


class Rates:
    """Counts what each token asks. Tokens are few: their windows are kept as long as the process."""

    def __init__(self, make: Callable[[], Limiter] = lambda: Limiter(WINDOWS)) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._windows: dict[int, Limiter] = {}

    def take(self, token_id: int) -> float:
        """Count a request; 0 where it may go on, else after how many seconds the next one may."""
        with self._lock:
            window = self._windows.setdefault(token_id, self._make())
        return 0.0 if window.try_acquire() else max(window.free_in(), SOONEST_SECONDS)
