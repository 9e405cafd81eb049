"""Documents that somebody changed or deleted in the books: what we left beside what is there now, asked now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.engine.ports import Ledger
from comptoir.engine.telling.differences import Difference, document_differences
from comptoir.engine.telling.held import STRAYED
from comptoir.engine.work import Books
from comptoir.storage.postings import Posting


@dataclass(frozen=True, slots=True)
class StrayedNow:
    """A document that strayed. Without differences somebody changed what the ledger tells in no figure."""

    row: Posting
    is_there: bool
    differences: tuple[Difference, ...]


def strayed_now(books: Books, ledger: Ledger, rows: Sequence[Posting]) -> list[StrayedNow]:
    """Those of `rows` that strayed, as the ledger holds them now. Raises a HouseError."""
    strayed = [row for row in rows if row.state in STRAYED and row.ledger_id]
    if not strayed:
        return []
    held = ledger.reread([row.record for row in strayed])
    found = []
    for row in strayed:
        entry = held.get(row.record)
        document = books.journal.document(row) if row.document_type else None
        differs = document_differences(document, row, entry) if entry is not None and document is not None else ()
        found.append(StrayedNow(row, entry is not None, differs))
    return found
