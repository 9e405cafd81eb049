"""The one body of a run: fetch the connection, then decide, post and prove for its company; the row tells how it ended.

Whoever starts a run (a person at the command line, a worker for the schedule) goes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from comptoir.books.problems import Message
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import BusyElsewhere, post_to_company, prove_again, whole_road
from comptoir.engine.telling.reporting import fail_run, finish_run
from comptoir.engine.work import Books, GiveWayError, Work
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import DatabaseUnreachableError
from comptoir.storage.executors import TICKER, Executors
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import Run, RunState

OpenWork = Callable[[ConnectionRecord, Run], Work]


def sync(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """A whole run in this process and thread, inside `ending_told`, which says what it may raise."""
    proof = whole_road(work, alone=alone)
    return finish_run(work, proof), proof


def post_and_prove(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """The second half: what was fetched is decided, posted and proved, and the run ends."""
    proof = post_to_company(work, alone=alone)
    return finish_run(work, proof), proof


def prove_store(work: Work, *, alone: bool) -> Proof:
    """A proof with everything read from the books anew, inside an `errand`."""
    proof = prove_again(work, alone=alone)
    finish_run(work, proof)
    return proof


@contextmanager
def errand(books: Books, record: ConnectionRecord, trigger: str, open_work: OpenWork) -> Iterator[Work]:
    """The work of a run that does something else than to synchronize, for the block; its row tells how it ended.

    Nobody goes on with an errand: it is finished at the end of the block, and failed by whatever ends the block early.
    A run that was left by a dead process is joined. Where a server lives, it goes on with the run under way, which an
    errand must not end: BusyElsewhere.
    """
    others = books.runs.running(record.id)
    if others is not None and Executors(books.database).holds(TICKER):
        raise BusyElsewhere(
            Message("A run of {store} is at work. Try again when it has ended.", {"store": record.title})
        )
    run = books.runs.start(record.organization_id, record.id, trigger)
    try:
        with ending_told(books, run):
            yield open_work(record, run)
    except BusyElsewhere as error:
        if others is None:
            fail_run(books, run, error)
        raise
    if books.runs.get(run.id).state is RunState.RUNNING:
        books.runs.finish(run.id, RunState.FINISHED)


@contextmanager
def ending_told(books: Books, run: Run) -> Iterator[None]:
    """For the block, whatever it raises ends the run, and the run's row says why.

    A HouseError, SettingsProblemsError or fault of the program fails the run: what was posted is recorded, the rest
    stays planned. It stays running, to be gone on with, where another worker is at it, where it gives way, where the
    database is lost, and at a stop from outside.
    """
    try:
        yield
    except (FenceLostError, DatabaseUnreachableError, BusyElsewhere, GiveWayError):
        raise
    except Exception as error:
        fail_run(books, run, error)
        raise
