"""A shop's order as the connector gets it, without GraphQL: the rendered nodes, cut to what the connector reads."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from comptoir.stores.shopify import wire
from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.connections import Listing
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.render import render

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LOCATION = {"__typename": "Location", "id": "gid://shopify/Location/1", "legacyResourceId": "1"}
OTHER_NAMES = {"shippingLines": "allShippingLines", "exchangeLineItems": "allExchangeLineItems"}
"""The connector asks for removed ones too."""


def payload_of(cart: Cart) -> dict[str, Any]:
    """The record that the store would keep of an order."""
    node = render(settle(cart), LOCATION, lambda: NOW).node
    cut: dict[str, Any] = _cut(node, wire.Order)
    notes = {each["id"]: each["note"] for each in node["refunds"] if each["note"]}
    return {**cut, "customerId": (cut["customer"] or {}).get("id"), "refundNotes": notes}


@cache
def _members(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.encode_name, hints[field.name]) for field in msgspec.structs.fields(kind))


def _cut(value: Any, kind: Any) -> Any:
    if callable(value):
        value = value()
    if value is None:
        return None
    origin, inner = get_origin(kind), get_args(kind)
    if NoneType in inner:
        return _cut(value, next(each for each in inner if each is not NoneType))
    return _cut_node(value, kind, origin, inner)


def _cut_node(value: Any, kind: Any, origin: Any, inner: tuple[Any, ...]) -> Any:
    if origin is wire.Connection:
        rows = [value.node(row) for row in value.rows] if isinstance(value, Listing) else value["nodes"]
        return {"nodes": [_cut(row, inner[0]) for row in rows], "pageInfo": {"hasNextPage": False}}
    if origin is tuple:
        return [_cut(each, inner[0]) for each in value]
    if isinstance(kind, type) and issubclass(kind, wire.Wire):
        named = ((name, value.get(OTHER_NAMES.get(name, name)), hint) for name, hint in _members(kind))
        return {name: _cut(each, hint) for name, each, hint in named}
    return Decimal(str(value)) if isinstance(value, float) else value
