"""Figures for Prometheus: counted from events, read from the database, and nothing of a buyer in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.engine.conftest import HOUR, SETTINGS, Road, make_order

from comptoir.books.settings import PaymentSettings
from comptoir.engine.road import fetch_connection
from comptoir.engine.work import Books
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.database import Database, server_url
from comptoir.storage.runs import RunState
from comptoir.storage.tables import batches, runs
from comptoir.storage.vault import KEY_BYTES, Vault
from comptoir.telemetry import events
from comptoir.telemetry.events import Kind
from comptoir.telemetry.metrics import KEPT_SECONDS, BooksMetrics, Metrics

Read = Callable[[], dict[str, float]]


@contextmanager
def metrics_of(road: Road, depth: Callable[[], int] | None = None) -> Iterator[Read]:
    made = Metrics(road.books.database, depth)

    def read() -> dict[str, float]:
        lines = [line for line in made.text().decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    try:
        yield read
    finally:
        made.close()


@pytest.mark.parametrize(
    ("kind", "values", "counted"),
    [
        (
            Kind.CALL,
            {"platform": "shopify", "operation": "Orders", "status": 429, "seconds": 0.2},
            {
                'comptoir_calls_total{operation="Orders",platform="shopify",status="429"}': 1,
                'comptoir_call_seconds_count{operation="Orders",platform="shopify"}': 1,
                'comptoir_call_seconds_sum{operation="Orders",platform="shopify"}': 0.2,
            },
        ),
        (
            Kind.WAITED,
            {"why": "limit", "seconds": 1.5},
            {'comptoir_waits_total{why="limit"}': 1, 'comptoir_waited_seconds_total{why="limit"}': 1.5},
        ),
        (Kind.BATCH_SENT, {"documents": 3}, {'comptoir_batches_total{outcome="sent"}': 1}),
        (
            Kind.BATCH_ANSWERED,
            {"settled": 2},
            {'comptoir_batches_total{outcome="answered"}': 1, "comptoir_documents_settled_total": 2},
        ),
        (
            Kind.PAGE_SAVED,
            {"records": 5, "new": 2},
            {'comptoir_records_read_total{new="yes"}': 2, 'comptoir_records_read_total{new="no"}': 3},
        ),
        (Kind.RUN_STARTED, {}, {}),
        (Kind.RUN_ENDED, {"state": "failed"}, {'comptoir_runs_ended_total{state="failed"}': 1}),
        (
            Kind.DOCUMENT_HELD,
            {"kind": "sale", "code": "ledger-6000"},
            {'comptoir_documents_refused_total{code="ledger-6000",kind="sale"}': 1},
        ),
        (Kind.TOKENS_REFUSED, {}, {'comptoir_sign_ins_renewed_total{outcome="refused"}': 1}),
        (Kind.TAKEN_OVER, {}, {"comptoir_taken_over_total": 1}),
    ],
)
def test_what_this_process_does_is_counted(
    kind: Kind, values: dict[str, events.Value], counted: dict[str, float], road: Road
) -> None:
    with metrics_of(road) as read:
        before = read()
        events.emit(kind, **values)
        after = read()
    changed = {name: figure for name, figure in after.items() if figure != before.get(name, 0.0)}
    assert {name: figure for name, figure in changed.items() if "_bucket{" not in name and "_created" not in name} == (
        counted
    )


def test_closed_it_counts_no_more(road: Road) -> None:
    with metrics_of(road) as read:
        pass
    events.emit(Kind.TAKEN_OVER)
    assert read()["comptoir_taken_over_total"] == 0


def test_how_the_books_stand(road: Road) -> None:
    road.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    road.store.orders = [make_order(1), make_order(2)]
    with metrics_of(road, lambda: 7) as read:
        road.run()
        found = read()
    assert found['comptoir_documents{state="held",wave="sales"}'] == 2
    assert found['comptoir_held{code="method-unmapped"}'] == 2
    assert found['comptoir_runs{state="finished"}'] == 1
    assert found["comptoir_batches_in_flight"] == 0
    assert found["comptoir_undecided_orders"] == 0
    assert found["comptoir_queue_depth"] == 7


def test_what_is_under_way(road: Road) -> None:
    road.store.orders = [make_order(1)]
    road.run()
    road.store.orders.append(replace(make_order(2), updated_at=road.now))
    road.now += HOUR
    fetch_connection(road.work(), alone=True)
    with road.books.database.write() as connection:
        connection.execute(update(batches).values(state="unknown"))
    with metrics_of(road) as read:
        found = read()
    assert found["comptoir_batches_in_flight"] >= 1
    assert found["comptoir_undecided_orders"] == 1
    assert found['comptoir_runs{state="running"}'] == 1
    assert "comptoir_queue_depth" not in found


def test_since_the_last_good_run(road: Road) -> None:
    name = f'comptoir_seconds_since_good_run{{connection="{road.connection_id}"}}'
    with metrics_of(road) as read:
        assert 0 <= read()[name] < 3600  # since it was connected
    work = road.work()
    road.books.runs.finish(work.run.id, RunState.FINISHED, proof="{}")
    with road.books.database.write() as connection:
        connection.execute(update(runs).values(finished_at=datetime.now(UTC) - timedelta(hours=5)))
    failed = road.work()
    road.books.runs.finish(failed.run.id, RunState.FAILED)
    with metrics_of(road) as read:
        assert read()[name] == pytest.approx(5 * 3600, abs=60)


def test_the_database_is_read_once_for_many_scrapers(road: Road) -> None:
    now = [0.0]
    collector = BooksMetrics(road.books.database, clock=lambda: now[0])
    first = list(collector.collect())
    assert list(collector.collect()) == first
    now[0] = KEPT_SECONDS + 0.1
    assert list(collector.collect()) is not first
    assert all(one is not other for one, other in zip(collector.collect(), first, strict=True))


def test_no_buyer_and_no_order_stands_in_a_label(road: Road) -> None:
    road.set(replace(SETTINGS, items=replace(SETTINGS.items, create=False)))
    road.store.orders = [make_order(4711), make_order(4712, refunded="1.00")]
    with metrics_of(road) as read:
        road.run()
        text = " ".join(read())
    assert "held" in text
    for word in ("4711", "4712", "MUG", "Mug", "shop:one", "ledger:one", "Shop"):
        assert word not in text


def test_on_a_server(cluster: Any) -> None:
    with cluster.opened() as database:
        books = Books.open(database, Vault(b"k" * KEY_BYTES))
        organization = books.connections.organization()
        store = books.connections.save(organization, NewConnection(STORE, "shop", "shop:1", "Shop", {}, {}))
        run = books.runs.start(organization, store.id, "test")
        books.runs.finish(run.id, RunState.FINISHED, proof="{}")
        made = Metrics(database)
        text = made.text().decode()
        made.close()
    assert 'comptoir_runs{state="finished"} 1.0' in text
    (line,) = re.findall(rf'^comptoir_seconds_since_good_run{{connection="{store.id}"}} (.+)$', text, re.MULTILINE)
    assert 0 <= float(line) < 60


def test_what_the_process_did_is_told_while_the_database_is_away() -> None:
    database = Database(server_url("postgresql://127.0.0.1:1/books"))
    made = Metrics(database, depth=lambda: pytest.fail("the queue is in the same database"))
    try:
        events.emit(Kind.TAKEN_OVER, subject="s", earlier="a", by="b")
        lines = made.text().decode().splitlines()
    finally:
        made.close()
        database.close()
    assert "comptoir_database_up 0.0" in lines
    assert any(line.endswith(" 1.0") and "taken" in line for line in lines)
    assert not any(line.startswith("comptoir_undecided_orders") for line in lines)


def test_a_database_that_answers_is_told(road: Road) -> None:
    with metrics_of(road) as read:
        assert read()["comptoir_database_up"] == 1
