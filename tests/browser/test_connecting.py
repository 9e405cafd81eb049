"""A newcomer connects a shop and a company in a real browser, through both consent pages, and renews a dead sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.conftest import AXE, PASSWORD, Site, serving, watched
from tests.browser.test_journey import speaking

from comptoir.demo.simulators import Simulator, running
from comptoir.storage.connections import LEDGER
from comptoir.storage.upkeep.home import Home
from comptoir.web.app import create_app
from comptoir.wiring import App, open_app

pytestmark = [pytest.mark.browser, pytest.mark.journey]


@dataclass
class Fresh:
    """An installation that nobody took yet, with a shop and a company beside it that ask a person."""

    site: Site
    shop: Simulator
    company: Simulator


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    with (
        running("shopify", ["--empty", "--consent-page"]) as shop,
        running("quickbooks", ["--no-limits"]) as company,
        open_app(Home.local(tmp_path / "home")) as app,
    ):
        web = create_app(app, simulators=True)
        token = web.state.accounts.setup_token()
        with serving(web) as url:
            yield Fresh(Site(app, url, f"{url}/welcome?code={token}"), shop, company)


def take(page: Page, site: Site) -> None:
    page.goto(site.setup_link)
    page.get_by_label("Your business").fill("Quay Books")
    page.get_by_label("Your name").fill("Ada Tremblay")
    page.get_by_label("Your e-mail address").fill("ada@example.com")
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()


def fill_shop(page: Page, shop: Simulator) -> None:
    page.get_by_role("link", name="Sign in at the shop").click()
    page.get_by_label("Shop", exact=True).fill(str(shop.facts["shop"]))
    page.get_by_label("Client ID").fill(str(shop.facts["client_id"]))
    page.get_by_label("Client secret").fill(str(shop.facts["client_secret"]))
    page.get_by_text("For a simulator only").click()
    page.get_by_label("Shop address").fill(shop.url)


def fill_company(page: Page, company: Simulator) -> None:
    page.get_by_label("Which company").select_option("simulator")
    page.get_by_label("Client ID").fill(str(company.facts["client_id"]))
    page.get_by_label("Client secret").fill(str(company.facts["client_secret"]))
    page.get_by_text("For a simulator only").click()
    page.get_by_label("Discovery document").fill(str(company.facts["discovery_url"]))
    page.get_by_label("API address").fill(str(company.facts["api_url"]))


def fit(page: Page, site: Site) -> None:
    """No violation that axe knows, not too wide on a phone, no complaint of the browser."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == [], page.url
    page.set_viewport_size({"width": 390, "height": 844})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert wide <= 0, f"{page.url}: {wide} pixels too wide"
    complaints = [each for each in site.errors if "400" not in each]  # a form that comes back says so
    assert complaints == []


def allow(page: Page, site: Site, button: str) -> None:
    """From the page before it to the platform's own, and back."""
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Allow it at")).to_be_visible()
    fit(page, site)
    page.get_by_role("link", name="Go to 127.0.0.1").click()
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/connections?done=*")
    site.errors.clear()  # the simulators' pages have no icon


def revoke(company: Simulator, app: App) -> None:
    """Somebody takes Comptoir off the connected apps at Intuit."""
    (record,) = app.books.connections.all(app.organization_id, LEDGER)
    tokens = app.books.connections.tokens(record).load()
    assert tokens is not None
    keys = (str(company.facts["client_id"]), str(company.facts["client_secret"]))
    body = {"token": tokens.access_token}
    httpx2.post(f"{company.url}/v2/oauth2/tokens/revoke", json=body, auth=keys).raise_for_status()


def test_a_newcomer_connects_both_and_signs_in_again(fresh: Fresh, chromium: Browser) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here; bring it with: make assets")
    site = fresh.site
    context = chromium.new_context(base_url=site.url)
    page = watched(context, site)
    take(page, site)
    expect(page.get_by_role("heading", name="How do you want to begin?")).to_be_visible()
    fit(page, site)
    page.get_by_role("link", name="To the connections").click()
    fit(page, site)
    page.get_by_role("link", name="Connect Shopify").click()
    fit(page, site)
    fill_shop(page, fresh.shop)
    expect(page.get_by_label("Redirect URL")).to_have_value(f"{site.url}/connections/callback")
    allow(page, site, "Install app")
    expect(page.get_by_text("Next, connect the company")).to_be_visible()
    fit(page, site)
    page.get_by_role("link", name="Connect QuickBooks Online").click()
    fill_company(page, fresh.company)
    allow(page, site, "Connect")
    shop, company = site.app.books.connections.all(site.app.organization_id)
    expect(page.get_by_text(f"Connected: {company.title}")).to_be_visible()
    expect(page.locator(f"#connection-{shop.id}").get_by_text(company.title)).to_be_visible()
    fit(page, site)
    a_dead_sign_in_is_given_anew(fresh, page, page.locator(f"#connection-{company.id}"))
    every_form_is_fit_in_french(page, site)
    page.goto("/connections")
    page.locator(f"#connection-{company.id}").get_by_role("link", name="Disconnect").click()
    fit(page, site)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="is disconnected")).to_be_visible()
    fit(page, site)
    page.get_by_role("link", name="To the connections").click()
    expect(page.get_by_role("link", name="Connect again")).to_be_visible()
    fit(page, site)
    context.close()


def every_form_is_fit_in_french(page: Page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    with speaking("fr", page):
        for platform in site.app.connectables().values():
            for way in platform.ways:
                page.goto(f"/connections/new/{platform.manifest.slug}?sign_in={way.name}")
                fit(page, site)
        for path in ("/connections", "/connections/1/renew", "/connections/1/disconnect", "/connections/1/company"):
            page.goto(path)
            fit(page, site)


def a_dead_sign_in_is_given_anew(fresh: Fresh, page: Page, card: Locator) -> None:
    revoke(fresh.company, fresh.site.app)
    card.get_by_role("button", name="Test now").click()
    expect(card.get_by_text("Sign-in ended")).to_be_visible()
    fit(page, fresh.site)
    card.get_by_role("link", name="Sign in again").click()
    fit(page, fresh.site)
    allow(page, fresh.site, "Connect")
    expect(card.get_by_text("Works")).to_be_visible()
