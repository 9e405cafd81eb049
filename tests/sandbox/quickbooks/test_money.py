"""Credits on receivables, expenses, journals, deposits, TaxService, reports."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.quickbooks import reports
from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.summary import tax_summary

D = Decimal
Opener = Callable[..., Any]
UNTAXED = {"GlobalTaxCalculation": "NotApplicable"}


def link(amount: str, kind: str, identity: str) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def invoice(books: Any, customer: dict[str, str], amount: str = "113.00") -> dict[str, Any]:
    made: dict[str, Any] = books.make("Invoice", {"CustomerRef": customer, "Line": [books.line(amount, "No VAT")]})
    return made


def expense(books: Any, account: str, amount: str = "20.00", **fields: Any) -> dict[str, Any]:
    detail = {"AccountRef": books.account(account)}
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    return {"PaymentType": "Cash", "AccountRef": books.account("Card clearing"), "Line": [line], **UNTAXED, **fields}


def on_receivables(books: Any, customer: dict[str, str]) -> dict[str, Any]:
    entity = {**customer, "type": "Customer"}
    made: dict[str, Any] = books.make(
        "Purchase", expense(books, "Accounts Receivable (A/R)", "20.00", EntityRef=entity)
    )
    return made


def test_a_credit_part_of_which_was_paid_out(desk: Opener) -> None:
    # posting.md §7: total 113, paid 50, taken back 56.50, cash 20: open 26.50.
    books = desk()
    ada = books.customer()
    bill = invoice(books, ada)
    books.make("Payment", {"CustomerRef": ada, "TotalAmt": 50, "Line": [link("50.00", "Invoice", bill["Id"])]})
    credit = books.make("CreditMemo", {"CustomerRef": ada, "Line": [books.line("56.50", "No VAT")]})
    paid_out = on_receivables(books, ada)
    lines = [
        link("56.50", "CreditMemo", credit["Id"]),
        link("20.00", "Expense", paid_out["Id"]),
        link("36.50", "Invoice", bill["Id"]),
    ]
    joined = books.make("Payment", {"CustomerRef": ada, "TotalAmt": 0, "Line": lines})
    assert joined["UnappliedAmt"] == 0
    assert books.read("Invoice", bill["Id"])["Balance"] == D("26.50")
    assert books.read("Purchase", paid_out["Id"])["LinkedTxn"] == [{"TxnId": joined["Id"], "TxnType": "Payment"}]
    assert books.read("Customer", ada["value"])["Balance"] == D("26.50")
    assert books.balance("Card clearing") == -20
    books.end("Purchase", paid_out["Id"])
    assert [each["LinkedTxn"][0]["TxnType"] for each in books.read("Payment", joined["Id"])["Line"]] == [
        "CreditMemo",
        "Invoice",
    ]
    assert books.read("Customer", ada["value"])["Balance"] == D("6.50")


def test_purchases(desk: Opener) -> None:
    books = desk()
    body = expense(books, "Bank charges", EntityRef={**books.ref("Vendor", "Royal Mail"), "type": "Vendor"})
    made = books.make("Purchase", {**body, "DocNumber": "F-1", "TotalAmt": 20})
    assert (made["TotalAmt"], made["EntityRef"]["name"], books.balance("Bank charges")) == (20, "Royal Mail", 20)
    back = books.make("Purchase", {**body, "Credit": True})
    assert books.balances() == {}
    books.end("Purchase", back["Id"])
    on_card = {"PaymentType": "CreditCard", "AccountRef": books.account("Credit card")}
    card = books.make("Purchase", {**body, **on_card})
    assert books.balance("Credit card") == -20
    assert books.change("Purchase", card["Id"], **on_card, PrivateNote="x")["SyncToken"] == "1"
    # §3: sparse updates of some kinds state again what the kind requires.
    target = {"Id": card["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": "y"}
    for left_out in on_card:
        fields = {name: value for name, value in on_card.items() if name != left_out}
        assert books.refused("Purchase", {**target, **fields}, "update") == "2020"


def test_purchases_refused(desk: Opener) -> None:
    books = desk()
    body = expense(books, "Bank charges")
    item = {"Amount": 1, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": {}}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"PaymentType": None}, "2020"),
        ({"AccountRef": None}, "2020"),
        ({"AccountRef": books.account("Sales")}, "6430"),
        ({"PaymentType": "CreditCard"}, "6430"),
        ({"Line": None}, "2020"),
        ({"Line": [{"DetailType": "AccountBasedExpenseLineDetail"}]}, "2020"),
        ({"Line": [{"Amount": 1, "DetailType": "AccountBasedExpenseLineDetail"}]}, "2020"),
        ({"Line": [{"Amount": 1, "DetailType": "SalesItemLineDetail"}]}, "2170"),
        ({"Line": [item]}, "2020"),
        ({"Line": [{**body["Line"][0], "Amount": -5}]}, "6000"),
        ({"TotalAmt": 19}, "6070"),
        ({"EntityRef": {"value": "1", "type": "Robot"}}, "2120"),
        (expense(books, "Accounts Receivable (A/R)"), "6000"),
        (
            {
                **expense(books, "Accounts Receivable (A/R)", EntityRef={**books.customer(), "type": "Customer"}),
                "Credit": True,
            },
            "6000",
        ),
    ]
    for change, code in cases:
        assert books.refused("Purchase", {**body, **change}) == code, change
    bought = {**item, "ItemBasedExpenseLineDetail": {"ItemRef": books.ref("Item", "Sales"), "Qty": 1}}
    assert books.make("Purchase", {**body, "Line": [bought]})["TotalAmt"] == 1


def side(books: Any, side: str, account: str, amount: str = "10.00", **detail: Any) -> dict[str, Any]:
    found = {"PostingType": side, "AccountRef": books.account(account), **detail}
    return {"Amount": amount, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": found}


def journal_entity(reference: dict[str, str], kind: str = "Customer") -> dict[str, Any]:
    return {"Entity": {"Type": kind, "EntityRef": reference}}


def test_journal_entries_and_their_credits(desk: Opener) -> None:
    books = desk()
    ada = books.customer()
    bill = invoice(books, ada, "10.00")
    receivable = "Accounts Receivable (A/R)"
    lines = [side(books, "Debit", "Bank charges"), side(books, "Credit", receivable, **journal_entity(ada))]
    entry = books.make("JournalEntry", {"DocNumber": "J1", "Line": lines})
    assert ([line["Id"] for line in entry["Line"]], entry["Adjustment"]) == (["0", "1"], False)
    assert "TotalAmt" not in entry
    used = [link("10.00", "Invoice", bill["Id"]), link("10.00", "JournalEntry", entry["Id"])]
    books.make("Payment", {"CustomerRef": ada, "TotalAmt": 0, "Line": used})
    assert books.read("Invoice", bill["Id"])["Balance"] == 0
    assert books.balance(receivable) == 0
    taxed = side(
        books,
        "Credit",
        "Sales",
        TaxCodeRef=books.ref("TaxCode", "20.0% S"),
        TaxApplicableOn="Sales",
        TaxAmount=2,
    )
    books.make("JournalEntry", {"Line": [side(books, "Debit", "Current account", "12.00"), taxed]})
    assert books.balance("VAT Control") == -2


def test_journal_entries_refused(desk: Opener) -> None:
    books = desk()
    ada = books.customer()
    debit, credit = side(books, "Debit", "Bank charges"), side(books, "Credit", "Sales")
    receivable, payable = "Accounts Receivable (A/R)", "Accounts Payable (A/P)"
    code = {"TaxCodeRef": books.ref("TaxCode", "20.0% S")}
    outside = {"TaxCodeRef": books.ref("TaxCode", "No VAT"), "TaxApplicableOn": "Sales", "TaxAmount": 1}
    cases: list[tuple[list[dict[str, Any]] | None, str]] = [
        (None, "2020"),
        ([debit], "2250"),
        ([debit, side(books, "Credit", "Sales", "9.00")], "2300"),
        ([debit, {**credit, "DetailType": "DescriptionOnly"}], "2170"),
        ([debit, {**credit, "JournalEntryLineDetail": {}}], "2260"),
        ([debit, {**credit, "Amount": None}], "2020"),
        ([debit, {**credit, "Amount": -10}], "2290"),
        ([debit, side(books, "Credit", receivable)], "6000"),
        ([debit, side(books, "Credit", payable)], "6000"),
        ([debit, side(books, "Credit", "Sales", **code)], "2270"),
        ([debit, side(books, "Credit", "Sales", **code, TaxApplicableOn="Sales")], "2280"),
        ([debit, side(books, "Credit", "Sales", **outside)], "6470"),
        (
            [
                side(books, "Debit", receivable, **journal_entity(ada)),
                side(books, "Credit", receivable, **journal_entity(ada)),
            ],
            "6000",
        ),
    ]
    for lines, expected in cases:
        assert books.refused("JournalEntry", {"Line": lines}) == expected, lines
    automated = desk("us-automated")
    lines = [side(automated, "Debit", "Checking"), side(automated, "Credit", "Board of Equalization Payable")]
    assert automated.refused("JournalEntry", {"Line": lines}) == "6000"
    vendor = journal_entity(books.ref("Vendor", "Royal Mail"), "Vendor")
    assert books.make("JournalEntry", {"Line": [debit, side(books, "Credit", payable, **vendor)]})


def direct(books: Any, account: str, amount: str, **detail: Any) -> dict[str, Any]:
    found = {"AccountRef": books.account(account), **detail}
    return {"Amount": amount, "DetailType": "DepositLineDetail", "DepositLineDetail": found}


def test_a_deposit_freezes_its_members(desk: Opener) -> None:
    books = desk()
    sale = books.make("SalesReceipt", {"Line": [books.line("100.00", "No VAT")]})
    bank = books.account("Current account")
    lines = [link("100.00", "SalesReceipt", sale["Id"]), direct(books, "Payment processing fees", "-3.00")]
    back = {"AccountRef": books.account("Cash clearing"), "Amount": 7}
    made = books.make("Deposit", {"DepositToAccountRef": bank, "Line": lines, "CashBack": back})
    assert (made["TotalAmt"], made["Line"][0]["LinkedTxn"][0]["TxnLineId"]) == (90, "0")
    assert (books.balance("Undeposited Funds"), books.balance("Payment processing fees")) == (0, 3)
    frozen = books.read("SalesReceipt", sale["Id"])
    assert frozen["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "Deposit"}]
    target = {"Id": sale["Id"], "SyncToken": frozen["SyncToken"], "sparse": True, "PrivateNote": "x"}
    for verb in ("update", "delete", "void"):
        assert books.refused("SalesReceipt", target, verb) == "6540"
    again = {"DepositToAccountRef": bank, "Line": [lines[0]]}
    assert books.refused("Deposit", again) == "620"
    books.change("Deposit", made["Id"], Line=[direct(books, "Sales", "50.00")])
    assert books.balance("Undeposited Funds") == 100
    books.make("Deposit", again)
    books.end("Deposit", made["Id"])
    assert books.balance("Undeposited Funds") == 0


def test_deposits_refused(desk: Opener) -> None:
    books = desk()
    bank = {"DepositToAccountRef": books.account("Current account")}
    held = books.make("SalesReceipt", {"Line": [books.line("10.00", "No VAT")]})
    banked = books.make("SalesReceipt", {**bank, "Line": [books.line("10.00", "No VAT")]})
    good = direct(books, "Sales", "10.00")
    cases: list[tuple[dict[str, Any], str]] = [
        ({"DepositToAccountRef": None}, "2020"),
        ({"DepositToAccountRef": books.account("Sales")}, "6430"),
        ({"Line": None}, "2020"),
        ({"Line": [direct(books, "Sales", "-10.00")]}, "6000"),
        ({"Line": [{**good, "Amount": None}]}, "2020"),
        ({"Line": [{**good, "DetailType": "DescriptionOnly"}]}, "2170"),
        ({"Line": [direct(books, "Accounts Receivable (A/R)", "1.00")]}, "6000"),
        ({"Line": [link("9.00", "SalesReceipt", held["Id"])]}, "6000"),
        ({"Line": [link("10.00", "SalesReceipt", banked["Id"])]}, "620"),
        ({"Line": [link("10.00", "Invoice", held["Id"])]}, "620"),
        ({"Line": [link("10.00", "SalesReceipt", held["Id"])] * 2}, "620"),
        ({"Line": [{"Amount": 10, "LinkedTxn": [{"TxnId": "1", "TxnType": "SalesReceipt"}] * 2}]}, "2020"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
    ]
    for change, code in cases:
        assert books.refused("Deposit", {**bank, "Line": [good], **change}) == code, change


def test_tax_service_makes_codes(desk: Opener) -> None:
    books = desk()
    agency = books.make("TaxAgency", {"DisplayName": "Isle of Man"})["Id"]
    detail = {"TaxRateName": "Manx 17.5", "RateValue": "17.5", "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}
    made = books.service.tax_code({"TaxCode": "Manx", "TaxRateDetails": [detail]})
    books.make("SalesReceipt", {"Line": [books.line("100.00", "Manx")]})
    assert books.balance("Isle of Man Payable") == D("-17.50")
    rate = made["TaxRateDetails"][0]["TaxRateId"]
    other = books.service.tax_code({"TaxCode": "Both", "TaxRateDetails": [{"TaxRateId": rate}]})
    assert other["TaxCodeId"] != made["TaxCodeId"]
    cases: list[tuple[Any, str]] = [
        ([], "2010"),
        ({"Nonsense": 1}, "2010"),
        ({"TaxRateDetails": [detail]}, "2020"),
        ({"TaxCode": "A"}, "2020"),
        ({"TaxCode": "manx", "TaxRateDetails": [detail]}, "6240"),
        ({"TaxCode": "A", "TaxRateDetails": [detail]}, "6240"),
        ({"TaxCode": "A", "TaxRateDetails": ["x"]}, "2010"),
        ({"TaxCode": "A", "TaxRateDetails": [{"TaxRateId": "99"}]}, "2500"),
        ({"TaxCode": "A", "TaxRateDetails": [{"TaxRateId": rate}] * 2}, "6000"),
        ({"TaxCode": "A", "TaxRateDetails": [{**detail, "TaxRateName": ""}]}, "2020"),
        ({"TaxCode": "A", "TaxRateDetails": [{**detail, "TaxRateName": "B", "TaxAgencyId": "9"}]}, "2500"),
        ({"TaxCode": "A", "TaxRateDetails": [{**detail, "TaxRateName": "B", "RateValue": "x"}]}, "2080"),
        ({"TaxCode": "A", "TaxRateDetails": [{**detail, "TaxRateName": "B", "RateValue": 101}]}, "2150"),
        ({"TaxCode": "A", "TaxRateDetails": [{**detail, "TaxApplicableOn": "Gifts"}]}, "2170"),
    ]
    for raw, code in cases:
        with pytest.raises(FaultError) as refused:
            books.service.tax_code(raw)
        assert refused.value.code == code, raw


def test_profit_and_loss_and_tax_summary(desk: Opener) -> None:
    books = desk("quebec")
    code = "GST/QST QC - 9.975"
    books.make("SalesReceipt", {"TxnDate": "2026-01-10", "Line": [books.line("100.00", code)]})
    till = books.account("Petite caisse")
    refund = {"TxnDate": "2026-01-11", "DepositToAccountRef": till, "Line": [books.line("40.00", code)]}
    books.make("RefundReceipt", refund)
    rows = tax_summary(books.company, "2026-01-01", "2026-01-31")
    assert [(row["name"], row["base"], row["tax"]) for row in rows] == [
        ("GST", "60.00", "3.00"),
        ("QST", "60.00", "5.99"),
    ]
    assert rows[1]["agency"] == "Revenu Québec"
    assert tax_summary(books.company, "2026-02-01", "2026-02-28") == []
    report = reports.report(books.company, "ProfitAndLoss", {"start_date": "2026-01-01", "end_date": "2026-01-31"})
    results = {row["group"]: row["Summary"]["ColData"][1]["value"] for row in report["Rows"]["Row"]}
    assert (results["Income"], results["NetIncome"]) == ("60.00", "60.00")
    empty = reports.report(books.company, "ProfitAndLoss", {"start_date": "2025-01-01", "end_date": "2025-01-31"})
    assert empty["Header"]["Option"] == [{"Name": "NoReportData", "Value": "true"}]
