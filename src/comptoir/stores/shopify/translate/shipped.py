"""When an order was sent, for those who date sales by it (posting rules, section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.returns import Swap

SUCCESS = "SUCCESS"


def shipped_at(order: wire.Order, swaps: Iterable[Swap], exchanged: frozenset[str]) -> datetime | None:
    """When the last parcel of the sale was sent; None while something of it is still to be sent, or nothing ever was.

    Parcels are Shopify's successful fulfillments. Those made after the first exchange began carry its goods, not the
    sale's, so that an exchange does not move the date of a sale. An order of which nothing is to be sent (a download,
    a gift card by e-mail) has nothing to wait for: it counts as sent when it was placed.
    """
    items = [item for item in order.line_items.nodes if item.requires_shipping and item.id not in exchanged]
    if not items:
        return order.processed_at
    if any(item.unfulfilled_quantity for item in items):
        return None
    until = min((swap.returned.created_at for swap in swaps if swap.given), default=None)
    sent = (each.created_at for each in order.fulfillments if each.status == SUCCESS)
    return max((moment for moment in sent if until is None or moment <= until), default=None)
