"""What the store's own balance says of a refund: cash for what an edit removed, goodwill, and value that was kept.

A refund's cash and its value differ for three reasons: an edit had removed goods that were paid (the cash gives that
back), the merchant gave more or less than the value (an adjustment), or value came off what was open. The record dates
no edit. It states the adjustments, and what is outstanding; where these two agree they tell the reasons apart, and
later changes of the order never alter what they say of an earlier refund. Where they do not agree, or a record has not
both, cash counts as the money of an edit as far as the order was paid beyond what it comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.books.facts import SourceId
from comptoir.books.money import Money, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import money, noise
from comptoir.stores.shopify.translate.lines import cash_rounding
from comptoir.stores.shopify.translate.refunds import Taken
from comptoir.stores.shopify.translate.tenders import capturable, cash, payments


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why the cash of a refund is not its value. `settled` gave back what edits removed.

    `kept` stays the merchant's, or below zero was given beyond the value; None where the store does not say.
    """

    settled: Money
    kept: Money | None


def reasons_of(order: wire.Order, taken: Sequence[Taken], *, paid: Money, fees: Sequence[Money]) -> list[Reasons]:
    """For each refund, in the store's order. `paid`: what the buyer paid, in money and in goods that came back.

    `fees`: what the merchant keeps of each refund for a return.
    """
    none = zero(order.currency_code)
    stated = [_adjusted(refund, order) for refund in order.refunds]
    if _agrees(order, taken, stated, fees):
        given = [each.excess + fee + own for each, fee, own in zip(taken, fees, stated, strict=True)]
        for_edits, crumbs = _less_earlier_values(order, taken, given), noise(order)
        return [Reasons(more if more > crumbs else none, own) for more, own in zip(for_edits, stated, strict=True)]
    left = paid - money(order.current_total_price_set) - total((each.value for each in taken), order.currency_code)
    found: dict[SourceId, Money] = {}
    for each in sorted(taken, key=lambda each: each.refund.in_time):
        found[each.refund.source_id] = max(min(each.excess, left), none)
        left -= found[each.refund.source_id]
    return [Reasons(found[each.refund.source_id], None) for each in taken]


def _less_earlier_values(order: wire.Order, taken: Sequence[Taken], given: Sequence[Money]) -> list[Money]:
    """The money that each refund `given` more than its value, less what it pays of values that earlier ones took back.

    A value without money is the buyer's where nothing was open on the order by then; the next money pays it first.
    """
    none = zero(order.currency_code)
    left, owed = list(given), none
    whole = money(order.total_price_set) + cash_rounding(order)
    for at in sorted(range(len(taken)), key=lambda at: taken[at].refund.in_time):
        paid = cash((each for each in payments(order) if each.at <= taken[at].refund.at), order.currency_code)
        if left[at] < none and paid >= whole:
            owed -= left[at]
        elif left[at] > none:
            part = min(left[at], owed)
            owed -= part
            left[at] -= part
    return left


def in_shop_money(reasons: Sequence[Reasons], order: wire.Order, seen: wire.Order) -> list[Reasons]:
    """Reasons told in the buyer's money (`seen`), as the order's own total converts them."""
    shop, whole = money(order.total_price_set), money(seen.total_price_set)

    def worth(amount: Money) -> Money:
        part = amount.amount / whole.amount if whole.amount else amount.amount
        return Money(shop.amount * part, shop.currency).rounded()

    return [Reasons(worth(each.settled), None if each.kept is None else worth(each.kept)) for each in reasons]


def _adjusted(refund: wire.Refund, order: wire.Order) -> Money:
    """A refund's adjustments with tax: above zero what the merchant kept, below what was given beyond the value."""
    nodes = refund.order_adjustments.nodes if refund.order_adjustments else ()
    parts = (money(bag) for each in nodes for bag in (each.amount_set, each.tax_amount_set))
    return total(parts, order.currency_code)


def _agrees(order: wire.Order, taken: Sequence[Taken], stated: Sequence[Money], fees: Sequence[Money]) -> bool:
    """Whether what is outstanding counts the adjustments: it is nearer to the balance with them than without.

    Nearer, not equal: of an order in another currency every amount is converted by itself. An authorization lowers
    what is outstanding until it expires, which the record does not say: where neither balance is what it would then
    be, it expired.
    """
    if order.total_outstanding_set is None or any(each.order_adjustments is None for each in order.refunds):
        return False
    currency = order.currency_code
    owed = money(order.current_total_price_set) + cash_rounding(order) + total(fees, currency)
    owed -= cash(payments(order), currency) - total((cash(each.refund.tenders, currency) for each in taken), currency)
    balances = (owed + total(stated, currency), owed)
    outstanding = money(order.total_outstanding_set)
    authorized = [abs((outstanding + capturable(order) - balance).amount) for balance in balances]
    expired = [abs((outstanding - balance).amount) for balance in balances]
    counted, left_out = authorized if min(authorized) <= noise(order).amount else expired
    return counted <= left_out
