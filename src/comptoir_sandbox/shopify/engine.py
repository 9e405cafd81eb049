"""The money engine: from a cart to an order whose totals hold the identities of shopify.md §4.4 by construction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.money import ZERO, rounded
from comptoir_sandbox.shopify.pricing import CartError, Priced, price_lines, price_shipping

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Cart, Payment, Refund, RefundedLine, RefundedShipping

MONEY_IN = ("SALE", "CAPTURE")


@dataclass(frozen=True, slots=True)
class SettledRefundLine:
    """A refunded line with its value: `subtotal` is net of discounts and contains `tax` iff taxes are included."""

    source: RefundedLine
    subtotal: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class SettledRefundShipping:
    """A refunded shipping amount and its tax (inside the amount iff taxes are included)."""

    source: RefundedShipping
    tax: Decimal


@dataclass(frozen=True, slots=True)
class SettledRefund:
    """A refund with its money. `adjustment`: positive = the merchant kept it (shopify.md §4.7)."""

    source: Refund
    lines: tuple[SettledRefundLine, ...]
    shipping: tuple[SettledRefundShipping, ...]
    adjustment: Decimal
    paid_back: Decimal
    """The sum of its successful transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The three families of shopify.md §4.3: original, current, payment. In the order's currency."""

    subtotal: Decimal
    discounts: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal
    current_subtotal: Decimal
    current_discounts: Decimal
    current_shipping: Decimal
    current_tax: Decimal
    current_total: Decimal
    refunded_shipping: Decimal
    received: Decimal
    refunded: Decimal
    outstanding: Decimal
    capturable: Decimal
    discrepancy: Decimal

    @property
    def net_payment(self) -> Decimal:
        """Received - refunded (§4.4 rule 9)."""
        return self.received - self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart with everything derived from it."""

    cart: Cart
    lines: tuple[Priced, ...]
    shipping: tuple[Priced, ...]
    refunds: tuple[SettledRefund, ...]
    removed: dict[int, int]
    """line -> pieces taken back (absent: none)"""
    totals: Totals
    financial_status: str
    updated_at: datetime


def settle(cart: Cart) -> Order:
    """Derive the order. CartError when the cart contradicts itself."""
    lines, shipping = price_lines(cart), price_shipping(cart)
    refunds, removed = _settle_refunds(cart, lines, shipping)
    totals = _totals(cart, lines, shipping, refunds, removed)
    return Order(
        cart=cart,
        lines=lines,
        shipping=shipping,
        refunds=refunds,
        removed=removed,
        totals=totals,
        financial_status=_financial_status(cart, totals),
        updated_at=max(_moments(cart)),
    )


def _settle_refunds(
    cart: Cart, lines: tuple[Priced, ...], shipping: tuple[Priced, ...]
) -> tuple[tuple[SettledRefund, ...], dict[int, int]]:
    removed: dict[int, int] = {}
    shipped_back: dict[int, Decimal] = {}
    paid_back: dict[int, Decimal] = {}
    settled = []
    for refund in cart.refunds:
        goods = tuple(_refund_line(cart, lines, removed, each) for each in refund.lines)
        freight = tuple(_refund_shipping(cart, shipping, shipped_back, each) for each in refund.shipping)
        value = sum((each.subtotal for each in goods), ZERO) + sum((each.source.amount for each in freight), ZERO)
        if not cart.taxes_included:
            value += sum((each.tax for each in goods), ZERO) + sum((each.tax for each in freight), ZERO)
        cash = _pay_back(cart, refund, paid_back)
        adjustment = value - cash if refund.payments else ZERO
        settled.append(SettledRefund(refund, goods, freight, adjustment, _succeeded(refund)))
    return tuple(settled), removed


def _refund_line(
    cart: Cart, lines: tuple[Priced, ...], removed: dict[int, int], each: RefundedLine
) -> SettledRefundLine:
    before, sold = removed.get(each.line, 0), cart.lines[each.line].quantity
    after = before + each.quantity
    if not before < after <= sold:
        raise CartError(
            f"{cart.name}: {each.quantity} of line {each.line} cannot be refunded, {sold - before} are left"
        )
    removed[each.line] = after
    priced = lines[each.line]

    def share(amount: Decimal) -> Decimal:
        # Differences of cumulated shares: all pieces together give back exactly what was charged.
        return rounded(amount * after / sold, cart.currency) - rounded(amount * before / sold, cart.currency)

    return SettledRefundLine(each, share(priced.net), share(priced.tax))


def _refund_shipping(
    cart: Cart, shipping: tuple[Priced, ...], shipped_back: dict[int, Decimal], each: RefundedShipping
) -> SettledRefundShipping:
    priced, before = shipping[each.line], shipped_back.get(each.line, ZERO)
    after = before + each.amount
    if not 0 < each.amount <= priced.net - before:
        raise CartError(f"{cart.name}: {each.amount} of shipping line {each.line} cannot be refunded")
    shipped_back[each.line] = after
    tax_after = rounded(priced.tax * after / priced.net, cart.currency)
    return SettledRefundShipping(each, tax_after - rounded(priced.tax * before / priced.net, cart.currency))


def _pay_back(cart: Cart, refund: Refund, paid_back: dict[int, Decimal]) -> Decimal:
    cash = ZERO
    for each in refund.payments:
        parent = cart.payments[each.payment]
        left = (parent.amount if _is_money_in(parent) else ZERO) - paid_back.get(each.payment, ZERO)
        if not 0 < each.amount <= left:
            raise CartError(f"{cart.name}: {each.amount} cannot be paid back through {parent.gateway}, {left} is left")
        if each.status in {"SUCCESS", "PENDING"}:
            paid_back[each.payment] = paid_back.get(each.payment, ZERO) + each.amount
            cash += each.amount
    return cash


def _succeeded(refund: Refund) -> Decimal:
    return sum((each.amount for each in refund.payments if each.status == "SUCCESS"), ZERO)


def _is_money_in(payment: Payment) -> bool:
    return payment.kind in MONEY_IN and payment.status == "SUCCESS"


def _totals(
    cart: Cart,
    lines: tuple[Priced, ...],
    shipping: tuple[Priced, ...],
    refunds: tuple[SettledRefund, ...],
    removed: dict[int, int],
) -> Totals:
    subtotal, freight = _sum(line.net for line in lines), _sum(line.net for line in shipping)
    tax = _sum(line.tax for line in lines) + _sum(line.tax for line in shipping)
    line_discounts = [_sum(amount for _, amount in line.allocations) for line in lines]
    shipping_discounts = _sum(amount for line in shipping for _, amount in line.allocations)
    current_subtotal = subtotal - _sum(each.subtotal for refund in refunds for each in refund.lines)
    refunded_shipping = _sum(each.source.amount for refund in refunds for each in refund.shipping)
    refunded_tax = _sum(each.tax for refund in refunds for each in refund.lines)
    refunded_tax += _sum(each.tax for refund in refunds for each in refund.shipping)
    current_total = current_subtotal + freight - refunded_shipping
    if not cart.taxes_included:
        current_total += tax - refunded_tax
    received = _sum(payment.amount for payment in cart.payments if _is_money_in(payment))
    paid_back = _sum(refund.paid_back for refund in refunds)
    discrepancy = _sum(refund.adjustment for refund in refunds)
    capturable = _capturable(cart)
    return Totals(
        subtotal=subtotal,
        discounts=_sum(line_discounts) + shipping_discounts,
        shipping=freight,
        tax=tax,
        total=subtotal + freight + (ZERO if cart.taxes_included else tax),
        current_subtotal=current_subtotal,
        current_discounts=shipping_discounts + _current_discounts(cart, line_discounts, removed),
        current_shipping=freight - refunded_shipping,
        current_tax=tax - refunded_tax,
        current_total=current_total,
        refunded_shipping=refunded_shipping,
        received=received,
        refunded=paid_back,
        outstanding=current_total - received + paid_back + discrepancy - capturable,
        capturable=capturable,
        discrepancy=discrepancy,
    )


def _current_discounts(cart: Cart, discounts: list[Decimal], removed: dict[int, int]) -> Decimal:
    kept = sum(discounts, ZERO)
    for line, pieces in removed.items():
        kept -= rounded(discounts[line] * pieces / cart.lines[line].quantity, cart.currency)
    return kept


def _capturable(cart: Cart) -> Decimal:
    """Authorized, and neither captured nor voided."""
    used = {payment.parent for payment in cart.payments if payment.kind in {"CAPTURE", "VOID"}}
    return _sum(
        payment.amount
        for at, payment in enumerate(cart.payments)
        if payment.kind == "AUTHORIZATION" and payment.status == "SUCCESS" and at not in used
    )


def _financial_status(cart: Cart, totals: Totals) -> str:
    """Return displayFinancialStatus by the rules of shopify.md §4.2."""
    if totals.refunded > 0:
        return "REFUNDED" if totals.refunded >= totals.received else "PARTIALLY_REFUNDED"
    if totals.received > 0:
        return "PARTIALLY_PAID" if totals.outstanding > 0 else "PAID"
    if totals.total == 0:
        return "PAID"
    if totals.capturable > 0:
        return "AUTHORIZED"
    return "VOIDED" if any(payment.kind == "VOID" for payment in cart.payments) else "PENDING"


def _moments(cart: Cart) -> Iterable[datetime]:
    yield cart.created_at
    yield from (payment.processed_at for payment in cart.payments)
    yield from (refund.processed_at for refund in cart.refunds)
    yield from (moment for moment in (cart.cancelled_at, cart.closed_at, cart.touched_at) if moment is not None)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
