"""Closed books, filed taxes, an ended subscription, transactions held fast: the faults of §9 by their rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Opener = Callable[..., Any]


def state(client: Any, **wanted: Any) -> Any:
    answer = client.http.post("/_control/state", json=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


def sale(client: Any, day: str = "2026-01-15", code: str = "20.0% S") -> dict[str, Any]:
    return {"TxnDate": day, "Line": [client.line("10.00", code)]}


def test_filed_taxes_hold_their_documents(books: Any) -> None:
    made = books.make("SalesReceipt", sale(books))
    later = books.make("SalesReceipt", sale(books, "2026-02-01"))
    untaxed = books.make("SalesReceipt", sale(books, code="No VAT"))
    assert state(books, filed_until={"1": "2026-01-31"})["filed_until"] == {"1": "2026-01-31"}
    assert books.post("/salesreceipt", sale(books)).fault == "6200"
    identity = {"Id": made["Id"], "SyncToken": "0"}
    assert books.post("/salesreceipt", {**identity, "sparse": True, "PrivateNote": "x"}).fault == "6200"
    assert books.post("/salesreceipt", identity, operation="delete").fault == "6200"
    assert books.post("/salesreceipt", identity, include="void").fault == "6200"
    moved = {"Id": later["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-01-20"}
    assert "HM Revenue" in books.post("/salesreceipt", moved).detail
    assert books.make("SalesReceipt", {"Id": untaxed["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    state(books, filed_until={})
    assert books.post("/salesreceipt", identity, operation="delete").status == 200


def test_filed_taxes_hold_purchases_and_deposits_too(books: Any) -> None:
    state(books, filed_until={"1": "2026-01-31"})
    detail = {"AccountRef": books.account("Bank charges"), "TaxCodeRef": books.code_ref()}
    line = {"Amount": 1, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    body = {"PaymentType": "Cash", "AccountRef": books.account("Current account"), "TxnDate": "2026-01-31"}
    assert books.post("/purchase", {**body, "Line": [line]}).fault == "6200"
    direct = {"Amount": 1, "DetailType": "DepositLineDetail", "DepositLineDetail": {**detail}}
    deposit = {"DepositToAccountRef": books.account("Current account"), "TxnDate": "2026-01-31", "Line": [direct]}
    assert books.post("/deposit", deposit).fault == "6200"
    assert books.post("/deposit", {**deposit, "TxnDate": "2026-02-01"}).status == 200


def test_closed_books_with_and_without_a_password(books: Any) -> None:
    # §9: "TxnDate on or before BookCloseDate; also edits and deletes of such".
    made = books.make("SalesReceipt", sale(books))
    prefs = books.call("GET", "/preferences").body["Preferences"]
    closing = {"SyncToken": prefs["SyncToken"], "AccountingInfoPrefs": {"BookCloseDate": "2026-01-15"}}
    assert books.post("/preferences", {**closing, "sparse": True, "Id": "1"}).status == 200
    for fault, password in (("6200", False), ("6210", True)):
        state(books, closed_with_password=password)
        assert books.post("/salesreceipt", sale(books)).fault == fault
        identity = {"Id": made["Id"], "SyncToken": "0"}
        assert books.post("/salesreceipt", identity, operation="delete").fault == fault
        assert books.post("/salesreceipt", {**sale(books, "2026-02-01"), **identity}).fault == fault
    assert books.post("/salesreceipt", sale(books, "2026-01-16")).status == 200


def test_an_ended_subscription_refuses_everything(books: Any) -> None:
    assert state(books, suspended=True)["suspended"] is True
    answer = books.query("select * from Customer")
    assert (answer.status, answer.fault) == (403, "6190")
    assert books.post("/salesreceipt", {}).fault == "6190"
    assert books.http.get("/_control/state").json()["suspended"] is True
    state(books, suspended=False)
    assert books.query("select * from Customer").status == 200


@pytest.mark.parametrize(("mark", "faults"), [("bank-matched", ["6480"] * 3), ("merchant", ["6110", "6120", "6450"])])
def test_transactions_held_fast(books: Any, mark: str, faults: list[str]) -> None:
    made = books.make("SalesReceipt", sale(books))
    marks = [{"type": "SalesReceipt", "id": made["Id"], "mark": mark}]
    assert state(books, marks=marks)["marks"] == marks
    identity = {"Id": made["Id"], "SyncToken": "0"}
    found = [
        books.post("/salesreceipt", {**identity, "sparse": True, "PrivateNote": "x"}).fault,
        books.post("/salesreceipt", identity, operation="delete").fault,
        books.post("/salesreceipt", identity, operation="void").fault,
    ]
    assert found == faults


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        {"other": 1},
        {"suspended": "yes"},
        {"filed_until": {"9": "2026-01-31"}},
        {"filed_until": {"1": "soon"}},
        {"filed_until": "2026"},
        {"marks": [{"type": "Robot", "id": "1"}]},
        {"marks": [{"type": "SalesReceipt", "id": "1", "mark": "merchant"}]},
        {"marks": [{"type": "Item", "id": "1", "mark": "gone"}]},
    ],
)
def test_states_it_does_not_know_are_refused(books: Any, wanted: Any) -> None:
    answer = books.http.post("/_control/state", json=wanted)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
