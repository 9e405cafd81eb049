"""What is held, counted and summed by the database: ten thousand records of a few causes are told as soon as ten.

A row says by a digest (`postings.causes`) with which others it is held for the same; for what, its problems say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, literal_column, select

from comptoir.books.documents import WAVE_OF, Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.money import Money
from comptoir.books.problems import Problem
from comptoir.storage.codec import from_minor, keys_from_json, problems_from_json
from comptoir.storage.database import in_chunks
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import State
from comptoir.storage.tables import postings

LISTS = tuple(kind.value for kind in Kind if WAVE_OF[kind] is Wave.LISTS)


@dataclass(slots=True)
class Alike:
    """Records that are held for the same: what holds them, as the first of them tells it, and their first orders."""

    causes: str
    """The digest that names them."""
    first: int
    problems: tuple[Problem, ...]
    orders: dict[SourceId, str] = field(default_factory=dict)
    kinds: Counter[Kind] = field(default_factory=Counter)
    amounts: list[Money] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A record that is held, or that waits for one that is."""

    id: int
    kind: Kind
    source_id: SourceId
    """That of its order."""
    number: str
    dated: date | None
    amount: Money | None
    awaits: tuple[str, ...]


def held_alike(connection: Connection, owner: JournalOwner, samples: int) -> list[Alike]:
    """Everything of this connection that is held in this company, what is alike together; customers and items aside.

    `samples`: so many of the first records name their orders.
    """
    found = _first_of_each(connection, owner, samples)
    told = (postings.c.causes, postings.c.kind, postings.c.currency)
    query = select(*told, func.count().label("records"), func.sum(postings.c.store_minor).label("minor"))
    for row in connection.execute(query.where(*_held(owner)).group_by(*told)):
        alike = found[row.causes]
        alike.kinds[Kind(row.kind)] += row.records
        if row.minor is not None:
            alike.amounts.append(from_minor(int(row.minor), row.currency))
    return sorted(found.values(), key=lambda each: each.first)


def _first_of_each(connection: Connection, owner: JournalOwner, samples: int) -> Mapping[str, Alike]:
    place = func.row_number().over(partition_by=postings.c.causes, order_by=postings.c.id).label("place")
    ranked = select(postings.c.id, place).where(*_held(owner)).subquery()
    told = (postings.c.id, postings.c.causes, postings.c.order_source_id, postings.c.order_number)
    problems = case((ranked.c.place == 1, postings.c.problems)).label("problems")
    query = select(*told, problems).join(ranked, ranked.c.id == postings.c.id).where(ranked.c.place <= samples)
    found: dict[str, Alike] = {}
    for row in connection.execute(query.order_by(postings.c.id)):
        if row.causes not in found:
            found[row.causes] = Alike(row.causes, row.id, problems_from_json(row.problems))
        found[row.causes].orders[SourceId(row.order_source_id)] = row.order_number
    return found


def held_rows(
    connection: Connection,
    owner: JournalOwner,
    causes: Collection[str],
    after: int = 0,
    limit: int | None = None,
) -> list[HeldRow]:
    """The records that are held for any of these (`Alike.causes`), in the order of planning, behind the row `after`."""
    found: list[HeldRow] = []
    for some in in_chunks(causes):
        found += _rows(connection, *_held(owner), postings.c.causes.in_(some), postings.c.id > after, limit=limit)
    return sorted(found, key=lambda each: each.id)[:limit]


def waiting_sales(connection: Connection, owner: JournalOwner) -> list[HeldRow]:
    """The sales and refunds of this connection that cannot go before another record has gone."""
    return _rows(
        connection,
        postings.c.connection_id == owner.connection_id,
        postings.c.company == owner.company,
        postings.c.kind.in_([Kind.SALE.value, Kind.REFUND.value]),
        postings.c.state == State.WAITING.value,
    )


def _held(owner: JournalOwner) -> tuple[ColumnElement[bool], ...]:
    """The state is written out: by a parameter SQLite would not know that the index of what is held will do."""
    return (
        postings.c.connection_id == owner.connection_id,
        postings.c.company == owner.company,
        postings.c.state == literal_column(f"'{State.HELD.value}'"),
        postings.c.kind.not_in(LISTS),
    )


def _rows(connection: Connection, *where: ColumnElement[bool], limit: int | None = None) -> list[HeldRow]:
    told: tuple[ColumnElement[Any], ...] = (
        postings.c.id,
        postings.c.kind,
        postings.c.order_source_id,
        postings.c.order_number,
        postings.c.dated,
        postings.c.store_minor,
        postings.c.currency,
        postings.c.awaits,
    )
    query = select(*told).where(*where).order_by(postings.c.id).limit(limit)
    return [_row(row) for row in connection.execute(query)]


def _row(row: Row[Any]) -> HeldRow:
    return HeldRow(
        id=row.id,
        kind=Kind(row.kind),
        source_id=SourceId(row.order_source_id),
        number=row.order_number,
        dated=row.dated,
        amount=None if row.store_minor is None else from_minor(row.store_minor, row.currency),
        awaits=tuple(keys_from_json(row.awaits)),
    )
