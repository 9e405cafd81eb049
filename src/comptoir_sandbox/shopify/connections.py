"""Relay connections: page arguments, cursors, page info, and their refusals (shopify.md §3.3)."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_PAGE = 250

Key = tuple[Any, int]
"""(sort value, numeric id): what a list is ordered by."""

WITH_REMOVED = {
    ("Order", "shippingLines"): ("includeRemovals", "allShippingLines"),
    ("Return", "exchangeLineItems"): ("includeRemovedItems", "allExchangeLineItems"),
}
"""Lists that leave out what was removed unless an argument asks for it, and where the whole list is."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Something a client pages through: rows in ascending order of `key`, made into nodes when a page shows them.

    `cursor_value`: what a cursor says of the sort value (default: the value itself, which must be JSON), and
    `value_of_cursor` its inverse.
    """

    name: str
    """The GraphQL name of the node's type; the connection is called `<name>Connection`."""
    rows: Sequence[Any]
    key: Callable[[Any], Key]
    node: Callable[[Any], Mapping[str, Any]]
    cursor_value: Callable[[Any], Any] = lambda value: value
    value_of_cursor: Callable[[Any], Any] = lambda value: value

    def page(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the connection object for `first/after`, `last/before` and `reverse`; GraphQLError on misuse."""
        size, from_start = _page_size(arguments)
        reverse = bool(arguments.get("reverse"))
        low, high = self._window(arguments, reverse=reverse)
        # `reverse` turns the list around: its start is the highest key.
        ascending = from_start is not reverse
        start, stop = (low, min(low + size, high)) if ascending else (max(high - size, low), high)
        shown = list(self.rows[start:stop])
        before, after = start > 0, stop < len(self.rows)
        if reverse:
            shown.reverse()
            before, after = after, before
        return self._connection(shown, has_previous=before, has_next=after)

    def _window(self, arguments: Mapping[str, Any], *, reverse: bool) -> tuple[int, int]:
        try:
            return self._cut(arguments, reverse=reverse)
        except TypeError as error:  # a cursor of another order of sorting
            raise bad_request("Malformed cursor") from error

    def _cut(self, arguments: Mapping[str, Any], *, reverse: bool) -> tuple[int, int]:
        low, high = 0, len(self.rows)
        after, before = arguments.get("after"), arguments.get("before")
        if reverse:
            after, before = before, after
        if after is not None:
            low = bisect_right(self.rows, self._read_cursor(after), key=self.key)
        if before is not None:
            high = bisect_left(self.rows, self._read_cursor(before), key=self.key)
        return low, max(low, high)

    def _connection(self, shown: list[Any], *, has_previous: bool, has_next: bool) -> dict[str, Any]:
        nodes = [self.node(row) for row in shown]

        def edges() -> list[dict[str, Any]]:
            pairs = zip(shown, nodes, strict=True)
            return [
                {"__typename": f"{self.name}Edge", "cursor": self._cursor(row), "node": node} for row, node in pairs
            ]

        return {
            "__typename": f"{self.name}Connection",
            "nodes": nodes,
            "edges": edges,
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": has_next,
                "hasPreviousPage": has_previous,
                "startCursor": self._cursor(shown[0]) if shown else None,
                "endCursor": self._cursor(shown[-1]) if shown else None,
            },
        }

    def _cursor(self, row: Any) -> str:
        value, number = self.key(row)
        text = json.dumps({"last_id": number, "last_value": self.cursor_value(value)}, separators=(",", ":"))
        return base64.b64encode(text.encode()).decode()

    def _read_cursor(self, text: str) -> Key:
        try:
            content = json.loads(base64.b64decode(text, validate=True))
            return self.value_of_cursor(content["last_value"]), int(content["last_id"])
        except (binascii.Error, ValueError, KeyError, TypeError) as error:
            raise bad_request("Malformed cursor") from error


def of_nodes(name: str, nodes: Sequence[Mapping[str, Any]], number: Callable[[Any], int]) -> Listing:
    """Return the listing of an order's own parts, in order of their numeric ids."""
    return Listing(name=name, rows=nodes, key=lambda row: (number(row),) * 2, node=lambda row: row)


def _page_size(arguments: Mapping[str, Any]) -> tuple[int, bool]:
    """Return (page size, counted from the start)."""
    first, last = arguments.get("first"), arguments.get("last")
    if first is None and last is None:
        raise bad_request("you must provide one of first or last")
    if first is not None and last is not None:
        raise bad_request("providing both first and last is not supported")
    size = int(first if first is not None else last or 0)
    if size < 0:
        raise bad_request(f"{'first' if first is not None else 'last'} must not be negative")
    if size > MAX_PAGE:
        raise bad_request(f"The page size of {size} is greater than the maximum allowed of {MAX_PAGE}.")
    return size, first is not None
