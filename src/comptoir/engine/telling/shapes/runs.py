"""Runs for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.overview import report_of_run
from comptoir.engine.telling.shapes.common import moment, plain
from comptoir.storage.runs import Run


@dataclass(frozen=True, slots=True)
class RunShape:
    """One run. `agrees` and the totals are those of its proof as its report tells them, None where it left none."""

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
    report = report_of_run(run)
    balances = report.balances if report is not None else ()
    own = balances[0] if balances else None
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
        agrees=report.agrees if report is not None and balances else None,
        ledger_total=plain(own.net.ledger) if own else None,
        currency=own.currency if own else None,
        foreign={each.currency: plain(each.net.ledger) for each in balances[1:]},
    )
