"""`comptoir sync`: one run along the whole road, now."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

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


def check_can_run(app_: App) -> None:
    """HomeBusyError where a run can begin neither here nor at a server: another command is at work."""
    if app_.is_guest and not app_.server_at_work():
        raise HomeBusyError(app_.home.path, app_.home.pages)


def run_store(
    app_: App, record: ConnectionRecord, trigger: str = BY_HAND, *, deleted: bool = False
) -> tuple[Run, Proof]:
    """One run of a store: in this process, or in the server's, which is told of the wish and followed."""
    check_can_run(app_)
    if not app_.alone and app_.server_at_work():
        return by_the_server(app_, record, deleted=deleted)
    return sync_store(app_, record, trigger, deleted=deleted)


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
    with open_app(home, may_share=True) as app_:
        run, proof = run_store(app_, chosen_store(app_, store), deleted=deleted)
        metered = metered_problems(app_.books, app_.organization_id, utc_now())
    show_proof(console, proof, run)
    point_to_problems(console, proof)
    show_problems(console, metered)
    if as_json:
        print(
            json.dumps({"run": run.id, "fetched": run.fetched, "posted_now": run.posted, **asdict(proof_shape(proof))})
        )
