"""Which access scope a field needs (the part of Shopify's table that the sandbox serves; shopify.md §2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.errors import access_denied

if TYPE_CHECKING:
    from collections.abc import Collection

DEFAULT_SCOPES = (
    "read_all_orders",
    "read_customers",
    "read_locations",
    "read_orders",
    "read_payment_terms",
    "read_products",
    "read_returns",
)
ALL_ORDERS = "read_all_orders"

_ORDERS = (
    ("read_orders", "read_marketplace_orders"),
    "`read_orders` access scope or `read_marketplace_orders` access scope.",
)
_LOCATIONS = (
    ("read_locations", "read_inventory", "read_markets_home"),
    "`read_locations` access scope, `read_inventory` access scope or `read_markets_home` access scope.",
)
_CUSTOMERS = (("read_customers",), "`read_customers` access scope.")
_PRODUCTS = (("read_products",), "`read_products` access scope.")
_RETURNS = (
    ("read_returns", "read_marketplace_returns"),
    "`read_returns` access scope or `read_marketplace_returns` access scope.",
)
_WRITE_ORDERS = (
    ("write_orders", "write_marketplace_orders"),
    "`write_orders` access scope or `write_marketplace_orders` access scope.",
)
_MARK_AS_PAID = (
    ("write_orders",),
    "`write_orders` access scope. Also: The user must have mark_orders_as_paid permission.",
)
_CANCEL = (_WRITE_ORDERS[0], f"{_WRITE_ORDERS[1]} Also: This action cannot be reversed.")
_CAPTURE = (
    _WRITE_ORDERS[0],
    f"{_WRITE_ORDERS[1]} Also: The user must have capture_payments_for_orders permission.",
)
_ORDER_EDITS = (("write_order_edits",), "`write_order_edits` access scope.")
REQUIRED: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("QueryRoot", "order"): _ORDERS,
    ("QueryRoot", "orders"): _ORDERS,
    ("QueryRoot", "ordersCount"): _ORDERS,
    ("QueryRoot", "refund"): _ORDERS,
    ("QueryRoot", "location"): _LOCATIONS,
    ("QueryRoot", "locations"): _LOCATIONS,
    ("QueryRoot", "customer"): _CUSTOMERS,
    ("Order", "customer"): _CUSTOMERS,
    ("Order", "purchasingEntity"): _CUSTOMERS,
    ("Order", "paymentTerms"): (("read_payment_terms",), "`read_payment_terms` access scope."),
    ("LineItem", "product"): _PRODUCTS,
    ("LineItem", "variant"): _PRODUCTS,
    ("RefundLineItem", "location"): _LOCATIONS,
    ("QueryRoot", "return"): _RETURNS,
    ("Order", "returns"): _RETURNS,
    ("Refund", "return"): _RETURNS,
    ("QueryRoot", "shopifyPaymentsAccount"): (
        ("read_shopify_payments", "read_shopify_payments_accounts"),
        "the `read_shopify_payments` or the `read_shopify_payments_accounts` access scope.",
    ),
    ("ShopifyPaymentsAccount", "disputes"): (
        ("read_shopify_payments_disputes",),
        "User must have `read_shopify_payments_disputes` access.",
    ),
    ("Mutation", "orderCreate"): (
        ("write_orders",),
        (
            "`write_orders` access scope. Also: This mutation is only accessible to apps authenticated using "
            "[offline tokens](https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/"
            "offline-access-tokens)."
        ),
    ),
    ("Mutation", "refundCreate"): _WRITE_ORDERS,
    ("Mutation", "orderCancel"): _CANCEL,
    ("Mutation", "orderMarkAsPaid"): _MARK_AS_PAID,
    ("Mutation", "orderCapture"): _CAPTURE,
    ("Mutation", "orderEditBegin"): (_ORDER_EDITS[0], f"Requires {_ORDER_EDITS[1]}"),
    ("Mutation", "orderEditSetQuantity"): _ORDER_EDITS,
    ("Mutation", "orderEditAddVariant"): _ORDER_EDITS,
    ("Mutation", "orderEditCommit"): (_ORDER_EDITS[0], f"Requires {_ORDER_EDITS[1]}"),
}
"""(type, field) -> (one of these scopes, how the refusal says it)."""
NODE_SCOPES = {"Order": _ORDERS, "Refund": _ORDERS, "Return": _RETURNS, "Location": _LOCATIONS, "Customer": _CUSTOMERS}


def check(granted: Collection[str], parent: str, field: str) -> None:
    """Raise ACCESS_DENIED when the token lacks what the field needs. `write_x` grants `read_x`."""
    needed = REQUIRED.get((parent, field))
    if needed is not None:
        require(granted, needed, field)


def require(granted: Collection[str], needed: tuple[tuple[str, ...], str], field: str) -> None:
    """Raise ACCESS_DENIED unless one of the needed scopes is granted."""
    if not any(scope in granted or scope.replace("read_", "write_", 1) in granted for scope in needed[0]):
        raise access_denied(field, needed[1])
