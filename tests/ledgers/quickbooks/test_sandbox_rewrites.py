"""Over a real socket: what became of our documents, and documents written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.ledgers.quickbooks.sandboxed import Books, entry, gbp, plain

from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    CustomerDocument,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.engine.ports import Entry

DAY = date(2026, 2, 28)
KEY = PostingKey(StoreIdentity("shopify:a"), Kind.SALE, SourceId("1"))
UNDEPOSITED = "Undeposited Funds"


@pytest.fixture
def invoice(books: Books, sale: SaleDocument) -> Entry:
    return entry(books.make(replace(sale, form=SaleForm.INVOICE, due_on=date(2026, 3, 27)))[0])


def held(books: Books) -> LedgerId:
    return next(account.id for account in books.company.accounts if account.name == UNDEPOSITED)


def payment(books: Books, sale: SaleDocument, invoice: Entry, amount: str = "20.00") -> PaymentDocument:
    return PaymentDocument(
        Known(invoice.id), sale.customer, DAY, gbp(amount), held(books), f"ch-{sale.number}", "Order 1", "[comptoir:2]"
    )


def test_a_deposit_leaves_a_payment_alone(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    paid = entry(books.make(payment(books, sale, invoice))[0])
    assert not paid.linked
    link = {"TxnId": paid.id, "TxnType": "Payment", "TxnLineId": "0"}
    bank = {"value": books.account("bank")}
    books.by_hand("Deposit", {"DepositToAccountRef": bank, "Line": [{"Amount": 20.0, "LinkedTxn": [link]}]})
    now = books.read(paid)
    assert now is not None
    assert (now.linked, now.fingerprint) == (True, paid.fingerprint)


def changed_line(amount: float) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(row: dict[str, Any]) -> dict[str, Any]:
        (line, *others) = [each for each in row["Line"] if each["DetailType"] == "SalesItemLineDetail"]
        detail = {
            name: value for name, value in line["SalesItemLineDetail"].items() if name not in {"Qty", "UnitPrice"}
        }
        return {"Line": [{**line, "Amount": amount, "SalesItemLineDetail": detail}, *others]}

    return change


@pytest.mark.parametrize(
    "change",
    [
        changed_line(21.0),
        lambda _: {"TxnDate": "2026-03-02"},
        lambda row: {"DocNumber": f"{row['DocNumber']}X"},
        lambda row: {"PrivateNote": f"{row['PrivateNote']} and more"},
        lambda _: {"CustomerMemo": {"value": "Thanks!"}},
        lambda _: {"DueDate": "2026-04-01"},
    ],
    ids=["line", "date", "number", "note", "memo", "due date"],
)
def test_a_hand_on_an_invoice_is_seen(books: Books, invoice: Entry, change: Any) -> None:
    row = books.connector.client(books.realm, books.store).read("Invoice", invoice.id)
    books.change_by_hand(invoice, **change(plain(row)))
    now = books.read(invoice)
    assert now is not None
    assert now.fingerprint != invoice.fingerprint


def test_another_customer_is_seen(books: Books, sale: SaleDocument) -> None:
    receipt = entry(books.make(sale)[0])
    other = entry(books.make(CustomerDocument(f"Buyer {books.number()}", "GBP"))[0])
    books.change_by_hand(receipt, CustomerRef={"value": other.id})
    now = books.read(receipt)
    assert now is not None
    assert now.fingerprint != receipt.fingerprint


def test_an_amendment_leaves_what_is_not_ours(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    """Somebody marked the invoice as sent: that is none of our fields, and it stays."""
    books.change_by_hand(invoice, EmailStatus="EmailSent")
    now = books.read(invoice)
    assert now is not None
    assert now.fingerprint == invoice.fingerprint
    anew = replace(sale, form=SaleForm.INVOICE, lines=sale.lines[:2])
    document = AmendmentDocument(Awaited(KEY), anew, "[a]")
    (outcome,) = books.make(document, resolved={KEY: now.id}, versions={KEY: now.version})
    assert entry(outcome).total == gbp("18.50")
    assert books.connector.client(books.realm, books.store).read("Invoice", invoice.id)["EmailStatus"] == "EmailSent"


def test_an_amendment_keeps_a_number_that_quickbooks_gave(books: Books, sale: SaleDocument) -> None:
    numberless = replace(sale, form=SaleForm.INVOICE, number="")
    made = entry(books.make(numberless)[0])
    assert made.number
    anew = AmendmentDocument(Awaited(KEY), replace(numberless, lines=sale.lines[:1]), "[a]")
    (outcome,) = books.make(anew, resolved={KEY: made.id}, versions={KEY: made.version})
    assert (entry(outcome).number, entry(outcome).total) == (made.number, gbp("20.00"))


@pytest.mark.journey
def test_more_changes_than_an_answer_holds(books: Books, sale: SaleDocument) -> None:
    clock = books.connector.client(books.realm, books.store).clock
    before = books.ledger.changes(clock() - timedelta(days=1))
    assert before is not None
    made = []
    for start in range(0, 1050, 30):
        sales = [replace(sale, number=f"{sale.number}-{start + at}") for at in range(30)]
        made += [entry(outcome) for outcome in books.make(*sales)]
        if start == 510:  # more than an answer holds within one second could not be told apart
            books.pass_time(seconds=2)
    books.delete_by_hand(made[0])
    books.delete_by_hand(made[-1])
    told = books.ledger.changes(before.until)
    assert told is not None
    assert {it.id for it in told.changed} >= {it.id for it in made[1:-1]}
    assert set(told.deleted) >= {(made[0].type, made[0].id), (made[-1].type, made[-1].id)}
