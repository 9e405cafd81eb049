"""A document without its person: money, goods and dates stay as they are."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest

from comptoir.books.documents import (
    AmendmentDocument,
    CustomerDocument,
    Document,
    Known,
    LedgerId,
    PaymentDocument,
    RefundDocument,
    SaleDocument,
    SaleForm,
)
from comptoir.books.documents.forgetting import NOBODY, nameless, telling_words, without_person
from comptoir.books.facts import Address
from comptoir.books.money import Money

ZERO, FIVE = Money(Decimal(0), "CAD"), Money(Decimal(5), "CAD")
HOME = Address(name="Ada King", line1="1 Quay", phone="555")
BUYER = Known(LedgerId("7"), "Ada King")
SALE = SaleDocument(
    SaleForm.INVOICE, "1001", date(2026, 3, 1), BUYER, "CAD", (), ZERO, "note", "[m]",
    memo="For Ada", email="ada@example.com", billing=HOME, shipping=HOME,
)  # fmt: skip
REFUND = RefundDocument("R-1", date(2026, 3, 2), BUYER, "CAD", (), ZERO, None, "note", "[m]", billing=HOME)
CUSTOMER = CustomerDocument("Ada King", "CAD", "Ada", "King", "Engines", "ada@example.com", "555", HOME, HOME, "[m]")
PAYMENT = PaymentDocument(Known(LedgerId("9")), BUYER, date(2026, 3, 1), FIVE, LedgerId("3"), "1001", "note", "[m]")


@pytest.mark.parametrize(
    ("document", "left"),
    [
        (SALE, replace(SALE, memo="", email="", billing=None, shipping=None)),
        (
            AmendmentDocument(Known(LedgerId("4")), SALE, "[a]"),
            AmendmentDocument(
                Known(LedgerId("4")), replace(SALE, memo="", email="", billing=None, shipping=None), "[a]"
            ),
        ),
        (REFUND, replace(REFUND, billing=None)),
        (CUSTOMER, CustomerDocument(NOBODY, "CAD", note="[m]")),
        (PAYMENT, PAYMENT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_left(document: Document, left: Document) -> None:
    assert without_person(document) == left


def test_nothing_of_a_customer_slips_through_when_they_get_more_fields() -> None:
    """Everything of a customer is personal but the currency and our own mark."""
    left = without_person(CUSTOMER)
    kept = {each.name for each in fields(CUSTOMER) if getattr(left, each.name) == getattr(CUSTOMER, each.name)}
    assert kept == {"currency", "note"}


def test_the_words_of_a_person_leave_a_text() -> None:
    words = telling_words(["Al", "Ada", "Ada King"])
    assert words == ["Ada King", "Ada"], "the longest first, and what is too short to be told from other words is left"
    assert nameless("Ada King bought; Ada paid", words) == f"{NOBODY} bought; {NOBODY} paid"
