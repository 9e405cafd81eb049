"""What keeps the sandbox fast with many documents gives the same answers as looking at all of them."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.log import MOST_ENTRIES, LoggedRequest, RequestLog
from comptoir_sandbox.quickbooks import changes, query
from comptoir_sandbox.quickbooks.layers import Layers
from comptoir_sandbox.quickbooks.replay import Replays
from comptoir_sandbox.quickbooks.shelves import MARK_EVERY, Key, Movement, Shelf, move

D = Decimal
Opener = Callable[..., Any]


def walk(shelf: Shelf) -> Layers:
    layers = Layers(shelf.first_unit)
    for _, movement in sorted(shelf.movements.items(), key=lambda pair: (pair[1].date, pair[1].order, pair[0])):
        move(layers, movement)
    return layers


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(-9, 9), st.booleans(), st.booleans()), max_size=60))
def test_a_shelf_that_goes_on_ends_as_one_that_starts_again(steps: list[tuple[int, int, bool, bool]]) -> None:
    shelf = Shelf(D("1.10"))
    known: list[Key] = []
    for number, (day, quantity, edits, taken_back) in enumerate(steps):
        key = known[day % len(known)] if edits and known else ("Sale", str(number), 0)
        gone = {key: shelf.movements[key]} if key in shelf.movements else {}
        value = D(day) / 7 if quantity > 0 and day % 2 else None
        rounded = value.quantize(D("0.01")) if value is not None else None
        come = {key: Movement(f"{day:03d}", number, D(quantity), rounded, None)} if quantity else {}
        shelf.replay(shelf.exchange(gone, come), None)
        if taken_back:
            shelf.exchange(come, gone)
        known = list(shelf.movements)
    assert shelf.replay(len(shelf.movements), None) == walk(shelf)
    assert shelf.quantity == sum((each.quantity for each in shelf.movements.values()), D(0))


def test_a_shelf_with_many_marks_still_knows_its_past() -> None:
    shelf = Shelf(D(1))
    for number in range(40 * MARK_EVERY):
        quantity = D(3) if number % 3 == 0 else D(-2)
        value = D(number % 11) if quantity > 0 else None
        key = ("Sale", str(number), 0)
        shelf.replay(shelf.exchange({}, {key: Movement("2026-01-01", number, quantity, value, None)}), None)
    for order in (1000, 5):  # after a mark, and where an edit lands between two
        between = ("Sale", f"between {order}", 0)
        place = shelf.exchange({}, {between: Movement("2026-01-01", order, D(-1), None, None)})
        assert shelf.replay(place, None) == walk(shelf)
    early = ("Sale", "late", 0)
    first = shelf.exchange({}, {early: Movement("2025-12-31", 10**9, D(5), D(9), None)})
    assert (first, shelf.replay(first, None)) == (0, walk(shelf))
    assert shelf.earliest(besides="Nothing") == "2025-12-31"


def sell(books: Any, number: int, item: str) -> None:
    line = books.line("5.00", "NON", ItemRef={"value": item}, Qty=1)
    day = f"2026-{number // 28 % 12 + 1:02d}-{number % 28 + 1:02d}"
    books.make("SalesReceipt", {"DocNumber": f"N{number}", "TxnDate": day, "Line": [line]})


def calls(work: Callable[[], object]) -> int:
    """How many functions the work calls: a measure that a busy machine does not change."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined] # not in the type stubs


def test_a_write_and_a_look_up_cost_the_same_among_many_documents(desk: Opener) -> None:
    books = desk("us-manual")
    accounts = {
        "IncomeAccountRef": books.account("Sales of Product Income"),
        "ExpenseAccountRef": books.account("Cost of Goods Sold"),
        "AssetAccountRef": books.account("Inventory Asset"),
    }
    stocked = {"Name": "Cup", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 9, "InvStartDate": "2026-01-01"}
    cup = books.make("Item", {**stocked, **accounts})["Id"]
    made = 0

    def post(count: int) -> None:
        nonlocal made
        for _ in range(count):
            line = books.line("5.00", "NON", ItemRef={"value": cup}, Qty=1)
            books.make("SalesReceipt", {"DocNumber": f"N{made}", "TxnDate": "2026-01-15", "Line": [line]})
            made += 1

    def look_up() -> None:
        for text in ("DocNumber = 'n7'", "TxnDate > '2026-01-31'", "TxnDate = '2026-01-15' and DocNumber = 'N3'"):
            books.service.query(f"select * from SalesReceipt where {text}")  # noqa: S608 # texts of this file

    post(40)
    first, first_query = calls(lambda: post(20)), calls(look_up)
    post(1000)
    assert calls(lambda: post(20)) < first * 1.3
    assert calls(look_up) < first_query * 1.3


@pytest.mark.parametrize(
    "where",
    [
        "DocNumber = 'n12'",
        "DocNumber in ('N1', 'n2', 'N1')",
        "TxnDate >= '2026-01-10' and TxnDate < '2026-02-03'",
        "TxnDate = '2026-01-05' and TotalAmt > '1'",
        "TxnDate like '2026-01-0%'",
        "CustomerRef = '1'",
        "MetaData.LastUpdatedTime > '2026-01-31T12:00:10Z'",
        "MetaData.LastUpdatedTime >= '2026-01-31T12:00:10Z' and DocNumber = 'N3'",
        "Balance = '0'",
    ],
)
def test_queries_by_index_find_what_a_look_at_all_finds(desk: Opener, where: str) -> None:
    books = desk("us-manual")
    books.customer()
    for number in range(40):
        sell(books, number, "1")
        books.company.clock.advance(1)
    first = books.company.records["SalesReceipt"]["1"].data
    books.change("SalesReceipt", "1", DocNumber="N40", TxnDate="2026-01-11", CustomerRef={"value": "1"})
    assert first["DocNumber"] == "N0"
    books.end("SalesReceipt", "3")
    asked = query.parse(f"select * from SalesReceipt where {where}")  # noqa: S608 # texts of this file
    tests = [query._test("SalesReceipt", each) for each in asked.where]
    expected = {each.id for each in books.company.records["SalesReceipt"].values() if all(t(each.data) for t in tests)}
    assert {each.id for each in query.select(books.company, asked)[0]} == expected


def test_a_refused_request_leaves_no_trace_in_the_indexes(desk: Opener) -> None:
    books = desk("us-manual")
    sell(books, 1, "1")

    def fail() -> None:
        with books.company.change():
            books.company.remove(books.company.records["SalesReceipt"]["1"])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert len(books.service.query("select * from SalesReceipt where DocNumber = 'N1'")["QueryResponse"]) > 0
    assert books.company.deleted["SalesReceipt"] == {}


def test_the_log_of_changes_is_tidied(desk: Opener) -> None:
    books = desk("uk")
    customer = books.customer()["value"]
    for number in range(1100):
        books.change("Customer", customer, Notes=str(number))
    captured = changes.capture(books.company, {"entities": "Customer", "changedSince": "2020-01-01"})
    found = captured["CDCResponse"][0]["QueryResponse"][0]["Customer"]
    assert len(found) == 1
    assert len(books.company.indexes._changes["Customer"]) < 1010


def test_memory_forgets_what_is_old() -> None:
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC), speed=0)
    replays = Replays(clock, memory_seconds=10)
    for number in range(50):
        replays.keep(str(number), 200, {})
        clock.advance(1)
    assert len(replays._outcomes) <= 11
    log = RequestLog()
    entry = LoggedRequest(at=clock.now(), method="GET", path="/", query="", operation="query", status=200)
    for _ in range(MOST_ENTRIES + 3):
        log.add(entry)
    assert (len(log.entries()), log.counts()) == (MOST_ENTRIES, {"query": MOST_ENTRIES + 3})
