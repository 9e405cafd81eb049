"""A run is taken back in a real browser: a look at what would go and what stays and why, then posted otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import PATIENCE_MILLISECONDS, Site, faults, serving, taken

from comptoir.cli.demo.by_hand import Person, changed
from comptoir.cli.demo.floor import connected, floor
from comptoir.demo.floor import GIFT_SHOP, GIFT_SHOPS_COMPANY, gift_shop_settings
from comptoir.web.app import create_app

pytestmark = [pytest.mark.browser, pytest.mark.journey]
AT_ONCE = 4 * PATIENCE_MILLISECONDS


@pytest.fixture
def posted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Person]]:
    """A site of its own, and somebody with a hand in the company."""
    home = tmp_path_factory.mktemp("undo") / "home"
    with floor(home, GIFT_SHOP, GIFT_SHOPS_COMPANY) as both, connected(both, gift_shop_settings()) as (app, _record):
        web = create_app(app)
        token = web.state.accounts.setup_token()
        with serving(web) as url:
            yield Site(app, url, f"{url}/welcome?code={token}"), Person(both.shop, both.company)
        web.state.doing.wait(60)


def synced(page: Page) -> None:
    page.get_by_role("status").first.wait_for()
    page.get_by_role("button", name="Sync now").wait_for(timeout=AT_ONCE)


def test_a_run_is_taken_back_and_posted_otherwise(posted: tuple[Site, Person], chromium: Browser) -> None:
    site, person = posted
    context = chromium.new_context(base_url=site.url)
    page = taken(site, context)
    page.get_by_role("button", name="Sync now").click()
    synced(page)
    memo = {"change": "SalesReceipt", "where": "DocNumber = 'MTL-1003'", "set": {"PrivateNote": "Checked by Ada"}}
    person.do({"books": [memo]}, ["1003"])

    page.goto("/runs/1")
    page.get_by_role("link", name="Take it back …").click()
    expect(page.get_by_role("heading", name="documents would leave the books")).to_be_visible()
    stays = page.get_by_role("region", name="These stay as they are").or_(page.get_by_role("listitem"))
    expect(stays.filter(has_text="Order 1003")).to_contain_text("was changed in the books by someone")
    assert faults(page, f"/undo/{site.app.stores()[0].id}?what=run&name=1") == []
    page.get_by_role("button", name="Take these documents out of the books").click()
    synced(page)

    page.goto("/runs/1")
    expect(page.get_by_text("is out of the books again.")).to_be_visible()
    page.goto("/orders?q=1004")
    expect(page.get_by_role("row", name="1004").get_by_text("Taken out")).to_be_visible()
    page.goto("/orders?q=1003")
    expect(page.get_by_role("row", name="1003").get_by_text("books")).to_be_visible()

    store = site.app.stores()[0]
    site.app.put_in_force(store, changed(gift_shop_settings(), {"orders": {"prefix": "NEW-"}}))
    page.goto("/runs/1")
    page.get_by_role("button", name="Post them again, with the settings of now").click()
    synced(page)
    page.goto("/orders?q=1004")
    page.get_by_role("link", name="1004", exact=True).click()
    expect(page.get_by_role("heading", name="Sales receipt NEW-1004")).to_be_visible()
    page.goto("/runs/1")
    expect(page.get_by_role("button", name="Post them again, with the settings of now")).to_have_count(0)
    assert site.errors == []
    context.close()
