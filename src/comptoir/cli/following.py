"""A run in the server's hands, followed by whoever asked for it."""

from __future__ import annotations

import time
from datetime import datetime

from comptoir.books.problems import Message
from comptoir.cli.common import console
from comptoir.cli.errors import CommandError
from comptoir.cli.progress import progress
from comptoir.cli.speech import text
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.overview import proof_of, why_stopped
from comptoir.engine.work import Step
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run, RunState
from comptoir.wiring import App

LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 20.0
"""How long nobody may be the server before the run is given up: another takes over within this time."""


def by_the_server(app_: App, record: ConnectionRecord, *, deleted: bool) -> tuple[Run, Proof]:
    """Ask the server for a run now and follow it to its end. Raises CommandError where it fails, or the server goes."""
    console.print(text("A server is at work: it does this run."))
    since = app_.books.schedules.wish(record, deleted=deleted)
    try:
        run = _followed(app_, record, since)
    except KeyboardInterrupt:
        raise CommandError(Message("No longer followed. The server goes on with the run; see: comptoir runs")) from None
    proof = proof_of(app_.books, run)
    if run.state is RunState.FAILED or proof is None:
        raise CommandError(*why_stopped(run) or [Message("The run ended without a proof; see: comptoir runs")])
    return run, proof


def _followed(app_: App, record: ConnectionRecord, since: datetime) -> Run:
    last_seen = time.monotonic()
    with progress(console) as watch:
        while True:
            schedule = app_.books.schedules.get(record.id)
            if schedule is not None and schedule.run_id is not None and schedule.has_begun(since):
                run = app_.books.runs.get(schedule.run_id)
                for what, done in (("fetch", run.fetched), ("decide", run.decided), ("post", run.posted)):
                    if done:
                        watch(Step(what, done))
                if run.state is not RunState.RUNNING:
                    return run
            if app_.server_at_work():
                last_seen = time.monotonic()
            elif time.monotonic() - last_seen > PATIENCE_SECONDS:
                raise CommandError(Message("The server stopped. Nothing is lost: the next run goes on from here."))
            time.sleep(LOOK_SECONDS)
