"""The database: one engine, write sessions that take the lock at once, times that know their zone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Engine, String, create_engine, event, text
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 30
WRITES = "comptoir_writes"
"""Execution option of a connection that is about to write."""


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored: a fault of the caller."""


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


def inserted_id(result: CursorResult[Any]) -> int:
    """The id of the one row that was inserted."""
    key = result.inserted_primary_key
    if key is None:
        raise AssertionError("nothing was inserted")
    return int(key[0])


class Database:
    """Reads see a snapshot; a write holds the write lock from its first statement and commits whole or not at all."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, pool_pre_ping=False)
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for queries."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back when it raises."""
        with self.engine.connect() as connection:
            writer = connection.execution_options(**{WRITES: True})
            with writer.begin():
                yield writer

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
