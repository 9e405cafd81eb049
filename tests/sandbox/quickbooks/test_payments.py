"""Payments, credits, and what they do to invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


def invoice(books: Any, customer: dict[str, str], amount: str = "100.00") -> dict[str, Any]:
    made: dict[str, Any] = books.make("Invoice", {"CustomerRef": customer, "Line": [books.line(amount)]})
    return made


def applied(amount: str, kind: str, identity: str) -> dict[str, Any]:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": identity, "TxnType": kind}]}


def test_a_payment_settles_and_its_deletion_reopens(books: Any) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    body = {"CustomerRef": customer, "TotalAmt": "120", "Line": [applied("100", "Invoice", bill["Id"])]}
    payment = books.make("Payment", {**body, "DepositToAccountRef": books.account("Card clearing")})
    assert payment["UnappliedAmt"] == Decimal(20)
    paid = books.read("Invoice", bill["Id"])
    assert (paid["Balance"], paid["SyncToken"]) == (0, "1")
    assert paid["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert books.read("Customer", customer["value"])["Balance"] == Decimal(-20)
    assert books.balances()["Card clearing"] == Decimal(120)
    books.make("Payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")
    assert books.read("Invoice", bill["Id"])["Balance"] == Decimal(100)


def test_a_credit_memo_joined_by_a_zero_payment(books: Any) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    credit = books.make("CreditMemo", {"CustomerRef": customer, "Line": [books.line("30.00")]})
    assert credit["RemainingCredit"] == Decimal(30)
    lines = [applied("30", "Invoice", bill["Id"]), applied("30", "CreditMemo", credit["Id"])]
    payment = books.make("Payment", {"CustomerRef": customer, "TotalAmt": 0, "Line": lines})
    assert payment["UnappliedAmt"] == 0
    assert books.read("Invoice", bill["Id"])["Balance"] == Decimal(70)
    assert books.read("CreditMemo", credit["Id"])["RemainingCredit"] == 0
    token = books.read("CreditMemo", credit["Id"])["SyncToken"]
    books.make("CreditMemo", {"Id": credit["Id"], "SyncToken": token}, operation="delete")
    assert books.read("Invoice", bill["Id"])["Balance"] == Decimal(100)
    assert books.read("Payment", payment["Id"])["Line"] == []


def test_a_smaller_invoice_frees_part_of_its_payment(books: Any) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    pay = {"CustomerRef": customer, "TotalAmt": 100, "Line": [applied("100", "Invoice", bill["Id"])]}
    payment = books.make("Payment", pay)
    change = {"Id": bill["Id"], "SyncToken": "1", "sparse": True, "Line": [books.line("60.00")]}
    assert books.make("Invoice", change)["Balance"] == 0
    assert books.read("Payment", payment["Id"])["UnappliedAmt"] == Decimal(40)


def test_voids(books: Any) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    pay = {"CustomerRef": customer, "TotalAmt": 100, "Line": [applied("100", "Invoice", bill["Id"])]}
    payment = books.make("Payment", pay)
    void = books.make("Invoice", {"Id": bill["Id"], "SyncToken": "1"}, operation="void")
    assert (void["TotalAmt"], void["Balance"], void["LinkedTxn"], void["PrivateNote"]) == (0, 0, [], "Voided")
    left = books.read("Payment", payment["Id"])
    assert (left["UnappliedAmt"], left["SyncToken"]) == (Decimal(100), "1")
    gone = books.make("Payment", {"Id": payment["Id"], "SyncToken": "1", "sparse": True}, include="void")
    assert (gone["TotalAmt"], gone["UnappliedAmt"]) == (0, 0)
    assert books.balances() == {}


def test_an_update_replaces_the_applications(books: Any) -> None:
    customer = books.customer()
    first, second = invoice(books, customer), invoice(books, customer)
    body = {"CustomerRef": customer, "TotalAmt": 50, "Line": [applied("50", "Invoice", first["Id"])]}
    payment = books.make("Payment", body)
    moved = {**body, "Id": payment["Id"], "SyncToken": "0", "Line": [applied("50", "Invoice", second["Id"])]}
    books.make("Payment", moved)
    balances = [books.read("Invoice", each["Id"])["Balance"] for each in (first, second)]
    assert balances == [Decimal(100), Decimal(50)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"TotalAmt": None}, "2020"),
        ({"CustomerRef": None}, "2020"),
        ({"TotalAmt": -1}, "6000"),
        ({"TotalAmt": 99}, "6000"),
        ({"Line": [{"Amount": 101, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}], "TotalAmt": 200}, "6000"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]}, "620"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "1", "TxnType": "Bill"}]}]}, "620"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnId": "1"}]}]}, "2020"),
        ({"Line": [{"Amount": 1, "LinkedTxn": [{"TxnType": "Invoice"}]}]}, "2020"),
        ({"Line": [{"Amount": 1}]}, "2020"),
        ({"Line": [{"LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "2020"),
        ({"Line": [{"Amount": 0, "LinkedTxn": [{"TxnId": "1", "TxnType": "Invoice"}]}]}, "2290"),
        ({"DepositToAccountRef": {"value": "1"}}, "6430"),
        ({"ARAccountRef": {"value": "1"}}, "6430"),
    ],
)
def test_refused(books: Any, change: dict[str, Any], code: str) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    body = {"CustomerRef": customer, "TotalAmt": 100, "Line": [applied("100", "Invoice", bill["Id"])], **change}
    answer = books.post("/payment", body)
    assert answer.fault == code, answer.body
    assert books.read("Invoice", bill["Id"])["SyncToken"] == "0"


def test_other_customers_and_settled_invoices_cannot_be_linked(books: Any) -> None:
    customer = books.customer()
    bill = invoice(books, customer)
    body = {"CustomerRef": customer, "TotalAmt": 100, "Line": [applied("100", "Invoice", bill["Id"])]}
    assert books.post("/payment", {**body, "CustomerRef": books.customer("Other")}).fault == "620"
    books.make("Payment", body)
    assert books.post("/payment", body).fault == "620"


def test_a_sparse_update_of_a_payment_states_its_customer(books: Any) -> None:
    # §3: "Payment: CustomerRef, TotalAmt when lines are given".
    customer = books.customer()
    made = books.make("Payment", {"CustomerRef": customer, "TotalAmt": 5})
    target = {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PaymentRefNum": "7"}
    assert books.post("/payment", target).fault == "2020"
    assert books.post("/payment", {**target, "CustomerRef": customer, "Line": []}).fault == "2020"
    assert books.make("Payment", {**target, "CustomerRef": customer})["SyncToken"] == "1"
