"""A second look at what is in the books: what somebody changed or deleted there since we left it.

Ours is what our own fields say (their fingerprint), not the ledger's version counter: a payment raises that too. What
somebody changed is never written over; it is shown, and its state says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection

from comptoir.books.amendments import amendment_key
from comptoir.books.company import Lists
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.problems import Message
from comptoir.books.text import marker
from comptoir.engine.knowledge import Look, has_left_something
from comptoir.engine.ports import Entry
from comptoir.engine.posting.outcomes import is_as_left, made_of
from comptoir.engine.work import Work
from comptoir.storage.fence import Fence
from comptoir.storage.journal import Journal
from comptoir.storage.postings import IN_BOOKS, Plan, Posting, State
from comptoir.storage.tables import postings

ENTRIES_AT_ONCE = 500
FIRST_GENERATION = 0

Record = tuple[str, LedgerId]


def recheck(work: Work, fence: Fence, found: Look) -> Lists:
    """Before anything is decided or sent: note what changed of our documents in the company, and keep its lists."""
    if found.changes is not None:
        compare(work, fence, found.changes.changed, found.changes.deleted)
    elif has_left_something(work):
        _compare_everything(work, fence)
    organization = work.record.organization_id
    with fence.writing() as connection:
        if found.news is None:
            work.books.lists.keep_whole(connection, organization, found.lists, work.clock())
        else:
            work.books.lists.keep_news(connection, organization, found.news, work.clock())
        work.books.connections.save_seen(connection, organization, work.ledger.identity, found.until)
    return found.lists


def compare(work: Work, fence: Fence, entries: Iterable[Entry], deleted: Collection[Record]) -> None:
    """Hold records as the ledger has them now against the postings that made them."""
    entries = list(entries)
    for start in range(0, len(entries), ENTRIES_AT_ONCE):
        now = {(each.type, each.id): each for each in entries[start : start + ENTRIES_AT_ONCE]}
        with fence.writing() as connection:
            for row in _ours(work, connection, now):
                _compare(work, connection, row, now[row.ledger_type, LedgerId(row.ledger_id or "")])
    with fence.writing() as connection:
        for row in _ours(work, connection, frozenset(deleted)):
            if row.state in IN_BOOKS and not row.problems:  # what bears a problem is being taken back by us
                work.books.journal.move(connection, row, State.GONE, Message("deleted in the books"))
                work.books.facts.decide_again(connection, row.connection_id, [row.order_source_id])


def missing(work: Work, entries: Collection[Entry]) -> list[Record]:
    """Which records of ours the ledger no longer holds, where `entries` is all that a reading by date found.

    One whose date was changed stands elsewhere: the ledger is asked for it by its id before it counts as gone.
    """
    found = {(each.type, each.id) for each in entries}
    with work.books.database.read() as connection:
        rows = work.books.journal.select(
            connection,
            postings.c.company == work.ledger.identity,
            postings.c.state.in_([state.value for state in IN_BOOKS]),
            postings.c.dated.is_not(None),
        )
    lost = {(row.ledger_type, row.ledger_id) for row in rows if row.ledger_id is not None} - found
    return sorted(lost - work.ledger.reread(sorted(lost)).keys()) if lost else []


def note_change(connection: Connection, journal: Journal, row: Posting, entry: Entry) -> None:
    """Somebody changed the document in the books: it stays as it is, and the row says what it comes to there."""
    changed = Message("changed in the books: {total}", {"total": str(entry.total)})
    said = Message("voided in the books") if entry.voided else changed
    journal.note_books(connection, row, State.CHANGED, said, entry.total)


def _compare_everything(work: Work, fence: Fence) -> None:
    """The ledger cannot tell what changed: every document of ours is read."""
    with work.books.database.read() as connection:
        first, last = work.books.figures.dates(connection, work.record.id)
    if first is not None and last is not None:
        entries = tuple(work.ledger.read_documents(since=first, until=last))
        compare(work, fence, entries, missing(work, entries))


def _ours(work: Work, connection: Connection, records: Collection[Record]) -> list[Posting]:
    rows = work.books.journal.by_records(connection, work.ledger.identity, {record for _, record in records})
    return [row for row in rows if (row.ledger_type, row.ledger_id) in records]


def _compare(work: Work, connection: Connection, row: Posting, entry: Entry) -> None:
    journal = work.books.journal
    if row.state not in IN_BOOKS or not row.fingerprint or row.problems:
        return
    as_left = is_as_left(row, entry)
    if as_left and row.state is State.CHANGED and entry.total == row.meant:
        journal.note_books(connection, row, State.POSTED, Message("as it was posted again"), entry.total)
    elif as_left or (row.state is State.CHANGED and entry.total == row.ledger_total):
        return
    elif not _is_lost_amendment(work, connection, row, entry):
        note_change(connection, journal, row, entry)
    work.books.facts.decide_again(connection, row.connection_id, [row.order_source_id])


def _is_lost_amendment(work: Work, connection: Connection, row: Posting, entry: Entry) -> bool:
    """Whether the change is our own, of a time that a restored backup does not remember; then it is put on record."""
    if row.key.kind is not Kind.SALE:
        return False
    journal, place = work.books.journal, 1
    while True:
        key = amendment_key(row.key, place)
        if marker(key, FIRST_GENERATION) in entry.private_note:
            break
        if str(key) not in journal.by_keys(connection, work.ledger.identity, [str(key)]):
            return False
        place += 1
    plan = Plan(key, row.order_source_id, row.order_number, entry.dated, entry.total, rule="found")
    journal.plan(connection, work.owner, [plan], work.run.id)
    (amendment,) = journal.by_keys(connection, work.ledger.identity, [str(key)]).values()
    journal.move(connection, amendment, State.ADOPTED, Message("found in the books"), rule=None)
    journal.take_over(connection, row, made_of(entry))
    return True
