"""Pages and cursors: nothing is read twice into the facts, nothing is left out, a cut pass goes on where it was cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from comptoir.books.facts import Order
from comptoir.engine import fetch
from comptoir.engine.errors import RetryLater, Unexpected
from comptoir.engine.ports import Page
from comptoir.engine.road import fetch_connection
from comptoir.engine.work import OVERLAP_SECONDS, Step
from comptoir.storage.tables import facts


class CutError(Exception):
    """The line to the store goes dead."""


def count(road: Any, *where: Any) -> int:
    with road.books.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(facts).where(*where)).scalar_one())


def pass_once(road: Any) -> int:
    """One pass, an hour after the one before."""
    road.now += timedelta(hours=1)
    return fetch_connection(road.work(), alone=True)


def cut_after(road: Any, pages: int) -> Callable[[], None]:
    """The store answers so many pages more; what is answered mends it."""
    whole = road.store.fetch_orders
    left = [pages]

    def fetch_orders(cursor: str | None, *, since: datetime, until: datetime) -> Page:
        if not left[0]:
            raise CutError
        left[0] -= 1
        page: Page = whole(cursor, since=since, until=until)
        return page

    road.store.fetch_orders = fetch_orders
    return lambda: setattr(road.store, "fetch_orders", whole)


def orders(build: Any, number: int) -> list[Order]:
    return [build["make_order"](each) for each in range(1, number + 1)]


def test_a_pass_reads_every_page(road: Any, build: Any) -> None:
    road.store.orders = orders(build, 10)
    assert pass_once(road) == 10
    assert [cursor for cursor, _, _ in road.store.fetches] == [None, "4", "8"]
    assert road.steps == [Step("fetch", 4, 10), Step("fetch", 8, 10), Step("fetch", 10, 10)]
    record = road.books.connections.get(road.connection_id)
    assert (record.cursor, record.cursor_until, record.fetched_until) == (None, None, road.now)


def test_a_pass_that_was_cut_goes_on_from_its_last_page_with_the_same_bound(road: Any, build: Any) -> None:
    road.store.orders = orders(build, 10)
    mend = cut_after(road, 1)
    with pytest.raises(CutError):
        pass_once(road)
    bound = road.now
    assert count(road) == 4
    record = road.books.connections.get(road.connection_id)
    assert (record.cursor, record.cursor_until, record.fetched_until) == ("4", bound, None)
    mend()
    road.store.orders.append(replace(build["make_order"](11), updated_at=bound + timedelta(minutes=30)))
    assert pass_once(road) == 7, "what came since the cut pass began is not left for the next run"
    start = datetime(2026, 1, 1, tzinfo=UTC)
    overlapping = bound - timedelta(seconds=OVERLAP_SECONDS)
    went_on = [(None, start, bound), ("4", start, bound), ("8", start, bound)]
    assert road.store.fetches == [*went_on, (None, overlapping, road.now)]
    assert road.books.connections.get(road.connection_id).fetched_until == road.now


def test_a_page_and_its_cursor_are_saved_together_or_not_at_all(
    road: Any, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    road.store.orders = orders(build, 5)

    def dead_save(*_args: object, **_values: object) -> None:
        raise CutError

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "save_cursor", dead_save)
        with pytest.raises(CutError):
            pass_once(road)
    assert count(road) == 0
    assert pass_once(road) == 5


def test_the_next_pass_reads_back_a_little_and_adds_nothing_twice(road: Any, build: Any) -> None:
    road.store.orders = orders(build, 3)
    pass_once(road)
    first = road.now
    road.change(0, replace(road.store.orders[0], updated_at=first - timedelta(seconds=10)))
    late = replace(build["make_order"](4), updated_at=first - timedelta(seconds=OVERLAP_SECONDS))
    road.store.orders.append(late)
    assert pass_once(road) == 2, "an order indexed late, and one that changed"
    assert road.store.fetches[-1] == (None, first - timedelta(seconds=OVERLAP_SECONDS), road.now)
    assert pass_once(road) == 0
    assert count(road) == 5


def test_an_order_read_again_unchanged_adds_no_fact(road: Any, build: Any) -> None:
    road.store.orders = [replace(each, updated_at=road.now) for each in orders(build, 3)]
    road.now += timedelta(minutes=-59)
    assert pass_once(road) == 3
    run = road.books.runs.get(1)
    assert run.fetched == 3
    road.now += timedelta(minutes=-59)
    assert pass_once(road) == 0
    assert len(road.store.fetches) == 2
    assert count(road) == 3


def test_a_changed_order_becomes_the_current_one_and_the_old_is_kept(road: Any, build: Any) -> None:
    road.store.orders = orders(build, 1)
    pass_once(road)
    road.change(0, build["make_order"](1, "12.00"))
    assert pass_once(road) == 1
    assert count(road) == 2
    assert count(road, facts.c.current) == 1
    (fact,) = road.books.facts.every(road.connection_id)
    assert fact.payload["total"]["amount"] == "12.00"


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/London", datetime(2026, 1, 1, 0, tzinfo=UTC)),
        ("America/Toronto", datetime(2026, 1, 1, 5, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2025, 12, 31, 11, tzinfo=UTC)),
        ("Nowhere/Land", datetime(2026, 1, 1, 0, tzinfo=UTC)),
    ],
)
def test_the_first_pass_starts_with_the_start_date_in_the_accounts_zone(
    road: Any, build: Any, zone: str, start: datetime
) -> None:
    road.set(replace(build["SETTINGS"], time_zone=zone))
    pass_once(road)
    assert road.store.fetches[0][1] == start


def test_an_earlier_start_date_is_read_from_there_anew(road: Any, build: Any) -> None:
    early = build["make_order"](1)
    at = datetime(2025, 12, 20, 12, tzinfo=UTC)
    road.store.orders = [replace(early, placed_at=at, updated_at=at), build["make_order"](2)]
    assert pass_once(road) == 1
    road.set(replace(build["SETTINGS"], start_date=date(2026, 1, 5)))
    pass_once(road)
    assert road.store.fetches[-1][1] > datetime(2026, 2, 1, tzinfo=UTC), "a later one needs no reading again"
    road.set(replace(build["SETTINGS"], start_date=date(2025, 12, 1)))
    assert pass_once(road) == 1
    assert count(road) == 2


def test_paging_that_goes_in_circles_ends(road: Any, build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAGES_LIMIT", 5)
    road.store.orders = orders(build, 1)
    pages: list[str | None] = []

    def fetch_orders(cursor: str | None, **_bounds: datetime) -> Page:
        pages.append(cursor)
        return Page((), "again", more=True)

    road.store.fetch_orders = fetch_orders
    with pytest.raises(Unexpected, match="Shop gave more than 5 pages"):
        pass_once(road)
    assert pages == [None, "again", "again", "again", "again"]


def test_a_store_that_another_worker_reads_is_left_to_it(road: Any) -> None:
    from comptoir.storage.fence import hold

    work = road.work()
    with (
        hold(road.books.database, f"fetch:{road.connection_id}", "other", road.organization_id, alone=False),
        pytest.raises(RetryLater, match="Another worker is busy with Shop"),
    ):
        fetch_connection(work, alone=False)
    assert road.store.fetches == []
    assert fetch_connection(work, alone=False) == 0


def test_a_start_date_put_forward_during_a_pass_is_not_hidden_by_its_cursor(either: Any, build: Any) -> None:
    road = either
    first = datetime(2026, 1, 2, 12, tzinfo=UTC)
    early = replace(build["make_order"](1), placed_at=first, updated_at=first)
    road.store.orders = [early, *(build["make_order"](number) for number in range(2, 8))]
    later = replace(build["SETTINGS"], start_date=date(2026, 1, 5))
    road.set(later)
    work = road.work()
    fetch_orders = road.store.fetch_orders

    def changed(cursor: str | None, **bounds: Any) -> Any:
        if cursor is not None:
            road.set(build["SETTINGS"])
        return fetch_orders(cursor, **bounds)

    road.store.fetch_orders = changed
    with pytest.raises(RetryLater, match="start date"):
        fetch_connection(work, alone=True)
    road.store.fetch_orders = fetch_orders
    assert road.books.connections.get(road.connection_id).fetched_until is None
    fetch_connection(road.work(), alone=True)
    assert len(road.books.facts.find(road.organization_id, "1")) == 1
