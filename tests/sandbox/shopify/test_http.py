"""The shop over real HTTP: tokens, versions, statuses, faults, control routes; and its command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.reader import COLUMNS
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.main import run
from comptoir_sandbox.shopify.shop import ShopSeed

GRAPHQL = "/admin/api/2026-10/graphql.json"
TOKEN = "/admin/oauth/access_token"
ROOT = Path(__file__).parents[3]
CREDENTIALS = {
    "grant_type": "client_credentials",
    "client_id": "sandbox-client-id",
    "client_secret": "shpss_sandbox",
}
NAME = {"query": "query ShopName { shop { name } }"}

Shop = tuple[httpx2.Client, Sandbox]
Serve = Callable[..., Shop]


@pytest.fixture
def serve(make_cart: Callable[..., Cart]) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(**config: Any) -> Shop:
            carts = (make_cart(1), make_cart(2, age=2), make_cart(3, age=3, paid=False))
            clock = Clock(make_cart().created_at, speed=0)
            app = build_app(
                ShopifyConfig(seed=ShopSeed(carts=carts), static_token="shpat_static", clock=clock, **config)
            )
            server = stack.enter_context(ThreadedServer(app))
            client = stack.enter_context(httpx2.Client(base_url=server.url, timeout=10))
            return client, app.state.sandbox

        yield start


def call(client: httpx2.Client, body: Any = NAME, token: str = "shpat_static", path: str = GRAPHQL) -> httpx2.Response:
    return client.post(path, json=body, headers={"X-Shopify-Access-Token": token})


def edit(client: httpx2.Client, body: Any) -> httpx2.Response:
    return client.post("/_control/edit_order", json=body)


@pytest.mark.parametrize("kind", ["json", "form"])
def test_client_credentials(serve: Serve, kind: str) -> None:
    client, sandbox = serve()
    answer = client.post(TOKEN, json=CREDENTIALS) if kind == "json" else client.post(TOKEN, data=CREDENTIALS)
    assert answer.status_code == 200
    granted = answer.json()
    assert granted["access_token"].startswith("shpat_")
    assert granted["expires_in"] == 86399
    assert "read_orders" in granted["scope"].split(",")
    assert call(client, token=granted["access_token"]).json()["data"] == {"shop": {"name": "Retail Demo"}}
    sandbox.clock.advance(86398)
    assert call(client, token=granted["access_token"]).status_code == 200
    sandbox.clock.advance(2)
    assert call(client, token=granted["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
    ],
)
def test_refused_grants(serve: Serve, change: dict[str, Any], status: int, error: str) -> None:
    client, _ = serve()
    answer = client.post(TOKEN, json={**CREDENTIALS, **change})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize("body", [b"\xff", b"{", b"[]"])
def test_unreadable_grant(serve: Serve, body: bytes) -> None:
    client, _ = serve()
    answer = client.post(TOKEN, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_app_that_is_not_installed(serve: Serve) -> None:
    client, _ = serve(installed=False)
    answer = client.post(TOKEN, json=CREDENTIALS)
    assert (answer.status_code, answer.json()["error"]) == (400, "shop_not_permitted")


def test_a_bad_token(serve: Serve) -> None:
    client, _ = serve()
    for answer in (call(client, token="shpat_nope"), client.post(GRAPHQL, json=NAME)):
        assert answer.status_code == 401
        message = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        assert answer.json() == {"errors": message}


@pytest.mark.parametrize(
    ("version", "status", "served"),
    [("2026-10", 200, "2026-10"), ("2026-01", 200, "2026-01"), ("unstable", 200, "unstable"),
     ("2024-07", 200, "2026-01"), ("2026-11", 404, None), ("nonsense", 404, None)],
)  # fmt: skip
def test_versions(serve: Serve, version: str, status: int, served: str | None) -> None:
    client, _ = serve()
    answer = call(client, path=f"/admin/api/{version}/graphql.json")
    assert (answer.status_code, answer.headers.get("x-shopify-api-version")) == (status, served)
    assert answer.headers["x-request-id"]


def test_a_body_without_a_query(serve: Serve) -> None:
    client, _ = serve()
    answer = call(client, body={"variables": {}})
    assert (answer.status_code, answer.json()["errors"]["query"]) == (400, "Required parameter missing or invalid")


def test_search_debug_header(serve: Serve) -> None:
    client, _ = serve()
    body = {"query": '{ ordersCount(query: "test:true") { count } }'}
    headers = {"X-Shopify-Access-Token": "shpat_static", "Shopify-Search-Query-Debug": "1"}
    assert "search" in client.post(GRAPHQL, json=body, headers=headers).json()["extensions"]
    assert "search" not in call(client, body).json()["extensions"]


def test_the_log_and_its_faults(serve: Serve) -> None:
    client, sandbox = serve()
    client.post(TOKEN, json=CREDENTIALS)
    call(client)
    call(client, {"query": "{ nope }"})
    log = client.get("/_control/log").json()
    assert log["counts"] == {"token": 1, "ShopName": 1, "graphql": 1}
    assert [entry["fault"] for entry in log["entries"]] == [None, None, "undefinedField"]
    assert "shpss" not in json.dumps(log)
    assert sandbox.log.entries()[1].size_bytes > 10


@pytest.mark.parametrize(("status", "body"), [(429, ""), (503, ""), (500, '{"errors":"x"}')])
def test_status_faults(serve: Serve, status: int, body: str) -> None:
    client, _ = serve()
    client.post("/_control/faults", json=[{"kind": "status", "status": status, "body": body, "operation": "ShopName"}])
    assert call(client).status_code == status
    assert call(client).status_code == 200


def test_other_shared_faults(serve: Serve) -> None:
    client, _ = serve()
    client.post("/_control/faults", json=[{"kind": "malformed"}, {"kind": "cut"}])
    assert call(client).headers["content-type"].startswith("text/html")
    with pytest.raises(httpx2.TransportError):
        call(client)
    assert call(client).status_code == 200


def test_the_throttle_fault(serve: Serve) -> None:
    client, sandbox = serve()
    client.post("/_control/faults", json=[{"kind": "throttle"}, {"kind": "throttle"}])
    body = call(client).json()
    assert body["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert body["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 0
    assert call(client, {"query": "{ nope }"}).json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert call(client).json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    sandbox.clock.advance(1)
    assert "data" in call(client).json()


def test_the_expired_token_fault(serve: Serve) -> None:
    client, _ = serve()
    token = client.post(TOKEN, json=CREDENTIALS).json()["access_token"]
    client.post("/_control/faults", json={"kind": "expired_token"})
    assert [call(client, token=token).status_code for _ in range(2)] == [401, 401]
    assert call(client, token=client.post(TOKEN, json=CREDENTIALS).json()["access_token"]).status_code == 200


def test_the_dump_and_reset(serve: Serve) -> None:
    client, sandbox = serve()
    assert edit(client, {"name": "#1", "note": "hello"}).json()["note"] == "hello"
    lines = [json.loads(line)["object"] for line in client.get("/_control/dump").text.splitlines()]
    assert [(line["name"], line["note"], line["totalPriceSet"]) for line in lines] == [
        ("#1", "hello", "25.0"), ("#2", None, "25.0"), ("#3", None, "25.0"),
    ]  # fmt: skip
    token = client.post(TOKEN, json=CREDENTIALS).json()["access_token"]
    sandbox.bucket.drain()
    assert client.post("/_control/reset").status_code == 204
    assert json.loads(client.get("/_control/dump").text.splitlines()[0])["object"]["note"] is None
    assert call(client, token=token).status_code == 401
    assert call(client).status_code == 200


def test_the_dump_has_lines_on_request(serve: Serve) -> None:
    client, _ = serve()
    order = json.loads(client.get("/_control/dump?lines=1").text.splitlines()[0])["object"]
    assert [(line["sku"], line["originalTotalSet"]) for line in order["lineItems"]] == [
        ("LAMP", "20.0"),
        ("BULB", "5.0"),
    ]
    assert "lineItems" not in json.loads(client.get("/_control/dump").text.splitlines()[0])["object"]


def test_edits_move_updated_at(serve: Serve) -> None:
    client, sandbox = serve()
    sandbox.clock.advance(3600)
    touched = edit(client, {"id": "gid://shopify/Order/1001"}).json()
    assert touched["updatedAt"] == "2026-11-22T12:00:00Z"
    body = {"query": "{ orders(first: 9, query: \"updated_at:>='2026-11-22T11:30:00Z'\") { nodes { name } } }"}
    assert call(client, body).json()["data"]["orders"]["nodes"] == [{"name": "#1"}]
    dated = edit(client, {"name": "#2", "updated_at": "2026-12-24T00:00:00+01:00", "tags": ["b", "a"], "test": True})
    order = dated.json()
    assert (order["updatedAt"], order["tags"], order["test"]) == ("2026-12-23T23:00:00Z", ["a", "b"], True)


def test_an_edit_can_pay_refund_and_cancel(serve: Serve) -> None:
    client, _ = serve()
    paid = edit(client, {"name": "#3", "pay": {"amount": "25.00", "gateway": "paypal"}}).json()
    assert (paid["displayFinancialStatus"], paid["transactions"][0]["gateway"]) == ("PAID", "paypal")
    refund = {"lines": [{"sku": "LAMP", "quantity": 1}], "amount": "9.00", "note": "scratched"}
    back = edit(client, {"name": "#3", "refund": refund}).json()
    assert (back["displayFinancialStatus"], back["totalRefundedSet"]) == ("PARTIALLY_REFUNDED", "9.0")
    assert back["refunds"][0]["orderAdjustments"][0]["amountSet"] == "1.0"
    found = call(
        client, {"query": '{{ refund(id: "{}") {{ note order {{ name }} }} }}'.format(back["refunds"][0]["id"])}
    ).json()
    assert found["data"]["refund"] == {"note": "scratched", "order": {"name": "#3"}}
    gone = edit(client, {"name": "#1", "cancel": "customer"}).json()
    assert (gone["cancelReason"], gone["closed"]) == ("CUSTOMER", True)
    unpaid = edit(client, {"name": "#2", "refund": {"lines": [{"sku": "BULB", "quantity": 1}]}}).json()
    assert unpaid["currentTotalPriceSet"] == "20.0"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "an edit has these members"),
        ({"name": "#1", "colour": 1}, "an edit has these members"),
        ({"name": "#9"}, "no such order"),
        ({}, "no such order"),
        ({"id": "gid://shopify/Refund/1"}, "no such order"),
        ({"name": "#1", "updated_at": "soon"}, "isoformat"),
        ({"name": "#1", "updated_at": "2026-01-01T00:00:00"}, "lacks an offset"),
        ({"name": "#1", "pay": {"amount": "much"}}, "is no amount"),
        ({"name": "#1", "refund": {"lines": [{"sku": "NOPE", "quantity": 1}]}}, "has no line of NOPE"),
        ({"name": "#1", "refund": {"lines": [{"quantity": 1}]}}, "malformed edit"),
        ({"name": "#1", "refund": {"lines": [{"sku": "LAMP", "quantity": 3}]}}, "cannot be refunded"),
        ({"name": "#3", "refund": {"amount": "1"}}, "no payment to refund"),
    ],
)
def test_bad_edits(serve: Serve, body: Any, message: str) -> None:
    client, _ = serve()
    before = client.get("/_control/dump").text
    answer = edit(client, body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]
    assert client.get("/_control/dump").text == before


def test_the_summary(serve: Serve) -> None:
    assert serve()[0].get("/_control/summary").status_code == 404
    answer = serve(summary={"orders": 3})[0].get("/_control/summary")
    assert (answer.status_code, answer.json()) == (200, {"orders": 3})


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


def test_a_file_with_mistakes_starts_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "bad.csv", "1,A,x,one,2010-12-01 08:00:00,1.00,,France", "2,A,x,1,soon,1.00,,France")
    assert run(["--data", str(path)]) == 1
    told = capsys.readouterr().err
    assert "2 mistake(s); nothing was loaded" in told
    assert "line 2, column Quantity 'one'" in told
    assert "line 3, column InvoiceDate 'soon'" in told


@pytest.mark.parametrize("empty", [False, True])
def test_the_command_line(tmp_path: Path, empty: bool) -> None:
    path = write(tmp_path / "month.csv", "1,A1234,x,2,2010-12-01 08:00:00,1.25,7,France")
    arguments = ["--empty"] if empty else ["--data", str(path)]
    command = [sys.executable, "-m", "comptoir_sandbox", "shopify", "--client-id", "me", "--client-secret", "shpss_me"]
    process = subprocess.Popen(
        [*command, "--no-throttle", "--token-lifetime", "60", "--static-token", "shpat_x", *arguments],
        stdout=subprocess.PIPE, text=True, cwd=ROOT / "src",
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert (told["ready"], told["platform"], told["shop"]) == (True, "shopify", "retail-demo.myshopify.com")
        assert (told["client_id"], told["client_secret"]) == ("me", "shpss_me")
        credentials = {**CREDENTIALS, "client_id": "me", "client_secret": "shpss_me"}
        with httpx2.Client(base_url=told["url"]) as client:
            assert client.post(TOKEN, json=credentials).json()["expires_in"] == 60
            answer = call(client, {"query": "{ ordersCount { count } }"}, token="shpat_x").json()
            assert answer["data"]["ordersCount"]["count"] == (0 if empty else 1)
            summary = client.get("/_control/summary")
        assert summary.status_code == (404 if empty else 200)
        assert empty or Decimal(told["summary"]["sales_total"]) == Decimal("2.50")
    finally:
        process.terminate()
        assert process.wait(10) == 0
        if process.stdout is not None:
            process.stdout.close()


def test_a_deleted_order_vanishes(serve: Serve) -> None:
    client, _ = serve()
    assert client.delete("/_control/orders/1001").status_code == 204
    query = {"query": '{ order(id: "gid://shopify/Order/1001") { id } orders(first: 9) { nodes { name } } }'}
    data = call(client, query).json()["data"]
    assert data == {"order": None, "orders": {"nodes": [{"name": "#3"}, {"name": "#2"}]}}
    assert client.delete("/_control/orders/1001").status_code == 404
