"""The rate of an order: what the buyer's money is worth in the shop's, as the order's own amounts convert it.

Shopify states a payment in shop money at the rate of its day (13.50 CAD paid as 9.00 USD is 12.77 CAD two days later),
so a fully paid order would look underpaid (shopify.md §4.4 (12)); the difference of rates belongs to the payout.
"""

from __future__ import annotations

from decimal import Decimal

from comptoir.books.money import Money, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import money


def worth(amount: Money, order: wire.Order) -> Money | None:
    """What an amount of the buyer's money is in the shop's; None where the order does not tell.

    As much as the order comes to is worth just its total. What was paid beyond that, where an edit left less than was
    paid, is converted as the goods were: of a total of 50 yen, or 0.34 dollars, no rate for 2,000 yen can be read.
    """
    seen, shop = _seen(order.total_price_set, amount.currency), money(order.total_price_set)
    if seen is None:
        return None
    within = min(amount, seen)
    found = shop.amount * within.amount / seen.amount if seen.amount else Decimal(0)
    if within < amount:
        base, base_in_shop = _largest(order, amount.currency)
        if not base.amount:
            return None
        found += base_in_shop.amount * (amount - within).amount / base.amount
    return Money(found, shop.currency).rounded()


def _largest(order: wire.Order, currency: str) -> tuple[Money, Money]:
    """The larger of the order's total and its goods and shipping as sold, in the buyer's money and in the shop's."""
    sold = [each.original_total_set for each in order.line_items.nodes]
    sold += [each.original_price_set for each in order.shipping_lines.nodes]
    goods = [(seen, money(bag)) for bag in sold if (seen := _seen(bag, currency)) is not None]
    whole = (_seen(order.total_price_set, currency) or zero(currency), money(order.total_price_set))
    return max(
        whole, (total((seen for seen, _ in goods), currency), total((own for _, own in goods), order.currency_code))
    )


def _seen(bag: wire.Bag, currency: str) -> Money | None:
    stated = bag.presentment_money
    return Money(stated.amount, stated.currency_code) if stated and stated.currency_code == currency else None
