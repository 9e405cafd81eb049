"""Lists that are longer than their first page inside an order: what is missing, and one query for several of them.

A connection inside an order is continued through `order(id:)` or `refund(id:)` (shopify.md §3.3); several are asked
for at once under aliases, so that a page of orders costs few calls more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from comptoir.stores.shopify.queries import with_fragments

Node = dict[str, Any]
"""A JSON object of the wire, changed in place while pages are merged."""

PARTS_PER_QUERY = 10
"""Each costs at most 93 points (ten returns), so that ten stay under the 1,000 of a query."""
REMOVED_TOO = {"shippingLines": ", includeRemovals: true", "exchangeLineItems": ", includeRemovedItems: true"}
"""What asks for removed lines as well, by the connection's field."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A connection that may be continued: the root that leads to it, the page size, the fragment of its selection."""

    root: str
    field: str
    size: int
    fragment: str


ORDER_KINDS = (
    Kind("order", "lineItems", 250, "LineItems"),
    Kind("order", "shippingLines", 50, "ShippingLines"),
    Kind("order", "returns", 10, "Returns"),
)
RETURN_KINDS = (
    Kind("return", "returnLineItems", 100, "ReturnLineItems"),
    Kind("return", "exchangeLineItems", 100, "ExchangeLineItems"),
    Kind("return", "refunds", 50, "ReturnRefunds"),
)
REFUND_KINDS = (
    Kind("refund", "refundLineItems", 250, "RefundLineItems"),
    Kind("refund", "refundShippingLines", 50, "RefundShippingLines"),
    Kind("refund", "orderAdjustments", 50, "OrderAdjustments"),
    Kind("refund", "transactions", 50, "Transactions"),
)


@dataclass(frozen=True, slots=True)
class Open:
    """A connection that goes on: `owner` is the order or refund that holds it."""

    kind: Kind
    owner: Node

    @property
    def cursor(self) -> str | None:
        """Where the next page starts; None for a list of which nothing was read yet."""
        cursor: str | None = self.owner[self.kind.field]["pageInfo"]["endCursor"]
        return cursor

    @property
    def goes_on(self) -> bool:
        """Whether there is a next page."""
        return bool(self.owner[self.kind.field]["pageInfo"]["hasNextPage"])

    def append(self, connection: Node) -> None:
        """Add the next page; the connection then says whether it still goes on."""
        mine = self.owner[self.kind.field]
        mine["nodes"] = [*mine["nodes"], *connection["nodes"]]
        mine["pageInfo"] = connection["pageInfo"]


def open_parts(order: Node) -> Iterator[Open]:
    """Every connection of an order node that has a next page."""
    returns = (order.get("returns") or {"nodes": ()})["nodes"]
    owners = [(kind, order) for kind in ORDER_KINDS if kind.field in order]
    owners += [(kind, refund) for refund in order["refunds"] for kind in REFUND_KINDS if kind.field in refund]
    owners += [(kind, found) for found in returns for kind in RETURN_KINDS]
    for kind, owner in owners:
        part = Open(kind, owner)
        if part.goes_on:
            yield part


def unread() -> Node:
    """A list of which nothing was read yet: the next page is its first."""
    return {"pageInfo": {"hasNextPage": True, "endCursor": None}, "nodes": []}


def question(parts: Sequence[Open]) -> tuple[str, dict[str, str | None]]:
    """One query for the next page of each of `parts`, under the aliases p0, p1, ..., and its variables."""
    names = range(len(parts))
    declared = ", ".join(f"$id{at}: ID!, $after{at}: String" for at in names)
    selections = "\n".join(_selection(at, part.kind) for at, part in enumerate(parts))
    variables: dict[str, str | None] = {f"id{at}": str(part.owner["id"]) for at, part in enumerate(parts)}
    variables |= {f"after{at}": part.cursor for at, part in enumerate(parts)}
    return with_fragments(f"query Rest({declared}) {{\n{selections}\n}}"), variables


def _selection(at: int, kind: Kind) -> str:
    arguments = f"first: {kind.size}, after: $after{at}{REMOVED_TOO.get(kind.field, '')}"
    return f"  p{at}: {kind.root}(id: $id{at}) {{ {kind.field}({arguments}) {{ ...{kind.fragment} }} }}"
