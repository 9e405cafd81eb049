"""`comptoir sync`: one run along the whole road, now."""

from __future__ import annotations

import json
import logging

from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import reported
from comptoir.cli.progress import progress
from comptoir.cli.report import proof_summary, show_proof
from comptoir.engine.proof import Proof
from comptoir.engine.sync import sync as run_sync
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run
from comptoir.wiring import App, open_app

BY_HAND = "by hand"


def sync_store(app_: App, record: ConnectionRecord, trigger: str = BY_HAND) -> tuple[Run, Proof]:
    """One run of a store, watched."""
    run = app_.books.runs.start(record.organization_id, record.id, trigger)
    try:
        with progress(console) as watch:
            return run_sync(app_.home.queue_url, app_.work(record, run, watch))
    except KeyboardInterrupt:
        # The queue's thread finds everything closed at its next step: to the user that is no error of any use.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        raise


@reported
def sync(store: StoreOption = "", home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Bring everything new from the store into the books, and prove it."""
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        run, proof = sync_store(app_, record)
    show_proof(console, proof, run)
    if as_json:
        print(json.dumps({"run": run.id, "fetched": run.fetched, "posted_now": run.posted, **proof_summary(proof)}))
