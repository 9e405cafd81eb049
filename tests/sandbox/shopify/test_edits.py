"""Every state an order can reach after it was created, by POST /_control/edit_order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import Cart, CartShipping
from comptoir_sandbox.shopify.edits import EditError, edit_order
from comptoir_sandbox.shopify.pricing import CartError

Edit = Callable[..., dict[str, Any]]


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Sandbox], make_cart: Callable[..., Cart]) -> Sandbox:
    """Order #1 of 20.00 + 5.00 + 3.00 shipping, unpaid; #2 the same without shipping, paid by card."""
    from decimal import Decimal

    post = CartShipping(title="Post", price=Decimal("3.00"))
    return make_sandbox(make_cart(1, paid=False, shipping=(post,)), make_cart(2))


@pytest.fixture
def edit(sandbox: Sandbox) -> Edit:
    def run(name: str = "#1", **wanted: Any) -> dict[str, Any]:
        sandbox.clock.advance(60)
        return edit_order(sandbox.shop, {"name": name, **wanted})

    return run


def state(order: dict[str, Any]) -> tuple[str, str, str, str]:
    return (
        order["displayFinancialStatus"],
        order["totalReceivedSet"],
        order["totalOutstandingSet"],
        order["totalCapturableSet"],
    )


def test_authorized_and_captured_in_parts(edit: Edit) -> None:
    assert state(edit(authorize={"amount": "28.00"})) == ("AUTHORIZED", "0.0", "0.0", "28.0")
    assert state(edit(capture={"amount": "10.00"})) == ("PARTIALLY_PAID", "10.0", "0.0", "18.0")
    assert state(edit(capture=True)) == ("PAID", "28.0", "0.0", "0.0")


def test_authorized_and_voided_or_expired(edit: Edit) -> None:
    edit(authorize={"amount": "28.00"})
    assert state(edit(void=True)) == ("VOIDED", "0.0", "28.0", "0.0")
    edit(authorize={"amount": "28.00"})
    edit("#2", authorize={"amount": "1.00"})
    assert state(edit(expire=True))[2:] == ("28.0", "0.0")


def test_a_bank_deposit_arrives_or_does_not(edit: Edit) -> None:
    pending = edit(pay={"gateway": "Bank Deposit", "status": "PENDING"})
    assert state(pending) == ("PENDING", "0.0", "28.0", "0.0")
    assert state(edit(fail=0)) == ("PENDING", "0.0", "28.0", "0.0")
    edit(pay={"gateway": "Bank Deposit", "status": "PENDING"})
    assert state(edit(succeed=1)) == ("PAID", "28.0", "0.0", "0.0")


def test_cash_with_change_and_rounding(edit: Edit) -> None:
    order = edit(pay={"amount": "50.00", "gateway": "cash", "change": "22.00"})
    assert state(order) == ("PAID", "28.0", "0.0", "0.0")
    assert [each["kind"] for each in order["transactions"]] == ["SALE", "CHANGE"]


def test_quantities_lines_and_shipping(edit: Edit) -> None:
    order = edit(quantities=[{"sku": "LAMP", "quantity": 1}, {"line": 1, "quantity": 0}])
    assert (order["currentTotalPriceSet"], order["totalPriceSet"], order["edited"]) == ("13.0", "28.0", True)
    order = edit(add_lines=[{"title": "Shade", "quantity": 2, "unit_price": "4.00"}])
    assert (order["currentTotalPriceSet"], order["totalPriceSet"]) == ("21.0", "36.0")
    assert order["originalTotalPriceSet"] == "28.0"
    order = edit(remove_shipping=[0])
    assert (order["currentTotalPriceSet"], order["shippingLines"]) == ("18.0", [])


def test_an_edit_after_a_refund_leaves_the_refund_alone(edit: Edit) -> None:
    order = edit("#2", refund={"lines": [{"sku": "LAMP", "quantity": 1}], "amount": "10.00"})
    after = edit("#2", quantities=[{"sku": "LAMP", "quantity": 0}], updated_at=order["updatedAt"])
    assert after["refunds"] == order["refunds"]
    assert after["totalOutstandingSet"] == "-10.0"


def test_shipping_that_is_removed_after_a_refund_leaves_the_refund_alone(edit: Edit) -> None:
    edit(pay={"gateway": "cash"})
    order = edit(refund={"amount": "4.00"})
    after = edit(remove_shipping=[0], updated_at=order["updatedAt"])
    assert after["refunds"] == order["refunds"]
    assert after["totalOutstandingSet"] == "-3.0"
    assert after["updatedAt"] > order["updatedAt"]


@pytest.mark.parametrize(
    ("refund", "refunded", "current", "discrepancy"),
    [
        ({"full": True}, "28.0", "0.0", "0.0"),
        ({"lines": [{"line": 0, "quantity": 1}], "amount": "10.00"}, "10.0", "18.0", "0.0"),
        ({"shipping": True, "amount": "3.00"}, "3.0", "25.0", "0.0"),
        ({"shipping": [{"line": 0, "amount": "1.00"}], "amount": "1.00"}, "1.0", "27.0", "0.0"),
        ({"amount": "4.00", "reason": "CUSTOMER"}, "4.0", "28.0", "-4.0"),
        ({"amount": "4.00", "tax_only": "4.00"}, "4.0", "28.0", "-4.0"),
        ({"lines": [{"line": 0, "quantity": 2, "restock_type": "NO_RESTOCK"}]}, "0.0", "8.0", "0.0"),
        ({"amount": "40.00", "over_refund": True}, "40.0", "28.0", "-40.0"),
        ({"payments": [{"payment": None, "amount": "5.00", "gateway": "shopify_store_credit"}]}, "5.0", "28.0", "-5.0"),
    ],
    ids=["whole", "line", "shipping", "some shipping", "amount", "tax", "no cash", "over", "store credit"],
)
def test_refunds(edit: Edit, refund: dict[str, Any], refunded: str, current: str, discrepancy: str) -> None:
    edit(pay={"gateway": "paypal"})
    order = edit(refund=refund)
    found = order["totalRefundedSet"], order["currentTotalPriceSet"], order["refundDiscrepancySet"]
    assert found == (refunded, current, discrepancy)


def test_a_refund_over_two_tenders_pending_then_done(edit: Edit) -> None:
    edit(pay={"amount": "20.00", "gateway": "gift_card"})
    edit(pay={"gateway": "paypal"})
    payments = [{"payment": 0, "amount": "5.00"}, {"payment": 1, "amount": "3.00", "status": "PENDING"}]
    order = edit(refund={"payments": payments, "lines": []})
    assert order["totalRefundedSet"] == "5.0"
    reasons = [each["reason"] for each in order["refunds"][0]["orderAdjustments"]]
    assert reasons == ["REFUND_DISCREPANCY", "PENDING_REFUND_DISCREPANCY"]
    done = edit(succeed={"refund": 0})
    assert (done["totalRefundedSet"], done["refundDiscrepancySet"]) == ("8.0", "-8.0")
    assert done["refunds"][0]["updatedAt"] > done["refunds"][0]["createdAt"]


def test_a_return_with_a_fee(edit: Edit) -> None:
    edit("#2", returns=[{"lines": [{"line": 0, "quantity": 1}], "shipping_fees": ["2.00"], "status": "OPEN"}])
    order = edit("#2", refund={"lines": [{"line": 0, "quantity": 1}], "amount": "8.00", "return": 0})
    assert (order["totalOutstandingSet"], order["refundDiscrepancySet"]) == ("0.0", "0.0")
    assert (order["returnStatus"], order["refunds"][0]["return"]["name"]) == ("IN_PROGRESS", "#2-R1")


def test_cancelled_with_refund_without_and_authorized(edit: Edit) -> None:
    order = edit("#2", cancel={"reason": "customer", "refund": True})
    assert (state(order)[0], order["currentTotalPriceSet"], order["cancelReason"]) == ("REFUNDED", "0.0", "CUSTOMER")
    edit(authorize={"amount": "28.00"})
    order = edit(cancel={"reason": "fraud"})
    assert (state(order), order["currentTotalPriceSet"]) == (("VOIDED", "0.0", "0.0", "0.0"), "0.0")
    assert order["refunds"][0]["refundLineItems"][0]["restockType"] == "CANCEL"


def test_closed_marked_and_deleted(edit: Edit, sandbox: Sandbox) -> None:
    assert edit(close=True, email="a@example.com", po_number="7")["closed"] is True
    assert edit(close=False, test=True)["closed"] is False
    assert edit(delete=True) == {}
    assert [order.cart.name for order in sandbox.shop.orders()] == ["#2"]
    assert sandbox.shop.count(lambda _entry: True) == 1


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"capture": True}, "no such open authorization"),
        ({"void": True}, "no such open authorization"),
        ({"expire": True}, "no such open authorization"),
        ({"authorize": {"amount": "5"}, "capture": {"amount": "6"}}, "6 cannot be captured, 5 is left"),
        ({"authorize": {"amount": "5"}, "capture": {"payment": 4}}, "no such open authorization"),
        ({"quantities": [{"line": 0, "quantity": 2}]}, "can only lower the 2"),
        ({"quantities": [{"line": 9, "quantity": 1}]}, "has no line 9"),
        ({"add_lines": [{"title": "x"}]}, "add_lines"),
        ({"remove_shipping": [3]}, "has 1 shipping lines"),
        ({"pay": {"amount": "1", "status": "DONE"}}, "is none of SUCCESS"),
        ({"pay": {"amount": "1"}, "succeed": 0}, "malformed edit"),
        ({"refund": {"colour": 1}}, "a refund has these members"),
        ({"refund": {"amount": "1"}}, "no payment to refund"),
        ({"authorize": {"amount": "5"}, "refund": {"amount": "1"}}, "no payment to refund"),
        ({"cancel": "bored"}, "is no reason to cancel"),
    ],
)
def test_bad_edits(edit: Edit, wanted: dict[str, Any], message: str) -> None:
    with pytest.raises((EditError, CartError), match=message):
        edit(**wanted)


def test_nothing_pending(edit: Edit) -> None:
    edit("#2", refund={"amount": "1.00"})
    with pytest.raises(EditError, match="refund 0 has nothing pending"):
        edit("#2", fail={"refund": 0})
    with pytest.raises(EditError, match="payment 0 is not pending"):
        edit("#2", succeed=0)
