"""Undo: documents of ours leave the books again, an order's at a time (T4).

Only what we made, what nobody changed, what nothing of somebody else's hangs on, and what lies in an open period is
taken out. What would be left hanging goes with it: a sale takes its payments, credits and their applications along. An
order of which one document must stay is left as it is, and the reason is told.

The journal knows what is to go before it goes (`undoing`): a run that dies in between is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, select

from comptoir.books.choices import Choice, ChoiceKind, Deed
from comptoir.books.documents import Wave
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError, Reconnect, RetryLater
from comptoir.engine.ports import Entry
from comptoir.engine.posting.outcomes import is_as_left
from comptoir.engine.telling.words import document_words
from comptoir.engine.work import Work
from comptoir.storage.database import in_chunks
from comptoir.storage.fence import Fence
from comptoir.storage.postings import IN_BOOKS, Posting, State, by_order
from comptoir.storage.tables import batches, postings

LAST_FIRST = (Wave.BANKING, Wave.APPLICATIONS, Wave.MONEY, Wave.SALES)
"""The order of taking out: what hangs on others goes before them."""


@dataclass(frozen=True, slots=True)
class Stays:
    """An order whose documents stay in the books, and why."""

    order_number: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Undoing:
    """What would be undone, order by order, and what stays."""

    orders: tuple[tuple[Posting, ...], ...]
    stays: tuple[Stays, ...]

    @property
    def documents(self) -> tuple[Posting, ...]:
        """Every document that would leave the books."""
        return tuple(row for rows in self.orders for row in rows)


Scope = ColumnElement[bool] | frozenset[int]
"""Which documents: by what the journal says of them, or these postings (ids)."""


def of_order(number: str) -> ColumnElement[bool]:
    """The documents of the orders of this number."""
    return postings.c.order_number == number


def of_run(run_id: int) -> ColumnElement[bool]:
    """The documents that this run sent.

    They are found by their batches first: however many others a store has in the books, none of those is read.
    """
    sent = postings.alias("sent")
    theirs = select(batches.c.id).where(batches.c.run_id == run_id)
    return postings.c.id.in_(select(sent.c.id).where(sent.c.batch_id.in_(theirs)))


def of_day(day: date) -> ColumnElement[bool]:
    """The documents dated by this day."""
    return postings.c.dated == day


def what_undo_would_do(work: Work, scope: Scope, closed_until: date | None) -> Undoing:
    """The documents of `scope` and all that hangs on them, as the ledger holds them now; nothing is changed."""
    chosen, rows = _chosen(work, scope)
    orders_now = by_order(rows)
    going = {order: _with_what_hangs(found, chosen) for order, found in orders_now.items()}
    held = work.ledger.reread(sorted({row.record for found in going.values() for row in found}))
    undone, stays = [], []
    for order, found in going.items():
        problems = [problem for row in found for problem in _problems(row, found, held.get(row.record), closed_until)]
        problems += [_rewritten(row) for row in orders_now[order] if row.id in chosen and _stands_alone(row, found)]
        if problems:
            stays.append(Stays(orders_now[order][0].order_number, tuple(problems)))
        elif found:
            undone.append(tuple(found))
    return Undoing(tuple(undone), tuple(stays))


def _chosen(work: Work, scope: Scope) -> tuple[Collection[int], list[Posting]]:
    """The ids of what is in the books of `scope`, and everything that is there of their orders."""
    journal = work.books.journal
    mine = (postings.c.connection_id == work.record.id) & (postings.c.company == work.ledger.identity)
    mine &= postings.c.state.in_([state.value for state in IN_BOOKS]) & (postings.c.wave != Wave.LISTS.value)
    with work.books.database.read() as connection:
        if isinstance(scope, frozenset):
            chosen: Collection[int] = scope
        else:
            chosen = {row.id for row in journal.outlines(connection, mine, scope)}
        rows: list[Posting] = []
        for ids in in_chunks(chosen):
            orders = select(postings.c.order_source_id).where(postings.c.id.in_(ids))
            rows += journal.select(connection, mine, postings.c.order_source_id.in_(orders))
    return chosen, sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)


def undo(work: Work, fence: Fence, undoing: Undoing, deed: Deed) -> tuple[list[Posting], list[Stays]]:
    """Take these documents out of the books; answers what went, and the orders of which something stayed after all.

    Until the user lets an order go on, it stays out: `deed` stands with it. Raises RetryLater and Reconnect; what is
    not out then is taken out by `finish`.
    """
    gone: list[Posting] = []
    stays: list[Stays] = []
    for rows in undoing.orders:
        with fence.writing() as connection:
            choice = Choice(ChoiceKind.SKIP, "", work.clock(), deed)
            order = rows[0].order_source_id
            work.books.choices.make(connection, work.record.organization_id, work.record.id, order, choice)
            work.books.facts.decide_again(connection, work.record.id, [SourceId(order)])
            _mark(work, connection, rows, deed.told)
        out, stay = _take_out(work, fence, rows)
        gone += out
        stays += stay
    return gone, stays


def take_out(work: Work, fence: Fence, rows: Sequence[Posting], why: Message) -> tuple[list[Posting], list[Stays]]:
    """Take documents of one order out of the books for another to take their place; the order itself goes on."""
    with fence.writing() as connection:
        _mark(work, connection, rows, why)
    return _take_out(work, fence, rows)


def _mark(work: Work, connection: Connection, rows: Iterable[Posting], why: Message) -> None:
    """The journal knows what is to go before it goes."""
    for row in rows:
        work.books.journal.move(connection, row, State.UNDOING, why)


def finish(work: Work, fence: Fence) -> None:
    """Take out what an earlier process was taking out when it died."""
    with work.books.database.read() as connection:
        rows = work.books.journal.select(
            connection,
            postings.c.company == work.ledger.identity,
            postings.c.state == State.UNDOING.value,
        )
    for found in by_order(rows).values():
        _take_out(work, fence, found)


def _with_what_hangs(rows: Sequence[Posting], chosen: Collection[int]) -> list[Posting]:
    """The chosen documents of an order, and those that would be left without them. A rewriting goes with its sale."""
    going = {row.id: row for row in rows if row.id in chosen}
    while True:
        keys = {str(row.key) for row in going.values()}
        more = [row for row in rows if row.id not in going and keys & set(row.awaits)]
        if not more:
            break
        going |= {row.id: row for row in more}
    order = {row.id: place for place, row in enumerate(rows)}
    documents = (row for row in going.values() if row.wave is not Wave.AMENDMENTS)
    return sorted(documents, key=lambda row: (LAST_FIRST.index(row.wave), -order[row.id]))


def _take_out(work: Work, fence: Fence, rows: Sequence[Posting]) -> tuple[list[Posting], list[Stays]]:
    """One order's documents, last first. One that must stay after all keeps those that it hangs on."""
    for place, row in enumerate(rows):
        problems = _remove(work, row, rows)
        with fence.writing() as connection:
            if not problems:
                work.books.journal.mark_undone(connection, row)
                continue
            for left in rows[place:]:
                said = Message("could not be undone:"), problems[0].what
                work.books.journal.move(connection, left, State.POSTED, *said)
        return list(rows[:place]), [Stays(row.order_number, tuple(problems))]
    return list(rows), []


def _remove(work: Work, row: Posting, going: Sequence[Posting]) -> list[Problem]:
    """Delete one document, in the version that it has now; or say why it stays."""
    entry = work.ledger.reread([row.record]).get(row.record)
    if entry is None:
        return []
    problems = list(_problems(row, going, entry, None))
    if problems:
        return problems
    try:
        work.ledger.remove(entry)
    except (RetryLater, Reconnect):
        raise
    except HouseError as error:
        return [_refused(row, error)]
    return []


def _problems(
    row: Posting, going: Iterable[Posting], entry: Entry | None, closed_until: date | None
) -> Iterable[Problem]:
    if entry is None:  # somebody deleted it already: there is nothing left to take out
        return
    if row.state is State.CHANGED or not is_as_left(row, entry):
        yield _stays(
            row,
            "undo-changed",
            "{document} {name} was changed in the books by someone.",
            "Delete it there by hand if it should go.",
        )
    if closed_until is not None and row.dated is not None and row.dated <= closed_until:
        yield _stays(
            row,
            "undo-closed",
            "{document} {name} is dated {dated}, and the books are closed until then.",
            "Open the period in the company first.",
            dated=row.dated.isoformat(),
        )
    if entry.links - {each.ledger_id for each in going}:
        yield _stays(
            row,
            "undo-linked",
            "Something that Comptoir did not make hangs on {type} {name}: a deposit, a payment or a credit.",
            "Take it off in the books first.",
        )


def _stands_alone(row: Posting, going: Iterable[Posting]) -> bool:
    """Whether a rewriting is to be undone without the sale that it wrote anew."""
    return row.wave is Wave.AMENDMENTS and all(each.key.source_id != row.key.source_id for each in going)


def _rewritten(row: Posting) -> Problem:
    return _stays(
        row,
        "undo-rewritten",
        "{document} {name} was written anew, and cannot go back to what it was.",
        "Undo the whole order {order} instead.",
    )


def _refused(row: Posting, error: HouseError) -> Problem:
    return _stays(
        row,
        f"undo-{error.code or error.next_step}",
        "The books keep {type} {name}: {error}",
        "Look at it in the books.",
        error=str(error.message),
    )


def _stays(row: Posting, code: str, what: str, remedy: str, **more: str) -> Problem:
    what_it_is = document_words(row.ledger_type or "")
    named = {"type": what_it_is, "document": f"{what_it_is[:1].upper()}{what_it_is[1:]}"}
    values = {**named, "name": row.number or row.ledger_id or "", "order": row.order_number, **more}
    return Problem(code, Message(what, values), Message(remedy, values), where=row.order_number, cause=code)
