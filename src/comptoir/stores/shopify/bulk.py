"""A long history in one go: a bulk operation's query, its result file, and the orders in it (shopify.md §3.6).

The file has a line for every order and one for every child of its lists, wherever they happen to be; a child names its
parent. What a bulk query cannot ask for (lists inside refunds and returns) is left unread here and completed by the
store like any list that goes on. An order is then the same record as when it comes on a page.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from comptoir.http.bodies import read_json
from comptoir.stores.shopify.parts import REFUND_KINDS, Node, unread
from comptoir.stores.shopify.queries import expanded

SCHEDULES_OF_AN_ORDER = 10
"""As many instalments as a page of orders asks for."""
PARENT = "__parentId"


class BrokenResultError(Exception):
    """The result file is not the whole of what the operation found."""


def bulk_query(search: str, parts: Mapping[str, bool]) -> str:
    """The query over every order that `search` finds, without variables and fragments.

    `parts` says which parts with a scope of their own to ask for, as in queries/orders.graphql.
    """
    schedules = "paymentTerms { id paymentSchedules { edges { node { id dueAt completedAt } } } }"
    optional = {
        "customers": expanded("Buyer"),
        "terms": schedules,
        "returns": "returns { edges { node { id } } }",
    }
    wanted = " ".join(text for part, text in optional.items() if parts[part])
    node = f"""{expanded("Order")} {wanted}
      refunds {{ {expanded("Refund")} }}
      shippingLines(includeRemovals: true) {{ edges {{ node {{ {expanded("ShippingLine")} }} }} }}
      lineItems {{ edges {{ node {{ {expanded("LineItem")} }} }} }}"""
    return f"query {{ orders(query: {json.dumps(search)}) {{ edges {{ node {{ {node} }} }} }} }}"


class Results:
    """The orders of a result file, in its order. The file is not read into memory; where its lines are is."""

    def __init__(self, file: BinaryIO, *, parts: Mapping[str, bool], expected: int) -> None:
        """`expected` is how many orders the operation says it found; BrokenResultError where the file has others."""
        self._file = file
        self._let_go = weakref.finalize(self, file.close)
        self._parts = parts
        self._roots: list[int] = []
        self._children: dict[str, list[int]] = {}
        self._index()
        if len(self) != expected:
            raise BrokenResultError(f"{len(self)} orders instead of {expected}")

    def __len__(self) -> int:
        return len(self._roots)

    def close(self) -> None:
        """Let go of the file; it is let go of anyway when nobody holds the results any more."""
        self._let_go()

    def orders(self, start: int, count: int) -> list[Node]:
        """`count` orders from the `start`-th on, each with its children; fewer at the end."""
        return [self._order(offset) for offset in self._roots[start : start + count]]

    def _index(self) -> None:
        offset = 0
        self._file.seek(0)
        for line in self._file:
            if line.strip():
                parent = _parsed(line).get(PARENT)
                places = self._roots if parent is None else self._children.setdefault(parent, [])
                places.append(offset)
            offset += len(line)

    def _order(self, offset: int) -> Node:
        order = self._line(offset)
        lists: dict[str, list[Node]] = {"lineItems": [], "shippingLines": [], "returns": []}
        for child in self._children_of(order["id"]):
            lists[_list_of(child)].append(child)
        for name in ("lineItems", "shippingLines"):
            order[name] = _whole(lists[name])
        if self._parts["returns"]:  # what is in a return is asked for afterwards
            order["returns"] = unread() if lists["returns"] else _whole([])
        if order.get("paymentTerms"):
            self._add_schedules(order["paymentTerms"])
        for refund in order["refunds"]:
            refund |= {kind.field: unread() for kind in REFUND_KINDS}
        return order

    def _add_schedules(self, terms: Node) -> None:
        known = terms.pop("id")
        schedules = [{key: each[key] for key in ("dueAt", "completedAt")} for each in self._children_of(known)]
        terms["paymentSchedules"] = {"nodes": schedules[:SCHEDULES_OF_AN_ORDER]}

    def _children_of(self, parent: str) -> Iterator[Node]:
        for offset in self._children.get(parent, ()):
            child = self._line(offset)
            del child[PARENT]
            yield child

    def _line(self, offset: int) -> Node:
        self._file.seek(offset)
        return _parsed(self._file.readline())


def _whole(nodes: list[Node]) -> Node:
    return {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}


def _list_of(child: Node) -> str:
    """Which list of its order a child belongs to. Some shipping lines have no id, so the shape tells."""
    if "isRemoved" in child:
        return "shippingLines"
    return "lineItems" if "currentQuantity" in child else "returns"


def _parsed(line: bytes) -> Node:
    try:
        found = read_json(line)
    except ValueError as error:
        raise BrokenResultError("a line of the file is cut or no JSON") from error
    if not isinstance(found, dict):
        raise BrokenResultError("a line of the file is no object")
    return found
