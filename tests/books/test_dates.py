from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.books.conftest import BEFORE_START, LATER, NOON, make_order, make_resolved, make_settings, make_tender

from comptoir.books.dates import due_date, sale_moment
from comptoir.books.facts import SourceId
from comptoir.books.settings import DatedBy, DueRule, DueSettings

DUE = [
    pytest.param("2026-01-31", DueRule.AT_ONCE, 0, "2026-01-31", id="nothing set: the transaction date"),
    pytest.param("2026-01-31", DueRule.DAYS_AFTER, 30, "2026-03-02", id="days after the date"),
    pytest.param("2026-01-10", DueRule.DAYS_AFTER_MONTH_END, 0, "2026-01-31", id="the month's end"),
    pytest.param("2026-02-10", DueRule.DAYS_AFTER_MONTH_END, 30, "2026-03-30", id="days after the month's end"),
    pytest.param("2026-12-10", DueRule.DAYS_AFTER_MONTH_END, 1, "2027-01-01", id="over the year's end"),
    pytest.param("2026-01-10", DueRule.DAY_OF_MONTH, 15, "2026-01-15", id="day of this month"),
    pytest.param("2026-02-10", DueRule.DAY_OF_MONTH, 31, "2026-02-28", id="clamped to the month's end"),
    pytest.param("2026-01-20", DueRule.DAY_OF_MONTH, 15, "2026-01-20", id="never before the transaction date"),
    pytest.param("2026-01-31", DueRule.DAY_OF_NEXT_MONTH, 31, "2026-02-28", id="next month, clamped"),
    pytest.param("2028-01-31", DueRule.DAY_OF_NEXT_MONTH, 30, "2028-02-29", id="next month, leap year"),
    pytest.param("2026-12-05", DueRule.DAY_OF_NEXT_MONTH, 10, "2027-01-10", id="next month, next year"),
    pytest.param("2026-11-05", DueRule.DAY_OF_NEXT_MONTH, 10, "2026-12-10", id="next month, December"),
]


@pytest.mark.parametrize(("dated", "rule", "days", "expected"), DUE)
def test_the_due_date(dated: str, rule: DueRule, days: int, expected: str) -> None:
    assert due_date(date.fromisoformat(dated), DueSettings(rule, days)) == date.fromisoformat(expected)


HALF = make_tender("5.00", at=NOON)
REST = make_tender("5.00", at=LATER, source_id=SourceId("tx-2"))
SHIPPED = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
MOMENTS: list[Any] = [
    pytest.param(DatedBy.ORDER, {"tenders": ()}, NOON, id="the order's day"),
    pytest.param(DatedBy.PAID, {"tenders": (REST, HALF)}, LATER, id="the day that completed the payment"),
    pytest.param(DatedBy.PAID, {"tenders": (HALF,)}, None, id="not paid in full"),
    pytest.param(DatedBy.PAID, {"tenders": (make_tender("10.00", at=BEFORE_START),)}, NOON, id="paid before the order"),
    pytest.param(DatedBy.SHIPPED, {"shipped_at": SHIPPED}, SHIPPED, id="shipped"),
    pytest.param(DatedBy.SHIPPED, {}, None, id="not shipped"),
]


@pytest.mark.parametrize(("dated_by", "changes", "expected"), MOMENTS)
def test_the_moment_that_dates_a_sale(dated_by: DatedBy, changes: dict[str, Any], expected: datetime | None) -> None:
    resolved = make_resolved(make_settings(orders={"dated_by": dated_by}))
    assert sale_moment(make_order(**changes), resolved) == expected
