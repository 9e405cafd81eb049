"""Errors in Shopify's shapes, connections, scopes, cost and throttle: everything between body and answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from comptoir_sandbox.shopify.api import DOCUMENTS_KEPT, GraphQLRequest, read_body
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES

Ask = Callable[..., dict[str, Any]]
ORDER = 'order(id: "gid://shopify/Order/1001")'


@pytest.fixture
def shop(make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return make_sandbox(*(make_cart(number, age=number) for number in (1, 2, 3)))


@pytest.mark.parametrize(
    ("query", "code", "message", "path"),
    [
        (f"query Name {{ {ORDER} {{ nope }} }}", "undefinedField", "Field 'nope' doesn't exist on type 'Order'",
         ["query Name", "order", "nope"]),
        ("{ order { id } }", "missingRequiredArguments", "Field 'order' is missing required arguments: id",
         ["query", "order"]),
        ("{ orders(first: 1, size: 2) { nodes { id } } }", "argumentNotAccepted",
         "Field 'orders' doesn't accept argument 'size'", ["query", "orders", "size"]),
        ('{ orders(first: "x") { nodes { id } } }', "argumentLiteralsIncompatible",
         "Argument 'first' on Field 'orders' has an invalid value (\"x\"). Expected type 'Int'.",
         ["query", "orders", "first"]),
        ("{ orders(first: 1, sortKey: NOPE) { nodes { id } } }", "argumentLiteralsIncompatible",
         "Argument 'sortKey' on Field 'orders' has an invalid value (NOPE). Expected type 'OrderSortKeys'.",
         ["query", "orders", "sortKey"]),
        ("query Q($x: Int) { shop { id } }", "variableNotUsed", "Variable $x is declared by Q but not used",
         ["query Q"]),
        ("query Q { orders(first: $x) { nodes { id } } }", "variableNotDefined",
         "Variable $x is used by Q but not declared", ["query Q", "orders", "first"]),
        ("query Q($x: String) { orders(first: $x) { nodes { id } } }", "variableMismatch",
         "Type mismatch on variable $x (String / Int)", ["query Q"]),
        ("query Q($x: ID) { order(id: $x) { id } }", "variableMismatch",
         "Nullability mismatch on variable $x (ID / ID!)", ["query Q"]),
        ("{ shop }", "selectionMismatch",
         "Field must have selections (field 'shop' returns Shop but has no selections. Did you mean 'shop { ... }'?)",
         ["query", "shop"]),
        ("{ shop { name { x } } }", "selectionMismatch",
         "Selections can't be made on scalars (field 'name' returns String! but has selections)", ["query",
         "shop", "name"]),
        ("{ node(id: 1) { ... on Nope { id } } }", "undefinedType",
         "No such type Nope, so it can't be a fragment condition", ["query", "node", "... on Nope"]),
        ("{ shop @nope { id } }", "undefinedDirective", "Directive @nope is not defined", ["query", "shop"]),
        ("{ shop { ...F } }", "useAndDefineFragment", "Fragment F was used, but not defined", ["query",
         "shop", "... F"]),
        ("{ shop { id } } fragment F on Shop { id }", "useAndDefineFragment", "Fragment F was defined, but not used",
         ["fragment F"]),
        ("{ shop { ... on Order { id } } }", "cannotSpreadFragment", "Fragment on on Order can't be spread inside Shop",
         ["query", "shop", "... on Order"]),
        ("{ a: shop { id } a: shop { a: id id: name } }", "invalidDocument", None, None),
    ],
)  # fmt: skip
def test_schema_errors(
    shop: Sandbox, ask: Ask, query: str, code: str, message: str | None, path: list[str] | None
) -> None:
    answer = ask(shop, query)
    assert set(answer) == {"errors"}
    error = answer["errors"][0]
    assert error["extensions"]["code"] == code
    assert error["locations"]
    if message is not None:
        assert (error["message"], error["path"]) == (message, path)


def test_a_document_that_does_not_parse(shop: Sandbox, ask: Ask) -> None:
    answer = ask(shop, "{ shop ")
    assert set(answer) == {"errors"}
    assert answer["errors"][0]["extensions"] == {"code": "PARSE_ERROR"}
    assert answer["errors"][0]["message"].endswith("at [1, 8]")


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, {"path": [], "explanation": "Expected value to not be null"}),
        ({"ids": None}, {"path": [], "explanation": "Expected value to not be null"}),
        ({"ids": ["a", None]}, {"path": [1], "explanation": "Expected value to not be null"}),
        ({"ids": [{"a": 1}]}, {"path": [0], "explanation": "Could not coerce value {'a': 1} to ID"}),
    ],
    ids=["missing", "null", "null inside", "wrong inside"],
)
def test_bad_variables(shop: Sandbox, ask: Ask, variables: dict[str, Any], problem: dict[str, Any]) -> None:
    answer = ask(shop, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", **variables)
    assert set(answer) == {"errors"}
    [error] = answer["errors"]
    assert error["message"] == "Variable $ids of type [ID!]! was provided invalid value"
    assert error["extensions"] == {"code": "INVALID_VARIABLE", "value": variables.get("ids"), "problems": [problem]}
    assert error["locations"] == [{"line": 1, "column": 7}]


def test_defaults_of_variables_count(shop: Sandbox, ask: Ask) -> None:
    answer = ask(shop, "query($n: Int! = 10) { orders(first: $n) { nodes { id } } }")
    assert len(answer["data"]["orders"]["nodes"]) == 3
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 6
    assert answer["extensions"]["cost"]["actualQueryCost"] == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "you must provide one of first or last"),
        ("(first: 1, last: 1)", "providing both first and last is not supported"),
        ('(first: 1, after: "nonsense")', "Malformed cursor"),
        ('(first: 1, before: "bm9uc2Vuc2U=")', "Malformed cursor"),
        ("(first: -1)", "first must not be negative"),
        ("(last: 251)", "The page size of 251 is greater than the maximum allowed of 250."),
    ],
)
def test_bad_page_arguments(shop: Sandbox, ask: Ask, arguments: str, message: str) -> None:
    answer = ask(shop, f"{{ orders{arguments} {{ nodes {{ id }} }} }}")
    assert answer["data"] is None
    assert answer["errors"][0]["message"] == message
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_cursor_of_another_sorting_is_malformed(shop: Sandbox, ask: Ask) -> None:
    query = (
        "query($k: OrderSortKeys, $a: String) { orders(first: 1, sortKey: $k, after: $a) { pageInfo { endCursor } } }"
    )
    cursor = ask(shop, query, k="FINANCIAL_STATUS")["data"]["orders"]["pageInfo"]["endCursor"]
    assert ask(shop, query, k="ID", a=cursor)["errors"][0]["message"] == "Malformed cursor"


def test_cursors_are_base64_of_json(shop: Sandbox, ask: Ask) -> None:
    query = "{ orders(first: 1, sortKey: UPDATED_AT) { pageInfo { endCursor } } }"
    cursor = ask(shop, query)["data"]["orders"]["pageInfo"]["endCursor"]
    assert json.loads(base64.b64decode(cursor)) == {"last_id": 1003, "last_value": 1795338000000}


def test_last_and_before(shop: Sandbox, ask: Ask) -> None:
    query = """query($b: String) { orders(last: 2, before: $b, sortKey: ID) {
        nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor } } }"""
    orders = ask(shop, query)["data"]["orders"]
    assert [node["name"] for node in orders["nodes"]] == ["#2", "#3"]
    assert (orders["pageInfo"]["hasNextPage"], orders["pageInfo"]["hasPreviousPage"]) == (False, True)
    orders = ask(shop, query, b=orders["pageInfo"]["startCursor"])["data"]["orders"]
    assert [node["name"] for node in orders["nodes"]] == ["#1"]
    assert (orders["pageInfo"]["hasNextPage"], orders["pageInfo"]["hasPreviousPage"]) == (True, False)


def test_an_empty_page_has_no_cursors(shop: Sandbox, ask: Ask) -> None:
    page = ask(shop, '{ orders(first: 5, query: "name:none") { edges { cursor } pageInfo { startCursor endCursor } } }')
    assert page["data"]["orders"] == {"edges": [], "pageInfo": {"startCursor": None, "endCursor": None}}


@pytest.mark.parametrize("place", ["order", "refund", "customer", "location", "node"])
def test_wrong_ids(shop: Sandbox, ask: Ask, place: str) -> None:
    for wrong in ("gid://shopify/Product/1", "1001") if place != "node" else ("1001",):
        answer = ask(shop, f'{{ {place}(id: "{wrong}") {{ id }} }}')
        assert answer["data"] == {place: None}
        assert answer["errors"][0]["message"] == "invalid id"
        assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


@pytest.mark.parametrize("kind", ["Order", "Refund", "Customer", "Location"])
def test_unknown_ids_are_null(shop: Sandbox, ask: Ask, kind: str) -> None:
    gid = f"gid://shopify/{kind}/10010009"
    answer = ask(shop, f'{{ {kind.lower()}(id: "{gid}") {{ id }} node(id: "{gid}") {{ id }} }}')
    assert answer["data"] == {kind.lower(): None, "node": None}
    assert "errors" not in answer


def test_nodes(shop: Sandbox, ask: Ask) -> None:
    ids = ["gid://shopify/Order/1002", "gid://shopify/Location/1", "gid://shopify/Product/9", "gid://shopify/Order/9"]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Order { name } } }"
    assert ask(shop, query, ids=ids)["data"]["nodes"] == [
        {"__typename": "Order", "id": ids[0], "name": "#2"},
        {"__typename": "Location", "id": ids[1]},
        None,
        None,
    ]
    answer = ask(shop, query, ids=ids * 63)
    assert answer["errors"][0]["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert "size of 252 is greater than the maximum allowed of 250" in answer["errors"][0]["message"]


@pytest.mark.parametrize(
    ("missing", "query", "path"),
    [
        ("read_orders", "{ orders(first: 1) { nodes { id } } }", ["orders"]),
        ("read_orders", "{ ordersCount { count } }", ["ordersCount"]),
        ("read_orders", f"{{ {ORDER} {{ id }} }}", ["order"]),
        ("read_orders", '{ node(id: "gid://shopify/Order/1001") { id } }', ["node"]),
        ("read_orders", '{ refund(id: "gid://shopify/Refund/1") { id } }', ["refund"]),
        ("read_customers", f"{{ {ORDER} {{ customer {{ id }} }} }}", ["order", "customer"]),
        ("read_locations", "{ locations(first: 1) { nodes { id } } }", ["locations"]),
        ("read_payment_terms", f"{{ {ORDER} {{ paymentTerms {{ id }} }} }}", ["order", "paymentTerms"]),
        ("read_products", f"{{ {ORDER} {{ lineItems(first: 1) {{ nodes {{ variant {{ id }} }} }} }} }}",
         ["order", "lineItems", "nodes", 0, "variant"]),
    ],
)  # fmt: skip
def test_missing_scopes(
    make_cart: Callable[..., Any],
    make_sandbox: Callable[..., Sandbox],
    ask: Ask,
    missing: str,
    query: str,
    path: list[Any],
) -> None:
    sandbox = make_sandbox(make_cart(), scopes=tuple(scope for scope in DEFAULT_SCOPES if scope != missing))
    [error] = ask(sandbox, query)["errors"]
    assert error["path"] == path
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert error["extensions"]["requiredAccess"].startswith(f"`{missing}`")
    assert error["message"].startswith(f"Access denied for {path[-1]} field. Required access: `{missing}`")
    granted = make_sandbox(make_cart(), scopes=(*DEFAULT_SCOPES, missing.replace("read_", "write_")))
    assert "errors" not in ask(granted, query)


def test_the_window_of_sixty_days(
    make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox], ask: Ask
) -> None:
    carts = make_cart(1, age=59 * 24), make_cart(2, age=61 * 24)
    query = """{ orders(first: 9) { nodes { name } } ordersCount { count }
        old: order(id: "gid://shopify/Order/1002") { name } new: order(id: "gid://shopify/Order/1001") { name } }"""
    narrow = tuple(scope for scope in DEFAULT_SCOPES if scope != "read_all_orders")
    assert ask(make_sandbox(*carts, scopes=narrow), query)["data"] == {
        "orders": {"nodes": [{"name": "#1"}]}, "ordersCount": {"count": 1}, "old": None, "new": {"name": "#1"},
    }  # fmt: skip
    assert ask(make_sandbox(*carts), query)["data"]["ordersCount"] == {"count": 2}


PRICED = "{ orders(first: 50) { nodes { lineItems(first: 50) { nodes { variant { id } } } } } }"


def test_a_query_may_not_cost_more_than_a_thousand(shop: Sandbox, ask: Ask) -> None:
    deep = (
        "{ orders(first: 250) { nodes { a: lineItems(first: 250) { nodes { variant { product { id "
        "} } taxLines { title } } } "
    )
    deep += "b: lineItems(first: 250) { nodes { variant { product { id } } taxLines { title } } } } } }"
    answer = ask(shop, deep)
    assert set(answer) == {"errors"}
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert answer["errors"][0]["extensions"]["cost"] == 2 + 11 * (1 + 2 * (2 + 11 * 4))


def test_the_bucket(shop: Sandbox, ask: Ask) -> None:
    cost = 2 + 7 * (1 + 2 + 7 * 2)
    first = ask(shop, PRICED)["extensions"]["cost"]
    assert first["requestedQueryCost"] == cost
    # Three orders of two lines, of which the dearest counts: 2 + 2 * (1 + 2 + 1 * 2).
    assert first["actualQueryCost"] == 12
    assert first["throttleStatus"] == {"maximumAvailable": 2000.0, "currentlyAvailable": 1988, "restoreRate": 100.0}


def test_throttled_until_the_bucket_fills(
    make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox], ask: Ask
) -> None:
    sandbox = make_sandbox(make_cart(), bucket_points=125, restore_points_per_second=10)
    assert "errors" not in ask(sandbox, PRICED)
    sandbox.bucket.drain()
    answer = ask(sandbox, PRICED)
    assert set(answer) == {"errors", "extensions"}
    assert answer["errors"][0]["message"] == "Throttled"
    assert answer["errors"][0]["extensions"]["code"] == "THROTTLED"
    cost = answer["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (121, None)
    assert cost["throttleStatus"]["currentlyAvailable"] == 0
    sandbox.clock.advance(12)
    assert "errors" in ask(sandbox, PRICED)
    sandbox.clock.advance(0.1)
    assert "errors" not in ask(sandbox, PRICED)


def test_without_throttle_nothing_is_refused(
    make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox], ask: Ask
) -> None:
    sandbox = make_sandbox(make_cart(), throttle=False)
    sandbox.bucket.drain()
    assert all("errors" not in ask(sandbox, PRICED) for _ in range(20))


def test_directives_change_cost_and_answer(shop: Sandbox, ask: Ask) -> None:
    query = (
        "query($with: Boolean!) { %s { id customer @include(if: $with) { id } lineItems(first: 1) "
        "@skip(if: true) { nodes { id } } } }"
    )
    for wanted, cost in ((True, 2), (False, 1)):
        answer = ask(shop, query % ORDER, **{"with": wanted})
        assert answer["extensions"]["cost"]["requestedQueryCost"] == cost
        assert ("customer" in answer["data"]["order"]) is wanted
        assert "lineItems" not in answer["data"]["order"]


def test_operation_names(shop: Sandbox) -> None:
    query = "query A { shop { name } } query B { shop { id } }"
    granted = frozenset(DEFAULT_SCOPES)
    answer = shop.api.answer(GraphQLRequest(query, {}, "B"), granted)
    assert answer["data"] == {"shop": {"id": "gid://shopify/Shop/1"}}
    for name, message in ((None, "An operation name is required"), ("C", 'No operation named "C"')):
        assert shop.api.answer(GraphQLRequest(query, {}, name), granted)["errors"][0]["message"] == message
    assert shop.api.operation_name(GraphQLRequest(query, {}, "B")) == "B"
    assert shop.api.operation_name(GraphQLRequest("{ shop { id } }", {}, None)) == "shop"
    assert shop.api.operation_name(GraphQLRequest("nonsense", {}, None)) == "graphql"


def test_how_a_search_was_read_is_shown_on_request(shop: Sandbox) -> None:
    request = GraphQLRequest('{ ordersCount(query: "test:true") { count } }', {}, None)
    answer = shop.api.answer(request, frozenset(DEFAULT_SCOPES), search_debug=True)
    assert answer["extensions"]["search"] == [
        {"path": ["ordersCount"], "query": "test:true", "parsed": {"field": "test", "match_all": "true"}}
    ]


def test_many_documents_do_not_fill_the_memory(shop: Sandbox, ask: Ask) -> None:
    for number in range(DOCUMENTS_KEPT + 5):
        assert "errors" not in ask(shop, f"{{ a{number}: shop {{ id }} }}")
    assert len(shop.api._documents) == DOCUMENTS_KEPT


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff", "application/json"), (b"not json", "application/json"), (b"[]", "application/json"),
        (b"{}", "application/json"), (b'{"query": 1}', "application/json"),
        (b'{"query": "{shop{id}}", "variables": []}', "application/json"),
        (b'{"query": "{shop{id}}", "variables": [1]}', "application/json"),
        (b'{"query": "{shop{id}}", "operationName": 1}', "application/json"),
    ],
)  # fmt: skip
def test_bodies_without_a_query(body: bytes, kind: str) -> None:
    read = read_body(body, kind)
    assert read is None or (body.endswith(b"[]}") and read.variables == {})


def test_a_bare_document_is_a_query() -> None:
    assert read_body(b"{ shop { id } }", "application/graphql") == GraphQLRequest("{ shop { id } }", {}, None)
