"""The sandbox's GraphQL schema with its resolvers: root fields by name, everything else read from dictionaries."""

from __future__ import annotations

from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from graphql import GraphQLEnumType, GraphQLObjectType, GraphQLSchema, build_schema, is_non_null_type

from comptoir_sandbox.shopify import scopes
from comptoir_sandbox.shopify.connections import WITH_REMOVED, Listing
from comptoir_sandbox.shopify.errors import invalid_id, not_approved, too_many
from comptoir_sandbox.shopify.ids import gid, order_of, split_gid
from comptoir_sandbox.shopify.listings import LISTINGS, note_search, order_matcher
from comptoir_sandbox.shopify.mutations import MUTATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from comptoir_sandbox.shopify.call import Call, Info
    from comptoir_sandbox.shopify.engine import Order

ACCOUNT_LISTS = ("payouts", "balanceTransactions", "disputes")
MAX_IDS = 250
MAX_COUNT = 10_000
"""Default limit of a count."""


@cache
def sandbox_schema() -> GraphQLSchema:
    """Build the sandbox's schema, once a process."""
    text = files("comptoir_sandbox.shopify").joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name.startswith("__"):
            continue
        for name, definition in kind.fields.items():
            if kind.name == "QueryRoot":
                definition.resolve = _guarded(kind.name, name, ROOTS[name])
            elif kind.name == "ShopifyPaymentsAccount" and name in ACCOUNT_LISTS:
                definition.resolve = _guarded(kind.name, name, _account_list)
            elif kind.name == "Mutation":
                definition.resolve = _guarded(kind.name, name, MUTATIONS[name])
            elif (kind.name, name) in WITH_REMOVED:
                definition.resolve = _with_removed(*WITH_REMOVED[kind.name, name], name)
            elif (kind.name, name) in scopes.REQUIRED:
                definition.resolve = _guarded(kind.name, name, read_field)
    return schema


def enum_values(name: str) -> frozenset[str]:
    """Return the values of an enum of the schema."""
    kind = sandbox_schema().type_map[name]
    return frozenset(kind.values) if isinstance(kind, GraphQLEnumType) else frozenset()


def nullable(kind: str, name: str) -> bool:
    """Tell whether a field may be null; one that is not there may."""
    field = getattr(sandbox_schema().type_map[kind], "fields", {}).get(name)
    return field is None or not is_non_null_type(field.type)


def read_field(source: dict[str, Any], info: Info, **arguments: Any) -> Any:
    """Read a field of a rendered node: a value, a list that `first` may cut, a `Listing`, or a function."""
    value = source[info.field_name]
    if callable(value):
        value = value()
    if isinstance(value, Listing):
        return value.page(arguments)
    if arguments.get("first") is not None and isinstance(value, list):
        return value[: arguments["first"]]
    return value


def _with_removed(argument: str, everything: str, name: str) -> Callable[..., Any]:
    def listing(source: dict[str, Any], _info: Info, **arguments: Any) -> Any:
        return source[everything if arguments.get(argument) else name].page(arguments)

    return listing


def _guarded(parent: str, name: str, resolve: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(source: Any, info: Info, **arguments: Any) -> Any:
        scopes.check(info.context.granted, parent, name)
        return resolve(source, info, **arguments)

    return guarded


def _visible(call: Call, order: Order | None) -> Order | None:
    """Hide an order outside the 60-day window when the token has no read_all_orders."""
    if order is None or scopes.ALL_ORDERS in call.granted or order.cart.created_at >= call.shop.horizon():
        return order
    return None


def _number(text: str, kind: str) -> int:
    parts = split_gid(text)
    if parts is None or parts[0] != kind:
        raise invalid_id()
    return parts[1]


def _order(_source: Any, info: Info, **arguments: Any) -> Any:
    call: Call = info.context
    order = _visible(call, call.shop.find_order(_number(arguments["id"], "Order")))
    return None if order is None else call.shop.rendered(order.cart.id).node


def _refund(_source: Any, info: Info, **arguments: Any) -> Any:
    call: Call = info.context
    found = call.shop.find_refund(_number(arguments["id"], "Refund"))
    return found[1] if found is not None and _visible(call, found[0]) is not None else None


def _return(_source: Any, info: Info, **arguments: Any) -> Any:
    call: Call = info.context
    number = _number(arguments["id"], "Return")
    order = _visible(call, call.shop.find_order(order_of(number)))
    return None if order is None else call.shop.rendered(order.cart.id).returns.get(number)


def _listed(name: str) -> Callable[..., Any]:
    def resolve(_source: Any, info: Info, **arguments: Any) -> Any:
        return LISTINGS[name](info.context, arguments, str(info.path.key)).page(arguments)

    return resolve


def _orders_count(_source: Any, info: Info, **arguments: Any) -> Any:
    limit = arguments.get("limit", MAX_COUNT)
    number = info.context.shop.count(order_matcher(info.context, arguments.get("query"), str(info.path.key)))
    more = limit is not None and number > limit
    return {"__typename": "Count", "count": limit if more else number, "precision": "AT_LEAST" if more else "EXACT"}


def _shop(_source: Any, info: Info) -> Any:
    return info.context.shop.shop_node()


def _installation(_source: Any, info: Info) -> Any:
    handles = sorted(info.context.granted)
    granted = [{"__typename": "AccessScope", "handle": each, "description": each.replace("_", " ")} for each in handles]
    return {"__typename": "AppInstallation", "id": gid("AppInstallation", 1), "accessScopes": granted}


def _location(_source: Any, info: Info, **arguments: Any) -> Any:
    location = info.context.shop.location
    wanted = arguments.get("id")
    return location if wanted is None or _number(wanted, "Location") == int(location["legacyResourceId"]) else None


def _customer(_source: Any, info: Info, **arguments: Any) -> Any:
    if not info.context.shop.approved:
        raise not_approved("Customer")
    return info.context.shop.find_customer(_number(arguments["id"], "Customer"))


def _job(_source: Any, info: Info, **arguments: Any) -> Any:
    return info.context.services.jobs.find(arguments["id"])


def _bulk_operation(_source: Any, info: Info, **arguments: Any) -> Any:
    parts = split_gid(arguments["id"])
    if parts is None or parts[0] != "BulkOperation":
        raise invalid_id(f"Invalid id: {arguments['id']}")
    found = info.context.services.bulk.find(parts[1])
    return None if found is None else info.context.services.bulk.node(found, info.context.base_url)


def _current_bulk_operation(_source: Any, info: Info, **arguments: Any) -> Any:
    bulk = info.context.services.bulk
    runs = bulk.all() if arguments.get("type") == "QUERY" else []
    return bulk.node(runs[-1], info.context.base_url) if runs else None


def _webhook_subscription(_source: Any, info: Info, **arguments: Any) -> Any:
    found = info.context.services.hooks.find(_number(arguments["id"], "WebhookSubscription"))
    return None if found is None else found.node()


def _payments_account(_source: Any, info: Info) -> Any:
    return info.context.services.payments.node(partial(note_search, info.context))


def _account_list(source: Any, info: Info, **arguments: Any) -> Any:
    return source[info.field_name](arguments)


NODES: dict[str, Callable[..., Any]] = {
    "Order": _order,
    "Refund": _refund,
    "Return": _return,
    "Location": _location,
    "Customer": _customer,
    "BulkOperation": _bulk_operation,
    "WebhookSubscription": _webhook_subscription,
}
"""Types that `node(id:)` finds."""


def _node(source: Any, info: Info, **arguments: Any) -> Any:
    parts = split_gid(arguments["id"])
    if parts is None:
        raise invalid_id()
    find = NODES.get(parts[0])
    if find is None:
        return None
    if parts[0] in scopes.NODE_SCOPES:
        scopes.require(info.context.granted, scopes.NODE_SCOPES[parts[0]], "node")
    return find(source, info, id=arguments["id"])


def _nodes(source: Any, info: Info, **arguments: Any) -> Any:
    ids = arguments["ids"]
    if len(ids) > MAX_IDS:
        raise too_many(len(ids), MAX_IDS)
    return [_node(source, info, id=each) for each in ids]


ROOTS: dict[str, Callable[..., Any]] = {
    "order": _order,
    "ordersCount": _orders_count,
    "refund": _refund,
    "return": _return,
    "node": _node,
    "nodes": _nodes,
    "shop": _shop,
    "currentAppInstallation": _installation,
    "location": _location,
    "customer": _customer,
    "job": _job,
    "bulkOperation": _bulk_operation,
    "currentBulkOperation": _current_bulk_operation,
    "webhookSubscription": _webhook_subscription,
    "shopifyPaymentsAccount": _payments_account,
    **{name: _listed(name) for name in LISTINGS},
}
