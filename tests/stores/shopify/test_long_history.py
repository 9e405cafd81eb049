from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from comptoir.books.facts import Order, StoreIdentity
from comptoir.engine.errors import RetryLater, Unexpected
from comptoir.engine.ports import Page
from comptoir.stores.shopify.bulk import bulk_query
from comptoir.stores.shopify.long_history import PATIENCE, POLL_SECONDS
from comptoir.stores.shopify.store import BULK_FROM, OPTIONAL_PARTS, ShopifyStore
from comptoir.stores.shopify.translate import translate

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://storage.example.com/result.jsonl?signature=s"
GID = "gid://shopify/BulkOperation/7"
LISTS = ("lineItems", "shippingLines", "returns")
NONE: dict[str, Any] = {"nodes": ()}
NAMES = ("simple_card", "partial_refund", "exchange_for_less", "unpaid_with_terms", "two_shippings", "guest", "yen")
Record = dict[str, Any]
Build = Callable[..., Record]


def complete(node: Record) -> Record:
    """A scenario with everything that 2026-10 sends, whatever was of no use to its test."""
    end = {"hasNextPage": False, "endCursor": None}
    none = {"pageInfo": end, "nodes": []}
    refunds = [{"orderAdjustments": none, **refund} for refund in node["refunds"]]
    return {"returns": none, "fulfillments": [], **node, "refunds": refunds}


def bulk_lines(node: Record) -> Iterator[Record]:
    """The lines that an order is in a result file (shopify.md §3.6)."""
    children: list[Record] = [
        {**(child if name != "returns" else {"id": child["id"]}), "__parentId": node["id"]}
        for name in LISTS
        for child in node.get(name, NONE)["nodes"]
    ]
    order = {key: value for key, value in node.items() if key not in LISTS}
    lists = ("refundLineItems", "refundShippingLines", "orderAdjustments", "transactions")
    order["refunds"] = [{key: each[key] for key in each if key not in lists} for each in node["refunds"]]
    if order.get("paymentTerms"):
        known = f"gid://shopify/PaymentTerms/{node['id'].rpartition('/')[2]}"
        schedules = order["paymentTerms"]["paymentSchedules"]["nodes"]
        order["paymentTerms"] = {"id": known}
        children += [{"id": f"s{at}", **each, "__parentId": known} for at, each in enumerate(schedules)]
    yield order
    yield from children


def result_file(nodes: list[Record], *, scattered: bool = False) -> bytes:
    """The file, slashes escaped as Shopify does; scattered: some children before all parents, some after them."""
    lines = [line for node in nodes for line in bulk_lines(node)]
    if scattered:
        early = sorted({line["__parentId"] for line in lines if "__parentId" in line})[::2]
        before = [line for line in lines if line.get("__parentId") in early]
        lines = [*before, *(line for line in reversed(lines) if "__parentId" not in line), *lines]
        lines = [line for at, line in enumerate(lines) if line not in lines[:at]]
    return b"".join(json.dumps(line).replace("/", "\\/").encode() + b"\n" for line in lines)


def answer_to_parts(nodes: list[Record], asked: Record) -> Record:
    """What the shop answers to a question for the lists of orders, refunds and returns."""
    owners: dict[str, Record] = {}
    for node in nodes:
        owners |= {owner["id"]: owner for owner in (node, *node["refunds"], *node.get("returns", NONE)["nodes"])}
    data: Record = {}
    for text in asked["query"].splitlines():
        alias, _, rest = text.strip().partition(": ")
        if not (alias.startswith("p") and alias[1:].isdecimal()):
            continue
        field = rest.partition("{ ")[2].partition("(")[0]
        owner = owners[asked["variables"][f"id{alias[1:]}"]]
        data[alias] = {field: {"pageInfo": {"hasNextPage": False, "endCursor": "c"}, "nodes": owner[field]["nodes"]}}
    return {"data": data}


class Shop:
    """A shop with more orders than pages are good for. `state` is what an operation says of itself."""

    def __init__(self, platform: Any, nodes: list[Record], shop_answer: Build, orders_answer: Build) -> None:
        self.platform = platform
        self.nodes = [complete(node) for node in nodes]
        self.file = result_file(self.nodes)
        self.state: Record | None = {"status": "COMPLETED", "rootObjectCount": str(len(nodes)), "url": URL}
        self.count = BULK_FROM + 1
        self.started: Record = {"bulkOperation": {"id": GID, "status": "CREATED"}, "userErrors": []}
        self.downloads = 0
        self.file_status = 200
        self.file_fault: Exception | None = None
        self._shop, self._orders = shop_answer, orders_answer
        platform.answer = self.answer

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET":
            assert "x-shopify-access-token" not in request.headers
            self.downloads += 1
            if self.file_fault is not None:
                raise self.file_fault
            return httpx2.Response(self.file_status, content=self.file)
        asked = json.loads(request.content)
        self.platform.asked.append(asked)
        answers: dict[str, Callable[[], Record]] = {
            "Shop": self._shop,
            "Orders": lambda: (
                self._orders(self.nodes[:1], after="c1") if not asked["variables"]["after"] else self._rest()
            ),
            "OrdersCount": lambda: {"data": {"ordersCount": {"count": self.count, "precision": "EXACT"}}},
            "BulkRun": lambda: {"data": {"bulkOperationRunQuery": self.started}},
            "BulkState": lambda: {
                "data": {"bulkOperation": self.state and {"id": GID, "createdAt": "x", **self.state}}
            },
            "Rest": lambda: answer_to_parts(self.nodes, asked),
        }
        return httpx2.Response(200, content=json.dumps(answers[asked["operationName"]]()).encode())

    def _rest(self) -> Record:
        return self._orders(self.nodes[1:])

    @property
    def operations(self) -> list[str]:
        return [asked["operationName"] for asked in self.platform.asked]

    def store(self) -> ShopifyStore:
        store: ShopifyStore = self.platform.store()
        return store


@pytest.fixture
def shop(platform: Any, node: Build, shop_answer: Build, orders_answer: Build) -> Shop:
    return Shop(platform, [node(name) for name in NAMES], shop_answer, orders_answer)


def fetch(store: ShopifyStore, cursor: str | None) -> Page:
    return store.fetch_orders(cursor, since=SINCE, until=UNTIL)


def paged(shop: Shop) -> list[bytes]:
    """The payloads of every order, read page by page."""
    shop.count = 2
    store = shop.store()
    first = fetch(store, None)
    shop.count = BULK_FROM + 1
    return [record.payload for page in (first, fetch(store, first.cursor)) for record in page.records]


def bulk(shop: Shop) -> list[bytes]:
    store = shop.store()
    cursor, payloads, more = fetch(store, None).cursor, [], True
    while more:
        page = fetch(store, cursor)
        payloads += [record.payload for record in page.records]
        cursor, more = page.cursor, page.more
    return payloads


def test_an_order_is_the_same_byte_for_byte_whichever_way_it_came(shop: Shop) -> None:
    by_page = paged(shop)
    assert len(by_page) == len(NAMES)
    assert bulk(shop) == by_page


def test_half_a_character_stops_no_order(shop: Shop) -> None:
    """JSON can say what no text holds: half of an emoji that was cut in two."""
    shop.nodes[0]["note"] = "Thanks \ud83d"
    shop.nodes[0]["lineItems"]["nodes"][0]["name"] = "Mug \ude00"
    shop.file = result_file(shop.nodes)
    by_page = paged(shop)
    assert bulk(shop) == by_page
    order = translate(json.loads(by_page[0]), store=StoreIdentity("shopify:x"))
    assert isinstance(order, Order)
    assert (order.note, order.lines[0].name) == ("Thanks \ufffd", "Mug \ufffd")


def test_children_may_be_anywhere_in_the_file(shop: Shop) -> None:
    by_page = paged(shop)
    shop.file = result_file(shop.nodes, scattered=True)
    assert sorted(bulk(shop)) == sorted(by_page)


def test_a_short_pass_needs_no_operation(shop: Shop) -> None:
    shop.count = BULK_FROM
    assert fetch(shop.store(), None).cursor == '{"after":"c1"}'
    assert "BulkRun" not in shop.operations


def test_a_long_pass_starts_an_operation_over_the_same_search(shop: Shop) -> None:
    page = fetch(shop.store(), None)
    assert (len(page.records), page.more, page.expected) == (1, True, BULK_FROM + 1)
    assert json.loads(page.cursor) == {"after": None, "bulk": GID}
    (run,) = (asked for asked in shop.platform.asked if asked["operationName"] == "BulkRun")
    search = next(asked for asked in shop.platform.asked if asked["operationName"] == "Orders")["variables"]["query"]
    assert f"orders(query: {json.dumps(search)})" in run["variables"]["query"]


def test_what_the_app_may_not_see_is_not_asked_for() -> None:
    everything = bulk_query("x", dict.fromkeys(OPTIONAL_PARTS, True))
    least = bulk_query("x", dict.fromkeys(OPTIONAL_PARTS, False))
    assert "..." not in everything.replace("... on PurchasingCompany", "")
    for word in ("customer", "purchasingEntity", "paymentTerms", "returns"):
        assert word in everything
        assert word not in least


def test_without_their_scopes_the_records_are_the_same_as_well(
    platform: Any, node: Build, shop_answer: Build, orders_answer: Build
) -> None:
    few = Shop(platform, [node(name) for name in NAMES], lambda: shop_answer(["read_orders"]), orders_answer)
    hidden = ("customer", "purchasingEntity", "paymentTerms", "returns")
    few.nodes = [{key: value for key, value in each.items() if key not in hidden} for each in few.nodes]
    few.file = result_file(few.nodes)
    assert bulk(few) == paged(few)


def test_while_it_runs_pages_are_empty_and_the_place_is_kept(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    for status in ("CREATED", "RUNNING"):
        shop.state = {"status": status, "createdAt": "2026-11-22T11:59:00Z"}
        page = fetch(store, cursor)
        assert (page.records, page.more, page.cursor) == ((), True, cursor)
    assert shop.platform.slept == [POLL_SECONDS] * 2


def test_one_that_runs_for_too_long_is_not_waited_for(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    started = NOW - PATIENCE - timedelta(seconds=1)
    shop.state = {"status": "RUNNING", "createdAt": started.isoformat()}
    assert len(fetch(store, cursor).records) == 1
    assert shop.operations[-1] == "Orders"


def test_a_crash_goes_on_where_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.stores.shopify.long_history.PIECE", 3)
    by_page = paged(shop)
    store = shop.store()
    page = fetch(store, fetch(store, None).cursor)
    assert (len(page.records), json.loads(page.cursor)["at"]) == (3, 3)
    rest = fetch(shop.store(), page.cursor)
    assert [record.payload for record in (*page.records, *rest.records)] == by_page[:6]
    assert shop.downloads == 2
    assert not fetch(shop.store(), rest.cursor).more


def test_the_file_is_fetched_once_a_process(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.stores.shopify.long_history.PIECE", 2)
    assert len(bulk(shop)) == len(NAMES)
    assert shop.downloads == 1
    assert shop.operations.count("BulkState") == 1


@pytest.mark.parametrize("status", ["FAILED", "CANCELED", "CANCELING", "EXPIRED", "SOMETHING_NEW"])
def test_an_operation_that_came_to_nothing_is_replaced_by_pages(shop: Shop, status: str) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.state = {"status": status, "errorCode": "TIMEOUT", "url": None, "rootObjectCount": "3"}
    first = fetch(store, cursor)
    assert [record.number for record in first.records] == ["1001"]
    assert first.cursor == '{"after":"c1"}'
    assert len(fetch(store, first.cursor).records) == len(NAMES) - 1


def test_an_operation_that_shopify_forgot_is_replaced_by_pages(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.state = None
    assert fetch(store, cursor).cursor == '{"after":"c1"}'


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_is_replaced_by_pages(shop: Shop, status: int) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.file_status = status
    assert fetch(store, cursor).cursor == '{"after":"c1"}'


def test_a_completed_operation_without_a_file(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.state = {"status": "COMPLETED", "url": None, "rootObjectCount": "3"}
    assert fetch(store, cursor).cursor == '{"after":"c1"}'


def test_an_operation_that_found_nothing(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.state = {"status": "COMPLETED", "url": None, "rootObjectCount": "0"}
    page = fetch(store, cursor)
    assert (page.records, page.more) == ((), False)


@pytest.mark.parametrize("damage", ["cut", "lost line", "html", "no object"])
def test_a_damaged_file_is_replaced_by_pages(shop: Shop, damage: str) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    whole = shop.file
    shop.file = {
        "cut": whole[:-40],
        "lost line": whole.partition(b"\n")[2],
        "html": b"<html>\n",
        "no object": whole + b"[]\n",
    }[damage]
    assert fetch(store, cursor).cursor == '{"after":"c1"}'


def test_blank_lines_are_nothing(shop: Shop) -> None:
    shop.file = shop.file.replace(b"\n", b"\n\n")
    assert len(bulk(shop)) == len(NAMES)


def test_a_server_of_files_that_is_down_is_waited_for(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.file_status = 503
    with pytest.raises(RetryLater):
        fetch(store, cursor)
    shop.file_status = 200
    assert len(fetch(store, cursor).records) == len(NAMES)


def test_a_file_without_end_is_unexpected(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    monkeypatch.setattr("comptoir.http.transport.MAX_DOWNLOAD_BYTES", 10)
    with pytest.raises(Unexpected):
        fetch(store, cursor)


def test_a_line_that_is_cut_while_the_file_comes(shop: Shop) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.file_fault = httpx2.ReadError("cut")
    with pytest.raises(RetryLater):
        fetch(store, cursor)


@pytest.mark.parametrize("url", ["http://storage.example.com/x", "file:///etc/passwd"])
def test_a_file_is_fetched_from_a_safe_address_only(shop: Shop, url: str) -> None:
    store = shop.store()
    cursor = fetch(store, None).cursor
    shop.state = {"status": "COMPLETED", "url": url, "rootObjectCount": "3"}
    with pytest.raises(Unexpected):
        fetch(store, cursor)
    assert shop.downloads == 0


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED", "INVALID"])
def test_an_operation_that_is_not_taken_on_is_replaced_by_pages(shop: Shop, code: str) -> None:
    shop.started = {"bulkOperation": None, "userErrors": [{"field": None, "message": "No.", "code": code}]}
    assert fetch(shop.store(), None).cursor == '{"after":"c1"}'


def test_instalments_beyond_the_tenth_are_left_out_alike(shop: Shop) -> None:
    terms = next(each for each in shop.nodes if each["paymentTerms"])["paymentTerms"]["paymentSchedules"]
    terms["nodes"] = [{"dueAt": f"2026-12-{at:02}T00:00:00Z", "completedAt": None} for at in range(1, 13)]
    shop.file = result_file(shop.nodes)
    terms["nodes"] = terms["nodes"][:10]
    assert bulk(shop) == paged(shop)
