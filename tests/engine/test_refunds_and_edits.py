"""Refunds of open invoices, and edits of what is in the books, along the whole road; the proof agrees throughout."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from comptoir.books.company import AccountType
from comptoir.books.documents import ApplicationDocument, Kind, PaymentDocument, RefundDocument, RefundForm
from comptoir.books.facts import SourceId
from comptoir.books.money import Money
from comptoir.engine.road import prove_again


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def sold(order: Any, amount: str, road: Any) -> Any:
    """The order as the store tells it after an edit."""
    (line,) = order.lines
    line = replace(line, unit_price=pounds(amount), gross=pounds(amount))
    return replace(order, lines=(line,), total=pounds(amount), updated_at=road.now)


def test_a_refund_of_an_open_invoice_is_a_credit_a_cash_back_and_an_application(road: Any, build: Any) -> None:
    """posting.md, section 7: total 113, paid 50, R 56.50, C 20."""
    order = build["make_order"](1, "113.00", paid="50.00", refunded="56.50")
    (refund,) = order.refunds
    (tender,) = refund.tenders
    road.store.orders = [replace(order, refunds=(replace(refund, tenders=(replace(tender, amount=pounds("20.00")),)),))]
    road.now += timedelta(hours=1)
    proof = road.run()
    assert proof.differences == ()
    assert proof.agrees
    assert str(proof.net.ledger) == "56.50 GBP"
    kinds = [Kind.SALE, Kind.PAYMENT, Kind.REFUND, Kind.CASH_BACK, Kind.APPLICATION]
    assert {kind: proof.posted[kind] for kind in kinds} == dict.fromkeys(kinds, 1)
    (memo,) = [each for each in road.ledger.documents.values() if isinstance(each, RefundDocument)]
    (joint,) = [each for each in road.ledger.documents.values() if isinstance(each, ApplicationDocument)]
    assert (memo.form, joint.applied) == (RefundForm.CREDIT_MEMO, pounds("36.50"))
    before = road.ledger.canonical()
    assert road.run().agrees
    assert road.ledger.canonical() == before


def test_an_order_that_was_raised_has_two_sales(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00")
    road.store.orders = [order]
    assert road.run().agrees
    road.now += timedelta(hours=1)
    road.store.orders = [sold(order, "120.00", road)]
    road.now += timedelta(hours=1)
    proof = road.run()
    assert proof.differences == ()
    assert (proof.posted[Kind.SALE], str(proof.sales.ledger)) == (2, "120.00 GBP")
    assert sum(day.orders for day in proof.days) == 1
    assert road.run().agrees
    assert len(road.ledger.entries) == sum(proof.posted.values()) + 2


def test_an_unpaid_order_that_was_lowered_is_credited(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00", paid="0")
    road.store.orders = [order]
    assert road.run().agrees
    road.now += timedelta(hours=1)
    road.store.orders = [sold(order, "70.00", road)]
    road.now += timedelta(hours=1)
    proof = road.run()
    assert proof.differences == ()
    assert (str(proof.sales.ledger), str(proof.net.ledger)) == ("100.00 GBP", "70.00 GBP")
    assert (proof.posted[Kind.REFUND], proof.posted[Kind.APPLICATION]) == (1, 1)
    before = road.ledger.canonical()
    assert road.run().agrees
    assert road.ledger.canonical() == before


def test_a_paid_order_that_was_lowered_waits_and_the_proof_still_agrees(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00")
    road.store.orders = [order]
    road.run()
    road.now += timedelta(hours=1)
    road.store.orders = [sold(order, "70.00", road)]
    road.now += timedelta(hours=1)
    proof = road.run()
    assert proof.differences == ()
    assert [problem.code for row in proof.held for problem in row.problems] == ["edit-unsettled"]


def test_a_credit_over_two_invoices_leaves_the_payment_its_room(road: Any, build: Any) -> None:
    """Paid in part, raised by 20 after it was posted; 30 taken back without money; then the rest is paid."""
    order = build["make_order"](1, "100.00", paid="10.00")
    (first,) = order.tenders
    road.store.orders = [order]
    road.run()
    road.now += timedelta(hours=1)
    raised = sold(order, "120.00", road)
    road.store.orders = [raised]
    road.now += timedelta(hours=1)
    assert road.run().agrees
    refund = replace(build["make_order"](1, "1.00", refunded="30.00").refunds[0], tenders=())
    road.change(0, replace(raised, refunds=(refund,)))
    assert road.run().agrees
    (joint,) = [each for each in road.ledger.documents.values() if isinstance(each, ApplicationDocument)]
    assert (joint.applied, [each.amount for each in joint.others]) == (pounds("10.00"), [pounds("20.00")])
    rest = replace(first, source_id=SourceId("t2"), reference="t2", amount=pounds("80.00"))
    road.change(0, replace(raised, refunds=(refund,), tenders=(first, rest)))
    proof = road.run()
    assert proof.agrees
    assert proof.held == ()
    payments = [each for each in road.ledger.documents.values() if isinstance(each, PaymentDocument)]
    assert [(each.amount, each.applied) for each in payments] == [(pounds("10.00"), None), (pounds("80.00"), None)]
    assert str(proof.net.ledger) == "90.00 GBP"


def test_a_gift_card_used_after_posting_lowers_the_sales(road: Any, build: Any) -> None:
    """posting.md, section 6: used later, it is a credit memo joined by a payment of nothing."""
    company = road.ledger.read_company()
    owed = replace(company.accounts[1], id="a5", name="Owed", type=AccountType.OTHER_CURRENT_LIABILITY)
    road.ledger.company = replace(company, accounts=(*company.accounts, owed))
    items = replace(build["SETTINGS"].items, gift_card="Gift card", gift_card_account="Owed")
    road.set(replace(build["SETTINGS"], items=items))
    order = build["make_order"](1, "113.00", paid="0")
    other = build["make_order"](2, "40.00")
    road.store.orders = [order]
    assert road.run().agrees
    road.now += timedelta(hours=1)
    (tender,) = other.tenders
    road.change(0, replace(order, tenders=(replace(tender, method="gift_card"),), updated_at=road.now))
    proof = road.run()
    assert proof.differences == ()
    assert proof.agrees
    assert (str(proof.sales.ledger), str(proof.redeemed)) == ("73.00 GBP", "40.00 GBP")
    assert (proof.posted[Kind.REFUND], proof.posted[Kind.APPLICATION]) == (1, 1)
    assert prove_again(road.work(), alone=True).agrees


def test_an_exchange_for_more_goes_out_in_the_run_that_posts_its_sale(road: Any, build: Any) -> None:
    """Taken back for 10.00, given out for 12.00: a sale of 2.00 that waits for the first one, in the same wave."""
    order = build["make_order"](1, "10.00", refunded="1.00")
    (refund,) = order.refunds
    (back,) = refund.lines
    lines = (replace(back, amount=pounds("10.00")), replace(back, line_id=SourceId("l2"), amount=pounds("-12.00")))
    first = order.tenders[0]
    rest = replace(first, source_id=SourceId("t2"), reference="t2", amount=pounds("2.00"))
    refund = replace(refund, lines=lines, tenders=())
    road.store.orders = [replace(order, refunds=(refund,), tenders=(first, rest))]
    proof = road.run()
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert [str(row.meant) for row in road.rows(Kind.SALE)] == ["10.00 GBP", "2.00 GBP"]


def test_what_was_paid_twice_is_the_buyers_credit_until_it_goes_back(road: Any, build: Any) -> None:
    """The receipt has its money already; the second payment stands alone, and its way back is no cost."""
    order = build["make_order"](1, "100.00", refunded="1.00")
    (refund,) = order.refunds
    once = replace(order, refunds=())
    road.store.orders = [once]
    assert road.run().agrees
    (first,) = once.tenders
    again = replace(first, source_id=SourceId("t2"), reference="t2", amount=pounds("30.00"))
    road.change(0, replace(once, tenders=(first, again)))
    proof = road.run()
    assert (proof.differences, proof.agrees, proof.posted[Kind.PAYMENT]) == ((), True, 1)
    back = replace(refund, lines=(), tenders=(replace(refund.tenders[0], amount=pounds("45.00")),))
    road.change(0, replace(once, tenders=(first, again), refunds=(back,)))
    proof = road.run()
    assert (proof.differences, proof.agrees, proof.unsettled) == ((), True, 0)
    assert (proof.posted[Kind.CASH_BACK], proof.posted[Kind.REFUND], proof.posted[Kind.APPLICATION]) == (1, 1, 0)
    assert [str(row.meant) for row in road.rows(Kind.CASH_BACK)] == ["30.00 GBP"]
    assert [str(row.meant) for row in road.rows(Kind.REFUND)] == ["15.00 GBP"]
    before = road.ledger.canonical()
    assert road.run().agrees
    assert road.ledger.canonical() == before
    assert prove_again(road.work(), alone=True).agrees


def test_a_refund_that_changed_after_it_was_posted_is_held_beside_what_is_in_the_books(road: Any, build: Any) -> None:
    order = build["make_order"](1, "100.00", refunded="30.00")
    road.store.orders = [order]
    assert road.run().agrees
    (refund,) = order.refunds
    more = replace(refund.lines[0], amount=pounds("40.00"))
    road.change(0, replace(order, refunds=(replace(refund, lines=(more,)),)))
    proof = road.run()
    assert proof.differences == ()
    assert [problem.code for row in proof.held for problem in row.problems] == ["refund-changed"]
    assert (proof.posted[Kind.REFUND], str(proof.refunds.ledger)) == (1, "30.00 GBP")


def test_a_payment_of_two_sales_is_proven_piece_by_piece(road: Any, build: Any) -> None:
    """Paid in part, then raised; one more tender pays the rest of the first sale and most of the second."""
    order = build["make_order"](1, "100.00", paid="10.00")
    road.store.orders = [order]
    assert road.run().agrees
    raised = sold(order, "120.00", road)
    (first,) = order.tenders
    rest = replace(first, source_id=SourceId("t2"), reference="t2", amount=pounds("105.00"))
    road.change(0, replace(raised, tenders=(first, rest)))
    proof = road.run()
    assert (proof.differences, proof.agrees) == ((), True)
    assert sorted(str(row.meant) for row in road.rows(Kind.PAYMENT)) == ["10.00 GBP", "15.00 GBP", "90.00 GBP"]
    assert prove_again(road.work(), alone=True).agrees
