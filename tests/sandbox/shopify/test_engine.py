"""Worked examples of shopify.md §4, identities over random carts, and refusals."""

# Decimal amounts are compared with whole numbers all through.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.shopify.cart import (
    Cart,
    CartDiscount,
    CartLine,
    CartShipping,
    Payment,
    Refund,
    RefundedLine,
    RefundedShipping,
    RefundPayment,
    Tax,
)
from comptoir_sandbox.shopify.engine import Order, settle
from comptoir_sandbox.shopify.pricing import CartError

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
VAT = Tax(title="VAT", rate=Decimal("0.2"))


def cart_of(*prices: str, quantity: int = 1, **changes: Any) -> Cart:
    taxes = changes.pop("taxes", ())
    lines = tuple(CartLine(title=f"Item {p}", quantity=quantity, unit_price=Decimal(p), taxes=taxes) for p in prices)
    return replace(Cart(id=1, name="#1", number=1, created_at=NOW, processed_at=NOW, lines=lines), **changes)


def paid(amount: str, gateway: str = "shopify_payments", **more: Any) -> Payment:
    return Payment(amount=Decimal(amount), gateway=gateway, processed_at=NOW, **more)


def check_identities(order: Order) -> None:
    """§4.4 rules 2, 3, 4, 5, 6 and 9, and the refund identity of §4.7."""
    cart, totals = order.cart, order.totals
    allocated = sum((amount for line in order.lines for _, amount in line.allocations), Decimal(0))
    on_shipping = sum((amount for line in order.shipping for _, amount in line.allocations), Decimal(0))
    assert totals.subtotal == sum(line.gross for line in order.lines) - allocated
    assert totals.discounts == allocated + on_shipping
    assert totals.shipping == sum((line.price for line in cart.shipping), Decimal(0)) - on_shipping
    assert totals.tax == sum((line.tax for line in (*order.lines, *order.shipping)), Decimal(0))
    added = Decimal(0) if cart.taxes_included else totals.tax
    assert totals.total == totals.subtotal + totals.shipping + added
    current_added = Decimal(0) if cart.taxes_included else totals.current_tax
    assert totals.current_total == totals.current_subtotal + totals.current_shipping + current_added
    assert totals.net_payment == totals.received - totals.refunded
    for refund in order.refunds:
        value = sum((each.subtotal for each in refund.lines), Decimal(0))
        value += sum((each.source.amount for each in refund.shipping), Decimal(0))
        if not cart.taxes_included:
            value += sum((each.tax for each in refund.lines), Decimal(0))
            value += sum((each.tax for each in refund.shipping), Decimal(0))
        if refund.source.payments:
            assert refund.paid_back == value - refund.adjustment
        else:
            assert refund.adjustment == 0


@pytest.mark.parametrize(
    ("prices", "discount", "parts"),
    [
        (("94", "100", "100"), CartDiscount(title="Sale", amount=Decimal("10.00")), ["3.20", "3.40", "3.40"]),
        (("94", "100"), CartDiscount(title="Sale", percentage=Decimal(15)), ["14.10", "15.00"]),
    ],
    ids=["fixed", "percentage"],
)
def test_recorded_order_discounts(prices: tuple[str, ...], discount: CartDiscount, parts: list[str]) -> None:
    order = settle(cart_of(*prices, discounts=(discount,)))
    assert [line.allocations for line in order.lines] == [((0, Decimal(part)),) for part in parts]
    check_identities(order)


@pytest.mark.parametrize(("price", "tax"), [("102.00", "17.00"), ("19.00", "3.17")])
def test_recorded_included_taxes(price: str, tax: str) -> None:
    order = settle(cart_of(price, taxes=(VAT,), taxes_included=True))
    assert (order.totals.tax, order.totals.total) == (Decimal(tax), Decimal(price))
    check_identities(order)


def test_added_tax_and_a_refund_of_half() -> None:
    tax = Tax(title="HST", rate=Decimal("0.13"))
    refund = Refund(
        processed_at=NOW,
        lines=(RefundedLine(line=0, quantity=1),),
        payments=(RefundPayment(payment=0, amount=Decimal("113.00")),),
    )
    order = settle(cart_of("100.00", quantity=2, taxes=(tax,), payments=(paid("226.00"),), refunds=(refund,)))
    totals = order.totals
    assert (totals.subtotal, totals.tax, totals.total) == (200, 26, 226)
    assert (totals.current_subtotal, totals.current_tax, totals.current_total) == (100, 13, 113)
    assert (totals.outstanding, order.financial_status, order.removed) == (0, "PARTIALLY_REFUNDED", {0: 1})
    check_identities(order)


def test_line_discounts_come_before_the_ones_over_all_lines() -> None:
    discounts = (
        CartDiscount(title="All", amount=Decimal("10.00")),
        CartDiscount(title="First", amount=Decimal("50.00"), lines=(0,)),
    )
    order = settle(cart_of("100.00", "50.00", discounts=discounts))
    assert order.lines[0].allocations == ((1, Decimal(50)), (0, Decimal(5)))
    assert order.lines[1].allocations == ((0, Decimal(5)),)


def test_shipping_discount_and_shipping_refund() -> None:
    refund = Refund(
        processed_at=NOW,
        shipping=(RefundedShipping(line=0, amount=Decimal("2.00")),),
        payments=(RefundPayment(payment=0, amount=Decimal("2.40")),),
    )
    order = settle(
        cart_of(
            "10.00",
            shipping=(CartShipping(title="Post", price=Decimal("5.00"), taxes=(VAT,)),),
            discounts=(CartDiscount(title="Off", amount=Decimal("1.00"), on_shipping=True),),
            payments=(paid("14.80"),),
            refunds=(refund,),
        )
    )
    totals = order.totals
    assert (totals.shipping, totals.tax, totals.discounts, totals.total) == (4, Decimal("0.80"), 1, Decimal("14.80"))
    assert (totals.refunded_shipping, totals.current_shipping) == (2, 2)
    assert order.refunds[0].adjustment == 0
    check_identities(order)


@pytest.mark.parametrize(
    ("cash", "adjustment", "outstanding"),
    [("8.00", "2.00", 0), ("13.00", "-3.00", 0), ("10.00", "0.00", 0)],
    ids=["merchant keeps", "merchant gives more", "exact"],
)
def test_what_cash_and_goods_differ_by_is_an_adjustment(cash: str, adjustment: str, outstanding: int) -> None:
    refund = Refund(
        processed_at=NOW,
        lines=(RefundedLine(line=0, quantity=1),),
        payments=(RefundPayment(payment=0, amount=Decimal(cash)),),
    )
    order = settle(cart_of("10.00", "20.00", payments=(paid("30.00"),), refunds=(refund,)))
    assert order.refunds[0].adjustment == Decimal(adjustment)
    assert (order.totals.discrepancy, order.totals.outstanding) == (Decimal(adjustment), outstanding)
    check_identities(order)


def test_taking_back_unpaid_goods_moves_no_cash() -> None:
    refund = Refund(processed_at=NOW, lines=(RefundedLine(line=0, quantity=1),))
    order = settle(cart_of("10.00", "20.00", refunds=(refund,)))
    assert (order.totals.outstanding, order.totals.refunded, order.financial_status) == (20, 0, "PENDING")
    check_identities(order)


def test_pieces_refunded_one_by_one_give_back_exactly_what_was_charged() -> None:
    refunds = tuple(
        Refund(
            processed_at=NOW,
            lines=(RefundedLine(line=0, quantity=1),),
            payments=(RefundPayment(payment=0, amount=Decimal("3.00")),),
        )
        for _ in range(3)
    )
    discount = CartDiscount(title="Off", amount=Decimal("1.00"))
    order = settle(
        cart_of("3.67", quantity=3, discounts=(discount,), taxes=(VAT,), payments=(paid("12.01"),), refunds=refunds)
    )
    assert sum(refund.lines[0].subtotal for refund in order.refunds) == order.totals.subtotal
    assert sum(refund.lines[0].tax for refund in order.refunds) == order.totals.tax
    assert (order.totals.current_total, order.totals.current_discounts) == (0, 0)
    check_identities(order)


AUTHORIZATION = paid("10.00", kind="AUTHORIZATION")


@pytest.mark.parametrize(
    ("payments", "status", "outstanding", "capturable"),
    [
        ((), "PENDING", 10, 0),
        ((AUTHORIZATION,), "AUTHORIZED", 0, 10),
        ((AUTHORIZATION, paid("10.00", kind="CAPTURE", parent=0)), "PAID", 0, 0),
        ((AUTHORIZATION, paid("10.00", kind="VOID", parent=0)), "VOIDED", 10, 0),
        ((paid("4.00"),), "PARTIALLY_PAID", 6, 0),
        ((paid("4.00"), paid("6.00", "paypal")), "PAID", 0, 0),
        ((paid("10.00", status="PENDING"),), "PENDING", 10, 0),
        ((paid("10.00", status="FAILURE"),), "PENDING", 10, 0),
    ],
    ids=["none", "authorized", "captured", "voided", "part", "two", "pending", "failed"],
)
def test_financial_status(payments: tuple[Payment, ...], status: str, outstanding: int, capturable: int) -> None:
    order = settle(cart_of("10.00", payments=payments))
    assert (order.financial_status, order.totals.outstanding, order.totals.capturable) == (
        status,
        outstanding,
        capturable,
    )


def test_a_free_order_is_paid_and_a_full_refund_is_refunded() -> None:
    assert settle(cart_of("0.00")).financial_status == "PAID"
    refund = Refund(
        processed_at=NOW + timedelta(days=2),
        lines=(RefundedLine(line=0, quantity=1),),
        payments=(RefundPayment(payment=0, amount=Decimal("10.00")),),
    )
    order = settle(cart_of("10.00", payments=(paid("10.00"),), refunds=(refund,)))
    assert (order.financial_status, order.totals.net_payment, order.totals.outstanding) == ("REFUNDED", 0, 0)
    assert order.updated_at == NOW + timedelta(days=2)


def test_a_failed_refund_gives_nothing_back() -> None:
    failed = RefundPayment(payment=0, amount=Decimal("10.00"), status="FAILURE")
    order = settle(cart_of("10.00", payments=(paid("10.00"),), refunds=(Refund(processed_at=NOW, payments=(failed,)),)))
    assert (order.totals.refunded, order.financial_status) == (0, "PAID")


def over(**parts: Any) -> dict[str, Any]:
    return {"payments": (paid("10.00"),), "refunds": (Refund(processed_at=NOW, **parts),)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines": ()}, "at least one line"),
        ({"lines": (CartLine(title="x", quantity=0, unit_price=Decimal(1)),)}, "positive quantity"),
        ({"lines": (CartLine(title="x", quantity=1, unit_price=Decimal(-1)),)}, "positive quantity"),
        ({"shipping": (CartShipping(title="x", price=Decimal(-1)),)}, "not negative"),
        ({"discounts": (CartDiscount(title="x", amount=Decimal(11)),)}, "exceeds the 10.00"),
        (over(lines=(RefundedLine(line=0, quantity=2),)), "1 are left"),
        (over(lines=(RefundedLine(line=0, quantity=0),)), "cannot be refunded"),
        (over(shipping=(RefundedShipping(line=0, amount=Decimal(6)),)), "shipping line 0 cannot"),
        (over(payments=(RefundPayment(payment=0, amount=Decimal(11)),)), "cannot be paid back"),
        (over(payments=(RefundPayment(payment=0, amount=Decimal(0)),)), "cannot be paid back"),
    ],
    ids=["lines", "quantity", "price", "shipping", "discount", "pieces", "no pieces", "freight", "cash", "no cash"],
)  # fmt: skip
def test_contradictions_are_refused(change: dict[str, Any], message: str) -> None:
    cart = cart_of("10.00", shipping=(CartShipping(title="Post", price=Decimal(5)),))
    with pytest.raises(CartError, match=message):
        settle(replace(cart, **change))


prices = st.integers(min_value=0, max_value=50_000).map(lambda number: Decimal(number) / 100)
rates = st.sampled_from([Decimal("0.05"), Decimal("0.09975"), Decimal("0.13"), Decimal("0.2")])
taxes = st.lists(rates, max_size=2, unique=True).map(
    lambda found: tuple(Tax(title=f"T{rate}", rate=rate) for rate in found)
)
lines = st.builds(
    CartLine, title=st.just("x"), quantity=st.integers(min_value=1, max_value=9), unit_price=prices, taxes=taxes
)
percentages = st.integers(min_value=0, max_value=100).map(Decimal)


@st.composite
def carts(draw: Callable[[Any], Any]) -> Cart:
    goods = tuple(draw(st.lists(lines, min_size=1, max_size=8)))
    shipping = (CartShipping(title="Post", price=draw(prices), taxes=draw(taxes)),)
    discounts = (
        CartDiscount(title="all", percentage=draw(percentages)),
        CartDiscount(title="first", percentage=draw(percentages), lines=(0,)),
        CartDiscount(title="post", percentage=draw(percentages), on_shipping=True),
    )
    cart = cart_of("1", lines=goods, shipping=shipping, discounts=discounts, taxes_included=draw(st.booleans()))
    total = settle(cart).totals.total
    if not total:
        return cart
    back = tuple(RefundedLine(line=at, quantity=draw(st.integers(1, line.quantity))) for at, line in enumerate(goods))
    refund = Refund(processed_at=NOW, lines=back, payments=(RefundPayment(payment=0, amount=total),))
    return replace(cart, payments=(paid(str(total)),), refunds=(refund,))


@given(carts())
def test_identities_hold_for_any_cart(cart: Cart) -> None:
    order = settle(cart)
    check_identities(order)
    assert order.totals.outstanding == 0
    assert all(line.net >= 0 and line.tax >= 0 for line in (*order.lines, *order.shipping))
