"""Accepting: what somebody changed or deleted in the books is right as it is, says the user (section 7).

The journal then means what the books say, and the proof tells by how much that is less than the store's figure. Such a
document is never written over later.
"""

from __future__ import annotations

from sqlalchemy import Connection

from comptoir.books.choices import Choice, ChoiceKind, Deed
from comptoir.engine.posting.outcomes import made_of
from comptoir.engine.work import Books, Work
from comptoir.storage.fence import Fence
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

DELETED = Deed("deleted")
STRAYED = (State.CHANGED, State.GONE)


def to_accept(books: Books, owner: JournalOwner, number: str) -> list[Posting]:
    """The documents of this order that somebody changed or deleted in the books, as far as is known."""
    with books.database.read() as connection:
        return books.journal.select(
            connection,
            postings.c.connection_id == owner.connection_id,
            postings.c.company == owner.company,
            postings.c.order_number == number,
            postings.c.state.in_([state.value for state in STRAYED]),
            postings.c.problems.is_(None),  # what is known to be wrong is taken back, never kept
        )


def accept(work: Work, fence: Fence, number: str) -> list[Posting]:
    """Keep every document of this order as the books have it now; answers the rows as they were before."""
    rows = to_accept(work.books, work.owner, number)
    records = sorted({(row.ledger_type, row.ledger_id) for row in rows if row.ledger_id is not None})
    held = work.ledger.reread(records)
    with fence.writing() as connection:
        for row in rows:
            entry = held.get((row.ledger_type, row.ledger_id)) if row.ledger_id else None
            if entry is not None:
                work.books.journal.accept(connection, row, made_of(entry))
            else:
                _accept_deletion(work, connection, row)
    return rows


def _accept_deletion(work: Work, connection: Connection, row: Posting) -> None:
    """The document stays out of the books, and with it whatever of the order has not left the house."""
    choice = Choice(ChoiceKind.SKIP, "", work.clock(), DELETED)
    organization, store = work.record.organization_id, work.record.id
    work.books.choices.make(connection, organization, store, row.order_source_id, choice)
    work.books.facts.decide_again(connection, store, [row.order_source_id])
    work.books.journal.mark_undone(connection, row)
