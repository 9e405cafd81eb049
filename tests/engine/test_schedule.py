"""Slots, whatever the clocks of the world do; and the ticker, which hands each over once."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.engine.service import schedule as module
from comptoir.engine.service.jobs import FETCH, Job, Priority
from comptoir.engine.service.schedule import (
    PERIODS_MINUTES,
    Ticker,
    following,
    next_slot,
    offset_at,
    spread,
    try_again_at,
)
from comptoir.storage.executors import TICKER, Executors
from comptoir.storage.fence import FenceLostError, hold
from comptoir.storage.schedule import Terms

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms("1", NOON, "ann")


# Slots


@given(
    st.integers(1_600_000_000, 2_200_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(PERIODS_MINUTES),
    st.integers(0, 10_000),
)
def test_the_next_slot_is_later_by_a_period_at_most_and_slots_are_a_period_apart(
    after: datetime, minutes: int, store: int
) -> None:
    period = minutes * 60
    offset = spread(store, period)
    slot = next_slot(after, period, offset)
    assert timedelta(0) < slot - after <= timedelta(seconds=period)
    assert next_slot(slot, period, offset) - slot == timedelta(seconds=period)
    assert (int(slot.timestamp()) - offset) % period == 0


@pytest.mark.parametrize("change", [(2026, 3, 29), (2026, 10, 25)], ids=["to summer", "to winter"])
def test_no_hour_is_skipped_or_doubled_when_the_clocks_change(change: tuple[int, int, int]) -> None:
    slot = datetime(*change, tzinfo=ZoneInfo("Europe/London")) - HOUR
    for _ in range(6):
        following_one = next_slot(slot, 3600, 17 * 60)
        assert following_one.astimezone(UTC) - slot.astimezone(UTC) <= HOUR
        assert following_one.minute == 17
        slot = following_one


def test_stores_are_spread_over_the_hour_and_each_keeps_its_place() -> None:
    minutes = Counter(spread(store, 3600) // 60 for store in range(1, 601))
    assert len(minutes) == 60
    assert max(minutes.values()) <= 12
    assert spread(1, 3600) == spread(1, 3600)
    near = sorted(spread(store, 3600) for store in range(1, 11))
    assert min(b - a for a, b in itertools.pairwise(near)) > 60, "a few stores are far from each other"


@pytest.mark.parametrize(("minutes", "expected"), [(60, 17), (15, 2), (360, 17), (1440, 17)])
def test_a_minute_of_one_s_own(minutes: int, expected: int) -> None:
    offset = offset_at(17, 5, minutes * 60)
    assert offset < minutes * 60
    assert offset // 60 % 60 == expected


@pytest.mark.parametrize(
    ("failures", "not_before", "seconds"),
    [(1, None, 60), (2, None, 120), (9, None, 900), (1, 3600, 3600), (1, -10, 60)],
)
def test_when_a_store_that_failed_is_tried_again(failures: int, not_before: int | None, seconds: int) -> None:
    told = None if not_before is None else NOON + timedelta(seconds=not_before)
    assert try_again_at(NOON, failures, told) == NOON + timedelta(seconds=seconds)


# The ticker


def ticker_of(road: Any, put: Any) -> Ticker:
    return Ticker(road.books.database, road.books.schedules, put, lambda _due: None)


def switch_on(road: Any, due_at: datetime) -> None:
    record = road.books.connections.get(road.connection_id)
    road.books.schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=TERMS, due_at=due_at)


def ticked(road: Any, ticker: Ticker) -> int:
    with hold(road.books.database, TICKER, "me", road.organization_id, alone=True) as fence:
        assert fence
        return ticker.tick(fence)


def test_however_many_slots_were_missed_one_run_catches_up(road: Any) -> None:
    jobs: list[Job] = []
    ticker = ticker_of(road, jobs.append)
    week_ago = road.books.schedules.now() - timedelta(days=7)
    switch_on(road, week_ago)
    assert ticked(road, ticker) == 1
    assert jobs == [Job(FETCH, road.connection_id, week_ago, Priority.SCHEDULE)]
    assert ticked(road, ticker) == 0
    found = road.books.schedules.get(road.connection_id)
    assert timedelta(0) < found.due_at - road.books.schedules.now() <= HOUR
    assert following(found, NOON) == NOON + HOUR


def test_whoever_is_killed_between_queueing_and_noting_it_is_followed_by_the_same_job(road: Any) -> None:
    jobs: list[Job] = []

    def put(job: Job) -> None:
        jobs.append(job)
        if len(jobs) == 1:
            raise KeyboardInterrupt

    switch_on(road, NOON)
    ticker = ticker_of(road, put)
    with pytest.raises(KeyboardInterrupt):
        ticked(road, ticker)
    assert ticked(road, ticker) == 1
    assert jobs[0].name == jobs[1].name


def test_a_wish_is_queued_before_all_and_leaves_a_store_without_schedule_off(road: Any) -> None:
    jobs: list[Job] = []
    record = road.books.connections.get(road.connection_id)
    since = road.books.schedules.wish(record)
    assert ticked(road, ticker_of(road, jobs.append)) == 1
    assert jobs == [Job(FETCH, record.id, since, Priority.PERSON)]
    assert road.books.schedules.get(record.id).due_at is None


def test_one_process_ticks_and_another_stands_by(road: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TAKE_SECONDS", 0.02)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.02)
    jobs: list[Job] = []
    chores: list[str] = []
    told: list[int] = []
    stops = {name: threading.Event() for name in ("ann", "bob")}

    def start(name: str) -> threading.Thread:
        def chore(due: int) -> None:
            chores.append(name)
            told.append(due)

        ticker = Ticker(road.books.database, road.books.schedules, jobs.append, chore, chore_seconds=0.02)
        thread = threading.Thread(
            target=ticker.run, args=(name, road.organization_id, stops[name]), kwargs={"alone": False}
        )
        thread.start()
        return thread

    def until(condition: Any) -> None:
        deadline = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    threads = [start("ann")]
    until(lambda: "ann" in chores)
    threads.append(start("bob"))
    switch_on(road, NOON)
    until(lambda: len(jobs) == 1)
    until(lambda: sum(told) == 1)
    assert set(chores) == {"ann"}
    stops["ann"].set()
    until(lambda: "bob" in chores)
    stops["bob"].set()
    for thread in threads:
        thread.join()
    assert len(jobs) == 1
    assert not Executors(road.books.database).holds(TICKER)


def test_a_ticker_that_meets_a_fault_or_loses_its_fence_begins_anew(
    road: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "TAKE_SECONDS", 0.01)
    monkeypatch.setattr(module, "TICK_SECONDS", 0.01)
    stop = threading.Event()
    seen: list[str] = []

    def chore(_due: int) -> None:
        seen.append("chore")
        if len(seen) == 1:
            raise ZeroDivisionError
        if len(seen) == 2:
            raise FenceLostError
        if len(seen) == 4:
            stop.set()

    ticker = Ticker(road.books.database, road.books.schedules, lambda _job: None, chore, chore_seconds=0.01)
    ticker.run("ann", road.organization_id, stop, alone=True)
    assert len(seen) == 4
    assert "met a fault" in caplog.text
    assert "another process became the ticker" in caplog.text
