"""The one body of a run: fetch the connection, then decide, post and prove for its company; the row tells how it ended.

Whoever starts a run (a person at the command line, a worker for the schedule) goes through here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from comptoir.engine.errors import HouseError
from comptoir.engine.proof import Proof
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.work import SettingsProblemsError, Work
from comptoir.storage.codec import adapter
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import Run, Runs, RunState

FAULT = (
    "A fault in the program stopped this run. Nothing is lost: the next run goes on from here. "
    "The program's own messages tell more."
)
"""What the run's row says of an exception that is none of the six."""


def sync(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """A whole run in this process and thread, inside `ending_told`, which says what it may raise."""
    fetch_connection(work, alone=alone)
    return post_and_prove(work, alone=alone)


def post_and_prove(work: Work, *, alone: bool) -> tuple[Run, Proof]:
    """The second half: what was fetched is decided, posted and proved, and the run ends."""
    proof = post_to_company(work, alone=alone)
    text = adapter(Proof).dump_json(proof).decode()
    return work.books.runs.finish(work.run.id, RunState.FINISHED, proof=text), proof


@contextmanager
def ending_told(runs: Runs, run: Run) -> Iterator[None]:
    """For the block, whatever it raises ends the run, and the run's row says why.

    A HouseError, SettingsProblemsError or fault of the program fails the run: what was posted is recorded, the rest
    stays planned. A fence that was lost and a stop from outside leave it running, to be gone on with.
    """
    try:
        yield
    except FenceLostError:
        raise
    except HouseError as error:
        runs.finish(run.id, RunState.FAILED, problem=str(error.message))
        raise
    except SettingsProblemsError as error:
        runs.finish(run.id, RunState.FAILED, problem=str(error))
        raise
    except Exception:
        runs.finish(run.id, RunState.FAILED, problem=FAULT)
        raise
