"""Worked examples of shopify.md §4, identities over random carts, and refusals."""

# Decimal amounts are compared with whole numbers all through.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir_sandbox.shopify.cart import (
    Cart,
    CartDiscount,
    CartLine,
    CartShipping,
    Duty,
    Fee,
    GoodsReturn,
    Payment,
    Presentment,
    QuantityEdit,
    Refund,
    RefundedDuty,
    RefundedLine,
    RefundedShipping,
    RefundPayment,
    ReturnedLine,
    Tax,
    Terms,
)
from comptoir_sandbox.shopify.dump import plain
from comptoir_sandbox.shopify.engine import Order, SettledRefund, settle
from comptoir_sandbox.shopify.payments import left_of
from comptoir_sandbox.shopify.pricing import CartError
from comptoir_sandbox.shopify.render import render

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
Draw = Callable[[Any], Any]
VAT = Tax(title="VAT", rate=Decimal("0.2"))


def cart_of(*prices: str, quantity: int = 1, **changes: Any) -> Cart:
    taxes = changes.pop("taxes", ())
    lines = tuple(CartLine(title=f"Item {p}", quantity=quantity, unit_price=Decimal(p), taxes=taxes) for p in prices)
    return replace(Cart(id=1, name="#1", number=1, created_at=NOW, processed_at=NOW, lines=lines), **changes)


def paid(amount: str, gateway: str = "shopify_payments", **more: Any) -> Payment:
    return Payment(amount=Decimal(amount), gateway=gateway, processed_at=NOW, **more)


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def check_identities(order: Order) -> None:
    """§4.4 rules 2 to 6, 9, 13 and 14, and the refund identity of §4.7."""
    cart, totals = order.cart, order.totals
    goods = [line for line, source in zip(order.lines, cart.lines, strict=True) if not source.is_tip]
    shipped = [line for line, source in zip(order.shipping, cart.shipping, strict=True) if not source.removed]
    duties = [duty for some in order.duties for duty in some]
    allocated = total(amount for line in goods for _, amount in line.allocations)
    on_shipping = total(amount for line in shipped for _, amount in line.allocations)
    assert totals.subtotal == total(line.gross for line in goods) - allocated
    assert totals.discounts == allocated + on_shipping
    assert totals.shipping == total(line.gross for line in shipped) - on_shipping
    assert totals.tax == total(line.tax for line in (*order.lines, *shipped, *order.fees, *duties))
    assert totals.tax == total(amount for _, amount in order.taxes(current=False))
    tips = total(line.unit_price * line.quantity for line in cart.lines if line.is_tip) + cart.tip_without_line
    assert (totals.tips, totals.fees) == (tips, total(fee.price for fee in cart.fees))
    assert totals.duties == total(duty.amount for line in cart.lines for duty in line.duties)
    duty = Decimal(0) if cart.duties_included else totals.duties
    added = Decimal(0) if cart.taxes_included else totals.tax
    assert totals.total == totals.subtotal + totals.shipping + added + totals.tips + duty + totals.fees
    check_current(order)
    check_payments(order)
    for refund in order.refunds:
        check_refund(order, refund)


def check_current(order: Order) -> None:
    cart, totals = order.cart, order.totals
    duty = Decimal(0) if cart.duties_included else totals.current_duties
    added = Decimal(0) if cart.taxes_included else totals.current_tax
    expected = totals.current_subtotal + totals.current_shipping + added + totals.current_tips + duty + totals.fees
    assert totals.current_total == expected
    assert totals.current_tax == total(amount for _, amount in order.taxes(current=True))
    # What was sold = what is left + what refunds and edits took (the posted state of an order).
    taken = total(refund.value for refund in order.refunds) + order.taken.edited
    assert totals.total == totals.current_total + taken
    if not order.taken.pieces and not order.taken.freight:
        assert totals.current_discounts == totals.discounts


def check_payments(order: Order) -> None:
    cart, totals = order.cart, order.totals
    money_in = [each for each in cart.payments if each.kind in {"SALE", "CAPTURE"} and each.status == "SUCCESS"]
    change = [each for each in cart.payments if each.kind == "CHANGE"]
    assert totals.received == total(each.amount for each in money_in) - total(each.amount for each in change)
    assert totals.net_payment == totals.received - totals.refunded
    paid = totals.received - totals.received_rounding - totals.refunded + totals.refunded_rounding
    owed = totals.current_total + totals.return_fees + totals.discrepancy
    assert totals.outstanding == owed - paid - totals.capturable
    assert totals.discrepancy == total(each.adjustment + each.pending for each in order.refunds)


def check_refund(order: Order, refund: SettledRefund) -> None:
    value = total(each.subtotal for each in refund.lines) + total(each.source.amount for each in refund.shipping)
    value += total(each.amount for each in refund.source.duties)
    if not order.cart.taxes_included:
        value += total(each.tax for each in refund.lines) + total(each.tax for each in refund.shipping)
    assert refund.value == value
    cash = refund.paid_back - refund.rounding
    assert cash == value - refund.fees - refund.adjustment - refund.pending - refund.absorbed
    if not refund.source.payments:
        assert refund.adjustment == refund.pending == 0


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


DUTIED = CartLine(title="x", quantity=1, unit_price=Decimal(10), duties=(Duty(amount=Decimal(1)),))


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
        (over(payments=(RefundPayment(payment=7, amount=Decimal(1)),)), "a payment that is not there"),
        (over(payments=(RefundPayment(payment=None, amount=Decimal(1)),)), "without a payment or a gateway"),
        (over(lines=(RefundedLine(line=4, quantity=1),)), "a line that is not there"),
        (over(shipping=(RefundedShipping(line=4, amount=Decimal(1)),)), "a shipping line that is not there"),
        (over(duties=(RefundedDuty(line=0, amount=Decimal(1)),)), "a duty that is not there"),
        (over(duties=(RefundedDuty(line=0, amount=Decimal(1)),)) | {"duties_included": True}, "included in the prices"),
        (over(duties=(RefundedDuty(line=0, amount=Decimal(9)),)) | {"lines": (DUTIED,)}, "of a duty on line 0"),
        (over(return_index=0), "return 0, which is not there"),
        (over(tax_only=Decimal(1), payments=(RefundPayment(payment=0, amount=Decimal("0.50")),)), "tax_only 1"),
        ({"lines": (replace(DUTIED, is_tip=True),)}, "is no goods"),
        ({"lines": (replace(DUTIED, duties=(Duty(amount=Decimal(-1)),)),)}, "a duty is not negative"),
        ({"lines": (replace(DUTIED, taxes=(replace(VAT, amount=Decimal(-1)),)),)}, "taxes are not negative"),
        ({"lines": (replace(DUTIED, duties=(), is_tip=True),),
          "discounts": (CartDiscount(title="x", amount=Decimal(1), lines=(0,)),)}, "is on a tip"),
        ({"fees": (Fee(name="x", price=Decimal(-1)),)}, "fee is not negative"),
        ({"discounts": (CartDiscount(title="x"),)}, "an amount or a percentage"),
        ({"discounts": (CartDiscount(title="x", amount=Decimal(1), lines=(9,)),)}, "a line that is not there"),
        ({"presentment": Presentment(currency="EUR", rate=Decimal(0))}, "rate must be positive"),
        ({"tip_without_line": Decimal(-1)}, "a tip is not negative"),
        ({"lines": (replace(DUTIED, duties=DUTIED.duties * 5),)}, "at most 4 duties"),
        ({"edits": (QuantityEdit(line=3, removed=1, at=NOW),)}, "an edit is of line 3"),
        ({"edits": (QuantityEdit(line=0, removed=2, at=NOW),)}, "1 are left"),
        ({"terms": Terms()}, "terms NET need due_in_days; terms NET need issued_at"),
        ({"terms": Terms(type="FIXED")}, "terms FIXED need due_at"),
        ({"payments": (paid("1", parent=0),)}, "has no parent"),
        ({"payments": (paid("1", kind="CAPTURE"),)}, "must be an earlier AUTHORIZATION"),
        ({"payments": (paid("1"), paid("1", kind="VOID", parent=0))}, "must be an earlier AUTHORIZATION"),
        ({"payments": (paid("-1"),)}, "amount that is not negative"),
        ({"payments": (paid("1", expired=True),)}, "is no authorization"),
        ({"returns": (GoodsReturn(created_at=NOW, exchange_lines=(0,)),)}, "with added_at"),
        ({"returns": (GoodsReturn(created_at=NOW, lines=(ReturnedLine(line=5, quantity=1),)),)}, "not there"),
        ({"returns": (GoodsReturn(created_at=NOW, shipping_fees=(Decimal(-1),)),)}, "a fee is not negative"),
    ],
)  # fmt: skip
def test_contradictions_are_refused(change: dict[str, Any], message: str) -> None:
    cart = cart_of("10.00", shipping=(CartShipping(title="Post", price=Decimal(5)),))
    with pytest.raises(CartError, match=message):
        settle(replace(cart, **change))


prices = st.integers(min_value=0, max_value=50_000).map(lambda number: Decimal(number) / 100)
rates = st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.09975"), Decimal("0.13"), Decimal("0.2")])
taxes = st.lists(st.tuples(rates, st.booleans()), max_size=2, unique=True).map(
    lambda found: tuple(Tax(title=f"T{rate}", rate=rate, channel_liable=channel) for rate, channel in found)
)
duties = st.lists(st.builds(Duty, amount=prices, taxes=taxes), max_size=2).map(tuple)
moments = st.one_of(st.none(), st.just(NOW + timedelta(hours=1)))
quantities = st.integers(min_value=1, max_value=9)
goods = st.builds(
    CartLine,
    title=st.just("x"),
    quantity=quantities,
    unit_price=prices,
    taxes=taxes,
    duties=duties,
    is_gift_card=st.booleans(),
    added_at=moments,
)
tips = st.builds(CartLine, title=st.just("Tip"), quantity=st.just(1), unit_price=prices, is_tip=st.just(True))
freight = st.builds(CartShipping, title=st.just("Post"), price=prices, taxes=taxes, removed=st.booleans())
percentages = st.integers(min_value=0, max_value=100).map(Decimal)
cents = st.integers(min_value=1, max_value=100)


@st.composite
def discounts(draw: Draw, sold: int, shipped: int) -> tuple[CartDiscount, ...]:
    found = [CartDiscount(title="all", percentage=draw(percentages))]
    entitled = tuple(draw(st.sets(st.integers(0, sold - 1), min_size=1)))
    found.append(CartDiscount(title="each", percentage=draw(percentages), lines=entitled))
    found.append(
        CartDiscount(
            title="CODE", percentage=draw(percentages), lines=entitled, kind="code", method="ACROSS",
            selection="ENTITLED",
        )
    )  # fmt: skip
    if shipped:
        found.append(CartDiscount(title="post", percentage=draw(percentages), on_shipping=True))
    return tuple(draw(st.permutations(found)))


@st.composite
def carts(draw: Draw) -> Cart:
    """Build any order at all: every price feature, then payments, edits and refunds in any order."""
    lines = draw(st.lists(goods, min_size=1, max_size=6))
    sold = len(lines)
    lines += draw(st.lists(tips, max_size=1))
    shipping = tuple(draw(st.lists(freight, max_size=3)))
    presentment = draw(st.sampled_from([None, Presentment(currency="EUR", rate=Decimal("0.8713"))]))
    cart = cart_of(
        "1",
        lines=tuple(lines),
        shipping=shipping,
        discounts=draw(discounts(sold, len(shipping))),
        fees=tuple(draw(st.lists(st.builds(Fee, name=st.just("Eco"), price=prices, taxes=taxes), max_size=2))),
        tip_without_line=draw(st.sampled_from([Decimal(0), Decimal("2.50")])),
        taxes_included=draw(st.booleans()),
        duties_included=draw(st.booleans()),
        tax_exempt=draw(st.booleans()),
        presentment=presentment,
    )
    cart = replace(cart, payments=draw(payments(settle(cart).totals.total)))
    for hour in range(2, 2 + draw(st.integers(0, 3))):
        cart = draw(takings(cart, NOW + timedelta(hours=hour)))
    return cart


@st.composite
def payments(draw: Draw, due: Decimal) -> tuple[Payment, ...]:
    share = (due * draw(cents) / 100).quantize(Decimal("0.01"))
    made = {
        "none": (),
        "whole": (paid(str(due)),),
        "part": (paid(str(share)),),
        "split": (paid(str(share), "gift_card"), paid(str(due - share), rate=Decimal("0.9"))),
        "pending": (paid(str(due), "Bank Deposit", status="PENDING"),),
        "rounded": (paid(str(due - Decimal("0.02")), "cash", rounding=Decimal("-0.02")),),
        "change": (paid(str(due + 5), "cash"), paid("5", "cash", kind="CHANGE", parent=0)),
        "authorized": (paid(str(due), kind="AUTHORIZATION"), paid(str(share), kind="CAPTURE", parent=0)),
        "void": (paid(str(due), kind="AUTHORIZATION"), paid("0", kind="VOID", parent=0)),
        "expired": (paid(str(due), kind="AUTHORIZATION", expired=True),),
    }
    names = st.sampled_from([name for name in made if due >= 1 or name in {"none", "whole"}])
    return made[draw(names)]


@st.composite
def takings(draw: Draw, cart: Cart, moment: datetime) -> Cart:
    """Take something back: by an edit or by a refund of lines, shipping, duties, fees kept, any or no cash."""
    order = settle(cart)
    left = {at: line.quantity - order.removed.get(at, 0) for at, line in enumerate(cart.lines)}
    chosen = draw(st.sets(st.sampled_from([at for at in left if left[at]] or [0])))
    pieces = {at: draw(st.integers(1, left[at])) for at in sorted(chosen) if left[at]}
    if draw(st.booleans()):
        edits = tuple(QuantityEdit(line=at, removed=number, at=moment) for at, number in pieces.items())
        return replace(cart, edits=(*cart.edits, *edits))
    freight_left = [
        (at, line.net - order.taken.freight.get(at, Decimal(0)))
        for at, line in enumerate(order.shipping)
        if not cart.shipping[at].removed
    ]
    returned = GoodsReturn(created_at=moment, shipping_fees=(Decimal("1.50"),))
    refund = Refund(
        processed_at=moment,
        lines=tuple(RefundedLine(line=at, quantity=number) for at, number in pieces.items()),
        shipping=tuple(
            RefundedShipping(line=at, amount=rest) for at, rest in freight_left if rest and draw(st.booleans())
        ),
        payments=draw(cash_back(cart, order)),
        return_index=len(cart.returns),
    )
    return replace(cart, refunds=(*cart.refunds, refund), returns=(*cart.returns, returned))


@st.composite
def cash_back(draw: Draw, cart: Cart, order: Order) -> tuple[RefundPayment, ...]:
    statuses = st.sampled_from(["SUCCESS", "SUCCESS", "PENDING", "FAILURE"])
    made = []
    for at in range(len(cart.payments)):
        left = left_of(cart.payments, at) - order.taken.cash.get(at, Decimal(0))
        amount = (left * draw(cents) / 100).quantize(Decimal("0.01"))
        if amount > 0 and draw(st.booleans()):
            made.append(RefundPayment(payment=at, amount=amount, status=draw(statuses), rate=Decimal("0.85")))
    if draw(st.booleans()):
        made.append(RefundPayment(payment=None, amount=Decimal("1.00"), gateway="shopify_store_credit"))
    return tuple(made)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(carts())
def test_identities_hold_for_any_cart(cart: Cart) -> None:
    order = settle(cart)
    check_identities(order)
    assert all(line.net >= 0 and line.tax >= 0 for line in (*order.lines, *order.shipping))
    assert all(amount >= 0 for _, amount in order.taxes(current=True))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(carts(), st.data())
def test_what_happened_is_not_changed_by_what_happens_next(cart: Cart, data: st.DataObject) -> None:
    before = settle(cart)
    after = settle(data.draw(takings(cart, NOW + timedelta(days=9))))
    assert after.refunds[: len(before.refunds)] == before.refunds
    assert (after.totals.total, after.totals.tax, after.lines) == (before.totals.total, before.totals.tax, before.lines)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(carts())
def test_any_cart_can_be_shown(cart: Cart) -> None:
    order = settle(cart)
    node = plain(render(order, {"id": "x"}, lambda: NOW).node)
    assert Decimal(node["totalPriceSet"]) == order.exchange.to_shop(order.totals.total)
    amounts = [each for each in node["transactions"] if each["status"] == "SUCCESS"]
    money_in = total(Decimal(each["amountSet"]) for each in amounts if each["kind"] in {"SALE", "CAPTURE"})
    money_in -= total(Decimal(each["amountSet"]) for each in amounts if each["kind"] == "CHANGE")
    assert Decimal(node["totalReceivedSet"]) == money_in
    back = total(Decimal(each["amountSet"]) for each in amounts if each["kind"] == "REFUND")
    assert Decimal(node["totalRefundedSet"]) == back == total(Decimal(e["totalRefundedSet"]) for e in node["refunds"])
    for refund, settled in zip(node["refunds"], order.refunds, strict=True):
        differences = total(
            Decimal(each["amountSet"]) + Decimal(each["taxAmountSet"]) for each in refund["orderAdjustments"]
        )
        if cart.presentment is None:
            assert differences == settled.adjustment + settled.pending


def test_every_amount_becomes_the_shops_by_itself() -> None:
    """§4.4 rules 11 and 12: 9.00 USD ordered at 1.5 = 13.50 CAD, paid at 1.4189 = 12.77, 5.00 back at 1.42 = 7.10."""
    refund = Refund(
        processed_at=NOW,
        payments=(RefundPayment(payment=0, amount=Decimal("5.00"), rate=Decimal("1.42")),),
    )
    cart = cart_of(
        "9.00", currency="CAD", presentment=Presentment(currency="USD", rate=Decimal("1.5")),
        payments=(paid("9.00", rate=Decimal("1.4189")),), refunds=(refund,),
    )  # fmt: skip
    node = render(settle(cart), {}, lambda: NOW).node

    def both(name: str) -> tuple[str, str]:
        return node[name]["shopMoney"]["amount"], node[name]["presentmentMoney"]["amount"]

    assert (node["currencyCode"], node["presentmentCurrencyCode"]) == ("CAD", "USD")
    assert (both("totalPriceSet"), both("totalReceivedSet")) == (("13.5", "9.0"), ("12.77", "9.0"))
    assert (both("totalRefundedSet"), both("netPaymentSet")) == (("7.1", "5.0"), ("5.67", "4.0"))
    assert both("totalOutstandingSet") == ("0.0", "0.0")
    back = node["transactions"][1]
    assert back["currencyExchangeAdjustment"]["adjustment"]["amount"] == "0.01"
    assert (node["transactions"][0]["settlementCurrencyRate"], back["parentTransaction"]["kind"]) == ("1.4189", "SALE")


def test_a_recorded_edit_and_the_refund_that_settles_it() -> None:
    """§4.3 and posting.md §1: 2 x 100 + 13 % edited to one, then 113 paid back without lines: no adjustment."""
    tax = Tax(title="HST", rate=Decimal("0.13"))
    edited = cart_of("100.00", quantity=2, taxes=(tax,), payments=(paid("226.00"),),
                     edits=(QuantityEdit(line=0, removed=1, at=NOW + timedelta(hours=1)),))  # fmt: skip
    totals = settle(edited).totals
    assert (totals.total, totals.current_total, totals.tax, totals.current_tax) == (226, 113, 26, 13)
    assert (totals.outstanding, totals.discounts) == (-113, 0)
    refund = Refund(
        processed_at=NOW + timedelta(hours=2), payments=(RefundPayment(payment=0, amount=Decimal("113.00")),)
    )
    order = settle(replace(edited, refunds=(refund,)))
    assert (order.refunds[0].adjustment, order.totals.outstanding) == (0, 0)
    assert order.financial_status == "PARTIALLY_REFUNDED"
    check_identities(order)


def test_value_beyond_the_cash_lowers_an_open_balance_first() -> None:
    """posting.md §7: total 113, paid 50, value back 56.50, cash back 20: open 26.50."""
    refund = Refund(
        processed_at=NOW, lines=(RefundedLine(line=0, quantity=1),),
        payments=(RefundPayment(payment=0, amount=Decimal("20.00")),),
    )  # fmt: skip
    order = settle(cart_of("56.50", quantity=2, payments=(paid("50.00"),), refunds=(refund,)))
    assert (order.refunds[0].adjustment, order.totals.outstanding) == (0, Decimal("26.50"))
    check_identities(order)


def test_lines_added_later() -> None:
    """§4.3: totalPriceSet has them, originalTotalPriceSet has not; discounts over all lines do not reach them."""
    cart = cart_of("100.00", discounts=(CartDiscount(title="x", percentage=Decimal(10)),), payments=(paid("90.00"),))
    added = CartLine(title="More", quantity=1, unit_price=Decimal("20.00"), added_at=NOW + timedelta(hours=1))
    order = settle(replace(cart, lines=(*cart.lines, added)))
    assert (order.totals.total, order.totals.original_total) == (110, 90)
    assert (order.totals.outstanding, order.financial_status) == (20, "PARTIALLY_PAID")
    check_identities(order)


def test_an_exchange_nets_to_no_adjustment() -> None:
    moment = NOW + timedelta(hours=1)
    new = CartLine(title="Other", quantity=1, unit_price=Decimal("60.00"), added_at=moment)
    cart = cart_of("100.00", payments=(paid("100.00"),))
    refund = Refund(
        processed_at=moment, lines=(RefundedLine(line=0, quantity=1),), return_index=0,
        payments=(RefundPayment(payment=0, amount=Decimal("35.00")),),
    )  # fmt: skip
    back = GoodsReturn(
        created_at=moment, lines=(ReturnedLine(line=0, quantity=1, restocking_fee=Decimal("2.00")),),
        shipping_fees=(Decimal("3.00"),), exchange_lines=(1,),
    )  # fmt: skip
    order = settle(replace(cart, lines=(*cart.lines, new), refunds=(refund,), returns=(back,)))
    assert (order.refunds[0].fees, order.refunds[0].adjustment, order.totals.outstanding) == (5, 0, 0)
    assert order.totals.current_total == 60
    check_identities(order)


def test_a_refund_of_tax_only() -> None:
    tax = Tax(title="HST", rate=Decimal("0.13"))
    refund = Refund(
        processed_at=NOW, tax_only=Decimal("13.00"), payments=(RefundPayment(payment=0, amount=Decimal("13.00")),)
    )
    order = settle(cart_of("100.00", taxes=(tax,), payments=(paid("113.00"),), refunds=(refund,)))
    [node] = render(order, {}, lambda: NOW).node["refunds"]
    [adjustment] = node["orderAdjustments"].rows
    assert (adjustment["amountSet"]["shopMoney"]["amount"], adjustment["taxAmountSet"]["shopMoney"]["amount"]) == (
        "0.0",
        "-13.0",
    )
    assert (order.totals.discrepancy, order.totals.outstanding) == (-13, 0)


def test_a_pending_refund_becomes_cash() -> None:
    def state(status: Any) -> tuple[Decimal, Decimal, Decimal]:
        refund = Refund(
            processed_at=NOW, lines=(RefundedLine(line=0, quantity=1),),
            payments=(RefundPayment(payment=0, amount=Decimal("10.00"), status=status),),
        )  # fmt: skip
        order = settle(cart_of("10.00", payments=(paid("10.00"),), refunds=(refund,)))
        check_identities(order)
        return order.totals.refunded, order.totals.discrepancy, order.totals.outstanding

    assert state("PENDING") == (0, 10, 0)
    assert state("SUCCESS") == (10, 0, 0)
    assert state("FAILURE") == (0, 0, -10)


def test_more_can_go_back_than_came() -> None:
    refund = Refund(processed_at=NOW, over_refund=True, payments=(RefundPayment(payment=0, amount=Decimal("15.00")),))
    order = settle(cart_of("10.00", payments=(paid("10.00"),), refunds=(refund,)))
    assert (order.totals.refunded, order.financial_status) == (15, "REFUNDED")
    assert (order.totals.discrepancy, order.totals.outstanding) == (-15, 0)


@pytest.mark.parametrize(
    ("payments", "received", "rounding", "outstanding", "status"),
    [
        ((paid("10.00", "cash", rounding=Decimal("-0.02")),), 10, Decimal("-0.02"), 0, "PAID"),
        ((paid("20.00", "cash"), paid("9.98", "cash", kind="CHANGE", parent=0)), Decimal("10.02"), 0, 0, "PAID"),
        ((paid("4.00", "gift_card"), paid("6.02")), Decimal("10.02"), 0, 0, "PAID"),
        ((paid("10.02", kind="AUTHORIZATION"), paid("4.00", kind="CAPTURE", parent=0)), 4, 0, 0, "PARTIALLY_PAID"),
        ((paid("10.02", kind="AUTHORIZATION"), paid("4.00", kind="CAPTURE", parent=0),
          paid("6.02", kind="CAPTURE", parent=0)), Decimal("10.02"), 0, 0, "PAID"),
        ((paid("10.02", kind="AUTHORIZATION", expired=True),), 0, 0, Decimal("10.02"), "EXPIRED"),
        ((paid("10.02", kind="EMV_AUTHORIZATION"),), 0, 0, 0, "AUTHORIZED"),
    ],
    ids=["rounded", "change", "gift card", "one capture", "two captures", "expired", "emv"],
)  # fmt: skip
def test_tenders(
    payments: tuple[Payment, ...], received: Decimal, rounding: Decimal, outstanding: Decimal, status: str
) -> None:
    order = settle(cart_of("10.02", payments=payments))
    assert (order.totals.received, order.totals.received_rounding) == (received, rounding)
    assert (order.totals.outstanding, order.financial_status) == (outstanding, status)
    check_identities(order)


def test_an_order_without_a_status() -> None:
    assert settle(cart_of("10.00", no_financial_status=True)).financial_status is None
    assert settle(cart_of("10.00", no_financial_status=True, payments=(paid("10.00"),))).financial_status == "PAID"


def test_a_fixed_discount_on_each_of_two_lines() -> None:
    order = settle(cart_of("10.00", "20.00", discounts=(CartDiscount(title="x", amount=Decimal(3), lines=(0, 1)),)))
    assert [line.net for line in order.lines] == [7, 17]
    spread = CartDiscount(title="x", amount=Decimal(3), lines=(0, 1), method="ACROSS", selection="ENTITLED")
    assert [line.net for line in settle(cart_of("10.00", "20.00", discounts=(spread,))).lines] == [9, 18]


def test_the_stores_own_tax_amount_and_an_exempt_customer() -> None:
    stated = Tax(title="Odd", rate=None, amount=Decimal("0.37"))
    assert settle(cart_of("10.00", taxes=(stated,))).totals.tax == Decimal("0.37")
    assert settle(cart_of("10.00", taxes=(VAT,), tax_exempt=True)).totals.tax == 0


def test_tips_duties_and_fees_are_in_the_total() -> None:
    tip = CartLine(title="Tip", quantity=1, unit_price=Decimal("5.00"), is_tip=True)
    line = CartLine(title="x", quantity=1, unit_price=Decimal("100.00"), duties=(Duty(amount=Decimal("12.00")),))
    cart = cart_of("1", lines=(line, tip), fees=(Fee(name="Eco", price=Decimal("1.00"), taxes=(VAT,)),))
    totals = settle(replace(cart, tip_without_line=Decimal("2.00"))).totals
    assert (totals.subtotal, totals.tips, totals.duties, totals.fees, totals.tax) == (100, 7, 12, 1, Decimal("0.20"))
    assert totals.total == Decimal("120.20")
    refund = Refund(processed_at=NOW, lines=(RefundedLine(line=1, quantity=1),),
                    duties=(RefundedDuty(line=0, amount=Decimal("12.00")),))  # fmt: skip
    after = settle(replace(cart, refunds=(refund,)))
    assert (after.totals.current_tips, after.totals.current_duties) == (0, 0)
    assert after.totals.current_total == Decimal("101.20")
    check_identities(after)
