"""The client over a real socket against the simulator, with the packaged month."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from comptoir.books.facts import Order, TaxCollector
from comptoir.books.money import total
from comptoir.engine.errors import Reconnect
from comptoir.http.oauth import Tokens
from comptoir.http.transport import open_client
from comptoir.stores.shopify import Access, ShopifyStore, open_store
from comptoir.stores.shopify.cost import FIRST_PAGE_SIZE
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import FaultRule
from comptoir_sandbox.retail.month import LoadedMonth, load, packaged_month
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

SINCE, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
SECRET = "shpss_sandbox"


class Memory:
    def __init__(self) -> None:
        self.tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


class Running:
    """A sandbox that listens, and stores that talk to it."""

    def __init__(self, app: Any, url: str, http: httpx2.Client) -> None:
        self.sandbox = app.state.sandbox
        self.url = url
        self.http = http

    def store(self, *, secret: str = SECRET) -> ShopifyStore:
        access = Access(ShopFacts().domain, "sandbox-client-id", secret, base_url=self.url)
        return open_store(access, http=self.http, token_store=Memory())

    def fail(self, **rule: Any) -> None:
        self.sandbox.faults.add(FaultRule(**rule))


@pytest.fixture(scope="module")
def month() -> LoadedMonth:
    return load(packaged_month(), ShopFacts())


@pytest.fixture
def whole(month: LoadedMonth) -> Iterator[Running]:
    app = build_app(ShopifyConfig(seed=month.seed, summary=month.summary.as_json(), throttle=False))
    with ThreadedServer(app) as server, open_client() as http:
        yield Running(app, server.url, http)


@pytest.fixture(scope="module")
def few(month: LoadedMonth) -> ShopSeed:
    return replace(month.seed, carts=month.seed.carts[:60])


@pytest.fixture
def running(few: ShopSeed) -> Iterator[Running]:
    app = build_app(ShopifyConfig(seed=few, restore_points_per_second=2000))
    with ThreadedServer(app) as server, open_client() as http:
        yield Running(app, server.url, http)


def read(store: ShopifyStore, payload: bytes) -> Order:
    made = store.translate(json.loads(payload, parse_float=Decimal))
    assert isinstance(made, Order), made
    return made


def lines_sum(order: Order) -> Decimal:
    taxes = (tax for line in order.lines for tax in line.taxes if tax.collector is TaxCollector.MERCHANT)
    added = Decimal(0) if order.prices_include_tax else total((tax.amount for tax in taxes), order.currency).amount
    return total((line.net for line in order.lines), order.currency).amount + added


@pytest.mark.journey
def test_the_whole_month_adds_up_to_the_summary(whole: Running) -> None:
    summary = whole.http.get(f"{whole.url}/_control/summary").json()
    store = whole.store()
    info = store.describe()
    zone, start = ZoneInfo(info.time_zone), date.fromisoformat(summary["start_date"])
    orders: dict[str, Order] = {}
    cursor, more = None, True
    while more:
        page = store.fetch_orders(cursor, since=SINCE, until=UNTIL)
        assert page.expected == (summary["orders"] + summary["orders_before_start"] if cursor is None else None)
        cursor, more = page.cursor, page.more
        orders |= {record.source_id: read(store, record.payload) for record in page.records}
    ours = [order for order in orders.values() if order.placed_at.astimezone(zone).date() >= start]
    cash = [tender.amount.amount for order in orders.values() for refund in order.refunds for tender in refund.tenders]
    assert len(orders) == summary["orders"] + summary["orders_before_start"]
    assert len(ours) == summary["orders"]
    assert sum(order.total.amount for order in ours) == Decimal(summary["sales_total"])
    assert sum(len(order.refunds) for order in orders.values()) == summary["refunds"]
    assert sum(cash) == Decimal(summary["refund_total"])
    assert [order.number for order in orders.values() if lines_sum(order) != order.total.amount] == []


@pytest.mark.parametrize("kind", ["throttle", "expired_token", "cut"])
def test_a_passing_fault_costs_nothing_but_time(running: Running, kind: str) -> None:
    store = running.store()
    store.describe()
    running.fail(kind=kind, operation="Orders")
    assert len(store.fetch_orders(None, since=SINCE, until=UNTIL).records) == 25


def test_a_wrong_secret_is_reconnect(running: Running) -> None:
    with pytest.raises(Reconnect):
        running.store(secret="shpss_wrong").describe()


def test_without_its_wanted_scopes_the_orders_still_come(few: ShopSeed) -> None:
    app = build_app(ShopifyConfig(seed=few, scopes=("read_orders", "read_all_orders")))
    with ThreadedServer(app) as server, open_client() as http:
        store = Running(app, server.url, http).store()
        page = store.fetch_orders(None, since=SINCE, until=UNTIL)
        assert len(page.records) == 25
        assert {order.buyer.source_id for order in (read(store, r.payload) for r in page.records) if order.buyer} == {
            None
        }
        assert len(store.describe().warnings) == 3


def everything(store: ShopifyStore, cursor: str | None = None) -> list[tuple[str, bytes]]:
    """All orders that a pass meets, by their id, each as last read."""
    found: dict[str, bytes] = {}
    more = True
    while more:
        page = store.fetch_orders(cursor, since=SINCE, until=UNTIL)
        found |= {record.source_id: record.payload for record in page.records}
        cursor, more = page.cursor, page.more
    return sorted(found.items())


@pytest.fixture
def mixed(month: LoadedMonth) -> ShopSeed:
    """Orders with refunds, and some without."""
    refunded = [cart for cart in month.seed.carts if cart.refunds][:20]
    others = [cart for cart in month.seed.carts if not cart.refunds][:60]
    return replace(month.seed, carts=(*refunded, *others))


@pytest.fixture
def long_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Already some dozens of orders are left to a bulk operation, and its pieces are small."""
    monkeypatch.setattr("comptoir.stores.shopify.store.BULK_FROM", 30)
    monkeypatch.setattr("comptoir.stores.shopify.long_history.PIECE", 30)
    monkeypatch.setattr("comptoir.stores.shopify.long_history.POLL_SECONDS", 0.05)


def test_a_bulk_operation_gives_the_same_records_as_pages(mixed: ShopSeed, request: pytest.FixtureRequest) -> None:
    app = build_app(ShopifyConfig(seed=mixed, throttle=False, clock=Clock(speed=20)))
    with ThreadedServer(app) as server, open_client() as http:
        running = Running(app, server.url, http)
        by_page = everything(running.store())
        request.getfixturevalue("long_history")
        first = running.store().fetch_orders(None, since=SINCE, until=UNTIL)
        assert '"bulk"' in first.cursor
        store = running.store()
        assert everything(store, first.cursor) == by_page
        assert store._page_size == FIRST_PAGE_SIZE  # no page was asked for
    assert len(by_page) == 80


def test_a_crash_in_a_bulk_operation_loses_nothing(mixed: ShopSeed, request: pytest.FixtureRequest) -> None:
    app = build_app(ShopifyConfig(seed=mixed, throttle=False, clock=Clock(speed=20)))
    request.getfixturevalue("long_history")
    with ThreadedServer(app) as server, open_client() as http:
        running = Running(app, server.url, http)
        page = running.store().fetch_orders(None, since=SINCE, until=UNTIL)
        seen: set[str] = set()
        while page.more:  # a new process for every page
            page = running.store().fetch_orders(page.cursor, since=SINCE, until=UNTIL)
            assert '"bulk"' in page.cursor
            assert not seen & {record.source_id for record in page.records}
            seen |= {record.source_id for record in page.records}
    assert len(seen) == 80
