"""The farm of workers on PostgreSQL, as far as it must not be wrong; `make chaos CHAOS="--postgres"` lets it run."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from bench.farm import ALWAYS, BY_ROLE, DATABASE, LIVES, Farm, open_farm
from bench.workers import work

from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.storage.runs import RunState

pytestmark = pytest.mark.journey


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
        assert farm.writes_without_fence() == 0, "nobody is a worker here"
        lines = [json.loads(line.split(" ", 1)[1]) for line in farm.dumps().splitlines()]
        assert {"Invoice", "SalesReceipt"} & {line["type"] for line in lines}
        farm.start_worker()
        (worker,) = farm.workers
        assert (worker.role, worker.name) in farm.look(LIVES)
        assert farm.writes_without_fence() == 0
        with psycopg.connect(farm.server.url(DATABASE).replace("postgres@", f"{worker.role}@")) as connection:
            changed = connection.execute("UPDATE postings SET slot = slot").rowcount
        assert changed > 0
        assert farm.writes_without_fence() == changed
        assert farm.writes_without_fence(role="worker2") == 0


def test_workers_that_share_all_orders_write_only_under_their_leases(tmp_path: Path) -> None:
    shift = work(tmp_path, workers=2, stores=3, companies=2, orders=12)
    assert shift.orders > 0
    assert shift.cpu_seconds_per_1000 > 0
    assert sum(shift.batch_shares) == pytest.approx(1, abs=0.02)
    assert shift.writes_without_fence == 0
