"""Reading a store as the engine does."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.contract.store.harness import StoreHarness

from comptoir.books.facts import Order, OrderLine, RawRecord, RefundLine, SourceId, TaxCollector
from comptoir.engine.ports import Store

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def payload_of(record: RawRecord) -> dict[str, Any]:
    """The record as `translate` gets it."""
    found: dict[str, Any] = json.loads(record.payload, parse_float=Decimal)
    return found


def as_order(store: Store, record: RawRecord) -> Order:
    made = store.translate(payload_of(record))
    assert isinstance(made, Order), made
    return made


def whole_pass(
    store: Store, *, until: datetime, since: datetime = LONG_AGO, cursor: str | None = None
) -> list[RawRecord]:
    """Every record of a pass, from its beginning or from where it stopped."""
    found: list[RawRecord] = []
    more = True
    while more:
        page = store.fetch_orders(cursor, since=since, until=until)
        found += page.records
        cursor, more = page.cursor, page.more
    return found


def record_of(shop: StoreHarness, order: SourceId) -> RawRecord:
    """The order's record as a new connection reads it now."""
    (found,) = (each for each in whole_pass(shop.store(), until=shop.now()) if each.source_id == order)
    return found


def order_of(shop: StoreHarness, order: SourceId) -> Order:
    """The fact that the store states of the order now."""
    return as_order(shop.store(), record_of(shop, order))


def tax_of(lines: Iterable[OrderLine], collector: TaxCollector) -> Decimal:
    taxes = (tax for line in lines for tax in line.taxes)
    return sum((tax.amount.amount for tax in taxes if tax.collector is collector), Decimal(0))


def lines_sum(order: Order) -> Decimal:
    """What the lines come to: net, and the merchant's tax where it is added (posting rules, section 1)."""
    net = sum((line.net.amount for line in order.lines), Decimal(0))
    return net if order.prices_include_tax else net + tax_of(order.lines, TaxCollector.MERCHANT)


def taken_back(lines: Iterable[RefundLine], *, included: bool) -> Decimal:
    """The value of refund lines, with tax."""
    return sum((line.amount.amount + (0 if included else line.tax.amount) for line in lines), Decimal(0))
