"""An order's fulfillments as the GraphQL API shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.connections import of_nodes
from comptoir_sandbox.shopify.ids import child, gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.render_lines import number

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.cart import FulfilledLine, Fulfillment
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.render_lines import LineRenderer

Node = dict[str, Any]
DISPLAY_STATUSES = {
    "SUCCESS": "FULFILLED",
    "CANCELLED": "CANCELED",
    "ERROR": "FAILURE",
    "FAILURE": "FAILURE",
    "OPEN": "CONFIRMED",
    "PENDING": "SUBMITTED",
}


class FulfillmentRenderer:
    """Makes the nodes of an order's fulfillments. `node`: the order's, filled in later."""

    def __init__(self, order: Order, lines: LineRenderer, location: Node, node: Node) -> None:
        self._cart = order.cart
        self._lines = lines
        self._location = location
        self._node = node
        self._parts = 0
        self._of_line: dict[int, Node] = {}
        self.nodes = [self._fulfillment(at, each) for at, each in enumerate(order.fulfilled.fulfillments)]

    def line_item(self, line: int) -> Node:
        """Return the fulfillment line that a return of that order line refers to."""
        found = self._of_line.get(line)
        return found if found is not None else self._line(line, self._cart.lines[line].quantity)

    def _fulfillment(self, place: int, source: Fulfillment) -> Node:
        known = child(self._cart.id, place)
        delivered = source.delivered_at is not None and source.status == "SUCCESS"
        return {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", known),
            "legacyResourceId": str(known),
            "name": f"{self._cart.name}-F{place + 1}",
            "status": source.status,
            "displayStatus": "DELIVERED" if delivered else DISPLAY_STATUSES[source.status],
            "createdAt": stamp(source.created_at),
            "updatedAt": stamp(source.updated_at or source.delivered_at or source.created_at),
            "deliveredAt": stamp_or_none(source.delivered_at),
            "inTransitAt": None,
            "estimatedDeliveryAt": None,
            "requiresShipping": any(self._cart.lines[each.line].requires_shipping for each in source.lines),
            "totalQuantity": sum(each.quantity for each in source.lines),
            "trackingInfo": self._tracking(source),
            "location": self._location,
            "order": lambda: self._node,
            "fulfillmentLineItems": of_nodes(
                "FulfillmentLineItem", [self._fulfilled_line(each) for each in source.lines], number
            ),
        }

    def _tracking(self, source: Fulfillment) -> list[Node]:
        if source.tracking_number is None and source.tracking_url is None:
            return []
        return [
            {
                "__typename": "FulfillmentTrackingInfo",
                "company": source.tracking_company,
                "number": source.tracking_number,
                "url": source.tracking_url,
            }
        ]

    def _fulfilled_line(self, each: FulfilledLine) -> Node:
        node = self._line(each.line, each.quantity)
        self._of_line.setdefault(each.line, node)
        return node

    def _line(self, line: int, quantity: int) -> Node:
        self._parts += 1
        return {
            "__typename": "FulfillmentLineItem",
            "id": gid("FulfillmentLineItem", child(self._cart.id, self._parts - 1)),
            "quantity": quantity,
            "lineItem": partial(self._lines.line, line),
        }
