"""One run along the road: fetch, decide, post, prove; under the fences that keep two workers apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial

from comptoir.books.choices import Deed
from comptoir.books.problems import Message
from comptoir.books.rules import Step as RuleStep
from comptoir.engine.aside import Aside, nothing
from comptoir.engine.by_hand.accepting import accept
from comptoir.engine.decide import Decider, digest
from comptoir.engine.errors import HouseError, RetryLater
from comptoir.engine.fetch import fetch
from comptoir.engine.knowledge import Knowledge, Look, is_idle, is_unfinished, knowledge_of, learn, look, remembered
from comptoir.engine.posting.ahead import NOTHING_ASKED, Ahead, ask_ahead
from comptoir.engine.posting.lanes import ALONE
from comptoir.engine.posting.opening import plan_opening
from comptoir.engine.posting.post import Poster
from comptoir.engine.posting.recheck import compare, missing, recheck
from comptoir.engine.posting.sweep import sweep
from comptoir.engine.posting.undo import Scope, Stays, Undoing, undo, what_undo_would_do
from comptoir.engine.preview import Previewer
from comptoir.engine.proving.proof import Proof
from comptoir.engine.proving.prove import forget_proofs, prove, prove_anew
from comptoir.engine.work import GiveWayError, Step, Work, resolved_settings, translating
from comptoir.storage.facts import StoredFact
from comptoir.storage.fence import Fence, fetching_subject, hold, posting_subject
from comptoir.storage.postings import Posting
from comptoir.telemetry import events


class BusyElsewhere(RetryLater):
    """Another worker is at this very work; it goes on without us."""


def fetch_connection(work: Work, *, alone: bool) -> int:
    """The first half of a run: everything new from the store is kept. Answers how many records were new."""
    with _fence(work, fetching_subject(work.record.id), alone=alone) as fence:
        new = fetch(work, fence)
        sweep(work, fence)
        return new


def whole_road(work: Work, *, alone: bool) -> Proof:
    """Both halves. What waits already is made ready while the store is read; nothing is sent before that was."""
    under = digest(work)
    if work.lanes <= ALONE or is_idle(work, under):
        fetch_connection(work, alone=alone)
        return post_to_company(work, alone=alone)
    with _posting(work, alone=alone) as fence, Aside(partial(fetch_connection, work, alone=alone)) as reading:
        return _post(work, fence, reading)


def read_for_setup(work: Work, *, alone: bool) -> None:
    """Read the store for a set-up: what it says is kept as ever, and nothing is decided. It may end before the end."""
    with _fence(work, fetching_subject(work.record.id), alone=alone) as fence, suppress(GiveWayError):
        fetch(work, fence)


def look_for_deleted(work: Work, *, alone: bool) -> int:
    """Ask the store now which of its orders are gone; answers how many."""
    with _fence(work, fetching_subject(work.record.id), alone=alone) as fence:
        return sweep(work, fence, now=True)


def post_to_company(work: Work, *, alone: bool) -> Proof:
    """The second half: decide what was fetched, post it, prove it.

    Raises SettingsProblemsError before anything is decided when the settings do not fit the company. Where nothing
    waits, the ledger is asked nothing.
    """
    with _posting(work, alone=alone) as fence:
        known = remembered(work) if is_idle(work, digest(work)) else None
        if known is not None:
            resolved, company = known
            return prove(work, fence, resolved, company.currency)
        return _post(work, fence)


def _post(work: Work, fence: Fence, reading: Aside[int] | None = None) -> Proof:
    """Look at the company, decide, post and prove; `reading`: the store is still being read."""
    found, ahead = _look_and_ask(work)
    knowledge = knowledge_of(work, recheck(work, fence, found))
    _decide_and_post(work, fence, knowledge, ahead, reading)
    return prove(work, fence, knowledge.resolved, knowledge.company.currency)


def _look_and_ask(work: Work) -> tuple[Look, Ahead]:
    """What the company is, and what it holds under the numbers of new orders; meanwhile these are translated."""
    if work.lanes <= ALONE:
        return look(work), NOTHING_ASKED
    translate = partial(next, translating(work, digest(work)), False)
    with Aside(partial(look, work)) as looking, Aside(partial(ask_ahead, work)) as asking:
        return looking.outcome(translate), asking.outcome(translate)


def _decide_and_post(work: Work, fence: Fence, knowledge: Knowledge, ahead: Ahead, reading: Aside[int] | None) -> None:
    """What is new is decided while what was decided before is on its way; if that cannot go, all is decided anyway.

    Where anything is left from before, or a person waits, all is decided first: what is sent must be the latest word.
    """
    decider = Decider(work, knowledge)
    decider.begin(fence)
    decide = partial(decider.go_on, fence)
    hear = None if reading is None else partial(_hear, decider, reading)
    if work.lanes <= ALONE or work.hurry or is_unfinished(work):
        if hear is not None:
            hear(nothing)
        _decide_all(decide)
    try:
        plan_opening(work, fence, knowledge)
        Poster(work, fence, decide, decider.waiting, hear, ahead).run()
    except HouseError:
        _decide_all(decide)
        raise


def _hear(decider: Decider, reading: Aside[int], meanwhile: Callable[[], bool]) -> bool:
    """Wait until the store was read; whether an order that is planned is to be decided anew by what it said."""
    reading.outcome(meanwhile)
    return decider.look_again()


def _decide_all(decide: Callable[[], int | None]) -> None:
    while decide() is not None:
        pass


def preview(work: Work) -> Previewer:
    """What a run would decide on the facts at hand; nothing is written and nothing is sent."""
    return Previewer(work, learn(work))


def look_at_undo(work: Work, scope: Scope) -> Undoing:
    """What an undo of `scope` would take out of the books, and what would stay and why; nothing is changed."""
    return what_undo_would_do(work, scope, work.ledger.read_company().books_closed_until)


def carry_out_undo(work: Work, undoing: Undoing, deed: Deed, *, alone: bool) -> tuple[list[Posting], list[Stays]]:
    """Take documents out of the books; answers what went, and the orders of which something stayed after all."""
    with _posting(work, alone=alone) as fence:
        return undo(work, fence, undoing, deed)


def explain(work: Work, fact: StoredFact) -> tuple[RuleStep, ...]:
    """The rules as they apply to one order now, with the company as it is; writes nothing."""
    decider = Decider(work, learn(work))
    decider.recall()
    return decider.explain(fact)


def accept_the_books(work: Work, number: str, *, alone: bool) -> list[Posting]:
    """Keep every document of this order that somebody changed or deleted in the books as it is there."""
    with _posting(work, alone=alone) as fence:
        return accept(work, fence, number)


def prove_again(work: Work, *, alone: bool) -> Proof:
    """The proof with every document read from the ledger anew, not from its answers.

    What somebody changed or deleted there is noted in the journal.
    """
    company = work.ledger.read_company()
    resolved = resolved_settings(work.settings, company)
    today = work.clock().astimezone(resolved.zone).date()
    with work.books.database.read() as connection:
        first, last = work.books.figures.dates(connection, work.record.id)
    since, until = min(work.settings.start_date, first or today), max(today, last or today)
    work.watch(Step("reread", 0))
    entries = tuple(work.ledger.read_documents(since=since, until=until))
    with _posting(work, alone=alone) as fence:
        compare(work, fence, entries, missing(work, entries))
        forget_proofs(work, fence)
        return prove_anew(work, resolved, company.currency, entries)


def _posting(work: Work, *, alone: bool) -> AbstractContextManager[Fence]:
    return _fence(work, posting_subject(work.ledger.identity), alone=alone)


@contextmanager
def _fence(work: Work, subject: str, *, alone: bool) -> Iterator[Fence]:
    with hold(work.books.database, subject, work.worker, work.record.organization_id, alone=alone) as fence:
        if fence is None:
            raise BusyElsewhere(
                Message(
                    "Another worker is busy with {store}. Nothing is lost: it does this work.",
                    {"store": work.record.title},
                )
            )
        with events.about(
            organization=work.record.organization_id,
            connection=work.record.id,
            company=work.ledger.identity,
            run=work.run.id,
        ):
            yield fence
