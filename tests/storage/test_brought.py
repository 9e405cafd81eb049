"""What a run brought, as the database adds it up: by kind and currency, its own and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.storage.brought import Brought, left_out_by, notes_of, settled_by
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import Plan, State


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def plan(rooms: Any, *plans: Plan) -> None:
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, plans, rooms.run_id)


def move(rooms: Any, made: Plan, state: State, **values: Any) -> None:
    with rooms.database.write() as connection:
        found = rooms.journal.by_keys(connection, rooms.owner.company, [str(made.key)])
        rooms.journal.move(connection, found[str(made.key)], state, Message("moved"), **values)


def test_what_was_put_into_the_books_is_added_up_by_kind_and_currency(rooms: Any) -> None:
    run = rooms.runs.get(rooms.run_id)
    yen = Money(Decimal(500), "JPY")
    made = [
        rooms.plan("1"),
        rooms.plan("2", "20.00"),
        replace(rooms.plan("3"), store_total=yen, meant=yen),
        rooms.plan("4", kind=Kind.REFUND),
        rooms.plan("5"),
        rooms.plan("6"),
        rooms.plan("c", kind=Kind.CUSTOMER),
        replace(rooms.plan("7", kind=Kind.APPLICATION), store_total=None, meant=None),
    ]
    plan(rooms, *made)
    for each in made:
        move(rooms, each, State.POSTED, settled_at=run.started_at)
    move(rooms, made[1], State.CHANGED, ledger_minor=2500)
    move(rooms, made[4], State.POSTED, settled_at=run.started_at - timedelta(seconds=1))
    move(rooms, made[5], State.SENDING)
    with rooms.database.read() as connection:
        found = settled_by(connection, run)
    assert sorted(found, key=str) == sorted(
        [
            Brought(Kind.SALE, 2, pounds("35.00")),
            Brought(Kind.SALE, 1, yen),
            Brought(Kind.REFUND, 1, pounds("10.00")),
            Brought(Kind.APPLICATION, 1, None),
        ],
        key=str,
    ), "earlier ones, those on their way and lists do not count"


def test_what_was_left_out_is_added_up_by_rule(rooms: Any) -> None:
    def skipped(number: str, rule: str) -> Plan:
        made: Plan = replace(rooms.plan(number), document=None, document_type=None, rule=rule, why=Message("So."))
        return made

    plan(rooms, skipped("1", "test-order"), skipped("2", "test-order"), skipped("3", "empty"), skipped("4", WITHDRAWN))
    with rooms.database.read() as connection:
        found = left_out_by(connection, rooms.runs.get(rooms.run_id))
        other = left_out_by(connection, replace(rooms.runs.get(rooms.run_id), id=rooms.run_id + 1))
    assert sorted(found, key=str) == [
        Brought(Kind.SALE, 1, pounds("10.00"), "empty"),
        Brought(Kind.SALE, 2, pounds("20.00"), "test-order"),
    ]
    assert other == []


def test_warnings_come_in_the_order_of_planning(rooms: Any) -> None:
    def noted(number: str, words: Sequence[str]) -> Plan:
        made: Plan = replace(rooms.plan(number), notes=tuple(map(Message, words)))
        return made

    run = rooms.runs.get(rooms.run_id)
    made = [noted("1", ["One.", "Two."]), rooms.plan("2"), noted("3", ["Three."]), noted("4", ["Not there yet."])]
    plan(rooms, *made)
    for each in made[:3]:
        move(rooms, each, State.POSTED, settled_at=run.started_at)
    with rooms.database.read() as connection:
        assert [str(each) for each in notes_of(connection, run)] == ["One.", "Two.", "Three."]
