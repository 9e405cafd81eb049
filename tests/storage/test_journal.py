"""The journal: a key once, nothing that left the house replaced, every move in the history."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from tests.storage.conftest import COMPANY

from comptoir.books.context import Link
from comptoir.books.documents import CustomerDocument, Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.storage import database as database_module
from comptoir.storage.batches import BatchState, NotPlannedError
from comptoir.storage.codec import document_to_json
from comptoir.storage.figures import Figures
from comptoir.storage.forgetting import documents_of, forget_documents
from comptoir.storage.journal import Made, Settling
from comptoir.storage.postings import IN_BOOKS, IN_FLIGHT, OPEN, Plan, Posting, State
from comptoir.storage.tables import events, postings

TEN = Money(Decimal("10.00"), "GBP")
PROBLEM = Problem("code", Message("It is {what}.", {"what": "late"}), Message("Wait."), where="1")
MADE = Made("Invoice", "77", "0", TEN)


def plan(rooms: Any, *plans: Plan) -> int:
    with rooms.database.write() as connection:
        return int(rooms.journal.plan(connection, rooms.owner, plans, rooms.run_id))


def row(rooms: Any, number: str = "1") -> Posting:
    with rooms.database.read() as connection:
        found: Posting = rooms.journal.by_keys(connection, rooms.owner.company, [str(rooms.key(number))])[
            str(rooms.key(number))
        ]
    return found


def move(rooms: Any, state: State, number: str = "1", **values: Any) -> None:
    with rooms.database.write() as connection:
        rooms.journal.move(connection, row(rooms, number), state, Message("moved"), **values)


def held(rooms: Any, number: str = "1") -> Plan:
    made: Plan = replace(rooms.plan(number), document=None, document_type=None, problems=(PROBLEM,))
    return made


def skipped(rooms: Any, number: str = "1") -> Plan:
    made: Plan = replace(held(rooms, number), problems=(), rule="test-order", why=Message("A test."))
    return made


def history(rooms: Any, number: str = "1") -> list[tuple[State, str]]:
    lines = rooms.journal.history(row(rooms, number).id)
    return [(state, "; ".join(map(str, said))) for _, state, said in lines]


def test_states_are_what_they_are_said_to_be() -> None:
    assert not OPEN & IN_BOOKS
    assert not OPEN & IN_FLIGHT
    assert set(State) - OPEN - IN_BOOKS - IN_FLIGHT == {State.GONE, State.VOIDED, State.UNDOING, State.UNDONE}


def test_a_plan_becomes_a_row(rooms: Any) -> None:
    made = replace(rooms.plan("1"), awaits=frozenset({rooms.key("c", Kind.CUSTOMER)}), line_count=3)
    assert plan(rooms, made) == 1
    found = row(rooms)
    assert (found.key, found.state, found.wave) == (made.key, State.PLANNED, Wave.SALES)
    assert (found.number, found.marker, found.dated) == ("1", "[1]", date(2026, 1, 10))
    assert (found.store_total, found.meant, found.ledger_total) == (TEN, TEN, None)
    assert (found.awaits, found.line_count) == ((str(rooms.key("c", Kind.CUSTOMER)),), 3)
    assert (found.looked_up, found.slot, found.ledger_id, found.ledger_type) == (False, "", None, "")
    assert rooms.journal.document(found) == rooms.sale("1")
    assert history(rooms) == [(State.PLANNED, "")]


def test_held_and_skipped_decisions_say_why(rooms: Any) -> None:
    plan(rooms, held(rooms, "1"), skipped(rooms, "2"))
    assert (row(rooms, "1").state, row(rooms, "1").problems) == (State.HELD, (PROBLEM,))
    assert (row(rooms, "2").state, row(rooms, "2").rule, row(rooms, "2").why) == (
        State.SKIPPED,
        "test-order",
        Message("A test."),
    )
    assert history(rooms, "1") == [(State.HELD, "It is late.")]
    assert history(rooms, "2") == [(State.SKIPPED, "A test.")]
    with pytest.raises(AssertionError, match="has no document"):
        rooms.journal.document(row(rooms))


def test_a_plan_without_amounts_has_none(rooms: Any) -> None:
    plan(rooms, replace(held(rooms), store_total=None, meant=None, dated=None))
    assert (row(rooms).store_total, row(rooms).meant, row(rooms).dated) == (None, None, None)


@pytest.mark.parametrize("state", list(State))
def test_a_new_decision_replaces_only_what_never_left_the_house(rooms: Any, state: State) -> None:
    plan(rooms, rooms.plan("1"))
    move(rooms, state)
    assert plan(rooms, rooms.plan("1", "12.00")) == (1 if state in OPEN else 0)
    found = row(rooms)
    assert found.state is (State.PLANNED if state in OPEN else state)
    assert str(found.meant) == ("12.00 GBP" if state in OPEN else "10.00 GBP")


def test_the_history_grows_only_when_the_decision_changes(rooms: Any) -> None:
    plan(rooms, held(rooms))
    plan(rooms, held(rooms))
    plan(rooms, rooms.plan("1"))
    plan(rooms, rooms.plan("1"))
    plan(rooms, skipped(rooms))
    assert [state for state, _ in history(rooms)] == [State.HELD, State.PLANNED, State.SKIPPED]


@pytest.mark.parametrize(("number", "kept"), [("1", True), ("other", False)])
def test_a_row_keeps_its_look_up_with_its_number(rooms: Any, number: str, kept: Any) -> None:
    plan(rooms, rooms.plan("1"))
    with rooms.database.write() as connection:
        rooms.journal.mark_looked_up(connection, [row(rooms).id])
    plan(rooms, replace(rooms.plan("1"), number=number))
    assert row(rooms).looked_up is kept


def test_a_key_stands_once_in_a_company(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"))
    other = replace(rooms.owner, company="ledger:two")
    with rooms.database.write() as connection:
        assert rooms.journal.plan(connection, other, [rooms.plan("1")], rooms.run_id) == 1
    with rooms.database.read() as connection:
        values = dict(connection.execute(postings.select()).mappings().first() or {})
    values.pop("id")
    with pytest.raises(IntegrityError), rooms.database.write() as connection:
        connection.execute(insert(postings).values(**values))


def test_many_keys_are_read_in_several_queries(rooms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "VALUES_PER_QUERY", 2)
    plan(rooms, *(rooms.plan(str(number)) for number in range(5)))
    keys = [str(rooms.key(str(number))) for number in range(6)]
    with rooms.database.read() as connection:
        assert rooms.journal.by_keys(connection, rooms.owner.company, keys).keys() == set(keys[:5])
        assert rooms.journal.by_keys(connection, rooms.owner.company, []) == {}


def test_what_the_latest_decision_does_not_ask_for_is_withdrawn(rooms: Any) -> None:
    lists = rooms.plan("item", kind=Kind.ITEM)
    plan(rooms, rooms.plan("1"), rooms.plan("2"), held(rooms, "3"), rooms.plan("4"), skipped(rooms, "5"), lists)
    move(rooms, State.POSTED, "4")
    with rooms.database.write() as connection:
        orders = ["1", "3", "4", "5", "item"]
        rooms.journal.withdraw(connection, rooms.owner, orders, {str(rooms.key("1"))})
        rooms.journal.withdraw(connection, replace(rooms.owner, company="ledger:two"), ["2"], set())
    states = {number: row(rooms, number).state for number in "12345"}
    assert states == {
        "1": State.PLANNED,
        "2": State.PLANNED,
        "3": State.SKIPPED,
        "4": State.POSTED,
        "5": State.SKIPPED,
    }
    assert (row(rooms, "3").rule, row(rooms, "3").problems) == ("withdrawn", ())
    assert row(rooms, "5").rule == "test-order"
    with rooms.database.read() as connection:
        (item,) = rooms.journal.select(connection, postings.c.kind == Kind.ITEM.value)
    assert item.state is State.PLANNED


def test_settling_and_forgetting(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"))
    with rooms.database.write() as connection:
        rooms.journal.hold(connection, row(rooms), PROBLEM)
        made = Settling(row(rooms), State.POSTED, MADE, Message("Invoice 1"))
        rooms.journal.settle(connection, rooms.organization_id, [made])
    found = row(rooms)
    assert (found.state, found.ledger_type, found.ledger_id) == (State.POSTED, "Invoice", "77")
    assert (found.ledger_total, found.looked_up, found.problems) == (TEN, True, ())
    with rooms.database.write() as connection:
        rooms.journal.forget_entry(connection, found)
        adopted = Settling(found, State.ADOPTED, replace(MADE, total=None), Message("adopted"))
        rooms.journal.settle(connection, rooms.organization_id, [adopted])
        rooms.journal.settle(connection, rooms.organization_id, [])
    assert row(rooms).ledger_total is None
    assert history(rooms)[-2:] == [(State.POSTED, "Invoice 1"), (State.ADOPTED, "adopted")]


def test_what_is_held_is_looked_up_again_and_has_no_batch(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"))
    with rooms.database.write() as connection:
        rooms.journal.mark_looked_up(connection, [row(rooms).id])
        rooms.batches.save(connection, rooms.owner, "r1", b"body", [("1", row(rooms))], rooms.run_id)
        rooms.journal.hold(connection, row(rooms), PROBLEM)
    found = row(rooms)
    assert (found.state, found.looked_up, found.slot, found.problems) == (State.HELD, False, "", (PROBLEM,))
    assert history(rooms)[-1] == (State.HELD, "It is late.")


def test_a_document_is_replaced_and_looked_up_under_its_new_number(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"))
    with rooms.database.write() as connection:
        rooms.journal.mark_looked_up(connection, [row(rooms).id])
        rooms.journal.replace_document(connection, row(rooms), document_to_json(rooms.sale("1b")), "1b")
    assert (row(rooms).number, row(rooms).looked_up) == ("1b", False)
    assert rooms.journal.document(row(rooms)) == rooms.sale("1b")


def test_what_is_planned_no_more_is_not_frozen(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"), rooms.plan("2"))
    chosen = [("1", row(rooms, "1")), ("2", row(rooms, "2"))]
    with rooms.database.write() as connection:
        rooms.journal.hold(connection, row(rooms, "2"), PROBLEM)
    with pytest.raises(NotPlannedError), rooms.database.write() as connection:
        rooms.batches.save(connection, rooms.owner, "r1", b"body", chosen, rooms.run_id)
    assert [row(rooms, number).state for number in ("1", "2")] == [State.PLANNED, State.HELD]
    with rooms.database.read() as connection:
        assert rooms.batches.open(connection, rooms.owner.company) == []


def test_a_frozen_batch_is_read_back_byte_for_byte(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"), rooms.plan("2"), rooms.plan("3"))
    body = bytes(range(256))
    with rooms.database.write() as connection:
        rows = [("1", row(rooms, "1")), ("2", row(rooms, "2"))]
        first = rooms.batches.save(connection, rooms.owner, "r1", body, rows, rooms.run_id)
        second = rooms.batches.save(connection, rooms.owner, "r2", b"2", [("1", row(rooms, "3"))], rooms.run_id)
        rooms.batches.mark(connection, second, BatchState.UNKNOWN)
        now = rooms.database.now(connection)
    assert abs(now - first.first_sent_at) < 60
    with rooms.database.read() as connection:
        found = rooms.batches.open(connection, rooms.owner.company)
        assert found == [first, replace(second, state=BatchState.UNKNOWN)]
        assert [each.slot for each in rooms.batches.postings(connection, first)] == ["1", "2"]
        assert rooms.batches.open(connection, "ledger:two") == []
    assert row(rooms).state is State.SENDING
    move(rooms, State.POSTED)
    with rooms.database.write() as connection:
        assert [each.slot for each in rooms.batches.postings(connection, first)] == ["2"]
        for batch, state in ((first, BatchState.ANSWERED), (second, BatchState.DROPPED)):
            rooms.batches.mark(connection, batch, state)
        assert rooms.batches.open(connection, rooms.owner.company) == []


def test_links_are_those_that_others_may_wait_for(rooms: Any) -> None:
    plans = [rooms.plan(name, kind=Kind.ITEM) for name in ("planned", "undone", "skipped", "held")]
    plan(rooms, *plans, rooms.plan("customer", kind=Kind.CUSTOMER), rooms.plan("1"))
    with rooms.database.write() as connection:
        rows = {each.number: each for each in rooms.journal.select(connection)}
        rooms.journal.move(connection, rows["undone"], State.UNDONE)
        rooms.journal.move(connection, rows["skipped"], State.SKIPPED)
        rooms.journal.move(connection, rows["held"], State.HELD)
        links = rooms.journal.links(connection, rooms.owner.company)
    assert links == {
        rooms.key("planned", Kind.ITEM): Link("planned"),
        rooms.key("customer", Kind.CUSTOMER): Link("customer"),
    }


def test_rows_are_selected_in_the_order_of_planning(rooms: Any) -> None:
    plan(rooms, *(rooms.plan(number) for number in ("3", "1", "2")))
    with rooms.database.read() as connection:
        assert [each.number for each in rooms.journal.select(connection)] == ["3", "1", "2"]
        assert [each.number for each in rooms.journal.select(connection, limit=2)] == ["3", "1"]
        assert rooms.journal.count(connection, postings.c.number != "1") == 2


def test_an_orders_postings_are_found_by_its_number_without_its_lists(rooms: Any) -> None:
    payment = replace(rooms.plan("p1", kind=Kind.PAYMENT), order_number="1")
    item = replace(rooms.plan("i1", kind=Kind.ITEM), order_number="1")
    plan(rooms, rooms.plan("1"), payment, item, rooms.plan("2"))
    assert [each.key.kind for each in rooms.journal.for_order(rooms.organization_id, "1")] == [Kind.SALE, Kind.PAYMENT]
    assert rooms.journal.for_order(rooms.organization_id + 1, "1") == []


def test_rows_are_counted_by_kind_and_state(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"), rooms.plan("2"), held(rooms, "3"), rooms.plan("i", kind=Kind.ITEM))
    with rooms.database.read() as connection:
        counts = Figures(rooms.journal).counts(connection, rooms.store.id)
    assert counts == Counter({(Kind.SALE, State.PLANNED): 2, (Kind.SALE, State.HELD): 1, (Kind.ITEM, State.PLANNED): 1})


def test_the_days_of_what_is_in_the_books(rooms: Any) -> None:
    with rooms.database.read() as connection:
        assert Figures(rooms.journal).dates(connection, rooms.store.id) == (None, None)
    days = {"1": date(2026, 1, 3), "2": date(2026, 1, 1), "3": date(2026, 1, 9)}
    plan(rooms, *(replace(rooms.plan(number), dated=day) for number, day in days.items()))
    move(rooms, State.POSTED, "1")
    move(rooms, State.ADOPTED, "2")
    with rooms.database.read() as connection:
        assert Figures(rooms.journal).dates(connection, rooms.store.id) == (date(2026, 1, 1), date(2026, 1, 3))


def test_what_is_personal_leaves_the_documents_and_the_history(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"), rooms.plan("2"))
    with rooms.database.write() as connection:
        rooms.journal.settle(
            connection,
            rooms.organization_id,
            [Settling(row(rooms), State.POSTED, MADE, Message("{who}: sale", {"who": "Ann"}))],
        )
    before = row(rooms)
    with rooms.database.write() as connection:
        forget_documents(connection, rooms.journal, rooms.store.id, ["1"], {"Ann", "A", "x"})
    found = row(rooms)
    assert rooms.journal.document(found) == replace(rooms.sale("1"), email="")
    assert replace(found, sealed_document=None) == replace(before, sealed_document=None), "figures and state stay"
    assert history(rooms) == [(State.PLANNED, ""), (State.POSTED, "—: sale")]
    assert rooms.journal.document(row(rooms, "2")).email == "ann@example.com"
    assert documents_of(rooms.journal, rooms.store.id, SourceId("1")) == [replace(rooms.sale("1"), email="")]


def test_a_customer_who_has_not_left_the_house_never_does(rooms: Any) -> None:
    made = CustomerDocument("Ann Lee", "GBP", email="ann@example.com")
    sealed = {"document": document_to_json(made), "document_type": "CustomerDocument", "number": made.name}
    ann = replace(rooms.plan("1"), key=rooms.key("7", Kind.CUSTOMER), **sealed)
    everybody = replace(rooms.plan("1"), key=rooms.key("generic:GBP", Kind.CUSTOMER), **sealed)
    plan(rooms, ann, everybody)
    with rooms.database.write() as connection:
        forget_documents(connection, rooms.journal, rooms.store.id, ["1"], set())
    with rooms.database.read() as connection:
        left = rooms.journal.by_keys(connection, COMPANY, [str(ann.key), str(everybody.key)])
    gone, kept = left[str(ann.key)], left[str(everybody.key)]
    assert (gone.state, gone.rule, gone.number) == (State.SKIPPED, "withdrawn", "—")
    assert rooms.journal.document(gone) == CustomerDocument("—", "GBP")
    assert (kept.state, kept.number, rooms.journal.document(kept)) == (State.PLANNED, made.name, made)


def test_the_orders_of_a_record_unless_they_were_at_work(rooms: Any) -> None:
    plan(rooms, rooms.plan("1"))
    with rooms.database.write() as connection:
        rooms.journal.settle(
            connection, rooms.organization_id, [Settling(row(rooms), State.POSTED, MADE, Message("Invoice 1"))]
        )
    asked = partial(rooms.journal.orders_of_record, COMPANY, "Invoice")
    now, hour = datetime.now(UTC), timedelta(hours=1)
    assert asked("77", None) == [(rooms.store.id, "1")]
    assert asked("77", (now - hour, now + hour)) == []
    assert asked("77", (now + hour, now + hour * 2)) == [(rooms.store.id, "1")]
    assert asked("78", None) == []
    assert rooms.journal.orders_of_record(COMPANY, "Payment", "77", None) == []


def test_histories_from_before_they_were_messages(rooms: Any) -> None:
    plan(rooms, skipped(rooms))
    with rooms.database.write() as connection:
        connection.execute(update(events).values(detail="waits for {others}"))
        connection.execute(update(postings).values(rule_text="It {is} a test."))
    assert history(rooms) == [(State.SKIPPED, "waits for {others}")]
    assert str(row(rooms).why) == "It {is} a test."
