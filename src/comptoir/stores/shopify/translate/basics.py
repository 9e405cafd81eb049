"""What every part of the translation uses: ids, money and taxes out of the wire's shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from comptoir.books.facts import SourceId, TaxCollector, TaxLine
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.stores.shopify import wire

_WHERE = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_MISSING = re.compile(r"^Object missing required field `(?P<name>[^`]+)`")


class UnreadableError(Exception):
    """The record contradicts itself in `field`; becomes an Untranslatable."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


def number_of(gid: str) -> SourceId:
    """The numeric id inside a gid: "gid://shopify/Order/42" gives "42" (shopify.md §3.4)."""
    return SourceId(gid.rpartition("/")[2].partition("?")[0])


def order_number(name: str) -> str:
    """The number that the buyer sees, without its sign: "#1001" gives "1001"."""
    return name.removeprefix("#")


def field_and_detail(message: str) -> tuple[str, str]:
    """Where msgspec found the fault, in the wire's own names, and its sentence about it."""
    where, missing = _WHERE.search(message), _MISSING.match(message)
    path = where["path"] if where else ""
    detail = _WHERE.sub("", message)
    if missing:
        path = f"{path}.{missing['name']}".removeprefix(".")
    return path, detail


def exact(stated: wire.Amount) -> Money:
    """An amount, with the currency's decimals where the text had fewer ("15.0" gives 15.00)."""
    amount = Money(stated.amount, stated.currency_code)
    rounded = amount.rounded()
    return rounded if rounded.amount == amount.amount else amount


def money(bag: wire.Bag) -> Money:
    """The shop's side of a money bag."""
    return exact(bag.shop_money)


def noise(order: wire.Order) -> Money:
    """How far two sums of the order in shop money may be apart that are one in the buyer's: each part is converted.

    Nothing where the buyer paid in the shop's currency.
    """
    if order.presentment_currency_code == order.currency_code:
        return zero(order.currency_code)
    parts = 2 * (len(order.line_items.nodes) + len(order.shipping_lines.nodes) + len(order.refunds))
    return Money(parts * minor_unit(order.currency_code), order.currency_code)


def share(amount: Money, part: Decimal | int, whole: Decimal | int) -> Money:
    """`part`/`whole` of an amount, rounded; the amount itself for the whole of it, and of a line of nothing."""
    if whole in {0, part}:
        return amount
    return Money(amount.amount * part / whole, amount.currency).rounded()


def discount_of(allocations: Iterable[wire.Allocation], currency: str) -> Money:
    """Everything allocated to a line: the only reliable discount figure (shopify.md §4.4 (8))."""
    return total((money(allocation.allocated_amount_set) for allocation in allocations), currency)


def tax_lines(
    taxes: Iterable[wire.TaxLine], *, part: Decimal | int = 1, whole: Decimal | int = 1
) -> tuple[TaxLine, ...]:
    """The taxes of a line, for `part` of `whole` of it."""
    return tuple(
        TaxLine(
            name=tax.title,
            rate=None if tax.rate is None else Decimal(tax.rate),
            amount=share(money(tax.price_set), part, whole),
            collector=TaxCollector.MARKETPLACE if tax.channel_liable else TaxCollector.MERCHANT,
        )
        for tax in taxes
    )


def tax_total(taxes: Iterable[TaxLine], currency: str, *collectors: TaxCollector) -> Money:
    """The sum of the taxes that one of `collectors` remits."""
    return total((tax.amount for tax in taxes if tax.collector in collectors), currency)
