"""Over real sockets: in every regime a document is read again as it was answered, whatever money comes to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import connect, entry, running

from comptoir.books.company import Company, TaxRegime
from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    CustomerDocument,
    Document,
    DocumentLine,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RateTax,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money, total
from comptoir.engine.ports import Answered, Entry, Slot
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger

DAY = date(2026, 2, 27)
KEY = PostingKey(StoreIdentity("shopify:a"), Kind.SALE, SourceId("1"))


@dataclass
class Desk:
    """One company of a regime, and one document at a time."""

    ledger: QuickBooksLedger
    company: Company
    currency: str
    sends: int = 0

    def post(self, document: Document, target: Entry | None = None) -> Entry:
        self.sends += 1
        resolved, versions = ({}, {}) if target is None else ({KEY: target.id}, {KEY: target.version})
        body = self.ledger.freeze([Slot("0", document, resolved, versions)])
        answer = self.ledger.send(f"request-{self.sends}", body)
        assert isinstance(answer, Answered), answer
        return entry(answer.results[0].outcome)

    def read(self, made: Entry) -> Entry:
        return self.ledger.reread([(made.type, made.id)])[made.type, made.id]

    def money(self, amount: str) -> Money:
        return Money(Decimal(amount), self.currency)

    def invoice(self, customer: LedgerId, *amounts: str) -> SaleDocument:
        """Lines with tax, told as the regime wants it."""
        item = next(each for each in self.ledger.read_items() if each.type == "Service" and each.active)
        code = next((each for each in self.company.tax_codes if each.active and each.rate > 0), None)
        regime = self.company.tax_regime
        lines = tuple(
            DocumentLine(Known(item.id), "A mug", self.money(amount), tax_code=None if code is None else code.id)
            for amount in amounts
        )
        rates: tuple[RateTax, ...] = ()
        if code is not None and regime is TaxRegime.GLOBAL:
            base = total((line.amount for line in lines), self.currency)
            rates = tuple(RateTax(each.id, (base * each.rate).rounded(), base) for each in code.rates)
        stated = total((each.amount for each in rates), self.currency) if rates else self.money("6.03")
        return SaleDocument(
            SaleForm.INVOICE, f"N{self.currency}1", DAY, Known(customer), self.currency, lines, stated,
            "Order 1", "[comptoir:1]", rates=rates, tax_stated=True,
            form_tax_code=code.id if code is not None and regime is TaxRegime.US_MANUAL else None,
            exchange_rate=Decimal("1.25") if self.currency != self.company.currency else None,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("profile", "currency"),
    [
        ("uk", "GBP"),
        ("quebec", "CAD"),
        ("us-manual", "USD"),
        ("us-automated", "USD"),
        ("multicurrency", "EUR"),
    ],
)
def test_what_was_answered_is_what_is_read(client: httpx2.Client, api: Any, profile: str, currency: str) -> None:
    with running("--no-limits", "--profile", profile) as announced:
        connector, api.store.tokens = connect(announced, client)
        ledger = connector.ledger(announced["realm_id"], api.store)
        desk = Desk(ledger, ledger.read_company(), currency)
        customer = desk.post(CustomerDocument("Jo Doe", currency)).id
        document = desk.invoice(customer, "80.00", "-5.00")
        made = desk.post(document)
        assert made.total == document.total
        assert made == desk.read(made)
        fewer = desk.invoice(customer, "80.00")
        amended = desk.post(AmendmentDocument(Awaited(KEY), fewer, "[comptoir:a]"), made)
        assert amended.fingerprint != made.fingerprint
        again = desk.post(AmendmentDocument(Awaited(KEY), document, document.marker), amended)
        assert again.fingerprint == made.fingerprint, "the same said again is the same"
        bank = next(
            each.id for each in desk.company.accounts if each.type.value == "bank" and each.currency == currency
        )
        desk.post(
            PaymentDocument(
                Known(made.id), Known(customer), DAY, desk.money("10.00"), bank, "ch", "Order 1", "[comptoir:2]"
            )
        )
        paid = desk.read(made)
        assert paid.linked
        assert paid.version != again.version
        assert paid.fingerprint == made.fingerprint
