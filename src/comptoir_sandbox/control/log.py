"""What was asked of the simulator, for assertions: counts per operation, statuses, faults."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


MOST_ENTRIES = 100_000
"""Older requests are forgotten: the memory of a long run stays flat."""


@dataclass(frozen=True, kw_only=True)
class LoggedRequest:
    """One request and its outcome. Bodies and credentials are never kept."""

    at: datetime
    method: str
    path: str
    query: str
    """The raw query string, without secrets."""
    operation: str
    """The platform's own word: "query", "batch", "create SalesReceipt", "token", ..."""
    items: int = 1
    """How many things the request asked for (items of a batch)."""
    status: int
    """The HTTP status sent; 0 when the connection was cut."""
    fault: str | None = None
    """The platform's fault code, or the injected fault's kind."""
    request_id: str | None = None
    """The client's idempotency key, if it sent one."""
    size_bytes: int = 0
    """Size of the request's body."""

    def as_json(self) -> dict[str, object]:
        """Plain values for JSON; the time as ISO 8601."""
        return {**asdict(self), "at": self.at.isoformat()}


class RequestLog:
    """The last requests in the order of their completion, and counts of all. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[LoggedRequest] = deque(maxlen=MOST_ENTRIES)
        self._counts: Counter[str] = Counter()

    def add(self, entry: LoggedRequest) -> None:
        """Append one request."""
        with self._lock:
            self._entries.append(entry)
            self._counts[entry.operation] += 1

    def entries(self) -> list[LoggedRequest]:
        """A copy of the log."""
        with self._lock:
            return list(self._entries)

    def counts(self) -> dict[str, int]:
        """Number of requests per operation."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
