"""What a run brought, added up by the database: a long run's end costs no more memory than a short one's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from comptoir.books.documents import Kind, Wave
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.storage.codec import from_minor, notes_from_json
from comptoir.storage.journal import ROWS_AT_ONCE, WITHDRAWN
from comptoir.storage.postings import IN_BOOKS, State
from comptoir.storage.runs import Run
from comptoir.storage.tables import postings


@dataclass(frozen=True, slots=True)
class Brought:
    """Records of one kind and currency: how many, and their sum; None where none of them has an amount."""

    kind: Kind
    count: int
    amount: Money | None
    rule: str = ""
    """That leaves them out."""


def settled_by(connection: Connection, run: Run) -> list[Brought]:
    """What the run put into the books, by what the books hold of it; lists are no documents."""
    amount = func.sum(func.coalesce(postings.c.ledger_minor, postings.c.meant_minor))
    told = (postings.c.kind, postings.c.currency)
    query = select(*told, func.count().label("records"), amount.label("minor")).where(_settled(run)).group_by(*told)
    return [Brought(Kind(row.kind), row.records, _amount(row)) for row in connection.execute(query)]


def left_out_by(connection: Connection, run: Run) -> list[Brought]:
    """What the run was the first to leave out, by the store's own figures."""
    out = (postings.c.state == State.SKIPPED.value) & (postings.c.run_id == run.id) & (postings.c.rule != WITHDRAWN)
    told = (postings.c.rule, postings.c.kind, postings.c.currency)
    amount = func.sum(postings.c.store_minor).label("minor")
    query = select(*told, func.count().label("records"), amount).where(_of_orders(run) & out).group_by(*told)
    return [Brought(Kind(row.kind), row.records, _amount(row), row.rule) for row in connection.execute(query)]


def notes_of(connection: Connection, run: Run) -> Iterator[Message]:
    """The warnings about what the run put into the books, in the order of planning; few are held at a time."""
    query = select(postings.c.notes).where(_settled(run), postings.c.notes.is_not(None)).order_by(postings.c.id)
    for notes in connection.execution_options(yield_per=ROWS_AT_ONCE).scalars(query):
        yield from notes_from_json(notes)


def _settled(run: Run) -> ColumnElement[bool]:
    in_books = postings.c.state.in_([state.value for state in IN_BOOKS])
    return _of_orders(run) & in_books & (postings.c.settled_at >= run.started_at)


def _of_orders(run: Run) -> ColumnElement[bool]:
    return (postings.c.connection_id == run.connection_id) & (postings.c.wave != Wave.LISTS.value)


def _amount(row: Row[Any]) -> Money | None:
    return None if row.minor is None or row.currency is None else from_minor(int(row.minor), row.currency)
