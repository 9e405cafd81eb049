"""hold, skip and retry, with what a person may type."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.settings import PaymentSettings
from comptoir.engine.by_hand.fate import fate_of
from comptoir.engine.errors import Refused
from comptoir.storage.postings import State
from comptoir.wiring import open_app

NO_METHODS = replace(SETTINGS, payments=PaymentSettings(methods={}))


@pytest.fixture
def held(desk: Desk) -> Desk:
    """Three orders, each held for want of a payment method."""
    desk.store.orders = [make_order(number) for number in (1, 2, 3)]
    desk.set(NO_METHODS)
    desk.well("sync")
    return desk


def fails(desk: Desk, *words: str) -> str:
    result = desk.run(*words)
    assert result.exit_code == 1, result.output
    return result.stderr


def test_hold_then_retry(held: Desk) -> None:
    held.set(SETTINGS)
    text = held.well("hold", "#1", "--reason", "the buyer  calls back")
    assert "Order 1 is held back. Nothing of it is in the books." in text
    assert "• Sale of 2026-01-10, 10.00 GBP" in text
    assert "Take this back with: comptoir retry 1" in text
    held.well("sync")
    assert sorted(doc.number for doc in held.ledger.entries.values() if doc.type == "SalesReceipt") == ["2", "3"]
    assert "Order 1 is held by hand since" in held.well("problems")
    assert "to hold it back: the buyer calls back" in held.well("explain", "1")
    text = held.well("retry", "1")
    assert "Order 1: posted" in text
    assert "Sales receipt 1 of 2026-01-10, 10.00 GBP: in the books" in text
    assert "1 posted" in text
    assert "You chose" not in held.well("explain", "1")


def test_skip_for_a_machine(held: Desk) -> None:
    found = held.json("skip", "2")
    assert (found["order"], found["choice"], found["reason"], found["stays"]) == ("2", "skip", "", [])
    (stopped,) = found["stopped"]
    assert (stopped["kind"], stopped["amount"], stopped["currency"]) == ("sale", "10.00", "GBP")
    assert "Left out by hand" in held.well("sync")
    assert "to leave it out." in held.well("explain", "2")


def test_what_is_in_the_books_stays_and_is_named(desk: Desk) -> None:
    desk.store.orders = [make_order(1), make_order(2, "20.00", paid="5.00")]
    desk.ledger.refuse["t2"] = Refused(Message("No."))
    desk.well("sync")
    text = desk.well("hold", "1")
    assert "Order 1 is held back from here on. In the books already, and stays there:" in text
    assert "• Sales receipt 1 of 2026-01-10, 10.00 GBP" in text
    assert "Whatever comes later, such as a refund, is held back." in text
    text = desk.well("skip", "2")
    assert "Not in the books yet, and left out:" in text
    assert "• Payment t2 of 2026-01-10, 5.00 GBP" in text


def test_retry_by_cause(held: Desk) -> None:
    held.well("hold", "3")
    held.set(SETTINGS)
    found = held.json("retry", "--cause", "method-unmapped")
    assert [(each["order"], each["outcome"]) for each in found["orders"]] == [("1", "posted"), ("2", "posted")]
    assert "1 posted" in held.well("retry", "--cause", "held-by-hand"), "it stayed until its own word was taken back"
    assert found["agrees"]


def test_retry_all_leaves_what_is_held_by_hand(held: Desk) -> None:
    held.well("hold", "3")
    held.set(SETTINGS)
    found = held.json("retry", "--all")
    assert [(each["order"], each["outcome"]) for each in found["orders"]] == [("1", "posted"), ("2", "posted")]
    assert "Nothing is held but what you hold by hand" in fails(held, "retry", "--all")
    assert "1 posted" in held.well("retry", "--cause", "held-by-hand")


def test_retry_tells_why_it_is_held_still(held: Desk) -> None:
    text = held.well("retry", "1")
    assert "Order 1: held still" in text
    assert 'The payment method "Card" of order 1 has no account.' in text
    assert "→ Add" in text
    assert "1 held still" in text


def test_retry_of_what_a_rule_leaves_out_now(held: Desk) -> None:
    held.well("hold", "1")
    held.store.orders = [replace(make_order(1), test=True, updated_at=datetime.now(UTC))]
    text = held.well("retry", "1")
    assert "Order 1: left out" in text
    assert "Order 1 is a test order." in text


def test_many_are_counted_and_some_are_shown(desk: Desk) -> None:
    desk.store.orders = [make_order(number) for number in range(1, 40)]
    desk.set(NO_METHODS)
    desk.well("sync")
    desk.set(SETTINGS)
    text = desk.well("retry", "--all")
    assert text.count(": posted") == 30
    assert "39 posted" in text


# What a person may get wrong


@pytest.mark.parametrize("command", ["hold", "skip", "retry"])
def test_an_order_that_was_never_read(held: Desk, command: str) -> None:
    assert "Order 99 was never read from a store. Shop is read from 2026-01-01 on, last at 20" in fails(
        held, command, "99"
    )


@pytest.mark.parametrize("words", [[], ["1", "--all"], ["1", "--cause", "x"], ["--all", "--cause", "x"]])
def test_one_way_of_naming_what_to_retry(held: Desk, words: list[str]) -> None:
    assert "Name one order, or a cause with --cause, or every held order with --all." in fails(held, "retry", *words)


def test_a_cause_that_holds_nothing(held: Desk) -> None:
    assert 'Nothing is held for the cause "x". Held are: method:card.' in fails(held, "retry", "--cause", "x")


def test_nothing_is_held(desk: Desk) -> None:
    desk.store.orders = [make_order(1), replace(make_order(2), test=True)]
    desk.well("sync")
    assert "Nothing is held." in fails(desk, "retry", "--all")
    assert "Nothing of order 1 is held. See what became of it: comptoir explain 1" in fails(desk, "retry", "1")
    assert "a rule leaves it out. Order 2 is a test order." in fails(desk, "retry", "2")


def test_an_order_read_but_never_decided_is_decided(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("preview")
    assert "Order 1: posted" in desk.well("retry", "1")


def test_a_choice_before_any_settings(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("preview")
    from sqlalchemy import update

    from comptoir.storage.tables import connections

    with open_app(desk.home) as opened, opened.books.database.write() as connection:
        connection.execute(update(connections).values(settings=None))
    assert "Order 1 is held back." in desk.well("hold", "1")


OUTCOMES = [
    ([State.POSTED, State.SKIPPED], "posted"),
    ([State.POSTED, State.HELD], "held still"),
    ([State.ADOPTED, State.WAITING], "on their way"),
    ([State.UNKNOWN], "on their way"),
    ([State.SKIPPED], "left out"),
    ([State.GONE, State.SKIPPED], "no longer in the books"),
    ([], "on their way"),
]


@pytest.mark.parametrize(("states", "words"), OUTCOMES)
def test_the_worst_that_any_posting_met_is_the_orders(desk: Desk, states: list[State], words: str) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    with open_app(desk.home) as opened:
        row = desk.road(opened).row(Kind.SALE, "1")
    assert fate_of([replace(row, state=state) for state in states]) == words


def test_what_was_deleted_in_the_books_is_made_again_when_the_order_is_named(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    (sale,) = [entry for entry in desk.ledger.entries.values() if entry.type == "SalesReceipt"]
    desk.ledger.remove(sale)
    with open_app(desk.home) as opened, opened.books.database.write() as connection:
        opened.books.journal.move(connection, desk.road(opened).row(Kind.SALE, "1"), State.GONE)
    assert desk.json("preview")["counts"] == {"deleted in the books": 1}
    assert "10.00 GBP: deleted in the books, as it was posted" in desk.well("preview", "1")
    assert "Order 1: posted" in desk.well("retry", "1")
