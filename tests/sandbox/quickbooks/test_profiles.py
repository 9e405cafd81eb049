"""Each profile's tax and currency arithmetic, and the options of any profile."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.quickbooks.profile import Options, load

D = Decimal
Opener = Callable[..., Any]


def taxes(document: dict[str, Any]) -> list[Decimal]:
    return [line["Amount"] for line in document["TxnTaxDetail"].get("TaxLine", [])]


def test_quebec_rounds_each_rate_on_the_document(desk: Opener) -> None:
    books = desk("quebec")
    code = "GST/QST QC - 9.975"
    made = books.make("SalesReceipt", {"Line": [books.line("50.00", code), books.line("50.00", code)]})
    assert (made["TotalAmt"], taxes(made)) == (D("114.98"), [D("5.00"), D("9.98")])
    assert books.balance("GST/HST Payable") == D("-5.00")
    assert books.balance("QST Payable") == D("-9.98")
    thirty = books.make("SalesReceipt", {"Line": [books.line("1.10", "GST")] * 30})
    assert thirty["TxnTaxDetail"]["TotalTax"] == D("1.65")  # posting.md §1: 1.80 by line, 1.65 by document


def test_included_tax_of_two_rates_is_the_residual(desk: Opener) -> None:
    books = desk("quebec")
    line = books.line("114.98", "GST/QST QC - 9.975")
    made = books.make("SalesReceipt", {"GlobalTaxCalculation": "TaxInclusive", "Line": [line]})
    assert (made["TotalAmt"], made["Line"][0]["Amount"], taxes(made)) == (D("114.98"), 100, [5, D("9.98")])
    # 10.00 / 1.14975 = 8.697...: net 8.70; the residual 1.30 parts into 0.43 and the rest.
    ten = books.make(
        "SalesReceipt",
        {"GlobalTaxCalculation": "TaxInclusive", "Line": [books.line("10.00", "GST/QST QC - 9.975")]},
    )
    assert (ten["Line"][0]["Amount"], taxes(ten)) == (D("8.70"), [D("0.43"), D("0.87")])


def us_form(books: Any, *, after: bool) -> dict[str, Any]:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    return {
        "Line": [books.line("50.00", "TAX"), discount],
        "ApplyTaxAfterDiscount": after,
        "TxnTaxDetail": {"TxnTaxCodeRef": books.ref("TaxCode", "California")},
    }


@pytest.mark.parametrize(("after", "total", "tax"), [(False, "49.00", "4.00"), (True, "48.60", "3.60")])
def test_us_discount_before_or_after_tax(desk: Opener, after: bool, total: str, tax: str) -> None:
    books = desk("us-manual")
    made = books.make("SalesReceipt", us_form(books, after=after))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (D(total), D(tax))
    assert "GlobalTaxCalculation" not in made


def test_the_recorded_us_refund(desk: Opener) -> None:
    books = desk("us-manual")
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    made = books.make(
        "RefundReceipt",
        {
            "DepositToAccountRef": books.account("Checking"),
            "Line": [books.line("345.00", "TAX"), discount, books.shipping("5.00")],
            "TxnTaxDetail": {"TxnTaxCodeRef": books.ref("TaxCode", "Low")},
        },
    )
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (D("337.93"), D("22.43"))


def test_us_manual_codes_defaults_and_overrides(desk: Opener) -> None:
    books = desk("us-manual")
    tucson = books.ref("TaxCode", "Tucson")
    ada = books.customer(DefaultTaxCodeRef=tucson)
    item = books.ref("Item", "Sales")
    made = books.make("Invoice", {"CustomerRef": ada, "Line": [books.line("100.00", ItemRef=item)]})
    assert made["Line"][0]["SalesItemLineDetail"]["TaxCodeRef"] == {"value": "TAX"}
    assert (taxes(made), made["TxnTaxDetail"]["TxnTaxCodeRef"]["value"]) == ([D("7.10"), 2], tucson["value"])
    assert books.balance("Arizona Dept. of Revenue Payable") == D("-9.10")
    kept = books.change("Invoice", made["Id"], Line=[books.line("200.00", "TAX")])
    assert taxes(kept) == [D("14.20"), 4]
    total = books.change("Invoice", made["Id"], TxnTaxDetail={"TxnTaxCodeRef": tucson, "TotalTax": "18.00"})
    assert (taxes(total), total["TotalAmt"]) == ([D("14.04"), D("3.96")], 218)
    rate = {"TaxRateRef": books.ref("TaxRate", "Tucson City")}
    line = {"Amount": "5.00", "DetailType": "TaxLineDetail", "TaxLineDetail": rate}
    stated = books.change("Invoice", made["Id"], TxnTaxDetail={"TxnTaxCodeRef": tucson, "TaxLine": [line]})
    assert taxes(stated) == [D("14.20"), 5]
    untaxed = books.customer("Eve", Taxable=False, DefaultTaxCodeRef=tucson)
    free = books.make("Invoice", {"CustomerRef": untaxed, "Line": [books.line("100.00", ItemRef=item)]})
    assert free["TotalAmt"] == 100
    assert books.make("SalesReceipt", {"Line": [books.line("1.00", "TAX")]})["TxnTaxDetail"] == {"TotalTax": 0}


def test_us_refusals(desk: Opener) -> None:
    books = desk("us-manual")
    assert books.refused("SalesReceipt", {"Line": [books.line("1.00", TaxCodeRef={"value": "3"})]}) == "6100"
    for wrong in ("TAX", "99"):
        detail = {"TxnTaxCodeRef": {"value": wrong}}
        assert books.refused("SalesReceipt", {"Line": [books.line("1", "TAX")], "TxnTaxDetail": detail}) == "2500"
    california = {"TxnTaxCodeRef": books.ref("TaxCode", "California")}
    for line, code in (
        ({"Amount": 1, "TaxLineDetail": {"TaxRateRef": books.ref("TaxRate", "Low")}}, "2500"),
        ({"Amount": 1}, "2020"),
        ({"TaxLineDetail": {"TaxRateRef": books.ref("TaxRate", "California")}}, "2020"),
    ):
        body = {"Line": [books.line("1", "TAX")], "TxnTaxDetail": {**california, "TaxLine": [line]}}
        assert books.refused("SalesReceipt", body) == code


def place(state: str) -> dict[str, Any]:
    return {"ShipAddr": {"Line1": "1 Main Street", "CountrySubDivisionCode": state, "Country": "US"}}


def test_us_automated_finds_the_rates_of_the_place(desk: Opener) -> None:
    books = desk("us-automated")
    line = [books.line("100.00", "TAX"), books.line("50.00", "NON")]
    york = books.make("SalesReceipt", {"Line": line, **place("NY")})
    assert (taxes(york), york["TotalAmt"]) == ([4, D("4.50"), D("0.38")], D("158.88"))
    assert york["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["NetAmountTaxable"] == 100
    assert books.balance("New York Department of Taxation and Finance Payable") == D("-8.88")
    assert books.make("SalesReceipt", {"Line": line})["TotalAmt"] == D("158.63")  # the company's own place
    assert books.make("SalesReceipt", {"Line": line, **place("OR")})["TotalAmt"] == 150
    exempt = books.customer(TaxExemptionReasonId="9")
    assert books.make("Invoice", {"CustomerRef": exempt, "Line": line, **place("NY")})["TotalAmt"] == 150


def test_us_automated_takes_the_stores_tax(desk: Opener) -> None:
    books = desk("us-automated")
    lines = [books.line("100.00", "TAX"), books.shipping("10.00", "TAX")]
    stated = {"Line": lines, "TxnTaxDetail": {"TotalTax": "8.80"}, **place("AZ")}
    whole = books.make("SalesReceipt", {**stated, "ShippingTaxIncludedInTotalTax": True})
    assert (whole["TotalAmt"], whole["TxnTaxDetail"]["TaxReviewStatus"]) == (D("118.80"), "AST_TAX_OVERRIDE")
    assert books.make("SalesReceipt", stated)["TotalAmt"] == D("119.36")  # 5.6 % of the shipping on top
    spread = books.make("SalesReceipt", {**stated, **place("NY"), "ShippingTaxIncludedInTotalTax": True})
    assert (len(taxes(spread)), sum(taxes(spread))) == (3, D("8.80"))
    nowhere = books.make("SalesReceipt", {**stated, **place("OR"), "ShippingTaxIncludedInTotalTax": True})
    assert taxes(nowhere) == [D("8.80")]
    own = {"TxnTaxDetail": {"TxnTaxCodeRef": books.ref("TaxCode", "Own 5 %")}}
    custom = books.make("SalesReceipt", {"Line": lines, **place("NY"), **own})
    assert (custom["TotalAmt"], custom["TxnTaxDetail"]["TaxReviewStatus"]) == (D("115.50"), "NON_AST_TAX")
    untaxed = {"Line": [books.line("5.00", "NON")], "TxnTaxDetail": {"TotalTax": "1.00"}}
    assert books.make("SalesReceipt", untaxed)["TotalAmt"] == 5


def euro(books: Any, rate: str = "0.85", amount: str = "100.00") -> tuple[dict[str, str], dict[str, Any]]:
    customer = books.customer("Zoé", CurrencyRef={"value": "EUR"})
    line = [books.line(amount, "No VAT")]
    body = {"CustomerRef": customer, "CurrencyRef": {"value": "EUR"}, "ExchangeRate": rate, "Line": line}
    return customer, books.make("Invoice", body)


def pay(customer: dict[str, str], amount: str, invoice: str, **fields: Any) -> dict[str, Any]:
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice, "TxnType": "Invoice"}]}
    return {"CustomerRef": customer, "TotalAmt": amount, "Line": [line], **fields}


def test_exchange_gain_on_payments(desk: Opener) -> None:
    books = desk("multicurrency")
    customer, invoice = euro(books)
    assert (invoice["HomeTotalAmt"], invoice["CurrencyRef"]["name"], invoice["HomeBalance"]) == (85, "Euro", 85)
    bank = books.account("Euro account")
    half = pay(customer, "50.00", invoice["Id"], ExchangeRate="0.90", DepositToAccountRef=bank)
    first = books.make("Payment", half)
    assert books.balance("Exchange Gain or Loss") == D("-2.50")
    books.make("Payment", {**half, "ExchangeRate": "0.80"})
    assert books.balance("Exchange Gain or Loss") == 0
    assert books.balance("Accounts Receivable (A/R) - EUR") == 0
    assert (books.balance("Euro account"), books.read("Account", bank["value"])["CurrentBalance"]) == (85, 100)
    books.end("Payment", first["Id"])
    assert books.balance("Accounts Receivable (A/R) - EUR") == D("42.50")
    assert books.read("Customer", customer["value"])["Balance"] == 50
    assert books.read("Invoice", invoice["Id"])["HomeBalance"] == D("42.50")


def test_rates_come_from_the_day(desk: Opener) -> None:
    books = desk("multicurrency")
    books.service.exchange_rate({"SourceCurrencyCode": "EUR", "AsOfDate": "2026-01-10", "Rate": "0.9"})
    customer = books.customer("Zoé", CurrencyRef={"value": "EUR"})
    body = {"CustomerRef": customer, "Line": [books.line("10.00", "20.0% S")]}
    early = books.make("Invoice", {**body, "TxnDate": "2026-01-09"})
    late = books.make("Invoice", {**body, "TxnDate": "2026-01-11"})
    assert (early["ExchangeRate"], late["ExchangeRate"], late["HomeTotalAmt"]) == (D("0.85"), D("0.9"), D("10.80"))
    kept = books.change("Invoice", early["Id"], PrivateNote="x", TxnDate="2026-01-12")
    assert kept["ExchangeRate"] == D("0.85")


def test_currencies_refused(desk: Opener) -> None:
    books = desk("multicurrency")
    customer, invoice = euro(books)
    home = books.customer("Home")
    line = [books.line("1.00", "No VAT")]
    refused = books.refused
    assert refused("Invoice", {"CustomerRef": home, "CurrencyRef": {"value": "EUR"}, "Line": line}) == "6000"
    assert refused("Invoice", {"CustomerRef": customer, "CurrencyRef": {"value": "JPY"}, "Line": line}) == "2500"
    assert refused("Invoice", {"CustomerRef": customer, "ExchangeRate": 0, "Line": line}) == "2090"
    dollars = books.account("Dollar account")
    assert refused("Payment", pay(customer, "1.00", invoice["Id"], DepositToAccountRef=dollars)) == "6000"
    sterling = books.account("Accounts Receivable (A/R) - USD")
    assert refused("Payment", pay(customer, "1.00", invoice["Id"], ARAccountRef=sterling)) == "6000"
    change = {"Id": customer["value"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "USD"}}
    assert refused("Customer", change, "update") == "6000"
    assert books.make("Customer", {"DisplayName": "Sub", "ParentRef": customer})["CurrencyRef"]["value"] == "EUR"
    expense = {"Name": "Fees EUR", "AccountType": "Expense", "CurrencyRef": {"value": "EUR"}}
    assert refused("Account", expense) == "6000"
    assert refused("CompanyCurrency", {"Code": "eur"}) == "2220"
    assert refused("CompanyCurrency", {}) == "2020"
    yen = books.make("CompanyCurrency", {"Code": "JPY", "Name": "Yen"})
    made = books.make("Invoice", {"CustomerRef": books.customer("K", CurrencyRef={"value": "JPY"}), "Line": line})
    assert (yen["Code"], made["ExchangeRate"]) == ("JPY", 1)
    assert "Accounts Receivable (A/R) - JPY" in books.balances()
    assert desk("uk").refused("CompanyCurrency", {"Code": "EUR"}) == "5020"


def test_numbers_classes_locations_and_closing_by_option(desk: Opener) -> None:
    books = desk("uk", custom_numbers=False, classes="form", locations=False, books_closed_until="2026-01-15")
    body = {
        "Line": [books.line("1.00", "No VAT", ClassRef=books.ref("Class", "Online"))],
        "ClassRef": books.ref("Class", "Shop"),
        "DepartmentRef": {"value": "1"},
    }
    made = books.make("SalesReceipt", body)
    assert (made["DocNumber"], made["ClassRef"]["name"]) == ("1001", "Shop")
    assert "DepartmentRef" not in made
    assert "ClassRef" not in made["Line"][0]["SalesItemLineDetail"]
    assert books.refused("SalesReceipt", {**body, "TxnDate": "2026-01-15"}) == "6200"
    other = desk("uk", classes="off", sales_tax=False)
    free = other.make("SalesReceipt", {"Line": [other.line("10.00", "20.0% S")], "TxnTaxDetail": {"TotalTax": 2}})
    assert free["TotalAmt"] == 10
    assert "TxnTaxDetail" not in free
    assert other.refused("Class", {"Name": "New"}) == "5020"


def test_wrong_options_are_refused() -> None:
    with pytest.raises(ValueError, match="classes"):
        Options(classes="page").applied(load("uk"))
    with pytest.raises(ValueError, match="isoformat"):
        Options(books_closed_until="soon").applied(load("uk"))


def test_auto_apply_attaches_to_the_oldest_open_invoice(desk: Opener) -> None:
    books = desk("uk", auto_apply=True)
    ada = books.customer()

    def invoice(amount: str, day: str) -> dict[str, Any]:
        body = {"CustomerRef": ada, "TxnDate": day, "Line": [books.line(amount, "No VAT")]}
        made: dict[str, Any] = books.make("Invoice", body)
        return made

    late, early = invoice("30.00", "2026-01-20"), invoice("20.00", "2026-01-10")
    credit = books.make("CreditMemo", {"CustomerRef": ada, "Line": [books.line("25.00", "No VAT")]})
    assert (credit["RemainingCredit"], credit["SyncToken"]) == (0, "1")
    assert [books.read("Invoice", each["Id"])["Balance"] for each in (early, late)] == [0, 25]
    paid = books.make("Payment", {"CustomerRef": ada, "TotalAmt": 40})
    assert (paid["UnappliedAmt"], books.read("Invoice", late["Id"])["Balance"]) == (15, 0)
    rest = books.make("CreditMemo", {"CustomerRef": ada, "Line": [books.line("5.00", "No VAT")]})
    assert rest["RemainingCredit"] == 5
    assert invoice("8.00", "2026-01-25")["Balance"] == 3


def test_an_invoice_that_changes_hands_is_open_for_its_new_customer(desk: Opener) -> None:
    books = desk("us-manual", auto_apply=True)
    ada, bob = books.customer("Ada"), books.customer("Bob")
    bill = books.make("Invoice", {"CustomerRef": ada, "Line": [books.line("5.00", "NON")]})
    books.change("Invoice", bill["Id"], CustomerRef=bob)
    unused = books.make("Payment", {"CustomerRef": ada, "TotalAmt": 5})
    used = books.make("Payment", {"CustomerRef": bob, "TotalAmt": 5})
    assert (unused["UnappliedAmt"], used["UnappliedAmt"]) == (5, 0)


def test_names_move_between_parents_and_spellings(desk: Opener) -> None:
    books = desk("us-manual")
    first, second = books.customer("First"), books.customer("Second")
    job = books.make("Customer", {"DisplayName": "Job", "ParentRef": first})
    moved = books.change("Customer", job["Id"], ParentRef=second, DisplayName="Work")
    assert (moved["FullyQualifiedName"], books.customer("Job")["value"]) == ("Second:Work", "4")
    books.make("Invoice", {"CustomerRef": {"value": job["Id"]}, "Line": [books.line("5.00", "NON")]})
    balances = [books.read("Customer", each["value"])["BalanceWithJobs"] for each in (first, second)]
    assert balances == [0, 5]
    income = {"IncomeAccountRef": books.account("Services")}
    under = {"Name": "Below", "Type": "Service", **income, "SubItem": True}
    assert books.refused("Item", under) == "6150"
    assert books.refused("Item", {**under, "ParentRef": {"value": "1"}}) == "700"
