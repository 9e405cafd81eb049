"""What the books need: documents in the ledger's terms but in no ledger's wire format.

A ledger connector (`ledgers/<slug>/translate.py`) turns each into the platform's own shape. Every document can be
written to the journal and read back unchanged: plain values only. `exchange_rate` is what one unit of a document's
currency is worth in the company's, where the store states it; None leaves it to the ledger's own rate of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from comptoir.books.documents.banking import (
    DepositDocument,
    DepositLine,
    DepositMember,
    HeldForm,
    JournalDocument,
    JournalLine,
    Party,
    PartyType,
    Side,
    TaxSide,
)
from comptoir.books.documents.keys import WAVE_OF, Awaited, Kind, Known, LedgerId, PostingKey, Reference, Wave
from comptoir.books.documents.lines import DocumentLine, RateTax, document_total
from comptoir.books.documents.lists import CustomerDocument, ItemDocument, ItemType
from comptoir.books.documents.payments import ApplicationDocument, PaidBack, PaymentDocument, TakenOff
from comptoir.books.documents.refunds import CashBackDocument, RefundDocument, RefundForm
from comptoir.books.documents.sales import AmendmentDocument, SaleDocument, SaleForm, VoidDocument

__all__ = [
    "WAVE_OF",
    "AmendmentDocument",
    "ApplicationDocument",
    "Awaited",
    "CashBackDocument",
    "CustomerDocument",
    "DepositDocument",
    "DepositLine",
    "DepositMember",
    "Document",
    "DocumentLine",
    "HeldForm",
    "ItemDocument",
    "ItemType",
    "JournalDocument",
    "JournalLine",
    "Kind",
    "Known",
    "LedgerId",
    "ListDocument",
    "MoneyDocument",
    "NewDocument",
    "OrderDocument",
    "PaidBack",
    "Party",
    "PartyType",
    "PaymentDocument",
    "PostingKey",
    "RateTax",
    "Reference",
    "RefundDocument",
    "RefundForm",
    "RewriteDocument",
    "SaleDocument",
    "SaleForm",
    "Side",
    "TakenOff",
    "TaxSide",
    "VoidDocument",
    "Wave",
    "awaited",
    "document_total",
    "references",
]

ListDocument = CustomerDocument | ItemDocument
OrderDocument = SaleDocument | PaymentDocument | RefundDocument | CashBackDocument | ApplicationDocument
MoneyDocument = OrderDocument | DepositDocument | JournalDocument
NewDocument = ListDocument | MoneyDocument
RewriteDocument = AmendmentDocument | VoidDocument
Document = NewDocument | RewriteDocument


def references(document: Document) -> tuple[Reference, ...]:
    """Everything in the ledger that `document` points at."""
    match document:
        case SaleDocument() | RefundDocument():
            found = [document.customer, *(line.item for line in document.lines)]
        case PaymentDocument():
            found = [document.invoice, document.customer]
        case CashBackDocument():
            found = [document.customer]
        case ApplicationDocument():
            paid_back = (each.cash_back for each in document.cash_backs)
            others = (each.invoice for each in document.others)
            found = [document.customer, document.credit, document.invoice, *others, *paid_back]
        case DepositDocument():
            found = [*(each.document for each in document.members), *_parties(document.lines)]
        case JournalDocument():
            found = [*_parties(document.lines)]
        case AmendmentDocument():
            found = [document.target, *references(document.sale)]
        case VoidDocument():
            found = [document.target]
        case CustomerDocument() | ItemDocument():  # pragma: no branch
            found = []
    return tuple(found)


def _parties(lines: Iterable[DepositLine | JournalLine]) -> Iterator[Reference]:
    return (line.party.record for line in lines if line.party is not None)


def awaited(document: Document) -> frozenset[PostingKey]:
    """The postings that must be in the books before `document` can be sent."""
    return frozenset(ref.key for ref in references(document) if isinstance(ref, Awaited))
