from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.documents import Kind
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.books.settings import PaymentSettings
from comptoir.engine.by_hand.choosing import Stopped, choose, postings_of, put_up_again
from comptoir.engine.errors import Refused
from comptoir.storage import facts as storage_facts
from comptoir.storage.postings import State

DAY = date(2026, 3, 1)


def stop(road: Any, number: str, kind: ChoiceKind = ChoiceKind.HOLD, reason: str = "") -> Stopped:
    (fact,) = road.books.facts.find(road.organization_id, number)
    return choose(road.books, road.work().owner, fact, Choice(kind, reason, road.now), DAY)


def states(road: Any, order: str) -> Counter[tuple[Kind, State]]:
    rows = postings_of(road.books, road.work().owner, {SourceId(order)})
    return Counter((row.key.kind, row.state) for row in rows)


def fetched(road: Any, orders: list[Any]) -> None:
    """Read and held by a missing payment method, so that nothing left the house."""
    road.store.orders = orders
    road.ledger.refuse = {order.number: Refused(Message("No.")) for order in orders}
    road.run()
    road.ledger.refuse.clear()


@pytest.mark.parametrize("kind", ChoiceKind)
def test_a_choice_stops_at_once_and_in_every_later_run(road: Any, build: Any, kind: ChoiceKind) -> None:
    make = build["make_order"]
    fetched(road, [make(1, "20.00", paid="5.00"), make(2)])
    before = states(road, "1")
    assert before == {(Kind.SALE, State.HELD): 1, (Kind.PAYMENT, State.WAITING): 1}
    done = stop(road, "1", kind, "why not")
    state = State.HELD if kind is ChoiceKind.HOLD else State.SKIPPED
    assert [row.key.kind for row in done.stopped] == [Kind.SALE]
    assert done.stays == ()
    at_once = {(Kind.SALE, state): 1} | {(Kind.PAYMENT, State.SKIPPED): 1}
    assert states(road, "1") == Counter(at_once)
    for _ in range(2):
        proof = road.run()
        assert states(road, "1") == Counter(at_once), "every later decision keeps to it"
        assert proof.agrees
    assert states(road, "2") == {(Kind.SALE, State.POSTED): 1}
    told = road.row(Kind.SALE, "1")
    words = [str(each.what) for each in told.problems] or [str(told.why)]
    assert "why not" in words[0]


def test_what_is_in_the_books_stays(road: Any, build: Any) -> None:
    make = build["make_order"]
    road.store.orders = [make(1)]
    road.run()
    done = stop(road, "1")
    assert (done.stopped, [row.order_number for row in done.stays]) == ((), ["1"])
    road.change(0, make(1, refunded="4.00"))
    proof = road.run()
    assert states(road, "1") == {(Kind.SALE, State.POSTED): 1, (Kind.REFUND, State.HELD): 1}
    assert [each.problems[0].code for each in proof.held] == ["held-by-hand"]


def test_the_last_word_counts(road: Any, build: Any) -> None:
    fetched(road, [build["make_order"](1)])
    stop(road, "1", ChoiceKind.SKIP)
    assert [row.state for row in stop(road, "1").stopped] == [State.SKIPPED]
    row = road.row(Kind.SALE, "1")
    assert (row.state, row.rule, [each.code for each in row.problems]) == (State.HELD, "", ["held-by-hand"])
    stop(road, "1", ChoiceKind.HOLD, "again")
    assert [each.code for each in road.row(Kind.SALE, "1").problems] == ["held-by-hand"], "one word, not two"


def test_what_held_it_before_stays_beside_the_choice(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], payments=PaymentSettings(methods={})))
    road.store.orders = [build["make_order"](1)]
    road.run()
    stop(road, "1")
    assert [each.code for each in road.row(Kind.SALE, "1").problems] == ["held-by-hand", "method-unmapped"]


def test_taken_back_the_order_goes_its_way(road: Any, build: Any) -> None:
    make = build["make_order"]
    fetched(road, [make(1, "20.00", paid="5.00")])
    stop(road, "1")
    road.run()
    assert put_up_again(road.books, road.work().owner, {SourceId("1")}) == 1
    assert put_up_again(road.books, road.work().owner, {SourceId("1")}) == 0
    proof = road.run()
    assert states(road, "1") == {(Kind.SALE, State.POSTED): 1, (Kind.PAYMENT, State.POSTED): 1}
    assert proof.agrees


def test_an_order_that_cannot_be_read_can_be_left_out(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.store.unreadable = {"1"}
    road.run()
    stop(road, "1", ChoiceKind.HOLD)
    assert road.run().held[0].problems[0].code == "unreadable"
    stop(road, "1", ChoiceKind.SKIP, "a test of ours")
    (skipped,) = road.run().skipped
    assert (skipped.rule, skipped.why) == (
        "left-out-by-hand",
        "Order 1 was left out by hand on 2026-02-01: a test of ours",
    )


def test_what_is_held_just_before_it_is_sent_is_not_sent(either: Any, build: Any) -> None:
    """A person presses the button while the run has the order in its hands."""
    road, make = either, build["make_order"]
    road.store.orders = [make(1), make(2), make(3)]
    freeze = road.ledger.freeze

    def pressed(slots: Any) -> bytes:
        if any(getattr(slot.document, "number", "") == "2" for slot in slots) and not states(road, "2").get(
            (Kind.SALE, State.HELD)
        ):
            stop(road, "2")
        frozen: bytes = freeze(slots)
        return frozen

    road.ledger.freeze = pressed
    proof = road.run()
    assert states(road, "2") == {(Kind.SALE, State.HELD): 1}
    assert states(road, "1") == states(road, "3") == {(Kind.SALE, State.POSTED): 1}
    assert sorted(each.number for each in road.ledger.entries.values() if each.kind is Kind.SALE) == ["1", "3"]
    assert [each.problems[0].code for each in proof.held] == ["held-by-hand"]
    assert proof.agrees


def test_what_is_held_while_others_are_decided_is_held(
    either: Any, build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_facts, "CHUNK", 1)
    road, make = either, build["make_order"]
    road.store.orders = [make(1), make(2), make(3)]
    pressed: list[object] = []

    class Steps(list[Any]):
        def append(self, step: Any) -> None:
            if (step.what, step.done) == ("decide", 1):
                pressed.append(stop(road, "2"))

    road.steps = Steps()
    road.run()
    assert len(pressed) == 1
    assert states(road, "2") == {(Kind.SALE, State.HELD): 1}
    assert states(road, "1") == states(road, "3") == {(Kind.SALE, State.POSTED): 1}
