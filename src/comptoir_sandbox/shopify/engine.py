"""The money engine: from a cart to an order whose totals hold the identities of shopify.md §4.4 by construction.

All amounts are in the currency the customer saw, where the identities hold to the last unit; the shop's currency is
made of them amount by amount (rule 11), except for payments, which have the rate of their own day (rule 12).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.checks import check
from comptoir_sandbox.shopify.fulfilling import Fulfilled, fulfilled
from comptoir_sandbox.shopify.money import ZERO, Exchange, rounded
from comptoir_sandbox.shopify.payments import capturable, received, rounding, signed
from comptoir_sandbox.shopify.pricing import Priced, price_duties, price_fees, price_lines, price_shipping
from comptoir_sandbox.shopify.taking_back import (
    SettledRefund,
    SettledRefundLine,
    SettledRefundShipping,
    TakingBack,
    Whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Cart, Tax
    from comptoir_sandbox.shopify.pricing import Taxes
    from comptoir_sandbox.shopify.taking_back import TakenBack

RETURN_STATES = {"REQUESTED": "RETURN_REQUESTED", "OPEN": "IN_PROGRESS", "CLOSED": "RETURNED"}

__all__ = ["Order", "SettledRefund", "SettledRefundLine", "SettledRefundShipping", "Totals", "settle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The three families of shopify.md §4.3: original, current, payment. In the currency the customer saw."""

    subtotal: Decimal
    discounts: Decimal
    shipping: Decimal
    tax: Decimal
    tips: Decimal
    duties: Decimal
    fees: Decimal
    total: Decimal
    original_total: Decimal
    """`total` without the lines that edits and exchanges added (§4.3)."""
    current_subtotal: Decimal
    current_discounts: Decimal
    current_shipping: Decimal
    current_tax: Decimal
    current_tips: Decimal
    current_duties: Decimal
    current_total: Decimal
    refunded_shipping: Decimal
    return_fees: Decimal
    """Kept for returns: what the customer paid beside the current total."""
    received: Decimal
    received_rounding: Decimal
    refunded: Decimal
    refunded_rounding: Decimal
    outstanding: Decimal
    capturable: Decimal
    discrepancy: Decimal

    @property
    def net_payment(self) -> Decimal:
        """Received - refunded (§4.4 rule 9)."""
        return self.received - self.refunded


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCash:
    """The payment family in the shop's currency, each transaction at its own rate."""

    received: Decimal
    received_rounding: Decimal
    refunded: Decimal
    refunded_rounding: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A cart with everything derived from it."""

    cart: Cart
    exchange: Exchange
    lines: tuple[Priced, ...]
    shipping: tuple[Priced, ...]
    fees: tuple[Priced, ...]
    duties: tuple[tuple[Priced, ...], ...]
    """Of each line."""
    refunds: tuple[SettledRefund, ...]
    taken: TakenBack
    totals: Totals
    shop_cash: ShopCash
    financial_status: str | None
    fulfilled: Fulfilled
    updated_at: datetime

    @property
    def removed(self) -> dict[int, int]:
        """Pieces taken back by line (absent: none)."""
        return self.taken.pieces

    @property
    def return_status(self) -> str:
        """Order.returnStatus."""
        states = {each.status for each in self.cart.returns}
        return next((shown for state, shown in RETURN_STATES.items() if state in states), "NO_RETURN")

    @property
    def shown_shipping(self) -> list[Priced]:
        """The shipping lines that were not removed."""
        return _kept(self.cart, self.shipping)

    def taxes(self, *, current: bool) -> Iterator[tuple[Tax, Decimal]]:
        """Yield every tax of the order; `current`: less what was taken back, in the shares that refunds state."""
        currency = self.cart.money_currency

        def left(taxes: Taxes, gone: Decimal, whole: Decimal) -> Iterator[tuple[Tax, Decimal]]:
            for tax, amount in taxes:
                yield tax, amount - rounded(amount * gone / whole, currency) if current and gone else amount

        for at, line in enumerate(self.lines):
            yield from left(line.taxes, Decimal(self.removed.get(at, 0)), Decimal(self.cart.lines[at].quantity))
        for at, line in enumerate(self.shipping):
            if not self.cart.shipping[at].removed:
                yield from left(line.taxes, self.taken.freight.get(at, ZERO), line.net)
        for each in (*self.fees, *(duty for duties in self.duties for duty in duties)):
            yield from each.taxes


def settle(cart: Cart) -> Order:
    """Derive the order. CartError when the cart contradicts itself."""
    check(cart)
    pricing = _Pricing(cart)
    taking = TakingBack(cart, pricing.lines, pricing.shipping, Whole(pricing.total, pricing.added, pricing.removed))
    refunds = taking.run()
    totals = _totals(pricing, refunds, taking.taken)
    exchange = exchange_of(cart)
    return Order(
        cart=cart,
        exchange=exchange,
        lines=pricing.lines,
        shipping=pricing.shipping,
        fees=pricing.fees,
        duties=pricing.duties,
        refunds=refunds,
        taken=taking.taken,
        totals=totals,
        shop_cash=_shop_cash(cart, exchange),
        financial_status=_financial_status(cart, totals),
        fulfilled=fulfilled(cart, taking.taken.pieces),
        updated_at=max(_moments(cart)),
    )


def exchange_of(cart: Cart) -> Exchange:
    """Return how the order's amounts become the shop's."""
    if cart.presentment is None:
        return Exchange(cart.currency, cart.currency, Decimal(1))
    return Exchange(cart.presentment.currency, cart.currency, cart.presentment.rate)


class _Pricing:
    """The order before anything was taken back."""

    def __init__(self, cart: Cart) -> None:
        self.cart = cart
        self.lines = price_lines(cart)
        self.shipping = price_shipping(cart)
        self.fees = price_fees(cart)
        self.duties = price_duties(cart)
        self.goods = [at for at, line in enumerate(cart.lines) if not line.is_tip]
        self.subtotal = _sum(self.lines[at].net for at in self.goods)
        self.freight = _sum(line.net for line in _kept(cart, self.shipping))
        self.tips = _sum(line.net for line in self.lines) - self.subtotal + cart.tip_without_line
        self.duty = _sum(duty.net for duties in self.duties for duty in duties)
        self.fee = _sum(fee.net for fee in self.fees)
        taxed = [*self.lines, *_kept(cart, self.shipping), *self.fees, *(each for some in self.duties for each in some)]
        self.tax = _sum(each.tax for each in taxed)
        self.total = self.subtotal + self.freight + self.tips + self.fee
        self.total += ZERO if cart.duties_included else self.duty
        self.total += ZERO if cart.taxes_included else self.tax
        self.added = [self._adds(at) for at in range(len(self.lines))]
        self.removed = [self._drops(at) for at in range(len(self.shipping))]

    def _drops(self, at: int) -> Decimal:
        """Return what the shipping line was worth, if it was removed later."""
        if self.cart.shipping[at].removed_at is None:
            return ZERO
        return self.shipping[at].net + (ZERO if self.cart.taxes_included else self.shipping[at].tax)

    def _adds(self, at: int) -> Decimal:
        """Return what the line added to the total, if it was added later."""
        if self.cart.lines[at].added_at is None:
            return ZERO
        parts = [self.lines[at], *self.duties[at]] if not self.cart.duties_included else [self.lines[at]]
        taxed = [] if self.cart.taxes_included else [self.lines[at], *self.duties[at]]
        return _sum(each.net for each in parts) + _sum(each.tax for each in taxed)


def _kept(cart: Cart, shipping: tuple[Priced, ...]) -> list[Priced]:
    return [priced for line, priced in zip(cart.shipping, shipping, strict=True) if not line.removed]


def _totals(pricing: _Pricing, refunds: tuple[SettledRefund, ...], taken: TakenBack) -> Totals:
    cart = pricing.cart
    tips_back = _sum(cart.lines[at].unit_price * pieces for at, pieces in taken.pieces.items() if cart.lines[at].is_tip)
    current_subtotal = pricing.subtotal - (taken.subtotal - tips_back)
    current_duties = pricing.duty - _sum(taken.duties.values())
    current_tax = pricing.tax - taken.tax
    current_total = current_subtotal + pricing.freight - taken.shipping + pricing.tips - tips_back + pricing.fee
    current_total += ZERO if cart.duties_included else current_duties
    current_total += ZERO if cart.taxes_included else current_tax
    fees = _sum(refund.fees for refund in refunds)
    discrepancy = _sum(refund.adjustment + refund.pending for refund in refunds)
    cash, cash_rounding = received(cart.payments), rounding(cart.payments)
    back, back_rounding = _sum(each.paid_back for each in refunds), _sum(each.rounding for each in refunds)
    authorized = capturable(cart.payments)
    settled = (cash - cash_rounding) - (back - back_rounding)
    return Totals(
        subtotal=pricing.subtotal,
        discounts=_discounts(pricing.lines) + _discounts(_kept(cart, pricing.shipping)),
        shipping=pricing.freight,
        tax=pricing.tax,
        tips=pricing.tips,
        duties=pricing.duty,
        fees=pricing.fee,
        total=pricing.total,
        original_total=pricing.total - _sum(pricing.added),
        current_subtotal=current_subtotal,
        current_discounts=_current_discounts(pricing, current_subtotal, taken),
        current_shipping=pricing.freight - taken.shipping,
        current_tax=current_tax,
        current_tips=pricing.tips - tips_back,
        current_duties=current_duties,
        current_total=current_total,
        refunded_shipping=taken.shipping,
        return_fees=fees,
        received=cash,
        received_rounding=cash_rounding,
        refunded=back,
        refunded_rounding=back_rounding,
        outstanding=current_total + fees + discrepancy - settled - authorized,
        capturable=authorized,
        discrepancy=discrepancy,
    )


def _discounts(lines: Iterable[Priced]) -> Decimal:
    return _sum(amount for line in lines for _, amount in line.allocations)


def _current_discounts(pricing: _Pricing, current_subtotal: Decimal, taken: TakenBack) -> Decimal:
    """Return the discounts on shipping and what the goods still there cost less than their prices."""
    gross = _sum(
        pricing.cart.lines[at].unit_price * (pricing.cart.lines[at].quantity - taken.pieces.get(at, 0))
        for at in pricing.goods
    )
    return gross - current_subtotal + _discounts(_kept(pricing.cart, pricing.shipping))


def _shop_cash(cart: Cart, exchange: Exchange) -> ShopCash:
    back = [
        (each, exchange.at(each.rate))
        for refund in cart.refunds
        for each in refund.payments
        if each.status == "SUCCESS"
    ]
    return ShopCash(
        received=_sum(signed(each, exchange.at(each.rate).to_shop(each.amount)) for each in cart.payments),
        received_rounding=_sum(signed(each, exchange.at(each.rate).to_shop(each.rounding)) for each in cart.payments),
        refunded=_sum(at_rate.to_shop(each.amount) for each, at_rate in back),
        refunded_rounding=_sum(at_rate.to_shop(each.rounding) for each, at_rate in back),
    )


def _financial_status(cart: Cart, totals: Totals) -> str | None:
    """Return displayFinancialStatus by the rules of shopify.md §4.2."""
    if totals.refunded > 0:
        return "REFUNDED" if totals.refunded >= totals.received else "PARTIALLY_REFUNDED"
    if totals.received > 0:
        return "PARTIALLY_PAID" if totals.outstanding + totals.capturable > 0 else "PAID"
    if cart.no_financial_status and not cart.payments:
        return None
    if totals.total == 0:
        return "PAID"
    return _status_without_money(cart, totals)


def _status_without_money(cart: Cart, totals: Totals) -> str:
    if totals.capturable > 0:
        return "AUTHORIZED"
    if any(payment.kind == "VOID" and payment.status == "SUCCESS" for payment in cart.payments):
        return "VOIDED"
    return "EXPIRED" if any(payment.expired for payment in cart.payments) else "PENDING"


def _moments(cart: Cart) -> Iterable[datetime]:
    yield cart.created_at
    yield from (payment.processed_at for payment in cart.payments)
    yield from (refund.processed_at for refund in cart.refunds)
    yield from (each.processed_at for refund in cart.refunds for each in refund.payments if each.processed_at)
    yield from (edit.at for edit in cart.edits)
    yield from (line.added_at for line in cart.lines if line.added_at is not None)
    yield from (line.removed_at for line in cart.shipping if line.removed_at is not None)
    yield from (each.updated_at or each.created_at for each in cart.fulfillments or ())
    yield from (moment for each in cart.returns for moment in (each.created_at, each.closed_at) if moment is not None)
    yield from (moment for moment in (cart.cancelled_at, cart.closed_at, cart.touched_at) if moment is not None)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
