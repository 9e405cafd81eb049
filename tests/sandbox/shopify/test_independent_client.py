"""Shopify's own Python library drives the sandbox (a referee, not a dependency)."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES
from comptoir_sandbox.shopify.shop import ShopSeed

# The library and what it needs use calls that are called outdated.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DOMAIN = "retail-demo.myshopify.com"
CALLBACK = "http://127.0.0.1:9/callback"
SCOPES = ["read_orders", "read_all_orders", "write_orders"]
Shop = tuple[str, Sandbox]


class _Rerouted(urllib.request.HTTPSHandler):
    """Sends what is meant for the shop's https address to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def https_open(self, req: urllib.request.Request) -> Any:
        url = req.full_url.replace(f"https://{DOMAIN}", self._url)
        headers = {name: value for name, value in req.header_items() if name != "Host"}
        made = urllib.request.Request(url, req.data, headers, method=req.get_method())
        return self.parent.open(made, timeout=req.timeout)


@pytest.fixture
def shop(make_cart: Callable[..., Cart], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A served shop; requests to its https address arrive at it."""
    clock = Clock()
    cart = make_cart(1, created_at=clock.now(), processed_at=clock.now())
    config = ShopifyConfig(
        seed=ShopSeed(carts=(cart, make_cart(2))),
        clock=clock,
        scopes=(*DEFAULT_SCOPES, "write_orders"),
        installed=False,
    )
    app = build_app(config)
    with ThreadedServer(app) as server:
        opener = urllib.request.build_opener(_Rerouted(server.url))
        monkeypatch.setattr(urllib.request, "_opener", opener)
        yield server.url, app.state.sandbox


@pytest.fixture
def session(shop: Shop) -> Iterator[Any]:
    import shopify

    shopify.Session.setup(api_key="sandbox-client-id", secret="shpss_sandbox")
    session = shopify.Session(f"https://{DOMAIN}", "2026-10")
    session.request_token(consent(shop, session))
    shopify.ShopifyResource.activate_session(session)
    yield session
    shopify.ShopifyResource.clear_session()


def consent(shop: Shop, session: Any) -> dict[str, str]:
    """Go where the library sends the merchant, and return what the callback gets."""
    url = session.create_permission_url(SCOPES, CALLBACK, "nonce-1")
    answer = httpx2.get(url.replace(f"https://{DOMAIN}", shop[0]))
    assert answer.status_code == 302
    back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (back["state"], back["shop"]) == ("nonce-1", DOMAIN)
    return back


def ask(query: str, /, **variables: Any) -> dict[str, Any]:
    import shopify

    answer: dict[str, Any] = json.loads(shopify.GraphQL().execute(query, variables))
    assert "errors" not in answer, answer["errors"]
    data: dict[str, Any] = answer["data"]
    return data


def test_consent_signature_and_token(shop: Shop, session: Any) -> None:
    import shopify
    from shopify.session import ValidationException

    assert session.valid
    assert session.token.startswith("shpat_")
    # The library, too, knows that writing implies reading, and that the answer says so in short.
    assert session.access_scopes == shopify.ApiAccess(SCOPES)
    other = shopify.Session(f"https://{DOMAIN}", "2026-10")
    forged = {**consent(shop, other), "shop": "elsewhere.myshopify.com"}
    with pytest.raises(ValidationException):
        other.request_token(forged)


def test_a_code_is_good_once(shop: Shop, session: Any) -> None:
    from urllib.error import HTTPError

    import shopify

    other = shopify.Session(session.url, "2026-10")
    back = consent(shop, other)
    other.request_token(back)
    again = shopify.Session(session.url, "2026-10")
    with pytest.raises(HTTPError) as error:
        again.request_token(back)
    assert error.value.code == 400
    error.value.close()


@pytest.mark.usefixtures("session")
def test_orders_and_a_refund() -> None:
    orders = ask("{ orders(first: 5, sortKey: ID) { nodes { id name totalPriceSet { shopMoney { amount } } } } }")
    assert [each["name"] for each in orders["orders"]["nodes"]] == ["#1", "#2"]
    known = orders["orders"]["nodes"][0]["id"]
    sale = ask("query($id: ID!) { order(id: $id) { transactions { id } } }", id=known)["order"]["transactions"][0]["id"]
    money = {"orderId": known, "parentId": sale, "amount": "5.00", "gateway": "manual", "kind": "REFUND"}
    made = ask(
        """mutation($input: RefundInput!) { refundCreate(input: $input) @idempotent(key: "k-1") {
        refund { totalRefundedSet { shopMoney { amount } } } userErrors { field message } } }""",
        input={"orderId": known, "transactions": [money]},
    )["refundCreate"]
    assert (made["userErrors"], made["refund"]["totalRefundedSet"]["shopMoney"]["amount"]) == ([], "5.0")


def test_a_bulk_operation(shop: Shop, session: Any) -> None:
    del session
    run = "mutation($query: String!) { bulkOperationRunQuery(query: $query) { bulkOperation { id } } }"
    known = ask(run, query="{ orders { edges { node { id name } } } }")["bulkOperationRunQuery"]["bulkOperation"]["id"]
    shop[1].clock.advance(10)
    poll = "query($id: ID!) { bulkOperation(id: $id) { status url objectCount } }"
    while (found := ask(poll, id=known)["bulkOperation"])["status"] in {"CREATED", "RUNNING"}:
        pass
    assert (found["status"], found["objectCount"]) == ("COMPLETED", "2")
    lines = urllib.request.urlopen(urllib.request.Request(found["url"])).read().splitlines()
    assert {json.loads(line)["name"] for line in lines} == {"#1", "#2"}


def test_a_token_dies_with_the_app(shop: Shop, session: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from urllib.error import HTTPError

    del session
    httpx2.post(f"{shop[0]}/_control/uninstall")
    with pytest.raises(HTTPError) as error:
        ask("{ shop { name } }")
    assert error.value.code == 401
    error.value.close()
    assert "Invalid API key or access token" in capsys.readouterr().out
