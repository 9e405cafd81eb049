"""What an order that is in the books asks when it is edited or cancelled (posting.md, section 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.conftest import (
    LATER,
    STORE,
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
    make_tax,
    make_tender,
    payments_in,
    pounds,
    sale_in,
)

from comptoir.books.company import TaxCode, TaxRate, TaxRegime
from comptoir.books.context import Context, Decided, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    Kind,
    LedgerId,
    PostingKey,
    RateTax,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    awaited,
)
from comptoir.books.edits import is_of_sale
from comptoir.books.facts import Order, OrderLine, PaymentStatus, SourceId
from comptoir.books.money import Money, total
from comptoir.books.settings import ClosedPeriods

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
CARD = make_tender("100.00")
MORE = make_tender("20.00", source_id=SourceId("tx-2"), at=LATER)


def mugs(count: int, *, tax: str | None = None) -> Any:
    taxes = (make_tax(tax),) if tax else ()
    gross = f"{10 * count}.00"
    return make_line(gross, quantity=Decimal(count), unit_price=pounds("10.00"), taxes=taxes)


def posted(order: Order, context: Context) -> tuple[PostedPart, ...]:
    """What of the order's sale is in the books once everything that is decided now was posted."""
    parts = list(context.posted)
    known = {part.key for part in parts}
    for each in decide_order(order, context):
        of_sale = is_of_sale(each.key) and each.key.source_id == order.source_id
        if of_sale and isinstance(each.outcome, SaleDocument | RefundDocument) and each.key not in known:
            amount = each.total or pounds("0")
            parts.append(PostedPart(each.key, amount if each.key.kind is Kind.SALE else -amount, each.outcome))
    return tuple(parts)


def after(order: Order, context: Context | None = None) -> Context:
    """The context of the next decision."""
    context = context or make_context(known=KNOWN)
    parts = posted(order, context)
    sale = parts[0].document
    form = sale.form if isinstance(sale, SaleDocument) else None
    return replace(context, posted=parts, posted_form=form, redeemed=frozenset())


def own(decided: tuple[Decided, ...], context: Context) -> list[Decided]:
    """What is new."""
    known = {part.key for part in context.posted}
    return [each for each in decided if each.key not in known]


def test_an_increase_that_was_paid_is_a_receipt_of_its_own() -> None:
    first = make_order(mugs(10), tenders=(CARD,))
    context = after(first)
    edited = replace(first, lines=(mugs(12),), total=pounds("120.00"), tenders=(CARD, MORE), updated_at=LATER)
    (new,) = own(decide_order(edited, context), context)
    document = new.outcome
    assert isinstance(document, SaleDocument)
    assert (str(new.key), new.total) == (f"{STORE}/sale:2/order-1", pounds("20.00"))
    assert (document.form, document.number, document.total) == (SaleForm.RECEIPT, "1001-2", pounds("20.00"))
    assert (document.deposit_account, document.payment_reference) == ("5", "ch_1")
    (line,) = document.lines
    assert (line.quantity, line.unit_price, line.amount) == (Decimal(2), pounds("10.00"), pounds("20.00"))
    assert document.dated.isoformat() == "2026-03-20"
    again = after(edited, context)
    assert own(decide_order(edited, again), again) == []
    assert [part.total for part in again.posted] == [pounds("100.00"), pounds("20.00")]


def test_an_increase_that_is_not_paid_is_an_invoice_with_what_comes_later() -> None:
    first = make_order(mugs(10), tenders=(CARD,))
    context = after(first)
    edited = replace(first, lines=(mugs(12),), total=pounds("120.00"), updated_at=LATER)
    (new,) = own(decide_order(edited, context), context)
    assert isinstance(new.outcome, SaleDocument)
    assert new.outcome.form is SaleForm.INVOICE
    later = after(edited, context)
    (paid,) = own(decide_order(replace(edited, tenders=(CARD, MORE)), later), later)
    (payment,) = payments_in([paid])
    assert payment.amount == pounds("20.00")
    assert new.key in awaited(payment)


def test_one_payment_of_an_order_and_its_increase_is_shared() -> None:
    first = make_order(mugs(10), tenders=())
    context = after(first)
    edited = replace(first, lines=(mugs(12),), total=pounds("120.00"), updated_at=LATER)
    context = after(edited, context)
    both = make_tender("120.00", at=LATER)
    payments = payments_in(decide_order(replace(edited, tenders=(both,)), context))
    assert [payment.amount for payment in payments] == [pounds("100.00"), pounds("20.00")]
    assert len({payment.marker for payment in payments}) == 2


def test_a_second_increase_counts_on() -> None:
    order = make_order(mugs(10), tenders=(CARD,))
    context = after(order)
    for count in (11, 12):
        order = replace(order, lines=(mugs(count),), total=pounds(f"{count}0.00"))
        (new,) = own(decide_order(order, context), context)
        context = after(order, context)
    assert (new.key.part, sale_in([new]).number, sale_in([new]).total) == ("3", "1001-3", pounds("10.00"))


def test_a_taxed_increase_states_the_tax_that_is_new() -> None:
    first = make_order(mugs(10, tax="20.00"), tenders=(make_tender("120.00"),))
    context = after(first)
    edited = replace(first, lines=(mugs(12, tax="24.00"),), total=pounds("144.00"), updated_at=LATER)
    (new,) = own(decide_order(edited, context), context)
    document = sale_in([new])
    assert (document.total, document.tax, document.tax_stated) == (pounds("24.00"), pounds("4.00"), True)
    assert [(each.rate, each.amount, each.base) for each in document.rates] == [
        ("R20", pounds("4.00"), pounds("20.00"))
    ]


def test_a_second_taxed_increase_counts_what_the_first_one_stated() -> None:
    order = make_order(mugs(10, tax="20.00"), tenders=(make_tender("120.00"),))
    context = after(order)
    for count, tax, amount in ((12, "24.00", "144.00"), (13, "26.00", "156.00")):
        order = replace(order, lines=(mugs(count, tax=tax),), total=pounds(amount))
        (new,) = own(decide_order(order, context), context)
        context = after(order, context)
    (rate,) = sale_in([new]).rates
    assert (rate.amount, rate.base, sale_in([new]).total) == (pounds("2.00"), pounds("10.00"), pounds("12.00"))


def test_an_increase_with_tax_inside_carries_the_ledgers_own_tax() -> None:
    def order(count: int, tax: str) -> Order:
        return make_order(mugs(count, tax=tax), prices_include_tax=True, total=pounds(f"{10 * count}.00"))

    context = after(order(6, "10.00"))
    (new,) = own(decide_order(order(12, "20.00"), context), context)
    document = new.outcome
    assert isinstance(document, SaleDocument)
    assert (document.prices_include_tax, document.tax, document.total) == (True, pounds("10.00"), pounds("60.00"))


def test_a_change_that_the_ledger_would_tax_otherwise_is_held() -> None:
    first = make_order(mugs(10, tax="20.00"), tenders=(make_tender("120.00"),))
    context = after(first)
    inside = replace(context.posted[0].document, prices_include_tax=True)
    context = replace(context, posted=(replace(context.posted[0], document=inside),))
    for count, tax, amount in ((12, "24.00", "144.00"), (8, "16.00", "96.00")):
        edited = replace(first, lines=(mugs(count, tax=tax),), total=pounds(amount), updated_at=LATER)
        assert codes_in(own(decide_order(edited, context), context))[:1] == ["edit-tax"]


@pytest.mark.parametrize(
    ("count", "amount"), [(12, "144.00"), (10, "120.00")], ids=["further than rounding explains", "on no line"]
)
def test_a_tax_of_the_change_that_the_ledger_would_not_take_is_held(count: int, amount: str) -> None:
    """In the books 20.09 is stated where the ledger reckons 20.00: nine cents are no rounding of one line."""
    context = after(make_order(mugs(10, tax="20.00"), tenders=(make_tender("120.00"),)))
    (part,) = context.posted
    stated = (RateTax(LedgerId("R20"), pounds("20.09"), pounds("100.00")),)
    there = replace(part.document, tax=pounds("20.09"), rates=stated, tax_stated=True)
    context = replace(context, posted=(replace(part, document=there, total=pounds("120.09")),))
    edited = make_order(mugs(count, tax=f"{2 * count}.00"), tenders=(make_tender("120.00"),), total=pounds(amount))
    assert codes_in(own(decide_order(edited, context), context))[:1] == ["edit-tax"]


def test_a_decrease_of_an_unpaid_invoice_is_a_credit_on_it() -> None:
    first = make_order(mugs(10), tenders=())
    context = after(first)
    edited = replace(first, lines=(mugs(7),), total=pounds("70.00"), updated_at=LATER)
    memo, joint = own(decide_order(edited, context), context)
    assert isinstance(memo.outcome, RefundDocument)
    assert isinstance(joint.outcome, ApplicationDocument)
    assert (str(memo.key), memo.outcome.form) == (f"{STORE}/refund:edit/order-1", RefundForm.CREDIT_MEMO)
    assert (memo.outcome.number, memo.outcome.total) == ("R-1001-E", pounds("30.00"))
    assert (memo.outcome.lines[0].quantity, joint.outcome.applied) == (Decimal(3), pounds("30.00"))
    again = after(edited, context)
    assert [each for each in own(decide_order(edited, again), again) if each.key.kind is not Kind.APPLICATION] == []
    lower = replace(edited, lines=(mugs(6),), total=pounds("60.00"))
    (second, _) = own(decide_order(lower, again), again)
    assert (second.key.part, getattr(second.outcome, "number", "")) == ("edit2", "R-1001-E2")


def test_a_decrease_after_an_increase_comes_off_both_invoices_the_newest_first() -> None:
    first = make_order(mugs(10), tenders=())
    raised = replace(first, lines=(mugs(12),), total=pounds("120.00"), updated_at=LATER)
    context = after(raised, after(first))
    lowered = replace(first, lines=(mugs(7),), total=pounds("70.00"), updated_at=LATER)
    memo, joint = own(decide_order(lowered, context), context)
    assert isinstance(memo.outcome, RefundDocument)
    assert isinstance(joint.outcome, ApplicationDocument)
    assert memo.outcome.total == pounds("50.00")
    assert (joint.outcome.applied, [each.amount for each in joint.outcome.others]) == (
        pounds("30.00"),
        [pounds("20.00")],
    )


@pytest.mark.parametrize("count", [12, 8], ids=["up", "down"])
def test_an_edit_in_a_closed_period_is_held_or_dated_by_the_first_open_day(count: int) -> None:
    first = make_order(mugs(10), tenders=())
    edited = replace(first, lines=(mugs(count),), total=pounds(f"{count}0.00"), updated_at=LATER)
    closed = make_company(books_closed_until=LATER.date())
    context = replace(after(first), company=closed)
    assert codes_in(own(decide_order(edited, context), context)) == ["books-closed"]
    moves = make_context(make_settings(closed_periods=ClosedPeriods.FIRST_OPEN_DAY), known=KNOWN)
    moves = replace(after(first, moves), company=closed)
    new, *_ = own(decide_order(edited, moves), moves)
    assert isinstance(new.outcome, SaleDocument | RefundDocument)
    assert new.outcome.dated == LATER.date() + timedelta(days=1)
    assert f"its own date is {LATER.date().isoformat()}" in new.outcome.private_note


def test_money_that_a_payment_brought_whole_is_not_received_again() -> None:
    """Lowered before it was seen and not given back: the payment brought 120.00. Then the refund takes it along."""
    paid = make_tender("120.00")
    first = make_order(mugs(10), tenders=(paid,))
    context = after(first)
    (payment,) = payments_in(decide_order(first, context))
    assert (payment.amount, payment.applied) == (pounds("120.00"), pounds("100.00"))
    context = replace(context, received={paid.source_id: payment.amount})
    back = make_refund(make_refund_line("20.00", quantity=Decimal(2)))
    settled = replace(first, lines=(mugs(12),), total=pounds("120.00"), refunds=(back,), updated_at=LATER)
    decided = own(decide_order(settled, context), context)
    increase = sale_in([each for each in decided if each.key.part == "2"])
    assert (increase.form, increase.total) == (SaleForm.INVOICE, pounds("20.00"))
    assert [each.key for each in decided if each.key.kind is Kind.PAYMENT] == [
        each.key for each in decide_order(first, context) if each.key.kind is Kind.PAYMENT
    ]


def test_a_decrease_of_a_paid_sale_waits_for_its_refund() -> None:
    """posting.md, section 1: 2 x 113, edited to 113, refunded 113: sale 226, refund 113."""
    two = make_order(make_line("226.00"), tenders=(make_tender("226.00"),))
    context = after(two)
    edited = replace(two, lines=(make_line("113.00"),), total=pounds("113.00"))
    assert codes_in(own(decide_order(edited, context), context)) == ["edit-unsettled"]
    settled = replace(two, refunds=(make_refund(make_refund_line("113.00")),))
    (refund,) = own(decide_order(settled, context), context)
    assert isinstance(refund.outcome, RefundDocument)
    assert (refund.key.part, refund.outcome.total) == ("", pounds("113.00"))


@pytest.mark.parametrize("total", ["120.00", "80.00"], ids=["up", "down"])
def test_a_number_too_long_holds_the_edit(total: str) -> None:
    first = make_order(mugs(10), tenders=(), number="1" * 20)
    context = after(first)
    edited = replace(first, lines=(mugs(int(Decimal(total) / 10)),), total=pounds(total))
    assert codes_in(own(decide_order(edited, context), context)) == ["number-too-long"]


def test_the_ledgers_own_numbers_are_left_to_it() -> None:
    first = make_order(mugs(10), tenders=(CARD,))
    context = make_context(make_settings(orders={"number": "ledger"}), known=KNOWN)
    context = after(first, context)
    edited = replace(first, lines=(mugs(12),), total=pounds("120.00"))
    assert sale_in(own(decide_order(edited, context), context)).number in {"", "1001-2"}


def test_a_cancelled_invoice_is_credited_with_what_no_refund_credits() -> None:
    first = make_order(mugs(10), tenders=())
    context = after(first)
    back = make_refund(make_refund_line("30.00", quantity=Decimal(3)), tenders=())
    cancelled = replace(first, cancelled_at=LATER, refunds=(back,), status=PaymentStatus.VOIDED)
    decided = own(decide_order(cancelled, context), context)
    memos = [each for each in decided if isinstance(each.outcome, RefundDocument)]
    assert [(str(each.key.part), each.total) for each in memos] == [("", pounds("30.00")), ("cancel", pounds("70.00"))]
    rest = memos[1].outcome
    assert isinstance(rest, RefundDocument)
    assert (rest.number, rest.lines[0].quantity, rest.form) == ("R-1001-C", Decimal(7), RefundForm.CREDIT_MEMO)
    off = [each.outcome.applied for each in decided if isinstance(each.outcome, ApplicationDocument)]
    assert total(off, "GBP") == pounds("100.00")


def test_a_cancellation_credits_cents_that_no_line_explains() -> None:
    """Everything came back, a cent less than the total in amounts that the store converted one by one."""
    first = make_order(mugs(10), tenders=(), total=pounds("100.01"))
    context = after(first)
    back = make_refund(make_refund_line("100.00", quantity=Decimal(10)), tenders=())
    decided = own(decide_order(replace(first, cancelled_at=LATER, refunds=(back,)), context), context)
    (rest,) = [each for each in decided if each.key.part == "cancel" and isinstance(each.outcome, RefundDocument)]
    assert isinstance(rest.outcome, RefundDocument)
    assert [(line.description, line.amount) for line in rest.outcome.lines] == [("Cancellation", pounds("0.01"))]


def test_a_cancellation_that_refunds_credit_in_full_asks_for_nothing() -> None:
    first = make_order(mugs(10), tenders=(CARD,))
    context = after(first)
    back = make_refund(make_refund_line("100.00", quantity=Decimal(10)))
    cancelled = replace(first, cancelled_at=LATER, refunds=(back,))
    (refund,) = own(decide_order(cancelled, context), context)
    assert refund.key.source_id == "refund-1"


def test_a_cancelled_order_whose_money_was_kept_is_held() -> None:
    first = make_order(mugs(10), tenders=(CARD,))
    context = after(first)
    assert codes_in(own(decide_order(replace(first, cancelled_at=LATER), context), context)) == ["cancelled-paid"]
    silent = make_context(make_settings(refunds={"record": False}), known=KNOWN)
    silent = after(first, silent)
    assert own(decide_order(replace(first, cancelled_at=LATER), silent), silent) == []


def test_the_first_decision_posts_the_exchange_with_the_sale() -> None:
    out = make_refund_line("-15.00", quantity=Decimal(-1), line_id=SourceId("line-2"))
    swap = make_refund(make_refund_line("10.00"), out, tenders=())
    order = make_order(
        mugs(10), refunds=(swap,), tenders=(CARD, make_tender("5.00", source_id=SourceId("x"), at=LATER))
    )
    decided = decide_order(order, make_context(known=KNOWN))
    assert [(each.key.part, sale_in([each]).form, sale_in([each]).total) for each in decided] == [
        ("", SaleForm.RECEIPT, pounds("100.00")),
        ("exchange", SaleForm.RECEIPT, pounds("5.00")),
    ]


COUNTS = st.lists(st.integers(1, 30), min_size=1, max_size=5)


def balance(decided: list[Decided]) -> Money:
    """What these documents leave in sales: sales less what went back."""
    sales = total((each.total for each in documents_in(decided, SaleDocument)), "GBP")
    return sales - total((each.total for each in documents_in(decided, RefundDocument)), "GBP")


@given(counts=COUNTS, back=st.integers(0, 30), cash=st.integers(0, 300), paid=st.integers(0, 300))
def test_edits_and_refunds_add_up_to_what_the_buyer_kept(counts: list[int], back: int, cash: int, paid: int) -> None:
    """Unpaid while it is edited; then paid in part, and refunded: what is booked is what the store says in the end."""
    order = make_order(mugs(counts[0]), tenders=())
    context = make_context(known=KNOWN)
    everything: dict[PostingKey, Decided] = {}
    for count in counts:
        order = replace(order, lines=(mugs(count),), total=pounds(f"{count}0.00"))
        for each in own(decide_order(order, context), context):
            everything.setdefault(each.key, each)
        context = after(order, context)
    owed = counts[-1] * 10
    back, paid = min(back, counts[-1]), min(paid, owed)
    cash = min(cash, paid, back * 10)
    lines = (make_refund_line(f"{back}0.00", quantity=Decimal(back)),)
    refund = make_refund(*lines, cash=f"{cash}.00") if cash else make_refund(*lines, tenders=())
    order = replace(
        order,
        tenders=(make_tender(f"{paid}.00"),) if paid else (),
        refunds=(refund,) if back else (),
    )
    for each in own(decide_order(order, context), context):
        everything.setdefault(each.key, each)
    documents = list(everything.values())
    assert codes_in(documents) == []
    off = sum(
        sum((other.amount.amount for other in each.others), start=each.applied.amount)
        for each in documents_in(documents, ApplicationDocument)
        if each.reference == "R-1001"
    )
    assert off == max(0, min(back * 10 - cash, owed - paid))
    kept = owed - cash - int(off)
    assert balance(documents) == pounds(f"{kept}.00")
    backs = total((each.amount for each in documents_in(documents, CashBackDocument)), "GBP")
    assert backs <= pounds(f"{cash}.00")


def test_a_cancellation_skips_the_lines_that_came_back_whole() -> None:
    first = make_order(mugs(10), make_line("4.00", source_id=SourceId("line-2")), tenders=())
    context = after(first)
    back = make_refund(make_refund_line("100.00", quantity=Decimal(10)), tenders=())
    decided = own(decide_order(replace(first, cancelled_at=LATER, refunds=(back,)), context), context)
    (rest,) = [each for each in decided if each.key.part == "cancel" and isinstance(each.outcome, RefundDocument)]
    assert [line.amount for line in getattr(rest.outcome, "lines", ())] == [pounds("4.00")]


def test_a_change_with_tax_inside_that_rounds_otherwise_states_its_tax() -> None:
    """Tax of 0.42 and 0.83 on 2.50 and 5.00: the change alone would be taxed 0.42, and 0.41 is meant."""

    def order(gross: str, tax: str) -> Order:
        return make_order(make_line(gross, taxes=(make_tax(tax),)), prices_include_tax=True, total=pounds(gross))

    context = after(order("2.50", "0.42"))
    (new,) = own(decide_order(order("5.00", "0.83"), context), context)
    document = sale_in([new])
    assert (document.prices_include_tax, document.total, document.tax) == (False, pounds("2.50"), pounds("0.41"))
    assert [(each.amount, each.base) for each in document.rates] == [(pounds("0.41"), pounds("2.09"))]


def included(gross: str, tax: str, *more: OrderLine) -> Order:
    """An order whose prices include the tax, as it is after an edit."""
    line = make_line(gross, taxes=(make_tax(tax),))
    amount = sum((each.net.amount for each in more), start=line.net.amount)
    lines = (line, *more) if line.net.amount else more
    return make_order(*lines, prices_include_tax=True, total=Money(amount, "GBP"), tenders=(), updated_at=LATER)


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        pytest.param(
            included("10.00", "1.67"),
            included("9.99", "1.67", make_line("5.00", taxes=(make_tax("0.82"),))),
            (False, "4.99", "0.82"),
            id="on top now, for the store's tax is not the ledger's own",
        ),
        pytest.param(
            included("9.99", "1.67", make_line("5.00", taxes=(make_tax("0.82"),))),
            included("12.00", "2.00"),
            (False, "-2.99", "-0.49"),
            id="on top in the books",
        ),
        pytest.param(
            included("12.00", "2.00", make_line("5.00")),
            included("0.00", "0.00", make_line("5.00")),
            (True, "-12.00", "-2.00"),
            id="nothing is taxed any more",
        ),
    ],
)
def test_a_change_between_forms_with_and_without_the_tax_inside(
    first: Order, then: Order, expected: tuple[bool, str, str]
) -> None:
    context = after(first)
    (document,) = (
        each.outcome
        for each in own(decide_order(then, context), context)
        if isinstance(each.outcome, SaleDocument | RefundDocument)
    )
    sign = 1 if isinstance(document, SaleDocument) else -1
    assert (
        document.prices_include_tax,
        str(document.total.amount * sign),
        str(document.tax.amount * sign),
    ) == expected


def test_a_credit_without_a_receivable_account_is_held() -> None:
    company = make_company()
    company = replace(company, accounts=tuple(each for each in company.accounts if each.id != "10"))
    first = make_order(mugs(10), tenders=())
    context = after(first, make_context(company=company, known=KNOWN))
    edited = replace(first, lines=(mugs(7),), total=pounds("70.00"))
    assert codes_in(own(decide_order(edited, context), context)) == ["no-receivable-account"]


def test_keys_of_a_sale() -> None:
    key = PostingKey(STORE, Kind.SALE, SourceId("order-1"))
    assert is_of_sale(key)
    assert is_of_sale(replace(key, kind=Kind.REFUND, part="edit2"))
    assert not is_of_sale(replace(key, kind=Kind.REFUND, part="cancel"))
    assert not is_of_sale(replace(key, kind=Kind.APPLICATION, part="edit"))
    assert LedgerId("5") == "5"


LOW = TaxCode(LedgerId("L"), "Low", (TaxRate(LedgerId("RL"), "Low", Decimal("0.065")),))


def american() -> Context:
    """A company of the United States that keeps its own codes: a taxed line names no code, its form does."""
    company = make_company(tax_regime=TaxRegime.US_MANUAL, tax_codes=(LOW,))
    return make_context(make_settings(taxes={"untaxed": "", "codes": {"Sales tax": "Low"}}), company, known=KNOWN)


def low(gross: str, tax: str, **changes: Any) -> Any:
    return make_line(gross, taxes=(make_tax(tax, name="Sales tax", rate="0.065"),), **changes)


def test_an_increase_of_a_form_with_one_code_has_the_tax_of_the_increase_alone() -> None:
    first = make_order(low("21.25", "1.38"), tenders=(make_tender("22.63"),))
    context = after(first, american())
    edited = replace(first, lines=(*first.lines, low("1.76", "0.11", source_id=SourceId("l2"))), total=pounds("24.50"))
    sale = sale_in(own(decide_order(edited, context), context))
    assert (sale.tax, sale.total, sale.form_tax_code) == (pounds("0.11"), pounds("1.87"), LOW.id)
    assert [(each.amount, each.base) for each in sale.rates] == [(pounds("0.11"), pounds("1.76"))]


def test_a_credit_of_all_that_was_taxed_keeps_the_code_of_the_form() -> None:
    first = make_order(low("0.97", "0.06"), make_line("8.57", source_id=SourceId("l2")), tenders=())
    context = after(first, american())
    edited = replace(first, lines=first.lines[1:], total=pounds("8.57"))
    (credit,) = documents_in(own(decide_order(edited, context), context), RefundDocument)
    assert (credit.form_tax_code, credit.tax, credit.total) == (LOW.id, pounds("0.06"), pounds("1.03"))
