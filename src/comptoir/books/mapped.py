"""What of an order a mapping of the settings concerns: a tax of the store, or a payment method of the store."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.company import fold, tax_key
from comptoir.books.documents import Kind
from comptoir.books.facts import Order, SourceId, TaxCollector, TaxLine
from comptoir.books.taxes.mapping import find_name

Concerned = tuple[Kind, SourceId]
"""A kind of posting, and the fact of the store that it is of."""


def of_tax(order: Order, name: str) -> frozenset[Concerned]:
    """The sale and the refunds of an order of which a line bears this tax, named as under `taxes.codes`."""
    keys = {tax_key([name])}
    lines = [*(line.taxes for line in order.lines), *(line.taxes for refund in order.refunds for line in refund.lines)]
    if not any(find_name(_own(taxes), keys) for taxes in lines if _own(taxes)):
        return frozenset()
    return frozenset({(Kind.SALE, order.source_id), *((Kind.REFUND, refund.source_id) for refund in order.refunds)})


def of_method(order: Order, name: str) -> frozenset[Concerned]:
    """What moved money by this payment method, named as under `payments.methods`; as a receipt the sale does."""
    return frozenset(_of_method(order, fold(name)))


def _of_method(order: Order, wanted: str) -> Iterator[Concerned]:
    for tender in order.tenders:
        if fold(tender.method) == wanted:
            yield Kind.PAYMENT, tender.source_id
            yield Kind.SALE, order.source_id
    for refund in order.refunds:
        for tender in refund.tenders:
            if fold(tender.method) == wanted:
                yield Kind.REFUND, refund.source_id
                yield Kind.CASH_BACK, refund.source_id


def _own(taxes: tuple[TaxLine, ...]) -> list[TaxLine]:
    return [tax for tax in taxes if tax.collector is TaxCollector.MERCHANT]
