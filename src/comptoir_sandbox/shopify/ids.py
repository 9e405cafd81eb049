"""Global ids and times as the API writes them (shopify.md §3.4)."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

CHILDREN_PER_ORDER = 10_000
"""Size of the block of numeric ids that an order's lines, transactions and refunds take theirs from."""
GID = re.compile(r"gid://shopify/([A-Za-z]+)/([0-9]+)")


def gid(kind: str, number: int) -> str:
    """Return the global id of an object."""
    return f"gid://shopify/{kind}/{number}"


def split_gid(text: str) -> tuple[str, int] | None:
    """Return (type name, numeric id), or None for what is not a global id."""
    found = GID.fullmatch(text)
    return (found[1], int(found[2])) if found else None


def child(order_id: int, place: int) -> int:
    """Return the numeric id of the order's part at that place (of its kind)."""
    return order_id * CHILDREN_PER_ORDER + place


def order_of(child_id: int) -> int:
    """Return the order's numeric id of a part made by `child`."""
    return child_id // CHILDREN_PER_ORDER


def stamp(moment: datetime) -> str:
    """Return the DateTime scalar: UTC, whole seconds, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(moment: datetime | None) -> str | None:
    """`stamp`, of a moment that may be missing."""
    return None if moment is None else stamp(moment)
