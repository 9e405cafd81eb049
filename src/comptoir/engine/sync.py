"""A whole run, through the queue: fetch the connection, then decide, post and prove for its company."""

from __future__ import annotations

from dataclasses import dataclass, field

from comptoir.engine.errors import HouseError
from comptoir.engine.proof import Proof
from comptoir.engine.queue import FETCH, POST, work_queue
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.work import SettingsProblemsError, Work
from comptoir.storage.codec import adapter
from comptoir.storage.runs import Run, RunState


@dataclass(slots=True)
class _Outcome:
    """What the queue's thread leaves for the one that waits."""

    proof: Proof | None = None
    errors: list[Exception] = field(default_factory=list)


def sync(queue_url: str, work: Work) -> tuple[Run, Proof]:
    """Run `work` in this process. The run's row tells how it ended, also when this raises.

    Raises HouseError or SettingsProblemsError: the run failed, what was posted is recorded, the rest is planned.
    """
    outcome = _Outcome()

    def body(kind: str, _run_id: int) -> None:
        # DBOS would store an exception and raise a copy: ours carry what the user must read, so they stay here.
        try:
            if kind == FETCH:
                fetch_connection(work, alone=True)
            else:
                outcome.proof = post_to_company(work, alone=True)
        except Exception as error:  # noqa: BLE001 - re-raised by the thread that waits, below
            outcome.errors.append(error)

    try:
        with work_queue(queue_url, body) as queue:
            queue.run(FETCH, str(work.record.id), work.run.id)
            _raise_first(outcome)
            queue.run(POST, work.ledger.identity, work.run.id)
            _raise_first(outcome)
    except HouseError as error:
        work.books.runs.finish(work.run.id, RunState.FAILED, problem=str(error.message))
        raise
    except SettingsProblemsError as error:
        work.books.runs.finish(work.run.id, RunState.FAILED, problem=str(error))
        raise
    if outcome.proof is None:
        raise AssertionError("the queue ended its work without doing it")
    proof_text = adapter(Proof).dump_json(outcome.proof).decode()
    return work.books.runs.finish(work.run.id, RunState.FINISHED, proof=proof_text), outcome.proof


def _raise_first(outcome: _Outcome) -> None:
    if outcome.errors:
        raise outcome.errors[0]
