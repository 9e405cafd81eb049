"""Webhooks: subscriptions, signed deliveries and their bodies, retries, duplicates and losses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.cart import (
    Address,
    Attribute,
    Cart,
    CartDiscount,
    CartLine,
    CartShipping,
    Customer,
    Duty,
    Payment,
    Presentment,
    Refund,
    RefundedDuty,
    RefundedLine,
    RefundedShipping,
    RefundPayment,
    Tax,
)
from comptoir_sandbox.shopify.edits import edit_order
from comptoir_sandbox.shopify.hooks.deliveries import RETRY_MINUTES, Webhooks, send
from comptoir_sandbox.shopify.shop import ShopSeed

MakeCart = Callable[..., Cart]
MakeSandbox = Callable[..., Sandbox]
Ask = Callable[..., dict[str, Any]]
CREATE = """mutation($topic: WebhookSubscriptionTopic!, $wanted: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $wanted) {
    webhookSubscription { id topic uri callbackUrl format includeFields filter name createdAt apiVersion { handle } }
    userErrors { field message } } }"""
DELETE = """mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId
  userErrors { field message } } }"""
URI = "https://hooks.example/shopify?shop=1"
SECRET = "shpss_sandbox"


@dataclass
class Receiver:
    """Answers what it is told, and keeps what it got."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.got.append((url, headers, body))
        return self.answers.pop(0) if self.answers else 200

    def topics(self) -> list[str]:
        return [headers["X-Shopify-Topic"] for _, headers, _ in self.got]

    def bodies(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(body) for _, headers, body in self.got if headers["X-Shopify-Topic"] == topic]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def listening(make_sandbox: MakeSandbox, receiver: Receiver) -> Callable[..., Sandbox]:
    """A sandbox whose deliveries go to the receiver when `deliver` is called; nothing runs by itself."""

    def make(*carts: Cart, topics: tuple[str, ...] = (), **changes: Any) -> Sandbox:
        sandbox = make_sandbox(*carts)
        sandbox.services.hooks._post = receiver.post
        sandbox.services.hooks.settings.deliver_to = "http://127.0.0.1:9"
        for topic in topics:
            sandbox.services.hooks.subscribe(topic, URI, changes.get("fields", ()), changes.get("name"))
        return sandbox

    return make


def deliver(sandbox: Sandbox) -> int:
    return sandbox.services.hooks.deliver_due()


ORDER_TOPICS = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_PAID",
    "ORDERS_CANCELLED",
    "ORDERS_EDITED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
)


def test_what_each_change_is_told_as(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(make_cart(1, paid=False), topics=ORDER_TOPICS)

    def told(change: Callable[[], Any]) -> set[str]:
        receiver.got.clear()
        sandbox.clock.advance(60)
        change()
        deliver(sandbox)
        assert len({headers["X-Shopify-Event-Id"] for _, headers, _ in receiver.got}) <= 1
        return set(receiver.topics())

    def edit(**wanted: Any) -> Callable[[], Any]:
        return lambda: edit_order(sandbox.shop, {"name": "#1", **wanted})

    assert told(lambda: sandbox.shop.put_new(make_cart(2))) == {"orders/create", "orders/paid"}
    assert told(lambda: sandbox.shop.put_new(make_cart(3, paid=False))) == {"orders/create"}
    assert told(edit(note="x")) == {"orders/updated"}
    assert told(edit(quantities=[{"sku": "LAMP", "quantity": 1}])) == {"orders/updated", "orders/edited"}
    assert told(edit(pay={})) == {"orders/updated", "orders/paid"}
    assert told(edit(refund={"amount": "1.00"})) == {"orders/updated", "refunds/create"}
    assert told(edit(cancel={"reason": "fraud", "refund": True})) == {
        "orders/updated",
        "orders/cancelled",
        "refunds/create",
    }
    assert told(edit(delete=True)) == {"orders/delete"}
    assert receiver.bodies("orders/delete") == [{"id": 1001}]


def test_a_delivery_is_signed_and_named(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",), name="main")
    sandbox.shop.put_new(make_cart(1))
    deliver(sandbox)
    url, headers, body = receiver.got[0]
    assert url == "http://127.0.0.1:9/shopify?shop=1"
    expected = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert headers["X-Shopify-Hmac-Sha256"] == expected
    assert headers["X-Shopify-Shop-Domain"] == "retail-demo.myshopify.com"
    assert (headers["X-Shopify-API-Version"], headers["X-Shopify-Name"]) == ("2026-10", "main")
    assert headers["X-Shopify-Triggered-At"] == "2026-11-22T12:00:00Z"
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]
    sandbox.services.hooks.settings.secret = "old"
    sandbox.shop.put_new(make_cart(2))
    deliver(sandbox)
    _, headers, body = receiver.got[1]
    assert (
        headers["X-Shopify-Hmac-Sha256"]
        != base64.b64encode(hmac.new(SECRET.encode(), body, "sha256").digest()).decode()
    )


def rich_cart(make_cart: MakeCart) -> Cart:
    moment = make_cart().created_at
    vat = (Tax(title="VAT", rate=Decimal("0.2")),)
    lines = (
        CartLine(
            title="Lamp",
            quantity=2,
            unit_price=Decimal("10.00"),
            sku="LAMP",
            variant_id=5,
            product_id=6,
            taxes=vat,
            duties=(Duty(amount=Decimal("1.00")),),
            attributes=(Attribute(key="colour", value="red"),),
        ),
    )
    cart = make_cart(
        1001,
        paid=False,
        lines=lines,
        shipping=(CartShipping(title="Post", price=Decimal("3.00")),),
        discounts=(
            CartDiscount(title="TEN", percentage=Decimal(10), kind="code"),
            CartDiscount(title="Goodwill", amount=Decimal("1.00")),
        ),
        customer=Customer(id=7, first_name="Ada", last_name="Byron", email="ada@shop.example", phone="+44"),
        billing_address=Address(first_name="Ada", last_name="Byron", country="Canada", country_code="CA"),
        presentment=Presentment(currency="USD", rate=Decimal("0.80")),
        tags=("b", "a"),
    )
    paid = Payment(amount=Decimal("24.40"), gateway="paypal", processed_at=moment)
    refund = Refund(
        processed_at=moment + timedelta(minutes=5),
        lines=(RefundedLine(line=0, quantity=1),),
        shipping=(RefundedShipping(line=0, amount=Decimal("2.00")),),
        duties=(RefundedDuty(line=0, amount=Decimal("1.00")),),
        payments=(RefundPayment(payment=0, amount=Decimal("12.00")),),
        note="chipped",
    )
    return replace(cart, payments=(paid,), refunds=(refund,))


def test_an_order_as_rest_has_it(listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",))
    sandbox.shop.put_new(rich_cart(make_cart))
    deliver(sandbox)
    order = receiver.bodies("orders/create")[0]
    assert (order["id"], order["order_number"], order["number"], order["name"]) == (2001, 1001, 1, "#1001")
    assert order["admin_graphql_api_id"] == "gid://shopify/Order/2001"
    assert order["created_at"] == "2026-11-22T11:00:00+00:00"
    assert (order["financial_status"], order["fulfillment_status"]) == ("partially_refunded", "fulfilled")
    assert (order["currency"], order["presentment_currency"], order["tags"]) == ("GBP", "USD", "a, b")
    assert order["total_price"] == "19.52"
    assert order["total_price_set"] == {
        "shop_money": {"amount": "19.52", "currency_code": "GBP"},
        "presentment_money": {"amount": "24.40", "currency_code": "USD"},
    }
    assert (order["total_line_items_price"], order["total_outstanding"]) == ("16.00", "0.00")
    assert (order["customer"]["id"], order["customer"]["email"]) == (7, "ada@shop.example")
    assert (order["billing_address"]["country_code"], order["shipping_address"]) == ("CA", None)
    assert order["discount_codes"] == [{"code": "TEN"}]
    kinds = [(each["type"], each["value"], each["value_type"]) for each in order["discount_applications"]]
    assert kinds == [("discount_code", "10.0", "percentage"), ("manual", "1.00", "fixed_amount")]
    line = order["line_items"][0]
    assert (line["price"], line["variant_id"], line["properties"]) == ("8.00", 5, [{"name": "colour", "value": "red"}])
    assert [each["discount_application_index"] for each in line["discount_allocations"]] == [0, 1]
    assert (line["tax_lines"][0]["rate"], line["duties"][0]["price_set"]["presentment_money"]["amount"]) == (
        0.2,
        "1.00",
    )
    assert (order["shipping_lines"][0]["price"], order["fulfillments"][0]["status"]) == ("2.40", "success")


def test_a_refund_as_rest_has_it(listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver) -> None:
    cart = rich_cart(make_cart)
    sandbox = listening(replace(cart, refunds=()), topics=("REFUNDS_CREATE",))
    sandbox.shop.put(cart)
    deliver(sandbox)
    refund = receiver.bodies("refunds/create")[0]
    assert (refund["order_id"], refund["note"], refund["restock"]) == (2001, "chipped", True)
    line = refund["refund_line_items"][0]
    assert (line["quantity"], line["restock_type"], line["line_item"]["sku"]) == (1, "return", "LAMP")
    money = refund["transactions"][0]
    assert (money["kind"], money["amount"], money["currency"], money["parent_id"]) == (
        "refund",
        "12.00",
        "USD",
        20010000,
    )
    kinds = {each["kind"]: each["amount"] for each in refund["order_adjustments"]}
    assert kinds["shipping_refund"] == "-1.60"
    assert Decimal(kinds["refund_discrepancy"]) != 0
    assert refund["refund_shipping_lines"][0]["subtotal_amount_set"]["presentment_money"]["amount"] == "2.00"
    assert refund["duties"][0]["amount"] == "0.80"


def test_an_edit_tells_what_it_changed(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(make_cart(1, paid=False), topics=("ORDERS_EDITED",))
    line = {"title": "Mug", "quantity": 3, "unit_price": "4.00"}
    edit_order(sandbox.shop, {"name": "#1", "add_lines": [line], "quantities": [{"sku": "LAMP", "quantity": 0}]})
    deliver(sandbox)
    edit = receiver.bodies("orders/edited")[0]["order_edit"]
    assert edit["order_id"] == 1001
    assert edit["line_items"] == {
        "additions": [{"id": 10010002, "delta": 3}],
        "removals": [{"id": 10010000, "delta": 2}],
    }


def test_fields_that_were_asked_for(listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",), fields=("id", "name"))
    sandbox.shop.put_new(make_cart(1))
    deliver(sandbox)
    assert receiver.bodies("orders/create") == [{"id": 1001, "name": "#1"}]


def test_the_end_of_a_bulk_operation_and_of_the_app(
    listening: Callable[..., Sandbox], make_cart: MakeCart, ask: Ask, receiver: Receiver
) -> None:
    sandbox = listening(make_cart(1), topics=("BULK_OPERATIONS_FINISH", "APP_UNINSTALLED"))
    run = 'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }'
    known = ask(sandbox, run)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    sandbox.clock.advance(60)
    sandbox.services.work()
    sandbox.services.uninstalled()
    deliver(sandbox)
    assert receiver.bodies("bulk_operations/finish") == [
        {
            "admin_graphql_api_id": known,
            "completed_at": "2026-11-22T12:00:01+00:00",
            "created_at": "2026-11-22T12:00:00+00:00",
            "error_code": None,
            "status": "completed",
            "type": "query",
        }
    ]
    assert receiver.bodies("app/uninstalled")[0]["myshopify_domain"] == "retail-demo.myshopify.com"
    assert sandbox.services.hooks.all() == []


def test_eight_retries_over_four_hours_then_the_subscription_is_gone(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",))
    assert sum(RETRY_MINUTES) == 4 * 60
    receiver.answers = [500] * 9
    sandbox.shop.put_new(make_cart(1))
    assert deliver(sandbox) == 1
    for at, minutes in enumerate(RETRY_MINUTES):
        sandbox.clock.advance(minutes * 60 - 1)
        assert (deliver(sandbox), len(receiver.got)) == (0, at + 1)
        assert len(sandbox.services.hooks.all()) == 1
        sandbox.clock.advance(1)
        assert deliver(sandbox) == 1
    assert sandbox.services.hooks.all() == []
    assert len({headers["X-Shopify-Webhook-Id"] for _, headers, _ in receiver.got}) == 1
    assert len({body for _, _, body in receiver.got}) == 1
    sandbox.clock.advance(9999)
    assert deliver(sandbox) == 0


def test_a_retry_that_succeeds_ends_it(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",))
    receiver.answers = [0, 302, 204]
    sandbox.shop.put_new(make_cart(1))
    for minutes in (0, *RETRY_MINUTES):
        sandbox.clock.advance(minutes * 60)
        deliver(sandbox)
    assert sandbox.services.hooks.deliveries[0].statuses == [0, 302, 204]


def test_duplicates_and_losses(listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver) -> None:
    sandbox = listening(topics=("ORDERS_CREATE",))
    settings = sandbox.services.hooks.settings
    settings.lose_next, settings.duplicate_next = 1, 1
    for number in (1, 2, 3):
        sandbox.shop.put_new(make_cart(number))
    deliver(sandbox)
    assert [body["name"] for body in receiver.bodies("orders/create")] == ["#2", "#2", "#3"]
    ids = [headers["X-Shopify-Webhook-Id"] for _, headers, _ in receiver.got]
    assert ids[0] == ids[1] != ids[2]
    assert [each["lost"] for each in sandbox.services.hooks.as_json()["deliveries"]] == [True, False, False]


def test_nobody_answers_where_no_address_is_known(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    sandbox = make_sandbox()
    sandbox.services.hooks.subscribe("ORDERS_CREATE", URI, (), None)
    sandbox.shop.put_new(make_cart(1))
    deliver(sandbox)
    assert sandbox.services.hooks.deliveries[0].statuses == [0]
    sandbox.services.hooks.unsubscribe(sandbox.services.hooks.all()[0].id)
    sandbox.clock.advance(3600)
    assert deliver(sandbox) == 0


def test_a_server_that_is_not_there_is_no_answer() -> None:
    assert send("http://127.0.0.1:9/", b"{}", {}) == 0


@pytest.mark.parametrize(
    ("wanted", "field_name", "message"),
    [
        ({"uri": ""}, "callbackUrl", "Address can't be blank"),
        ({"uri": "http://hooks.example/x"}, "callbackUrl", "Address protocol http:// is not supported"),
        ({"uri": "ftp://hooks.example/x"}, "callbackUrl", "Address protocol ftp:// is not supported"),
        ({"uri": "https://"}, "callbackUrl", "Address is invalid"),
        ({"uri": "https://[broken"}, "callbackUrl", "Address is invalid"),
        ({"uri": "https://127.0.0.1/x"}, "callbackUrl", "Address cannot be a Shopify or an internal domain"),
        ({"uri": "https://a.myshopify.com/x"}, "callbackUrl", "Address cannot be a Shopify or an internal domain"),
        (
            {"uri": URI, "format": "XML"},
            "format",
            "Format 'xml' is invalid for this webhook topic. Allowed formats: json",
        ),
        (
            {"uri": URI, "name": "has spaces"},
            "name",
            "Name name field can only contain alphanumeric characters, underscores, and hyphens",
        ),
    ],
)
def test_subscriptions_that_are_refused(
    make_sandbox: MakeSandbox, ask: Ask, wanted: dict[str, Any], field_name: str, message: str
) -> None:
    made = ask(make_sandbox(), CREATE, topic="ORDERS_CREATE", wanted=wanted)["data"]["webhookSubscriptionCreate"]
    assert made["webhookSubscription"] is None
    assert made["userErrors"] == [{"field": ["webhookSubscription", field_name], "message": message}]


def test_subscribing_listing_and_ending(make_sandbox: MakeSandbox, ask: Ask) -> None:
    sandbox = make_sandbox(scopes=("read_orders",))

    def create(topic: str, **wanted: Any) -> dict[str, Any]:
        payload: dict[str, Any] = ask(sandbox, CREATE, topic=topic, wanted={"uri": URI, **wanted})["data"][
            "webhookSubscriptionCreate"
        ]
        return payload

    first = create("ORDERS_CREATE", includeFields=["id"], name="a")["webhookSubscription"]
    assert first == {
        "id": first["id"],
        "topic": "ORDERS_CREATE",
        "uri": URI,
        "callbackUrl": URI,
        "format": "JSON",
        "includeFields": ["id"],
        "filter": None,
        "name": "a",
        "createdAt": "2026-11-22T12:00:00Z",
        "apiVersion": {"handle": "2026-10"},
    }
    taken = create("ORDERS_CREATE")["userErrors"]
    assert taken[0]["message"] == "Address for this topic has already been taken"
    assert create("ORDERS_PAID", name="A")["userErrors"][0]["message"] == "Name already exists, no duplicate allowed"
    denied = create("RETURNS_REQUEST")["userErrors"]
    assert denied[0]["message"].endswith("with returns/request topic")
    sandbox.clock.advance(5)
    second = create("APP_UNINSTALLED")["webhookSubscription"]

    def listed(arguments: str) -> list[str]:
        answer = ask(sandbox, f"{{ webhookSubscriptions({arguments}) {{ nodes {{ id }} }} }}")
        return [each["id"] for each in answer["data"]["webhookSubscriptions"]["nodes"]]

    assert listed("first: 5") == [first["id"], second["id"]]
    assert listed("first: 5, topics: [APP_UNINSTALLED]") == [second["id"]]
    assert listed('first: 5, uri: "https://other.example/"') == []
    assert listed("first: 1, sortKey: ID, reverse: true") == [second["id"]]
    assert listed("first: 5, query: \"created_at:>'2026-11-22T12:00:01Z'\"") == [second["id"]]
    found = "query($id: ID!) { webhookSubscription(id: $id) { topic } node(id: $id) { id } }"
    assert ask(sandbox, found, id=first["id"])["data"]["webhookSubscription"] == {"topic": "ORDERS_CREATE"}
    assert ask(sandbox, DELETE, id=first["id"])["data"]["webhookSubscriptionDelete"] == {
        "deletedWebhookSubscriptionId": first["id"],
        "userErrors": [],
    }
    assert ask(sandbox, found, id=first["id"])["data"] == {"webhookSubscription": None, "node": None}
    again = ask(sandbox, DELETE, id=first["id"])["data"]["webhookSubscriptionDelete"]["userErrors"]
    assert again == [{"field": ["id"], "message": "Webhook subscription does not exist"}]


def test_the_projects_own_subscription_runs(specs: Any, make_sandbox: MakeSandbox, ask: Ask) -> None:
    query = (specs / "queries" / "webhook_create.graphql").read_text(encoding="utf-8")
    made = ask(make_sandbox(), query, topic="ORDERS_UPDATED", sub={"uri": URI, "format": "JSON"})
    assert made["data"]["webhookSubscriptionCreate"]["userErrors"] == []


@pytest.fixture
def address() -> Iterator[tuple[str, list[bytes]]]:
    got: list[bytes] = []

    async def receive(request: Request) -> Response:
        got.append(await request.body())
        return Response(status_code=200)

    with ThreadedServer(Starlette(routes=[Route("/shopify", receive, methods=["POST"])])) as server:
        yield server.url, got


def test_over_http_without_anybody_asking(address: tuple[str, list[bytes]], make_cart: MakeCart) -> None:
    url, got = address
    config = ShopifyConfig(seed=ShopSeed(carts=(make_cart(1),)), static_token="shpat_static", clock=Clock())
    app = build_app(config)
    with ThreadedServer(app) as server, httpx2.Client(base_url=server.url, timeout=10) as client:
        settings = client.post("/_control/webhooks", json={"deliver_to": url}).json()
        assert settings["deliver_to"] == url
        assert client.post("/_control/webhooks", json={"deliver": url}).status_code == 400
        body = {"query": CREATE, "variables": {"topic": "ORDERS_UPDATED", "wanted": {"uri": URI}}}
        client.post("/admin/api/2026-10/graphql.json", json=body, headers={"X-Shopify-Access-Token": "shpat_static"})
        client.post("/_control/edit_order", json={"name": "#1", "note": "é"})
        deadline = time.monotonic() + 5
        while not got and time.monotonic() < deadline:
            time.sleep(0.01)
        assert json.loads(got[0])["note"] == "é"
        shown = client.get("/_control/webhooks").json()
        assert [each["topic"] for each in shown["subscriptions"]] == ["ORDERS_UPDATED"]
        assert client.post("/_control/uninstall").status_code == 204
        assert client.get("/_control/webhooks").json()["subscriptions"] == []


def test_a_wanted_topic_needs_a_subscription() -> None:
    hooks = Webhooks(Clock(), domain="a.myshopify.com", secret=SECRET)
    assert hooks.wants("ORDERS_CREATE") is False
    hooks.announce([("ORDERS_CREATE", {})])
    assert hooks.deliveries == []


def test_an_order_stored_by_a_mutation_is_told(
    listening: Callable[..., Sandbox], make_cart: MakeCart, receiver: Receiver
) -> None:
    sandbox = listening(make_cart(1, paid=False), topics=("ORDERS_PAID",))
    query = 'mutation { orderMarkAsPaid(input: {id: "gid://shopify/Order/1001"}) { userErrors { message } } }'
    sandbox.api.answer(GraphQLRequest(query, {}, None), frozenset({"write_orders"}))
    deliver(sandbox)
    assert receiver.topics() == ["orders/paid"]
