"""`comptoir` as ever, in a process that kills itself (SIGKILL) at a chosen instant.

usage: python -m bench.chaos.child MOMENT PLACE DELAY_SECONDS -- COMMAND...
       python -m bench.chaos.child count FILE 0 -- COMMAND...

The product has no part in it: SQLAlchemy tells of every commit, and the HTTP library of every request that is on the
wire and of every answer that is complete. The process dies at the PLACE-th instant of the kind MOMENT. `count` kills
nobody, and writes the instants of a calm life to FILE, one a line.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

DATABASE = "comptoir"
"""In the name of the product's own database; the queue keeps one of its own."""
RECORDED_STATE = "answered"


class Moment(StrEnum):
    """What an instant is."""

    PAGE_SAVED = "page_saved"
    BATCH_SAVED = "batch_saved"
    IN_FLIGHT = "in_flight"
    ANSWERED = "answered_not_recorded"
    RECORDED = "recorded"
    OTHER_COMMIT = "commit"
    OTHER_SENT = "sent"
    OTHER_RECEIVED = "received"


ANY = "any"
"""In the place of a moment: every instant counts."""
COUNT = "count"

Happened = Callable[[Moment], None]


def watch_commits(happened: Happened) -> None:
    """Tell of every commit of the product's database, once it is done."""
    written = threading.local()

    def on_statement(
        connection: Connection, _cursor: object, statement: str, parameters: object, _context: object, _many: object
    ) -> None:
        if DATABASE in str(connection.engine.url.database) and not statement.lstrip().upper().startswith("SELECT"):
            seen = getattr(written, "moments", None) or []
            written.moments = [*seen, _moment_of(statement, parameters)]
            written.by = connection.connection.driver_connection

    event.listen(Engine, "before_cursor_execute", on_statement)
    commit: Callable[[DefaultDialect, Any], None] = DefaultDialect.do_commit

    def committed(self: DefaultDialect, dbapi_connection: Any) -> None:
        commit(self, dbapi_connection)
        raw = getattr(dbapi_connection, "driver_connection", dbapi_connection)
        moments = getattr(written, "moments", None)
        if moments and written.by is raw:
            written.moments = []
            telling = [each for each in moments if each is not Moment.OTHER_COMMIT]
            happened(telling[-1] if telling else Moment.OTHER_COMMIT)

    DefaultDialect.do_commit = committed  # type: ignore[method-assign] # the seam that every commit passes


def _moment_of(statement: str, parameters: object) -> Moment:
    if re.match(r"\s*INSERT INTO facts\b", statement):
        return Moment.PAGE_SAVED
    if re.match(r"\s*INSERT INTO batches\b", statement):
        return Moment.BATCH_SAVED
    if re.match(r"\s*UPDATE batches SET", statement) and RECORDED_STATE in str(parameters):
        return Moment.RECORDED
    return Moment.OTHER_COMMIT


def watch_calls(happened: Happened) -> None:
    """Tell of every request that was written to the wire, and of every answer that was read to its end."""
    handle = httpx2.HTTPTransport.handle_request

    def handled(self: httpx2.HTTPTransport, request: httpx2.Request) -> httpx2.Response:
        is_batch = request.url.path.endswith("/batch") and "requestid" in request.url.params

        def on_trace(name: str, _info: object) -> None:
            if name.endswith("receive_response_headers.started"):
                happened(Moment.IN_FLIGHT if is_batch else Moment.OTHER_SENT)
            elif name.endswith("receive_response_body.complete"):
                happened(Moment.ANSWERED if is_batch else Moment.OTHER_RECEIVED)

        request.extensions = {**request.extensions, "trace": on_trace}
        return handle(self, request)

    httpx2.HTTPTransport.handle_request = handled  # type: ignore[method-assign] # the seam that every request passes


class Fate:
    """Counts the instants of one kind, and ends the process at the chosen one."""

    def __init__(self, moment: str, place: int, delay_seconds: float) -> None:
        self._moment = moment
        self._left = place
        self._delay_seconds = delay_seconds
        self._lock = threading.Lock()

    def happened(self, moment: Moment) -> None:
        """An instant came."""
        if self._moment not in {ANY, moment}:
            return
        with self._lock:
            self._left -= 1
            if self._left:
                return
            time.sleep(self._delay_seconds)
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Watch, then be `comptoir`."""
    moment, place, delay = sys.argv[1:4]
    sys.argv = ["comptoir", *sys.argv[5:]]
    if moment == COUNT:
        with Path(place).open("w", encoding="utf-8") as file:
            _live(lambda each: print(each, file=file, flush=True))
    else:
        _live(Fate(moment, int(place), float(delay)).happened)


def _live(happened: Happened) -> None:
    watch_commits(happened)
    watch_calls(happened)
    from comptoir.cli.main import main as comptoir  # noqa: PLC0415 - after the seams are watched

    comptoir()


if __name__ == "__main__":
    main()
