"""What a batch's answer means for each of its postings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from comptoir.books.documents import AmendmentDocument, Kind, PostingKey, Wave
from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import Conflict, HouseError, RetryLater, Unexpected
from comptoir.engine.ports import Answered, Entry
from comptoir.engine.work import Work
from comptoir.storage.journal import Made, Settling
from comptoir.storage.postings import Posting, State

ATTEMPTS_LIMIT = 5
"""How often one run sends one posting before it is held until the next."""
NO_ANSWER = Unexpected(Message("The ledger gave no answer for this document, however often it was sent."))
_LEFT_OUT = Unexpected(Message("The ledger's answers left this document out."))


@dataclass(slots=True)
class Tally:
    """What became of a batch. `busy`: the ledger asked to wait; `wrong`: the ids of postings that must not stay."""

    settled: int = 0
    uncertain: int = 0
    busy: RetryLater | None = None
    wrong: list[int] = field(default_factory=list)


def record_results(
    work: Work,
    connection: Connection,
    rows: Sequence[Posting],
    answer: Answered,
    *,
    is_replay: bool,
    attempts: Counter[int],
) -> Tally:
    """Write each slot's result to the journal, in the caller's transaction."""
    tally = Tally()
    settlings: list[Settling] = []
    by_slot = {result.slot: result.outcome for result in answer.results}
    for row in rows:
        outcome = by_slot.get(row.slot)
        if isinstance(outcome, Entry) and row.wave is Wave.AMENDMENTS:
            tally.wrong += carried_out(work, connection, row, outcome, State.POSTED)
            tally.settled += 1
            continue
        if isinstance(outcome, Entry):
            wrong = (wrong_total(row, outcome),) if differs(row, outcome) else ()
            settlings.append(settling(row, outcome, State.POSTED, wrong))
            tally.settled += 1
            if wrong:
                tally.wrong.append(row.id)
            continue
        attempts[row.id] += 1
        if attempts[row.id] >= ATTEMPTS_LIMIT:
            work.books.journal.hold(connection, row, problem_of(row, outcome or _LEFT_OUT))
        elif outcome is None or is_replay or isinstance(outcome, RetryLater | Conflict):
            said = outcome.message if outcome else Message("the answer left this document out")
            work.books.journal.move(connection, row, State.PLANNED, said, batch_id=None, slot=None, looked_up=False)
            tally.uncertain += 1
            tally.busy = outcome if isinstance(outcome, RetryLater) and outcome.not_before else tally.busy
        else:
            work.books.journal.hold(connection, row, problem_of(row, outcome))
    work.books.journal.settle(connection, work.record.organization_id, settlings)
    return tally


def carried_out(work: Work, connection: Connection, row: Posting, entry: Entry, state: State) -> list[int]:
    """The ledger carried out a rewriting: the row of the sale is now what stands in the books.

    Answers the sale's id where its total is not what was meant, so that it must be taken back. The order is decided
    anew: it may have changed while the outcome was not known.
    """
    journal = work.books.journal
    settle(work, connection, replace(row, meant=None), entry, state)
    work.books.facts.decide_again(connection, row.connection_id, [row.order_source_id])
    target = journal.by_keys(connection, work.ledger.identity, [str(target_key(row))])[str(target_key(row))]
    document = journal.document(row)
    if not isinstance(document, AmendmentDocument):
        said = Message("{number} was cancelled", {"number": row.order_number})
        journal.move(connection, target, State.VOIDED, said, ledger_minor=0)
        return []
    wrong = (wrong_total(row, entry),) if differs(row, entry) else ()
    journal.rewrite(connection, target, document.sale, row.store_total, made_of(entry), wrong)
    return [target.id] if wrong else []


def target_key(row: Posting) -> PostingKey:
    """The key of the sale that a rewriting is of."""
    return PostingKey(row.key.store, Kind.SALE, row.key.source_id)


def settle(work: Work, connection: Connection, row: Posting, entry: Entry, state: State) -> None:
    """The ledger holds the document, and the journal says so (`settling`)."""
    work.books.journal.settle(connection, work.record.organization_id, [settling(row, entry, state)])


def settling(row: Posting, entry: Entry, state: State, problems: tuple[Problem, ...] = ()) -> Settling:
    """The ledger holds the document; where its total is not what was meant, say so: it must not pass for proven.

    `problems` marks what must be taken back (`taking_back`).
    """
    wrong = differs(row, entry)
    values = {"record": f"{entry.type} {entry.number or entry.id}", "books": str(entry.total), "meant": str(row.meant)}
    said = Message("{record}: the books say {books}, {meant} was meant" if wrong else "{record}", values)
    return Settling(row, State.CHANGED if wrong else state, made_of(entry), said, problems)


def made_of(entry: Entry) -> Made:
    """An answer as the journal keeps it."""
    return Made(
        ledger_type=entry.type,
        ledger_id=entry.id,
        version=entry.version,
        total=entry.total,
        fingerprint=entry.fingerprint,
    )


def differs(row: Posting, entry: Entry) -> bool:
    """Whether the ledger's total is another than was meant."""
    return row.meant is not None and entry.total is not None and entry.total != row.meant


def is_as_left(row: Posting, entry: Entry) -> bool:
    """Whether the document stands in the books as we left it: not voided, our own fields the same."""
    return not entry.voided and entry.fingerprint == row.fingerprint


def wrong_total(row: Posting, entry: Entry) -> Problem:
    """The problem of a document that the ledger reckoned otherwise than the store, and that was taken back."""
    return Problem(
        code="ledger-total",
        what=Message(
            "The books make {books} of {number}, and the store's total is {meant}; the document was taken back.",
            {"books": str(entry.total), "number": row.number, "meant": str(row.meant)},
        ),
        remedy=Message("Look at the taxes and rounding settings of the company, then retry."),
        where=row.order_number,
        field="total",
        cause="ledger-total",
    )


def problem_of(row: Posting, error: HouseError) -> Problem:
    """A ledger's refusal as the problem that holds a posting."""
    return Problem(
        code=f"ledger-{error.code or error.next_step}",
        what=error.message,
        remedy=Message("Mend what the message names, then retry."),
        where=row.order_number,
        cause=f"ledger:{error.code or error.next_step}",
        detail=_said(error),
    )


def _said(error: HouseError) -> Message | None:
    """The ledger's own answer, with its reference for its support."""
    values = {"said": error.detail.rstrip(". "), "request": error.request_id}
    if error.request_id:
        return Message("The ledger's own answer: {said}. Its reference for its support: {request}.", values)
    return Message("The ledger's own answer: {said}.", values) if error.detail else None
