"""The entry of a store's opening balances, on the road: planned once, and booked anew where the settings say others.

It is nobody's order, so no fact brings it up: each run that decides anything plans it. One in the books that says
something else than the settings is taken out first, as an undo would, and only where nobody touched it, its period is
open and nothing hangs on it; else it stays as it is, and the proof tells so.
"""

from __future__ import annotations

from comptoir.books.openings import SOURCE, decide_opening, opening_entry, says_the_same
from comptoir.books.problems import Message, Problem
from comptoir.engine.decide import plan_of
from comptoir.engine.knowledge import Knowledge
from comptoir.engine.openings import opening_row, posted_opening
from comptoir.engine.posting.undo import take_out, what_undo_would_do
from comptoir.engine.work import Work
from comptoir.storage.codec import notes_to_json
from comptoir.storage.fence import Fence
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import IN_BOOKS, OPEN, Posting, State

OTHERS_NOW = Message("The opening balances in the settings are others now.")


def plan_opening(work: Work, fence: Fence, knowledge: Knowledge) -> None:
    """Plan the entry that the settings ask for; what nobody asks for any more is taken back. Raises a house error."""
    row = opening_row(work)
    if row is not None and row.state in IN_BOOKS:
        if not _is_out(work, fence, row, knowledge):
            return
        row = opening_row(work)
    choice = work.books.choices.one(work.record.id, SOURCE)
    decided = decide_opening(
        knowledge.resolved,
        knowledge.company,
        work.store.identity,
        generation=row.generation if row is not None else 0,
        choice=choice,
    )
    if row is None and decided is None:
        return  # as nearly everywhere: no reason to write
    with fence.writing() as connection:
        if row is not None and row.state is State.UNDONE and choice is None:
            work.books.journal.reopen(connection, row)
        if decided is not None:
            work.books.journal.plan(connection, work.owner, [plan_of(decided, SOURCE)], work.run.id)
        elif row is not None and row.state in OPEN - {State.SKIPPED}:
            said = Message("the settings ask for no opening balances")
            work.books.journal.leave_out(connection, row, WITHDRAWN, said, problems=())


def _is_out(work: Work, fence: Fence, row: Posting, knowledge: Knowledge) -> bool:
    """Whether the place of the entry in the books is free: it said something else, and was taken out."""
    resolved, company = knowledge.resolved, knowledge.company
    wanted = opening_entry(resolved, company, work.store.identity, 0)
    if says_the_same(posted_opening(work, row), wanted, company, resolved):
        if row.notes:
            _tell(work, fence, row, None)
        return False
    undoing = what_undo_would_do(work, frozenset({row.id}), company.books_closed_until)
    problems = [problem for each in undoing.stays for problem in each.problems]
    if not problems:
        _, stays = take_out(work, fence, [row], OTHERS_NOW)
        problems = [problem for each in stays for problem in each.problems]
    if problems:
        _tell(work, fence, row, problems[0])
    return not problems


def _tell(work: Work, fence: Fence, row: Posting, problem: Problem | None) -> None:
    """Note with the entry that it could not be booked anew, and why; or that this is past."""
    notes = () if problem is None else (OTHERS_NOW, problem.what, problem.remedy)
    if notes == row.notes:
        return
    with fence.writing() as connection:
        kept = notes_to_json(notes) if notes else None
        said = notes or (Message("The opening balances in the settings are those in the books again."),)
        work.books.journal.move(connection, row, row.state, *said, notes=kept)
