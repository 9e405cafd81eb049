"""Every misfortune of §3.1 and §3.2 can be asked for, in Shopify's own shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.faults import CODES, STATUS_BODIES
from comptoir_sandbox.shopify.shop import ShopSeed

HEADERS = {"X-Shopify-Access-Token": "shpat_static"}
GRAPHQL = "/admin/api/2026-10/graphql.json"
ORDERS = "query Orders { orders(first: 5) { nodes { name } } }"
SHOP = "query Shop { shop { name } }"
PAID = 'mutation Paid { orderMarkAsPaid(input: {id: "gid://shopify/Order/1001"}) { order { name } } }'


@pytest.fixture
def client(make_cart: Any) -> Iterator[httpx2.Client]:
    config = ShopifyConfig(
        seed=ShopSeed(carts=(make_cart(1, paid=False),)),
        static_token="shpat_static",
        scopes=("read_orders", "read_all_orders", "write_orders"),
        clock=Clock(make_cart().created_at, speed=0),
    )
    with ThreadedServer(build_app(config)) as server, httpx2.Client(base_url=server.url, timeout=10) as client:
        yield client


def ask(client: httpx2.Client, query: str = SHOP) -> httpx2.Response:
    return client.post(GRAPHQL, json={"query": query}, headers=HEADERS)


def fault(client: httpx2.Client, **rule: Any) -> None:
    answer = client.post("/_control/faults", json=rule)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("status", sorted(STATUS_BODIES))
def test_statuses(client: httpx2.Client, status: int) -> None:
    fault(client, kind="code", code=str(status))
    answer = ask(client)
    assert answer.status_code == status
    assert "retry-after" not in answer.headers
    if isinstance(STATUS_BODIES[status], str):
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith("<!DOCTYPE html>")
    else:
        assert answer.json() == STATUS_BODIES[status]
    assert ask(client).json()["data"] == {"shop": {"name": "Retail Demo"}}


@pytest.mark.parametrize("rule", [{"kind": "code", "code": "429"}, {"kind": "status", "status": 503, "body": "<p>"}])
def test_retry_after(client: httpx2.Client, rule: dict[str, Any]) -> None:
    fault(client, retry_after_seconds=7, **rule)
    answer = ask(client)
    assert (answer.status_code, answer.headers["retry-after"]) in {(429, "7"), (503, "7")}
    assert ask(client).status_code == 200


def test_codes_inside_200(client: httpx2.Client) -> None:
    def coded(code: str, query: str = SHOP) -> dict[str, Any]:
        fault(client, kind="code", code=code)
        answer = ask(client, query)
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        assert body["errors"][0]["extensions"]["code"] == code
        return body

    throttled = coded("THROTTLED", ORDERS)
    assert "data" not in throttled
    assert throttled["extensions"]["cost"]["requestedQueryCost"] == 5
    dear = coded("MAX_COST_EXCEEDED")
    assert (dear["errors"][0]["extensions"]["cost"], dear["errors"][0]["extensions"]["maxCost"]) == (1001, 1000)
    denied = coded("ACCESS_DENIED", "query One { order(id: 1) { name } }")
    assert denied["data"] == {"order": None}
    assert denied["errors"][0]["path"] == ["order"]
    assert "`read_orders`" in denied["errors"][0]["extensions"]["requiredAccess"]
    assert coded("ACCESS_DENIED", ORDERS)["data"] is None
    assert "data" not in coded("SHOP_INACTIVE")
    internal = coded("INTERNAL_SERVER_ERROR", "{ nope }")
    assert internal["errors"][0]["extensions"]["requestId"] in internal["errors"][0]["message"]


def outstanding(client: httpx2.Client) -> str:
    dumped = json.loads(client.get("/_control/dump").text)
    amount: str = dumped["object"]["totalOutstandingSet"]
    return amount


def test_before_and_after_the_work(client: httpx2.Client) -> None:
    fault(client, kind="code", code="INTERNAL_SERVER_ERROR", operation="Paid")
    assert "errors" in ask(client, PAID).json()
    assert outstanding(client) == "25.0"
    fault(client, kind="code_after_commit", code="502", operation="Paid")
    assert ask(client, PAID).status_code == 502
    assert outstanding(client) == "0.0"


def test_half_an_answer(client: httpx2.Client) -> None:
    fault(client, kind="half_json", operation="Shop")
    answer = ask(client)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_half_a_bulk_result(client: httpx2.Client) -> None:
    run = 'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }'
    known = ask(client, run).json()["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    client.post("/_control/clock", json={"advance_seconds": 60})
    url = ask(client, f'{{ bulkOperation(id: "{known}") {{ url }} }}').json()["data"]["bulkOperation"]["url"]
    fault(client, kind="half_json", operation="bulk_file")
    half, whole = client.get(url).content, client.get(url).content
    assert half == whole[: len(whole) // 2] != b""


def test_a_slow_answer_and_a_cut_connection(client: httpx2.Client) -> None:
    fault(client, kind="slow", delay_seconds=0.3)
    with pytest.raises(httpx2.ReadTimeout):
        client.post(GRAPHQL, json={"query": SHOP}, headers=HEADERS, timeout=0.05)
    fault(client, kind="cut_after_commit", operation="Paid")
    with pytest.raises(httpx2.TransportError):
        ask(client, PAID)
    assert outstanding(client) == "0.0"


def test_a_code_that_does_not_exist(client: httpx2.Client) -> None:
    for kind in ("code", "code_after_commit"):
        answer = client.post("/_control/faults", json={"kind": kind, "code": "418"})
        assert answer.status_code == 400
    assert len(CODES) == len(STATUS_BODIES) + 5


def test_a_body_that_is_no_query_meets_no_code(client: httpx2.Client) -> None:
    fault(client, kind="code", code="500")
    assert client.post(GRAPHQL, content=b"{", headers=HEADERS).status_code == 400
