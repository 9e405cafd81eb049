from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from tests.books.conftest import make_context

NEW_YEAR = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "local", "in_scope"),
    [
        pytest.param(0, date(2026, 1, 1), True, id="at home"),
        pytest.param(9, date(2026, 1, 1), True, id="east"),
        pytest.param(-5, date(2025, 12, 31), False, id="west: it is still the year before"),
    ],
)
def test_the_accounts_zone_decides_the_date_and_the_start(hours: int, local: date, *, in_scope: bool) -> None:
    context = make_context(zone=timezone(timedelta(hours=hours)))
    assert context.local_date(NEW_YEAR) == local
    assert context.in_scope(NEW_YEAR) is in_scope
