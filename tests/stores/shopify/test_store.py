from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir.books.facts import Order, SourceId
from comptoir.engine.errors import Refused, RetryLater, Unexpected
from comptoir.stores.shopify.store import ShopifyStore, changed_between

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
SCOPES = ("read_orders", "read_all_orders", "read_customers", "read_payment_terms", "read_returns")
Record = dict[str, Any]
Build = Callable[..., Record]


def too_dear() -> Record:
    return {"errors": [{"message": "Query cost is 1300", "extensions": {"code": "MAX_COST_EXCEEDED", "cost": 1300}}]}


def test_describe(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer()]
    info = platform.store().describe()
    assert (info.identity, info.name) == ("shopify:quay-books.myshopify.com", "Quay Books")
    assert (info.currency, info.time_zone, info.warnings) == ("CAD", "America/Toronto", ())
    assert "reports on gift cards" in str(info.unspent_cards)


@pytest.mark.parametrize("missing", SCOPES)
def test_a_missing_scope_is_a_warning_with_the_remedy(platform: Any, shop_answer: Build, missing: str) -> None:
    scopes = {*SCOPES} - {missing}
    platform.replies = [shop_answer(sorted(scopes))]
    (warning,) = platform.store().describe().warnings
    assert f"add the access scope {missing}" in str(warning).replace("Add", "add")


def test_a_write_scope_includes_its_read_side(platform: Any, shop_answer: Build) -> None:
    writing = ["write_orders", "read_all_orders", "write_customers", "write_payment_terms", "write_returns"]
    platform.replies = [shop_answer(writing)]
    assert platform.store().describe().warnings == ()


def test_another_api_version_is_a_warning(platform: Any, shop_answer: Build) -> None:
    platform.replies = [httpx2.Response(200, json=shop_answer(), headers={"x-shopify-api-version": "2027-01"})]
    (warning,) = platform.store().describe().warnings
    assert "2027-01" in str(warning)
    assert "2026-10" in str(warning)


def test_a_renamed_shop_is_refused_with_its_new_name(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer(domain="new-name.myshopify.com")]
    with pytest.raises(Refused, match=r"new-name\.myshopify\.com"):
        platform.store().describe()


def test_the_search_is_in_utc_and_never_narrower_than_asked() -> None:
    since = datetime(2026, 11, 1, 2, 30, 15, 900_000, tzinfo=timezone(timedelta(hours=2)))
    until = datetime(2026, 11, 2, 0, 0, 0, 1, tzinfo=UTC)
    assert changed_between(since, until) == "updated_at:>='2026-11-01T00:30:15Z' updated_at:<'2026-11-02T00:00:01Z'"


def test_one_page(platform: Any, shop_answer: Build, orders_answer: Build, node: Build) -> None:
    platform.replies = [shop_answer(), orders_answer([node("simple_card"), node("partial_refund")])]
    page = platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    assert [record.number for record in page.records] == ["1001", "1008"]
    assert page.records[0].placed_at == datetime(2026, 11, 2, 10, 15, tzinfo=UTC)
    assert page.records[0].updated_at == datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert (page.more, page.expected) == (False, 2)
    assert len(platform.asked) == 2
    sent = platform.asked[1]["variables"]
    assert sent == {
        "first": 25,
        "after": None,
        "query": changed_between(SINCE, UNTIL),
        "customers": True,
        "terms": True,
        "returns": True,
    }


def test_fields_without_their_scope_are_left_out(platform: Any, shop_answer: Build, orders_answer: Build) -> None:
    platform.replies = [shop_answer(["read_orders"]), orders_answer([])]
    platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    sent = platform.asked[1]["variables"]
    assert (sent["customers"], sent["terms"], sent["returns"]) == (False, False, False)


def test_payload_has_sorted_keys_and_untouched_numbers(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build
) -> None:
    sent = node("partial_refund")
    sent["lineItems"]["nodes"][0]["taxLines"][0]["rate"] = 0.1
    platform.replies = [shop_answer(), orders_answer([sent])]
    (record,) = platform.store().fetch_orders(None, since=SINCE, until=UNTIL).records
    text = record.payload.decode()
    kept = json.loads(text, parse_float=Decimal)
    assert '"rate":0.1,' in text
    assert kept["lineItems"]["nodes"][0]["quantity"] == 3
    assert list(kept) == sorted(kept)
    assert kept["customerId"] == "gid://shopify/Customer/501"
    assert list(kept["refundNotes"].values()) == ["Handle broken"]
    assert "note" not in kept["refunds"][0]
    assert "pageInfo" not in text


def test_several_pages_with_a_count_on_the_first(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build
) -> None:
    count = {"data": {"ordersCount": {"count": 2, "precision": "EXACT"}}}
    platform.replies = [
        shop_answer(),
        orders_answer([node("simple_card")], after="c1"),
        count,
        orders_answer([node("tip")]),
    ]
    store = platform.store()
    first = store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert (first.more, first.expected) == (True, 2)
    second = store.fetch_orders(first.cursor, since=SINCE, until=UNTIL)
    assert (second.more, second.expected) == (False, None)
    assert platform.asked[-1]["variables"]["after"] == "c1"


def test_an_empty_page_keeps_the_place(platform: Any, shop_answer: Build, orders_answer: Build) -> None:
    platform.replies = [shop_answer(), orders_answer([]), orders_answer([])]
    store = platform.store()
    start = store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert (start.records, start.more, start.expected) == ((), False, 0)
    assert store.fetch_orders('{"after":"c9"}', since=SINCE, until=UNTIL).cursor == '{"after":"c9"}'


@pytest.mark.parametrize("cursor", ["", "c1", "{}", '{"after": 1}'])
def test_a_cursor_that_is_not_ours_is_unexpected(platform: Any, cursor: str) -> None:
    with pytest.raises(Unexpected, match="from the beginning"):
        platform.store().fetch_orders(cursor, since=SINCE, until=UNTIL)


def test_pages_grow_while_they_stay_under_the_limit(platform: Any, shop_answer: Build, orders_answer: Build) -> None:
    answers = [orders_answer([], requested=cost) for cost in (638, 744, 956, 956)]
    platform.replies = [shop_answer(), *answers]
    store = platform.store()
    for _ in answers:
        store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert [asked["variables"]["first"] for asked in platform.asked[1:]] == [25, 50, 100, 100]


def test_pages_do_not_grow_over_the_limit(platform: Any, shop_answer: Build, orders_answer: Build) -> None:
    platform.replies = [shop_answer(), *[orders_answer([], requested=900)] * 2]
    store = platform.store()
    for _ in range(2):
        store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert [asked["variables"]["first"] for asked in platform.asked[1:]] == [25, 25]


def test_a_page_that_costs_too_much_is_halved_and_stays_small(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build
) -> None:
    fits = orders_answer([node("simple_card")], requested=500)
    platform.replies = [shop_answer(), too_dear(), too_dear(), fits, orders_answer([])]
    store = platform.store()
    assert len(store.fetch_orders(None, since=SINCE, until=UNTIL).records) == 1
    store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert [asked["variables"]["first"] for asked in platform.asked[1:]] == [25, 12, 6, 6]


def test_one_order_that_costs_too_much_is_an_error(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer(), *[too_dear()] * 5]
    with pytest.raises(Unexpected) as caught:
        platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    assert caught.value.code == "MAX_COST_EXCEEDED"
    assert [asked["variables"]["first"] for asked in platform.asked[1:]] == [25, 12, 6, 3, 1]


def test_another_error_of_a_page_is_not_taken_for_its_cost(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer(), {"errors": [{"message": "x", "extensions": {"code": "undefinedField"}}]}]
    with pytest.raises(Unexpected) as caught:
        platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    assert caught.value.code == "undefinedField"


def test_after_a_fault_the_next_try_asks_for_less(platform: Any, shop_answer: Build, orders_answer: Build) -> None:
    platform.replies = [shop_answer(), *[httpx2.Response(504)] * 2, orders_answer([], requested=520)]
    store = platform.store()
    with pytest.raises(RetryLater):
        store.fetch_orders(None, since=SINCE, until=UNTIL)
    store.fetch_orders(None, since=SINCE, until=UNTIL)
    assert [asked["variables"]["first"] for asked in platform.asked[1:]] == [25, 25, 12]


def cut(owner: Record, name: str, keep: int, cursor: str) -> list[Record]:
    """Shorten a list to its first page; answers what is left."""
    nodes: list[Record] = owner[name]["nodes"]
    owner[name] = {"pageInfo": {"hasNextPage": True, "endCursor": cursor}, "nodes": nodes[:keep]}
    return nodes[keep:]


def part(name: str, nodes: list[Record], after: str | None = None) -> Record:
    return {name: {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": nodes}}


def test_long_lists_are_read_to_their_end_in_few_calls(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build, order: Callable[..., Order]
) -> None:
    lines, refunded = node("discount_across"), node("partial_refund")
    rest = cut(lines, "lineItems", 1, "l1")
    charges = cut(lines := {**lines}, "shippingLines", 0, "s0")
    refund = refunded["refunds"][0]
    goods = cut(refund, "refundLineItems", 0, "g0")
    shipping = cut(refund, "refundShippingLines", 0, "h0")
    moves = cut(refund, "transactions", 0, "t0")
    platform.replies = [
        shop_answer(),
        orders_answer([lines, refunded]),
        {
            "data": {
                "p0": part("lineItems", rest[:1], "l2"),
                "p1": part("shippingLines", charges),
                "p2": part("refundLineItems", goods),
                "p3": part("refundShippingLines", shipping),
                "p4": part("transactions", moves),
            }
        },
        {"data": {"p0": part("lineItems", rest[1:])}},
    ]
    store: ShopifyStore = platform.store()
    page = store.fetch_orders(None, since=SINCE, until=UNTIL)
    first, second = (store.translate(json.loads(record.payload)) for record in page.records)
    assert isinstance(first, Order)
    assert [line.sku for line in first.lines] == ["A", "B", "C"]
    assert second == order("partial_refund")
    asked = [call["variables"] for call in platform.asked[2:]]
    assert [asked[0][f"after{at}"] for at in range(5)] == ["l1", "s0", "g0", "h0", "t0"]
    assert asked[0]["id0"] == lines["id"]
    assert asked[0]["id2"] == refund["id"]
    assert asked[1] == {"id0": lines["id"], "after0": "l2"}


def test_a_return_is_read_to_its_end(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build, order: Callable[..., Order]
) -> None:
    sent = node("exchange_for_less")
    (returned,) = cut(sent, "returns", 0, "r0")
    goods = cut(returned, "returnLineItems", 0, "g0")
    given = cut(returned, "exchangeLineItems", 0, "e0")
    refunds = cut(returned, "refunds", 0, "f0")
    platform.replies = [
        shop_answer(),
        orders_answer([sent]),
        {"data": {"p0": part("returns", [returned])}},
        {
            "data": {
                "p0": part("returnLineItems", goods),
                "p1": part("exchangeLineItems", given),
                "p2": part("refunds", refunds),
            }
        },
    ]
    store: ShopifyStore = platform.store()
    (record,) = store.fetch_orders(None, since=SINCE, until=UNTIL).records
    assert store.translate(json.loads(record.payload)) == order("exchange_for_less")
    assert platform.asked[3]["variables"]["id0"] == returned["id"]


def test_more_long_lists_than_one_query_holds(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build
) -> None:
    nodes = [node("simple_card") for _ in range(12)]
    rests = [cut(each, "lineItems", 0, "l0") for each in nodes]
    answers = [
        {"data": {f"p{at}": part("lineItems", rest) for at, rest in enumerate(group)}}
        for group in (rests[:10], rests[10:])
    ]
    platform.replies = [shop_answer(), orders_answer(nodes), *answers]
    page = platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    assert [len(json.loads(record.payload)["lineItems"]["nodes"]) for record in page.records] == [1] * 12


def test_an_order_that_disappears_while_it_is_read_is_unexpected(
    platform: Any, shop_answer: Build, orders_answer: Build, node: Build
) -> None:
    gone = node("simple_card")
    cut(gone, "lineItems", 0, "l0")
    platform.replies = [shop_answer(), orders_answer([gone]), {"data": {"p0": None}}]
    with pytest.raises(Unexpected) as caught:
        platform.store().fetch_orders(None, since=SINCE, until=UNTIL)
    assert "disappeared" in caught.value.detail


# Orders that are gone


def nodes_answer(*gids: str | None) -> Record:
    return {"data": {"nodes": [gid and {"id": gid} for gid in gids]}}


def test_what_the_shop_no_longer_has(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer(), nodes_answer("gid://shopify/Order/1", None, "gid://shopify/Order/3")]
    store: ShopifyStore = platform.store()
    assert store.missing([SourceId("1"), SourceId("2"), SourceId("3")]) == {"2"}
    assert platform.asked[1]["variables"] == {"ids": [f"gid://shopify/Order/{at}" for at in (1, 2, 3)]}


def test_ids_are_asked_for_250_at_a_time(platform: Any, shop_answer: Build) -> None:
    gids = [f"gid://shopify/Order/{at}" for at in range(251)]
    platform.replies = [shop_answer(), nodes_answer(*gids[:250]), nodes_answer(None)]
    assert platform.store().missing([SourceId(str(at)) for at in range(251)]) == {"250"}
    assert [len(asked["variables"]["ids"]) for asked in platform.asked[1:]] == [250, 1]


def test_without_sight_of_old_orders_none_is_said_to_be_gone(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer(["read_orders"])]
    assert platform.store().missing([SourceId("1")]) == set()
    assert len(platform.asked) == 1


def test_nothing_asked_nothing_missing(platform: Any, shop_answer: Build) -> None:
    platform.replies = [shop_answer()]
    assert platform.store().missing([]) == set()
