"""An order that the buyer saw and paid in another currency: stated in the shop's, and once more as it was paid."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.contract.store.case import CANADA, GST, card, placed
from tests.contract.store.conftest import OpenShop
from tests.contract.store.harness import Charge, Discount, GivenBack, Line, Payment, StoreHarness
from tests.contract.store.reading import lines_sum, order_of, taken_back

from comptoir.books.facts import Order

RATE = "1.50"
"""What one US dollar is worth in Canadian ones."""
ORDER = placed(
    Line("A", "10.00", 2, (GST,)),
    shipping=[Charge("Post", "5.00")],
    discounts=[Discount(amount="2.00", on="A")],
    payments=[Payment(amount="23.90", rate="1.42")],
    pays_in="USD",
    rate=RATE,
)
"""18.00 + 5 % 0.90 + 5.00 = 23.90 USD; 35.85 CAD. It was paid on a day when a dollar was 1.42: 33.94 CAD."""


@pytest.fixture
def canada(open_shop: OpenShop) -> StoreHarness:
    return open_shop(CANADA)


def currencies(order: Order) -> set[str]:
    amounts = [order.total, *(line.net for line in order.lines), *(tender.amount for tender in order.tenders)]
    amounts += [tax.amount for line in order.lines for tax in line.taxes]
    amounts += [line.amount for refund in order.refunds for line in refund.lines]
    amounts += [tender.amount for refund in order.refunds for tender in refund.tenders]
    return {amount.currency for amount in amounts}


def test_the_shops_side_is_whole_at_the_orders_own_rate(canada: StoreHarness) -> None:
    order = order_of(canada, canada.place(ORDER))
    assert (order.currency, order.paid_currency, currencies(order)) == ("CAD", "USD", {"CAD"})
    assert order.total.amount == lines_sum(order) == Decimal("35.85")
    assert order.paid.amount == Decimal("35.85")


def test_the_buyers_side_is_what_the_buyer_saw(canada: StoreHarness) -> None:
    order = order_of(canada, canada.place(ORDER))
    seen = order.as_paid
    assert seen is not None
    assert (seen.currency, currencies(seen)) == ("USD", {"USD"})
    assert seen.total.amount == lines_sum(seen) == seen.paid.amount == Decimal("23.90")
    assert (seen.source_id, seen.number, seen.status) == (order.source_id, order.number, order.status)
    assert [line.source_id for line in seen.lines] == [line.source_id for line in order.lines]


def test_a_refund_is_stated_on_both_sides(canada: StoreHarness) -> None:
    source_id = canada.place(ORDER)
    canada.wait(60)
    canada.refund(source_id, GivenBack(pieces={"A": 1}, cash="9.45"))
    order = order_of(canada, source_id)
    seen = order.as_paid
    assert seen is not None
    (ours,), (theirs,) = order.refunds, seen.refunds
    assert taken_back(ours.lines, included=False) == Decimal("14.18")
    assert taken_back(theirs.lines, included=False) == Decimal("9.45")
    assert [tender.amount.amount for tender in theirs.tenders] == [Decimal("9.45")]
    assert currencies(order) == {"CAD"}
    assert currencies(seen) == {"USD"}


def test_a_buyer_who_pays_in_the_shops_money_has_no_other_side(canada: StoreHarness) -> None:
    order = order_of(canada, canada.place(placed(Line("A", "10.00"), payments=card("10.00"))))
    assert (order.as_paid, order.shop_rate) == (None, None)
    assert order.paid_currency in {"", "CAD"}
