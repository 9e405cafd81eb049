"""What a refund comes to: R, the value taken back; C, the cash that went out; and what comes off an open invoice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from comptoir.books.facts import Order, Refund, SourceId
from comptoir.books.money import Money, total, zero


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one refund is settled (posting rules, section 7). What was paid beyond the sales is told apart (`balances`).

    `value` is R; below zero where goods given out in exchange are worth more than those taken back. `cash` is C, the
    money alone; `given` is what the buyer got as a gift card or store credit. `applied` is the part of R that neither
    settles, that the merchant does not keep, and that comes off an open invoice. `is_over`: with this refund more was
    given back than was ever paid, or taken back than was ever sold.
    """

    value: Money
    cash: Money
    applied: Money
    is_over: bool = False
    given: Money | None = None
    credit: Money | None = None
    """The part of the money that gives back what was paid beyond the sales; `cash` is the rest."""

    @property
    def total(self) -> Money:
        """What the refund's documents come to: the cash, and what comes off the invoice."""
        return self.cash + self.applied

    @property
    def is_sale(self) -> bool:
        """Whether this is an exchange for goods that are worth more, so that the buyer owes and nothing went back."""
        gave_nothing = all(each is None or each.is_zero for each in (self.cash, self.given, self.credit))
        return gave_nothing and self.value < zero(self.value.currency)


def value_of(refund: Refund, order: Order) -> Money:
    """R: what was taken back; tax is added where prices exclude it."""
    amounts = (line.amount if order.prices_include_tax else line.amount + line.tax for line in refund.lines)
    return total(amounts, order.currency)


def cash_of(refund: Refund, currency: str) -> Money:
    """C: the cash that went out."""
    return total((tender.amount for tender in refund.tenders), currency)


def by_time(order: Order) -> list[Refund]:
    """The refunds in the order of their time, which is that of their numbers."""
    return sorted(order.refunds, key=lambda refund: refund.in_time)


def settlements(
    order: Order,
    open_balance: Money,
    receipts: Collection[SourceId] = (),
    credits_paid: Mapping[SourceId, Money] | None = None,
) -> Mapping[SourceId, Settlement]:
    """Each refund's settlement, by its id, where `open_balance` of the sale's invoice is not paid.

    Refunds take from the open balance one after the other. Zero, or less, where there is no open invoice. `receipts`
    are those whose receipts are in the books: they came off no invoice then, and do not now. `credits_paid` is the part
    of each one's money that gives back what was paid beyond the sales.
    """
    none = zero(order.currency)
    left = max(open_balance, none)
    paid_out, taken_back = none, none
    found: dict[SourceId, Settlement] = {}
    unpaid = _unpaid(order, credits_paid or {})
    for refund in by_time(order):
        value, cash = value_of(refund, order), cash_of(refund, order.currency)
        given = total((tender.amount for tender in refund.given), order.currency)
        paid_out += cash + given
        taken_back += value
        is_fixed = refund.pending or refund.source_id in receipts
        applied = none if is_fixed else max(min(left, unpaid[refund.source_id]), none)
        left -= applied
        is_over = (paid_out > order.paid and not (cash + given).is_zero) or taken_back > order.total
        credit = (credits_paid or {}).get(refund.source_id)
        money = cash if credit is None else cash - credit
        found[refund.source_id] = Settlement(value, money, applied, is_over, given, credit)
    return found


def _unpaid(order: Order, credits_paid: Mapping[SourceId, Money]) -> Mapping[SourceId, Money]:
    """What of each refund's value no money of any refund pays, and the merchant does not keep.

    Money beyond a refund's own value that the merchant did not give for nothing pays value that an earlier refund took
    back without it: that value never came off what is open.
    """
    none = zero(order.currency)
    found: dict[SourceId, Money] = {}
    paid_later = none
    for refund in reversed(by_time(order)):
        moved = total((tender.amount for tender in (*refund.tenders, *refund.given)), order.currency)
        left = value_of(refund, order) - moved - (none if refund.kept is None else refund.kept)
        if left > none:
            by_then = min(left, paid_later)
            paid_later -= by_then
            left -= by_then
        elif refund.kept is not None:
            paid_later += max(-left - credits_paid.get(refund.source_id, none), none)
        found[refund.source_id] = left
    return found
