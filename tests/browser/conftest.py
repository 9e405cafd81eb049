"""The demo's gift shop after its first run, its pages on a socket, and Chromium.

Chromium is the system's own. Where it is missing these tests are left out and say the one command that brings it;
`scripts/chromium.sh` runs that where it may.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from comptoir.cli.demo.floor import connected, floor
from comptoir.demo.floor import GIFT_SHOP, GIFT_SHOPS_COMPANY, gift_shop_settings
from comptoir.web.app import create_app
from comptoir.wiring import App

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
START_SECONDS = 10
PATIENCE_MILLISECONDS = 30_000
PASSWORD = "correct horse battery"


@dataclass
class Site:
    """The installation behind the pages. `errors`: what browsers complained of."""

    app: App
    url: str
    setup_link: str
    errors: list[str] = field(default_factory=list)
    signed_in: StorageState | None = None
    """The owner's cookies, once the installation was taken."""


@contextmanager
def serving(web: object) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, lifespan="off"))  # type: ignore[arg-type]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + START_SECONDS
        while not server.started and time.monotonic() < until:
            time.sleep(0.05)
        assert server.started
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(START_SECONDS)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("browser") / "home"
    with floor(home, GIFT_SHOP, GIFT_SHOPS_COMPANY) as both, connected(both, gift_shop_settings()) as (app, _record):
        web = create_app(app)
        token = web.state.accounts.setup_token()
        with serving(web) as url:
            yield Site(app, url, f"{url}/welcome?code={token}")
        web.state.doing.wait(60)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A browser of the test's own: while one is driven from a thread, no event loop can run there for other tests."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not here; install it with: sudo apt-get install -y chromium")
    with sync_playwright() as player:
        launched = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


def watched(context: BrowserContext, site: Site) -> Page:
    """A page of which every complaint is kept."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.on("pageerror", lambda error: site.errors.append(str(error)))
    page.on("console", lambda line: site.errors.append(line.text) if line.type == "error" else None)
    return page


@pytest.fixture
def owner(site: Site, chromium: Browser) -> Iterator[BrowserContext]:
    """The person who took the fresh installation and ran the first sync, signed in."""
    if site.signed_in is None:
        site.signed_in = first_steps(site, chromium)
    context = chromium.new_context(base_url=site.url, storage_state=site.signed_in)
    site.errors.clear()  # what browsers of other tests complained of
    yield context
    context.close()


def first_steps(site: Site, chromium: Browser) -> StorageState:
    """From the link that the server prints to the first orders in the books; answers the cookies of who did it."""
    context = chromium.new_context(base_url=site.url)
    page = taken(site, context)
    page.get_by_role("button", name="Sync now").click()
    page.get_by_role("status").first.wait_for()
    page.get_by_text("store = books").wait_for(timeout=4 * PATIENCE_MILLISECONDS)
    signed_in = context.storage_state()
    context.close()
    return signed_in


def taken(site: Site, context: BrowserContext) -> Page:
    """The first page that the new owner of the installation sees."""
    page = watched(context, site)
    page.goto("/")
    assert page.url.endswith("/welcome")
    page.goto(site.setup_link)
    page.get_by_label("Your business").fill("Boutique du Bac à sable")
    page.get_by_label("Your name").fill("Ada Tremblay")
    page.get_by_label("Your e-mail address").fill("ada@example.com")
    page.get_by_label("A password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    return page


def faults(page: Page, path: str) -> list[str]:
    """What axe finds on a page with everything on it unfolded, and how much it is too wide."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    unfold(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run({resultTypes: ['violations']})")
    found = [
        f"{path}: {violation['id']}: {node['html'][:120]}"
        for violation in result["violations"]
        for node in violation["nodes"][:3]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*found, f"{path}: {wide} pixels too wide"] if wide > 0 else found


def unfold(page: Page) -> None:
    """Open whatever is folded away: what nobody unfolded nobody has looked at."""
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
