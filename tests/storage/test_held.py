"""What is held, counted, summed and listed by either database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tests.storage.conftest import Rooms

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.storage.codec import causes_digest
from comptoir.storage.held import Alike, HeldRow, held_alike, held_rows, waiting_sales
from comptoir.storage.postings import Plan, State


def problem(code: str, cause: str = "") -> Problem:
    return Problem(code, Message("It is wrong."), Message("Mend it."), cause=cause)


TAX, METHOD = problem("tax", "tax:vat"), problem("method")


def held(rooms: Rooms, number: str, *problems: Problem, amount: Money | None, kind: Kind = Kind.SALE) -> Plan:
    made: Plan = replace(
        rooms.plan(number, kind=kind),
        document=None,
        document_type=None,
        problems=problems,
        store_total=amount,
        meant=None,
    )
    return made


def pounds(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def plan(rooms: Rooms, *plans: Plan) -> None:
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, plans, rooms.run_id)


def alike(rooms: Rooms, samples: int = 2) -> list[Alike]:
    with rooms.database.read() as connection:
        return held_alike(connection, rooms.owner, samples)


def rows(rooms: Rooms, *causes: str, after: int = 0, limit: int | None = None) -> list[HeldRow]:
    with rooms.database.read() as connection:
        return held_rows(connection, rooms.owner, causes, after, limit)


def fill(rooms: Rooms) -> None:
    plan(
        rooms,
        held(rooms, "1", TAX, amount=pounds("1.00")),
        held(rooms, "2", METHOD, TAX, amount=pounds("2.00")),
        rooms.plan("3"),
        held(rooms, "4", TAX, TAX, amount=Money(Decimal("4.00"), "EUR")),
        held(rooms, "5", TAX, amount=None, kind=Kind.REFUND),
        held(rooms, "6", TAX, METHOD, amount=pounds("6.00")),
        held(rooms, "7", TAX, amount=pounds("7.00")),
    )


def test_records_of_the_same_causes_stand_together(rooms: Rooms) -> None:
    assert alike(rooms) == []
    fill(rooms)
    tax, both = alike(rooms)
    assert (tax.causes, both.causes) == (causes_digest((TAX,)), causes_digest((TAX, METHOD)))
    assert (tax.problems, both.problems) == ((TAX,), (METHOD, TAX))
    assert (tax.orders, both.orders) == ({"1": "1", "4": "4"}, {"2": "2", "6": "6"})
    assert (tax.kinds, both.kinds) == ({Kind.SALE: 3, Kind.REFUND: 1}, {Kind.SALE: 2})
    assert sorted(tax.amounts, key=str) == [pounds("8.00"), Money(Decimal("4.00"), "EUR")][::-1]
    assert both.amounts == [pounds("8.00")]


def test_they_are_listed_a_page_at_a_time(rooms: Rooms) -> None:
    fill(rooms)
    tax, both = (each.causes for each in alike(rooms))
    assert [row.number for row in rows(rooms, tax)] == ["1", "4", "5", "7"]
    first = rows(rooms, tax, both, limit=3)
    assert [row.number for row in first] == ["1", "2", "4"]
    assert [row.number for row in rows(rooms, tax, both, after=first[-1].id, limit=3)] == ["5", "6", "7"]
    assert [(row.kind, row.amount) for row in rows(rooms, tax)[2:]] == [
        (Kind.REFUND, None),
        (Kind.SALE, pounds("7.00")),
    ]
    assert rows(rooms) == []


def test_what_was_mended_is_counted_no_more(rooms: Rooms) -> None:
    fill(rooms)
    plan(rooms, rooms.plan("1"), rooms.plan("4"), rooms.plan("7"))
    tax, _ = sorted(alike(rooms), key=lambda each: len(each.problems))
    assert (tax.kinds, tax.first, tax.problems) == ({Kind.REFUND: 1}, rows(rooms, tax.causes)[0].id, (TAX,))


def test_what_waits_is_told_with_what_it_waits_for(rooms: Rooms) -> None:
    customer = rooms.key("c1", Kind.CUSTOMER)
    plan(rooms, replace(rooms.plan("1"), awaits=frozenset({customer})), rooms.plan("2"))
    with rooms.database.write() as connection:
        for row in rooms.journal.for_order(rooms.organization_id, "1"):
            rooms.journal.move(connection, row, State.WAITING)
    with rooms.database.read() as connection:
        (found,) = waiting_sales(connection, rooms.owner)
    assert (found.number, found.awaits, found.amount) == ("1", (str(customer),), pounds("10.00"))
