"""What refunds and edits take back, in the order they happened, and what that does to the balance (shopify.md §4.7)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.money import ZERO, rounded
from comptoir_sandbox.shopify.payments import capturable, left_of, received, rounding
from comptoir_sandbox.shopify.pricing import CartError, Priced

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import (
        Cart,
        QuantityEdit,
        Refund,
        RefundedDuty,
        RefundedLine,
        RefundedShipping,
    )

MOVES_CASH = ("SUCCESS", "PENDING")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRefund:
    """A refund with its money.

    `adjustment`: the difference that stays (positive: the merchant kept it), `adjustment_tax` what of it is tax.
    `pending`: paid back, but not yet arrived. `fees`: kept for the return. `absorbed`: what moved the balance instead
    (positive: value off an open balance; negative: cash out of a credit balance).
    Always: paid_back - rounding = value - fees - adjustment - pending - absorbed.
    """

    source: Refund
    lines: tuple[SettledRefundLine, ...]
    shipping: tuple[SettledRefundShipping, ...]
    value: Decimal
    fees: Decimal
    adjustment: Decimal
    pending: Decimal
    absorbed: Decimal
    paid_back: Decimal
    """The sum of its successful transactions."""
    rounding: Decimal
    """The cash rounding inside them."""

    @property
    def adjustment_tax(self) -> Decimal:
        """The part of the adjustment that is tax."""
        return -self.source.tax_only


@dataclass(slots=True)
class TakenBack:
    """How much of everything is gone, and the value of that."""

    pieces: dict[int, int] = field(default_factory=dict)
    freight: dict[int, Decimal] = field(default_factory=dict)
    duties: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    cash: dict[int, Decimal] = field(default_factory=dict)
    subtotal: Decimal = ZERO
    shipping: Decimal = ZERO
    tax: Decimal = ZERO
    edited: Decimal = ZERO
    """Value taken off by edits: no refund has it."""
    returns: set[int] = field(default_factory=set)
    """Returns whose fees were kept."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The order's total with all lines that were not removed, and what changed of it."""

    total: Decimal
    added: list[Decimal]
    """What each line added later; 0 for the first ones."""
    removed: list[Decimal]
    """What each shipping line was worth that an edit removed; 0 for the others."""


class TakingBack:
    """Goes through the refunds and edits of an order, oldest first. Edits come before refunds of the same moment."""

    def __init__(self, cart: Cart, lines: tuple[Priced, ...], shipping: tuple[Priced, ...], whole: Whole) -> None:
        self._cart = cart
        self._lines = lines
        self._shipping = shipping
        self._whole = whole
        self._settled: dict[int, SettledRefund] = {}
        self.taken = TakenBack()

    def run(self) -> tuple[SettledRefund, ...]:
        """Return the refunds, settled, in the cart's order. CartError when more is taken back than there was."""
        events: list[tuple[datetime, int, int]] = [(edit.at, 0, at) for at, edit in enumerate(self._cart.edits)]
        events += [(refund.processed_at, 1, at) for at, refund in enumerate(self._cart.refunds)]
        for _, kind, at in sorted(events):
            if kind:
                self._settled[at] = self._refund(self._cart.refunds[at])
            else:
                self._edit(self._cart.edits[at])
        return tuple(self._settled[at] for at in range(len(self._cart.refunds)))

    def _edit(self, edit: QuantityEdit) -> None:
        subtotal, tax = self._take(edit.line, edit.removed)
        self.taken.edited += subtotal + (ZERO if self._cart.taxes_included else tax)

    def _take(self, line: int, pieces: int) -> tuple[Decimal, Decimal]:
        """Take pieces of a line away; return their (net, tax)."""
        before, sold = self.taken.pieces.get(line, 0), self._cart.lines[line].quantity
        after = before + pieces
        if not before < after <= sold:
            raise CartError(f"{self._cart.name}: {pieces} of line {line} cannot be refunded, {sold - before} are left")
        self.taken.pieces[line] = after
        priced = self._lines[line]
        subtotal = self._share(priced.net, Decimal(before), Decimal(after), Decimal(sold))
        tax = sum(
            (self._share(amount, Decimal(before), Decimal(after), Decimal(sold)) for _, amount in priced.taxes), ZERO
        )
        self.taken.subtotal += subtotal
        self.taken.tax += tax
        return subtotal, tax

    def _share(self, amount: Decimal, before: Decimal, after: Decimal, whole: Decimal) -> Decimal:
        """Differences of cumulated shares: all parts together give back exactly what was charged."""
        currency = self._cart.money_currency
        return rounded(amount * after / whole, currency) - rounded(amount * before / whole, currency)

    def _refund(self, refund: Refund) -> SettledRefund:
        before = self._balance(refund.processed_at)
        lines = tuple(SettledRefundLine(each, *self._take(each.line, each.quantity)) for each in refund.lines)
        shipping = tuple(self._take_shipping(each) for each in refund.shipping)
        value = sum((each.subtotal for each in lines), ZERO) + sum((each.source.amount for each in shipping), ZERO)
        value += sum((self._take_duty(each) for each in refund.duties), ZERO)
        if not self._cart.taxes_included:
            value += sum((each.tax for each in lines), ZERO) + sum((each.tax for each in shipping), ZERO)
        fees = self._fees(refund)
        cash = self._pay_back(refund)
        adjustment, absorbed = self._difference(refund, value - fees - cash, before)
        pending = sum((each.amount - each.rounding for each in refund.payments if each.status == "PENDING"), ZERO)
        succeeded = [each for each in refund.payments if each.status == "SUCCESS"]
        return SettledRefund(
            source=refund,
            lines=lines,
            shipping=shipping,
            value=value,
            fees=fees,
            adjustment=adjustment,
            pending=pending,
            absorbed=absorbed,
            paid_back=sum((each.amount for each in succeeded), ZERO),
            rounding=sum((each.rounding for each in succeeded), ZERO),
        )

    def _difference(self, refund: Refund, gap: Decimal, before: Decimal) -> tuple[Decimal, Decimal]:
        """Split what value and cash differ by into (adjustment, what moves the balance)."""
        if not any(each.status in MOVES_CASH for each in refund.payments):
            return ZERO, gap
        absorbed = min(gap, max(before, ZERO)) if gap > 0 else max(gap, min(before, ZERO))
        adjustment = gap - absorbed
        if not 0 <= refund.tax_only <= max(-adjustment, ZERO):
            raise CartError(
                f"{self._cart.name}: tax_only {refund.tax_only} is not a part of what the refund gives more"
            )
        return adjustment, absorbed

    def _take_shipping(self, each: RefundedShipping) -> SettledRefundShipping:
        priced, before = self._shipping[each.line], self.taken.freight.get(each.line, ZERO)
        after = before + each.amount
        if not 0 < each.amount <= priced.net - before:
            raise CartError(f"{self._cart.name}: {each.amount} of shipping line {each.line} cannot be refunded")
        self.taken.freight[each.line] = after
        tax = sum((self._share(amount, before, after, priced.net) for _, amount in priced.taxes), ZERO)
        self.taken.shipping += each.amount
        self.taken.tax += tax
        return SettledRefundShipping(each, tax)

    def _take_duty(self, each: RefundedDuty) -> Decimal:
        place = each.line, each.duty
        left = self._cart.lines[each.line].duties[each.duty].amount - self.taken.duties.get(place, ZERO)
        if not 0 < each.amount <= left:
            raise CartError(f"{self._cart.name}: {each.amount} of a duty on line {each.line} cannot be refunded")
        self.taken.duties[place] = self.taken.duties.get(place, ZERO) + each.amount
        return each.amount

    def _fees(self, refund: Refund) -> Decimal:
        at = refund.return_index
        if at is None or at in self.taken.returns:
            return ZERO
        self.taken.returns.add(at)
        return self._cart.returns[at].fees

    def _pay_back(self, refund: Refund) -> Decimal:
        cash = ZERO
        for each in refund.payments:
            if each.amount <= 0:
                raise CartError(f"{self._cart.name}: {each.amount} cannot be paid back")
            if each.payment is not None:
                self._check_left(refund, each.payment, each.amount)
            if each.status in MOVES_CASH:
                if each.payment is not None:
                    self.taken.cash[each.payment] = self.taken.cash.get(each.payment, ZERO) + each.amount
                cash += each.amount - each.rounding
        return cash

    def _check_left(self, refund: Refund, payment: int, amount: Decimal) -> None:
        left = left_of(self._cart.payments, payment) - self.taken.cash.get(payment, ZERO)
        if amount > left and not refund.over_refund:
            gateway = self._cart.payments[payment].gateway
            raise CartError(f"{self._cart.name}: {amount} cannot be paid back through {gateway}, {left} is left")

    def _balance(self, moment: datetime) -> Decimal:
        """Return what the customer owed just before a refund of that moment."""
        cart = self._cart
        unborn = sum(
            (
                amount
                for line, amount in zip(cart.lines, self._whole.added, strict=True)
                if line.added_at is not None and line.added_at > moment
            ),
            ZERO,
        )
        still = sum(
            (
                amount
                for line, amount in zip(cart.shipping, self._whole.removed, strict=True)
                if line.removed_at is not None and line.removed_at > moment
            ),
            ZERO,
        )
        paid = [each for each in cart.payments if each.processed_at <= moment]
        taken = self.taken.edited + sum((each.absorbed for each in self._settled.values()), ZERO)
        owed = self._whole.total - unborn + still - taken
        return owed - (received(paid) - rounding(paid)) - capturable(cart.payments, moment)
