"""What is held, by what would free it; and what the books no longer hold as it was left there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection

from comptoir.books.documents import Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.money import Money, totals_by_currency
from comptoir.books.problems import Problem, cause_of
from comptoir.engine.work import Books
from comptoir.storage.held import HeldRow, held_alike, held_rows, waiting_sales
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

Record = TypeVar("Record")

STRAYED = frozenset({State.CHANGED, State.GONE})
"""In the books once, and not there as it was left."""
SAMPLES = 8
"""Orders of a cause that are named with it."""
PAGE = 50
"""Records of a cause, or documents that strayed, that are listed at a time."""


@dataclass(frozen=True, slots=True)
class HeldCause:
    """Records that one act of the user frees together.

    A record with two problems stands under both. `orders` are the first orders' numbers by source id, oldest record
    first; `amounts` what is at stake, one a currency. A customer or item that the ledger refuses stands for the sales
    and refunds that wait for it.
    """

    cause: str
    problem: Problem
    """That of the first record."""
    kinds: Mapping[Kind, int]
    orders: Mapping[SourceId, str]
    amounts: tuple[Money, ...]
    has_more: bool = False
    """Whether there may be more orders than those named: `orders_of` knows them all, `page_of` a page at a time."""

    @property
    def count(self) -> int:
        """How many records are held."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """What a store connection leaves to its user: causes, the largest amount first, and documents that strayed."""

    causes: tuple[HeldCause, ...]
    held: int
    """Records that are held, each counted once."""
    amounts: tuple[Money, ...]
    """What is at stake in all, each record counted once."""
    strayed: tuple[Posting, ...]
    """The first of them; `straying`: how many there are."""
    straying: int


@dataclass(frozen=True, slots=True)
class HeldPage:
    """Records of a cause, the oldest first; `after` is where the next page begins, 0 at the end."""

    held: HeldCause
    rows: tuple[HeldRow, ...]
    after: int


@dataclass(frozen=True, slots=True)
class _Part:
    """Records that stand under the same causes: those of one digest, or a customer or item that is held.

    `waiting` are the sales and refunds that cannot go before such a one has gone: these are what is at stake.
    """

    first: int
    problems: tuple[Problem, ...]
    kinds: Mapping[Kind, int]
    orders: Mapping[SourceId, str]
    amounts: tuple[Money, ...]
    digest: str = ""
    waiting: tuple[HeldRow, ...] = ()


def standing(books: Books, owner: JournalOwner, strayed: int | None = PAGE) -> Standing:
    """What is held and what strayed of this connection in this company, from the journal alone.

    `strayed`: so many documents that strayed are named; None for all.
    """
    with books.database.read() as connection:
        parts = _parts(books, connection, owner)
        rows = books.journal.outlines(connection, *_strayed(owner), limit=strayed)
        straying = (
            len(rows) if strayed is None or len(rows) < strayed else books.journal.count(connection, *_strayed(owner))
        )
    causes = [_cause(name, *found) for name, found in by_cause(parts, lambda part: part.problems).items()]
    return Standing(
        causes=tuple(sorted(causes, key=_largest_first)),
        held=sum(sum(part.kinds.values()) for part in parts),
        amounts=_amounts(parts),
        strayed=tuple(rows),
        straying=straying,
    )


def _strayed(owner: JournalOwner) -> tuple[ColumnElement[bool], ...]:
    return (
        postings.c.connection_id == owner.connection_id,
        postings.c.company == owner.company,
        postings.c.state.in_([state.value for state in STRAYED]),
        postings.c.wave != Wave.LISTS.value,
    )


def held_by_cause(books: Books, owner: JournalOwner, cause: str) -> HeldCause | None:
    """What this cause holds; None where it holds nothing."""
    return next((each for each in standing(books, owner).causes if each.cause == cause), None)


def orders_of(books: Books, owner: JournalOwner, causes: Collection[str]) -> dict[SourceId, str]:
    """The numbers of every order that any of these causes holds, by source id."""
    with books.database.read() as connection:
        rows = _rows(connection, owner, _of_causes(_parts(books, connection, owner), causes))
    return {row.source_id: row.number for row in rows}


def page_of(books: Books, owner: JournalOwner, cause: str, after: int = 0) -> HeldPage | None:
    """A page of what a cause holds, sales and refunds that wait for it among it, behind the row `after`.

    None where it holds nothing.
    """
    with books.database.read() as connection:
        parts = _of_causes(_parts(books, connection, owner), {cause})
        rows = _rows(connection, owner, parts, after, PAGE + 1)
    if not parts:
        return None
    held = _cause(cause, *by_cause(parts, lambda part: part.problems)[cause])
    return HeldPage(held, tuple(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else 0)


def by_cause(
    records: Iterable[Record], problems: Callable[[Record], Sequence[Problem]]
) -> dict[str, tuple[Problem, list[Record]]]:
    """What is held by each cause, with the first record's problem of it, in the order in which they come.

    A record with two problems stands under both: it goes on when both are mended.
    """
    found: dict[str, tuple[Problem, list[Record]]] = {}
    for record in records:
        first: dict[str, Problem] = {}
        for problem in problems(record):
            first.setdefault(cause_of(problem), problem)
        for cause, problem in first.items():
            found.setdefault(cause, (problem, []))[1].append(record)
    return found


def _parts(books: Books, connection: Connection, owner: JournalOwner) -> list[_Part]:
    """Everything that is held, the oldest first."""
    own = [
        _Part(each.first, each.problems, each.kinds, each.orders, tuple(each.amounts), each.causes)
        for each in held_alike(connection, owner, SAMPLES)
    ]
    return sorted([*own, *_lists(books, connection, owner)], key=lambda part: part.first)


def _lists(books: Books, connection: Connection, owner: JournalOwner) -> list[_Part]:
    """The company's customers and items that are held, each with what waits for it."""
    held = (postings.c.company == owner.company) & (postings.c.state == State.HELD.value)
    rows = books.journal.outlines(connection, held, postings.c.wave == Wave.LISTS.value)
    waiting: dict[str, list[HeldRow]] = {str(row.key): [] for row in rows}
    for sale in waiting_sales(connection, owner) if rows else ():
        for key in waiting.keys() & set(sale.awaits):
            waiting[key].append(sale)
    return [_Part(row.id, row.problems, {row.key.kind: 1}, {}, (), "", tuple(waiting[str(row.key)])) for row in rows]


def _of_causes(parts: Iterable[_Part], causes: Collection[str]) -> list[_Part]:
    return [part for part in parts if any(cause_of(problem) in causes for problem in part.problems)]


def _rows(
    connection: Connection, owner: JournalOwner, parts: Sequence[_Part], after: int = 0, limit: int | None = None
) -> list[HeldRow]:
    """What stands behind these parts, each row once, the oldest first."""
    own = held_rows(connection, owner, {part.digest for part in parts if part.digest}, after, limit)
    found = {row.id: row for row in chain(own, _waiting(parts)) if row.id > after}
    return [found[place] for place in sorted(found)[:limit]]


def _waiting(parts: Iterable[_Part]) -> list[HeldRow]:
    """The sales and refunds that wait for these parts, each once."""
    return list({row.id: row for part in parts for row in part.waiting}.values())


def _cause(name: str, problem: Problem, parts: Sequence[_Part]) -> HeldCause:
    kinds: Counter[Kind] = Counter()
    orders: dict[SourceId, str] = {}
    for part in parts:
        kinds.update(part.kinds)
        orders |= part.orders
    waiting = _waiting(parts)
    orders |= {row.source_id: row.number for row in waiting}
    own = sum(sum(part.kinds.values()) for part in parts if part.digest)
    return HeldCause(
        cause=name,
        problem=problem,
        kinds=kinds,
        orders=dict(islice(orders.items(), SAMPLES)),
        amounts=_amounts(parts),
        has_more=len(orders) > SAMPLES or own + len(waiting) > SAMPLES,
    )


def _amounts(parts: Sequence[_Part]) -> tuple[Money, ...]:
    waiting = (row.amount for row in _waiting(parts) if row.amount is not None)
    found = totals_by_currency(chain(waiting, chain.from_iterable(part.amounts for part in parts)))
    return tuple(sorted(found.values(), key=lambda money: -money.amount))


def _largest_first(cause: HeldCause) -> tuple[object, ...]:
    most = cause.amounts[0].amount if cause.amounts else 0
    return (-most, -cause.count, cause.cause)
