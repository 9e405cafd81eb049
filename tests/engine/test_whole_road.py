"""A run that is not the first: what waits is made ready while the store is read, and goes out in its latest word."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from comptoir.books.documents import Kind, SaleDocument
from comptoir.books.problems import Message
from comptoir.engine.errors import RetryLater
from comptoir.engine.ports import Page
from comptoir.engine.road import fetch_connection, whole_road
from comptoir.storage import facts
from comptoir.storage.postings import State

PATIENCE_SECONDS = 10.0
ORDERS = 12
LANES = 6


def nothing() -> None:
    """Nothing happens."""


@dataclass
class Line:
    """The lines to store and ledger: the store's answer comes once it is `let`, and all that happens is noted."""

    road: Any
    let: threading.Event = field(default_factory=threading.Event)
    seen: list[str] = field(default_factory=list)
    asked: Callable[[], None] = nothing
    """Called once the ledger was asked for names, which is when orders were decided."""

    def __post_init__(self) -> None:
        self._fetch, self._find = self.road.store.fetch_orders, self.road.ledger.find
        self._send = self.road.ledger.send
        self.road.store.fetch_orders, self.road.ledger.find = self.fetch, self.find
        self.road.ledger.send = self.send

    def fetch(self, cursor: str | None, *, since: datetime, until: datetime) -> Page:
        assert self.let.wait(PATIENCE_SECONDS), "what is asked for while the store is read lets its answer come"
        self.seen.append("store")
        page: Page = self._fetch(cursor, since=since, until=until)
        return page

    def find(self, kind: Kind, numbers: Any, **how: Any) -> Any:
        found = self._find(kind, numbers, **how)
        self.seen.append(f"asked for {kind.value}")
        if kind is Kind.CUSTOMER:
            self.asked()
            self.let.set()
        return found

    def send(self, request_id: str, body: bytes) -> Any:
        self.seen.append("sent")
        return self._send(request_id, body)


@pytest.fixture
def waiting(road: Any, build: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A road of six lanes with orders that were read and not decided yet; it decides a few at a time."""
    monkeypatch.setattr(facts, "CHUNK", 4)
    road.lanes = LANES
    road.store.orders = [build["make_order"](number) for number in range(1, ORDERS + 1)]
    road.now += timedelta(hours=1)
    fetch_connection(road.work(), alone=True)
    road.now += timedelta(hours=1)
    return road


def sold(road: Any, place: int) -> SaleDocument:
    """What the books were told of an order's sale."""
    row = road.rows(Kind.SALE)[place]
    document = road.books.journal.document(row)
    assert isinstance(document, SaleDocument)
    return document


def test_what_waits_is_asked_for_while_the_store_is_read_and_sent_afterwards(waiting: Any) -> None:
    line = Line(waiting)
    proof = whole_road(waiting.work(), alone=True)
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert line.seen.index("asked for sale") < line.seen.index("store") < line.seen.index("sent")
    assert {row.state for row in waiting.rows()} == {State.POSTED}


def test_an_order_that_changed_meanwhile_goes_out_in_its_latest_word(waiting: Any) -> None:
    line = Line(waiting)
    orders = waiting.store.orders
    changed = {
        place: replace(orders[place], number=f"{orders[place].number}-B", updated_at=waiting.now - timedelta(minutes=1))
        for place in (0, ORDERS - 1)
    }

    def change() -> None:
        waiting.store.orders = [changed.get(place, order) for place, order in enumerate(orders)]

    line.asked = change
    proof = whole_road(waiting.work(), alone=True)
    assert (proof.agrees, proof.unsettled) == (True, 0)
    numbers = [entry.number for entry in waiting.ledger.entries.values() if entry.kind is Kind.SALE]
    assert len(numbers) == ORDERS, "each once"
    assert sum(number.endswith("-B") for number in numbers) == 2
    assert sold(waiting, 0).number.endswith("-B")
    looked_up = {number for kind, found in waiting.ledger.finds if kind is Kind.SALE for number in found}
    assert looked_up >= set(numbers), "no number goes out that was not asked for"


def test_new_orders_of_the_store_go_with_those_that_waited(waiting: Any, build: Any) -> None:
    line = Line(waiting)
    new = replace(build["make_order"](ORDERS + 1), updated_at=waiting.now - timedelta(minutes=1))
    orders = waiting.store.orders

    def order() -> None:
        waiting.store.orders = [*orders, new]

    line.asked = order
    proof = whole_road(waiting.work(), alone=True)
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert len(waiting.rows(Kind.SALE)) == ORDERS + 1


def test_a_store_out_of_reach_lets_nothing_out(waiting: Any) -> None:
    line = Line(waiting)

    def fails(_cursor: str | None, **_span: datetime) -> Page:
        assert line.let.wait(PATIENCE_SECONDS)
        raise RetryLater(Message("Out of reach."))

    waiting.store.fetch_orders = fails
    with pytest.raises(RetryLater, match="Out of reach"):
        whole_road(waiting.work(), alone=True)
    assert "sent" not in line.seen
    assert {row.state for row in waiting.rows()} == {State.PLANNED}


def test_what_is_left_from_before_is_decided_once_the_store_was_read(waiting: Any) -> None:
    line = Line(waiting)
    waiting.ledger.faults = [lambda _work: (_ for _ in ()).throw(RetryLater(Message("Busy.")))]
    with pytest.raises(RetryLater):
        whole_road(waiting.work(), alone=True)
    waiting.ledger.faults = []
    line.seen.clear()
    line.let.set()
    with waiting.books.database.write() as connection:
        waiting.books.facts.decide_again(connection, waiting.connection_id, [str(n) for n in range(1, ORDERS + 1)])
    waiting.now += timedelta(hours=1)
    waiting.change(0, replace(waiting.store.orders[0], note="By Friday, please."))
    waiting.now += timedelta(hours=1)
    assert whole_road(waiting.work(), alone=True).agrees
    assert line.seen[0] == "store"
    assert len([entry for entry in waiting.ledger.entries.values() if entry.kind is Kind.SALE]) == ORDERS
