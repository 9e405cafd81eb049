"""Test orders, cancelled ones, deleted ones."""

from __future__ import annotations

from tests.contract.store.afterwards import TWO
from tests.contract.store.case import placed
from tests.contract.store.cases import CASES
from tests.contract.store.harness import Line, StoreHarness
from tests.contract.store.reading import order_of, whole_pass

from comptoir.books.facts import PaymentStatus, SourceId


def test_a_test_order_says_so(shop: StoreHarness) -> None:
    orders = [order_of(shop, shop.place(placed(Line("A", "1.00"), test=test))) for test in (True, False)]
    assert [order.test for order in orders] == [True, False]


def test_a_cancelled_order_says_when(shop: StoreHarness) -> None:
    source_id = shop.place(TWO)
    assert order_of(shop, source_id).cancelled_at is None
    shop.wait(60)
    shop.cancel(source_id, money_back=True)
    order = order_of(shop, source_id)
    assert order.cancelled_at == shop.now()
    assert not order.is_deleted


def test_a_cancelled_order_is_not_missing(shop: StoreHarness) -> None:
    source_id = shop.place(TWO)
    shop.cancel(source_id, money_back=True)
    assert shop.store().missing([source_id]) == set()


def test_what_was_deleted_is_missing_and_in_no_pass(shop: StoreHarness) -> None:
    kept, gone = shop.place(TWO), shop.place(TWO)
    assert shop.store().missing([kept, gone]) == set()
    shop.delete(gone)
    assert shop.store().missing([kept, gone]) == {gone}
    assert [record.source_id for record in whole_pass(shop.store(), until=shop.now())] == [kept]


def test_what_never_was_is_missing_and_nothing_asks_for_nothing(shop: StoreHarness) -> None:
    assert shop.store().missing([SourceId("1")]) == {"1"}
    assert shop.store().missing([]) == set()


def test_many_orders_are_asked_for_at_once(shop: StoreHarness) -> None:
    kept = [shop.place(TWO) for _ in range(3)]
    absent = {SourceId(str(number)) for number in range(1, 600)}
    assert shop.store().missing([*kept, *absent]) == absent


def test_every_status_is_reached_by_some_case() -> None:
    assert {case.status for case in CASES.values()} - {None} == {*PaymentStatus}
