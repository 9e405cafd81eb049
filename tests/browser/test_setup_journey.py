"""A newcomer sets a store up in a real browser: from its connection to the first order in the books."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.browser.conftest import AXE, PATIENCE_MILLISECONDS, Site, faults, serving, taken, watched
from tests.browser.test_journey import LOOKS, speaking

from comptoir.cli.demo.floor import floor
from comptoir.demo.floor import CLOCK_TIMES, GIFT_SHOP, GIFT_SHOPS_COMPANY
from comptoir.demo.simulators import connect_company, connect_shop
from comptoir.engine.setup.steps import STEPS
from comptoir.storage.upkeep.home import Home
from comptoir.web.app import create_app
from comptoir.wiring import open_app

pytestmark = [pytest.mark.browser, pytest.mark.journey]
FIRST_DAY = "2025-10-20"
"""Of the gift shop's orders."""
MOMENT_MILLISECONDS = 100
MOST_CLICKS, MOST_DECISIONS = 16, 2
"""From "connected" to "on", through every page, with what is suggested taken as it is."""


@pytest.fixture(scope="module")
def connected_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A shop and a company, connected and nothing more."""
    home = tmp_path_factory.mktemp("setup") / "home"
    with floor(home, GIFT_SHOP, GIFT_SHOPS_COMPANY) as both, open_app(Home.local(home)) as app:
        connect_shop(app, both.shop)
        connect_company(app, both.company, CLOCK_TIMES)
        web = create_app(app)
        token = web.state.accounts.setup_token()
        with serving(web) as url:
            yield Site(app, url, f"{url}/welcome?code={token}")
        web.state.doing.wait(60)


@pytest.fixture
def newcomer(connected_site: Site, chromium: Browser) -> Iterator[BrowserContext]:
    """The owner of the installation, signed in."""
    if connected_site.signed_in is None:
        first = chromium.new_context(base_url=connected_site.url)
        taken(connected_site, first).get_by_role("heading", name="Boutique du Bac à sable").first.wait_for()
        connected_site.signed_in = first.storage_state()
        first.close()
    context = chromium.new_context(base_url=connected_site.url, storage_state=connected_site.signed_in)
    connected_site.errors.clear()  # what browsers of other tests complained of
    yield context
    context.close()


@dataclass
class Hand:
    """Whoever holds the mouse: what they press is counted, and what they decide."""

    page: Page
    clicks: int = 0
    decisions: int = 0

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.clicks += 1

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.clicks += 1

    def decide(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).fill(value)
        self.decisions += 1


def path_of(site: Site, step: str = "") -> str:
    return f"/stores/{site.app.stores()[0].id}/setup" + (f"/{step}" if step else "")


def begun(page: Page, site: Site) -> None:
    """The set-up, looked at where it was not yet."""
    page.goto(path_of(site))
    begin = page.get_by_role("button", name="Begin", exact=True)
    if begin.count():
        begin.click()
        page.wait_for_url("**/setup/sync")


def test_from_connected_to_the_first_order_in_the_books(
    connected_site: Site, newcomer: BrowserContext, capsys: pytest.CaptureFixture[str]
) -> None:
    site = connected_site
    record = site.app.stores()[0]
    site.app.books.drafts.drop(record)
    page = watched(newcomer, site)
    hand = Hand(page)
    page.goto("/")
    hand.follow("Set it up")
    hand.press("Begin")
    page.wait_for_url("**/setup/sync")
    assert site.app.stores()[0].settings is None, "nothing is in force"
    hand.decide("Start date", FIRST_DAY)
    for step, following in zip(STEPS, [*list(STEPS)[1:], "review"], strict=True):
        expect(page.locator("[aria-current=step]").first).to_be_attached()
        assert page.url.endswith(f"/setup/{step}")
        hand.press("Save and go on")
        page.wait_for_url(f"**/setup/{following}")
    expect(page.get_by_text("Every choice fits the company.")).to_be_visible()
    hand.press("See the last 30 days in dry run")
    page.get_by_role("heading", name="What it does to the accounts").wait_for()
    expect(page.get_by_text("Compensation PayPal").first).to_be_visible()
    hand.follow("On to the last page")
    page.get_by_label("I have read the terms of use and accept them.").check()
    hand.decisions += 1
    hand.press("Switch it on, and sync now")
    page.get_by_text("store = books").wait_for(timeout=6 * PATIENCE_MILLISECONDS)
    page.goto("/orders?q=1003")
    page.get_by_role("link", name="1003", exact=True).click()
    expect(page.get_by_role("heading", name="Sales receipt BOU-1003")).to_be_visible()
    with capsys.disabled():
        print(f"\nfrom connected to on: {hand.clicks} clicks, {hand.decisions} decisions")  # noqa: T201 - figures to be seen
    assert hand.clicks <= MOST_CLICKS
    assert hand.decisions <= MOST_DECISIONS
    assert site.errors == []


def test_without_scripts_it_goes_on_at_a_press(
    connected_site: Site, newcomer: BrowserContext, chromium: Browser
) -> None:
    site = connected_site
    context = chromium.new_context(base_url=site.url, storage_state=newcomer.storage_state(), java_script_enabled=False)
    page = watched(context, site)
    site.app.books.drafts.drop(site.app.stores()[0])
    page.goto(path_of(site))
    page.get_by_role("button", name="Begin", exact=True).click()
    until = time.monotonic() + PATIENCE_MILLISECONDS / 1000
    while "/setup/sync" not in page.url:
        assert time.monotonic() < until
        again = page.get_by_role("link", name="Look again")
        if again.count():
            again.click()
        else:  # the page is on its way
            page.wait_for_timeout(MOMENT_MILLISECONDS)
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    context.close()


def test_a_mistake_is_said_at_its_field_and_mended(connected_site: Site, newcomer: BrowserContext) -> None:
    page = watched(newcomer, connected_site)
    begun(page, connected_site)
    page.goto(path_of(connected_site, "refunds"))
    field = page.get_by_label("Prefix of the refund's number")
    before = field.input_value()
    field.fill("MUCH-TOO-LONG-")
    page.get_by_role("button", name="Save and go on", exact=True).click()
    expect(page.get_by_text("is longer than 8 characters")).to_be_visible()
    expect(field).to_have_value("MUCH-TOO-LONG-")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(before)
    field.press("Enter")
    page.wait_for_url("**/setup/openings")


def test_an_account_is_made_from_the_page(connected_site: Site, newcomer: BrowserContext) -> None:
    page = watched(newcomer, connected_site)
    begun(page, connected_site)
    page.goto(path_of(connected_site, "payments"))
    row = page.locator("details").filter(has=page.get_by_text("None fits? Make a new account")).last
    row.locator("summary").click()
    row.get_by_label("Name of the new account").fill("Caisse en ligne")
    row.get_by_role("button", name="Make it for me").click()
    expect(page.locator("option:checked", has_text="Caisse en ligne")).to_be_attached()


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_set_up_is_fit_for_every_reader(
    connected_site: Site, newcomer: BrowserContext, chromium: Browser, look: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here; bring it with: make assets")
    site = connected_site
    begun(watched(newcomer, site), site)
    context = chromium.new_context(base_url=site.url, storage_state=newcomer.storage_state(), **LOOKS[look])  # type: ignore[arg-type]
    page = watched(context, site)
    with speaking("fr" if "French" in look else "en", page):
        site.errors.clear()
        pages = [path_of(site, step) for step in (*STEPS, "review", "preview", "on")]
        found = [fault for each in pages for fault in faults(page, each)]
    context.close()
    assert not found + site.errors, "\n".join(found + site.errors)
