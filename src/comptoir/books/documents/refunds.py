"""What is given back: refund receipts, credit memos, money out against what a buyer owes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from comptoir.books.documents.keys import LedgerId, Reference
from comptoir.books.documents.lines import DocumentLine, RateTax, document_total
from comptoir.books.facts import Address
from comptoir.books.money import Money


class RefundForm(StrEnum):
    """The form of what is given back: money out of an account, or a credit on the buyer's own account."""

    RECEIPT = "receipt"
    CREDIT_MEMO = "credit_memo"


@dataclass(frozen=True, slots=True)
class RefundDocument:
    """A refund receipt or a credit memo. Lines state what was taken back as amounts above zero.

    `refund_account` is the account that a receipt's money leaves; a credit memo moves none and has None. How tax is
    told (`rates`, `tax_stated`, `form_tax_code`) is as on sales. `value` is what the store said that the refund took
    back; None of a refund's further documents, and where no refund of the store is behind it.
    """

    number: str
    dated: date
    customer: Reference
    currency: str
    lines: tuple[DocumentLine, ...]
    tax: Money
    refund_account: LedgerId | None
    private_note: str
    marker: str
    payment_method: LedgerId | None = None
    payment_reference: str = ""
    billing: Address | None = None
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    prices_include_tax: bool = False
    form: RefundForm = RefundForm.RECEIPT
    rates: tuple[RateTax, ...] = ()
    tax_stated: bool = False
    form_tax_code: LedgerId | None = None
    exchange_rate: Decimal | None = None
    value: Money | None = None

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return document_total(self.lines, self.tax, self.currency, prices_include_tax=self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class CashBackDocument:
    """Money out of `account` against what the buyer owes: it waits on the receivable account to meet a credit memo.

    `number` is the credit memo's own. What gives back money that was paid beyond a sale meets the credit that the
    payment left on the buyer's account, and no credit memo.
    """

    customer: Reference
    account: LedgerId
    receivable_account: LedgerId
    dated: date
    amount: Money
    number: str
    private_note: str
    marker: str
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """The money that went out."""
        return self.amount

    @property
    def currency(self) -> str:
        """The amount's currency."""
        return self.amount.currency
