"""`comptoir runs`: what was done, newest first."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import reported
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.telling.overview import report_of_run, why_stopped
from comptoir.engine.telling.shapes.runs import run_shape
from comptoir.engine.telling.words import RUN_WORDS
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
    table.add_column(text("Run"), justify="right")
    table.add_column(text("Started (UTC)"))
    table.add_column(text("Took"), justify="right")
    table.add_column(text("State"))
    for name in (text("Read"), text("Posted"), text("Books")):
        table.add_column(name, justify="right")
    table.add_column(text("Proof"))
    for run in found:
        table.add_row(*_row(run))
    console.print(table)
    for run in found:
        why = " ".join(map(told, why_stopped(run)))
        if why:
            console.print(labelled(text("Run {run}", run=str(run.id)), why), style="red")
    if as_json:
        print(json.dumps({"runs": [asdict(run_shape(run)) for run in found]}))


def _row(run: Run) -> tuple[str, ...]:
    report = report_of_run(run)
    balances = report.balances if report is not None else ()
    took = f"{(run.finished_at - run.started_at).total_seconds():.0f} s" if run.finished_at else ""
    verdict = text("agrees" if report.agrees else "differs") if report is not None and balances else ""
    books = " + ".join(spoken().money(each.net.ledger) for each in balances)
    started = run.started_at.strftime("%Y-%m-%d %H:%M:%S")
    counts = (spoken().number(run.fetched), spoken().number(run.posted))
    return (str(run.id), started, took, told(RUN_WORDS[run.state]), *counts, books, verdict)
