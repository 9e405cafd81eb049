"""Stores are asked to tell of their changes, and what a simulated shop then tells comes in by the right door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.stores.shopify.inside import SCOPES, inside
from tests.web.conftest import Place
from tests.web.test_webhooks import is_soon, settle, switch_on

from comptoir.books.problems import Message
from comptoir.engine.errors import Reconnect
from comptoir.storage.connections import STORE, ConnectionRecord, NewConnection
from comptoir.stores.shopify.connecting import ShopifyConnecting
from comptoir.stores.shopify.webhooks import TOPICS
from comptoir.web.hooks import PREFIX
from comptoir.web.server import serving
from comptoir.web.watching import Errands
from comptoir.wiring import App
from comptoir_sandbox.retail.month import load, packaged_month
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig
from comptoir_sandbox.shopify.edits import edit_order
from comptoir_sandbox.shopify.shop import ShopFacts

PUBLIC = "https://books.example.com"
ADDRESS = f"{PUBLIC}{PREFIX}/shopify"
DOMAIN = ShopFacts().domain


@pytest.fixture
def sandbox() -> Sandbox:
    seed = load(packaged_month(), ShopFacts()).seed
    return Sandbox(ShopifyConfig(seed=replace(seed, carts=seed.carts[:3]), throttle=False))


@pytest.fixture
def shop(place: Place) -> ConnectionRecord:
    """The simulated shop, connected and switched on."""
    identity = f"shopify:{DOMAIN}"
    secrets = {"client_secret": "shpss_sandbox"}
    record = place.app.books.connections.save(
        place.app.organization_id, NewConnection(STORE, "shopify", identity, "Simulated", {}, secrets)
    )
    switch_on(place, record)
    return record


def subscriptions(sandbox: Sandbox) -> set[tuple[str, str]]:
    return {(each.topic, each.uri) for each in sandbox.services.hooks.all()}


def test_every_topic_is_asked_for_once(sandbox: Sandbox) -> None:
    store = inside(sandbox)
    assert store.watch(ADDRESS) == len(TOPICS)
    assert subscriptions(sandbox) == {(topic, ADDRESS) for topic in TOPICS}
    assert store.watch(ADDRESS) == 0


def test_an_address_that_moved_takes_the_subscriptions_along(sandbox: Sandbox) -> None:
    store = inside(sandbox)
    store.watch(f"https://old.example.com{PREFIX}/shopify")
    store._client.create_webhook("ORDERS_UPDATED", "https://others.example.com/theirs")
    assert store.watch(ADDRESS) == len(TOPICS)
    theirs = {("ORDERS_UPDATED", "https://others.example.com/theirs")}
    assert subscriptions(sandbox) == {(topic, ADDRESS) for topic in TOPICS} | theirs


def test_a_topic_that_the_scopes_do_not_allow_is_left_out(sandbox: Sandbox) -> None:
    assert inside(sandbox, SCOPES - {"read_orders"}).watch(ADDRESS) == 1
    assert subscriptions(sandbox) == {("APP_UNINSTALLED", ADDRESS)}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that stores were asked to tell."""
    found: list[str] = []

    class Shop:
        def watch(self, address: str) -> int:
            found.append(address)
            return 1

    monkeypatch.setattr(ShopifyConnecting, "check", lambda *_values: ())  # of a form that is whole
    monkeypatch.setattr(ShopifyConnecting, "open", lambda *_connection: Shop())
    return found


def test_a_process_asks_each_store_once(place: Place, shop: ConnectionRecord, asked: list[str]) -> None:
    errands = Errands(place.app, f"{PUBLIC}/")
    for _ in range(2):
        errands.run()
    assert asked == [ADDRESS], "the other store is of no platform that tells"
    assert shop.id in errands._asked


@pytest.mark.parametrize("public", ["", "http://127.0.0.1:8080"])
def test_without_an_address_for_platforms_nobody_is_asked(
    place: Place, shop: ConnectionRecord, asked: list[str], public: str
) -> None:
    Errands(place.app, public).run()
    assert asked == []
    assert shop.id


def test_a_shop_without_a_secret_is_not_asked(place: Place, asked: list[str]) -> None:
    new = NewConnection(STORE, "shopify", "shopify:old.myshopify.com", "Old", {}, {"client_secret": ""})
    record = place.app.books.connections.save(place.app.organization_id, new)
    assert place.app.watch(record, ADDRESS) == 0
    assert asked == []


def test_a_shop_that_cannot_be_asked_stops_nothing(
    place: Place, shop: ConnectionRecord, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(*_args: object) -> int:
        raise Reconnect(Message("Sign in again."))

    monkeypatch.setattr(App, "watch", gone)
    Errands(place.app, PUBLIC).run()
    assert f"connection {shop.id} tells nothing of its changes: Sign in again." in caplog.text


def test_what_a_shop_tells_brings_its_run_forward(place: Place, shop: ConnectionRecord, sandbox: Sandbox) -> None:
    """Over a real socket, signed by the simulator; told twice, it counts once; forged, it counts for nothing."""
    hooks = sandbox.services.hooks
    name = load(packaged_month(), ShopFacts()).seed.carts[0].name
    with serving(place.web, "127.0.0.1", 0) as url:
        hooks.settings.deliver_to = url
        inside(sandbox).watch(ADDRESS)
        hooks.settings.duplicate_next = 1
        statuses = tell(sandbox, name, "one")
        assert statuses == [200, 200]
        assert is_soon(place, shop)
        settle(place, shop)
        hooks.settings.secret = "shpss_forger"
        assert tell(sandbox, name, "two") == [401]
        assert not is_soon(place, shop)


def test_a_person_is_forgotten_when_the_shop_tells_so(place: Place, shop: ConnectionRecord, sandbox: Sandbox) -> None:
    hooks = sandbox.services.hooks
    with serving(place.web, "127.0.0.1", 0) as url:
        hooks.settings.deliver_to = url
        for topic in ("CUSTOMERS_REDACT", "SHOP_REDACT"):
            hooks.subscribe(topic, ADDRESS, (), None)
        about = {"shop_domain": DOMAIN, "customer": {"id": 7}, "orders_to_redact": [1]}
        hooks.announce([("CUSTOMERS_REDACT", about), ("SHOP_REDACT", {"shop_domain": DOMAIN})])
        hooks.deliver_due()
        assert [each.statuses for each in hooks.deliveries] == [[200], [200]]
    found = place.app.privacy.of(place.app.organization_id, 10)
    place.app.act_on_privacy()
    assert {each.kind for each in found} == {"forget", "forget_all"}
    assert {each.connection_id for each in found} == {shop.id}


def tell(sandbox: Sandbox, name: str, note: str) -> list[Any]:
    """Change an order in the shop; how its delivery was answered."""
    edit_order(sandbox.shop, {"name": name, "note": note})
    sandbox.services.hooks.deliver_due()
    found: list[Any] = sandbox.services.hooks.deliveries[-1].statuses
    return found
