"""How many questions each page asks the database: few, and no more of them where there are more orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bench.counting import queries
from tests.engine.conftest import SETTINGS, make_order
from tests.web.conftest import Browser, Place

from comptoir.books.settings import PaymentSettings

OWNER = "owner@example.com"
EXPECTED: Mapping[str, int] = {
    "/": 10,
    "/stores/1/progress": 7,
    "/orders": 5,
    "/orders?q=1": 8,
    "/orders?q=buyer": 11,
    "/orders?state=held": 8,
    "/orders?state=posted": 8,
    "/orders/1/1": 11,
    "/to-fix": 10,
    "/to-fix/1/orders?cause=method:card": 8,
    "/runs": 4,
    "/runs/1": 9,
    "/health": 1,
    "/health/findings": 29,
    "/account": 2,
    "/settings": 3,
    "/settings/trail": 2,
}
"""By address. Fewer are better: then change the figure here. `test_home.py` counts what following a run asks."""


def asked(place: Place, browser: Browser, path: str) -> int:
    browser.get(path)
    with queries(place.app.books.database) as found:
        assert browser.get(path).status_code == 200, path
    return len(found)


def fill(place: Place, first: int, last: int) -> None:
    """Orders of these numbers: half of them in the books, half held."""
    companies = place.app.books.connections.company_of(place.record)
    assert companies is not None
    half = (first + last) // 2
    for numbers, methods in ((range(first, half), SETTINGS.payments.methods), (range(half, last), {})):
        settings = replace(SETTINGS, payments=PaymentSettings(methods=methods))
        place.app.books.connections.save_settings(place.record.id, settings, companies.id)
        made = (make_order(number, f"{number}.00") for number in numbers)
        place.store.orders = [replace(each, updated_at=datetime.now(UTC)) for each in made]
        place.run()


@pytest.fixture
def few(place: Place) -> Place:
    fill(place, 1, 9)
    return place


def test_pages_ask_little_and_not_by_the_order(few: Place) -> None:
    browser = few.browser(OWNER)
    before = {path: asked(few, browser, path) for path in EXPECTED}
    fill(few, 100, 130)
    after = {path: asked(few, browser, path) for path in EXPECTED}
    assert before == after, "a page asks as often however many orders there are"
    assert before == EXPECTED
