from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    Awaited,
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
    PartyType,
    PostingKey,
    Side,
    TaxSide,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.ledgers.quickbooks.entries import to_entry
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.translate import CompanyFacts, to_wire

UK = CompanyFacts("GBP", TaxRegime.GLOBAL)
US = CompanyFacts("GBP", TaxRegime.US_MANUAL)
KEY = PostingKey(StoreIdentity("shopify:a"), Kind.PAYMENT, SourceId("1"))
DAY = date(2026, 1, 31)
BANK, FEES, TAX = LedgerId("35"), LedgerId("31"), LedgerId("5")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


MEMBER = DepositMember(Awaited(KEY), HeldForm.PAYMENT, gbp("262.00"))
FEE = DepositLine(FEES, gbp("-62.50"), "Fees", Party(Known(LedgerId("58")), PartyType.VENDOR), LedgerId("1"))
DEPOSIT = DepositDocument(BANK, DAY, "GBP", "Payout 1", "[c:d1]", (MEMBER,), (FEE,), location_id=LedgerId("2"))
JOURNAL = JournalDocument(
    "J1",
    DAY,
    "GBP",
    (
        JournalLine(Side.DEBIT, FEES, gbp("62.50"), "Fees"),
        JournalLine(Side.CREDIT, LedgerId("84"), gbp("62.50"), party=Party(Known(LedgerId("3")))),
    ),
    "Payout 1",
    "[c:j1]",
)


def wired(document: Any, facts: CompanyFacts = UK) -> dict[str, Any]:
    return to_wire(document, {KEY: LedgerId("154")}, facts)[1]


def test_a_deposit() -> None:
    entity, record = to_wire(DEPOSIT, {KEY: LedgerId("154")}, UK)
    assert entity == "Deposit"
    assert record == {
        "DepositToAccountRef": {"value": "35"},
        "TxnDate": "2026-01-31",
        "DepartmentRef": {"value": "2"},
        "PrivateNote": "Payout 1\n[c:d1]",
        "GlobalTaxCalculation": "NotApplicable",
        "Line": [
            {"Amount": Decimal(262), "LinkedTxn": [{"TxnId": "154", "TxnType": "Payment", "TxnLineId": "0"}]},
            {
                "Amount": Decimal("-62.50"),
                "Description": "Fees",
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {
                    "AccountRef": {"value": "31"},
                    "Entity": {"value": "58", "type": "VENDOR"},
                    "PaymentMethodRef": {"value": "1"},
                },
            },
        ],
    }


@pytest.mark.parametrize(
    ("form", "word"),
    [(HeldForm.PAYMENT, "Payment"), (HeldForm.RECEIPT, "SalesReceipt"), (HeldForm.REFUND, "RefundReceipt")],
)
def test_what_a_deposit_takes_along(form: HeldForm, word: str) -> None:
    record = wired(replace(DEPOSIT, members=(replace(MEMBER, form=form),)))
    assert record["Line"][0]["LinkedTxn"][0]["TxnType"] == word


def test_a_fee_with_tax_is_told_with_it_inside() -> None:
    fee = replace(FEE, party=None, tax_code=TAX, class_id=LedgerId("9"))
    facts = replace(UK, class_per_line=True)
    record = wired(replace(DEPOSIT, lines=(fee, replace(fee, tax_code=None, class_id=None))), facts)
    assert record["GlobalTaxCalculation"] == "TaxInclusive"
    assert record["Line"][1]["DepositLineDetail"] == {
        "AccountRef": {"value": "31"},
        "PaymentMethodRef": {"value": "1"},
        "ClassRef": {"value": "9"},
        "TaxCodeRef": {"value": "5"},
        "TaxApplicableOn": "Purchase",
    }
    assert not {"TaxCodeRef", "TaxApplicableOn"} & set(record["Line"][2]["DepositLineDetail"])


def test_currencies_are_told_where_there_are_several() -> None:
    foreign = replace(DEPOSIT, exchange_rate=Decimal("1.1"), members=(), currency="EUR",
                      lines=(DepositLine(FEES, Money(Decimal(5), "EUR")),))  # fmt: skip
    record = wired(foreign, replace(UK, multicurrency=True))
    assert (record["CurrencyRef"], record["ExchangeRate"]) == ({"value": "EUR"}, Decimal("1.1"))


@pytest.mark.parametrize(
    "deposit",
    [replace(DEPOSIT, members=(), lines=()), replace(DEPOSIT, members=())],
    ids=["empty", "below zero"],
)
def test_deposits_that_cannot_be(deposit: DepositDocument) -> None:
    with pytest.raises(ValueError, match="deposit"):
        wired(deposit)


def test_a_journal_entry() -> None:
    entity, record = to_wire(JOURNAL, {}, UK)
    assert entity == "JournalEntry"
    assert record == {
        "DocNumber": "J1",
        "TxnDate": "2026-01-31",
        "PrivateNote": "Payout 1\n[c:j1]",
        "GlobalTaxCalculation": "NotApplicable",
        "Line": [
            {
                "Amount": Decimal("62.50"),
                "Description": "Fees",
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {"PostingType": "Debit", "AccountRef": {"value": "31"}},
            },
            {
                "Amount": Decimal("62.50"),
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {
                    "PostingType": "Credit",
                    "AccountRef": {"value": "84"},
                    "Entity": {"Type": "Customer", "EntityRef": {"value": "3"}},
                },
            },
        ],
    }


def test_a_journal_line_states_its_tax() -> None:
    taxed = replace(
        JOURNAL.lines[0], amount=gbp("50.00"), tax=gbp("12.50"), tax_code=TAX, tax_side=TaxSide.PURCHASES,
        class_id=LedgerId("9"), location_id=LedgerId("2"),
    )  # fmt: skip
    record = wired(replace(JOURNAL, lines=(taxed, JOURNAL.lines[1])), replace(UK, class_per_line=True))
    assert record["GlobalTaxCalculation"] == "TaxExcluded"
    assert record["Line"][0]["JournalEntryLineDetail"] == {
        "PostingType": "Debit",
        "AccountRef": {"value": "31"},
        "ClassRef": {"value": "9"},
        "DepartmentRef": {"value": "2"},
        "TaxCodeRef": {"value": "5"},
        "TaxApplicableOn": "Purchase",
        "TaxAmount": Decimal("12.50"),
    }


@pytest.mark.parametrize("document", [DEPOSIT, JOURNAL])
def test_the_united_states_know_no_calculation(document: Any) -> None:
    assert "GlobalTaxCalculation" not in wired(document, US)


@pytest.mark.parametrize(
    "document",
    [
        replace(DEPOSIT, lines=(replace(FEE, tax_code=TAX),)),
        replace(JOURNAL, lines=(replace(JOURNAL.lines[0], tax_code=TAX, tax=gbp("0")), JOURNAL.lines[1])),
    ],
)
def test_tax_codes_need_a_company_that_has_them(document: Any) -> None:
    with pytest.raises(ValueError, match="tax code"):
        wired(document, US)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (JOURNAL.lines[:1], "two lines"),
        ((replace(JOURNAL.lines[0], amount=gbp("-1")), replace(JOURNAL.lines[1], amount=gbp("-1"))), "below zero"),
        ((JOURNAL.lines[0], replace(JOURNAL.lines[1], amount=gbp("62.49"))), "not the same"),
        ((replace(JOURNAL.lines[0], tax_code=TAX), JOURNAL.lines[1]), "go together"),
    ],
    ids=["one line", "below zero", "unbalanced", "tax without amount"],
)
def test_journal_entries_that_cannot_be(lines: tuple[JournalLine, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        wired(replace(JOURNAL, lines=lines))


def test_a_journals_number_has_its_length() -> None:
    with pytest.raises(ValueError, match="21"):
        wired(replace(JOURNAL, number="J" * 22))


def test_a_journal_entry_as_an_entry() -> None:
    """It bears no total of its own: the debits tell it, with their tax."""
    row = {
        "Id": "12",
        "SyncToken": "0",
        "DocNumber": "J1",
        "TxnDate": "2026-01-31",
        "Line": [
            {"Amount": Decimal(50), "JournalEntryLineDetail": {"PostingType": "Debit", "TaxAmount": Decimal("12.5")}},
            {"Amount": Decimal("62.50"), "JournalEntryLineDetail": {"PostingType": "Credit"}},
            {"DetailType": "DescriptionOnly", "Description": "why"},
        ],
    }
    entry = to_entry(Kind.JOURNAL, "JournalEntry", row, "GBP")
    assert (entry.number, entry.total, entry.dated) == ("J1", gbp("62.50"), DAY)


def test_a_deposit_as_an_entry() -> None:
    entry = to_entry(
        Kind.DEPOSIT, "Deposit", {"Id": "12", "TotalAmt": Decimal("199.5"), "TxnDate": "2026-01-31"}, "GBP"
    )
    assert (entry.number, entry.total, entry.dated) == ("", gbp("199.50"), DAY)


def test_a_journal_entry_is_found_by_number_and_a_deposit_by_none(api: Any, ledger: QuickBooksLedger) -> None:
    page = {"JournalEntry": [{"Id": "12", "DocNumber": "J1"}]}
    api.answer({"BatchItemResponse": [{"bId": "0", "QueryResponse": page}]})
    (found,) = ledger.find(Kind.JOURNAL, ["J1"])
    assert (found.id, found.kind, found.number) == ("12", Kind.JOURNAL, "J1")
    assert ledger.find(Kind.DEPOSIT, ["J1"]) == []
