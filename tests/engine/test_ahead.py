"""The numbers of new orders are asked for in one question at the beginning, and each answer is used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from comptoir.books.documents import Kind, LedgerId
from comptoir.books.problems import Message
from comptoir.books.settings import NumberSource
from comptoir.engine.errors import RetryLater
from comptoir.engine.ports import Entry
from comptoir.engine.posting import ahead
from comptoir.engine.posting.ahead import Ahead, ask_ahead
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.storage.postings import State

ORDERS = 12
LANES = 6


@pytest.fixture
def many(road: Any, build: Any) -> Any:
    """A road of six lanes with orders that were read and not decided yet, of more than a batch."""
    road.lanes = LANES
    road.store.orders = [build["make_order"](number) for number in range(1, ORDERS + 1)]
    assert road.ledger.batch_limits.documents < ORDERS
    fetch_connection(road.work(), alone=True)
    return road


def asked(road: Any) -> list[int]:
    """Of each question for sales: how many numbers."""
    return [len(numbers) for kind, numbers in road.ledger.finds if kind is Kind.SALE]


def post(road: Any) -> None:
    proof = post_to_company(road.work(), alone=True)
    assert (proof.agrees, proof.unsettled) == (True, 0)


def test_all_numbers_are_asked_for_in_one_question(many: Any) -> None:
    post(many)
    assert asked(many) == [ORDERS]
    assert {row.state for row in many.rows(Kind.SALE)} == {State.POSTED}
    assert all(row.looked_up for row in many.rows(Kind.SALE))


def test_one_batch_after_the_other_asks_once_too(many: Any) -> None:
    many.lanes = 1
    post(many)
    assert asked(many) == [ORDERS], "all is decided before anything is sent"


def test_what_a_lost_journal_posted_is_found_and_adopted(many: Any, build: Any, tmp_path: Path) -> None:
    post(many)
    books = many.ledger.canonical()
    (tmp_path / "again").mkdir()
    again = build["open_road"](tmp_path / "again", many.store, many.ledger)
    again.lanes = LANES
    fetch_connection(again.work(), alone=True)
    again.ledger.finds.clear()
    post(again)
    again.books.database.close()
    assert asked(again) == [ORDERS]
    assert again.ledger.canonical() == books


def test_the_number_of_a_stranger_is_held(many: Any) -> None:
    stranger = Entry(Kind.SALE, LedgerId("f1"), "0", "Invoice", "3")
    many.ledger.foreign.append(stranger)
    post_to_company(many.work(), alone=True)
    (held,) = [row for row in many.rows(Kind.SALE) if row.state is State.HELD]
    assert (held.number, held.problems[0].code) == ("3", "number-taken")
    assert asked(many) == [ORDERS]


def test_each_number_answers_once() -> None:
    known = Ahead(["A1", "A2"])
    assert known.take(Kind.REFUND, ["A1"]) == ([], ["A1"])
    assert known.take(Kind.SALE, ["a1", "B1"]) == ([], ["B1"])
    assert known.take(Kind.SALE, ["A1", "A2"]) == ([], ["A1"])


def test_a_ledger_out_of_reach_is_met_by_the_look_up(many: Any) -> None:
    find = many.ledger.find

    def once(*_asked: Any, **_how: Any) -> Any:
        many.ledger.find = find
        raise RetryLater(Message("Out of reach."))

    many.ledger.find = once
    post(many)
    assert sum(asked(many)) == ORDERS, "each was asked for before it was sent"


def more(road: Any, build: Any) -> None:
    """As many new orders, read and not decided yet."""
    road.now += timedelta(hours=1)
    new = [replace(build["make_order"](ORDERS + each), updated_at=road.now) for each in range(1, ORDERS + 1)]
    road.store.orders += new
    road.now += timedelta(hours=1)
    fetch_connection(road.work(), alone=True)
    road.ledger.finds.clear()


@pytest.mark.parametrize("is_unknown", [False, True])
def test_what_is_at_work_from_before_is_for_the_look_up_alone(many: Any, build: Any, is_unknown: bool) -> None:
    post(many)
    if is_unknown:
        with many.books.database.write() as connection:
            many.books.journal.move(connection, many.rows(Kind.SALE)[0], State.UNKNOWN)
    more(many, build)
    ask_ahead(many.work())
    assert asked(many) == ([] if is_unknown else [ORDERS])


def test_a_person_who_waits_is_served_what_is_needed_alone(many: Any) -> None:
    ask_ahead(replace(many.work(), hurry=True))
    assert asked(many) == []


def test_orders_that_are_in_the_journal_are_not_asked_for(many: Any) -> None:
    post(many)
    many.now += timedelta(hours=1)
    many.store.orders = [replace(order, number=f"{order.number}-B", updated_at=many.now) for order in many.store.orders]
    many.now += timedelta(hours=1)
    assert fetch_connection(many.work(), alone=True) == ORDERS
    many.ledger.finds.clear()
    ask_ahead(many.work())
    assert asked(many) == []


def test_what_goes_in_one_batch_is_asked_for_once_it_is_decided(many: Any) -> None:
    many.ledger.batch_limits = replace(many.ledger.batch_limits, documents=ORDERS)
    ask_ahead(many.work())
    assert asked(many) == []


@pytest.mark.parametrize("most", [ORDERS - 1, ORDERS])
def test_very_many_are_asked_for_piece_by_piece(many: Any, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(ahead, "MOST", most)
    ask_ahead(many.work())
    assert asked(many) == ([ORDERS] if most == ORDERS else [])


def test_where_the_company_numbers_nothing_is_asked(many: Any) -> None:
    settings = many.work().settings
    many.set(replace(settings, orders=replace(settings.orders, number=NumberSource.LEDGER)))
    ask_ahead(many.work())
    assert asked(many) == []
