"""A tax that the settings do not know holds forty orders: one answer on the page, and all of them are in the books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import AXE, PASSWORD, Site, serving, unfold, watched
from tests.journeys.regime import EVERYWHERE
from tests.journeys.world import World, open_world

from comptoir.books.documents import Kind
from comptoir.storage.postings import State
from comptoir.web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.journey]

HELD, PLAIN = 40, 3
SHOP = {"currency": "GBP", "timezone": "Europe/London", "country_code": "GB", "taxes_included": False}
RUN_MILLISECONDS = 120_000


def order(*taxes: dict[str, str]) -> dict[str, Any]:
    line = {"title": "Hat", "sku": "HAT", "variant_id": 1, "product_id": 1, "quantity": 1, "unit_price": "10.00"}
    paid = "12.00" if taxes else "10.00"
    return {"lines": [{**line, "taxes": list(taxes)}], "payments": [{"amount": paid, "gateway": "shopify_payments"}]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    orders = [order({"title": "VAT", "rate": "0.2"}) for _ in range(HELD)] + [order() for _ in range(PLAIN)]
    with open_world(tmp_path, "uk", SHOP, orders) as made:
        values = {"zone": "Europe/London", "income": "Sales", "currency": "shop", "by_currency": ""}
        made.configure(EVERYWHERE.format(**values, taxes='untaxed = "No VAT"'))
        yield made


@pytest.fixture
def page(world: World, chromium: Browser) -> Iterator[Page]:
    """The owner's page on a telephone, after the first run."""
    web = create_app(world.app)
    token = web.state.accounts.setup_token()
    world.run()
    with serving(web) as url:
        site = Site(world.app, url, f"{url}/welcome?code={token}")
        context = chromium.new_context(base_url=url, viewport={"width": 390, "height": 844})
        opened = watched(context, site)
        opened.goto(site.setup_link)
        opened.get_by_label("Your business").fill("Hats")
        opened.get_by_label("Your name").fill("Ada Lovelace")
        opened.get_by_label("Your e-mail address").fill("ada@example.com")
        opened.get_by_label("A password").fill(PASSWORD)
        opened.get_by_role("button", name="Begin").click()
        yield opened
        context.close()
        assert not site.errors
    web.state.doing.wait(60)


def sales(world: World, state: State) -> int:
    return sum(row.key.kind is Kind.SALE and row.state is state for row in world.rows())


def test_a_tax_problem_is_fixed_for_forty_orders_at_once(world: World, page: Page) -> None:
    assert (sales(world, State.HELD), sales(world, State.POSTED)) == (HELD, PLAIN)
    page.get_by_role("link", name="To fix").last.click()
    card = page.get_by_role("article").filter(has_text='The store\'s tax "VAT" has no tax code.')
    expect(card.get_by_text(f"{HELD} orders")).to_be_visible()
    code = card.get_by_label("Tax code", exact=True)
    expect(code).to_have_value("20.0% S")
    expect(code.locator("option:checked")).to_contain_text("suggested")
    unfold(page)
    expect(card.get_by_label("Name of the new tax code")).to_be_visible()
    if AXE.is_file():
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        assert [each["id"] for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    card.get_by_role("button", name="Save and try again").click()
    page.get_by_text("store = books").wait_for(timeout=RUN_MILLISECONDS)
    expect(page.get_by_text("All is well")).to_be_visible(timeout=RUN_MILLISECONDS)
    page.get_by_role("link", name="To fix").last.click()
    expect(page.get_by_text("Nothing to fix")).to_be_visible()
    assert (sales(world, State.HELD), sales(world, State.POSTED)) == (0, HELD + PLAIN)
    assert sum(document["TotalAmt"] for _, document in world.objects("SalesReceipt")) == HELD * 12 + PLAIN * 10
