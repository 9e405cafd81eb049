"""`comptoir connect shopify`, each way in, against the simulator."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from tests.ports import free_port
from typer.testing import CliRunner

from comptoir.books.problems import Message
from comptoir.cli import connect as connecting
from comptoir.cli.connect import connect
from comptoir.cli.errors import CommandError
from comptoir.cli.main import app as command_line
from comptoir.engine.errors import Reconnect, Refused
from comptoir.wiring import SHOPIFY, App, open_app
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.shop import ShopFacts


@dataclass(frozen=True, slots=True)
class Shop:
    """A simulated shop, its address, and the form that leads into it."""

    sandbox: Any
    url: str

    def form(self, **changes: str) -> dict[str, str]:
        back = f"http://127.0.0.1:{free_port()}/callback"
        form = {"shop": ShopFacts().domain, "client_id": "sandbox-client-id", "client_secret": "shpss_sandbox"}
        return {**form, "base_url": self.url, "sign_in": "browser", "redirect_uri": back, **changes}


@pytest.fixture
def shop() -> Iterator[Shop]:
    application = build_app(ShopifyConfig(throttle=False, static_token="shpat_old_and_static"))
    with ThreadedServer(application) as server:
        yield Shop(application.state.sandbox, server.url)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with open_app(tmp_path / "home") as opened:
        yield opened


def allow(page: str) -> None:
    """A person who allows the app in, and whose browser then follows the redirect."""
    threading.Thread(target=httpx2.get, args=(page,), kwargs={"follow_redirects": True, "timeout": 30}).start()


def test_a_sign_in_in_the_browser(app: App, shop: Shop) -> None:
    record, found = connect(app, SHOPIFY, shop.form(), allow)
    tokens = app.books.connections.tokens(record).load()
    assert (record.title, found.currency) == (ShopFacts().name, ShopFacts().currency)
    assert record.standing == found
    assert tokens is not None
    assert tokens.refresh_token is not None
    assert tokens.access_expires_at <= datetime.now(UTC) + timedelta(hours=1)
    assert record.config["sign_in"] == "browser"
    assert app.store(record).describe().name == record.title


def test_a_pair_is_renewed_and_saved_before_it_ends(app: App, shop: Shop) -> None:
    record, _ = connect(app, SHOPIFY, shop.form(), allow)
    store = app.books.connections.tokens(record)
    first = store.load()
    assert first is not None
    store.save(type(first)(first.access_token, datetime.now(UTC) + timedelta(minutes=4), first.refresh_token))
    app.store(record).describe()
    second = store.load()
    assert second is not None
    assert second.access_token != first.access_token
    assert second.refresh_token != first.refresh_token


def test_an_app_that_was_taken_off_the_shop_needs_a_person(app: App, shop: Shop) -> None:
    record, _ = connect(app, SHOPIFY, shop.form(), allow)
    shop.sandbox.tokens.uninstall()
    with pytest.raises(Reconnect, match="comptoir connect shopify --browser"):
        app.store(record).describe()


def test_a_callback_that_somebody_else_signed(app: App, shop: Shop) -> None:
    def forge(page: str) -> None:
        asked = {name: each[0] for name, each in parse_qs(urlsplit(page).query).items()}
        query = {"code": "c", "shop": ShopFacts().domain, "state": asked["state"], "timestamp": "1", "hmac": "00"}
        allow(f"{asked['redirect_uri']}?{urlencode(query)}")

    with pytest.raises(Refused, match="not signed with the secret"):
        connect(app, SHOPIFY, shop.form(), forge)
    assert app.books.connections.all(app.organization_id) == []


def test_a_person_who_refuses(app: App, shop: Shop) -> None:
    def refuse(page: str) -> None:
        asked = {name: each[0] for name, each in parse_qs(urlsplit(page).query).items()}
        allow(f"{asked['redirect_uri']}?error=access_denied&state={asked['state']}")

    with pytest.raises(CommandError, match="Access was refused"):
        connect(app, SHOPIFY, shop.form(), refuse)


def test_the_token_of_an_older_app(app: App, shop: Shop) -> None:
    record, _ = connect(app, SHOPIFY, shop.form(sign_in="token", token="shpat_old_and_static"))
    assert app.books.connections.secrets(record)["token"] == "shpat_old_and_static"
    assert app.store(record).describe().name == ShopFacts().name


def test_a_token_without_end_is_exchanged_for_one_that_is_renewed(app: App, shop: Shop) -> None:
    record, _ = connect(app, SHOPIFY, shop.form(token="shpat_old_and_static"))
    tokens = app.books.connections.tokens(record).load()
    assert tokens is not None
    assert tokens.refresh_token is not None
    assert app.books.connections.secrets(record)["token"] == ""
    with pytest.raises(Reconnect):
        connect(app, SHOPIFY, shop.form(sign_in="token", token="shpat_old_and_static"))


def test_another_sign_in_leaves_no_token_of_the_first(app: App, shop: Shop) -> None:
    first, _ = connect(app, SHOPIFY, shop.form(sign_in="token", token="shpat_old_and_static"))
    again, _ = connect(app, SHOPIFY, shop.form(sign_in="app"))
    tokens = app.books.connections.tokens(again).load()
    assert first.id == again.id
    assert tokens is not None
    assert tokens.access_token != "shpat_old_and_static"


def test_the_command(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    form = shop.form()
    (tmp_path / "secret").write_text(form["client_secret"])
    shown: list[str] = []

    def show(page: str, *, words: Message) -> None:
        shown.append(str(words))
        allow(page)

    monkeypatch.setattr(connecting, "_show_page", show)
    words = ["connect", "shopify", "--browser", "--home", str(tmp_path / "home"), "--url", shop.url]
    words += ["--shop", form["shop"], "--client-id", form["client_id"], "--redirect-uri", form["redirect_uri"]]
    result = CliRunner().invoke(command_line, [*words, "--client-secret-file", str(tmp_path / "secret")])
    assert result.exit_code == 0, result.stderr
    assert shown == [f"Allow the app in at {form['shop']}. If no browser opens, go to this address:"]
