"""The farm of workers on PostgreSQL, as far as it must not be wrong; `make chaos CHAOS="--postgres"` lets it run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from bench.chaos.farm import BY_ROLE, DATABASE, LIVES, WRITES, Farm, open_farm

from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.storage.runs import RunState

pytestmark = pytest.mark.journey
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def run_all(farm: Farm) -> None:
    for record in farm.app.stores():
        run = farm.app.books.runs.start(record.organization_id, record.id, "test")
        work = farm.app.work(record, run)
        fetch_connection(work, alone=False)
        assert post_to_company(work, alone=False).agrees
        farm.app.books.runs.finish(run.id, RunState.FINISHED)


def test_a_write_without_the_fence_is_seen_and_one_with_it_is_not(tmp_path: Path) -> None:
    with open_farm(tmp_path, connections=2, companies=1, seed=1) as farm:
        farm.sell(3)
        run_all(farm)
        assert farm.orders > 0
        assert farm.count(BY_ROLE, "postgres", ALWAYS) > 0, "the triggers note what is written"
        assert farm.count(WRITES, ALWAYS, "%") == 0, "nobody is a worker here"
        lines = [json.loads(line.split(" ", 1)[1]) for line in farm.dumps().splitlines()]
        assert {"Invoice", "SalesReceipt"} & {line["type"] for line in lines}
        farm.start_worker()
        (worker,) = farm.workers
        assert (worker.role, worker.name) in farm.look(LIVES)
        assert farm.count(WRITES, ALWAYS, "%") == 0
        with psycopg.connect(farm.server.url(DATABASE).replace("postgres@", f"{worker.role}@")) as connection:
            changed = connection.execute("UPDATE postings SET slot = slot").rowcount
        assert changed > 0
        assert farm.count(WRITES, ALWAYS, "%") == changed
        assert farm.count(WRITES, ALWAYS, "worker2") == 0
