"""Which of an order's invoices a credit comes off (posting.md, section 7)."""

from __future__ import annotations

from dataclasses import replace
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
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_tender,
    payments_in,
    pounds,
    problems_in,
    refund_in,
)

from comptoir.books.context import Context, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    Document,
    ItemDocument,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    SaleDocument,
    SaleForm,
    references,
)
from comptoir.books.edits import is_of_sale
from comptoir.books.facts import Order, SourceId
from comptoir.books.money import Money, total
from comptoir.books.problems import Skipped
from comptoir.books.refunds.balances import OpenInvoice, Portion, SaleInBooks, less, portions_in_books, spread

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
SETTINGS = make_settings(orders={"form": SaleForm.INVOICE})


def key(part: str = "") -> PostingKey:
    return PostingKey(STORE, Kind.SALE, SourceId("order-1"), part)


class Ledger:
    """What became of an order so far: every document that was posted for it, and what each invoice is open by."""

    def __init__(self) -> None:
        self.parts: list[PostedPart] = []
        self.documents: dict[PostingKey, Document] = {}
        self.open: dict[PostingKey, Money] = {}

    def context(self) -> Context:
        context = make_context(SETTINGS, known=KNOWN)
        if not self.parts:
            return context
        joints = tuple(each for each in self.documents.values() if isinstance(each, ApplicationDocument))
        return replace(
            context,
            posted=tuple(self.parts),
            posted_form=SaleForm.INVOICE,
            redeemed=frozenset(),
            applications=joints,
        )

    def post(self, order: Order) -> list[str]:
        """Decide `order`, post all that is new, as a ledger would; the problems."""
        decided = decide_order(order, self.context())
        for each in decided:
            if each.key in self.documents or isinstance(
                each.outcome, tuple | Skipped | ItemDocument | CustomerDocument
            ):
                continue
            self.documents[each.key] = each.outcome
            self._carry_out(each.key, each.outcome)
            if is_of_sale(each.key) and each.total is not None:
                sign = 1 if isinstance(each.outcome, SaleDocument) else -1
                assert isinstance(each.outcome, SaleDocument | RefundDocument)
                self.parts.append(PostedPart(each.key, Money(each.total.amount * sign, "GBP"), each.outcome))
        return codes_in(decided)

    def _carry_out(self, key: PostingKey, document: Any) -> None:
        if isinstance(document, SaleDocument):
            assert document.form is SaleForm.INVOICE
            self.open[key] = document.total
        elif isinstance(document, PaymentDocument):
            self._settle(document.invoice, document.applied if document.applied is not None else document.amount)
        elif isinstance(document, ApplicationDocument):
            assert document.applied > pounds("0"), "a link of nothing is refused"
            self._settle(document.invoice, document.applied)
            for each in document.others:
                assert each.amount > pounds("0"), "a link of nothing is refused"
                self._settle(each.invoice, each.amount)

    def _settle(self, invoice: Any, amount: Money) -> None:
        self.open[invoice.key] -= amount
        assert self.open[invoice.key] >= pounds("0"), "more than is open on the invoice is refused"

    @property
    def balances(self) -> list[str]:
        return [str(each.amount) for each in self.open.values()]


def mugs(count: int) -> Any:
    return make_line(f"{10 * count}.00", quantity=Decimal(count), unit_price=pounds("10.00"))


def pending(count: int, **changes: Any) -> Order:
    """So many mugs, unpaid unless told otherwise."""
    return make_order(mugs(count), **{"tenders": (), **changes})


def back(number: int, value: str, cash: str | None = None) -> Any:
    tenders = () if cash is None else (make_tender(cash, source_id=SourceId(f"out-{number}"), at=LATER),)
    line = make_refund_line(value, quantity=Decimal(1))
    return replace(make_refund(line), source_id=SourceId(f"refund-{number}"), tenders=tenders)


def raised() -> Ledger:
    """100.00, raised by 20.00: two open invoices."""
    ledger = Ledger()
    assert ledger.post(pending(10)) == []
    assert ledger.post(pending(12, updated_at=LATER)) == []
    assert ledger.balances == ["100.00", "20.00"]
    return ledger


def test_posting_7_a_credit_larger_than_one_invoice_is_spread_over_both() -> None:
    ledger = raised()
    assert ledger.post(pending(12, refunds=(back(1, "110.00"),))) == []
    (joint,) = [each for each in ledger.documents.values() if isinstance(each, ApplicationDocument)]
    assert (str(joint.amount), str(joint.applied)) == ("110.00 GBP", "90.00 GBP")
    assert [str(each.amount) for each in joint.others] == ["20.00 GBP"]
    assert {joint.invoice, *(each.invoice for each in joint.others)} <= set(references(joint))
    assert ledger.balances == ["10.00", "0.00"]


def test_posting_7_the_newest_invoice_is_credited_first() -> None:
    ledger = raised()
    ledger.post(pending(12, refunds=(back(1, "15.00"),)))
    assert ledger.balances == ["100.00", "5.00"]


def test_posting_7_part_of_the_value_in_cash_over_two_invoices() -> None:
    """R 116, C 6: the rest of 110 comes off both; one payment of nothing joins all four."""
    ledger = raised()
    paid = make_tender("5.00")
    assert ledger.post(pending(12, tenders=(paid,), refunds=(back(1, "116.00", "6.00"),))) == []
    (joint,) = [each for each in ledger.documents.values() if isinstance(each, ApplicationDocument)]
    (cash,) = [each for each in ledger.documents.values() if isinstance(each, CashBackDocument)]
    assert (str(cash.amount), str(joint.applied), str(joint.others[0].amount)) == (
        "6.00 GBP", "90.00 GBP", "20.00 GBP",
    )  # fmt: skip
    assert ledger.balances == ["5.00", "0.00"]


def test_posting_7_what_no_invoice_takes_is_a_difference() -> None:
    """Paid 60 of 120, R 100, C 10: 60 is open, so the credit is 70 with a line of -30."""
    ledger = raised()
    order = pending(12, tenders=(make_tender("60.00"),), refunds=(back(1, "100.00", "10.00"),))
    memo = refund_in(decide_order(order, ledger.context()))
    assert [str(line.amount) for line in memo.lines] == ["100.00 GBP", "-30.00 GBP"]
    assert ledger.post(order) == []
    assert ledger.balances == ["0.00", "0.00"]


def test_a_payment_after_a_credit_finds_its_invoice_open() -> None:
    ledger = raised()
    refunds = (back(1, "30.00"),)
    ledger.post(pending(12, refunds=refunds))
    assert ledger.balances == ["90.00", "0.00"]
    assert ledger.post(pending(12, refunds=refunds, tenders=(make_tender("90.00", at=LATER),))) == []
    assert ledger.balances == ["0.00", "0.00"]


def test_an_increase_after_a_credit_is_paid_after_what_the_credit_left() -> None:
    ledger = Ledger()
    ledger.post(pending(10))
    refunds = (back(1, "30.00"),)
    ledger.post(pending(10, refunds=refunds))
    ledger.post(pending(12, refunds=refunds, updated_at=LATER))
    assert ledger.balances == ["70.00", "20.00"]
    tenders = (make_tender("85.00", at=LATER),)
    assert ledger.post(pending(12, refunds=refunds, tenders=tenders)) == []
    assert ledger.balances == ["0.00", "5.00"]
    assert [str(each.amount) for each in payments_in(decide_order(
        pending(12, refunds=refunds, tenders=tenders), ledger.context()))] == ["70.00 GBP", "15.00 GBP"]  # fmt: skip


def test_a_cancelled_order_is_credited_over_all_its_invoices() -> None:
    ledger = raised()
    cancelled = pending(12, cancelled_at=LATER)
    assert ledger.post(cancelled) == []
    assert ledger.balances == ["0.00", "0.00"]
    before = dict(ledger.documents)
    assert ledger.post(cancelled) == [], "what is credited stays credited"
    assert ledger.documents == before
    again = {each.key: each.outcome for each in decide_order(cancelled, ledger.context())}
    assert {key: again[key] for key in again if key.part == "cancel"} == {
        key: before[key] for key in before if key.part == "cancel"
    }


def test_a_credit_of_an_edit_whose_application_is_on_its_way_counts() -> None:
    """The credit memo is in the books, what joins it with the invoice not yet."""
    ledger = Ledger()
    ledger.post(pending(10))
    ledger.post(pending(7, updated_at=LATER))
    assert ledger.balances == ["70.00"]
    context = replace(ledger.context(), applications=())
    order = pending(7, refunds=(back(1, "70.00"),))
    assert problems_in(decide_order(order, context)) == []
    (joint,) = documents_in(decide_order(order, context), ApplicationDocument)
    assert joint.applied == pounds("70.00")


STEPS = st.lists(
    st.tuples(st.sampled_from(["raise", "pay", "credit", "cash"]), st.integers(1, 9)), min_size=1, max_size=7
)


@given(steps=STEPS)
def test_whatever_comes_first_no_invoice_is_settled_twice(steps: list[tuple[str, int]]) -> None:
    """Increases, payments, credits and refunds of the credit's kind, one after the other: `Ledger` refuses too much."""
    ledger, count = Ledger(), 10
    tenders: tuple[Any, ...] = ()
    refunds: tuple[Any, ...] = ()
    ledger.post(pending(count))
    for place, (step, amount) in enumerate(steps):
        open_now = total(ledger.open.values(), "GBP")
        value = min(pounds(f"{10 * amount}.00"), open_now)
        if step == "raise":
            count += amount
        elif value.is_zero:
            continue
        elif step == "pay":
            tenders += (make_tender(str(value.amount), source_id=SourceId(f"t{place}"), at=LATER),)
        else:
            cash = "5.00" if step == "cash" and tenders else None
            worth = value + pounds(cash or "0.00")
            refunds += (back(place, str(worth.amount), cash),)
        order = pending(count, tenders=tenders, refunds=refunds, updated_at=LATER)
        assert ledger.post(order) == []
        again = dict(ledger.documents)
        ledger.post(order)
        assert ledger.documents == again, "deciding again asks for nothing"
    paid = total((tender.amount for tender in tenders), "GBP")
    off = total((portion.amount for each in portions_in_books(ledger.context()).values() for portion in each), "GBP")
    assert total(ledger.open.values(), "GBP") == pounds(f"{10 * count}.00") - paid - off


def test_spreading() -> None:
    invoices = (OpenInvoice(key(), pounds("50.00")), OpenInvoice(key("2"), pounds("20.00")))
    assert spread(pounds("0.00"), invoices) == ()
    assert spread(pounds("20.00"), invoices) == (Portion(key("2"), pounds("20.00")),)
    both = spread(pounds("90.00"), invoices)
    assert both == (Portion(key(), pounds("50.00")), Portion(key("2"), pounds("20.00")))
    assert [each.balance for each in less(invoices, both)] == [pounds("0.00"), pounds("0.00")]
    assert spread(pounds("1.00"), ()) == ()


def test_all_that_is_open_as_one() -> None:
    invoices = (OpenInvoice(key(), pounds("50.00")), OpenInvoice(key("2"), pounds("20.00")))
    applied = {SourceId("refund-1"): (Portion(key(), pounds("5.00")),)}
    assert SaleInBooks(key()).invoice is None
    assert SaleInBooks(key(), invoices).invoice == OpenInvoice(key("2"), pounds("70.00"))
    assert SaleInBooks(key(), invoices, applied=applied).invoice == OpenInvoice(key("2"), pounds("75.00"))
    assert SaleInBooks(key(), (), applied=applied).invoice == OpenInvoice(key(), pounds("5.00"))


@pytest.mark.parametrize(
    ("credit", "count"),
    [
        pytest.param(Awaited(key()), 1, id="of ours"),
        pytest.param(Awaited(replace(key(), source_id=SourceId("used:tx-1"))), 0, id="a gift card used later"),
        pytest.param(Known(LedgerId("9")), 0, id="of nobody's"),
    ],
)
def test_whose_credits_count(credit: Any, count: int) -> None:
    ledger = raised()
    ledger.post(pending(12, refunds=(back(1, "15.00"),)))
    (joint,) = ledger.context().applications
    context = replace(ledger.context(), applications=(replace(joint, credit=credit),))
    assert len(portions_in_books(context)) == count
