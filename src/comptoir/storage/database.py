"""The database, SQLite or PostgreSQL: reads of one moment, writes that are whole, times that know their zone.

What a write may rely on differs. SQLite has one writer at a time. On PostgreSQL the writers of one subject queue at its
fence, or at a row or name that they lock first (`Database.lock`); every statement then sees what was committed before
it. Locks are taken in one order, fence, connection, everything else, the run last, so that no two writers wait for each
other.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Engine,
    String,
    Table,
    create_engine,
    event,
    func,
    make_url,
    null,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.types import TypeDecorator

from comptoir.books.problems import Message, ToldError
from comptoir.storage.file_faults import FileFault, fault_of

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

T = TypeVar("T", bound=str | int)

VALUES_PER_QUERY = 500
"""Below every database's limit of parameters."""
LARGEST = 2**63 - 1
"""The largest number that a database keeps."""
BUSY_SECONDS = 30
IDLE_WRITE_SECONDS = 12
"""PostgreSQL ends a write transaction in which nothing happens for so long: a worker that was paused, or whose machine
is gone, must not keep its rows locked from the one that takes over (`fence.LEASE_SECONDS`)."""
POOL_SIZE = 5
POOL_OVERFLOW = 25
"""Connections of one process to PostgreSQL: so many are kept, so many more are opened under load. Three processes fit
in the hundred that a server takes by default."""
SERVER = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
    "application_name": "comptoir",
}
"""How a server that is gone without a word is noticed, and how ours are known in its list of sessions."""
WRITES = "comptoir_writes"
"""Execution option of a connection that is about to write."""


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored: a fault of the caller."""


_PREPARE_WRITE = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :idle, true), set_config('synchronous_commit', "
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, "
    "true)"
)
"""For this transaction alone. What is committed is on disk, whatever the server is set to: a batch is sent after it."""


class DatabaseUnreachableError(ToldError):
    """The server does not answer, or the connection broke.

    A transaction that was being committed may have been; whoever goes on asks the journal. `fact` is the message
    without a word of what comes of it.
    """

    def __init__(self, place: str, reason: str) -> None:
        values = {"place": place, "reason": reason}
        self.fact = Message("The database at {place} cannot be reached ({reason}).", values)
        super().__init__(
            Message(
                "The database at {place} cannot be reached ({reason}). Nothing is lost: the next run goes on from what "
                "is written there.",
                values,
            )
        )


class DatabaseFileError(DatabaseUnreachableError):
    """The database in the data directory cannot be used: its disk is full, it is not this user's, it is damaged.

    `remedy` stands by itself, for where the fact was told.
    """

    def __init__(self, file: str, fault: FileFault, reason: str) -> None:
        values = {"file": file, "reason": reason}
        self.fact = replace(fault.fact, values=values)
        self.remedy = fault.remedy
        ToldError.__init__(self, replace(fault.message, values=values))


class DatabaseAddressError(ToldError):
    """The database's address cannot be read."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC text of fixed width (microseconds, "Z"), which sorts as time on every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To text; refuses a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveTimeError(f"{value!r} has no time zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From text, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def number_in(words: str) -> int | None:
    """The number that words from outside state; None where they state none that a database keeps."""
    is_one = words.isascii() and words.isdecimal() and len(words) <= len(str(LARGEST))
    return int(words) if is_one and int(words) <= LARGEST else None


def in_chunks(values: Collection[T]) -> Iterator[list[T]]:
    """The values, in an order that is always the same, as many at a time as a query may name."""
    ordered = sorted(values)
    for start in range(0, len(ordered), VALUES_PER_QUERY):
        yield ordered[start : start + VALUES_PER_QUERY]


def inserted_id(result: CursorResult[Any]) -> int:
    """The id of the one row that was inserted."""
    key = result.inserted_primary_key
    if key is None:
        raise AssertionError("nothing was inserted")
    return int(key[0])


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what happens where the row is there already: `on_conflict_do_...` of either database.

    Whether it did anything, its `returning` tells on both; the count of rows does not.
    """
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - slow to load, and there already where it is needed

    return postgresql.insert(table)


def server_url(text: str) -> str:
    """SQLAlchemy's address of a PostgreSQL database, from the one that everybody writes.

    Raises DatabaseAddressError; its message does not repeat the address, which may hold a password.
    """
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername.split("+")[0] not in {"postgresql", "postgres"} or not url.database:
        raise DatabaseAddressError(
            Message(
                "The address of the database is not understood. It has the form {form}.",
                {"form": "postgresql://user:<password>@host:5432/name"},
            )
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def place_of(url: str) -> str:
    """Where a database is, for people: without user and password."""
    parts = make_url(url)
    host = parts.host or parts.query.get("host") or "this machine"
    port = f":{parts.port}" if parts.port else ""
    return f"{host}{port}/{parts.database}"


class Queue:
    """A lock that its threads get in the order in which they asked for it."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Held for the block."""
        gate = threading.Lock()
        gate.acquire()
        with self._mutex:
            if self._is_taken:
                self._waiting.append(gate)
            else:
                self._is_taken = True
                gate.release()
        try:
            gate.acquire()
            yield
        finally:
            self._leave(gate)

    def _leave(self, gate: threading.Lock) -> None:
        """Let the next one in; whoever was broken off while they waited only goes out of the queue."""
        with self._mutex:
            if gate in self._waiting:
                self._waiting.remove(gate)
            elif self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False


class Database:
    """Reads see one moment; a write commits whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        if make_url(url).get_backend_name() == "sqlite":
            self.engine = self._reader = create_engine(url)
            self._queue: Queue | None = Queue()
            _prepare_sqlite(self.engine)
        else:
            self._queue = None
            self.engine = create_engine(
                url, pool_pre_ping=True, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, connect_args=SERVER
            )
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def is_server(self) -> bool:
        """Whether other machines may be at work in it too: PostgreSQL, not a file."""
        return self.engine.dialect.name != "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries. Raises DatabaseUnreachableError."""
        with self._reported(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back when it raises.

        Raises DatabaseUnreachableError.
        """
        with self._reported(), self._turn(), self.engine.connect() as connection:
            writer = connection.execution_options(**{WRITES: True})
            with writer.begin():
                if self.is_server:
                    writer.execute(_PREPARE_WRITE, {"idle": str(int(IDLE_WRITE_SECONDS * 1000))})
                yield writer

    def _turn(self) -> AbstractContextManager[None]:
        """Threads that write to a file queue here: SQLite has them ask again and again, and seldom."""
        return nullcontext() if self._queue is None else self._queue.turn()

    def lock(self, connection: Connection, name: str) -> None:
        """Until this write ends, whoever else locks the name waits; on SQLite a write is alone anyway."""
        if self.is_server:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """What goes wrong on the way to a server, or with the file, in words for the user."""
        try:
            yield
        except DBAPIError as error:
            told = told_of(self.url, error)
            if told is None:
                raise
            raise told from error

    def now(self, connection: Connection) -> float:
        """Seconds since 1970 by the database's own clock, so that several machines agree."""
        words = {
            "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
            "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
        }[self.engine.dialect.name]
        return float(connection.execute(text(words)).scalar_one())

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def told_of(url: str, error: DBAPIError) -> ToldError | None:
    """An error on the way to a server, or with a file, in words for the user; None where it is of another kind."""
    reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no answer"
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        fault = fault_of(error.orig)
        return DatabaseFileError(str(parts.database), fault, reason) if fault else None
    if _is_unknown_option(error):
        return _address_not_taken(place_of(url), reason)
    if error.connection_invalidated or _never_connected(error):
        return DatabaseUnreachableError(place_of(url), reason)
    return None


def looked_at(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column for a condition that is to be looked at row by row, and that no index is chosen for.

    Without statistics SQLite takes the index of which a query names more columns, though it may hold every row of an
    organization and another one a single row; with statistics it takes none for what few rows are.
    """
    return func.coalesce(column, null())


def has_part(connection: Connection, column: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether a column has this part, in capitals or not.

    SQLite's LIKE asks for no more than that by itself, and takes a third of the time that making both sides small does.
    """
    if connection.dialect.name == "sqlite":
        return column.contains(part, autoescape=True)
    return column.icontains(part, autoescape=True)


def _never_connected(error: DBAPIError) -> bool:
    """Whether it is libpq that speaks, not the server: an error of the server's has a code."""
    return getattr(error.orig, "sqlstate", None) is None and type(error.orig).__name__ == "OperationalError"


def _is_unknown_option(error: DBAPIError) -> bool:
    """Whether the driver refuses the address itself, for a word behind its question mark; nothing was asked yet."""
    never_asked = error.statement is None and getattr(error.orig, "sqlstate", None) is None
    return never_asked and type(error.orig).__name__ == "ProgrammingError"


def _address_not_taken(place: str, reason: str) -> DatabaseAddressError:
    values = {"place": place, "reason": reason}
    return DatabaseAddressError(
        Message(
            "The address of the database at {place} is not understood ({reason}). Look at what stands behind its "
            "question mark.",
            values,
        )
    )


def _prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, synchronous FULL, and no transaction that begins by itself.

    The driver's habit of beginning a deferred transaction at the first write lets two writers meet half way and one
    of them lose ("database is locked"); with BEGIN IMMEDIATE they queue.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_SECONDS * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
