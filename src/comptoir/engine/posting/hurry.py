"""A person waits: what is sent are the documents of one store and the lists that these wait for, and nothing else.

Another store of the same company may have years of history on its way; that goes on when the person has been served.
"""

from __future__ import annotations

from dataclasses import replace

from comptoir.engine.work import Work
from comptoir.storage.postings import IN_FLIGHT, State
from comptoir.storage.tables import postings

LIMIT = 5000
"""Documents of the store, and lists that they wait for, up to which it is narrowed; they are named in queries."""
TO_SEND = IN_FLIGHT | {State.PLANNED, State.WAITING}


def narrowed(work: Work) -> Work:
    """The work, narrowed to what the person waits for, where others have anything on its way."""
    journal, company = work.books.journal, work.ledger.identity
    own = postings.c.connection_id == work.record.id
    waits = (postings.c.company == company) & postings.c.state.in_([state.value for state in TO_SEND])
    with work.books.database.read() as connection:
        if not journal.any(connection, waits, ~own) or journal.count(connection, waits, own) > LIMIT:
            return work
        more = {key for row in journal.outlines(connection, waits, own) for key in row.awaits}
        needed: set[str] = set()
        while more and len(needed) <= LIMIT:
            needed |= more
            more = {key for row in journal.by_keys(connection, company, more).values() for key in row.awaits} - needed
    return replace(work, beside=frozenset(needed)) if len(needed) <= LIMIT else work
