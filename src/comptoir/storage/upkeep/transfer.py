"""Every row of one database into another, of either kind, and the proof that none is missing or changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Table, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from comptoir.books.problems import Message, ToldError
from comptoir.storage.database import Database
from comptoir.storage.tables import consents, fences, metadata, organizations
from comptoir.storage.upkeep.upgrade import Shape, shape_of, upgrade

ROWS_AT_ONCE = 500
DIGEST_BYTES = 32
LEFT_BEHIND = frozenset({fences.name, consents.name})
"""Who is at work there says nothing here, and who is at a platform's consent page comes back to there."""


class TargetNotEmptyError(ToldError):
    """Something lies in the target already."""


class TransferError(ToldError):
    """What arrived is not what was there; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A table: how many rows, and the digest of their values, which does not depend on their order."""

    table: str
    rows: int
    digest: str


Watch = Callable[[str, int, int], None]
"""`(table, rows done, rows in all)`."""


def transfer(
    source: Database,
    target: Database,
    *,
    watch: Watch = lambda _table, _done, _total: None,
    before_commit: Callable[[], None] = lambda: None,
) -> list[Carried]:
    """Copy every row, compare both sides, commit: all of it arrives, or nothing.

    `source` must be of this release; `target` empty. `before_commit` is called when everything is proved equal.
    Raises TargetNotEmptyError, TransferError, DatabaseUnreachableError.
    """
    _check_shapes(source, target)
    tables = [table for table in metadata.sorted_tables if table.name not in LEFT_BEHIND]
    with source.read() as old, target.write() as new:
        target.lock(new, "comptoir: transfer")
        _check_empty(new)
        new.execute(organizations.delete())  # the one that was made when somebody looked in
        for table in tables:
            _copy(old, new, table, watch)
            _go_on_counting(new, table)
        carried = [_compared(old, new, table) for table in tables]
        before_commit()
    return carried


def _check_shapes(source: Database, target: Database) -> None:
    if shape_of(source) is not Shape.CURRENT:
        raise AssertionError("the source is brought to this release before it is copied")
    if shape_of(target) is Shape.EMPTY:
        found = inspect(target.engine).get_table_names()
        if found:
            raise TargetNotEmptyError(
                Message(
                    "The target holds tables of something else ({tables}). Make an empty database.",
                    {"tables": ", ".join(sorted(found)[:3])},
                )
            )
    upgrade(target)


def _check_empty(new: Connection) -> None:
    for table in metadata.sorted_tables:
        if table is not organizations and new.execute(select(table).limit(1)).first() is not None:
            raise TargetNotEmptyError(
                Message(
                    "The target holds data of Comptoir already (table {table}). Make an empty database; or, if it was "
                    "moved there before, work with it: set COMPTOIR_DATABASE_URL.",
                    {"table": table.name},
                )
            )


def _copy(old: Connection, new: Connection, table: Table, watch: Watch) -> None:
    """The rows as they are; a reference within the table is set when all of them are there."""
    total = old.execute(select(func.count()).select_from(table)).scalar_one()
    within = [column for column in table.c for key in column.foreign_keys if key.column.table is table]
    later: list[dict[str, Any]] = []
    done = 0
    for chunk in _chunks(old, table):
        rows = [dict(row._mapping) for row in chunk]  # noqa: SLF001 - SQLAlchemy's public name for it
        for row in rows:
            referring = {column.name: row[column.name] for column in within if row[column.name] is not None}
            if referring:
                later.append({"of": row["id"], **referring})
                row.update(dict.fromkeys(referring))
        try:
            new.execute(insert(table), rows)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            reason = str(error.orig).strip().splitlines()[0]
            raise TransferError(
                Message(
                    "A row of the table {table} cannot be carried over: {reason}. Nothing was kept. Please report "
                    "this.",
                    {"table": table.name, "reason": reason},
                )
            ) from error
        done += len(rows)
        watch(table.name, done, total)
    for values in later:
        new.execute(update(table).where(table.c.id == values.pop("of")).values(**values))


def _chunks(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
    return iter(found.partitions(ROWS_AT_ONCE))


def _go_on_counting(new: Connection, table: Table) -> None:
    """The next row that the database numbers itself follows the last one."""
    (key, *others) = table.primary_key.columns
    if new.dialect.name == "sqlite" or others or not isinstance(key.type, Integer):
        return
    new.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key.name}'), coalesce(max({key.name}), 1), "  # noqa: S608 - our own names
            f"max({key.name}) IS NOT NULL) FROM {table.name}"
        )
    )


def _compared(old: Connection, new: Connection, table: Table) -> Carried:
    there, here = carried(old, table), carried(new, table)
    if there != here:
        raise TransferError(
            Message(
                "The table {table} did not arrive as it was ({there} rows there, {here} here). Nothing was kept. "
                "Please report this.",
                {"table": table.name, "there": f"{there.rows:,}", "here": f"{here.rows:,}"},
            )
        )
    return here


def carried(connection: Connection, table: Table) -> Carried:
    """What a table holds: each value as Python reads it, so that both kinds of database say the same of the same."""
    rows = total = 0
    for chunk in _chunks(connection, table):
        for row in chunk:
            rows += 1
            total += int.from_bytes(hashlib.sha256(repr(tuple(row)).encode()).digest())
    return Carried(table.name, rows, (total % 2 ** (8 * DIGEST_BYTES)).to_bytes(DIGEST_BYTES).hex())
