"""Orders are found by what became of them, however many are like that, in either database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.storage.conftest import NOON, Rooms
from tests.storage.test_held import TAX, held, plan, pounds

from comptoir.books.facts import StoreIdentity
from comptoir.storage import orders
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.facts import FactSource
from comptoir.storage.orders import Orders, Wanted
from comptoir.storage.postings import State

HELD = Wanted(with_any=frozenset({State.HELD}))
LEFT = Wanted(with_any=frozenset({State.HELD, State.PLANNED}), without=frozenset({State.PLANNED}))


@pytest.mark.parametrize(
    ("few", "several"),
    [
        pytest.param(2000, 2000, id="few, named one by one"),
        pytest.param(0, 2000, id="several, found by their documents"),
        pytest.param(0, 0, id="very many, the latest looked for in order"),
    ],
)
def test_orders_are_found_by_the_state_of_their_documents(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, few: int, several: int
) -> None:
    monkeypatch.setattr(orders, "FEW", few)
    monkeypatch.setattr(orders, "SEVERAL", several)
    numbers = ("1", "2", "3")
    other = rooms.connections.save(rooms.organization_id, NewConnection(STORE, "shop", "shop:two", "Two", {}, {}))
    theirs = FactSource(rooms.organization_id, other.id, StoreIdentity("shop:two"), frozenset())
    with rooms.database.write() as connection:
        for source in (rooms.source, theirs):
            records = [rooms.raw(b"{}", number) for number in numbers]
            rooms.facts.save_page(connection, source, records, run_id=rooms.run_id, fetched_at=NOON)
    plan(rooms, *(held(rooms, number, TAX, amount=pounds("1.00")) for number in ("1", "3")), rooms.plan("2"))
    found = Orders(rooms.database)
    assert places(found, rooms, HELD) == [("3", rooms.store.id), ("1", rooms.store.id)]
    assert places(found, rooms, LEFT) == [("3", rooms.store.id), ("1", rooms.store.id)]
    assert places(found, rooms, replace(HELD, number="3")) == [("3", rooms.store.id)]
    monkeypatch.setattr(orders, "PAGE", 1)
    first = found.page(rooms.organization_id, HELD)
    assert [row.number for row in found.page(rooms.organization_id, HELD, first.after).rows] == ["1"]


def places(found: Orders, rooms: Rooms, wanted: Wanted) -> list[tuple[str, int]]:
    return [(row.number, row.connection_id) for row in found.page(rooms.organization_id, wanted).rows]
