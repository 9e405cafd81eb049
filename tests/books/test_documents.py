from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.books.conftest import STORE, pounds

from comptoir.books.documents import (
    WAVE_OF,
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    DepositDocument,
    DepositLine,
    DepositMember,
    Document,
    DocumentLine,
    HeldForm,
    ItemDocument,
    ItemType,
    JournalDocument,
    JournalLine,
    Kind,
    Known,
    LedgerId,
    PaidBack,
    Party,
    PartyType,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    Side,
    VoidDocument,
    Wave,
    awaited,
    document_total,
    references,
)
from comptoir.books.facts import SourceId
from comptoir.storage.codec import document_from_json, document_to_json

CUSTOMER = Awaited(PostingKey(STORE, Kind.CUSTOMER, SourceId("buyer-1")))
MUG = Awaited(PostingKey(STORE, Kind.ITEM, SourceId("mug-1")))
POSTAGE = Known(LedgerId("I2"), "Postage")
INVOICE = Awaited(PostingKey(STORE, Kind.SALE, SourceId("order-1")))
DAY = date(2026, 3, 10)
LINES = (
    DocumentLine(MUG, "Blue mug", pounds("20.00"), Decimal(2), pounds("10.00")),
    DocumentLine(POSTAGE, "Royal Mail", pounds("4.00")),
    DocumentLine(MUG, "Discount", pounds("-2.50")),
)
SALE = SaleDocument(SaleForm.RECEIPT, "1001", DAY, CUSTOMER, "GBP", LINES, pounds("4.30"), "note", "[m]")
REFUND = RefundDocument("R-1001", DAY, CUSTOMER, "GBP", LINES, pounds("4.30"), LedgerId("5"), "note", "[m]")
PAYMENT = PaymentDocument(INVOICE, CUSTOMER, DAY, pounds("25.80"), LedgerId("5"), "ch_1", "note", "[m]")


@pytest.mark.parametrize("document", [SALE, REFUND], ids=["sale", "refund"])
def test_the_total_is_the_lines_and_the_tax_that_is_not_inside_them(document: SaleDocument | RefundDocument) -> None:
    assert document.total == pounds("25.80")
    assert replace(document, prices_include_tax=True).total == pounds("21.50")


def test_the_total_of_no_lines_is_nothing() -> None:
    assert document_total((), pounds("0.00"), "GBP", prices_include_tax=False) == pounds("0.00")


def test_a_payment_is_found_by_its_reference() -> None:
    assert (PAYMENT.total, PAYMENT.currency, PAYMENT.number) == (pounds("25.80"), "GBP", "ch_1")


def test_what_a_document_points_at() -> None:
    assert references(SALE) == references(REFUND) == (CUSTOMER, MUG, POSTAGE, MUG)
    assert references(PAYMENT) == (INVOICE, CUSTOMER)
    assert references(CustomerDocument("Ada King", "GBP")) == ()
    assert references(ItemDocument("Mug", "MUG-1", ItemType.SERVICE, LedgerId("1"))) == ()


def test_a_document_waits_for_what_is_not_in_the_books() -> None:
    assert awaited(SALE) == {CUSTOMER.key, MUG.key}
    assert awaited(PAYMENT) == {INVOICE.key, CUSTOMER.key}
    assert awaited(replace(PAYMENT, invoice=POSTAGE, customer=POSTAGE)) == frozenset()
    assert awaited(CustomerDocument("Ada King", "GBP")) == frozenset()


def test_a_key_as_text() -> None:
    assert str(INVOICE.key) == f"{STORE}/sale/order-1"
    assert str(replace(INVOICE.key, part="2")) == f"{STORE}/sale:2/order-1"


def test_every_kind_is_sent_in_a_wave_after_what_it_needs() -> None:
    order = list(Wave)
    assert set(WAVE_OF) == set(Kind)
    assert order.index(WAVE_OF[Kind.CUSTOMER]) == order.index(WAVE_OF[Kind.ITEM]) == 0
    assert order.index(WAVE_OF[Kind.SALE]) < order.index(WAVE_OF[Kind.PAYMENT])
    assert order.index(WAVE_OF[Kind.SALE]) < order.index(WAVE_OF[Kind.REFUND])


CREDIT = Awaited(PostingKey(STORE, Kind.REFUND, SourceId("refund-1")))
BACK = CashBackDocument(CUSTOMER, LedgerId("5"), LedgerId("10"), DAY, pounds("20.00"), "R-1001", "note", "[b]")
PAID_BACK = PaidBack(Awaited(replace(CREDIT.key, kind=Kind.CASH_BACK)), pounds("20.00"))
JOINT = ApplicationDocument(CUSTOMER, DAY, CREDIT, INVOICE, pounds("56.50"), "R-1001", "note", "[a]", (PAID_BACK,))


def test_an_application_moves_nothing_and_takes_the_rest_off_the_invoice() -> None:
    assert (JOINT.total, JOINT.applied, JOINT.currency) == (pounds("0.00"), pounds("36.50"), "GBP")
    assert JOINT.number == BACK.number == "R-1001"
    assert replace(JOINT, cash_backs=()).applied == pounds("56.50")


def test_a_cash_back_is_its_money() -> None:
    assert (BACK.total, BACK.currency) == (pounds("20.00"), "GBP")
    assert references(BACK) == (CUSTOMER,)


def test_an_application_waits_for_all_that_it_joins() -> None:
    assert awaited(JOINT) == {CUSTOMER.key, CREDIT.key, INVOICE.key, PAID_BACK.cash_back.key}  # type: ignore[union-attr]
    order = list(Wave)
    assert order.index(WAVE_OF[Kind.APPLICATION]) > order.index(WAVE_OF[Kind.CASH_BACK])
    assert order.index(WAVE_OF[Kind.APPLICATION]) > order.index(WAVE_OF[Kind.PAYMENT])


FEE = DepositLine(LedgerId("7"), pounds("-1.50"), "Fees", Party(Awaited(replace(CUSTOMER.key, kind=Kind.ITEM))))
DEPOSIT = DepositDocument(
    LedgerId("5"), DAY, "GBP", "note", "[d]", (DepositMember(INVOICE, HeldForm.RECEIPT, pounds("25.80")),), (FEE,)
)
JOURNAL = JournalDocument(
    "J-1",
    DAY,
    "GBP",
    (
        JournalLine(Side.DEBIT, LedgerId("7"), pounds("1.00"), party=Party(CUSTOMER), tax=pounds("0.20")),
        JournalLine(Side.DEBIT, LedgerId("8"), pounds("0.30")),
        JournalLine(Side.CREDIT, LedgerId("5"), pounds("1.50"), party=Party(POSTAGE, PartyType.VENDOR)),
    ),
    "note",
    "[j]",
)


def test_a_deposit_is_what_arrives_and_has_no_number() -> None:
    assert (DEPOSIT.total, DEPOSIT.number) == (pounds("24.30"), "")
    assert references(DEPOSIT) == (INVOICE, FEE.party.record)  # type: ignore[union-attr]


def test_a_journal_entry_is_its_debits_with_their_tax() -> None:
    assert JOURNAL.total == JOURNAL.side(Side.CREDIT) == pounds("1.50")
    assert references(JOURNAL) == (CUSTOMER, POSTAGE)


def test_what_moves_between_accounts_is_sent_when_all_money_is_in() -> None:
    order = list(Wave)
    for kind in (Kind.DEPOSIT, Kind.JOURNAL):
        assert order.index(WAVE_OF[kind]) > max(
            order.index(WAVE_OF[each]) for each in Kind if WAVE_OF[each] != WAVE_OF[kind]
        )


AMENDED = AmendmentDocument(INVOICE, replace(SALE, form=SaleForm.INVOICE), "[a]")
VOID = VoidDocument(INVOICE, "1001", DAY, "GBP", "[m]")


def test_an_amendment_says_what_its_sale_says() -> None:
    assert (AMENDED.total, AMENDED.currency, AMENDED.dated) == (pounds("25.80"), "GBP", DAY)
    assert (AMENDED.number, AMENDED.marker, AMENDED.private_note) == ("1001", "[a]", "note")


def test_a_void_is_worth_nothing() -> None:
    assert VOID.total == pounds("0.00")


def test_what_is_written_upon_is_awaited_and_sent_before_the_money() -> None:
    assert references(AMENDED) == (INVOICE, *references(SALE))
    assert awaited(VOID) == {INVOICE.key}
    order = list(Wave)
    for kind in (Kind.AMENDMENT, Kind.VOID):
        assert order.index(WAVE_OF[Kind.SALE]) < order.index(WAVE_OF[kind]) < order.index(WAVE_OF[Kind.PAYMENT])


@pytest.mark.parametrize(
    "document",
    [BACK, JOINT, REFUND, replace(REFUND, form=RefundForm.CREDIT_MEMO), AMENDED, VOID, DEPOSIT, JOURNAL],
    ids=["back", "joint", "receipt", "memo", "amendment", "void", "deposit", "journal"],
)
def test_documents_are_read_back_unchanged(document: Document) -> None:
    assert document_from_json(type(document).__name__, document_to_json(document)) == document
