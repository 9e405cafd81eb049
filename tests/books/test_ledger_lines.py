"""Entries beforehand; that the ledger makes the same ones is shown in tests/journeys/test_preview.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import REDUCED, STANDARD, make_company, pounds

from comptoir.books.company import Account, AccountType, Company, TaxCode, TaxRate
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    DocumentLine,
    Known,
    LedgerId,
    MoneyDocument,
    PaymentDocument,
    RateTax,
    Reference,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
)
from comptoir.books.ledger_lines import (
    BY_CODE,
    BY_PLACE,
    Effect,
    SoldItem,
    Totals,
    ledger_effect,
    rewritten,
    rewritten_taxes,
    tax_by_rate,
)
from comptoir.books.money import Money
from comptoir.books.taxes.united_states import NOT_TAXED, TAXED

DAY = date(2026, 3, 10)
JO = Known(LedgerId("c1"), "Jo")
RECEIVABLE = Account(LedgerId("ar"), "Debtors", AccountType.ACCOUNTS_RECEIVABLE, "GBP")
TILL = Account(LedgerId("till"), "Till", AccountType.BANK, "GBP")
SALES = Account(LedgerId("sales"), "Sales", AccountType.INCOME, "GBP")
GIFTS = Account(LedgerId("gifts"), "Gift cards", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
VAT = Account(LedgerId("vat"), "VAT Control", AccountType.OTHER_CURRENT_LIABILITY, "GBP", is_tax_payable=True)
OTHER_TAX = replace(VAT, id=LedgerId("vat2"), name="Levy Board Payable")
OWED = TaxRate(LedgerId("R9"), "Levy", Decimal("0.1"), agency="Levy: Board")
LEVY = TaxCode(LedgerId("T9"), "Levy", (OWED,))
EXPORT = TaxCode(LedgerId("T0"), "No VAT", ())


def books(*more: Account, codes: tuple[TaxCode, ...] = (STANDARD, REDUCED, LEVY, EXPORT)) -> Company:
    company: Company = make_company()
    return replace(company, accounts=(RECEIVABLE, TILL, SALES, GIFTS, *more), tax_codes=codes)


def items(reference: Reference) -> SoldItem:
    assert isinstance(reference, Known)
    known = {"mug": SALES.id, "gift": GIFTS.id, "lamp": SALES.id}
    return SoldItem(reference.id.title(), known.get(reference.id), is_stocked=reference.id == "lamp")


def line(amount: str, item: str = "mug", code: TaxCode | None = None) -> DocumentLine:
    return DocumentLine(Known(LedgerId(item)), "", pounds(amount), tax_code=code.id if code else None)


def sale(*lines: DocumentLine, tax: str = "0", **changes: Any) -> SaleDocument:
    document = SaleDocument(
        form=SaleForm.RECEIPT,
        number="1",
        dated=DAY,
        customer=JO,
        currency="GBP",
        lines=lines,
        tax=pounds(tax),
        private_note="",
        marker="",
        deposit_account=TILL.id,
    )
    return replace(document, **changes)


def refund(*lines: DocumentLine, tax: str = "0", **changes: Any) -> RefundDocument:
    document = RefundDocument("R1", DAY, JO, "GBP", lines, pounds(tax), TILL.id, "", "")
    return replace(document, **changes)


def entry(document: MoneyDocument, company: Company | None = None) -> dict[str, str]:
    effect = ledger_effect(document, company or books(VAT), items)
    assert sum((each.amount.amount for each in effect.lines), Decimal(0)) == 0
    return {each.account: f"{each.amount.amount:f}" for each in effect.lines}


def notes(document: MoneyDocument, company: Company | None = None) -> list[str]:
    return [str(each) for each in ledger_effect(document, company or books(VAT), items).notes]


def test_a_receipt() -> None:
    document = sale(line("10.00", code=STANDARD), line("2.50", code=STANDARD), tax="2.50")
    assert entry(document) == {"Till": "15.00", "Sales": "-12.50", "VAT Control": "-2.50"}


def test_an_invoice_is_owed() -> None:
    assert entry(sale(line("10.00"), form=SaleForm.INVOICE)) == {"Debtors": "10.00", "Sales": "-10.00"}


def test_a_line_below_zero_is_a_debit() -> None:
    document = sale(line("50.00"), line("-15.00", "gift"))
    assert entry(document) == {"Till": "35.00", "Sales": "-50.00", "Gift cards": "15.00"}


def test_what_comes_to_nothing_leaves_no_trace() -> None:
    assert entry(sale(line("5.00"), line("-5.00"))) == {}


def test_tax_inside_the_prices_is_taken_out() -> None:
    document = sale(line("12.00", code=STANDARD), line("3.00", code=EXPORT), tax="2.00", prices_include_tax=True)
    assert entry(document) == {"Till": "15.00", "Sales": "-13.00", "VAT Control": "-2.00"}
    assert tax_by_rate(document, books(VAT)) == (RateTax(LedgerId("R20"), pounds("2.00"), pounds("10.00")),)


def test_stated_rates_are_taken_as_they_are() -> None:
    rates = (RateTax(LedgerId("R20"), pounds("1.99"), pounds("10.00")),)
    document = sale(line("10.00", code=STANDARD), tax="1.99", rates=rates, tax_stated=True)
    assert entry(document)["VAT Control"] == "-1.99"


def test_one_code_for_the_whole_form() -> None:
    taxed, untaxed = replace(line("10.00"), tax_code=TAXED), replace(line("5.00"), tax_code=NOT_TAXED)
    document = sale(taxed, untaxed, tax="2.00", form_tax_code=STANDARD.id)
    assert entry(document) == {"Till": "17.00", "Sales": "-15.00", "VAT Control": "-2.00"}
    unknown = replace(document, form_tax_code=LedgerId("gone"), tax=pounds("0"))
    assert tax_by_rate(unknown, books()) == ()


def test_a_total_that_is_stated_alone() -> None:
    document = sale(replace(line("10.00"), tax_code=TAXED), tax="0.83", tax_stated=True)
    assert entry(document, books()) == {"Till": "10.83", "Sales": "-10.00", "Sales tax owed": "-0.83"}
    assert entry(document)["VAT Control"] == "-0.83"


def test_a_total_that_is_stated_under_a_code_of_the_forms_own_is_spread_over_its_rates() -> None:
    """0.91 of tax on 10.00 at 7.1 % and 2 %: 0.71 and 0.20; a stated 0.95 in the same proportion."""
    rates = (
        TaxRate(LedgerId("state"), "State", Decimal("0.071"), agency="State"),
        TaxRate(LedgerId("city"), "City", Decimal("0.02"), agency="City"),
    )
    company = books(codes=(TaxCode(LedgerId("T9"), "Tucson", rates),))
    document = sale(replace(line("10.00"), tax_code=TAXED), tax="0.95", form_tax_code=LedgerId("T9"), tax_stated=True)
    found = tax_by_rate(document, company)
    assert [(each.rate, str(each.amount.amount), str(each.base.amount)) for each in found] == [
        ("state", "0.74", "10.00"),
        ("city", "0.21", "10.00"),
    ]
    effect = ledger_effect(document, company, items)
    assert [str(note) for note in effect.notes] == [BY_CODE]
    gone = replace(document, form_tax_code=LedgerId("gone"))
    assert tax_by_rate(gone, company) == ()
    by_place = replace(document, form_tax_code=None)
    assert [str(note) for note in ledger_effect(by_place, company, items).notes] == [BY_PLACE]
    assert ledger_effect(replace(by_place, tax=pounds("0.00")), company, items).notes == ()


@pytest.mark.parametrize(
    ("accounts", "named"),
    [
        ((), "Sales tax owed to Levy: Board"),
        ((VAT,), "VAT Control"),
        ((VAT, OTHER_TAX), "Levy Board Payable"),
        ((VAT, replace(VAT, id=LedgerId("v3"), name="GST")), "Sales tax owed to Levy: Board"),
        ((replace(VAT, active=False),), "Sales tax owed to Levy: Board"),
    ],
    ids=["none", "the only one", "the agency's", "several", "inactive"],
)
def test_whose_account_tax_is_owed_on(accounts: tuple[Account, ...], named: str) -> None:
    assert entry(sale(line("10.00", code=LEVY), tax="1.00"), books(*accounts))[named] == "-1.00"


def test_a_refund_is_the_sale_backwards() -> None:
    document = refund(line("10.00", code=STANDARD), tax="2.00")
    assert entry(document) == {"Till": "-12.00", "Sales": "10.00", "VAT Control": "2.00"}
    memo = replace(document, form=RefundForm.CREDIT_MEMO, refund_account=None)
    assert entry(memo) == {"Debtors": "-12.00", "Sales": "10.00", "VAT Control": "2.00"}


def test_a_payment_and_cash_back() -> None:
    payment = PaymentDocument(Known(LedgerId("i")), JO, DAY, pounds("7.00"), TILL.id, "ref", "", "")
    assert entry(payment) == {"Till": "7.00", "Debtors": "-7.00"}
    back = CashBackDocument(JO, TILL.id, RECEIVABLE.id, DAY, pounds("4.00"), "R1", "", "")
    assert entry(back) == {"Debtors": "4.00", "Till": "-4.00"}


def test_an_application_moves_nothing() -> None:
    joint = ApplicationDocument(JO, DAY, Known(LedgerId("m")), Known(LedgerId("i")), pounds("4.00"), "R1", "", "")
    assert entry(joint) == {}
    assert notes(joint) == ["No account changes: this joins the credit with what it pays."]


def test_accounts_that_are_not_known_are_named_by_what_they_hold() -> None:
    document = sale(line("10.00", "rug"), deposit_account=LedgerId("77"))
    assert entry(document) == {"Account 77": "10.00", 'Income account of the item "Rug"': "-10.00"}


def test_stock_and_its_unknown_cost() -> None:
    assert "The stock of Lamp changes too" in notes(sale(line("1.00", "lamp"), line("1.00", "lamp")))[0]
    assert "back to the inventory account" in notes(refund(line("1.00", "lamp")))[0]
    assert notes(sale(line("1.00"))) == []


def test_another_currency() -> None:
    euros = Money(Decimal("10.00"), "EUR")
    receipt = sale(replace(line("0"), amount=euros), currency="EUR")
    invoice = replace(receipt, form=SaleForm.INVOICE, tax=Money(Decimal(0), "EUR"))
    assert entry(invoice) == {"Accounts receivable in EUR": "10.00", "Sales": "-10.00"}
    assert notes(invoice) == ["In EUR; QuickBooks books it in GBP at its own rate of the day."]
    assert notes(replace(invoice, exchange_rate=Decimal("0.85"))) == ["In EUR; QuickBooks books it in GBP at 0.85."]


def test_sums_keep_both_sides() -> None:
    sums, company = Totals(), books(VAT)
    for document, sign in (
        (sale(line("10.00", code=STANDARD), tax="2.00"), 1),
        (refund(line("5.00", code=STANDARD), tax="1.00"), -1),
    ):
        sums.add(ledger_effect(document, company, items), tax_by_rate(document, company), sign=sign)
    assert {name: str(amount) for (_, name), amount in sums.debits.items()} == {
        "Till": "12.00 GBP", "Sales": "5.00 GBP", "VAT Control": "1.00 GBP",
    }  # fmt: skip
    assert {name: str(amount) for (_, name), amount in sums.credits.items()} == {
        "Sales": "10.00 GBP", "VAT Control": "2.00 GBP", "Till": "6.00 GBP",
    }  # fmt: skip
    assert list(sums.taxes.values()) == [RateTax(LedgerId("R20"), pounds("1.00"), pounds("5.00"))]


def test_sums_of_two_currencies_stand_one_after_the_other() -> None:
    sums, company = Totals(), books(VAT)
    none, four = Money(Decimal(0), "EUR"), Money(Decimal("4.00"), "EUR")
    euros = replace(sale(replace(line("0"), amount=four), currency="EUR", form=SaleForm.INVOICE), tax=none)
    for document in (sale(line("10.00", code=STANDARD), tax="2.00"), euros):
        sums.add(ledger_effect(document, company, items), tax_by_rate(document, company), sign=1)
    assert [(name, str(debit), str(credit)) for name, debit, credit in sums.accounts()] == [
        ("Till", "12.00 GBP", "0.00 GBP"),
        ("Sales", "0.00 GBP", "10.00 GBP"),
        ("VAT Control", "0.00 GBP", "2.00 GBP"),
        ("Accounts receivable in EUR", "4.00 EUR", "0.00 EUR"),
        ("Sales", "0.00 EUR", "4.00 EUR"),
    ]
    assert {name: str(words) for name, words in sums.words.items()} == {
        "Accounts receivable in EUR": "Accounts receivable in EUR"
    }
    assert [(rate.name, str(tax.amount)) for rate, tax in sums.by_rate(company)] == [("20.0% S (Sales)", "2.00 GBP")]


def test_a_document_in_the_place_of_another_changes_the_difference() -> None:
    company = books(VAT)
    before = sale(line("10.00", code=STANDARD), line("4.00"), tax="2.00", form=SaleForm.INVOICE)
    after = sale(line("15.00", code=STANDARD), line("4.00"), tax="3.00", form=SaleForm.INVOICE)
    entries = [ledger_effect(each, company, items) for each in (before, after)]
    effect = rewritten(*entries)
    assert {each.account: str(each.amount) for each in effect.lines} == {
        "Debtors": "6.00 GBP",
        "Sales": "-5.00 GBP",
        "VAT Control": "-1.00 GBP",
    }
    assert [str(each) for each in effect.notes] == [
        "It takes the place of a document in the books: what changes in the accounts is shown."
    ]
    taxes = [tax_by_rate(each, company) for each in (before, after)]
    assert rewritten_taxes(*taxes) == (RateTax(LedgerId("R20"), pounds("1.00"), pounds("5.00")),)
    assert rewritten_taxes(taxes[0], taxes[0]) == ()


def test_a_void_takes_the_whole_entry_back() -> None:
    company = books(VAT)
    document = sale(line("10.00", code=STANDARD), tax="2.00", form=SaleForm.INVOICE)
    effect = rewritten(ledger_effect(document, company, items), Effect(()))
    assert {each.account: str(each.amount) for each in effect.lines} == {
        "Debtors": "-12.00 GBP",
        "Sales": "10.00 GBP",
        "VAT Control": "2.00 GBP",
    }
