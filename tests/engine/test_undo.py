"""Undo: documents leave the books again, only ours, only untouched, an order's together; and are posted again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from comptoir.books.choices import Deed
from comptoir.books.documents import Kind
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.by_hand.taking_out import Named, What
from comptoir.engine.errors import Reconnect, Refused, RetryLater
from comptoir.engine.posting.undo import of_day, of_order, of_run
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.storage.postings import State
from comptoir.storage.tables import postings

BUSY = Message("The ledger is busy.")


def three(road: Any, build: Any) -> Any:
    """A receipt with its refund, an invoice with a payment, and an open invoice, in the books."""
    road.store.orders = [
        build["make_order"](1, "30.00", refunded="30.00"),
        build["make_order"](2, "20.00", paid="5.00"),
        build["make_order"](3, "10.00", paid="0"),
    ]
    proof = road.run()
    assert proof.agrees
    return proof


def undo(road: Any, scope: Any) -> Any:
    """What went and what stayed."""
    work = road.work()
    return carry_out_undo(work, look_at_undo(work, scope), Deed("tax", "VAT"), alone=True)


def kinds(road: Any) -> list[str]:
    """What the books hold besides lists."""
    return sorted(f"{each.type} {each.number}" for each in road.ledger.entries.values() if each.dated)


def again(road: Any, *orders: str) -> Any:
    """Let these orders go on, and run."""
    put_up_again(road.books, road.work().owner, [SourceId(each) for each in orders], reopen=True)
    return road.run()


def test_an_order_leaves_the_books_with_all_that_hangs_on_it(road: Any, build: Any) -> None:
    three(road, build)
    everything = road.ledger.canonical()
    gone, stays = undo(road, of_order("1"))
    assert [row.key.kind for row in gone] == [Kind.REFUND, Kind.SALE]
    assert stays == []
    assert kinds(road) == ["Invoice 2", "Invoice 3", "Payment t2"]
    proof = road.run()
    assert (proof.agrees, proof.differences, proof.unsettled) == (True, (), 0)
    assert [(row.number, row.rule) for row in proof.skipped if row.kind is Kind.SALE] == [("1", "undone")]
    proof = again(road, "1")
    assert proof.agrees
    assert [row.state for row in road.rows(Kind.SALE)] == [State.POSTED] * 3
    assert {row.generation for row in road.rows() if row.order_number == "1"} == {1}
    assert kinds(road) == ["Invoice 2", "Invoice 3", "Payment t2", "Refund R-1", "SalesReceipt 1"]
    assert road.ledger.canonical() != everything, "a document of another generation has another marker"
    assert road.run().agrees


def test_a_payment_goes_without_its_sale_but_not_a_sale_without_its_payment(road: Any, build: Any) -> None:
    three(road, build)
    (payment,) = road.rows(Kind.PAYMENT)
    gone, _ = undo(road, postings.c.id == payment.id)
    assert [row.key.kind for row in gone] == [Kind.PAYMENT]
    assert "Invoice 2" in kinds(road)
    proof = road.run()
    assert (proof.agrees, proof.unsettled) == (True, 0)
    again(road, "2")
    gone, _ = undo(road, of_order("2"))
    assert [row.key.kind for row in gone] == [Kind.PAYMENT, Kind.SALE]


def test_what_a_run_sent_is_undone_together(road: Any, build: Any) -> None:
    three(road, build)
    run = road.books.runs.latest(road.organization_id, 1)[0].id
    road.store.orders.append(build["make_order"](4))
    road.change(3, road.store.orders[3])
    assert road.run().agrees
    gone, stays = undo(road, of_run(run))
    assert len(gone) == 5
    assert stays == []
    assert kinds(road) == ["SalesReceipt 4"]


def test_a_day_is_undone(road: Any, build: Any) -> None:
    three(road, build)
    gone, _ = undo(road, of_day(date(2026, 1, 10)))
    assert len(gone) == 5
    assert undo(road, of_day(date(2026, 1, 10))) == ([], [])
    assert kinds(road) == []


@pytest.mark.parametrize(
    ("touch", "code"),
    [
        (lambda ledger, entry: ledger.edit_by_hand(entry.id, number="x"), "undo-changed"),
        (lambda ledger, entry: ledger.edit_by_hand(entry.id, voided=True), "undo-changed"),
        (lambda ledger, entry: ledger.link_by_hand(entry.id), "undo-linked"),
    ],
    ids=["changed", "voided", "something hangs on it"],
)
@pytest.mark.parametrize("at", ["before the look", "after it"])
def test_what_somebody_touched_stays_with_its_whole_order(
    road: Any, build: Any, touch: Any, code: str, at: str
) -> None:
    three(road, build)
    (entry,) = [each for each in road.ledger.entries.values() if each.number == "3"]
    work = road.work()
    if at == "before the look":
        touch(road.ledger, entry)
    undoing = look_at_undo(work, of_day(date(2026, 1, 10)))
    if at == "after it":
        assert undoing.stays == ()
        touch(road.ledger, entry)
    gone, stays = carry_out_undo(work, undoing, Deed("order"), alone=True)
    (stay,) = [*undoing.stays, *stays]
    assert (stay.order_number, [each.code for each in stay.problems]) == ("3", [code])
    assert len(gone) == 4
    assert all(str(each.what) and str(each.remedy) for each in stay.problems)
    assert road.row(Kind.SALE, "3").state is State.POSTED


@pytest.mark.parametrize("what", What)
def test_whatever_is_named_can_be_told_as_what_was_done(what: What) -> None:
    deed = Named(what, "One").deed
    assert str(deed.told).startswith("taken out of the books")
    assert "7" in str(deed.left_out("7", date(2026, 1, 1)))


def test_a_closed_period_keeps_what_lies_in_it(road: Any, build: Any) -> None:
    three(road, build)
    road.ledger.company = replace(road.ledger.read_company(), books_closed_until=date(2026, 1, 10))
    undoing = look_at_undo(road.work(), of_order("3"))
    assert [[each.code for each in stay.problems] for stay in undoing.stays] == [["undo-closed"]]
    assert undoing.documents == ()


def test_what_somebody_deleted_already_counts_as_undone(road: Any, build: Any) -> None:
    three(road, build)
    (entry,) = [each for each in road.ledger.entries.values() if each.number == "3"]
    road.ledger.delete_by_hand(entry.id)
    gone, stays = undo(road, of_order("3"))
    assert (len(gone), stays) == (1, [])
    assert road.row(Kind.SALE, "3").state is State.UNDONE


def test_a_refusal_puts_back_what_was_not_taken_out(road: Any, build: Any) -> None:
    three(road, build)
    road.ledger.remove_error = Refused(Message("It is in a deposit."), code="6540")
    gone, stays = undo(road, of_order("2"))
    assert gone == []
    assert [each.code for stay in stays for each in stay.problems] == ["undo-6540"]
    assert {row.state for row in road.rows() if row.order_number == "2"} == {State.POSTED}
    road.ledger.remove_error = None
    assert road.run().agrees


@pytest.mark.parametrize("error", [RetryLater(BUSY), Reconnect(BUSY)], ids=["busy", "signed out"])
def test_an_undo_that_breaks_off_is_finished_by_the_next_run(road: Any, build: Any, error: Any) -> None:
    three(road, build)
    road.ledger.remove_error = error
    with pytest.raises(type(error)):
        undo(road, of_order("2"))
    assert {row.state for row in road.rows() if row.order_number == "2"} == {State.UNDOING}
    road.ledger.remove_error = None
    proof = road.run()
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert kinds(road) == ["Invoice 3", "Refund R-1", "SalesReceipt 1"]
    assert {row.state for row in road.rows() if row.order_number == "2"} == {State.UNDONE}


def test_a_rewriting_cannot_be_undone_alone(road: Any, build: Any) -> None:
    three(road, build)
    order = road.store.orders[2]
    (line,) = order.lines
    twelve = build["pounds"]("12.00")
    road.change(2, replace(order, lines=(replace(line, unit_price=twelve, gross=twelve),), total=twelve))
    assert road.run().agrees
    run = road.books.runs.latest(road.organization_id, 1)[0].id
    undoing = look_at_undo(road.work(), of_run(run))
    assert [[each.code for each in stay.problems] for stay in undoing.stays] == [["undo-rewritten"]]
    gone, _ = undo(road, of_order("3"))
    assert [row.key.kind for row in gone] == [Kind.SALE]
    proof = again(road, "3")
    assert (proof.agrees, proof.differences) == (True, ())
    assert str(road.row(Kind.SALE, "3").meant) == "12.00 GBP"


def test_what_was_deleted_in_the_books_is_posted_again_when_asked(road: Any, build: Any) -> None:
    three(road, build)
    (entry,) = [each for each in road.ledger.entries.values() if each.number == "3"]
    road.ledger.delete_by_hand(entry.id)
    road.store.orders.append(build["make_order"](4))
    road.change(3, road.store.orders[3])
    assert not road.run().agrees
    assert road.row(Kind.SALE, "3").state is State.GONE
    assert again(road, "3").agrees
    assert "Invoice 3" in kinds(road)


def test_an_undone_document_is_never_answered_with_the_deleted_one(road: Any, build: Any) -> None:
    """A ledger that lags shows the deleted document to the look-up: its marker is of another generation."""
    three(road, build)
    before = road.row(Kind.SALE, "3").marker
    undo(road, of_order("3"))
    again(road, "3")
    assert road.row(Kind.SALE, "3").marker != before
    road.now += timedelta(days=1)
    assert road.run().agrees
