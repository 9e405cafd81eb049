"""Taking back: a known wrong document does not stay in the books.

The journal knows what must go before it goes: the row is `changed` and bears its problem. A run that dies in between
leaves the row for the next one.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, RetryLater
from comptoir.engine.ports import Entry
from comptoir.engine.work import Work
from comptoir.storage.fence import Fence
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings


def take_back(work: Work, fence: Fence, *where: ColumnElement[bool]) -> None:
    """Delete what is known to be wrong and hold its posting. What somebody touched meanwhile stays, and is shown."""
    with work.books.database.read() as connection:
        rows = work.books.journal.select(
            connection,
            postings.c.company == work.ledger.identity,
            postings.c.state == State.CHANGED.value,
            postings.c.problems.is_not(None),
            *where,
        )
    for row in rows:
        _take_back(work, fence, row)


def _take_back(work: Work, fence: Fence, row: Posting) -> None:
    journal = work.books.journal
    try:
        work.ledger.remove(_entry(row))
    except HouseError as error:
        if not isinstance(error, RetryLater):
            with fence.writing() as connection:
                said = Message("could not be taken back:")
                journal.move(connection, row, State.CHANGED, said, error.message, problems=())
        return
    with fence.writing() as connection:
        journal.hold(connection, row, row.problems[0])
        journal.forget_entry(connection, row)


def _entry(row: Posting) -> Entry:
    """What the ledger answered for a row."""
    form, identity = row.record
    return Entry(row.key.kind, identity, row.ledger_version, form, number=row.number)
