"""The one body of a run: fetch the connection, then decide, post and prove for its company; the row tells how it ended.

Whoever starts a run (a person at the command line, a worker for the schedule) goes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import BusyElsewhere, post_to_company, prove_again, whole_road
from comptoir.engine.telling.reporting import fail_run, finish_run
from comptoir.engine.work import Books, GiveWayError, Work
from comptoir.storage.database import DatabaseUnreachableError
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import Run


def sync(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """A whole run in this process and thread, inside `ending_told`, which says what it may raise."""
    proof = whole_road(work, alone=alone)
    return finish_run(work, proof), proof


def post_and_prove(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """The second half: what was fetched is decided, posted and proved, and the run ends."""
    proof = post_to_company(work, alone=alone)
    return finish_run(work, proof), proof


def prove_store(work: Work, *, alone: bool) -> Proof:
    """A proof with everything read from the books anew, as a run of its own, inside `ending_told`.

    Where another worker is at the books it ends at once: nobody goes on with a proof.
    """
    try:
        proof = prove_again(work, alone=alone)
    except BusyElsewhere as error:
        fail_run(work.books, work.run, error)
        raise
    finish_run(work, proof)
    return proof


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
