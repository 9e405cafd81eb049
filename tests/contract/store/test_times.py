"""When things happened: moments with a zone, whatever the buyer's clock or the shop's showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.contract.store.afterwards import TWO
from tests.contract.store.case import CANADA, card, placed
from tests.contract.store.conftest import OpenShop
from tests.contract.store.harness import GivenBack, Line, Payment, StoreHarness
from tests.contract.store.reading import order_of, record_of

LONDON, TORONTO = ZoneInfo("Europe/London"), ZoneInfo("America/Toronto")
MOMENTS = {
    "midnight in the shop's zone": datetime(2026, 11, 1, 0, 0, tzinfo=TORONTO),
    "a second before midnight": datetime(2026, 10, 31, 23, 59, 59, tzinfo=TORONTO),
    "the first half past one of the day that clocks go back": datetime(2026, 10, 25, 1, 30, tzinfo=LONDON),
    "the second half past one of that day": datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=1),
    "the day before in the shop's zone": datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_an_order_is_placed_at_the_moment_it_was(open_shop: OpenShop, name: str) -> None:
    shop = open_shop(CANADA)
    moment = MOMENTS[name].astimezone(UTC)
    source_id = shop.place(placed(Line("A", "1.00"), placed_at=moment))
    record, order = record_of(shop, source_id), order_of(shop, source_id)
    assert order.placed_at == record.placed_at == moment
    assert order.placed_at.utcoffset() is not None


def test_what_happens_has_its_own_moment(shop: StoreHarness) -> None:
    source_id = shop.place(placed(Line("A", "50.00", 2)))
    placed_at = shop.now()
    shop.wait(3600)
    shop.pay(source_id, Payment(amount="100.00"))
    paid_at = shop.now()
    shop.wait(3600)
    shop.refund(source_id, GivenBack(pieces={"A": 1}, cash="50.00"))
    order = order_of(shop, source_id)
    (tender,), (refund,) = order.tenders, order.refunds
    assert (order.placed_at, tender.at) == (placed_at, paid_at)
    assert (refund.at, refund.tenders[0].at, order.updated_at) == (shop.now(),) * 3


def test_the_record_and_its_fact_agree(shop: StoreHarness) -> None:
    source_id = shop.place(TWO)
    shop.wait(60)
    shop.ship(source_id)
    record, order = record_of(shop, source_id), order_of(shop, source_id)
    assert record.source_id == order.source_id == source_id
    assert (record.number, record.placed_at, record.updated_at) == (order.number, order.placed_at, order.updated_at)
    assert order.updated_at == order.placed_at + timedelta(seconds=60)


def test_an_order_is_shipped_when_it_is_sent(shop: StoreHarness) -> None:
    source_id = shop.place(TWO)
    assert order_of(shop, source_id).shipped_at is None
    shop.wait(86_400)
    shop.ship(source_id)
    assert order_of(shop, source_id).shipped_at == shop.now()


def test_numbers_are_what_the_buyer_sees_and_each_has_one(shop: StoreHarness) -> None:
    orders = [order_of(shop, shop.place(placed(Line("A", "1.00"), payments=card("1.00")))) for _ in range(3)]
    assert len({order.number for order in orders}) == 3
    assert [order.number for order in orders if order.number.strip("#") != order.number or not order.number] == []


def test_an_order_on_terms_is_due_on_its_day(shop: StoreHarness) -> None:
    source_id = shop.place(placed(Line("A", "1.00"), due_in_days=30))
    assert order_of(shop, source_id).due_on == shop.now().date() + timedelta(days=30)
    assert order_of(shop, shop.place(TWO)).due_on is None
