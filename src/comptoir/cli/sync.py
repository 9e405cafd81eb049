"""`comptoir sync`: one run along the whole road, now."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Problem
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import reported
from comptoir.cli.following import by_the_server
from comptoir.cli.mail import reports_sent
from comptoir.cli.progress import progress
from comptoir.cli.report import point_to_problems, show_problems, show_proof
from comptoir.cli.stopping import by_hand
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import look_for_deleted
from comptoir.engine.sync import ending_told
from comptoir.engine.sync import sync as run_sync
from comptoir.engine.telling.metering import metered_problems
from comptoir.engine.telling.shapes.proofs import proof_shape
from comptoir.engine.work import utc_now
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import BY_HAND, Run
from comptoir.storage.upkeep.home import HomeBusyError
from comptoir.wiring import App, open_app


def sync_store(
    app_: App, record: ConnectionRecord, trigger: str = BY_HAND, *, deleted: bool = False
) -> tuple[Run, Proof]:
    """One run of a store, watched; `deleted` asks the store first which of its orders are gone."""
    run = app_.books.runs.start(record.organization_id, record.id, trigger)
    with reports_sent(app_), ending_told(app_.books, run), progress(console) as watch, by_hand() as stopped:
        work = app_.work(record, run, watch, pause_point=stopped)
        if deleted:
            look_for_deleted(work, alone=app_.alone)
        return run_sync(work, alone=app_.alone)


@reported
def sync(
    deleted: Annotated[
        bool,
        typer.Option("--deleted", help="Also ask the store which orders were deleted there; else once a week."),
    ] = False,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring everything new from the store into the books now, and prove it; by the server where one is at work."""
    run, proof, metered = _here_or_there(home, store, deleted=deleted)
    show_proof(console, proof, run)
    point_to_problems(console, proof)
    show_problems(console, metered)
    if as_json:
        print(
            json.dumps({"run": run.id, "fetched": run.fetched, "posted_now": run.posted, **asdict(proof_shape(proof))})
        )


def _here_or_there(home: Path | None, store: str, *, deleted: bool) -> tuple[Run, Proof, list[Problem]]:
    """One run: in this process, or in the server's, which is told of the wish and followed; and what is used up."""
    try:
        with open_app(home) as app_:
            record = chosen_store(app_, store)
            if app_.alone or not app_.server_at_work():
                return _and_metered(app_, sync_store(app_, record, deleted=deleted))
            return _and_metered(app_, by_the_server(app_, record, deleted=deleted))
    except HomeBusyError:
        with open_app(home, to_read=True) as app_:
            if not app_.server_at_work():
                raise
            return _and_metered(app_, by_the_server(app_, chosen_store(app_, store), deleted=deleted))


def _and_metered(app_: App, ended: tuple[Run, Proof]) -> tuple[Run, Proof, list[Problem]]:
    return *ended, metered_problems(app_.books, app_.organization_id, utc_now())
