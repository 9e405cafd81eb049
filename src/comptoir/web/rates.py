"""How often a program may ask: a sliding window for each token.

Where one process serves, it counts for itself; where several do, they count together, in the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from comptoir.http.limiter import Limiter, Windows
from comptoir.storage.database import Database
from comptoir.storage.limits import SharedLimiter

WINDOWS: Windows = ((300, 60.0),)
"""Requests of one token in any minute."""
SOONEST_SECONDS = 1.0
"""What a program is told to wait at least."""


class Window(Protocol):
    """The requests of one token."""

    def try_acquire(self) -> bool:
        """Count one more, if it may go on."""
        ...

    def free_in(self) -> float:
        """After how many seconds one may."""
        ...


Make = Callable[[int, int], Window]
"""`(token, organization)`: the window of a token."""


def alone(_token_id: int, _organization_id: int) -> Window:
    """The window of a token in a process that serves alone."""
    return Limiter(WINDOWS)


def shared(database: Database) -> Make:
    """The windows of tokens that several processes serve."""

    def make(token_id: int, organization_id: int) -> Window:
        return SharedLimiter(database, organization_id, f"api:{token_id}", WINDOWS)

    return make


class Rates:
    """Counts what each token asks. Tokens are few: their windows are kept as long as the process."""

    def __init__(self, make: Make = alone) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._windows: dict[int, Window] = {}

    def take(self, token_id: int, organization_id: int) -> float:
        """Count a request; 0 where it may go on, else after how many seconds the next one may."""
        with self._lock:
            window = self._windows.get(token_id)
            if window is None:
                window = self._windows[token_id] = self._make(token_id, organization_id)
        return 0.0 if window.try_acquire() else max(window.free_in(), SOONEST_SECONDS)
