"""What has left of an order: its fulfillments line by line, and what is still to go (shopify.md §4.5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.cart import FulfilledLine, Fulfillment
from comptoir_sandbox.shopify.pricing import CartError

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Cart

GONE = ("CANCELLED", "ERROR", "FAILURE")
"""States of a fulfillment that took nothing away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfilled:
    """An order's fulfillments with all their lines, and what the store says of them."""

    fulfillments: tuple[Fulfillment, ...]
    status: str
    """displayFulfillmentStatus."""
    open: dict[int, int]
    """Pieces still to be fulfilled, by line (absent: none)."""


def fulfilled(cart: Cart, removed: dict[int, int]) -> Fulfilled:
    """Work out what was fulfilled. `removed`: pieces taken back by line. CartError when more left than there was."""
    if cart.fulfillments is None:
        return _implied(cart, removed)
    wanted = _fulfillable(cart)
    left = Counter(wanted)
    expanded = [_expanded(cart, each, left) for each in cart.fulfillments]
    gone = sum(wanted.values()) - sum(left.values())
    still = {at: min(count, cart.lines[at].quantity - removed.get(at, 0)) for at, count in left.items()}
    still = {at: count for at, count in still.items() if count > 0}
    return Fulfilled(
        fulfillments=tuple(expanded), status=cart.fulfillment_status or _status(wanted, gone, still), open=still
    )


def _status(wanted: Counter[int], gone: int, still: dict[int, int]) -> str:
    if not wanted:
        return "FULFILLMENT_NOT_REQUIRED"
    if not gone:
        return "UNFULFILLED"
    return "PARTIALLY_FULFILLED" if still else "FULFILLED"


def _expanded(cart: Cart, source: Fulfillment, left: Counter[int]) -> Fulfillment:
    """Name the lines of a fulfillment that names none; take its pieces off what is left."""
    lines = source.lines or tuple(
        FulfilledLine(line=at, quantity=count) for at, count in sorted(left.items()) if count > 0
    )
    if source.status not in GONE:
        for each in lines:
            if each.quantity > left[each.line]:
                raise CartError(
                    f"{cart.name}: {each.quantity} of line {each.line} cannot be fulfilled, {left[each.line]} are left"
                )
            left[each.line] -= each.quantity
    return replace(source, lines=lines)


def _implied(cart: Cart, removed: dict[int, int]) -> Fulfilled:
    status = cart.fulfillment_status or ("UNFULFILLED" if cart.cancelled_at else "FULFILLED")
    if status != "FULFILLED":
        rest = {
            at: line.quantity - removed.get(at, 0)
            for at, line in enumerate(cart.lines)
            if not line.is_tip and line.quantity > removed.get(at, 0)
        }
        return Fulfilled(fulfillments=(), status=status, open=rest)
    placed = max(cart.created_at, cart.processed_at)
    by_moment: dict[datetime, list[FulfilledLine]] = {}
    for at, count in _fulfillable(cart).items():
        if count > 0:
            moment = cart.lines[at].added_at or placed
            by_moment.setdefault(moment, []).append(FulfilledLine(line=at, quantity=count))
    made = tuple(Fulfillment(created_at=moment, lines=tuple(lines)) for moment, lines in sorted(by_moment.items()))
    return Fulfilled(fulfillments=made, status=status, open={})


def _fulfillable(cart: Cart) -> Counter[int]:
    """Return the pieces that could be fulfilled: sold, no tips, less what was removed before it could leave."""
    pieces = Counter({at: line.quantity for at, line in enumerate(cart.lines) if not line.is_tip})
    for edit in cart.edits:
        pieces[edit.line] -= edit.removed
    for refund in cart.refunds:
        for each in refund.lines:
            if each.restock_type == "CANCEL" and each.line in pieces:
                pieces[each.line] -= each.quantity
    return pieces
