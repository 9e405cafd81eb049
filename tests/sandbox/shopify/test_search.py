"""The search language: grammar, fields, warnings, sorting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import Customer, Payment
from comptoir_sandbox.shopify.search import parse_search

SEARCH = "query($q: String!) { orders(first: 50, query: $q, sortKey: ID) { nodes { name } } }"


@pytest.fixture
def shop(make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    """Five orders: #1 paid, #2 pending, #3 paid and closed, #4 cancelled test order, #5 paid in part by cash."""
    made = [make_cart(number, age=number * 24, paid=number in {1, 3}) for number in range(1, 6)]
    buyer = Customer(id=77, first_name="Ada", last_name="Byron", email="ada@example.com")
    changes: dict[int, dict[str, Any]] = {
        0: {"customer": buyer, "tags": ("Gift", "rush")},
        2: {"closed_at": made[2].created_at, "po_number": "PO-7"},
        3: {"cancelled_at": made[3].created_at, "test": True, "source_name": "pos"},
        4: {"payments": (Payment(amount=Decimal(5), gateway="cash", processed_at=made[4].created_at),)},
    }
    return make_sandbox(*(replace(cart, **changes.get(at, {})) for at, cart in enumerate(made)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "12345"),
        ("financial_status:paid", "13"),
        ("financial_status:PAID,pending", "1234"),
        ("financial_status:partially_paid", "5"),
        ("status:open", "125"),
        ("status:closed", "3"),
        ("status:cancelled", "4"),
        ("status:not_closed", "1245"),
        ("status:any", "12345"),
        ("test:true", "4"),
        ("test:false", "1235"),
        ("name:3", "3"),
        ("name:#3", "3"),
        ("name:*", "12345"),
        ("id:1003", "3"),
        ("id:>=1002 id:<1004", "23"),
        ("id:*", "12345"),
        ("current_total_price:>=25", "12345"),
        ("current_total_price:=25.00", "12345"),
        ("email:ADA@example.com", "1"),
        ("email:*", "1"),
        ("customer_id:77", "1"),
        ("tag:gift", "1"),
        ("tag_not:gift", "2345"),
        ("sku:LAMP", "12345"),
        ("sku:LAMP,other", "12345"),
        ("gateway:cash", "5"),
        ("source_name:pos", "4"),
        ("po_number:PO-7", "3"),
        ("fulfillment_status:shipped", "1235"),
        ("fulfillment_status:unfulfilled", "4"),
        ("return_status:no_return", "12345"),
        ("discount_code:SALE", ""),
        ("ada", "1"),
        ("#2", "2"),
        ("updated_at:>='2026-11-20T12:00:00Z'", "12"),
        ("updated_at:>'2026-11-20T12:00:00Z'", "1"),
        ("updated_at:<=2026-11-20T12:00:00Z", "2345"),
        ('created_at:<"2026-11-20T12:00:00Z"', "345"),
        ("processed_at:>=2026-11-19 processed_at:<2026-11-21", "23"),
        ("created_at:2026-11-20", "2"),
        ("created_at:*", "12345"),
        ("NOT financial_status:paid", "245"),
        ("-financial_status:paid", "245"),
        ("name:1 OR name:2 test:true", "1"),
        ("(name:1 OR name:4) test:true", "4"),
        ("name:1 AND financial_status:paid OR name:5", "15"),
        ("NOT (name:1 OR name:2)", "345"),
        ("not name:1 and not name:2", "345"),
        ("name:1)", "1"),
        ("(name:1", "1"),
        ("NOT", ""),
    ],
)
def test_queries(shop: Sandbox, ask: Callable[..., Any], query: str, found: str) -> None:
    answer = ask(shop, SEARCH, q=query)
    assert "".join(node["name"][1:] for node in answer["data"]["orders"]["nodes"]) == found
    assert "search" not in answer["extensions"]
    count = ask(shop, "query($q: String!) { ordersCount(query: $q) { count precision } }", q=query)
    assert count["data"]["ordersCount"] == {"count": len(found), "precision": "EXACT"}


@pytest.mark.parametrize(
    ("query", "found"),
    [("nonsense:1", "12345"), ("nonsense:1 name:2", "2"), ("nonsense:1 OR name:2", "12345"), ("-nonsense:1", "12345")],
)
def test_an_unknown_field_matches_everything_with_a_warning(
    shop: Sandbox, ask: Callable[..., Any], query: str, found: str
) -> None:
    answer = ask(shop, SEARCH, q=query)
    assert "".join(node["name"][1:] for node in answer["data"]["orders"]["nodes"]) == found
    [search] = answer["extensions"]["search"]
    assert (search["path"], search["query"]) == (["orders"], query)
    message = "Invalid search field for this query."
    assert search["warnings"] == [{"field": "nonsense", "message": message, "code": "invalid_field"}]


@pytest.mark.parametrize("name", ["created_at", "updated_at", "processed_at"])
def test_a_bad_date_is_an_error(shop: Sandbox, ask: Callable[..., Any], name: str) -> None:
    answer = ask(shop, SEARCH, q=f"{name}:>yesterday")
    assert answer["data"] is None
    assert answer["errors"][0]["message"] == f"Invalid timestamp for query filter `{name}`."
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert answer["errors"][0]["path"] == ["orders"]


def test_a_bad_number_is_an_error(shop: Sandbox, ask: Callable[..., Any]) -> None:
    assert ask(shop, SEARCH, q="id:abc")["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_times_without_an_offset_are_the_shops(shop: Sandbox, ask: Callable[..., Any]) -> None:
    # London is at UTC in November.
    answer = ask(shop, SEARCH, q="created_at:>='2026-11-21T12:00:00'")
    assert [node["name"] for node in answer["data"]["orders"]["nodes"]] == ["#1"]


def test_how_a_search_was_understood() -> None:
    parsed = parse_search("status:open (updated_at:>='2026-01-01T00:00:00Z' OR NOT name:x\\:y) tag:* plain").parsed()
    assert parsed == {
        "and": [
            {"field": "status", "match_all": "open"},
            {
                "or": [
                    {"field": "updated_at", "range": {"gte": "2026-01-01T00:00:00Z"}},
                    {"not": {"field": "name", "match_all": "x:y"}},
                ]
            },
            {"field": "tag", "exists": True},
            {"field": "default", "match_all": "plain"},
        ]
    }
    assert parse_search("").parsed() == {}


@pytest.mark.parametrize(
    ("sort_key", "names"),
    [
        ("ID", "12345"),
        ("ORDER_NUMBER", "12345"),
        ("CREATED_AT", "54321"),
        ("UPDATED_AT", "54321"),
        ("PROCESSED_AT", "54321"),
        ("FINANCIAL_STATUS", "13524"),
        ("TOTAL_PRICE", "12345"),
        ("CURRENT_TOTAL_PRICE", "12345"),
    ],
)
def test_sorting_and_paging_in_every_order(shop: Sandbox, ask: Callable[..., Any], sort_key: str, names: str) -> None:
    query = """query($k: OrderSortKeys, $r: Boolean, $after: String) {
        orders(first: 2, after: $after, sortKey: $k, reverse: $r) {
        edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    for reverse, expected in ((False, names), (True, names[::-1])):
        seen, after = "", None
        for _ in range(3):
            orders = ask(shop, query, k=sort_key, r=reverse, after=after)["data"]["orders"]
            assert orders["pageInfo"]["hasPreviousPage"] is bool(seen)
            seen += "".join(edge["node"]["name"][1:] for edge in orders["edges"])
            assert orders["pageInfo"]["startCursor"] == orders["edges"][0]["cursor"]
            after = orders["pageInfo"]["endCursor"]
        assert seen == expected
        assert orders["pageInfo"]["hasNextPage"] is False


def test_the_default_order_is_by_processed_at(shop: Sandbox, ask: Callable[..., Any]) -> None:
    nodes = ask(shop, "{ orders(first: 9) { nodes { name } } }")["data"]["orders"]["nodes"]
    assert [node["name"] for node in nodes] == ["#5", "#4", "#3", "#2", "#1"]


def test_counts_stop_at_their_limit(shop: Sandbox, ask: Callable[..., Any]) -> None:
    answer = ask(shop, "{ few: ordersCount(limit: 3) { count precision } all: ordersCount(limit: null) { count } }")
    assert answer["data"] == {"few": {"count": 3, "precision": "AT_LEAST"}, "all": {"count": 5}}


def test_the_index_lags_when_told(
    make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox], ask: Callable[..., Any]
) -> None:
    sandbox = make_sandbox(make_cart(1), index_lag_seconds=5)
    cart = sandbox.shop.orders()[0].cart
    sandbox.clock.advance(timedelta(hours=1).total_seconds())
    sandbox.shop.touch(cart)
    changed = "updated_at:>'2026-11-22T12:30:00Z'"
    assert ask(sandbox, SEARCH, q=changed)["data"]["orders"]["nodes"] == []
    assert ask(sandbox, '{ order(id: "gid://shopify/Order/1001") { updatedAt } }')["data"]["order"] == {
        "updatedAt": "2026-11-22T13:00:00Z"
    }
    sandbox.clock.advance(5)
    assert ask(sandbox, SEARCH, q=changed)["data"]["orders"]["nodes"] == [{"name": "#1"}]
