"""Bills and their payments, transfers, tax on purchases, deposits and journals (§15.4, §16.2, §16.4)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

D = Decimal
Opener = Callable[..., Any]


def cost(books: Any, amount: str, account: str, code: str | None = None, **detail: Any) -> dict[str, Any]:
    found = {"AccountRef": books.account(account), **detail}
    if code is not None:
        found["TaxCodeRef"] = books.ref("TaxCode", code)
    return {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": found}


def bill(books: Any, *lines: dict[str, Any], vendor: str = "Royal Mail", **fields: Any) -> dict[str, Any]:
    return {"VendorRef": books.ref("Vendor", vendor), "TxnDate": "2026-01-10", "Line": list(lines), **fields}


def paid(books: Any, made: dict[str, Any], amount: str, account: str = "Current account") -> dict[str, Any]:
    link = {"Amount": amount, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Bill"}]}
    return {
        "VendorRef": made["VendorRef"],
        "TotalAmt": amount,
        "TxnDate": "2026-01-20",
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": books.account(account)},
        "Line": [link],
    }


def test_purchase_tax_is_claimed_back_from_the_agency(desk: Opener) -> None:
    # §15.4: "Purchases/deposit/journal lines: TaxApplicableOn Sales or Purchase decides the direction".
    books = desk("uk")
    lines = [cost(books, "10.00", "Bank charges", "20.0% S"), cost(books, "3.00", "Advertising", "No VAT")]
    body = {"PaymentType": "Cash", "AccountRef": books.account("Current account"), "Line": lines}
    made = books.make("Purchase", body)
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (15, 2)
    rate = made["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxRateRef"]["value"]
    assert books.read("TaxRate", rate)["Name"] == "20.0% S (Purchases)"
    assert books.balances() == {"Bank charges": 10, "Advertising": 3, "VAT Control": 2, "Current account": -15}
    gross = books.change("Purchase", made["Id"], **{**body, "GlobalTaxCalculation": "TaxInclusive"})
    assert gross["Line"][0]["Amount"] == D("8.33")
    assert gross["Line"][0]["AccountBasedExpenseLineDetail"]["TaxInclusiveAmt"] == 10
    assert books.balances()["VAT Control"] == D("1.67")
    back = books.make("Purchase", {**body, "Credit": True, "GlobalTaxCalculation": "TaxInclusive"})
    assert (back["TotalAmt"], books.balances()) == (13, {})
    # §9, 6000: "missing tax code on a line in non-US companies"; §15.4: not with NotApplicable.
    assert books.refused("Purchase", {**body, "Line": [cost(books, "1.00", "Bank charges")]}) == "6000"
    stated = {**body, "GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 2}}
    assert books.refused("Purchase", stated) == "6170"
    assert books.refused("Purchase", {**body, "TotalAmt": 14}) == "6070"
    assert books.make("Purchase", {**body, "TotalAmt": 15})["TotalAmt"] == 15


def test_tax_on_purchases_is_cost_in_the_united_states(desk: Opener) -> None:
    books = desk("us-manual")
    made = books.make("Bill", bill(books, cost(books, "10.00", "Bank Charges"), vendor="US Mail"))
    assert (made["TotalAmt"], "TxnTaxDetail" in made) == (10, False)


def test_two_purchase_rates_of_quebec(desk: Opener) -> None:
    books = desk("quebec")
    line = cost(books, "100.00", "Frais bancaires", "GST/QST QC - 9.975")
    made = books.make("Bill", bill(books, line, vendor="Postes Canada"))
    assert made["TotalAmt"] == D("114.98")
    assert (books.balance("GST/HST Payable"), books.balance("QST Payable")) == (5, D("9.98"))


def test_a_bill_is_owed_until_it_is_paid(desk: Opener) -> None:
    books = desk("uk")
    made = books.make("Bill", bill(books, cost(books, "100.00", "Purchases", "20.0% S"), DocNumber="B-1"))
    assert (made["TotalAmt"], made["Balance"], made["DueDate"]) == (120, 120, "2026-01-10")
    assert books.read("Vendor", made["VendorRef"]["value"])["Balance"] == 120
    assert books.balance("Accounts Payable (A/P)") == -120
    half = books.make("BillPayment", paid(books, made, "50.00"))
    read = books.read("Bill", made["Id"])
    assert (read["Balance"], read["SyncToken"]) == (70, "1")
    assert read["LinkedTxn"] == [{"TxnId": half["Id"], "TxnType": "BillPaymentCheck"}]
    card = {**paid(books, made, "70.00"), "PayType": "CreditCard"}
    del card["CheckPayment"]
    card["CreditCardPayment"] = {"CCAccountRef": books.account("Credit card")}
    second = books.make("BillPayment", card)
    assert [each["TxnType"] for each in books.read("Bill", made["Id"])["LinkedTxn"]] == [
        "BillPaymentCheck",
        "BillPaymentCreditCard",
    ]
    assert (books.balance("Credit card"), books.balance("Accounts Payable (A/P)")) == (-70, 0)
    assert books.refused("BillPayment", paid(books, made, "1.00")) == "620"
    void = books.end("BillPayment", half["Id"], "void")
    assert (void["TotalAmt"], void["PrivateNote"], books.read("Bill", made["Id"])["Balance"]) == (0, "Voided", 50)
    books.end("BillPayment", second["Id"])
    assert books.read("Bill", made["Id"])["Balance"] == 120
    again = books.make("BillPayment", paid(books, made, "120.00"))
    # §3: "Sparse still needs the fields that the entity requires for validation in some types".
    target = {"Id": made["Id"], "SyncToken": books.read("Bill", made["Id"])["SyncToken"], "sparse": True}
    assert books.refused("Bill", {**target, "PrivateNote": "x"}, "update") == "2020"
    smaller = books.change(
        "Bill", made["Id"], VendorRef=made["VendorRef"], Line=[cost(books, "50.00", "Purchases", "No VAT")]
    )
    assert (smaller["TotalAmt"], smaller["Balance"]) == (50, 0)
    assert books.read("BillPayment", again["Id"])["Line"][0]["Amount"] == 50
    books.end("Bill", made["Id"])
    assert books.read("BillPayment", again["Id"])["Line"] == []
    assert books.read("Vendor", made["VendorRef"]["value"])["Balance"] == -120


def test_bills_and_payments_refused(desk: Opener) -> None:
    books = desk("uk")
    line = cost(books, "10.00", "Purchases", "No VAT")
    made = books.make("Bill", bill(books, line))
    other = books.make("Vendor", {"DisplayName": "Other"})
    for change, code in (
        ({"VendorRef": None}, "2020"),
        ({"VendorRef": {"value": "99"}}, "2500"),
        ({"APAccountRef": books.account("Sales")}, "6430"),
        ({"Line": None}, "2020"),
        ({"Line": [cost(books, "-1.00", "Purchases", "No VAT")]}, "6000"),
    ):
        assert books.refused("Bill", {**bill(books, line), **change}) == code, change
    payment = paid(books, made, "10.00")
    for change, code in (
        ({"TotalAmt": None}, "2020"),
        ({"TotalAmt": -1}, "6000"),
        ({"TotalAmt": 9}, "6000"),
        ({"PayType": None}, "2020"),
        ({"CheckPayment": None}, "2020"),
        ({"CheckPayment": {"BankAccountRef": books.account("Sales")}}, "6430"),
        ({"VendorRef": {"value": other["Id"]}}, "620"),
        ({"Line": [{"Amount": 11, "LinkedTxn": payment["Line"][0]["LinkedTxn"]}], "TotalAmt": 11}, "6000"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "620"),
    ):
        assert books.refused("BillPayment", {**payment, **change}) == code, change
    customer = books.customer()
    link = {"Amount": 1, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Bill"}]}
    assert books.refused("Payment", {"CustomerRef": customer, "TotalAmt": 1, "Line": [link]}) == "620"
    vendor = {"Id": made["VendorRef"]["value"], "SyncToken": "0", "sparse": True, "Active": False}
    assert books.refused("Vendor", vendor, "update") == "6220"


def test_a_bill_in_euros_paid_at_another_rate(desk: Opener) -> None:
    books = desk("multicurrency")
    books.make("Vendor", {"DisplayName": "Poste", "CurrencyRef": {"value": "EUR"}})
    line = cost(books, "100.00", "Purchases", "No VAT")
    made = books.make("Bill", bill(books, line, vendor="Poste", ExchangeRate="0.85"))
    assert (made["CurrencyRef"]["value"], books.balance("Purchases")) == ("EUR", 85)
    books.make("BillPayment", {**paid(books, made, "100.00", "Euro account"), "ExchangeRate": "0.90"})
    assert books.balance("Exchange Gain or Loss") == 5
    assert books.balance("Accounts Payable (A/P) - EUR") == 0
    wrong = bill(books, line, vendor="Poste", CurrencyRef={"value": "GBP"})
    assert books.refused("Bill", wrong) == "6000"


def test_transfers_and_what_of_them_a_deposit_may_hold(desk: Opener) -> None:
    # §16.2: "Linked lines: transactions sitting in Undeposited Funds (Payment, SalesReceipt, RefundReceipt, Transfer,
    # JournalEntry)".
    books = desk("uk")

    def transfer(source: str, target: str, amount: Any = "30.00") -> dict[str, Any]:
        return {"FromAccountRef": books.account(source), "ToAccountRef": books.account(target), "Amount": amount}

    moved = books.make("Transfer", transfer("Cash clearing", "Undeposited Funds"))
    assert (moved["Amount"], books.balance("Cash clearing")) == (30, -30)

    def side(word: str, account: str) -> dict[str, Any]:
        detail = {"PostingType": word, "AccountRef": books.account(account)}
        return {"Amount": 7, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}

    entry = books.make(
        "JournalEntry", {"Line": [side("Debit", "Undeposited Funds"), side("Credit", "Refunds and differences")]}
    )
    members = [("30.00", "Transfer", moved["Id"]), ("7.00", "JournalEntry", entry["Id"])]
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": each, "TxnType": kind, "TxnLineId": "0"}]}
        for amount, kind, each in members
    ]
    deposit = books.make("Deposit", {"DepositToAccountRef": books.account("Current account"), "Line": lines})
    assert (deposit["TotalAmt"], books.balance("Undeposited Funds")) == (37, 0)
    frozen = {"Id": moved["Id"], "SyncToken": books.read("Transfer", moved["Id"])["SyncToken"]}
    assert books.refused("Transfer", frozen, "delete") == "6540"
    books.end("Deposit", deposit["Id"])
    books.end("Transfer", moved["Id"])
    elsewhere = books.make("Transfer", transfer("Cash clearing", "Savings account"))
    link = {"Amount": 30, "LinkedTxn": [{"TxnId": elsewhere["Id"], "TxnType": "Transfer", "TxnLineId": "0"}]}
    bank = {"DepositToAccountRef": books.account("Current account")}
    assert books.refused("Deposit", {**bank, "Line": [link]}) == "620"
    for wrong, code in (
        (transfer("Sales", "Current account"), "6430"),
        (transfer("Savings account", "Savings account"), "6000"),
        (transfer("Savings account", "Current account", 0), "6000"),
        (transfer("Savings account", "Current account", None), "2020"),
        ({**transfer("Savings account", "Current account"), "ToAccountRef": None}, "2020"),
    ):
        assert books.refused("Transfer", wrong) == code, wrong


def fee(books: Any, amount: str, code: str | None = "20.0% S", side: str | None = "Purchase") -> dict[str, Any]:
    detail: dict[str, Any] = {"AccountRef": books.account("Bank charges")}
    if code is not None:
        detail |= {"TaxCodeRef": books.ref("TaxCode", code)}
    if side is not None:
        detail |= {"TaxApplicableOn": side}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}


def test_the_tax_of_fees_in_a_deposit(desk: Opener) -> None:
    books = desk("uk")
    income = {"AccountRef": books.account("Refunds and differences")}
    plain = {"Amount": "100.00", "DetailType": "DepositLineDetail", "DepositLineDetail": income}
    bank = {"DepositToAccountRef": books.account("Current account")}
    made = books.make("Deposit", {**bank, "Line": [plain, fee(books, "-10.00")]})
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (88, -2)
    assert (books.balance("Bank charges"), books.balance("VAT Control")) == (10, 2)
    books.change("Deposit", made["Id"], Line=[plain, fee(books, "-12.00")], GlobalTaxCalculation="TaxInclusive")
    assert (books.balance("Bank charges"), books.balance("VAT Control")) == (10, 2)
    books.end("Deposit", made["Id"])
    sale = books.make("Deposit", {**bank, "Line": [fee(books, "10.00", side=None)]})
    rate = sale["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxRateRef"]["value"]
    assert books.read("TaxRate", rate)["Name"] == "20.0% S (Sales)"
    none = books.make("Deposit", {**bank, "Line": [fee(books, "10.00")], "GlobalTaxCalculation": "NotApplicable"})
    assert (none["TotalAmt"], "TxnTaxDetail" in none) == (10, False)
    unknown = fee(books, "1.00")
    unknown["DepositLineDetail"]["TaxCodeRef"] = {"value": "99"}
    assert books.refused("Deposit", {**bank, "Line": [unknown]}) == "2500"


def test_purchase_tax_in_a_journal(desk: Opener) -> None:
    books = desk("uk")

    def side(word: str, account: str, amount: str, **detail: Any) -> dict[str, Any]:
        found = {"PostingType": word, "AccountRef": books.account(account), **detail}
        return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": found}

    taxed = {"TaxCodeRef": books.ref("TaxCode", "20.0% S"), "TaxApplicableOn": "Purchase", "TaxAmount": "2.00"}
    lines = [side("Debit", "Bank charges", "10.00", **taxed), side("Credit", "Current account", "12.00")]
    books.make("JournalEntry", {"Line": lines})
    assert books.balance("VAT Control") == 2


@pytest.mark.parametrize(
    ("applies", "on", "tax"),
    [
        ("TaxOnAmount", None, ["10.00", "20.00"]),
        ("TaxOnAmountPlusTax", None, ["10.00", "22.00"]),
        ("TaxOnTax", 1, ["10.00", "2.00"]),
    ],
)
def test_a_rate_may_be_levied_on_a_tax(desk: Opener, applies: str, on: int | None, tax: list[str]) -> None:
    # §12.7: "TaxTypeApplicable: TaxOnAmount, TaxOnAmountPlusTax, TaxOnTax"; §15.4: "respect TaxOrder".
    books = desk("uk")
    agency = {"TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    details = [
        {"TaxRateName": "First", "RateValue": 10, **agency},
        {"TaxRateName": "Second", "RateValue": 20, **agency},
    ]
    code = books.service.tax_code({"TaxCode": "Both", "TaxRateDetails": details})["TaxCodeId"]
    listed = books.company.records["TaxCode"][code].data["SalesTaxRateList"]["TaxRateDetail"]
    listed[0]["TaxOrder"] = 1
    listed[1] |= {"TaxOrder": 2, "TaxTypeApplicable": applies} | ({"TaxOnTaxOrder": on} if on is not None else {})
    listed.reverse()  # the order is the one stated, not the one listed
    line = books.line("100.00", "Both")
    made = books.make("SalesReceipt", {"Line": [line]})
    assert [str(each["Amount"]) for each in made["TxnTaxDetail"]["TaxLine"]] == tax
    gross = str(D(100) + sum(map(D, tax)))
    included = books.make("SalesReceipt", {"Line": [{**line, "Amount": gross}], "GlobalTaxCalculation": "TaxInclusive"})
    assert (included["TotalAmt"], included["Line"][0]["Amount"]) == (D(gross), 100)
    assert [str(each["Amount"]) for each in included["TxnTaxDetail"]["TaxLine"]] == tax


def test_the_rate_is_the_one_of_the_day(desk: Opener) -> None:
    # §15.4: "Rates by date: pick EffectiveTaxRate covering TxnDate."
    books = desk("uk")
    rate = books.company.records["TaxRate"]["1"].data
    rate["EffectiveTaxRate"] = [
        {"RateValue": D("17.5"), "EffectiveDate": "2008-12-01T00:00:00-08:00", "EndDate": "2011-01-03T00:00:00-08:00"},
        {"RateValue": D(20), "EffectiveDate": "2011-01-04T00:00:00-08:00"},
    ]
    line = books.line("100.00", "20.0% S")
    totals = {}
    for day in ("2011-01-03", "2011-01-04", "2000-01-01"):
        totals[day] = books.make("SalesReceipt", {"TxnDate": day, "Line": [line]})["TotalAmt"]
    assert totals == {"2011-01-03": D("117.50"), "2011-01-04": 120, "2000-01-01": 120}


def test_a_vendors_term_class_and_the_customer_of_a_cost(desk: Opener) -> None:
    books = desk("uk")
    term = books.ref("Term", "Net 15")
    vendor = books.make("Vendor", {"DisplayName": "Slow", "TermRef": term})
    assert vendor["TermRef"]["name"] == "Net 15"
    customer = books.customer()
    line = cost(books, "5.00", "Purchases", "No VAT", CustomerRef=customer, ClassRef=books.ref("Class", "Shop"))
    made = books.make("Bill", bill(books, line, vendor="Slow"))
    detail = made["Line"][0]["AccountBasedExpenseLineDetail"]
    assert (detail["CustomerRef"]["name"], detail["ClassRef"]["name"]) == ("Ada", "Shop")
    assert (made["DueDate"], made["SalesTermRef"]["name"]) == ("2026-01-25", "Net 15")
    unknown = {**bill(books, line), "SalesTermRef": {"value": "99"}}
    assert books.refused("Bill", unknown) == "2500"
    books.change("Term", term["value"], Active=False)
    assert books.refused("Bill", {**unknown, "SalesTermRef": term}) == "610"


def test_deposit_lines_with_a_method_and_a_name(desk: Opener) -> None:
    books = desk("uk")
    detail = {
        "AccountRef": books.account("Refunds and differences"),
        "PaymentMethodRef": books.ref("PaymentMethod", "Cash"),
        "Entity": {**books.customer(), "type": "CUSTOMER"},
        "CheckNum": "7",
    }
    line = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
    made = books.make("Deposit", {"DepositToAccountRef": books.account("Current account"), "Line": [line]})
    shown = made["Line"][0]["DepositLineDetail"]
    assert (shown["PaymentMethodRef"]["name"], shown["CheckNum"]) == ("Cash", "7")
    assert shown["Entity"] == {"value": "1", "name": "Ada", "type": "CUSTOMER"}
