"""Bulk operations: what is refused, states over time, the file, and that it says what the API says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.month import LoadedMonth
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.bulk.operations import BulkPace
from comptoir_sandbox.shopify.cart import (
    Cart,
    CartShipping,
    GoodsReturn,
    Refund,
    RefundedLine,
    RefundPayment,
    ReturnedLine,
)
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES
from comptoir_sandbox.shopify.shop import ShopSeed

MakeCart = Callable[..., Cart]
MakeSandbox = Callable[..., Sandbox]
Ask = Callable[..., dict[str, Any]]
RUN = """mutation($query: String!, $grouped: Boolean! = false) {
  bulkOperationRunQuery(query: $query, groupObjects: $grouped) {
    bulkOperation { id status type errorCode createdAt completedAt objectCount rootObjectCount fileSize url query }
    userErrors { field message code } } }"""
POLL = """query($id: ID!) { bulkOperation(id: $id) { id status errorCode createdAt completedAt objectCount
  rootObjectCount fileSize url partialDataUrl } }"""
STOP = """mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status completedAt }
  userErrors { field message } } }"""
NAMES = "{ orders { edges { node { id name } } } }"
MONEY = "fragment Bag on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount } }"
ORDER = """id name tags test number processedAt displayFinancialStatus __typename
  totalPriceSet { ...Bag } taxLines { title rate priceSet { ...Bag } }
  first: transactions(first: 1) { id kind parentTransaction { id } paymentDetails { __typename
    ... on CardPaymentDetails { company } ... on BasePaymentDetails { paymentMethodName } } }
  refunds { id note totalRefundedSet { ...Bag } }
  customer @include(if: true) { displayName } email @skip(if: true)
  purchasingEntity { ... on Customer { displayName } ... on PurchasingCompany { company { name } } }"""
LINE = "id sku quantity discountAllocations { allocatedAmountSet { ...Bag } discountApplication { index } }"


@pytest.fixture
def run(ask: Ask) -> Callable[..., dict[str, Any]]:
    """Start a run, wait for its end, and return the operation."""

    def go(sandbox: Sandbox, query: str, /, **variables: Any) -> dict[str, Any]:
        made = ask(sandbox, RUN, query=query, **variables)["data"]["bulkOperationRunQuery"]
        assert made["userErrors"] == []
        sandbox.clock.advance(5)
        return poll(ask, sandbox, made["bulkOperation"]["id"])

    return go


@pytest.fixture
def busy(month: LoadedMonth) -> Sandbox:
    """Three hundred orders of the packaged month, refunded ones among them."""
    refunded = [cart for cart in month.seed.carts if cart.refunds][:50]
    others = [cart for cart in month.seed.carts if cart not in refunded][-250:]
    seed = replace(month.seed, carts=(*refunded, *others))
    return Sandbox(ShopifyConfig(seed=seed, static_token="shpat_test", throttle=False))


def poll(ask: Ask, sandbox: Sandbox, known: str) -> dict[str, Any]:
    while (found := ask(sandbox, POLL, id=known)["data"]["bulkOperation"])["status"] == "RUNNING":
        pass
    operation: dict[str, Any] = found
    return operation


def content(sandbox: Sandbox, operation: dict[str, Any], address: str = "url") -> bytes:
    url = httpx2.URL(operation[address])
    number = int(url.path.rpartition("/")[2].removesuffix(".jsonl"))
    file = sandbox.services.bulk.file(number, url.params["Expires"], url.params["Signature"])
    assert file is not None
    return b"".join(file.read())


def lines(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in raw.splitlines()]


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        ("{ shop { id } }", ["Bulk queries must contain at least one connection."]),
        ("", ["Invalid bulk query: syntax error, unexpected end of file"]),
        (
            "{ orders { nodes { id } } }",
            [
                (
                    "All connection fields in a bulk query must select their contents using 'edges' > 'node', e.g: "
                    "'orders { edges { node {'. Selecting via 'nodes' is not supported. Invalid connection fields: "
                    "'orders'."
                )
            ],
        ),
        (
            '{ node(id: "gid://shopify/Order/0") { id } }',
            [
                "Bulk queries cannot contain a top level `node` field.",
                "Bulk queries must contain at least one connection.",
            ],
        ),
        (
            "{ orders { edges { node { name lineItems { edges { node { id } } } } } } }",
            [
                (
                    "The parent 'node' field for a nested connection must select the 'id' field without an alias and "
                    "must be of 'ID' return type. Connection fields without 'id': orders."
                )
            ],
        ),
        (
            "{ orders { edges { node { key: id lineItems { edges { node { id } } } } } } }",
            [
                (
                    "The parent 'node' field for a nested connection must select the 'id' field without an alias and "
                    "must be of 'ID' return type. Connection fields without 'id': orders."
                )
            ],
        ),
        (
            "{ orders { edges { node { id refunds { refundLineItems { edges { node { id } } } } } } } }",
            ["Queries that contain a connection field within a list field are not currently supported."],
        ),
        (
            (
                "{ orders { edges { node { id ...Parts } } } } fragment Parts on Order "
                "{ lineItems { edges { node { id } } }"
                " shippingLines { edges { node { id } } } returns { edges { node { id } } } "
                "discountApplications { edges { node { index } } } nonFulfillableLineItems { edges { node { id } } } }"
            ),
            ["Bulk queries cannot contain more than 5 connections."],
        ),
        (
            (
                "{ orders { edges { node { id returns { edges { node { id refunds { edges { node { id refundLineItems "
                "{ edges { node { id } } } } } } } } } } } } }"
            ),
            ["Bulk queries cannot contain connections with a nesting depth greater than 2."],
        ),
        (
            'mutation { orderMarkAsPaid(input: {id: "x"}) { order { id } } }',
            ["Invalid operation type. Only `query` operations are supported."],
        ),
        ("{ orders { edges { node { nope } } } }", ["Invalid bulk query: Field 'nope' doesn't exist on type 'Order'"]),
        ("query A { shop { id } } query B { shop { id } }", ["Bulk queries must contain exactly one operation."]),
    ],
)
def test_queries_that_are_refused(make_sandbox: MakeSandbox, ask: Ask, query: str, messages: list[str]) -> None:
    made = ask(make_sandbox(), RUN, query=query)["data"]["bulkOperationRunQuery"]
    assert made["bulkOperation"] is None
    assert made["userErrors"] == [{"field": ["query"], "message": each, "code": "INVALID"} for each in messages]


def test_states_over_time(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1))
    sandbox.services.bulk.pace = BulkPace(created_seconds=10, running_seconds=60)
    made = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]
    assert (made["status"], made["type"], made["query"]) == ("CREATED", "QUERY", NAMES)
    assert (made["objectCount"], made["rootObjectCount"], made["fileSize"], made["url"]) == ("0", "0", None, None)
    sandbox.clock.advance(9)
    assert ask(sandbox, POLL, id=made["id"])["data"]["bulkOperation"]["status"] == "CREATED"
    sandbox.clock.advance(1)
    running = ask(sandbox, POLL, id=made["id"])["data"]["bulkOperation"]
    assert (running["status"], running["url"], running["completedAt"]) == ("RUNNING", None, None)
    sandbox.clock.advance(60)
    done = ask(sandbox, POLL, id=made["id"])["data"]["bulkOperation"]
    assert (done["status"], done["completedAt"], done["errorCode"]) == ("COMPLETED", "2026-11-22T12:01:10Z", None)
    assert (done["objectCount"], done["rootObjectCount"], done["partialDataUrl"]) == ("1", "1", None)
    raw = content(sandbox, done)
    assert raw == b'{"id":"gid:\\/\\/shopify\\/Order\\/1001","name":"#1"}\n'
    assert done["fileSize"] == str(len(raw))


def test_nothing_found_is_completed_without_a_file(make_sandbox: MakeSandbox, run: Callable[..., Any]) -> None:
    done = run(make_sandbox(), NAMES)
    assert (done["status"], done["objectCount"], done["url"]) == ("COMPLETED", "0", None)


def reassembled(raw: bytes) -> dict[str, dict[str, Any]]:
    """Orders by id, their lines joined to them: at the end, since children may come before their parents."""
    found = lines(raw)
    orders = {each["id"]: {**each, "lineItems": []} for each in found if "__parentId" not in each}
    for each in found:
        if "__parentId" in each:
            orders[each.pop("__parentId")]["lineItems"].append(each)
    return orders


def test_the_file_says_what_the_api_says(busy: Sandbox, run: Callable[..., Any], ask: Ask) -> None:
    search = "financial_status:partially_refunded OR financial_status:pending"
    below = f"lineItems {{ edges {{ node {{ {LINE} }} }} }}"
    bulk = f'{{ orders(query: "{search}") {{ edges {{ node {{ {ORDER} {below} }} }} }} }}'
    done = run(busy, bulk + MONEY)
    orders = reassembled(content(busy, done))
    assert done["rootObjectCount"] == str(len(orders))
    assert int(done["objectCount"]) == len(orders) + sum(len(each["lineItems"]) for each in orders.values())
    plain = f"""query {{ orders(first: 20, query: "{search}") {{ nodes {{ {ORDER}
      lineItems(first: 250) {{ nodes {{ {LINE} }} pageInfo {{ hasNextPage }} }} }} }} }} {MONEY}"""
    asked = ask(busy, plain)["data"]["orders"]["nodes"]
    whole = [order for order in asked if not order["lineItems"]["pageInfo"]["hasNextPage"]]
    assert len(whole) > 10
    for order in whole:
        assert orders[order["id"]] == {**order, "lineItems": order["lineItems"]["nodes"]}


def test_children_may_come_before_their_parents_unless_grouped(busy: Sandbox, run: Callable[..., Any]) -> None:
    query = "{ orders { edges { node { id lineItems { edges { node { id } } } } } } }"
    apart = lines(content(busy, run(busy, query)))
    together = lines(content(busy, run(busy, query, grouped=True)))
    assert sorted(map(str, apart)) == sorted(map(str, together))

    def early(found: list[dict[str, Any]]) -> int:
        seen: set[str] = set()
        count = 0
        for each in found:
            seen.add(each["id"])
            count += "__parentId" in each and each["__parentId"] not in seen
        return count

    assert early(together) == 0
    assert early(apart) > 0


def test_two_levels_below_and_removed_shipping(
    make_sandbox: MakeSandbox, make_cart: MakeCart, run: Callable[..., Any]
) -> None:
    moment = make_cart().created_at
    refund = Refund(
        processed_at=moment,
        lines=(RefundedLine(line=1, quantity=1),),
        payments=(RefundPayment(payment=0, amount=Decimal("5.00")),),
        return_index=0,
    )
    back = GoodsReturn(created_at=moment, lines=(ReturnedLine(line=1, quantity=1),))
    posts = (CartShipping(title="Gone", price=Decimal(3), removed=True),)
    sandbox = make_sandbox(make_cart(1, refunds=(refund,), returns=(back,), shipping=posts))
    query = """{ orders { edges { node { id
      returns { edges { node { id refunds { edges { node { id note } } } } } }
      all: shippingLines(includeRemovals: true) { edges { node { title } } }
      shippingLines { edges { node { title } } } } } } }"""
    found = lines(content(sandbox, run(sandbox, query, grouped=True)))
    order, goods, money, *rest = found
    assert goods["__parentId"] == order["id"]
    assert (money["__parentId"], money["note"]) == (goods["id"], None)
    assert rest == [{"title": "Gone", "__parentId": order["id"]}]


def test_five_runs_at_once(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1))
    made = [ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"] for _ in range(5)]
    sixth = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]
    ids = ", ".join(each["id"] for each in made)
    assert sixth["userErrors"] == [
        {
            "field": None,
            "message": f"A bulk query operation for this app and shop is already in progress: {ids}.",
            "code": "OPERATION_IN_PROGRESS",
        }
    ]
    sandbox.clock.advance(60)
    ask(sandbox, "{ shop { name } }")
    assert ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["userErrors"] == []


def test_cancelling(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1))
    known = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    stopped = ask(sandbox, STOP, id=known)["data"]["bulkOperationCancel"]
    assert stopped == {"bulkOperation": {"status": "CANCELING", "completedAt": None}, "userErrors": []}
    assert ask(sandbox, STOP, id=known)["data"]["bulkOperationCancel"]["userErrors"] == []
    sandbox.clock.advance(1)
    assert ask(sandbox, POLL, id=known)["data"]["bulkOperation"]["status"] == "CANCELED"
    again = ask(sandbox, STOP, id=known)["data"]["bulkOperationCancel"]
    assert again["bulkOperation"] == {"status": "CANCELED", "completedAt": None}
    assert again["userErrors"] == [
        {"field": None, "message": "A bulk operation cannot be canceled when it is canceled"}
    ]
    none = ask(sandbox, STOP, id="gid://shopify/BulkOperation/0")["data"]["bulkOperationCancel"]
    assert none == {
        "bulkOperation": None,
        "userErrors": [{"field": ["id"], "message": "Bulk operation does not exist"}],
    }


@pytest.mark.parametrize("code", ["INTERNAL_SERVER_ERROR", "TIMEOUT", "ACCESS_DENIED"])
def test_a_run_fails_when_told(busy: Sandbox, run: Callable[..., Any], code: Any) -> None:
    busy.services.bulk.pace.fail_next = code
    failed = run(busy, NAMES)
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", code, None)
    assert 0 < len(lines(content(busy, failed, "partialDataUrl"))) < 300
    assert run(busy, NAMES)["status"] == "COMPLETED"


def test_a_run_that_takes_longer_than_ten_days_fails(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1))
    sandbox.services.bulk.pace = BulkPace(created_seconds=0, running_seconds=timedelta(days=11).total_seconds())
    known = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    sandbox.clock.advance(timedelta(days=10).total_seconds())
    failed = ask(sandbox, POLL, id=known)["data"]["bulkOperation"]
    assert (failed["status"], failed["errorCode"]) == ("FAILED", "TIMEOUT")


def test_a_missing_scope_fails_the_run(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1), scopes=("read_orders",))
    for query in ("{ orders { edges { node { customer { id } } } } }", "{ locations { edges { node { id } } } }"):
        known = ask(sandbox, RUN, query=query)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
        sandbox.clock.advance(5)
        failed = ask(sandbox, POLL, id=known)["data"]["bulkOperation"]
        assert (failed["status"], failed["errorCode"], failed["partialDataUrl"]) == ("FAILED", "ACCESS_DENIED", None)


def test_a_search_that_makes_no_sense_fails_the_run(
    make_sandbox: MakeSandbox, make_cart: MakeCart, run: Callable[..., Any]
) -> None:
    failed = run(make_sandbox(make_cart(1)), '{ orders(query: "created_at:soon") { edges { node { id } } } }')
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)


def test_a_file_that_could_not_be_written_is_never_complete(
    make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask
) -> None:
    sandbox = make_sandbox(make_cart(1))
    known = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]

    breaking: Any = map(int, ["no number"])
    sandbox.services.bulk.all()[0].steps = breaking
    sandbox.clock.advance(5)
    with pytest.raises(ValueError, match="no number"):
        sandbox.services.work()
    failed = ask(sandbox, POLL, id=known)["data"]["bulkOperation"]
    assert (failed["status"], failed["errorCode"]) == ("FAILED", "INTERNAL_SERVER_ERROR")


def test_a_token_without_read_all_orders_gets_sixty_days(
    make_sandbox: MakeSandbox, make_cart: MakeCart, run: Callable[..., Any]
) -> None:
    sandbox = make_sandbox(make_cart(1), make_cart(2, age=24 * 61), scopes=("read_orders",))
    done = run(sandbox, NAMES)
    assert [each["name"] for each in lines(content(sandbox, done))] == ["#1"]


def test_an_order_deleted_meanwhile_is_left_out(make_sandbox: MakeSandbox, make_cart: MakeCart, ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1), make_cart(2))
    known = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    sandbox.clock.advance(5)
    sandbox.shop.delete(1001)
    assert poll(ask, sandbox, known)["objectCount"] == "1"


def test_an_order_deleted_while_the_file_is_written_is_left_out(busy: Sandbox, ask: Ask) -> None:
    known = ask(busy, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    next(busy.services.bulk.all()[0].steps)
    busy.shop.delete(max(order.cart.id for order in busy.shop.orders()))
    busy.clock.advance(5)
    assert poll(ask, busy, known)["rootObjectCount"] == "299"


def test_looking_runs_up(make_sandbox: MakeSandbox, make_cart: MakeCart, run: Callable[..., Any], ask: Ask) -> None:
    sandbox = make_sandbox(make_cart(1))
    assert ask(sandbox, "{ currentBulkOperation { id } }")["data"] == {"currentBulkOperation": None}
    first = run(sandbox, NAMES)["id"]
    second = ask(sandbox, RUN, query=NAMES)["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    assert ask(sandbox, "{ currentBulkOperation { id } }")["data"]["currentBulkOperation"]["id"] == second

    def listed(arguments: str) -> list[str]:
        answer = ask(sandbox, f"{{ bulkOperations({arguments}) {{ nodes {{ id }} }} }}")
        return [each["id"] for each in answer["data"]["bulkOperations"]["nodes"]]

    assert listed("first: 5") == [first, second]
    assert listed("first: 5, reverse: true, sortKey: COMPLETED_AT") == [second, first]
    assert listed('first: 5, query: "status:completed"') == [first]
    assert listed('first: 5, query: "status:EXPIRED"') == []
    assert listed('first: 5, query: "operation_type:query created_at:>2026-11-22T12:00:01Z"') == [second]
    assert listed(f'first: 5, query: "id:{first.rpartition("/")[2]}"') == [first]
    assert ask(sandbox, "{ bulkOperations { nodes { id } } }")["errors"][0]["message"] == (
        "you must provide one of first or last"
    )
    wrong = ask(sandbox, POLL, id="gid://shopify/Product/1")
    assert (wrong["data"], wrong["errors"][0]["message"]) == (
        {"bulkOperation": None},
        "Invalid id: gid://shopify/Product/1",
    )
    assert ask(sandbox, POLL, id="gid://shopify/BulkOperation/0")["data"] == {"bulkOperation": None}
    node = ask(sandbox, "query($id: ID!) { node(id: $id) { ... on BulkOperation { status } } }", id=first)
    assert node["data"]["node"] == {"status": "COMPLETED"}


def test_what_bulk_operations_cost(make_sandbox: MakeSandbox, ask: Ask) -> None:
    sandbox = make_sandbox()
    started = ask(sandbox, RUN, query=NAMES)
    assert started["extensions"]["cost"]["requestedQueryCost"] == 10
    known = started["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"]
    assert ask(sandbox, POLL, id=known)["extensions"]["cost"]["requestedQueryCost"] == 1


@pytest.fixture
def served(make_cart: MakeCart) -> Iterator[tuple[httpx2.Client, Sandbox]]:
    carts = tuple(make_cart(number) for number in range(1, 4))
    config = ShopifyConfig(
        seed=ShopSeed(carts=carts), static_token="shpat_static", clock=Clock(make_cart().created_at, speed=0)
    )
    app = build_app(config)
    with ThreadedServer(app) as server, httpx2.Client(base_url=server.url, timeout=10) as client:
        yield client, app.state.sandbox


def test_over_http(served: tuple[httpx2.Client, Sandbox]) -> None:
    client, sandbox = served

    def call(query: str, /, **variables: Any) -> dict[str, Any]:
        answer = client.post(
            "/admin/api/2026-10/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": "shpat_static"},
        )
        data: dict[str, Any] = answer.json()["data"]
        return data

    assert client.post("/_control/bulk", json={"running_seconds": 30}).json() == {
        "created_seconds": 0.5,
        "running_seconds": 30.0,
        "fail_next": None,
    }
    assert client.post("/_control/bulk", json={"running_seconds": -1}).status_code == 400
    known = call(RUN, query=NAMES)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    client.post("/_control/clock", json={"advance_seconds": 40})
    done = call(POLL, id=known)["bulkOperation"]
    file = httpx2.get(done["url"])
    assert (file.status_code, file.headers["content-type"].split(";")[0]) == (200, "application/jsonl")
    assert [each["name"] for each in lines(file.content)] == ["#1", "#2", "#3"]
    assert httpx2.get(done["url"][:-1] + "x").status_code == 403
    assert httpx2.get(done["url"].replace("Expires=", "Expires=x")).status_code == 403
    assert httpx2.get(done["url"].replace("7900000000001", "1")).status_code == 403
    client.post("/_control/faults", json={"kind": "status", "status": 503, "operation": "bulk_file"})
    assert [httpx2.get(done["url"]).status_code for _ in range(2)] == [503, 200]
    sandbox.clock.advance(timedelta(days=7).total_seconds())
    assert httpx2.get(done["url"]).status_code == 403


def test_reset_forgets_runs_and_their_pace(make_sandbox: MakeSandbox, ask: Ask) -> None:
    sandbox = make_sandbox()
    sandbox.services.bulk.pace = BulkPace(created_seconds=99)
    ask(sandbox, RUN, query=NAMES)
    sandbox.services.reset()
    assert (sandbox.services.bulk.all(), sandbox.services.bulk.pace) == ([], BulkPace())


def test_below_one_order(make_sandbox: MakeSandbox, make_cart: MakeCart, run: Callable[..., Any]) -> None:
    sandbox = make_sandbox(make_cart(1))
    query = '{ order(id: "gid://shopify/Order/100%s") { id lineItems { edges { node { sku } } } } }'
    found = lines(content(sandbox, run(sandbox, query % 1)))
    known = "gid://shopify/Order/1001"
    assert found == [
        {"id": known},
        {"sku": "LAMP", "__parentId": known},
        {"sku": "BULB", "__parentId": known},
    ]
    assert run(sandbox, query % 2)["url"] is None


def test_roots_that_the_simulator_does_not_go_through(make_sandbox: MakeSandbox, ask: Ask) -> None:
    query = '{ refund(id: "gid://shopify/Refund/1") { id refundLineItems { edges { node { id } } } } }'
    made = ask(make_sandbox(), RUN, query=query)["data"]["bulkOperationRunQuery"]
    assert "no bulk query over `refund`" in made["userErrors"][0]["message"]


def test_the_scopes_of_the_default_app_are_enough(busy: Sandbox) -> None:
    request = GraphQLRequest(RUN, {"query": NAMES}, None)
    made = busy.api.answer(request, frozenset(DEFAULT_SCOPES))["data"]["bulkOperationRunQuery"]
    assert made["userErrors"] == []
