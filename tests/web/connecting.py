"""What tests of connecting share: both simulators on sockets, the pages over them, and a person at a consent page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from httpx2 import Response
from tests.web.conftest import Browser, Place

from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.people.users import Role
from comptoir.web.app import create_app
from comptoir.wiring import QUICKBOOKS, SHOPIFY
from comptoir_sandbox.quickbooks.app import Config as CompanyConfig
from comptoir_sandbox.quickbooks.app import Sandbox as Company
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig
from comptoir_sandbox.shopify.app import build_app as shop_app
from comptoir_sandbox.shopify.shop import ShopFacts

CALLBACK = "https://testserver/connections/callback"
SHOP_SECRET, COMPANY_SECRET = "shpss_sandbox", "sandbox-secret"
OLD_TOKEN = "shpat_old_and_static"
SHOP, COMPANY = f"/connections/new/{SHOPIFY}", f"/connections/new/{QUICKBOOKS}"


@dataclass
class Town:
    """A shop and a company on this machine, and an installation that may connect them."""

    place: Place
    shop: Any
    shop_url: str
    company: Company
    company_url: str

    def owner(self) -> Browser:
        return self.place.browser("owner@example.com")

    def shop_form(self, **changes: str) -> dict[str, str]:
        form = {"shop": ShopFacts().domain, "client_id": "sandbox-client-id", "client_secret": SHOP_SECRET}
        return {**form, "base_url": self.shop_url, "sign_in": "browser", **changes}

    def company_form(self, **changes: str) -> dict[str, str]:
        form = {"client_id": "sandbox-client", "client_secret": COMPANY_SECRET, "environment": "simulator"}
        addresses = {"discovery_url": f"{self.company_url}/.well-known/openid_configuration"}
        return {**form, **addresses, "api_url": self.company_url, "sign_in": "browser", **changes}

    def records(self) -> list[ConnectionRecord]:
        return self.place.app.books.connections.all(self.place.app.organization_id)

    def connect(self, browser: Browser, path: str, form: dict[str, str]) -> ConnectionRecord:
        """The whole way by consent; answers what was connected."""
        answer = come_back(browser, consent_link(browser.post(path, **form)))
        assert answer.status_code == 303, answer.text
        done = re.fullmatch(r"/connections\?done=(\d+)", answer.headers["location"])
        assert done is not None
        return self.place.app.books.connections.get(int(done[1]))


@dataclass(frozen=True, slots=True)
class Platforms:
    """Both simulators at work."""

    shop: Any
    shop_url: str
    company: Company
    company_url: str


@contextmanager
def platforms() -> Iterator[Platforms]:
    shop = shop_app(ShopifyConfig(throttle=False, static_token=OLD_TOKEN, redirect_uris=(CALLBACK,)))
    company = Company(CompanyConfig(auto_approve=True, limits=False, redirect_uris=(CALLBACK,)))
    with ThreadedServer(shop) as shops, ThreadedServer(company.app()) as companies:
        yield Platforms(shop.state.sandbox, shops.url, company, companies.url)


def town_of(empty: Place, there: Platforms, *, simulators: bool = True) -> Town:
    place = replace(empty, web=create_app(empty.app, simulators=simulators))
    for role in Role:
        place.person(f"{role.value}@example.com", role)
    return Town(place, there.shop, there.shop_url, there.company, there.company_url)


def consent_link(answer: Response) -> str:
    """The platform's page that a person is sent to."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'href="(http://127[^"]+)"', answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])


def allowed(link: str) -> str:
    """The person allows it; where the platform sends them, without our host."""
    sent = httpx2.get(link)
    assert sent.status_code == 302, sent.text
    location = sent.headers["location"]
    assert location.startswith(CALLBACK)
    return location.removeprefix("https://testserver")


def come_back(browser: Browser, link: str) -> Response:
    return browser.get(allowed(link))
