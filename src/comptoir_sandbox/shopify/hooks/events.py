"""Which topics a change of an order is told under (shopify.md §7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comptoir_sandbox.shopify.engine import Order


@dataclass(frozen=True, slots=True)
class Event:
    """A topic, and the refund it is about (its place in the order)."""

    topic: str
    refund: int | None = None


def events(before: Order | None, after: Order | None) -> Iterator[Event]:
    """Yield what is told of a change: created (nothing before), deleted (nothing after), or changed."""
    if after is None:
        yield Event("ORDERS_DELETE")
        return
    if before is None:
        yield Event("ORDERS_CREATE")
    else:
        yield Event("ORDERS_UPDATED")
        yield from _changes(before, after)
    paid_before = before is not None and before.financial_status == "PAID"
    if after.financial_status == "PAID" and not paid_before:
        yield Event("ORDERS_PAID")


def _changes(before: Order, after: Order) -> Iterator[Event]:
    if before.cart.cancelled_at is None and after.cart.cancelled_at is not None:
        yield Event("ORDERS_CANCELLED")
    if (before.cart.edits, len(before.cart.lines)) != (after.cart.edits, len(after.cart.lines)):
        yield Event("ORDERS_EDITED")
    for place in range(len(before.cart.refunds), len(after.cart.refunds)):
        yield Event("REFUNDS_CREATE", refund=place)
