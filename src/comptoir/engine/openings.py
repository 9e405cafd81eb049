"""A store's opening balances in the journal: how they stand, and whether a run has anything to do about them."""

from __future__ import annotations

from comptoir.books.checks import Resolved
from comptoir.books.company import Company
from comptoir.books.documents import JournalDocument
from comptoir.books.openings import SOURCE, opening_entry, opening_key, says_the_same
from comptoir.engine.work import Work
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import IN_BOOKS, Posting, State


def is_opening_due(work: Work, resolved: Resolved, company: Company) -> bool:
    """Whether a run has the opening balances to plan, or to book anew. What is held waits for its time."""
    row = opening_row(work)
    wanted = opening_entry(resolved, company, work.store.identity, 0)
    if row is None:
        return wanted is not None
    if row.state in IN_BOOKS:
        return says_the_same(posted_opening(work, row), wanted, company, resolved) is bool(row.notes)
    is_free = row.state is State.UNDONE or row.rule == WITHDRAWN
    return is_free and wanted is not None and work.books.choices.one(work.record.id, SOURCE) is None


def opening_row(work: Work) -> Posting | None:
    """What the journal has of it."""
    key = str(opening_key(work.store.identity))
    with work.books.database.read() as connection:
        return work.books.journal.by_keys(connection, work.ledger.identity, [key]).get(key)


def posted_opening(work: Work, row: Posting) -> JournalDocument:
    """The entry of a row that is in the books."""
    document = work.books.journal.document(row)
    if not isinstance(document, JournalDocument):
        raise TypeError(f"{row.key} is no journal entry")
    return document
