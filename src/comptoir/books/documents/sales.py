"""Sales, and what writes one of ours anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from comptoir.books.documents.keys import LedgerId, Reference
from comptoir.books.documents.lines import DocumentLine, RateTax, document_total
from comptoir.books.facts import Address, SourceId
from comptoir.books.money import Money, zero


class SaleForm(StrEnum):
    """The form a sale takes in the books."""

    RECEIPT = "receipt"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class SaleDocument:
    """A sales receipt or an invoice. `marker` finds it again as ours; it stands in the private note.

    `number` "" leaves the number to the ledger. `rates` are the amounts to state by rate; `tax_stated` says that
    `tax`, or `rates`, must be sent, for the ledger would reckon otherwise; `form_tax_code` is the one code of a whole
    form (United States). `redeemed` are the tenders that are lines of it.
    """

    form: SaleForm
    number: str
    dated: date
    customer: Reference
    currency: str
    lines: tuple[DocumentLine, ...]
    tax: Money
    private_note: str
    marker: str
    memo: str = ""
    due_on: date | None = None
    deposit_account: LedgerId | None = None
    payment_method: LedgerId | None = None
    payment_reference: str = ""
    email: str = ""
    billing: Address | None = None
    shipping: Address | None = None
    allow_card_payment: bool = False
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    prices_include_tax: bool = False
    rates: tuple[RateTax, ...] = ()
    tax_stated: bool = False
    form_tax_code: LedgerId | None = None
    redeemed: tuple[SourceId, ...] = ()
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return document_total(self.lines, self.tax, self.currency, prices_include_tax=self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class AmendmentDocument:
    """A sale of ours in the books, written anew: `sale` takes the place of what `target` says now.

    Where `sale` has no number, the target keeps the one that the ledger gave it. `marker` tells that this was carried
    out; it stands in the sale's private note, before the sale's own.
    """

    target: Reference
    sale: SaleDocument
    marker: str

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return self.sale.total

    @property
    def currency(self) -> str:
        """The sale's currency."""
        return self.sale.currency

    @property
    def number(self) -> str:
        """The sale's number."""
        return self.sale.number

    @property
    def dated(self) -> date:
        """The sale's date."""
        return self.sale.dated

    @property
    def private_note(self) -> str:
        """The sale's private note."""
        return self.sale.private_note


@dataclass(frozen=True, slots=True)
class VoidDocument:
    """An invoice of ours brought to nothing: it stays in the books under its number, with no amount.

    `number`, `dated` and `marker` are the invoice's own.
    """

    target: Reference
    number: str
    dated: date
    currency: str
    marker: str

    @property
    def total(self) -> Money:
        """Nothing is left of it."""
        return zero(self.currency)
