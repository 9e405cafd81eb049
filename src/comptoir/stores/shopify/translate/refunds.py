"""Refunds: what was taken back and the cash that went out (shopify.md §4.7). Edits that they settle: `settled`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comptoir.books.facts import LineKind, Refund, RefundLine, Restock, SourceId, TaxCollector, TaxLine
from comptoir.books.money import Money, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import UnreadableError, money, number_of, tax_lines, tax_total
from comptoir.stores.shopify.translate.lines import kind_of
from comptoir.stores.shopify.translate.tenders import cash, is_pending, refund_tenders

RESTOCKS = {
    "CANCEL": Restock.NEVER_LEFT,
    "RETURN": Restock.RETURNED,
    "NO_RESTOCK": Restock.NOT_RETURNED,
    "LEGACY_RESTOCK": Restock.RETURNED,
}
"""Shopify's restock types; one that is not here says nothing of the goods."""

BOTH = (TaxCollector.MERCHANT, TaxCollector.MARKETPLACE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A refund with what it took off the order: its stated value (a marketplace's tax included) and quantities."""

    refund: Refund
    value: Money
    quantities: Counter[str]
    """By the line item's gid; empty for a refund that moved neither value nor cash."""
    charges: frozenset[int] = frozenset()
    """The places of removed shipping lines that it gave the money of back."""

    @property
    def excess(self) -> Money:
        """Cash beyond the stated value; below zero where less was paid out than taken back."""
        return cash(self.refund.tenders, self.value.currency) - self.value


def taken_back(order: wire.Order) -> list[Taken]:
    """Every refund of the order, in the store's order."""
    items = {item.id: item for item in order.line_items.nodes}
    charges = {charge.id: charge for charge in order.shipping_lines.nodes if charge.id}
    return [_taken(refund, order, items, charges) for refund in order.refunds]


def _taken(
    refund: wire.Refund,
    order: wire.Order,
    items: Mapping[str, wire.LineItem],
    charges: Mapping[str, wire.ShippingLine],
) -> Taken:
    currency = order.currency_code
    lines = (
        *_goods(refund, order, items),
        *_shipping(refund, order, charges),
        *_duties(refund, currency),
    )
    fact = Refund(
        source_id=number_of(refund.id),
        at=refund.processed_at,
        lines=lines,
        tenders=refund_tenders(refund, order),
        pending=is_pending(refund),
        note=(order.refund_notes or {}).get(refund.id, ""),
    )
    value = _stated_value(refund, order)
    moved = not value.is_zero or bool(fact.tenders) or fact.pending
    quantities: Counter[str] = Counter()
    for line in refund.refund_line_items.nodes if moved else ():
        quantities[line.line_item.id] += line.quantity
    return Taken(refund=fact, value=value, quantities=quantities)


def _stated_value(refund: wire.Refund, order: wire.Order) -> Money:
    """What the refund took off the order's current total: goods, shipping and duties, with tax."""
    goods, shipping = refund.refund_line_items.nodes, refund.refund_shipping_lines.nodes
    parts = [
        *(money(line.subtotal_set) for line in goods),
        *(money(line.subtotal_amount_set) for line in shipping),
        *(money(duty.amount_set) for duty in refund.duties or ()),
    ]
    if not order.taxes_included:
        parts += [*(money(line.total_tax_set) for line in goods), *(money(line.tax_amount_set) for line in shipping)]
    return total(parts, order.currency_code)


def _goods(refund: wire.Refund, order: wire.Order, items: Mapping[str, wire.LineItem]) -> Iterator[RefundLine]:
    for line in refund.refund_line_items.nodes:
        item = items.get(line.line_item.id)
        if item is None:
            raise UnreadableError("refunds", f"refund {number_of(refund.id)} is about a line that the order has not")
        amount, tax = _without_marketplace_tax(
            money(line.subtotal_set), money(line.total_tax_set), tax_lines(item.tax_lines), order=order
        )
        yield RefundLine(
            line_id=number_of(item.id),
            kind=kind_of(item, order),
            name=item.name,
            sku=(item.sku or "").strip(),
            quantity=Decimal(line.quantity),
            amount=amount,
            tax=tax,
            restock=RESTOCKS.get(line.restock_type, Restock.UNSTATED),
            taxes=tax_lines(item.tax_lines),
        )


def _shipping(refund: wire.Refund, order: wire.Order, charges: Mapping[str, wire.ShippingLine]) -> Iterator[RefundLine]:
    for at, line in enumerate(refund.refund_shipping_lines.nodes, start=1):
        gid = line.shipping_line.id
        charge = charges.get(gid or "")
        amount, tax = _without_marketplace_tax(
            money(line.subtotal_amount_set),
            money(line.tax_amount_set),
            tax_lines(charge.tax_lines if charge else ()),
            order=order,
        )
        yield RefundLine(
            line_id=number_of(gid) if gid else SourceId(f"shipping-{at}"),
            kind=LineKind.SHIPPING,
            name=line.shipping_line.title,
            sku="",
            quantity=Decimal(1),
            amount=amount,
            tax=tax,
        )


def _duties(refund: wire.Refund, currency: str) -> Iterator[RefundLine]:
    for duty in refund.duties or ():
        yield RefundLine(
            line_id=number_of(duty.original_duty.id) if duty.original_duty else SourceId("duty"),
            kind=LineKind.DUTY,
            name="Duty",
            sku="",
            quantity=Decimal(1),
            amount=money(duty.amount_set),
            tax=zero(currency),
        )


def _without_marketplace_tax(
    amount: Money, tax: Money, taxes: Sequence[TaxLine], *, order: wire.Order
) -> tuple[Money, Money]:
    """Amount and tax less the marketplace's part, in proportion to the taxes of the line as sold."""
    theirs = tax_total(taxes, tax.currency, TaxCollector.MARKETPLACE)
    if theirs.is_zero:
        return amount, tax
    everything = tax_total(taxes, tax.currency, *BOTH)
    part = Money(tax.amount * theirs.amount / everything.amount, tax.currency).rounded()
    return (amount - part if order.taxes_included else amount), tax - part
