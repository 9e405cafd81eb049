from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.books.conftest import STORE, pounds

from comptoir.books.documents import (
    WAVE_OF,
    Awaited,
    CustomerDocument,
    DocumentLine,
    ItemDocument,
    ItemType,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    SaleDocument,
    SaleForm,
    Wave,
    awaited,
    document_total,
    references,
)
from comptoir.books.facts import SourceId

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
