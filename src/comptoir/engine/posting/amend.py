"""Before a document of ours is written anew: what the ledger holds of it now.

A rewriting may be sent only where nobody changed the document and nothing hangs on it. One that was carried out
although its answer was lost is known by its marker.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import Connection

from comptoir.books.documents import Kind, LedgerId, Wave
from comptoir.books.problems import Message, Problem
from comptoir.engine.ports import Entry
from comptoir.engine.posting.outcomes import carried_out, is_as_left, target_key
from comptoir.engine.posting.recheck import note_change
from comptoir.engine.work import Work
from comptoir.storage.fence import Fence
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

RECORDS_AT_ONCE = 500
"""Documents in one look; the connector splits them into the platform's own queries."""


def look_at_targets(work: Work, fence: Fence, resting: Callable[[], Collection[int]] = tuple) -> None:
    """Ask the ledger for the target of every planned rewriting that it was not asked for yet, but for those that rest.

    `resting` answers the ids of postings whose outcome the ledger may not show yet; it is asked after the rows are
    read, as `look_up` does.
    """
    journal = work.books.journal
    while True:
        with work.books.database.read() as connection:
            found = journal.select(
                connection,
                work.sent,
                postings.c.state == State.PLANNED.value,
                postings.c.wave == Wave.AMENDMENTS.value,
                postings.c.looked_up.is_(False),
                limit=RECORDS_AT_ONCE,
            )
            rests = resting()
            rows = [row for row in found if row.id not in rests]
            targets = journal.by_keys(connection, work.ledger.identity, [str(target_key(row)) for row in rows])
        if not rows:
            return
        records = {(each.ledger_type, each.ledger_id) for each in targets.values() if each.ledger_id is not None}
        held = work.ledger.reread(sorted(records))
        with fence.writing() as connection:
            for row in rows:
                _place(work, connection, row, targets[str(target_key(row))], held)


def _place(
    work: Work,
    connection: Connection,
    row: Posting,
    target: Posting,
    held: Mapping[tuple[str, LedgerId], Entry],
) -> None:
    """Send, adopt or hold: the target decides."""
    journal = work.books.journal
    entry = held.get((target.ledger_type, target.ledger_id)) if target.ledger_id else None
    if entry is None:
        journal.move(connection, target, State.GONE, Message("deleted in the books"))
        journal.hold(connection, row, _gone(row))
    elif _is_carried_out(row, entry):
        carried_out(work, connection, row, entry, State.ADOPTED)
    elif not is_as_left(target, entry):
        note_change(connection, journal, target, entry)
        journal.hold(connection, row, _touched(row))
    elif entry.linked:
        journal.hold(connection, row, _linked(row))
    else:
        journal.aim(connection, row, entry.version)


def _is_carried_out(row: Posting, entry: Entry) -> bool:
    """The marker alone does not tell: another installation's rewriting of the same place bears it too."""
    if row.key.kind is Kind.VOID:
        return entry.voided
    return row.marker in entry.private_note and entry.total == row.meant


def _problem(row: Posting, code: str, what: str, remedy: str) -> Problem:
    values = {"number": row.number, "order": row.order_number}
    return Problem(code, Message(what, values), Message(remedy, values), where=row.order_number, cause=code)


def _gone(row: Posting) -> Problem:
    return _problem(
        row,
        "target-gone",
        "Order {order} changed in the store, and its invoice {number} was deleted in the books.",
        "If it was deleted on purpose, leave the order out; else enter it by hand.",
    )


def _linked(row: Posting) -> Problem:
    return _problem(
        row,
        "target-linked",
        "Order {order} changed in the store, and something is applied to its invoice {number} in the books.",
        "Nothing to do: the next run posts what changed as a document of its own.",
    )


def _touched(row: Posting) -> Problem:
    return _problem(
        row,
        "target-changed",
        "Order {order} changed in the store, and its invoice {number} was changed by someone in the books.",
        "Nothing to do: the next run posts what changed as a document of its own, and the invoice stays as it is.",
    )
