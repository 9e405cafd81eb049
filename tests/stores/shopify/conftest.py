from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from comptoir.books.facts import Order, StoreIdentity
from comptoir.http.transport import Transport
from comptoir.stores.shopify.client import ShopifyClient
from comptoir.stores.shopify.store import ShopifyStore
from comptoir.stores.shopify.translate import translate

DATA = Path(__file__).parents[2] / "data" / "shopify"
STORE = StoreIdentity("shopify:quay-books.myshopify.com")

Record = dict[str, Any]


@pytest.fixture
def record() -> Callable[[str], Record]:
    """A complete record, by the name of its file, as the road hands it to the translator."""

    def load(name: str) -> Record:
        found: Record = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"), parse_float=Decimal)
        return found

    return load


@pytest.fixture
def order(record: Callable[[str], Record]) -> Callable[..., Order]:
    """The order that a file (or a changed record) states."""

    def build(source: str | Record) -> Order:
        made = translate(record(source) if isinstance(source, str) else source, store=STORE)
        assert isinstance(made, Order), made
        return made

    return build


SHOP = "quay-books.myshopify.com"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_payment_terms", "read_returns")


@dataclass
class Tokens:
    """Access tokens t0, t1, ...: a new one after each refusal."""

    refused: list[str] = field(default_factory=list)

    def access_token(self) -> str:
        return f"t{len(self.refused)}"

    def invalidate(self, token: str) -> None:
        self.refused.append(token)


Reply = httpx2.Response | Exception | Record


@dataclass
class Platform:
    """A scripted shop: gives `replies` in turn; keeps what it was asked and how long it was waited for."""

    replies: list[Reply] = field(default_factory=list)
    asked: list[Record] = field(default_factory=list)
    headers: list[httpx2.Headers] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    tokens: Tokens = field(default_factory=Tokens)
    seconds: float = 0.0

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(json.loads(request.content))
        self.headers.append(request.headers)
        self.urls.append(str(request.url))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx2.Response) else httpx2.Response(200, json=reply)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def transport(self, *, retries: int = 1) -> Transport:
        client = httpx2.Client(transport=httpx2.MockTransport(self.answer))
        return Transport(client, user_agent="Comptoir/test", retries=retries, sleep=self.sleep, clock=lambda: NOW)

    def client(self, *, retries: int = 1) -> ShopifyClient:
        return ShopifyClient(
            SHOP,
            transport=self.transport(retries=retries),
            tokens=self.tokens,
            clock=lambda: NOW,
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
        )

    def store(self, *, retries: int = 1) -> ShopifyStore:
        return ShopifyStore(self.client(retries=retries))


@pytest.fixture
def platform() -> Platform:
    return Platform()


def cost(requested: int = 638, available: int = 2000) -> Record:
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    return {"requestedQueryCost": requested, "actualQueryCost": 1, "throttleStatus": status}


@pytest.fixture
def shop_answer() -> Callable[..., Record]:
    def build(scopes: Sequence[str] = SCOPES, domain: str = SHOP) -> Record:
        shop = {
            "name": "Quay Books",
            "myshopifyDomain": domain,
            "currencyCode": "CAD",
            "ianaTimezone": "America/Toronto",
        }
        handles = [{"handle": scope} for scope in scopes]
        data = {"shop": shop, "currentAppInstallation": {"accessScopes": handles}}
        return {"data": data, "extensions": {"cost": cost(3)}}

    return build


@pytest.fixture
def orders_answer() -> Callable[..., Record]:
    def build(nodes: Sequence[Record], after: str | None = None, requested: int = 638, available: int = 2000) -> Record:
        info = {"hasNextPage": after is not None, "endCursor": after}
        data = {"orders": {"pageInfo": info, "nodes": list(nodes)}}
        return {"data": data, "extensions": {"cost": cost(requested, available)}}

    return build


@pytest.fixture
def node(record: Callable[[str], Record]) -> Callable[[str], Record]:
    """An order as the platform sends it: a scenario without the keys that the connector adds."""

    def build(name: str) -> Record:
        found = json.loads(json.dumps(record(name), default=float))
        del found["customerId"]
        notes = found.pop("refundNotes")
        for refund in found["refunds"]:
            refund["note"] = notes.get(refund["id"])
        return found  # type: ignore[no-any-return] # what json gives

    return build
