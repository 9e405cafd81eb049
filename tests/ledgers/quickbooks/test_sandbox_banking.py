"""Over a real socket: deposits, journal entries, reports, rates of exchange."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import Books, connect, entry, gbp, running

from comptoir.books.documents import (
    DepositDocument,
    DepositLine,
    DepositMember,
    HeldForm,
    JournalDocument,
    JournalLine,
    Kind,
    Known,
    LedgerId,
    Party,
    RefundDocument,
    SaleDocument,
    Side,
)
from comptoir.ledgers.quickbooks.client import Report

DAY = date(2026, 2, 28)


def held(books: Books) -> LedgerId:
    return next(account.id for account in books.company.accounts if account.name == "Undeposited Funds")


def debits(report: dict[str, Any], account: LedgerId) -> str:
    rows = [row["ColData"] for row in report["Rows"]["Row"] if "ColData" in row]
    return next((row[1]["value"] for row in rows if row[0].get("id") == account), "")


@pytest.fixture
def deposit(books: Books, sale: SaleDocument) -> DepositDocument:
    """A payout: a sale and a refund that were held, less a fee."""
    undeposited = held(books)
    sold = entry(books.make(replace(sale, deposit_account=undeposited))[0])
    refund = RefundDocument(
        f"R{sale.number}", DAY, sale.customer, "GBP", (replace(sale.lines[0], amount=gbp("5.00"), quantity=None),),
        gbp("0"), undeposited, "Refund", "[comptoir:r]",
    )  # fmt: skip
    back = entry(books.make(refund)[0])
    return DepositDocument(
        books.account("bank"),
        DAY,
        "GBP",
        "Payout 1",
        f"[comptoir:{sale.number}]",
        (
            DepositMember(Known(sold.id), HeldForm.RECEIPT, gbp("28.50")),
            DepositMember(Known(back.id), HeldForm.REFUND, gbp("-5.00")),
        ),
        (DepositLine(books.account("expense"), gbp("-1.25"), "Fees"),),
    )


def test_a_deposit_takes_held_money_to_the_bank(books: Books, deposit: DepositDocument) -> None:
    made = entry(books.make(deposit)[0])
    assert (made.type, made.kind, made.number, made.total) == ("Deposit", Kind.DEPOSIT, "", gbp("22.25"))
    assert books.read(made) == made
    listed = books.ledger.read_documents(since=DAY, until=DAY)
    assert [it for it in listed if it.kind is Kind.DEPOSIT and deposit.marker in it.private_note] == [made]
    sold = books.ledger.reread([("SalesReceipt", known(deposit.members[0]))])
    assert all(it.linked for it in sold.values())


def known(member: DepositMember) -> LedgerId:
    assert isinstance(member.document, Known)
    return member.document.id


def test_a_journal_entry_moves_between_accounts(books: Books, customer: LedgerId) -> None:
    client = books.connector.client(books.realm, books.store)
    expense, receivable = books.account("expense"), books.account("accounts_receivable")
    document = JournalDocument(
        books.number(),
        DAY,
        "GBP",
        (
            JournalLine(Side.DEBIT, expense, gbp("12.34"), "Written off"),
            JournalLine(Side.CREDIT, receivable, gbp("12.34"), party=Party(Known(customer))),
        ),
        "Written off",
        "[comptoir:j]",
    )
    before = debits(client.report(Report.TRIAL_BALANCE, DAY, DAY), expense)
    made = entry(books.make(document)[0])
    assert (made.type, made.number, made.total) == ("JournalEntry", document.number, gbp("12.34"))
    (found,) = books.ledger.find(Kind.JOURNAL, [document.number])
    assert found == made == books.read(made)
    after = debits(client.report(Report.TRIAL_BALANCE, DAY, DAY), expense)
    assert Decimal(after) - Decimal(before or 0) == Decimal("12.34")


@pytest.mark.parametrize("report", [Report.TRIAL_BALANCE, Report.PROFIT_AND_LOSS, Report.TAX_SUMMARY])
def test_reports_are_answered(books: Books, report: Report) -> None:
    client = books.connector.client(books.realm, books.store)
    assert client.report(report, date(2026, 1, 1), DAY)["Header"]["ReportName"] == report.value


def test_the_rate_of_a_day(client: httpx2.Client, api: Any) -> None:
    with running("--no-limits", "--profile", "multicurrency") as announced:
        connector, api.store.tokens = connect(announced, client)
        asked = connector.client(announced["realm_id"], api.store)
        assert asked.exchange_rate("EUR", DAY) > 0
        assert asked.exchange_rate("EUR", DAY) != asked.exchange_rate("USD", DAY)
