"""What was proven of an order is kept: reckoned again when something of it changed, and never older than that.

That a proof from kept figures is the same as one reckoned anew is checked after every run of `tests/engine`
(`proofs_are_as_good_as_new`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.proving import prove as proving
from comptoir.engine.proving.order import OrderProof, prove_order
from comptoir.engine.road import prove_again
from comptoir.storage.journal import Made
from comptoir.storage.tables import postings, proven_figures, proven_orders


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch, road: Any, build: Any) -> list[str]:
    """The numbers of the orders that proofs reckon, one after the other; without the check that reckons all."""
    numbers: list[str] = []

    def told(order: Any, *rest: Any, **more: Any) -> OrderProof:
        numbers.append(order.number if order else "")
        return prove_order(order, *rest, **more)

    monkeypatch.setattr(build["road_module"], "prove", proving.prove)
    monkeypatch.setattr(proving, "prove_order", told)
    road.store.orders = [build["make_order"](number, f"{number}0.00") for number in range(1, 4)]
    return numbers


def test_a_run_reckons_what_changed_alone(road: Any, build: Any, reckoned: list[str]) -> None:
    first = road.run()
    assert sorted(reckoned) == ["1", "2", "3"]
    reckoned.clear()
    assert road.run() == first
    assert reckoned == [], "nothing is new"
    road.store.orders.append(replace(build["make_order"](4, "40.00"), updated_at=road.now))
    proof = road.run()
    assert reckoned == ["4"]
    assert str(proof.sales.store) == "100.00 GBP"
    reckoned.clear()
    road.change(1, build["make_order"](2, "20.00", refunded="20.00"))
    assert str(road.run().net.store) == "80.00 GBP"
    assert reckoned == ["2"]


def test_other_settings_reckon_everything(road: Any, build: Any, reckoned: list[str]) -> None:
    road.run()
    reckoned.clear()
    road.set(replace(build["SETTINGS"], time_zone="Pacific/Auckland"))
    road.run()
    assert sorted(reckoned) == ["1", "2", "3"]


def test_the_books_read_again_reckon_everything_then_and_in_the_next_run(road: Any, reckoned: list[str]) -> None:
    proof = road.run()
    with road.books.database.write() as connection:
        connection.execute(update(proven_figures).values(store_minor=1))
    wrong = road.run()
    assert (str(wrong.sales.store), wrong.agrees) == ("0.03 GBP", False), "what is kept is what is told"
    reckoned.clear()
    assert prove_again(road.work(), alone=True) == proof
    assert sorted(reckoned) == ["1", "2", "3"]
    assert road.run() == proof
    assert sorted(reckoned) == ["1", "1", "2", "2", "3", "3"]


@pytest.mark.parametrize(
    "write",
    [
        lambda journal, connection, row: journal.move(connection, row, row.state, Message("as it was")),
        lambda journal, connection, row: journal.mark_undone(connection, row),
        lambda journal, connection, row: journal.note_books(connection, row, row.state, Message("seen"), row.meant),
        lambda journal, connection, row: journal.accept(connection, row, Made("SalesReceipt", "1", "2", row.meant)),
        lambda journal, connection, row: journal.take_over(connection, row, Made("SalesReceipt", "1", "2", row.meant)),
    ],
    ids=["moved", "undone", "noted", "accepted", "taken over"],
)
def test_whoever_writes_a_posting_puts_its_order_up_for_proof(either: Any, build: Any, write: Any) -> None:
    road = either
    road.store.orders = [build["make_order"](1), build["make_order"](2)]
    road.run()
    row = road.row(Kind.SALE, "2")
    with road.books.database.write() as connection:
        write(road.books.journal, connection, row)
        due = select(proven_orders.c.order_source_id).where(proven_orders.c.proven_under.is_(None))
        assert connection.scalars(due).all() == ["2"]


def test_customers_and_items_are_no_orders(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    with road.books.database.write() as connection:
        (row, *_) = road.books.journal.select(connection, postings.c.wave == "lists")
        road.books.journal.move(connection, row, row.state, Message("as it was"))
        assert connection.scalars(select(proven_orders.c.proven_under)).one() is not None


def test_a_chunk_at_a_time(road: Any, build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.storage.proofs.CHUNK", 2)
    road.store.orders = [build["make_order"](number) for number in range(1, 6)]
    proof = road.run()
    assert (str(proof.sales.store), proof.agrees) == ("50.00 GBP", True)
