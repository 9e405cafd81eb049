"""The store's own truth, for checks from outside: every order with its totals, transactions and refunds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.connections import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from comptoir_sandbox.shopify.shop import Shop

LEFT_AWAY = frozenset(
    {
        "__typename",
        "order",
        "lineItem",
        "parentTransaction",
        "purchasingEntity",
        "shippingLine",
        "location",
        "allShippingLines",
        "allExchangeLineItems",
        "nonFulfillableLineItems",
        "originalDuty",
    }
)
"""Fields that lead back to what the dump has already."""


def dump_lines(shop: Shop, *, with_lines: bool = False) -> Iterator[str]:
    """Yield one line of JSON per order, lowest id first: `{"type": "Order", "object": {...}}`.

    `lineItems` only `with_lines`: they are nine tenths of the text.

    Fields are named as in the GraphQL API, connections are plain lists, a money bag is its shop amount (text).
    """
    for order in shop.orders():
        node = shop.rendered(order.cart.id).node
        if not with_lines:
            node = {name: value for name, value in node.items() if name != "lineItems"}
        yield json.dumps({"type": "Order", "object": plain(node)}, ensure_ascii=False)


def plain(value: Any) -> Any:
    """Return a node as plain JSON values."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return _plain_object(value)
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, Listing):
        return [plain(value.node(row)) for row in value.rows]
    return plain(value())


def _plain_object(node: Mapping[str, Any]) -> Any:
    special = SPECIAL.get(node.get("__typename", ""))
    return _members(node) if special is None else special(node)


def _refund_line(node: Mapping[str, Any]) -> dict[str, Any]:
    line = node["lineItem"]()
    return {**_members(node), "lineItem": {"id": line["id"], "sku": line["sku"], "title": line["title"]}}


SPECIAL: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "MoneyBag": lambda node: node["shopMoney"]["amount"],
    "MoneyV2": lambda node: node["amount"],
    "RefundLineItem": _refund_line,
    "ExchangeLineItem": lambda node: {
        "quantity": node["quantity"],
        "sku": node["variantSku"],
        "title": node["title"],
    },
    "FulfillmentLineItem": lambda node: {"sku": node["lineItem"]()["sku"]},
    "Return": lambda node: _members({name: value for name, value in node.items() if name != "refunds"}),
}
"""Types that are not simply all their members."""


def _members(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in node.items() if name not in LEFT_AWAY}
