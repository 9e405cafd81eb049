"""Runs for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.overview import proof_of
from comptoir.engine.telling.shapes.common import moment, plain
from comptoir.storage.runs import Run


@dataclass(frozen=True, slots=True)
class RunShape:
    """One run. `agrees` and the totals are those of its proof, None where it left none."""

    run: int
    connection: int
    trigger: str
    started_at: str
    finished_at: str | None
    state: str
    fetched: int
    decided: int
    posted: int
    problem: str
    agrees: bool | None
    ledger_total: str | None
    currency: str | None
    foreign: dict[str, str]


def run_shape(run: Run) -> RunShape:
    """A run for a machine."""
    proof = proof_of(run)
    return RunShape(
        run=run.id,
        connection=run.connection_id,
        trigger=run.trigger,
        started_at=run.started_at.isoformat(),
        finished_at=moment(run.finished_at),
        state=run.state.value,
        fetched=run.fetched,
        decided=run.decided,
        posted=run.posted,
        problem=run.problem,
        agrees=proof.agrees if proof else None,
        ledger_total=plain(proof.net.ledger) if proof else None,
        currency=proof.currency if proof else None,
        foreign={each.currency: plain(each.net.ledger) for each in proof.foreign} if proof else {},
    )
