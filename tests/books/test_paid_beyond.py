"""Money that was paid beyond an order's sales, and its way back (posting.md, sections 6 and 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    LATER,
    NOON,
    codes_in,
    documents_in,
    make_company,
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_shipping,
    make_tender,
    payments_in,
    pounds,
    refund_in,
    sale_in,
)

from comptoir.books.company import AccountType
from comptoir.books.context import Context, Decided, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    Kind,
    RefundForm,
    SaleDocument,
    SaleForm,
)
from comptoir.books.explain import explain_order
from comptoir.books.facts import Order, Refund, SourceId
from comptoir.books.refunds.forms import PaidOut, is_out_of_credit, part_credit
from comptoir.books.refunds.value import settlements

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
AFTER = LATER + timedelta(days=5)
AGAIN = make_tender("30.00", source_id=SourceId("tx-2"), at=NOON + timedelta(days=2))


def goodwill(cash: str, **changes: Any) -> Refund:
    """Money without anything that was taken back for it."""
    return replace(make_refund(cash=cash, at=AFTER), lines=(), **changes)


def paid_twice(*refunds: Refund, **changes: Any) -> Order:
    """100.00, of which 130.00 was paid."""
    tenders = (make_tender("100.00"), AGAIN)
    return make_order(make_line("100.00"), tenders=tenders, refunds=refunds, **changes)


def decide(order: Order, **changes: Any) -> tuple[Decided, ...]:
    return decide_order(order, make_context(known=KNOWN, **changes))


def receipt_in_books(order: Order) -> Context:
    """The receipt of an order that was paid once."""
    decided = decide(order)
    sale = sale_in(decided)
    assert sale.form is SaleForm.RECEIPT
    part = PostedPart(decided[-1].key, order.total, sale)
    return make_context(known=KNOWN, posted=(part,), posted_form=sale.form, redeemed=frozenset())


def backs_in(decided: tuple[Decided, ...]) -> list[CashBackDocument]:
    return documents_in(decided, CashBackDocument)


def test_what_was_paid_beyond_the_sale_goes_back_from_the_buyers_account_and_is_no_cost() -> None:
    decided = decide(paid_twice(goodwill("30.00")))
    assert codes_in(decided) == []
    (back,) = backs_in(decided)
    assert (back.amount, back.account, back.receivable_account, back.number) == (pounds("30.00"), "5", "10", "R-1001")
    kinds = [each.key.kind for each in decided]
    assert Kind.REFUND not in kinds
    assert Kind.APPLICATION not in kinds
    assert [(each.amount, each.applied) for each in payments_in(decided)] == [
        (pounds("100.00"), None),
        (pounds("30.00"), pounds("0.00")),
    ]


def test_money_beyond_the_credit_is_a_refund_receipt_that_waits_for_it() -> None:
    decided = decide(paid_twice(goodwill("45.00")))
    (back,) = [each for each in decided if is_out_of_credit(each.key)]
    (refund,) = [each for each in decided if each.key.kind is Kind.REFUND]
    assert (back.total, refund.total) == (pounds("30.00"), pounds("15.00"))
    assert refund.after == back.key
    document = refund_in(decided)
    assert (document.form, document.total, document.value) == (RefundForm.RECEIPT, pounds("15.00"), pounds("0.00"))


def test_goods_come_first_and_the_credit_takes_what_is_more_than_their_value() -> None:
    decided = decide(paid_twice(replace(make_refund(make_refund_line("20.00"), cash="25.00"), at=AFTER)))
    assert [back.amount for back in backs_in(decided)] == [pounds("5.00")]
    assert (refund_in(decided).total, len(refund_in(decided).lines)) == (pounds("20.00"), 1)


def test_a_refund_before_the_second_payment_gave_back_no_credit() -> None:
    decided = decide(paid_twice(replace(goodwill("30.00"), at=NOON + timedelta(days=1))))
    assert backs_in(decided) == []
    assert refund_in(decided).total == pounds("30.00")


def test_a_pending_refund_gives_back_nothing_yet() -> None:
    decided = decide(paid_twice(goodwill("30.00", pending=True)))
    assert codes_in(decided) == ["refund-pending"]


def test_two_refunds_share_the_credit_and_keep_their_parts_once_they_are_in_the_books() -> None:
    first = goodwill("20.00")
    second = replace(goodwill("20.00"), source_id=SourceId("refund-2"), at=AFTER + timedelta(days=1))
    decided = decide(paid_twice(first, second))
    assert [back.amount for back in backs_in(decided)] == [pounds("20.00"), pounds("10.00")]
    paid = {first.source_id: pounds("5.00")}
    later = decide(paid_twice(first, second), credit_paid=paid, refunded={first.source_id: refund_in(decided)})
    assert [back.amount for back in backs_in(later)] == [pounds("5.00"), pounds("20.00")]


def test_a_refund_that_is_a_receipt_in_the_books_does_not_become_a_credit_given_back() -> None:
    refund = goodwill("30.00")
    posted = refund_in(decide(replace(paid_twice(refund), tenders=(make_tender("100.00"),))))
    assert backs_in(decide(paid_twice(refund), refunded={refund.source_id: posted})) == []


def test_a_credit_goes_back_from_a_bank_account_alone() -> None:
    """Cash on the receivable account is a purchase, which a bank account alone can pay."""
    paypal = tuple(replace(each, method="paypal") for each in goodwill("30.00").tenders)
    assert codes_in(decide(paid_twice(goodwill("30.00", tenders=paypal)))) == ["cash-back-account"]
    company = make_company()
    accounts = tuple(each for each in company.accounts if each.type is not AccountType.ACCOUNTS_RECEIVABLE)
    context = make_context(known=KNOWN, company=replace(company, accounts=accounts))
    assert codes_in(decide_order(paid_twice(goodwill("30.00")), context)) == ["no-receivable-account"]


def test_a_credit_is_taken_from_the_first_accounts_and_leaves_one_for_the_receipt() -> None:
    outs = [PaidOut("a", pounds("10.00")), PaidOut("b", pounds("20.00"))]  # type: ignore[arg-type]

    def parts(credit: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        backs, rest = part_credit(outs, pounds(credit))
        told = [[(out.account, str(out.amount.amount)) for out in each] for each in (backs, rest)]
        return told[0], told[1]  # type: ignore[return-value]

    assert parts("0.00") == ([], [("a", "10.00"), ("b", "20.00")])
    assert parts("10.00") == ([("a", "10.00")], [("b", "20.00")])
    assert parts("15.00") == ([("a", "10.00"), ("b", "5.00")], [("b", "15.00")])
    assert parts("30.00") == ([("a", "10.00"), ("b", "20.00")], [("a", "0.00")])
    assert part_credit([], pounds("0.00")) == ([], [])


def test_what_the_merchant_keeps_comes_off_no_open_invoice() -> None:
    """20.22 taken back, 20.02 paid and given back: the store says that the merchant keeps 0.20."""
    back = make_refund(make_refund_line("20.22"), cash="20.02", kept=pounds("0.20"))
    order = make_order(make_line("20.22"), tenders=(make_tender("20.02"),), refunds=(back,))
    decided = decide(order)
    assert [each.key.kind for each in decided if each.key.source_id == back.source_id] == [Kind.REFUND]
    assert refund_in(decided).total == pounds("20.02")
    (settled,) = settlements(order, pounds("0.20")).values()
    assert (settled.applied, settled.total) == (pounds("0.00"), pounds("20.02"))


def test_what_was_given_beyond_the_value_is_a_cost_and_the_rest_comes_off_the_invoice() -> None:
    """An edit took 4.19 off, of which the buyer owed 0.16 for something else; 1,049.37 was given out of goodwill."""
    back = make_refund(make_refund_line("4.19"), cash="1053.40", kept=pounds("-1049.37"))
    order = make_order(make_line("1785.59"), tenders=(make_tender("1785.43"),), refunds=(back,))
    (settled,) = settlements(order, pounds("0.16")).values()
    assert settled.applied == pounds("0.16")


@pytest.mark.parametrize(
    ("kept", "cash", "applied"),
    [
        pytest.param("-200.00", "205.00", ["0.00", "0.00"], id="five of the money pay what came back before"),
        pytest.param("-202.00", "205.00", ["2.00", "0.00"], id="three of it do"),
        pytest.param("-205.00", "205.00", ["5.00", "0.00"], id="all of it was given for nothing"),
        pytest.param(None, "205.00", ["5.00", "0.00"], id="the store does not say"),
    ],
)
def test_value_that_a_later_refund_pays_comes_off_no_open_invoice(
    kept: str | None, cash: str, applied: list[str]
) -> None:
    """5.00 came back without money from a paid order; then 205.00 went back, and then 20.00 were ordered more."""
    back = make_refund(make_refund_line("5.00"), tenders=(), kept=pounds("0.00"))
    later = goodwill(cash, source_id=SourceId("refund-2"), kept=None if kept is None else pounds(kept))
    order = make_order(make_line("320.00"), tenders=(make_tender("300.00"),), refunds=(back, later))
    found = settlements(order, pounds("20.00"))
    assert [str(each.applied.amount) for each in found.values()] == applied


def test_a_refund_comes_off_the_invoice_of_what_an_edit_adds_in_the_same_pass() -> None:
    """Overpaid by 4.03 when it was posted, 4.19 removed of it: the rest of that comes off what was raised."""
    posted = make_order(make_line("100.00"), tenders=(make_tender("104.03"),))
    first = decide(posted)
    assert sale_in(first).form is SaleForm.INVOICE
    (sale,) = [each for each in first if isinstance(each.outcome, SaleDocument)]
    part = PostedPart(sale.key, posted.total, sale_in(first))
    context = make_context(
        known=KNOWN,
        posted=(part,),
        posted_form=SaleForm.INVOICE,
        redeemed=frozenset(),
        received={SourceId("tx-1"): pounds("104.03")},
    )
    post = make_shipping("4.19")
    line = make_refund_line("4.19", line_id=post.source_id, kind=post.kind)
    refund = replace(make_refund(line, cash="24.03", kept=pounds("-20.00")), at=AFTER)
    raised = replace(posted, lines=(*posted.lines, post), total=pounds("104.19"), refunds=(refund,))
    decided = decide_order(raised, context)
    (joint,) = documents_in(decided, ApplicationDocument)
    (added,) = [each.key for each in decided if each.key.part == "2"]
    assert (joint.invoice, joint.applied) == (Awaited(added), pounds("0.16"))


def test_money_that_comes_in_once_the_receipt_is_paid_is_the_buyers_credit() -> None:
    paid_once = make_order(make_line("100.00"), tenders=(make_tender("100.00"),))
    context = receipt_in_books(paid_once)
    (payment,) = payments_in(decide_order(paid_twice(), context))
    assert (payment.amount, payment.applied) == (pounds("30.00"), pounds("0.00"))
    more = decide_order(paid_twice(goodwill("30.00")), context)
    assert [back.amount for back in backs_in(more)] == [pounds("30.00")]
    assert payments_in(decide_order(paid_once, context)) == []


@pytest.mark.parametrize(("paid_in", "left"), [("EUR", "39.99"), ("GBP", "39.98")], ids=["converted", "not"])
def test_a_payment_in_the_books_is_what_it_brought_however_it_is_converted_now(paid_in: str, left: str) -> None:
    """100.00, of which 60.01 is in the books; an edit moves what that is worth to 60.02."""
    first, rest = make_tender("60.02"), replace(AGAIN, amount=pounds("39.99"))
    order = make_order(make_line("100.00"), tenders=(first, rest), paid_currency=paid_in)
    context = make_context(
        make_settings(orders={"form": SaleForm.INVOICE}), known=KNOWN, received={SourceId("tx-1"): pounds("60.01")}
    )
    payments = payments_in(decide_order(order, context))
    assert (payments[1].applied or payments[1].amount) == pounds(left)


def test_less_than_the_books_can_hold_is_no_payment() -> None:
    order = make_order(make_line("100.00"), tenders=(make_tender("100.00"),))
    context = receipt_in_books(order)
    crumb = make_tender("0.004", source_id=SourceId("tx-2"), at=AFTER)
    dinar = replace(crumb, amount=replace(crumb.amount, amount=Decimal("0.000")))
    assert payments_in(decide_order(replace(order, tenders=(*order.tenders, dinar)), context)) == []


def test_payments_that_are_not_recorded_are_not_recorded_beyond_a_receipt_either() -> None:
    order = make_order(make_line("100.00"), tenders=(make_tender("100.00"),))
    context = receipt_in_books(order)
    off = make_context(make_settings(payments={"record": False}, refunds={"record": False}), known=KNOWN)
    context = replace(context, resolved=off.resolved)
    assert payments_in(decide_order(paid_twice(), context)) == []


def test_a_gift_card_used_beyond_a_receipt_is_held() -> None:
    context = receipt_in_books(make_order(make_line("100.00"), tenders=(make_tender("100.00"),)))
    order = paid_twice()
    card = replace(order.tenders[1], method="gift_card")
    assert codes_in(decide_order(replace(order, tenders=(order.tenders[0], card)), context)) == ["used-beyond"]


@pytest.mark.parametrize("form", list(SaleForm))
def test_money_beyond_the_last_of_several_sales_is_a_payment_of_its_own_where_that_is_a_receipt(form: SaleForm) -> None:
    """Raised by 20.00 after it was posted, which was paid; then 5.00 more came in."""
    order = make_order(make_line("100.00"), tenders=(make_tender("100.00"),))
    context = receipt_in_books(order)
    raised = make_order(make_line("120.00"), tenders=(make_tender("100.00"), replace(AGAIN, amount=pounds("20.00"))))
    (second,) = [each for each in decide_order(raised, context) if each.key.part == "2"]
    assert isinstance(second.outcome, SaleDocument)
    part = PostedPart(second.key, pounds("20.00"), replace(second.outcome, form=form))
    context = replace(context, posted=(*context.posted, part))
    over = replace(AGAIN, amount=pounds("25.00"))
    decided = decide_order(replace(raised, tenders=(raised.tenders[0], over)), context)
    wanted = {
        SaleForm.RECEIPT: [("tx-2+2", "5.00", "0.00")],
        SaleForm.INVOICE: [("tx-2", "25.00", "20.00")],
    }
    found = [each for each in decided if each.key.kind is Kind.PAYMENT]
    amounts = payments_in(found)
    assert [
        (each.key.source_id, str(payment.amount.amount), str(payment.applied.amount if payment.applied else None))
        for each, payment in zip(found, amounts, strict=True)
    ] == wanted[form]


def test_money_beyond_an_exchange_that_is_a_receipt_is_a_payment_of_its_own() -> None:
    """A mug of 10.00 came back, one of 12.00 was given; 2.00 was paid for it, and 3.00 once more."""
    given = make_refund_line("-12.00", quantity=Decimal(-1), line_id=SourceId("line-2"))
    refund = make_refund(make_refund_line("10.00"), given, tenders=())
    rest = make_tender("2.00", source_id=SourceId("tx-2"), at=AFTER)
    order = make_order(tenders=(make_tender("10.00"), rest), refunds=(refund,))
    context = receipt_in_books(make_order())
    (exchange,) = [each for each in decide_order(order, context) if each.key.part == "exchange"]
    assert isinstance(exchange.outcome, SaleDocument)
    assert exchange.outcome.form is SaleForm.RECEIPT
    context = replace(context, refunded={refund.source_id: exchange.outcome})
    more = make_tender("3.00", source_id=SourceId("tx-3"), at=AFTER + timedelta(days=1))
    (payment,) = payments_in(decide_order(replace(order, tenders=(*order.tenders, more)), context))
    assert (payment.amount, payment.applied) == (pounds("3.00"), pounds("0.00"))
    assert payments_in(decide_order(order, context)) == []


def test_the_explanation_names_the_way_back() -> None:
    (step,) = [
        each
        for each in explain_order(paid_twice(goodwill("30.00")), make_context(known=KNOWN))
        if each.rule == "Refund"
    ]
    (said,) = step.said
    assert str(said) == "Money was paid beyond the sale: it goes back from the buyer's account."
