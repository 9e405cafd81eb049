"""Over a real socket: what became of our documents, and documents written anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.ledgers.quickbooks.sandboxed import Books, entry, gbp

from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    Kind,
    Known,
    LedgerId,
    PaidBack,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    VoidDocument,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.engine.errors import Conflict, Refused
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


def refund(books: Books, sale: SaleDocument, form: RefundForm) -> RefundDocument:
    account = books.account("bank") if form is RefundForm.RECEIPT else None
    return RefundDocument(
        f"R{sale.number}", DAY, sale.customer, "GBP", sale.lines[:1], gbp("0"), account, "Refund", "[comptoir:3]",
        form=form,
    )  # fmt: skip


def test_every_form_keeps_its_fingerprint(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    receipt = entry(books.make(replace(sale, number=books.number()))[0])
    paid = entry(books.make(payment(books, sale, invoice))[0])
    back = entry(books.make(refund(books, sale, RefundForm.RECEIPT))[0])
    memo_document = replace(refund(books, sale, RefundForm.CREDIT_MEMO), number=books.number())
    memo = entry(books.make(memo_document)[0])
    cash_document = CashBackDocument(
        sale.customer, books.account("bank"), books.account("accounts_receivable"), DAY, gbp("15.00"),
        memo_document.number, "Refund", "[comptoir:4]",
    )  # fmt: skip
    cash = entry(books.make(cash_document)[0])
    joint_document = ApplicationDocument(
        sale.customer, DAY, Known(memo.id), Known(invoice.id), gbp("20.00"), memo_document.number, "Refund",
        "[comptoir:5]", cash_backs=(PaidBack(Known(cash.id), gbp("15.00")),),
    )  # fmt: skip
    joint = entry(books.make(joint_document)[0])
    made = [receipt, invoice, paid, back, memo, cash, joint]
    assert [it.type for it in made] == [
        "SalesReceipt", "Invoice", "Payment", "RefundReceipt", "CreditMemo", "Purchase", "Payment",
    ]  # fmt: skip
    now = books.ledger.reread([(it.type, it.id) for it in made])
    assert {key: it.fingerprint for key, it in now.items()} == {(it.type, it.id): it.fingerprint for it in made}
    assert all(len(it.fingerprint) == 64 for it in made)
    assert len({it.fingerprint for it in made}) == len(made)
    assert {it.type for it in now.values() if it.linked} >= {"Invoice", "CreditMemo"}
    by_date = {(it.type, it.id): it for it in books.ledger.read_documents(since=date(2026, 2, 1), until=DAY)}
    assert {key: by_date[key] for key in now} == now


def test_money_and_mail_leave_an_invoice_alone(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    books.make(payment(books, sale, invoice))
    books.change_by_hand(invoice, EmailStatus="NeedToSend", PrintStatus="NeedToPrint")
    now = books.read(invoice)
    assert now is not None
    assert now.version > invoice.version
    assert (now.balance, now.linked, now.fingerprint) == (gbp("8.50"), True, invoice.fingerprint)


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


def plain(value: Any) -> Any:
    """Decimals as floats, for a request that a person's page sends."""
    match value:
        case dict():
            return {name: plain(member) for name, member in value.items()}
        case list():
            return [plain(member) for member in value]
        case str() | bool():
            return value
        case _:
            return float(value)


def test_another_customer_is_seen(books: Books, sale: SaleDocument) -> None:
    receipt = entry(books.make(sale)[0])
    other = next(it for it in books.ledger.read_customers() if it.id != known(sale.customer) and it.active)
    books.change_by_hand(receipt, CustomerRef={"value": other.id})
    now = books.read(receipt)
    assert now is not None
    assert now.fingerprint != receipt.fingerprint


def known(reference: Any) -> LedgerId:
    assert isinstance(reference, Known)
    return reference.id


def test_an_amendment(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    anew = replace(sale, form=SaleForm.INVOICE, lines=sale.lines[:2], memo="", dated=DAY)
    resolved, versions = {KEY: invoice.id}, {KEY: invoice.version}
    (outcome,) = books.make(AmendmentDocument(Awaited(KEY), anew, "[a]"), resolved=resolved, versions=versions)
    amended = entry(outcome)
    assert (amended.id, amended.number, amended.dated) == (invoice.id, sale.number, DAY)
    assert (amended.total, amended.balance) == (gbp("18.50"), gbp("18.50"))
    assert amended.version != invoice.version
    assert amended.fingerprint != invoice.fingerprint
    assert books.read(invoice) == amended
    (stale,) = books.make(AmendmentDocument(Awaited(KEY), anew, "[a]"), resolved=resolved, versions=versions)
    assert isinstance(stale, Conflict)
    assert stale.code == "5010"


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


def test_an_amendment_that_changes_nothing_is_as_it_was(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    same = AmendmentDocument(Awaited(KEY), replace(sale, form=SaleForm.INVOICE, due_on=date(2026, 3, 27)), "[a]")
    (outcome,) = books.make(same, resolved={KEY: invoice.id}, versions={KEY: invoice.version})
    assert entry(outcome).fingerprint == invoice.fingerprint


def test_a_void(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    void = VoidDocument(Awaited(KEY), sale.number, sale.dated, "GBP", sale.marker)
    (outcome,) = books.make(void, resolved={KEY: invoice.id}, versions={KEY: invoice.version})
    nothing = entry(outcome)
    assert (nothing.id, nothing.total, nothing.balance, nothing.voided) == (invoice.id, gbp("0"), gbp("0"), True)
    assert sale.marker in nothing.private_note
    assert books.read(invoice) == nothing
    (found,) = books.ledger.find(Kind.VOID, [sale.number])
    assert (found.id, found.voided) == (invoice.id, True)


def test_what_is_gone_is_told(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    books.delete_by_hand(invoice)
    assert books.read(invoice) is None
    amendment = AmendmentDocument(Awaited(KEY), replace(sale, form=SaleForm.INVOICE), "[a]")
    (outcome,) = books.make(amendment, resolved={KEY: invoice.id}, versions={KEY: invoice.version})
    assert isinstance(outcome, Refused)
    assert outcome.code == "610"


def test_removing_what_nobody_touched(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    receipt = entry(books.make(replace(sale, number=books.number()))[0])
    books.ledger.remove(receipt)
    assert books.read(receipt) is None
    books.ledger.remove(receipt)
    books.make(payment(books, sale, invoice))
    with pytest.raises(Conflict):
        books.ledger.remove(invoice)
    assert books.read(invoice) is not None


def test_changes_tell_of_everything_since(books: Books, sale: SaleDocument, invoice: Entry) -> None:
    since = books.ledger.changes(books.connector.client(books.realm, books.store).clock() - timedelta(days=1))
    assert since is not None
    receipt = entry(books.make(replace(sale, number=books.number()))[0])
    books.change_by_hand(invoice, CustomerMemo={"value": "Thanks!"})
    books.delete_by_hand(receipt)
    told = books.ledger.changes(since.until)
    assert told is not None
    assert told.until >= since.until
    now = books.read(invoice)
    assert now in told.changed
    assert (receipt.type, receipt.id) in told.deleted


@pytest.mark.journey
def test_more_changes_than_an_answer_holds(books: Books, sale: SaleDocument) -> None:
    clock = books.connector.client(books.realm, books.store).clock
    before = books.ledger.changes(clock() - timedelta(days=1))
    assert before is not None
    made = [
        entry(outcome)
        for start in range(0, 1050, 30)
        for outcome in books.make(*[replace(sale, number=f"{sale.number}-{start + at}") for at in range(30)])
    ]
    books.delete_by_hand(made[0])
    books.delete_by_hand(made[-1])
    told = books.ledger.changes(before.until)
    assert told is not None
    assert {it.id for it in told.changed} >= {it.id for it in made[1:-1]}
    assert set(told.deleted) >= {(made[0].type, made[0].id), (made[-1].type, made[-1].id)}
