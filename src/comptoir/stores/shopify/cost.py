"""PURE: what a page costs and what the bucket holds (shopify.md §3.2)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

MAX_QUERY_COST = 1000
"""Points that one query may request, whatever the plan."""
PAGE_SIZES = (1, 3, 6, 12, 25, 50, 100)
"""Orders a page, the steps up and down."""
FIRST_PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Bucket:
    """The shop's points as an answer told them: how many there were `at` (seconds of a monotonic clock)."""

    available: Decimal
    maximum: Decimal
    restore_per_second: Decimal
    at: float

    def wait_seconds(self, cost: int, *, now: float) -> float:
        """How long until `cost` points are there; 0 when they are, or when they never will be."""
        restored = self.available + self.restore_per_second * Decimal(max(0.0, now - self.at))
        missing = min(Decimal(cost), self.maximum) - min(restored, self.maximum)
        return max(0.0, float(missing / self.restore_per_second))


def smaller(size: int) -> int | None:
    """The next smaller page, about half; None below the smallest."""
    return max((step for step in PAGE_SIZES if step < size), default=None)


def next_size(size: int, *, cost: int, bucket: Bucket | None) -> int:
    """A step up when a page of that size stays under the limit and fits into a full bucket.

    Larger pages cost less an order (four times the orders, half as much again in points), so a low bucket is a
    reason to wait, not to stay small.
    """
    larger = min((step for step in PAGE_SIZES if step > size), default=size)
    expected = predicted_cost(cost, size, larger)
    fits = bucket is None or expected <= bucket.maximum
    return larger if expected < MAX_QUERY_COST and fits else size


def predicted_cost(cost: int, size: int, other: int) -> int:
    """What a page of `other` records requests when one of `size` requested `cost` (an upper estimate)."""
    return math.ceil(cost * weight(other) / weight(size))


def weight(size: int) -> int:
    """How many times Shopify counts the node of a connection of `size`: 1, then floor(2 ln n)."""
    return size if size <= 1 else max(1, math.floor(2 * math.log(size)))
