"""A store that talks to a simulator in the same process, without sockets."""

from __future__ import annotations

import json
from collections.abc import Collection

import httpx2

from comptoir.http.transport import Transport
from comptoir.stores.shopify.client import ShopifyClient
from comptoir.stores.shopify.store import ShopifyStore
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.shop import ShopFacts

SCOPES = frozenset(
    {
        "read_orders",
        "read_all_orders",
        "read_customers",
        "read_payment_terms",
        "read_returns",
        "read_shopify_payments",
        "read_shopify_payments_disputes",
    }
)


class Pasted:
    def access_token(self) -> str:
        return "shpat_test"

    def invalidate(self, token: str) -> None:
        raise AssertionError(token)


def inside(sandbox: Sandbox, scopes: Collection[str] = SCOPES) -> ShopifyStore:
    """The store of a simulated shop, with these scopes."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content)
        found = sandbox.api.answer(GraphQLRequest(asked["query"], asked["variables"], None), frozenset(scopes))
        return httpx2.Response(200, json=found)

    transport = Transport(httpx2.Client(transport=httpx2.MockTransport(answer)), user_agent="x", retries=0)
    return ShopifyStore(ShopifyClient(ShopFacts().domain, transport=transport, tokens=Pasted()))
