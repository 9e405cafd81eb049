"""Fulfillments with their dates, what is still to go, and orders in currencies without or with three decimals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import (
    Cart,
    CartLine,
    FulfilledLine,
    Fulfillment,
    Payment,
    Presentment,
    QuantityEdit,
    Refund,
    RefundedLine,
    ShipmentStatus,
    Tax,
)
from comptoir_sandbox.shopify.edits import EditError, edit_order
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.pricing import CartError

MakeCart = Callable[..., Cart]
MakeSandbox = Callable[..., Sandbox]
Ask = Callable[..., dict[str, Any]]
QUERY = """query($id: ID!) { order(id: $id) {
  displayFulfillmentStatus updatedAt
  lineItems(first: 9) { nodes { sku unfulfilledQuantity } }
  fulfillments(first: 9) {
    id legacyResourceId name status displayStatus createdAt updatedAt deliveredAt totalQuantity requiresShipping
    trackingInfo(first: 1) { company number url } location { id } order { name }
    fulfillmentLineItems(first: 9) { nodes { id quantity lineItem { sku } } }
  }
  returns(first: 1) { nodes { returnLineItems(first: 1) { nodes {
    ... on ReturnLineItem { fulfillmentLineItem { id lineItem { sku } } } } } } }
} }"""


@pytest.fixture
def show(make_sandbox: MakeSandbox, ask: Ask) -> Callable[[Cart], dict[str, Any]]:
    def run(cart: Cart) -> dict[str, Any]:
        answer = ask(make_sandbox(cart), QUERY, id=f"gid://shopify/Order/{cart.id}")
        assert "errors" not in answer, answer["errors"]
        order: dict[str, Any] = answer["data"]["order"]
        return order

    return run


def still_open(order: dict[str, Any]) -> dict[str, int]:
    return {line["sku"]: line["unfulfilledQuantity"] for line in order["lineItems"]["nodes"]}


def sent(order: dict[str, Any]) -> list[dict[str, int]]:
    return [
        {each["lineItem"]["sku"]: each["quantity"] for each in fulfillment["fulfillmentLineItems"]["nodes"]}
        for fulfillment in order["fulfillments"]
    ]


def test_an_order_left_at_once_unless_something_else_is_said(
    make_cart: MakeCart, show: Callable[[Cart], dict[str, Any]]
) -> None:
    order = show(make_cart())
    assert order["displayFulfillmentStatus"] == "FULFILLED"
    assert still_open(order) == {"LAMP": 0, "BULB": 0}
    only = order["fulfillments"][0]
    assert only["createdAt"] == "2026-11-22T11:00:00Z"
    assert (only["name"], only["status"], only["displayStatus"]) == ("#1-F1", "SUCCESS", "FULFILLED")
    assert (only["totalQuantity"], only["trackingInfo"], only["order"]) == (3, [], {"name": "#1"})
    assert sent(order) == [{"LAMP": 2, "BULB": 1}]


def test_an_order_that_was_not_shipped_has_no_fulfillment(
    make_cart: MakeCart, show: Callable[[Cart], dict[str, Any]]
) -> None:
    order = show(make_cart(fulfillment_status="UNFULFILLED"))
    assert (order["fulfillments"], still_open(order)) == ([], {"LAMP": 2, "BULB": 1})
    none = show(make_cart(fulfillments=()))
    assert (none["displayFulfillmentStatus"], still_open(none)) == ("UNFULFILLED", {"LAMP": 2, "BULB": 1})


def test_in_parts_with_dates(make_cart: MakeCart, show: Callable[[Cart], dict[str, Any]]) -> None:
    cart = make_cart(age=100)
    placed = cart.created_at
    first = Fulfillment(
        created_at=placed + timedelta(days=1),
        lines=(FulfilledLine(line=0, quantity=1),),
        tracking_company="Post",
        tracking_number="X1",
        delivered_at=placed + timedelta(days=2),
    )
    part = make_cart(age=100, fulfillments=(first,))
    order = show(part)
    assert order["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert (still_open(order), sent(order)) == ({"LAMP": 1, "BULB": 1}, [{"LAMP": 1}])
    shown = order["fulfillments"][0]
    assert (shown["displayStatus"], shown["deliveredAt"]) == ("DELIVERED", "2026-11-20T08:00:00Z")
    assert shown["trackingInfo"] == [{"company": "Post", "number": "X1", "url": None}]
    assert order["updatedAt"] == "2026-11-19T08:00:00Z"
    rest = Fulfillment(created_at=placed + timedelta(days=3))
    order = show(make_cart(age=100, fulfillments=(first, rest)))
    assert (order["displayFulfillmentStatus"], still_open(order)) == ("FULFILLED", {"LAMP": 0, "BULB": 0})
    assert sent(order) == [{"LAMP": 1}, {"LAMP": 1, "BULB": 1}]
    ids = [each["id"] for one in order["fulfillments"] for each in one["fulfillmentLineItems"]["nodes"]]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(("status", "shown"), [("CANCELLED", "CANCELED"), ("FAILURE", "FAILURE"), ("ERROR", "FAILURE")])
def test_a_fulfillment_that_came_to_nothing(
    make_cart: MakeCart, show: Callable[[Cart], dict[str, Any]], status: ShipmentStatus, shown: str
) -> None:
    moment = make_cart().created_at
    gone = Fulfillment(created_at=moment, status=status, updated_at=moment + timedelta(minutes=5))
    order = show(make_cart(fulfillments=(gone,)))
    assert (order["displayFulfillmentStatus"], still_open(order)) == ("UNFULFILLED", {"LAMP": 2, "BULB": 1})
    assert (order["fulfillments"][0]["status"], order["fulfillments"][0]["displayStatus"]) == (status, shown)
    assert order["updatedAt"] == "2026-11-22T11:05:00Z"


def test_what_was_cancelled_before_it_left_is_not_sent(
    make_cart: MakeCart, show: Callable[[Cart], dict[str, Any]]
) -> None:
    moment = make_cart().created_at
    taken = Refund(processed_at=moment, lines=(RefundedLine(line=0, quantity=1, restock_type="CANCEL"),))
    edit = QuantityEdit(line=1, removed=1, at=moment)
    cart = make_cart(refunds=(taken,), edits=(edit,), fulfillments=(Fulfillment(created_at=moment),))
    order = show(cart)
    assert (order["displayFulfillmentStatus"], sent(order)) == ("FULFILLED", [{"LAMP": 1}])
    assert still_open(order) == {"LAMP": 0, "BULB": 0}


def test_tips_are_never_fulfilled(make_cart: MakeCart) -> None:
    tip = CartLine(title="Tip", quantity=1, unit_price=Decimal(2), is_tip=True)
    assert settle(make_cart(paid=False, lines=(tip,), fulfillments=())).fulfilled.status == "FULFILLMENT_NOT_REQUIRED"
    sending = Fulfillment(created_at=make_cart().created_at, lines=(FulfilledLine(line=0, quantity=1),))
    with pytest.raises(CartError, match="or of a tip"):
        settle(make_cart(paid=False, lines=(tip,), fulfillments=(sending,)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (FulfilledLine(line=7, quantity=1), "not there"),
        (FulfilledLine(line=0, quantity=0), "positive"),
        (FulfilledLine(line=0, quantity=3), "3 of line 0 cannot be fulfilled, 2 are left"),
    ],
)
def test_nothing_is_fulfilled_that_is_not_there(make_cart: MakeCart, line: FulfilledLine, reason: str) -> None:
    with pytest.raises(CartError, match=reason):
        settle(make_cart(fulfillments=(Fulfillment(created_at=make_cart().created_at, lines=(line,)),)))


def test_an_edit_fulfills(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    sandbox = make_sandbox(make_cart(fulfillment_status="ON_HOLD"))
    sandbox.clock.advance(60)
    part = edit_order(sandbox.shop, {"name": "#1", "fulfill": {"lines": [{"sku": "LAMP", "quantity": 1}]}})
    assert part["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    whole = edit_order(sandbox.shop, {"name": "#1", "fulfill": True})
    assert whole["displayFulfillmentStatus"] == "FULFILLED"
    assert [each["createdAt"] for each in whole["fulfillments"]] == ["2026-11-22T12:01:00Z"] * 2
    with pytest.raises(EditError, match="unknown member"):
        edit_order(sandbox.shop, {"name": "#1", "fulfill": {"date": "today"}})


@pytest.mark.parametrize(
    ("currency", "amounts"),
    [
        ("JPY", ("0.0053", "1999", "200", "11.65", "2199.0")),
        ("KWD", ("2.6105", "3.455", "0.346", "9.92", "3.801")),
    ],
)
def test_amounts_in_currencies_of_other_decimals(
    make_sandbox: MakeSandbox,
    make_cart: MakeCart,
    ask: Ask,
    currency: str,
    amounts: tuple[str, ...],
) -> None:
    rate, price, tax, shop_total, seen_total = amounts
    line = CartLine(title="Mug", quantity=1, unit_price=Decimal(price), taxes=(Tax(title="Tax", rate=Decimal("0.1")),))
    moment = make_cart().created_at
    total = Decimal(price) + Decimal(tax)
    seen = Presentment(currency=currency, rate=Decimal(rate))
    cart = replace(
        make_cart(lines=(line,), presentment=seen, paid=False),
        payments=(Payment(amount=total, gateway="shopify_payments", processed_at=moment),),
    )
    sandbox = make_sandbox(cart)
    query = """query($id: ID!) { order(id: $id) { displayFinancialStatus
      totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
      totalTaxSet { presentmentMoney { amount } } totalOutstandingSet { presentmentMoney { amount } } } }"""
    order = ask(sandbox, query, id=f"gid://shopify/Order/{cart.id}")["data"]["order"]
    assert order["totalPriceSet"] == {
        "shopMoney": {"amount": shop_total, "currencyCode": "GBP"},
        "presentmentMoney": {"amount": seen_total, "currencyCode": currency},
    }
    assert Decimal(order["totalTaxSet"]["presentmentMoney"]["amount"]) == Decimal(tax)
    assert (order["displayFinancialStatus"], order["totalOutstandingSet"]["presentmentMoney"]["amount"]) == (
        "PAID",
        "0.0",
    )
