from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from comptoir.books.facts import Order

Record = dict[str, Any]
Build = Callable[..., Order]


@pytest.fixture
def sent_in(record: Callable[[str], Record]) -> Callable[..., Record]:
    """An order whose parcels were made on these days of November, each with its status."""

    def build(*parcels: tuple[int, str], name: str = "partial_refund", left: int = 0, ships: bool = True) -> Record:
        sent = record(name)
        sent["fulfillments"] = [
            {"status": status, "createdAt": f"2026-11-{day:02}T10:00:00Z"} for day, status in parcels
        ]
        sent["lineItems"]["nodes"][0] |= {"unfulfilledQuantity": left, "requiresShipping": ships}
        return sent

    return build


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 10, tzinfo=UTC)


def test_the_last_parcel_counts(order: Build, sent_in: Callable[..., Record]) -> None:
    assert order(sent_in((4, "SUCCESS"), (3, "SUCCESS"))).shipped_at == day(4)


def test_parcels_that_came_to_nothing_do_not_count(order: Build, sent_in: Callable[..., Record]) -> None:
    assert order(sent_in((3, "SUCCESS"), (4, "CANCELLED"), (5, "FAILURE"))).shipped_at == day(3)


@pytest.mark.parametrize(("parcels", "left"), [([(3, "SUCCESS")], 1), ([], 0), ([(3, "ERROR")], 0)])
def test_what_is_not_all_sent_is_not_shipped(
    order: Build, sent_in: Callable[..., Record], parcels: list[tuple[int, str]], left: int
) -> None:
    assert order(sent_in(*parcels, left=left)).shipped_at is None


def test_what_needs_no_parcel_is_sent_when_it_is_ordered(order: Build, sent_in: Callable[..., Record]) -> None:
    made = order(sent_in(ships=False, left=1))
    assert made.shipped_at == made.placed_at


def test_the_parcel_of_an_exchange_does_not_move_the_date(order: Build, sent_in: Callable[..., Record]) -> None:
    """Its return began on the 4th; the goods given for it were sent on the 7th, or are still to be sent."""
    sent = sent_in((3, "SUCCESS"), (7, "SUCCESS"), name="exchange_for_less")
    assert order(sent).shipped_at == day(3)
    sent["lineItems"]["nodes"][1]["unfulfilledQuantity"] = 1
    assert order(sent).shipped_at == day(3)


def test_a_record_from_before_parcels_were_read_says_nothing(order: Build) -> None:
    assert order("partial_refund").shipped_at is None
