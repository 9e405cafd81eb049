"""Order edits that were begun and not committed: what they change, and the order they would make."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import QuantityEdit
from comptoir_sandbox.shopify.connections import of_nodes
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.ids import child, gid
from comptoir_sandbox.shopify.render_lines import LineRenderer, number

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Cart, CartLine
    from comptoir_sandbox.shopify.engine import Order


@dataclass
class Session:
    """One edit: of which order, with which quantities lowered (by line) and which lines added."""

    id: int
    order_id: int
    quantities: dict[int, int] = field(default_factory=dict)
    added: list[CartLine] = field(default_factory=list)

    def applied(self, order: Order, moment: datetime) -> Cart:
        """Return the cart with the edit in it."""
        cart = order.cart
        # After all refunds of the same moment: what they gave back stays as it is.
        at = max([moment, *(each.processed_at + timedelta(seconds=1) for each in cart.refunds)])
        edits = [
            QuantityEdit(line=line, removed=left - wanted, at=at)
            for line, wanted in self.quantities.items()
            if (left := cart.lines[line].quantity - order.removed.get(line, 0)) > wanted
        ]
        lines = tuple(replace(each, added_at=moment) for each in self.added)
        return replace(cart, edits=(*cart.edits, *edits), lines=(*cart.lines, *lines))

    def node(self, order: Order, order_node: dict[str, Any], moment: datetime) -> dict[str, Any]:
        """Return the CalculatedOrder."""
        made = settle(self.applied(order, moment))
        lines = LineRenderer(made)
        calculated = [self._line(made, lines, at) for at in range(len(made.cart.lines))]
        first = len(order.cart.lines)
        return {
            "__typename": "CalculatedOrder",
            "id": gid("CalculatedOrder", self.id),
            "originalOrder": order_node,
            "subtotalLineItemsQuantity": sum(
                each["quantity"] for each, line in zip(calculated, made.cart.lines, strict=True) if not line.is_tip
            ),
            "subtotalPriceSet": made.exchange.bag(made.totals.current_subtotal),
            "totalPriceSet": made.exchange.bag(made.totals.current_total),
            "totalOutstandingSet": made.exchange.bag(made.totals.outstanding),
            "lineItems": of_nodes("CalculatedLineItem", calculated, number),
            "addedLineItems": of_nodes("CalculatedLineItem", calculated[first:], number),
            "allLines": calculated,
        }

    def _line(self, made: Order, lines: LineRenderer, at: int) -> dict[str, Any]:
        shown = lines.line(at)
        return {
            **{name: shown[name] for name in ("title", "variantTitle", "sku", "variant", "customAttributes")},
            "__typename": "CalculatedLineItem",
            "id": gid("CalculatedLineItem", child(made.cart.id, at)),
            "quantity": shown["currentQuantity"],
            "editableQuantity": made.fulfilled.open.get(at, 0),
            "originalUnitPriceSet": shown["originalUnitPriceSet"],
        }


class Sessions:
    """The open edits by id. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[int, Session] = {}
        self._last = 0

    def begin(self, order_id: int) -> Session:
        """Open an edit."""
        with self._lock:
            self._last += 1
            self._open[self._last] = Session(self._last, order_id)
            return self._open[self._last]

    def find(self, known: int | None) -> Session | None:
        """Return an open edit."""
        with self._lock:
            return self._open.get(known or 0)

    def close(self, session: Session) -> None:
        """End an edit."""
        with self._lock:
            self._open.pop(session.id, None)

    def reset(self) -> None:
        """Drop all."""
        with self._lock:
            self._open.clear()
