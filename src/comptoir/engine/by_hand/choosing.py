"""The user's own word on an order: it stops at once what has not left the house, and later decisions keep to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from comptoir.books.choices import (
    HELD_BY_HAND,
    LEFT_OUT_BY_HAND,
    Choice,
    ChoiceKind,
    concerns,
    held_by_hand,
    left_out_by_hand,
)
from comptoir.books.documents import Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.engine.posting.undo import of_run
from comptoir.engine.work import Books, zone_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import in_chunks
from comptoir.storage.facts import StoredFact
from comptoir.storage.fence import beside, posting_subject
from comptoir.storage.journal import WITHDRAWN, JournalOwner
from comptoir.storage.postings import IN_BOOKS, IN_FLIGHT, Posting, State
from comptoir.storage.tables import postings

STOPPABLE = frozenset({State.PLANNED, State.WAITING, State.HELD})
REOPENABLE = frozenset({State.UNDONE, State.GONE})
REASON_LIMIT = 500
"""Characters; a reason is read in a list."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a choice did: the postings that it stopped, and those that left the house before it."""

    stopped: tuple[Posting, ...]
    stays: tuple[Posting, ...]


def choice_of(kind: ChoiceKind, reason: str, at: datetime) -> Choice:
    """A choice as it is kept, its reason tidied."""
    return Choice(kind, " ".join(reason.replace("\x00", " ").split())[:REASON_LIMIT], at)


def local_day(record: ConnectionRecord, choice: Choice) -> date:
    """The account's own day of a choice."""
    return choice.made_at.astimezone(zone_of(record)).date()


def choose(books: Books, owner: JournalOwner, fact: StoredFact, choice: Choice, day: date) -> Stopped:
    """Keep the choice for the order of `fact`, stop its postings, have it decided anew. `day`: the account's own."""
    with _beside_the_run(books, owner) as connection:
        return _choose(books, connection, owner, [fact.source_id], choice, day)


def choose_all(books: Books, owner: JournalOwner, orders: Collection[SourceId], choice: Choice, day: date) -> None:
    """The same for many orders, some hundreds in a transaction: a run beside it waits for no more than these."""
    for some in in_chunks(orders):
        with _beside_the_run(books, owner) as connection:
            _choose(books, connection, owner, some, choice, day)


def _choose(
    books: Books, connection: Connection, owner: JournalOwner, orders: Sequence[SourceId], choice: Choice, day: date
) -> Stopped:
    for order in orders:
        books.choices.make(connection, owner.organization_id, owner.connection_id, order, choice)
    books.facts.decide_again(connection, owner.connection_id, orders)
    rows = _rows(books, connection, owner, orders)
    stays = [row for row in rows if row.state in IN_BOOKS | IN_FLIGHT]
    posted = {row.order_source_id for row in stays if row.key.kind is Kind.SALE}
    stopped = []
    for row in rows:
        if row.state in STOPPABLE or row.rule == LEFT_OUT_BY_HAND:
            is_posted = row.order_source_id in posted
            _stop(books, connection, row, choice, day, is_posted=is_posted)
            if concerns(row.key.kind, is_posted=is_posted):
                stopped.append(row)
    return Stopped(tuple(stopped), tuple(stays))


def _beside_the_run(books: Books, owner: JournalOwner) -> AbstractContextManager[Connection]:
    """A run may be at work on the same orders: it decides them anew, and sends nothing that is not planned any more."""
    return beside(books.database, posting_subject(owner.company), owner.organization_id)


def _stop(books: Books, connection: Connection, row: Posting, choice: Choice, day: date, *, is_posted: bool) -> None:
    """What the next decision will say of the posting, said now."""
    journal, number = books.journal, row.order_number
    if not concerns(row.key.kind, is_posted=is_posted):
        journal.leave_out(connection, row, WITHDRAWN, Message("its order was stopped by hand"), problems=())
    elif choice.kind is ChoiceKind.SKIP:
        why = left_out_by_hand(number, choice, day).why
        journal.leave_out(connection, row, LEFT_OUT_BY_HAND, why, problems=())
    else:
        problem = held_by_hand(number, choice, day)
        others = [each for each in row.problems if each.code != HELD_BY_HAND]
        held = (problem, *others)
        journal.move(connection, row, State.HELD, problem.what, problems=held, rule=None, rule_text=None)


def put_up_again(books: Books, owner: JournalOwner, orders: Collection[SourceId], *, reopen: bool = False) -> int:
    """Take back what the user chose for these orders, have them decided anew; answers how many choices there were.

    `reopen`: what was undone, or deleted in the books, may be posted once more.
    """
    taken_back = 0
    with _beside_the_run(books, owner) as connection:
        for some in in_chunks(orders):
            taken_back += books.choices.take_back(connection, owner.connection_id, some)
            books.facts.decide_again(connection, owner.connection_id, some)
        for row in _rows(books, connection, owner, orders) if reopen else ():
            if row.state in REOPENABLE:
                books.journal.reopen(connection, row)
    return taken_back


def undone_of(books: Books, owner: JournalOwner, run_id: int) -> list[SourceId]:
    """The orders of which something that this run posted was undone, and is out of the books still."""
    query = select(postings.c.order_source_id).where(
        postings.c.connection_id == owner.connection_id,
        postings.c.company == owner.company,
        postings.c.state == State.UNDONE.value,
        of_run(run_id),
    )
    with books.database.read() as connection:
        return sorted({SourceId(each) for each in connection.scalars(query)})


def postings_of(books: Books, owner: JournalOwner, orders: Collection[SourceId]) -> list[Posting]:
    """Every posting of these orders in this company, lists left out, in the order in which they were planned."""
    with books.database.read() as connection:
        return _rows(books, connection, owner, orders)


def _rows(books: Books, connection: Connection, owner: JournalOwner, orders: Collection[SourceId]) -> list[Posting]:
    found: list[Posting] = []
    for some in in_chunks(orders):
        found += books.journal.select(
            connection,
            postings.c.connection_id == owner.connection_id,
            postings.c.company == owner.company,
            postings.c.order_source_id.in_(some),
            postings.c.wave != Wave.LISTS.value,
        )
    return found
