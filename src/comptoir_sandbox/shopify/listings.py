"""The lists at the root of the schema: what a page is cut from, and what a bulk operation goes through."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify import scopes
from comptoir_sandbox.shopify.connections import Listing, of_nodes
from comptoir_sandbox.shopify.ids import split_gid, stamp
from comptoir_sandbox.shopify.order_search import DEFAULT_SORT, compile_order_search
from comptoir_sandbox.shopify.search import compile_search, parse_search
from comptoir_sandbox.shopify.search_terms import moment, number, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comptoir_sandbox.shopify.call import Call
    from comptoir_sandbox.shopify.order_search import IndexEntry
    from comptoir_sandbox.shopify.search import Compiled, Node, Term


def order_matcher(call: Call, query: str | None, path: str) -> Callable[[IndexEntry], bool]:
    """Compile a search within the token's window; note its warnings for the answer."""
    parsed, compiled = compile_order_search(query or "", call.shop.zone)
    note_search(call, path, query, parsed, compiled)
    if scopes.ALL_ORDERS in call.granted:
        return compiled.matches
    horizon = call.shop.horizon()
    return lambda entry: entry.created_at >= horizon and compiled.matches(entry)


def note_search(call: Call, path: str | list[str], query: str | None, parsed: Node, compiled: Compiled) -> None:
    """Note for `extensions.search` what a search said, when it has warnings or the client debugs."""
    if query and (compiled.warnings or call.search_debug):
        entry: dict[str, Any] = {
            "path": [path] if isinstance(path, str) else path,
            "query": query,
            "parsed": parsed.parsed(),
        }
        if compiled.warnings:
            entry["warnings"] = compiled.warnings
        call.searches.append(entry)


def _orders(call: Call, arguments: Mapping[str, Any], path: str) -> Listing:
    matches = order_matcher(call, arguments.get("query"), path)
    return call.shop.search(matches, arguments.get("sortKey") or DEFAULT_SORT)


def _locations(call: Call, _arguments: Mapping[str, Any], _path: str) -> Listing:
    return of_nodes("Location", [call.shop.location], lambda node: int(node["legacyResourceId"]))


def _bulk_operations(call: Call, arguments: Mapping[str, Any], path: str) -> Listing:
    zone = call.shop.zone
    fields: dict[str, Callable[[Term], Callable[[Any], bool]]] = {
        "id": lambda term: number(term, lambda each: each.id),
        "created_at": lambda term: moment(term, zone, lambda each: each.created_at),
        "completed_at": lambda term: moment(term, zone, lambda each: each.completed_at or each.created_at),
        "status": lambda term: one_of(term, lambda each: each.status.lower()),
        "operation_type": lambda term: one_of(term, lambda _each: "query"),
    }
    parsed = parse_search(arguments.get("query") or "")
    compiled = compile_search(parsed, fields)
    note_search(call, path, arguments.get("query"), parsed, compiled)
    by_end = arguments.get("sortKey") == "COMPLETED_AT"
    bulk = call.services.bulk

    def key(each: Any) -> tuple[str, int]:
        return stamp((each.completed_at if by_end else None) or each.created_at), each.id

    found = sorted((each for each in bulk.all() if compiled.matches(each)), key=key)
    return Listing(name="BulkOperation", rows=found, key=key, node=lambda each: bulk.node(each, call.base_url))


def _webhook_subscriptions(call: Call, arguments: Mapping[str, Any], path: str) -> Listing:
    zone = call.shop.zone
    fields: dict[str, Callable[[Term], Callable[[Any], bool]]] = {
        "id": lambda term: number(term, lambda each: each.id),
        "created_at": lambda term: moment(term, zone, lambda each: each.created_at),
        "updated_at": lambda term: moment(term, zone, lambda each: each.created_at),
    }
    parsed = parse_search(arguments.get("query") or "")
    compiled = compile_search(parsed, fields)
    note_search(call, path, arguments.get("query"), parsed, compiled)
    topics, uri = arguments.get("topics"), arguments.get("uri")
    found = [
        each
        for each in call.services.hooks.all()
        if compiled.matches(each) and (not topics or each.topic in topics) and (uri is None or each.uri == uri)
    ]
    by_id = arguments.get("sortKey") == "ID"

    def key(each: Any) -> tuple[Any, int]:
        return (each.id if by_id else stamp(each.created_at)), each.id

    return Listing(name="WebhookSubscription", rows=sorted(found, key=key), key=key, node=lambda each: each.node())


LISTINGS: dict[str, Callable[[Call, Mapping[str, Any], str], Listing]] = {
    "orders": _orders,
    "locations": _locations,
    "bulkOperations": _bulk_operations,
    "webhookSubscriptions": _webhook_subscriptions,
}


BULK_ROOTS = frozenset({*LISTINGS, "order"})
"""Roots that a bulk operation can go through."""


def listing(call: Call, name: str, arguments: Mapping[str, Any]) -> Listing:
    """Return what a bulk operation finds below a root: all of a list, or the one order; orders are not kept."""
    scopes.check(call.granted, "QueryRoot", name)
    if name == "order":
        parts = split_gid(arguments["id"])
        entry = call.shop.find_order(parts[1]) if parts is not None and parts[0] == "Order" else None
        rows = [(0, entry.cart.id)] if entry is not None else []
        return Listing(name="Order", rows=rows, key=lambda row: row, node=lambda row: call.shop.render_once(row[1]))
    found = LISTINGS[name](call, arguments, name)
    return replace(found, node=lambda row: call.shop.render_once(row[1])) if name == "orders" else found
