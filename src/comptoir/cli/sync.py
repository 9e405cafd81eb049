"""`comptoir sync`: one run along the whole road, now."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import reported
from comptoir.cli.mail import reports_sent
from comptoir.cli.progress import progress
from comptoir.cli.report import point_to_problems, proof_summary, show_proof
from comptoir.engine.proof import Proof
from comptoir.engine.road import look_for_deleted
from comptoir.engine.sync import ending_told
from comptoir.engine.sync import sync as run_sync
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run
from comptoir.wiring import App, open_app

BY_HAND = "by hand"


def sync_store(
    app_: App, record: ConnectionRecord, trigger: str = BY_HAND, *, deleted: bool = False
) -> tuple[Run, Proof]:
    """One run of a store, watched; `deleted` asks the store first which of its orders are gone."""
    run = app_.books.runs.start(record.organization_id, record.id, trigger)
    with reports_sent(app_), ending_told(app_.books, run), progress(console) as watch:
        work = app_.work(record, run, watch)
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
    """Bring everything new from the store into the books, and prove it."""
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        run, proof = sync_store(app_, record, deleted=deleted)
    show_proof(console, proof, run)
    point_to_problems(console, proof)
    if as_json:
        print(json.dumps({"run": run.id, "fetched": run.fetched, "posted_now": run.posted, **proof_summary(proof)}))
