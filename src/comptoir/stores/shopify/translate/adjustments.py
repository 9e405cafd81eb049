"""Tax that a refund gives back without goods, for example to a buyer who shows an exemption afterwards.

Only the refund's adjustments tell it (shopify.md §4.7): the lines of the order keep their tax, so it is spread over
them in the shares in which they bear it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from comptoir.books.facts import OrderLine, RefundLine, TaxCollector
from comptoir.books.money import Money, allocate, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import money, number_of, tax_total
from comptoir.stores.shopify.translate.refunds import Taken


def with_tax_alone(order: wire.Order, taken: Sequence[Taken], lines: Sequence[OrderLine]) -> list[Taken]:
    """The refunds with a line of tax alone for each line whose tax they gave back; `lines` are those of the sale."""
    stated = {number_of(refund.id): _given_back(refund, order) for refund in order.refunds}
    return [_with(each, stated.get(each.refund.source_id, zero(order.currency_code)), order, lines) for each in taken]


def _given_back(refund: wire.Refund, order: wire.Order) -> Money:
    """Adjustments are stated from the merchant's side: what was given is below zero."""
    nodes = refund.order_adjustments.nodes if refund.order_adjustments else ()
    return -total((money(each.tax_amount_set) for each in nodes), order.currency_code)


def _with(taken: Taken, tax: Money, order: wire.Order, lines: Sequence[OrderLine]) -> Taken:
    if tax <= zero(tax.currency) or tax > taken.excess:
        return taken
    return replace(taken, refund=replace(taken.refund, lines=(*taken.refund.lines, *_lines(tax, order, lines))))


def _lines(tax: Money, order: wire.Order, lines: Sequence[OrderLine]) -> Iterator[RefundLine]:
    taxed = [(line, tax_total(line.taxes, tax.currency, TaxCollector.MERCHANT)) for line in lines]
    taxed = [(line, own) for line, own in taxed if not own.is_zero]
    if not taxed:
        return
    for (line, _), share in zip(taxed, allocate(tax, [own.amount for _, own in taxed]), strict=True):
        if not share.is_zero:
            yield RefundLine(
                line_id=line.source_id,
                kind=line.kind,
                name=line.name,
                sku=line.sku,
                quantity=Decimal(0),
                amount=share if order.taxes_included else zero(tax.currency),
                tax=share,
            )
