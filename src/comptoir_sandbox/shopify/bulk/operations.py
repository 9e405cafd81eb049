"""The bulk operations of one app on one shop: states over (sandbox) time, limits, results (shopify.md §3.6)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from graphql import GraphQLError

from comptoir_sandbox.shopify.bulk.check import BulkQuery
from comptoir_sandbox.shopify.bulk.result import Result, run
from comptoir_sandbox.shopify.ids import gid, stamp, stamp_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graphql import GraphQLSchema

    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.shopify.connections import Listing

MOST_AT_ONCE = 5
"""Since 2026-01."""
RESULT_LIFETIME = timedelta(days=7)
LONGEST_RUN = timedelta(days=10)
CANCEL_TIME = timedelta(seconds=1)
SLICE_SECONDS = 0.5
"""Real seconds that one look at the runs may spend on writing a result."""
FIRST_ID = 7_900_000_000_000
PATH = "/bulk-operation-outputs"
ErrorCode = Literal["ACCESS_DENIED", "INTERNAL_SERVER_ERROR", "TIMEOUT"]
OPEN = ("CREATED", "RUNNING", "CANCELING")


@dataclass
class BulkPace:
    """How long things take (sandbox seconds), and what happens to the next run."""

    created_seconds: float = 0.5
    running_seconds: float = 1.0
    fail_next: ErrorCode | None = None
    """The next run that starts fails with this code, after half of its lines."""


@dataclass
class Operation:
    """One run."""

    id: int
    text: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    fails_with: ErrorCode | None
    steps: Iterator[Result]
    status: str = "CREATED"
    error: ErrorCode | None = None
    completed_at: datetime | None = None
    result: Result = field(default_factory=Result)
    canceled_at: datetime | None = None

    @property
    def in_progress(self) -> bool:
        """Whether it counts against the limit."""
        return self.status in OPEN


class BulkOperations:
    """All runs, newest last. Safe to use from several threads."""

    def __init__(self, clock: Clock, *, finished: Callable[[Operation], None]) -> None:
        """`finished`: told of every run that came to an end."""
        self._clock = clock
        self._finished = finished
        self._lock = threading.RLock()
        self._secret = secrets.token_bytes(16)
        self.pace = BulkPace()
        self._operations: dict[int, Operation] = {}

    def reset(self) -> None:
        """Forget all runs and go back to the usual pace."""
        with self._lock:
            self._operations.clear()
            self.pace = BulkPace()

    def all(self) -> list[Operation]:
        """Every run, oldest first."""
        with self._lock:
            return list(self._operations.values())

    def find(self, number: int | None) -> Operation | None:
        """Return a run by its numeric id."""
        with self._lock:
            return self._operations.get(number or 0)

    def in_progress(self) -> list[Operation]:
        """The runs that have not ended."""
        return [each for each in self.all() if each.in_progress]

    def start(
        self,
        schema: GraphQLSchema,
        text: str,
        query: BulkQuery,
        granted: frozenset[str],
        lists: Callable[[str, dict[str, Any]], Listing],
        *,
        grouped: bool,
    ) -> Operation:
        """Begin a run."""
        with self._lock:
            now, pace = self._clock.now(), self.pace
            starts = now + timedelta(seconds=pace.created_seconds)
            number = FIRST_ID + len(self._operations) + 1
            made = Operation(
                id=number,
                text=text,
                created_at=now,
                starts_at=starts,
                ends_at=starts + timedelta(seconds=pace.running_seconds),
                fails_with=pace.fail_next,
                steps=run(schema, query, granted, lists, grouped=grouped),
            )
            pace.fail_next = None
            self._operations[number] = made
            return made

    def cancel(self, operation: Operation) -> bool:
        """Begin to cancel a run; False when it has ended."""
        with self._lock:
            if operation.status in {"CREATED", "RUNNING"}:
                operation.status, operation.canceled_at = "CANCELING", self._clock.now()
            return operation.in_progress

    def work(self) -> None:
        """Bring every run to the state it has by now."""
        for operation in self.in_progress():
            with self._lock:
                self._advance(operation)

    def _advance(self, operation: Operation) -> None:
        now = self._clock.now()
        if operation.status == "CREATED" and now >= operation.starts_at:
            operation.status = "RUNNING"
        if operation.status == "RUNNING":
            self._run(operation, now)
        elif operation.canceled_at is not None and now >= operation.canceled_at + CANCEL_TIME:
            self._end(operation, "CANCELED", None, None)

    def _run(self, operation: Operation, now: datetime) -> None:
        latest = operation.starts_at + LONGEST_RUN
        try:
            written = self._write(operation)
        except GraphQLError as error:
            denied = (error.extensions or {}).get("code") == "ACCESS_DENIED"
            code: ErrorCode = "ACCESS_DENIED" if denied else "INTERNAL_SERVER_ERROR"
            self._end(operation, "FAILED", code, min(operation.ends_at, now))
            return
        except Exception:
            # Half a file must never look like a whole one at the next poll.
            self._end(operation, "FAILED", "INTERNAL_SERVER_ERROR", min(operation.ends_at, now))
            raise
        if now >= latest and operation.ends_at > latest:
            self._end(operation, "FAILED", "TIMEOUT", latest)
        elif written and now >= operation.ends_at:
            if operation.fails_with is not None:
                del operation.result.blocks[(len(operation.result.blocks) + 1) // 2 :]
            self._end(
                operation, "FAILED" if operation.fails_with else "COMPLETED", operation.fails_with, operation.ends_at
            )

    def _write(self, operation: Operation) -> bool:
        """Write for a while (the one who asked is waiting); whether all is written."""
        until = time.monotonic() + SLICE_SECONDS
        for step in operation.steps:
            operation.result = step
            if time.monotonic() > until:
                return False
        return True

    def _end(self, operation: Operation, status: str, error: ErrorCode | None, moment: datetime | None) -> None:
        operation.status, operation.error, operation.completed_at = status, error, moment
        self._finished(operation)

    def node(self, operation: Operation, base_url: str) -> dict[str, Any]:
        """Return the BulkOperation; its url is below `base_url`."""
        done = operation.status == "COMPLETED" and operation.result.objects > 0
        partial = operation.status == "FAILED" and operation.result.objects > 0
        url = self._url(operation, base_url) if done or partial else None
        return {
            "__typename": "BulkOperation",
            "id": gid("BulkOperation", operation.id),
            "status": operation.status,
            "type": "QUERY",
            "errorCode": operation.error,
            "createdAt": stamp(operation.created_at),
            "completedAt": stamp_or_none(operation.completed_at),
            "objectCount": str(operation.result.objects),
            "rootObjectCount": str(operation.result.roots),
            "fileSize": str(operation.result.size_bytes) if done else None,
            "url": url if done else None,
            "partialDataUrl": url if partial else None,
            "query": operation.text,
        }

    def _url(self, operation: Operation, base_url: str) -> str:
        ended = operation.completed_at or operation.created_at
        expires = int((ended + RESULT_LIFETIME).timestamp())
        signed = self._signature(operation.id, expires)
        return f"{base_url.rstrip('/')}{PATH}/{operation.id}.jsonl?Expires={expires}&Signature={signed}"

    def _signature(self, number: int, expires: int) -> str:
        return hmac.new(self._secret, f"{number}:{expires}".encode(), hashlib.sha256).hexdigest()

    def file(self, number: int, expires: str, signature: str) -> Result | None:
        """Return the file that a signed address names; None when it is not, or no longer, good."""
        operation = self.find(number)
        if operation is None or not expires.isdigit():
            return None
        good = hmac.compare_digest(self._signature(number, int(expires)), signature)
        return operation.result if good and self._clock.now().timestamp() < int(expires) else None
