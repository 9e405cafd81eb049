"""Schedules: what is due and in which order, slots that are taken once, wishes that stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from comptoir.storage.connections import STORE, ConnectionRecord, NewConnection
from comptoir.storage.runs import RunState
from comptoir.storage.schedule import PATIENCE, Schedules, Terms
from comptoir.storage.tables import organizations

TERMS = Terms("1", datetime(2026, 1, 1, tzinfo=UTC), "ann")
LONG_AGO = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def schedules(rooms: Any) -> Schedules:
    return Schedules(rooms.database)


@pytest.fixture
def shops(rooms: Any) -> list[ConnectionRecord]:
    names = ("two", "three")
    more = [NewConnection(STORE, "shop", f"shop:{name}", name, {}, {}) for name in names]
    return [rooms.store, *(rooms.connections.save(rooms.organization_id, each) for each in more)]


def on(schedules: Schedules, shop: ConnectionRecord, due_at: datetime = LONG_AGO) -> None:
    schedules.switch_on(shop, period_seconds=3600, offset_seconds=7, terms=TERMS, due_at=due_at)


def test_no_schedule_until_it_is_switched_on(schedules: Schedules, shops: list[ConnectionRecord]) -> None:
    assert schedules.get(shops[0].id) is None
    assert schedules.due(10)[1] == []
    on(schedules, shops[0])
    found = schedules.get(shops[0].id)
    assert found is not None
    assert (found.enabled, found.period_seconds, found.offset_seconds, found.due_at) == (True, 3600, 7, LONG_AGO)
    assert found.terms == TERMS
    schedules.switch_off(shops[0].id)
    found = schedules.get(shops[0].id)
    assert found is not None
    assert (found.enabled, found.due_at, found.terms) == (False, None, TERMS)


def test_the_clock_is_the_database_s(schedules: Schedules) -> None:
    assert abs(schedules.now() - datetime.now(UTC)) < timedelta(seconds=30)
    assert schedules.now().tzinfo is UTC


def test_what_is_due_comes_longest_first_and_what_a_person_waits_for_before_all(
    schedules: Schedules, shops: list[ConnectionRecord]
) -> None:
    one, two, three = shops
    on(schedules, one, LONG_AGO + HOUR)
    on(schedules, two, LONG_AGO)
    now, due = schedules.due(10)
    assert [each.connection_id for each in due] == [two.id, one.id]
    assert now > LONG_AGO
    since = schedules.wish(three)
    _, due = schedules.due(10)
    assert [each.connection_id for each in due] == [three.id, two.id, one.id]
    assert (due[0].urgent, due[0].due_at, due[0].enabled) == (True, since, False)
    assert [each.connection_id for each in schedules.due(1)[1]] == [three.id]
    on(schedules, one, schedules.now() + HOUR)
    assert one.id not in [each.connection_id for each in schedules.due(10)[1]]


def test_a_demo_is_never_due_here(rooms: Any, schedules: Schedules, shops: list[ConnectionRecord]) -> None:
    on(schedules, shops[0])
    assert schedules.due(10)[1]
    with rooms.database.write() as connection:
        connection.execute(update(organizations).values(is_demo=True))
    assert schedules.due(10)[1] == []


def test_a_slot_is_taken_once_and_a_wish_made_meanwhile_stays(
    rooms: Any, schedules: Schedules, shops: list[ConnectionRecord]
) -> None:
    one, two, _ = shops
    on(schedules, one)
    on(schedules, two)
    now, due = schedules.due(10)
    schedules.wish(two)
    with rooms.database.write() as connection:
        schedules.advance(connection, [(each, now + HOUR) for each in due])
    assert [each.connection_id for each in schedules.due(10)[1]] == [two.id]
    first = schedules.get(one.id)
    assert first is not None
    assert (first.due_at, first.urgent) == (now + HOUR, False)
    with rooms.database.write() as connection:
        schedules.advance(connection, [])


def test_a_served_wish_of_a_store_without_a_schedule_leaves_nothing_due(
    rooms: Any, schedules: Schedules, shops: list[ConnectionRecord]
) -> None:
    schedules.wish(shops[0])
    _, due = schedules.due(10)
    with rooms.database.write() as connection:
        schedules.advance(connection, [(due[0], None)])
    found = schedules.get(shops[0].id)
    assert found is not None
    assert (found.due_at, found.urgent) == (None, False)


def test_a_wish_for_what_was_deleted_has_the_store_asked_anew(rooms: Any, schedules: Schedules) -> None:
    with rooms.database.write() as connection:
        rooms.connections.save_sweep(connection, rooms.store.id, LONG_AGO)
    schedules.wish(rooms.store)
    assert rooms.connections.get(rooms.store.id).swept_at == LONG_AGO
    schedules.wish(rooms.store, deleted=True)
    assert rooms.connections.get(rooms.store.id).swept_at is None


def test_a_run_that_ends_badly_is_due_again_but_never_later_than_it_was(
    schedules: Schedules, shops: list[ConnectionRecord]
) -> None:
    one = shops[0]
    on(schedules, one, LONG_AGO + HOUR)
    schedules.settle(one.id, failures=2, due_at=LONG_AGO + 2 * HOUR)
    found = schedules.get(one.id)
    assert found is not None
    assert (found.failures, found.due_at) == (2, LONG_AGO + HOUR)
    schedules.settle(one.id, failures=3, due_at=LONG_AGO)
    schedules.settle(one.id, failures=4)
    found = schedules.get(one.id)
    assert found is not None
    assert (found.failures, found.due_at) == (4, LONG_AGO)
    schedules.switch_off(one.id)
    schedules.settle(one.id, failures=0, due_at=LONG_AGO)
    found = schedules.get(one.id)
    assert found is not None
    assert found.due_at == LONG_AGO


def test_who_waits_for_a_company(rooms: Any, schedules: Schedules, shops: list[ConnectionRecord]) -> None:
    one, two, _ = shops
    since = schedules.wish(one)
    schedules.begin(one.id, since, rooms.run_id)
    found = schedules.get(one.id)
    assert found is not None
    assert (found.last_slot, found.run_id) == (since, rooms.run_id)
    assert not schedules.someone_waits("ledger:one", two.id)
    schedules.wait_for(one.id, "ledger:one")
    assert schedules.someone_waits("ledger:one", two.id)
    assert not schedules.someone_waits("ledger:one", one.id), "nobody waits for himself"
    assert not schedules.someone_waits("ledger:two", two.id)
    schedules.begin(one.id, since - PATIENCE, rooms.run_id)
    assert not schedules.someone_waits("ledger:one", two.id), "for so long nobody waits"
    schedules.begin(one.id, since, rooms.run_id)
    schedules.wait_for(one.id, "")
    assert not schedules.someone_waits("ledger:one", two.id)


def test_of_quiet_runs_in_a_row_one_is_kept_with_the_time_of_the_last(rooms: Any) -> None:
    def start(trigger: str) -> Any:
        return rooms.runs.start(rooms.organization_id, rooms.store.id, trigger)

    def quiet(trigger: str) -> Any:
        run = start(trigger)
        assert rooms.runs.running(rooms.store.id) == run
        return rooms.runs.finish(run.id, RunState.FINISHED)

    rooms.runs.finish(rooms.run_id, RunState.FINISHED, proof="{}")
    first = quiet("schedule")
    again = quiet("schedule")
    assert again.id == first.id
    assert again.started_at > first.started_at
    by_hand = quiet("by hand")
    assert by_hand.id == quiet("by hand").id - 1, "what a person asked for stands by itself"
    later = start("schedule")
    assert later.id not in {first.id, by_hand.id}
    with rooms.database.write() as connection:
        rooms.runs.count(connection, later.id, fetched=1)
    rooms.runs.finish(later.id, RunState.FINISHED)
    assert quiet("schedule").id > later.id, "that one found something"
    assert rooms.runs.running(rooms.store.id) is None


@pytest.mark.parametrize("ending", [{"proof": "{}"}, {"report": "{}"}, {"state": RunState.FAILED, "problem": "Busy."}])
def test_a_run_that_has_something_to_say_is_no_quiet_one(rooms: Any, ending: dict[str, Any]) -> None:
    rooms.runs.finish(rooms.run_id, RunState.FINISHED, proof="{}")
    told = rooms.runs.start(rooms.organization_id, rooms.store.id, "schedule")
    with rooms.database.write() as connection:
        rooms.runs.end(connection, told.id, **{"state": RunState.FINISHED, **ending})
    assert rooms.runs.start(rooms.organization_id, rooms.store.id, "schedule").id > told.id
