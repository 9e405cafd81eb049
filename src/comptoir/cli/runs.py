"""`comptoir runs`: what was done, newest first."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import reported
from comptoir.engine.telling.overview import report_of_run
from comptoir.engine.telling.shapes.runs import run_shape
from comptoir.storage.runs import Run
from comptoir.wiring import open_app


@reported
def runs(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many runs to show.")] = 20,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, with what each posted and whether its proof held."""
    with open_app(home, to_read=True) as app_:
        found = app_.books.runs.latest(app_.organization_id, limit)
    table = Table(header_style="bold")
    for name in ("Run", "Started (UTC)", "Took", "State", "Read", "Posted", "Books", "Proof"):
        table.add_column(name, justify="right" if name in {"Run", "Took", "Read", "Posted", "Books"} else "left")
    for run in found:
        table.add_row(*_row(run))
    console.print(table)
    for run in found:
        if run.problem:
            console.print(f"Run {run.id}: {run.problem}", style="red", markup=False)
    if as_json:
        print(json.dumps({"runs": [asdict(run_shape(run)) for run in found]}))


def _row(run: Run) -> tuple[str, ...]:
    report = report_of_run(run)
    balances = report.balances if report is not None else ()
    took = f"{(run.finished_at - run.started_at).total_seconds():.0f} s" if run.finished_at else ""
    verdict = "" if report is None or not balances else ("agrees" if report.agrees else "differs")
    books = " + ".join(str(each.net.ledger) for each in balances)
    started = run.started_at.strftime("%Y-%m-%d %H:%M:%S")
    return (str(run.id), started, took, run.state.value, str(run.fetched), str(run.posted), books, verdict)
