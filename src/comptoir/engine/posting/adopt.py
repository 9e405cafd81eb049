"""The look-up before a first send: what the ledger already holds under a posting's number.

It protects against a restored backup, a second installation, and whatever an answer that never came left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from comptoir.books.company import fold
from comptoir.books.documents import WAVE_OF, CustomerDocument, Kind, Wave
from comptoir.books.problems import Message, Problem
from comptoir.books.text import CUSTOMER_NAME_LIMIT, clean_name, with_suffix
from comptoir.engine.ports import Entry
from comptoir.engine.posting.ahead import NOTHING_ASKED, Ahead
from comptoir.engine.posting.outcomes import settle
from comptoir.engine.telling.words import document_words
from comptoir.engine.work import Work
from comptoir.storage.codec import document_to_json
from comptoir.storage.fence import Fence
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

SHARED_NUMBERS = frozenset({Kind.PAYMENT, Kind.CASH_BACK, Kind.APPLICATION})
"""Kinds whose number may stand in the books more than once: a reference, or the number of what they belong to."""
NUMBERS_AT_ONCE = 1000
"""Numbers in one look-up; the connector splits them into the platform's own queries."""


def look_up(
    work: Work,
    fence: Fence,
    wave: Wave,
    resting: Callable[[], Collection[int]] = tuple,
    *,
    ahead: Ahead = NOTHING_ASKED,
    sparing: bool = False,
) -> None:
    """Ask the ledger for planned postings of `wave` that it was not asked for yet, but for those that rest.

    A thousand of a kind at a time. One that gets another name stays to be asked for. `ahead`: what it was asked for
    already.

    `resting` is asked after the rows are read: a lane says that its rows rest before it plans them again, so that none
    can be read here as planned and not be known to rest. `sparing`: very much is to be sent (`Ledger.find`).
    """
    for kind in (kind for kind in Kind if WAVE_OF[kind] is wave):
        waiting = _waiting(work, wave, kind)
        rests = resting()
        rows = [row for row in waiting if row.id not in rests]
        if not rows:
            continue
        entries: dict[str, list[Entry]] = {}
        numbers = sorted({row.number for row in rows if row.number})
        known, unasked = ahead.take(kind, numbers)
        told = work.ledger.find(kind, unasked, sparing=sparing) if unasked else []
        for entry in (*known, *told):
            entries.setdefault(fold(entry.number), []).append(entry)
        entries[""] = _unnumbered(work, kind, [row for row in rows if not row.number])
        with fence.writing() as connection:
            asked = work.books.journal.still_planned(connection, rows)  # more may have been decided meanwhile
            fresh = [row for row in asked if _place(work, connection, row, _held_under(row, entries))]
            work.books.journal.mark_looked_up(connection, [row.id for row in fresh])


def _unnumbered(work: Work, kind: Kind, rows: Sequence[Posting]) -> list[Entry]:
    """What the ledger holds of the days of documents that were to get its own numbers: the marker tells ours (O4)."""
    days = [row.dated for row in rows if row.dated is not None]
    if not days:
        return []
    return [each for each in work.ledger.read_documents(since=min(days), until=max(days)) if each.kind is kind]


def _held_under(row: Posting, entries: Mapping[str, Sequence[Entry]]) -> Sequence[Entry]:
    """The entries that may be this posting's or may take its number; without a number only its own count."""
    found = entries.get(fold(row.number), ())
    return found if row.number else [entry for entry in found if is_ours(row, entry)]


def _waiting(work: Work, wave: Wave, kind: Kind) -> list[Posting]:
    with work.books.database.read() as connection:
        return work.books.journal.select(
            connection,
            work.sent,
            postings.c.state == State.PLANNED.value,
            postings.c.wave == wave.value,
            postings.c.kind == kind.value,
            postings.c.looked_up.is_(False),
            limit=NUMBERS_AT_ONCE,
        )


def _place(work: Work, connection: Connection, row: Posting, found: Sequence[Entry]) -> bool:
    """Adopt, hold or rename; True where the number is free and the posting may be sent."""
    ours = [entry for entry in found if is_ours(row, entry)]
    if len(ours) == 1:
        settle(work, connection, row, ours[0], State.ADOPTED)
        return False
    if ours:
        work.books.journal.hold(connection, row, _twice(row, ours))
        return False
    if not found or row.key.kind in SHARED_NUMBERS:
        return True
    if row.key.kind is Kind.CUSTOMER:
        return _rename(work, connection, row)
    work.books.journal.hold(connection, row, _taken(row, found[0]))
    return False


def is_ours(row: Posting, entry: Entry) -> bool:
    """Whether the ledger's record is this posting's: by its marker; an item by its name alone (posting rules, I5)."""
    if row.key.kind is Kind.ITEM:
        return entry.kind is Kind.ITEM and entry.type != "Category"
    return bool(row.marker) and row.marker in entry.private_note


def _rename(work: Work, connection: Connection, row: Posting) -> bool:
    """Someone else bears the name: the customer gets a suffix and is looked up under it; a second time it is held."""
    document = work.books.journal.document(row)
    if not isinstance(document, CustomerDocument):
        raise TypeError(f"{row.key} is not a customer")
    suffix = clean_name(document.email or row.key.source_id, CUSTOMER_NAME_LIMIT)
    name = with_suffix(document.name, suffix, CUSTOMER_NAME_LIMIT)
    if document.name.endswith(f"({suffix})") or document.name == name:  # a long suffix is cut, and ends otherwise
        work.books.journal.hold(connection, row, _name_taken(row, document.name))
        return False
    renamed = replace(document, name=name)
    work.books.journal.replace_document(connection, row, document_to_json(renamed), name)
    return False


def _problem(row: Posting, code: str, what: str, remedy: str, **values: str) -> Problem:
    values = {"number": row.number, "order": row.order_number, **values}
    return Problem(
        code=code,
        what=Message(what, values),
        remedy=Message(remedy, values),
        where=row.order_number,
        field="number",
        cause=f"{code}:{row.number}",
    )


def _taken(row: Posting, entry: Entry) -> Problem:
    return _problem(
        row,
        "number-taken",
        "The number {number} is taken in the books by a document that Comptoir did not make ({type}).",
        "If it is the same sale, skip this order; else give one of the two another number, for example by a prefix.",
        type=document_words(entry.type),
    )


def _name_taken(row: Posting, name: str) -> Problem:
    return _problem(
        row,
        "name-taken",
        'The name "{name}" is taken in the books, and so is the name with its suffix.',
        "Rename one of the two in the books, then retry.",
        name=name,
    )


def _twice(row: Posting, ours: Sequence[Entry]) -> Problem:
    return _problem(
        row,
        "found-twice",
        "The books hold {number} twice ({ids}).",
        "Look at both in the books and delete the one that is too many, then retry.",
        ids=", ".join(f"{entry.type} {entry.id}" for entry in ours),
    )
