"""`comptoir undo`: what goes, what stays, and what is posted again."""

from __future__ import annotations

import json

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import make_order

from comptoir.books.problems import Message
from comptoir.cli.main import app as command_line
from comptoir.engine.errors import RetryLater


@pytest.fixture
def posted(desk: Desk) -> Desk:
    """A receipt with its refund, and an invoice with a payment, in the books."""
    desk.store.orders = [make_order(1, "30.00", refunded="30.00"), make_order(2, "20.00", paid="5.00")]
    desk.well("sync")
    return desk


def documents(desk: Desk) -> list[str]:
    return sorted(f"{each.type} {each.number}" for each in desk.ledger.entries.values() if each.dated)


def test_a_look_changes_nothing(posted: Desk) -> None:
    before = documents(posted)
    text = posted.well("undo", "#1", "--dry-run")
    assert "Order 1: this would leave the books." in text
    assert "• Sales receipt 1 of 2026-01-10, 30.00 GBP" in text
    assert "In all: Refund: 1 (30.00 GBP), Sales receipt: 1 (30.00 GBP)." in text
    assert documents(posted) == before


def test_an_order_that_was_never_read_is_told_as_such(posted: Desk) -> None:
    result = posted.runner.invoke(command_line, ["undo", "99999", "--yes"])
    assert result.exit_code == 1
    assert "Order 99999 was never read from a store." in " ".join(result.output.split())


def test_it_asks_first(posted: Desk) -> None:
    before = documents(posted)
    result = posted.runner.invoke(command_line, ["undo", "1"], input="n\n")
    assert result.exit_code == 0
    assert "Take these documents out of the books?" in result.stdout
    assert documents(posted) == before
    result = posted.runner.invoke(command_line, ["undo", "1"], input="y\n")
    assert "Taken out of the books: Refund: 1 (30.00 GBP), Sales receipt: 1 (30.00 GBP)." in result.stdout
    assert documents(posted) == ["Invoice 2", "Payment t2"]


def test_an_undone_order_stays_out_until_it_is_let_go_on(posted: Desk) -> None:
    assert "They stay out until" in posted.well("undo", "2", "--yes")
    posted.well("sync")
    assert documents(posted) == ["Refund R-1", "SalesReceipt 1"]
    assert "undone: it was in the books and was taken out again" in " ".join(posted.well("explain", "2").split())
    assert "Order 2: posted" in posted.well("retry", "2")
    assert documents(posted) == ["Invoice 2", "Payment t2", "Refund R-1", "SalesReceipt 1"]


def test_a_run_is_undone_and_posted_again(posted: Desk) -> None:
    before = documents(posted)
    found = posted.json("undo", "--run", "1", "--yes", "--repost")
    assert (len(found["would_go"]), len(found["gone"]), found["stays"], found["agrees"]) == (4, 4, [], True)
    assert {each["state"] for each in found["gone"]} == {"undone"}
    assert documents(posted) == before


def test_a_day(posted: Desk) -> None:
    assert len(posted.json("undo", "--day", "2026-01-10", "--yes")["gone"]) == 4
    assert "The day 2026-01-10: nothing of it is in the books." in posted.well("undo", "--day", "2026-01-10")


def test_what_stays_is_told_and_the_rest_goes(posted: Desk) -> None:
    (entry,) = [each for each in posted.ledger.entries.values() if each.type == "Invoice"]
    posted.ledger.edit_by_hand(entry.id, number="2-bis")
    result = posted.run("undo", "--run", "1", "--yes", "--json")
    assert result.exit_code == 1
    assert "Order 2 stays as it is:" in result.stdout
    assert "• Invoice 2 was changed in the books by someone." in result.stdout
    assert "→ Delete it there by hand if it should go." in result.stdout
    found = json.loads(result.stdout.splitlines()[-1])
    assert [each["order"] for each in found["stays"]] == ["2"]
    assert documents(posted) == ["Invoice 2-bis", "Payment t2"]


def test_many_are_counted_and_some_are_shown(desk: Desk) -> None:
    desk.store.orders = [make_order(number) for number in range(1, 40)]
    desk.well("sync")
    text = desk.well("undo", "--run", "1", "--dry-run")
    assert "and 9 more." in text
    assert "In all: Sales receipt: 39 (390.00 GBP)." in text


@pytest.mark.parametrize("words", [(), ("1", "--run", "1"), ("--run", "1", "--day", "2026-01-10")])
def test_one_thing_at_a_time(posted: Desk, words: tuple[str, ...]) -> None:
    result = posted.run("undo", *words)
    assert result.exit_code != 0
    assert "Name one order; or a run with --run, a day with --day;" in result.output


def test_before_the_first_run_there_is_nothing(desk: Desk) -> None:
    result = desk.run("undo", "1")
    assert result.exit_code != 0
    assert "Nothing was synchronized yet" in result.output


def test_a_busy_company_fails_the_run_and_the_next_one_goes_on(posted: Desk) -> None:
    posted.ledger.remove_error = RetryLater(Message("The books are busy."))
    result = posted.run("undo", "1", "--yes")
    assert result.exit_code != 0
    assert "The books are busy." in result.output
    assert "Stopped" in posted.well("runs")
    posted.ledger.remove_error = None
    posted.well("sync")
    assert documents(posted) == ["Invoice 2", "Payment t2"]
