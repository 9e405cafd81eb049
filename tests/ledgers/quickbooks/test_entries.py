from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.engine.errors import Unexpected
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.entries import item_entry, name_entry, to_entry


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def row(**members: Any) -> dict[str, Any]:
    return {"Id": "12", "SyncToken": "3", **members}


def test_an_invoice_as_an_entry() -> None:
    entry = to_entry(
        Kind.SALE,
        "Invoice",
        row(
            DocNumber="S1",
            TxnDate="2026-02-28",
            TotalAmt=Decimal("12.00"),
            Balance=Decimal("2.50"),
            TxnTaxDetail={"TotalTax": Decimal("2.00")},
            CurrencyRef={"value": "EUR"},
            PrivateNote="note\n[c:1]",
        ),
        "GBP",
    )
    assert (entry.id, entry.version, entry.type, entry.number) == ("12", "3", "Invoice", "S1")
    assert entry.dated == date(2026, 2, 28)
    assert entry.total == Money(Decimal("12.00"), "EUR")
    assert entry.tax == Money(Decimal("2.00"), "EUR")
    assert entry.balance == Money(Decimal("2.50"), "EUR")
    assert entry.private_note == "note\n[c:1]"


def test_a_form_that_says_little() -> None:
    entry = to_entry(Kind.REFUND, "RefundReceipt", row(DocNumber=None), "GBP")
    assert (entry.number, entry.total, entry.tax, entry.balance) == ("", gbp("0"), gbp("0"), gbp("0"))


def test_a_payment_as_an_entry() -> None:
    entry = to_entry(Kind.PAYMENT, "Payment", row(PaymentRefNum="ch_1", TotalAmt=5, UnappliedAmt="1.5"), "GBP")
    assert (entry.number, entry.total, entry.balance) == ("ch_1", gbp("5"), gbp("1.5"))


def test_an_application_as_an_entry() -> None:
    entry = to_entry(Kind.APPLICATION, "Payment", row(PaymentRefNum="R-1", TotalAmt=0, UnappliedAmt="2"), "GBP")
    assert (entry.number, entry.total, entry.balance) == ("R-1", gbp("0"), gbp("2"))


def test_names_and_items_as_entries() -> None:
    vendor = name_entry("Vendor", wire.parse({"Id": "4", "DisplayName": "Acme", "Notes": "[c]"}, wire.Name))
    assert (vendor.kind, vendor.type, vendor.number, vendor.total) == (Kind.CUSTOMER, "Vendor", "Acme", None)
    assert vendor.private_note == "[c]"
    item = item_entry(wire.parse({"Id": "4", "Name": "Mug", "Type": "Service"}, wire.Item))
    category = item_entry(wire.parse({"Id": "5", "Name": "Mugs", "Type": "Category"}, wire.Item))
    assert (item.type, item.number, category.type) == ("Item", "Mug", "Category")


def test_what_is_no_transaction_is_told() -> None:
    with pytest.raises(Unexpected):
        to_entry(Kind.SALE, "Invoice", {"SyncToken": "0"}, "GBP")


def line(amount: str, **detail: Any) -> dict[str, Any]:
    return {"Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


@pytest.mark.parametrize(
    ("members", "voided"),
    [
        ({"TotalAmt": 0, "PrivateNote": "Voided"}, True),
        ({"TotalAmt": Decimal("0.00"), "PrivateNote": "Voided - Order 1"}, True),
        ({"TotalAmt": 0, "PrivateNote": "Order 1"}, False),
        ({"TotalAmt": 5, "PrivateNote": "Voided by the courier"}, False),
        ({"TotalAmt": 0, "PrivateNote": "Voided by the courier", "Line": [line("5"), line("-5")]}, False),
        ({"TotalAmt": 0, "PrivateNote": "Annulé - commande 1", "Line": [line("0", Qty=0), line("0")]}, True),
        ({"TotalAmt": 0, "PrivateNote": "A gift", "Line": [line("0", Qty=1)]}, False),
        ({"TotalAmt": 0, "PrivateNote": "A gift", "Line": [line("0")]}, False),
    ],
)
def test_a_void_has_no_flag(members: dict[str, Any], *, voided: bool) -> None:
    assert to_entry(Kind.SALE, "Invoice", row(**members), "GBP").voided is voided


@pytest.mark.parametrize(
    ("links", "linked"),
    [
        ([], False),
        ([{"TxnId": "9", "TxnType": "Payment"}], True),
        ([{"TxnId": "9", "TxnType": "Deposit"}], True),
        ([{"TxnId": "9", "TxnType": "Estimate"}], False),
        ([{"TxnId": "9", "TxnType": "Estimate"}, {"TxnId": "10", "TxnType": "Payment"}], True),
    ],
)
def test_what_hangs_on_a_document(links: list[dict[str, str]], *, linked: bool) -> None:
    assert to_entry(Kind.SALE, "Invoice", row(LinkedTxn=links), "GBP").linked is linked


def test_a_payments_own_links_do_not_hang_on_it() -> None:
    lines = [{"Amount": 5, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]
    assert not to_entry(Kind.PAYMENT, "Payment", row(Line=lines), "GBP").linked
