"""What somebody changes or deletes in the books, and what the store changes of an invoice that nobody touched."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.documents import Kind
from comptoir.books.facts import PaymentStatus
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict
from comptoir.engine.ports import Answered, NoAnswer
from comptoir.engine.road import look_for_deleted, prove_again
from comptoir.storage.postings import State


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def sold(order: Any, amount: str) -> Any:
    """The order after an edit."""
    (line,) = order.lines
    line = replace(line, unit_price=pounds(amount), gross=pounds(amount))
    return replace(order, lines=(line,), total=pounds(amount))


def unpaid(build: Any, number: int = 1, amount: str = "100.00") -> Any:
    return replace(build["make_order"](number, amount, paid="0"), status=PaymentStatus.PENDING)


def invoice(road: Any) -> Any:
    """The one invoice in the books, and the document that made it what it is."""
    (entry,) = [each for each in road.ledger.entries.values() if each.type == "Invoice"]
    return entry, road.ledger.documents[entry.id]


def posted(road: Any, build: Any, **more: Any) -> Any:
    """An unpaid order of 100.00, posted as an invoice."""
    order = unpaid(build, **more)
    road.store.orders = [order]
    assert road.run().agrees
    return order


# The store raises an unpaid order


def test_an_unpaid_invoice_that_nobody_touched_is_written_anew(road: Any, build: Any) -> None:
    order = posted(road, build)
    before, _ = invoice(road)
    road.change(0, sold(order, "120.00"))
    proof = road.run()
    entry, document = invoice(road)
    assert (entry.id, entry.number, str(entry.total)) == (before.id, before.number, "120.00 GBP")
    assert document.lines[0].amount == pounds("120.00")
    assert proof.agrees
    assert (str(proof.sales.store), str(proof.sales.ledger)) == ("120.00 GBP", "120.00 GBP")
    assert road.row(Kind.SALE, "1").state is State.POSTED
    sends = len(road.ledger.sends)
    assert road.run().agrees
    assert len(road.ledger.sends) == sends


def test_it_can_be_written_anew_again_and_paid_then(road: Any, build: Any) -> None:
    order = posted(road, build)
    for amount in ("120.00", "150.00"):
        road.change(0, sold(order, amount))
        assert road.run().agrees
    paid = build["make_order"](1, "150.00")
    road.change(0, paid)
    proof = road.run()
    entry, _ = invoice(road)
    assert (str(entry.total), proof.agrees, proof.differences) == ("150.00 GBP", True, ())
    assert [row.key.part for row in road.rows(Kind.AMENDMENT)] == ["1", "2"]
    assert [str(row.meant) for row in road.rows(Kind.PAYMENT)] == ["150.00 GBP"]


def test_a_paid_one_gets_a_second_document(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00", paid="60.00")
    road.store.orders = [order]
    road.run()
    road.change(0, sold(order, "120.00"))
    assert road.run().agrees
    assert road.rows(Kind.AMENDMENT) == []
    assert [str(row.meant) for row in road.rows(Kind.SALE)] == ["100.00 GBP", "20.00 GBP"]


def test_one_that_somebody_changed_is_never_written_over(road: Any, build: Any) -> None:
    order = posted(road, build)
    entry, _ = invoice(road)
    road.ledger.edit_by_hand(entry.id, total=pounds("99.00"))
    road.change(0, sold(order, "120.00"))
    proof = road.run()
    assert road.rows(Kind.SALE)[0].state is State.CHANGED
    assert str(road.ledger.entries[entry.id].total) == "99.00 GBP"
    assert [str(each.meant) for each in road.rows(Kind.SALE)] == ["100.00 GBP", "20.00 GBP"]
    assert [(str(each.store), str(each.ledger)) for each in proof.differences] == [("100.00 GBP", "99.00 GBP")]


def test_a_change_at_the_last_moment_is_seen_before_it_would_be_written_over(road: Any, build: Any) -> None:
    """The look at what changed comes first; then somebody works in the books while the run is on its way."""
    order = posted(road, build)
    entry, _ = invoice(road)
    road.change(0, sold(order, "120.00"))
    changes = road.ledger.changes

    def then_by_hand(since: Any, known: Any = None) -> Any:
        seen = changes(since, known)
        road.ledger.edit_by_hand(entry.id, total=pounds("99.00"))
        return seen

    road.ledger.changes = then_by_hand
    proof = road.run()
    assert [problem.code for row in proof.held for problem in row.problems] == ["target-changed"]
    assert road.row(Kind.SALE, "1").state is State.CHANGED
    road.ledger.changes = changes
    road.run()
    assert [str(each.meant) for each in road.rows(Kind.SALE)] == ["100.00 GBP", "20.00 GBP"]


def test_one_that_somebody_paid_in_the_books_gets_a_second_document(road: Any, build: Any) -> None:
    order = posted(road, build)
    entry, _ = invoice(road)
    road.ledger.link_by_hand(entry.id)
    road.change(0, sold(order, "120.00"))
    proof = road.run()
    assert [problem.code for row in proof.held for problem in row.problems] == ["target-linked"]
    assert proof.agrees, "what is held stands apart"
    assert road.run().agrees
    assert [str(each.meant) for each in road.rows(Kind.SALE)] == ["100.00 GBP", "20.00 GBP"]
    assert str(road.ledger.entries[entry.id].total) == "100.00 GBP"


def test_one_that_somebody_deleted_is_not_made_again(road: Any, build: Any) -> None:
    order = posted(road, build)
    entry, _ = invoice(road)
    road.ledger.delete_by_hand(entry.id)
    road.change(0, sold(order, "120.00"))
    proof = road.run()
    assert road.row(Kind.SALE, "1").state is State.GONE
    assert not proof.agrees
    (difference,) = proof.differences
    assert (str(difference.store), difference.ledger) == ("120.00 GBP", None)
    road.run()
    assert [each for each in road.ledger.entries.values() if each.kind is Kind.SALE] == []


def lost_after(work: Any) -> NoAnswer:
    """The work is done, and its answer lost."""
    work()
    return NoAnswer("cut line")


def conflict(work: Any) -> Answered:
    """Somebody was quicker: the version is stale (5010)."""
    answered: Answered = work()
    stale = Conflict(Message("It changed meanwhile."), code="5010")
    return replace(answered, results=tuple(replace(each, outcome=stale) for each in answered.results))


@pytest.mark.parametrize("fault", [lost_after, conflict], ids=["lost answer", "conflict after the work"])
def test_a_rewriting_without_an_answer_is_carried_out_once(road: Any, build: Any, fault: Any) -> None:
    order = posted(road, build)
    road.change(0, sold(order, "120.00"))
    road.ledger.faults = [fault]
    proof = road.run()
    entry, _ = invoice(road)
    assert (str(entry.total), proof.agrees) == ("120.00 GBP", True)
    assert road.run().agrees
    assert [row.state for row in road.rows(Kind.AMENDMENT)] in ([State.POSTED], [State.ADOPTED])
    assert len([each for each in road.ledger.entries.values() if each.kind is Kind.SALE]) == 1


class PowerCut(BaseException):
    """The process dies."""


def test_an_order_that_is_paid_while_its_rewriting_is_in_doubt_is_decided_once_it_is_not(road: Any, build: Any) -> None:
    """The invoice was written anew, the process died before it knew, and the store goes on meanwhile."""
    order = posted(road, build)
    road.change(0, sold(order, "120.00"))

    def dies(work: Any) -> None:
        work()
        raise PowerCut

    road.ledger.faults = [dies]
    with pytest.raises(PowerCut):
        road.run()
    road.change(0, build["make_order"](1, "120.00"))
    road.run()
    proof = road.run()
    assert (proof.agrees, proof.differences) == (True, ())
    assert [str(row.meant) for row in road.rows(Kind.SALE)] == ["120.00 GBP"]
    assert [str(row.meant) for row in road.rows(Kind.PAYMENT)] == ["120.00 GBP"]


def test_a_restored_backup_knows_its_own_rewriting_again(road: Any, build: Any, home: Any, tmp_path: Any) -> None:
    order = posted(road, build)
    backup = shutil.copytree(home, tmp_path / "backup")
    road.change(0, sold(order, "120.00"))
    assert road.run().agrees
    old = build["open_road"](backup, road.store, road.ledger, is_new=False)
    old.now = road.now
    old.change(0, build["make_order"](1, "120.00"))
    proof = old.run()
    assert (proof.agrees, proof.differences) == (True, ())
    assert [str(row.meant) for row in old.rows(Kind.SALE)] == ["120.00 GBP"]
    assert [row.state for row in old.rows(Kind.AMENDMENT)] == [State.ADOPTED]
    assert old.run().agrees
    assert len([each for each in road.ledger.entries.values() if each.kind is Kind.SALE]) == 1
    old.books.database.close()


def test_a_rewriting_with_another_total_is_taken_back_with_its_invoice(road: Any, build: Any) -> None:
    order = posted(road, build)
    road.change(0, sold(order, "120.00"))
    road.ledger.total_error = pounds("0.01")
    proof = road.run()
    assert proof.agrees
    assert [problem.code for row in proof.held for problem in row.problems] == ["ledger-total"]
    assert [each for each in road.ledger.entries.values() if each.kind is Kind.SALE] == []
    road.ledger.total_error = None
    proof = road.run()
    entry, _ = invoice(road)
    assert (str(entry.total), proof.agrees) == ("120.00 GBP", True)


# The store cancels an unpaid order


def test_an_unpaid_invoice_of_a_cancelled_order_is_voided(road: Any, build: Any) -> None:
    order = posted(road, build)
    road.change(0, replace(order, cancelled_at=road.now))
    proof = road.run()
    entry, _ = invoice(road)
    assert (entry.voided, str(entry.total)) == (True, "0.00 GBP")
    assert road.row(Kind.SALE, "1").state is State.VOIDED
    assert proof.agrees
    assert [row.rule for row in proof.skipped] == ["voided"]
    assert road.rows(Kind.REFUND) == []
    sends = len(road.ledger.sends)
    assert road.run().agrees
    assert len(road.ledger.sends) == sends
    assert prove_again(road.work(), alone=True).agrees


def test_one_that_was_voided_by_hand_already_counts(road: Any, build: Any) -> None:
    order = posted(road, build)
    entry, _ = invoice(road)
    road.change(0, replace(order, cancelled_at=road.now))
    changes = road.ledger.changes

    def then_by_hand(since: Any, known: Any = None) -> Any:
        seen = changes(since, known)
        road.ledger.edit_by_hand(entry.id, total=pounds("0.00"), voided=True)
        return seen

    road.ledger.changes = then_by_hand
    assert road.run().agrees
    assert road.row(Kind.SALE, "1").state is State.VOIDED


def test_one_that_is_paid_in_part_is_credited(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00", paid="60.00")
    road.store.orders = [order]
    road.run()
    road.change(0, replace(order, cancelled_at=road.now))
    proof = road.run()
    assert road.rows(Kind.VOID) == []
    assert [problem.code for row in proof.held for problem in row.problems] == ["cancelled-paid"]


# A second look


def test_a_document_that_somebody_changed_is_noticed_by_the_next_run(road: Any, build: Any) -> None:
    posted(road, build)
    entry, _ = invoice(road)
    road.ledger.edit_by_hand(entry.id, number="1-bis")
    road.store.orders.append(build["make_order"](2))
    road.change(1, road.store.orders[1])
    proof = road.run()
    assert road.row(Kind.SALE, "1").state is State.CHANGED
    assert proof.agrees, "its total is what was meant"
    road.ledger.edit_by_hand(entry.id, number="1", fingerprint=entry.fingerprint)
    road.store.orders.append(build["make_order"](3))
    road.change(2, road.store.orders[2])
    road.run()
    assert road.row(Kind.SALE, "1").state is State.POSTED
    history = [str(each) for _, _, said in road.books.journal.history(road.row(Kind.SALE, "1").id) for each in said]
    assert history[-2:] == ["changed in the books: 100.00 GBP", "as it was posted again"]


def test_an_idle_company_is_not_asked(road: Any, build: Any) -> None:
    posted(road, build)
    asked = list(road.ledger.looks)
    road.run()
    assert road.ledger.looks == asked


def test_a_ledger_that_cannot_tell_what_changed_is_read_whole(road: Any, build: Any) -> None:
    posted(road, build)
    entry, document = invoice(road)
    road.store.orders.append(build["make_order"](2))
    road.change(1, road.store.orders[1])
    assert road.run().agrees
    receipt = next(each for each in road.ledger.entries.values() if each.number == "2")
    road.ledger.edit_by_hand(entry.id, dated=document.dated - timedelta(days=400))
    road.ledger.delete_by_hand(receipt.id)
    road.ledger.tells = False
    road.store.orders.append(build["make_order"](3))
    road.change(2, road.store.orders[2])
    road.run()
    assert road.row(Kind.SALE, "1").state is State.POSTED, "a reading by date does not show it, and it is not gone"
    assert road.row(Kind.SALE, "2").state is State.GONE


def test_the_proof_anew_notes_what_it_finds(road: Any, build: Any) -> None:
    posted(road, build)
    entry, _ = invoice(road)
    road.ledger.edit_by_hand(entry.id, total=pounds("99.00"))
    proof = prove_again(road.work(), alone=True)
    assert not proof.agrees
    assert road.row(Kind.SALE, "1").state is State.CHANGED
    road.ledger.delete_by_hand(entry.id)
    prove_again(road.work(), alone=True)
    assert road.row(Kind.SALE, "1").state is State.GONE


def test_what_a_person_voided_is_changed(road: Any, build: Any) -> None:
    posted(road, build)
    entry, _ = invoice(road)
    road.ledger.edit_by_hand(entry.id, total=pounds("0.00"), voided=True)
    prove_again(road.work(), alone=True)
    row = road.row(Kind.SALE, "1")
    assert (row.state, str(row.ledger_total)) == (State.CHANGED, "0.00 GBP")


# Orders that vanish from the store


def test_an_order_that_vanished_before_it_was_posted_is_left_out(road: Any, build: Any) -> None:
    road.store.orders = [replace(unpaid(build), total=pounds("50.00"))]
    assert [row.state for row in road.run() and road.rows(Kind.SALE)] == [State.HELD]
    road.store.orders.clear()
    road.now += timedelta(days=8)
    proof = road.run()
    assert [row.rule for row in proof.skipped] == ["deleted"]


def test_an_unpaid_order_that_vanished_is_voided(road: Any, build: Any) -> None:
    posted(road, build)
    road.store.orders.clear()
    assert road.run().agrees
    assert road.row(Kind.SALE, "1").state is State.POSTED, "it is looked for once a week"
    road.now += timedelta(days=8)
    assert road.run().agrees
    assert road.row(Kind.SALE, "1").state is State.VOIDED


def test_a_paid_order_that_vanished_waits_for_a_word(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    road.store.orders.clear()
    road.now += timedelta(days=8)
    proof = road.run()
    assert road.row(Kind.SALE, "1").state is State.POSTED
    assert [problem.code for row in proof.held for problem in row.problems] == ["cancelled-paid"]


def test_it_can_be_looked_for_at_once(road: Any, build: Any) -> None:
    posted(road, build)
    road.store.orders.clear()
    assert look_for_deleted(road.work(), alone=True) == 1
    road.run()
    assert road.row(Kind.SALE, "1").state is State.VOIDED
