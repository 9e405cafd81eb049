"""Whatever goes wrong between us and a store is one of the six errors, and costs nothing but time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.store.harness import BUSY_SECONDS, Fault, Line, NewOrder, StoreHarness
from tests.contract.store.reading import LONG_AGO, as_order, whole_pass

from comptoir.books.facts import SourceId
from comptoir.engine.errors import HouseError, Reconnect, RetryLater, Unexpected
from comptoir.engine.ports import Store

ERRORS: dict[Fault, type[HouseError]] = {
    Fault.BUSY: RetryLater,
    Fault.BUSY_UNTIL: RetryLater,
    Fault.SIGNED_OUT: Reconnect,
    Fault.ACCESS_MISSING: Reconnect,
    Fault.HTML: Unexpected,
    Fault.HALF: Unexpected,
    Fault.CUT: RetryLater,
    Fault.BROKEN: RetryLater,
    Fault.BROKEN_INSIDE: RetryLater,
}
QUESTIONS: dict[str, Callable[[Store], object]] = {
    "describe": lambda store: store.describe(),
    "orders": lambda store: store.fetch_orders(None, since=LONG_AGO, until=datetime(2035, 1, 1, tzinfo=UTC)),
    "missing": lambda store: store.missing([SourceId("1")]),
}
LINES, MOST_REQUESTS = 700, 30
"""A long order, and more requests than anybody should need for it."""


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("fault", ERRORS)
def test_each_fault_is_the_error_that_says_what_happens_next(shop: StoreHarness, fault: Fault, question: str) -> None:
    store = shop.store()
    shop.fault(fault)
    with pytest.raises(HouseError) as caught:
        QUESTIONS[question](store)
    assert type(caught.value) is ERRORS[fault]
    assert "{" not in str(caught.value.message)


def test_a_store_that_says_how_long_it_is_busy_is_left_alone_so_long(shop: StoreHarness) -> None:
    store = shop.store()
    asked_at = datetime.now(UTC)
    shop.fault(Fault.BUSY_UNTIL)
    with pytest.raises(RetryLater) as caught:
        store.describe()
    assert caught.value.not_before is not None
    assert timedelta(0) <= caught.value.not_before - asked_at - timedelta(seconds=BUSY_SECONDS) < timedelta(seconds=60)


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_between_pages_loses_nothing(shop: StoreHarness, fault: Fault) -> None:
    placed = {shop.place(NewOrder(lines=[Line("A", "10.00")])) for _ in range(shop.many)}
    store = shop.store()
    first = store.fetch_orders(None, since=LONG_AGO, until=shop.now())
    shop.fault(fault)
    with pytest.raises(ERRORS[fault]):
        store.fetch_orders(first.cursor, since=LONG_AGO, until=shop.now())
    shop.recover()
    rest = whole_pass(store, until=shop.now(), cursor=first.cursor)
    met = [record.source_id for record in (*first.records, *rest)]
    assert {*met} == placed
    assert len(met) == len(placed)


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.HTML, Fault.HALF, Fault.CUT, Fault.BROKEN_INSIDE])
def test_a_fault_inside_a_long_order_leaves_no_part_of_it(shop: StoreHarness, fault: Fault) -> None:
    """Whichever request it meets, the answer is an error or the whole order."""
    shop.place(NewOrder(lines=[Line(f"S{at}", "1.01") for at in range(LINES)]))
    failures = 0
    for after in range(MOST_REQUESTS):
        store = shop.store()
        shop.fault(fault, after=after)
        try:
            page = store.fetch_orders(None, since=LONG_AGO, until=shop.now())
        except ERRORS[fault]:
            failures += 1
            shop.recover()
            continue
        shop.recover()
        (record,) = page.records
        assert len(as_order(store, record).lines) == LINES
        assert failures
        return
    pytest.fail(f"the order was not read in {MOST_REQUESTS} requests")
