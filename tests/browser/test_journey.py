"""A newcomer in a real browser: from the set-up link to the first orders in the books, without a word of help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.conftest import AXE, PASSWORD, Site, faults, watched

pytestmark = [pytest.mark.browser, pytest.mark.journey]

PAGES = (
    "/",
    "/orders",
    "/orders?q=1003",
    "/orders/{store}/{order}",
    "/orders?state=held",
    "/to-fix",
    "/connections",
    "/connections/new/shopify",
    "/runs",
    "/runs/1",
    "/undo/{store}",
    "/undo/{store}?what=run&name=1",
    "/health",
    "/account",
    "/account/two-factor",
    "/settings",
    "/settings/trail",
    "/settings/programs",
    "/settings/programs/api",
    "/settings/privacy",
    "/nowhere",
)
LOOKS = {
    "wide, light, English": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "phone, dark, French": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


def path_of(page: str, site: Site) -> str:
    store = site.app.stores()[0]
    (fact, *_) = site.app.books.facts.find(site.app.organization_id, "1003", store.id)
    return page.format(store=store.id, order=fact.source_id)


def test_a_newcomer_finds_the_orders_in_the_books(site: Site, owner: BrowserContext) -> None:
    page = watched(owner, site)
    page.goto("/")
    expect(page.get_by_role("heading", name="Boutique du Bac à sable")).to_be_visible()
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Orders").click()
    page.get_by_label("Number, customer or amount").fill("1003")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="1003", exact=True).click()
    expect(page.get_by_role("heading", name="Sales receipt MTL-1003")).to_be_visible()
    expect(page.get_by_text("Proof: store $23.00 = books $23.00")).to_be_visible()
    expect(page.get_by_text("Compensation cartes").first).to_be_visible()
    page.close()


def test_a_problem_is_held_back_with_a_reason(site: Site, owner: BrowserContext) -> None:
    page = watched(owner, site)
    page.goto("/to-fix")
    card = page.get_by_role("article").filter(has_text="HST ON")
    card.get_by_role("link").first.click()
    expect(page.get_by_text("Needs you").first).to_be_visible()
    page.get_by_text("Hold it back, or leave it out").click()
    page.get_by_label("Why? (optional)").fill("Wait for the accountant")
    page.get_by_role("button", name="Hold it back for now").click()
    expect(page.get_by_text("Wait for the accountant").first).to_be_visible()
    page.close()


@pytest.mark.usefixtures("owner")
def test_signing_out_and_in_again_by_keyboard(site: Site, chromium: Browser) -> None:
    context = chromium.new_context(base_url=site.url)
    page = watched(context, site)
    page.goto("/runs")
    expect(page.get_by_label("E-mail address")).to_be_focused()
    page.keyboard.type("ada@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.locator("summary").filter(has_text="Boutique").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_fit_for_every_reader(site: Site, owner: BrowserContext, chromium: Browser, look: str) -> None:
    """No violation that axe knows, no scrolling sideways, no complaint of the browser."""
    if not AXE.is_file():
        pytest.skip("axe-core is not here; bring it with: make assets")
    context = chromium.new_context(base_url=site.url, storage_state=owner.storage_state(), **LOOKS[look])  # type: ignore[arg-type]
    page = watched(context, site)
    with speaking("fr" if "French" in look else "en", page):
        site.errors.clear()
        found = violations(page, site)
    context.close()
    complaints = [each for each in site.errors if "404" not in each]  # /nowhere is one
    assert not found + complaints, "\n".join(found + complaints)


@contextmanager
def speaking(language: str, page: Page) -> Iterator[None]:
    """The owner's pages in a language for the block; afterwards in English, as the other tests read them."""
    choose(language, page)
    try:
        yield
    finally:
        choose("en", page)


def choose(language: str, page: Page) -> None:
    page.goto("/account")
    page.locator("#f-language").select_option(language)
    page.locator("#f-name").press("Enter")
    page.wait_for_url("**/account?saved=profile")


def violations(page: Page, site: Site) -> list[str]:
    """What axe finds on every page, and how much each is too wide."""
    return [fault for each in PAGES for fault in faults(page, path_of(each, site))]
