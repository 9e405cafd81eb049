"""What somebody changed or deleted in the books is right as it is, says the user."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.engine.road import accept_the_books, prove_again
from comptoir.storage.postings import State


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


@pytest.fixture
def strayed(road: Any, build: Any) -> Any:
    """Two receipts of 10.00: somebody lowered the first to 9.00 in the books, and deleted the second."""
    road.store.orders = [build["make_order"](1), build["make_order"](2)]
    assert road.run().agrees
    first, second = sorted((each for each in road.ledger.entries.values() if each.dated), key=lambda each: each.number)
    road.ledger.edit_by_hand(first.id, total=pounds("9.00"))
    road.ledger.delete_by_hand(second.id)
    assert not prove_again(road.work(), alone=True).agrees
    return road


def test_the_proof_tells_what_is_accepted_and_agrees(strayed: Any) -> None:
    rows = [row for number in ("1", "2") for row in accept_the_books(strayed.work(), number, alone=True)]
    assert [row.state for row in rows] == [State.CHANGED, State.GONE]
    proof = strayed.run()
    assert (proof.agrees, proof.differences) == (True, ())
    assert (str(proof.net.store), str(proof.net.ledger)) == ("9.00 GBP", "9.00 GBP")
    assert [(each.number, str(each.less)) for each in proof.kept] == [("1", "1.00 GBP")]
    assert [row.state for row in strayed.rows(Kind.SALE)] == [State.ADOPTED, State.UNDONE]
    assert [each.number for each in strayed.ledger.entries.values() if each.dated] == ["1"]
    assert prove_again(strayed.work(), alone=True).agrees


def test_a_second_change_is_noticed_and_adds_up(strayed: Any) -> None:
    accept_the_books(strayed.work(), "1", alone=True)
    (entry,) = [each for each in strayed.ledger.entries.values() if each.number == "1"]
    strayed.ledger.edit_by_hand(entry.id, total=pounds("7.50"))
    prove_again(strayed.work(), alone=True)
    assert strayed.row(Kind.SALE, "1").state is State.CHANGED
    accept_the_books(strayed.work(), "1", alone=True)
    assert str(strayed.row(Kind.SALE, "1").accepted) == "2.50 GBP"


def test_what_is_accepted_is_never_written_over(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00", paid="0")
    road.store.orders = [order]
    road.run()
    (entry,) = [each for each in road.ledger.entries.values() if each.type == "Invoice"]
    road.ledger.edit_by_hand(entry.id, dated=date(2026, 1, 11))
    prove_again(road.work(), alone=True)
    accept_the_books(road.work(), "1", alone=True)
    (line,) = order.lines
    line = replace(line, unit_price=pounds("120.00"), gross=pounds("120.00"))
    road.change(0, replace(order, lines=(line,), total=pounds("120.00")))
    proof = road.run()
    assert road.rows(Kind.AMENDMENT) == []
    assert [str(row.meant) for row in road.rows(Kind.SALE)] == ["100.00 GBP", "20.00 GBP"]
    assert (proof.agrees, proof.kept) == (True, ())
    assert road.ledger.entries[entry.id].dated == date(2026, 1, 11)


def test_there_may_be_nothing_to_accept(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    assert accept_the_books(road.work(), "1", alone=True) == []
