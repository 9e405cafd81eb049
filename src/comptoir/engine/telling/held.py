"""What is held, by what would free it; and what the books no longer hold as it was left there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from comptoir.books.documents import Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.money import Money, totals_by_currency
from comptoir.books.problems import Problem, cause_of
from comptoir.engine.work import Books
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

Record = TypeVar("Record")

STRAYED = frozenset({State.CHANGED, State.GONE})
"""In the books once, and not there as it was left."""


@dataclass(frozen=True, slots=True)
class HeldCause:
    """Records that one act of the user frees together.

    A record with two problems stands under both. `orders` are the orders' numbers by source id, oldest record first;
    `amounts` what is at stake, one a currency. A customer or item that the ledger refuses stands for the sales and
    refunds that wait for it.
    """

    cause: str
    problem: Problem
    """That of the first record."""
    kinds: Mapping[Kind, int]
    orders: Mapping[SourceId, str]
    amounts: tuple[Money, ...]

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


def standing(books: Books, owner: JournalOwner) -> Standing:
    """What is held and what strayed of this connection in this company, from the journal alone."""
    mine = postings.c.connection_id == owner.connection_id
    states = [State.HELD.value, State.WAITING.value, *(state.value for state in STRAYED)]
    lists = postings.c.wave == Wave.LISTS.value
    with books.database.read() as connection:
        found = (postings.c.company == owner.company, postings.c.state.in_(states), mine | lists)
        rows = books.journal.outlines(connection, *found)
    waiting = [row for row in rows if row.state is State.WAITING]
    own = [row for row in rows if row.state is State.HELD and row.wave is not Wave.LISTS]
    held = {row.id: (row, [row]) for row in own}
    for row in rows:
        if row.state is State.HELD and row.wave is Wave.LISTS:
            held[row.id] = (row, _waiting_for(row, waiting))
    grouped = by_cause([row for row, _ in held.values()], lambda row: row.problems)
    causes = [_cause(name, [held[row.id] for row in found]) for name, (_, found) in grouped.items()]
    return Standing(
        causes=tuple(sorted(causes, key=_largest_first)),
        held=len(held),
        amounts=_amounts(row for _, stakes in held.values() for row in stakes),
        strayed=tuple(row for row in rows if row.state in STRAYED and row.wave is not Wave.LISTS),
    )


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


def _waiting_for(row: Posting, waiting: Sequence[Posting]) -> list[Posting]:
    """The sales and refunds that cannot go before `row` has gone."""
    key = str(row.key)
    return [each for each in waiting if key in each.awaits and each.key.kind in {Kind.SALE, Kind.REFUND}]


def _cause(name: str, rows: Sequence[tuple[Posting, Sequence[Posting]]]) -> HeldCause:
    first = rows[0][0]
    stakes = [each for _, found in rows for each in found]
    return HeldCause(
        cause=name,
        problem=next(each for each in first.problems if cause_of(each) == name),
        kinds=Counter(row.key.kind for row, _ in rows),
        orders={SourceId(each.order_source_id): each.order_number for each in stakes},
        amounts=_amounts(stakes),
    )


def _amounts(rows: Iterable[Posting]) -> tuple[Money, ...]:
    distinct = {row.id: row for row in rows}.values()
    found = totals_by_currency(row.store_total for row in distinct if row.store_total is not None)
    return tuple(sorted(found.values(), key=lambda money: -money.amount))


def _largest_first(cause: HeldCause) -> tuple[object, ...]:
    most = cause.amounts[0].amount if cause.amounts else 0
    return (-most, -cause.count, cause.cause)
