"""Which records of the company each form of document uses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    Document,
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
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.uses import customer_named, money_account, uses

DAY = date(2026, 1, 10)
TEN = Money(Decimal("10.00"), "GBP")
OURS = Awaited(PostingKey(StoreIdentity("shop:one"), Kind.ITEM, SourceId("1")))
ID = LedgerId
LINES = (
    DocumentLine(Known(ID("i1")), "", TEN, tax_code=ID("c1")),
    DocumentLine(OURS, "", TEN),
)
SALE = SaleDocument(
    SaleForm.RECEIPT,
    "1",
    DAY,
    Known(ID("u1")),
    "GBP",
    LINES,
    TEN,
    "",
    "",
    deposit_account=ID("a1"),
    payment_method=ID("m1"),
    form_tax_code=ID("c2"),
)
OF_SALE = {
    ("customer", "u1"),
    ("payment method", "m1"),
    ("tax code", "c2"),
    ("tax code", "c1"),
    ("item", "i1"),
    ("account", "a1"),
}


@pytest.mark.parametrize(
    ("document", "used"),
    [
        (SALE, OF_SALE),
        (replace(SALE, customer=OURS, deposit_account=None, payment_method=None, form_tax_code=None, lines=()), set()),
        (
            RefundDocument("1", DAY, OURS, "GBP", LINES, TEN, ID("a2"), "", ""),
            {("account", "a2"), ("item", "i1"), ("tax code", "c1")},
        ),
        (
            PaymentDocument(OURS, OURS, DAY, TEN, ID("a3"), "", "", "", payment_method=ID("m2")),
            {("account", "a3"), ("payment method", "m2")},
        ),
        (CashBackDocument(OURS, ID("a4"), ID("a5"), DAY, TEN, "", "", ""), {("account", "a4")}),
        (AmendmentDocument(OURS, SALE, ""), OF_SALE),
        (
            ItemDocument("Mug", "", ItemType.SERVICE, ID("a6"), expense_account=ID("a7")),
            {("account", "a6"), ("account", "a7")},
        ),
        (CustomerDocument("Ann", "GBP"), set()),
    ],
    ids=lambda it: type(it).__name__,
)
def test_what_a_document_uses(document: Document, used: set[tuple[str, str]]) -> None:
    assert uses(document) == used


@pytest.mark.parametrize(
    ("document", "account", "customer"),
    [
        (SALE, "a1", "u1"),
        (RefundDocument("1", DAY, OURS, "GBP", LINES, TEN, ID("a2"), "", ""), "a2", str(OURS.key)),
        (PaymentDocument(OURS, OURS, DAY, TEN, ID("a3"), "", "", ""), "a3", ""),
        (CashBackDocument(OURS, ID("a4"), ID("a5"), DAY, TEN, "", "", ""), "a4", ""),
        (CustomerDocument("Ann", "GBP"), None, ""),
    ],
    ids=lambda it: type(it).__name__,
)
def test_whose_money_a_document_moves_and_where(document: Document, account: str | None, customer: str) -> None:
    assert money_account(document) == account
    assert customer_named(document) == customer
