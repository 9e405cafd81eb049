"""The command over a small shop; that its figures are the company's is shown in tests/journeys/test_preview.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import NOON, SETTINGS, make_order, pounds

from comptoir.books.company import Account, AccountType, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.books.facts import TaxLine
from comptoir.books.settings import PaymentSettings, TaxSettings

VAT = TaxCode(LedgerId("c2"), "20 %", (TaxRate(LedgerId("r2"), "VAT 20", Decimal("0.2"), agency="HMRC"),))
OWED = Account(LedgerId("a9"), "VAT Control", AccountType.OTHER_CURRENT_LIABILITY, "GBP", is_tax_payable=True)


@pytest.fixture
def taxed(desk: Desk) -> Desk:
    """An order of 10.00 and 2.00 VAT, one invoice paid in part and taken back in part, a test order, one held."""
    company = desk.ledger.read_company()
    desk.ledger.company = replace(company, accounts=(*company.accounts, OWED), tax_codes=(*company.tax_codes, VAT))
    desk.set(replace(SETTINGS, taxes=TaxSettings(untaxed="No VAT", codes={"VAT": "20 %"})))
    first = make_order(1, "12.00")
    (line,) = first.lines
    vat = TaxLine("VAT", Decimal("0.2"), pounds("2.00"))
    line = replace(line, unit_price=pounds("10.00"), gross=pounds("10.00"), taxes=(vat,))
    third, fourth = make_order(3), make_order(4)
    desk.store.orders = [
        replace(first, lines=(line,)),
        make_order(2, "20.00", paid="5.00"),
        replace(third, test=True),
        replace(fourth, number="4" * 30),
    ]
    return desk


def test_every_order_and_what_it_does_to_the_accounts(taxed: Desk) -> None:
    text = taxed.well("preview")
    assert "left out: Order 3 is a test order." in text
    assert "held: The number" in text
    found = taxed.json("preview")
    assert found["counts"] == {
        "customer": 2, "item": 1, "sales receipt": 1, "invoice": 1, "payment": 1, "left out": 1, "held": 1,
    }  # fmt: skip
    accounts = {row["account"]: (row["debit"], row["credit"]) for row in found["accounts"]}
    assert accounts == {
        "Clearing": ("17.00", "0.00"),
        "Sales": ("0.00", "30.00"),
        "VAT Control": ("0.00", "2.00"),
        "Debtors": ("20.00", "5.00"),
    }
    assert found["tax"] == [{"rate": "VAT 20", "agency": "HMRC", "currency": "GBP", "base": "10.00", "tax": "2.00"}]
    assert not taxed.ledger.sends


def test_one_order_in_full(taxed: Desk) -> None:
    text = taxed.well("preview", "#1")
    for words in (
        "Item to be created: Mug (MUG) (non-inventory, SKU MUG), booked to Sales",
        "Customer to be created: Buyer 1",
        "Sales receipt 1 of 2026-01-10, 12.00 GBP: would be posted",
        "Deposited to:  Clearing",
        "VAT 20 (20 %) on 10.00 GBP: 2.00 GBP",
        "Tax 2.00 GBP, total 12.00 GBP",
        "* to be created",
    ):
        assert words in text
    (document,) = [row for row in taxed.json("preview", "1")["documents"] if row["kind"] == "sale"]
    assert document["becomes"] == "sales receipt"
    assert document["customer"] == "Buyer 1 (to be created)"
    assert document["lines"] == [
        {
            "item": "Mug (MUG)",
            "item_to_be_created": True,
            "description": "Mug",
            "quantity": "1",
            "price": "10.00",
            "amount": "10.00",
            "tax_code": "c2",
        }
    ]
    assert document["tax_by_rate"] == [{"rate": "r2", "base": "10.00", "tax": "2.00"}]
    assert [(row["account"], row["debit"], row["credit"]) for row in document["ledger"]] == [
        ("Clearing", "12.00", "0.00"),
        ("Sales", "0.00", "10.00"),
        ("VAT Control", "0.00", "2.00"),
    ]


def test_an_invoice_with_its_payment(taxed: Desk) -> None:
    text = taxed.well("preview", "2")
    assert "Invoice 2 of 2026-01-10, 20.00 GBP: would be posted" in text
    assert "Why this form: A receipt must be paid in full: 5.00 GBP of 20.00 GBP is paid." in text
    assert "Due on:        2026-01-10" in text
    assert "Payment t2 of 2026-01-10, 5.00 GBP: would be posted" in text


def test_what_is_left_out_and_what_is_held(taxed: Desk) -> None:
    assert "Sale of 2026-01-10, 10.00 GBP: left out" in taxed.well("preview", "3")
    text = taxed.well("preview", "4" * 30)
    assert "Sale of 2026-01-10, 10.00 GBP: held" in text
    assert "→ Shorten the prefix" in text
    assert taxed.json("preview", "3")["documents"][0]["rule"] == "test-order"
    assert taxed.json("preview", "4" * 30)["documents"][0]["problems"][0]["remedy"].startswith("Shorten the prefix")
    assert {row["kind"] for row in taxed.json("preview", "1")["documents"]} == {"item", "customer", "sale"}


def test_what_is_in_the_books_is_shown_as_it_was_posted(taxed: Desk) -> None:
    taxed.well("sync")
    text = taxed.well("preview", "1")
    assert "Sales receipt 1 of 2026-01-10, 12.00 GBP: in the books, as it was posted" in text
    assert "to be created" not in text
    found = taxed.json("preview")
    assert found["counts"] == {"in the books already": 3, "left out": 1, "held": 1}
    assert found["accounts"] == []


def test_lists_that_an_earlier_run_planned_are_known(taxed: Desk) -> None:
    """Held lists and documents that wait for them are shown as they will be, not once more."""
    taxed.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    taxed.well("sync")
    taxed.store.orders.append(replace(make_order(5, "6.00"), updated_at=NOON))
    assert "Mug (MUG)" in taxed.well("preview", "2")
    names = [row.get("name") for row in taxed.json("preview", "2")["documents"]]
    assert names.count("Mug (MUG)") <= 1


def test_a_total_that_the_ledger_spreads(taxed: Desk) -> None:
    company = taxed.ledger.read_company()
    taxed.ledger.company = replace(company, tax_regime=TaxRegime.US_AUTOMATED)
    text = taxed.well("preview", "1")
    assert "QuickBooks spreads the tax over the rates of its code; a cent may fall to another rate" in text


def test_refunds_are_taken_off_the_tax(taxed: Desk) -> None:
    taxed.store.orders = [make_order(7, "10.00", refunded="4.00")]
    text = taxed.well("preview", "7")
    assert "Refund receipt R-7 of 2026-01-10, 4.00 GBP: would be posted" in text
    assert "Refunded from: Clearing" in text


def test_an_order_that_was_never_read(taxed: Desk) -> None:
    result = taxed.run("preview", "99")
    assert result.exit_code == 1
    assert "Order 99 was never read from a store" in result.stderr


def test_an_unpaid_invoice_that_is_written_anew_and_one_that_is_voided(taxed: Desk) -> None:
    taxed.store.orders = [make_order(8, "20.00", paid="0"), make_order(9, "7.00", paid="0")]
    taxed.well("sync")
    later = datetime.now(UTC)
    taxed.store.orders = [
        replace(make_order(8, "26.00", paid="0"), updated_at=later),
        replace(make_order(9, "7.00", paid="0"), updated_at=later, cancelled_at=later),
    ]
    text = taxed.well("preview", "8")
    assert "Sale written anew 8 of 2026-01-10, 26.00 GBP: would be posted" in text
    assert "It takes the place of a document in the books" in text
    (anew,) = [row for row in taxed.json("preview", "8")["documents"] if row["kind"] == "amendment"]
    assert [(row["account"], row["debit"], row["credit"]) for row in anew["ledger"]] == [
        ("Debtors", "6.00", "0.00"),
        ("Sales", "0.00", "6.00"),
    ]
    (void,) = [row for row in taxed.json("preview", "9")["documents"] if row["kind"] == "void"]
    assert void["becomes"] == "invoice voided"
    assert [(row["account"], row["debit"], row["credit"]) for row in void["ledger"]] == [
        ("Debtors", "0.00", "7.00"),
        ("Sales", "7.00", "0.00"),
    ]
    accounts = {row["account"]: (row["debit"], row["credit"]) for row in taxed.json("preview")["accounts"]}
    assert accounts == {"Debtors": ("6.00", "7.00"), "Sales": ("7.00", "6.00")}
