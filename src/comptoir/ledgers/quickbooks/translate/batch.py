"""PURE: documents as the writes of one batch (quickbooks-online.md §§3, 4)."""

from __future__ import annotations

from collections.abc import Sequence

from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    DepositDocument,
    ItemDocument,
    JournalDocument,
    NewDocument,
    PaymentDocument,
    Reference,
    RefundDocument,
    SaleDocument,
    VoidDocument,
)
from comptoir.engine.ports import Slot
from comptoir.ledgers.quickbooks.translate.banking import deposit, journal
from comptoir.ledgers.quickbooks.translate.forms import refund, sale
from comptoir.ledgers.quickbooks.translate.lists import customer, item
from comptoir.ledgers.quickbooks.translate.money import application, cash_back, payment
from comptoir.ledgers.quickbooks.translate.parts import CompanyFacts, Json, Resolved, encode, record_id

NOT_OURS_TO_RENEW = frozenset({"AutoDocNumber", "EmailStatus", "PrintStatus"})
"""What a new form must say, and what would undo somebody's work on one that is there."""


def encode_batch(slots: Sequence[Slot], facts: CompanyFacts) -> bytes:
    """A batch of writes, byte for byte as it is sent: the same slots always give the same bytes."""
    return encode({"BatchItemRequest": [{"bId": slot.slot} | _batch_item(slot, facts) for slot in slots]})


def _batch_item(slot: Slot, facts: CompanyFacts) -> Json:
    """One write: its operation, and the record under its entity's name (§4)."""
    document = slot.document
    match document:
        case AmendmentDocument():
            entity, record = sale(document.sale, slot.resolved, facts)
            return {"operation": "update", entity: _version_of(document.target, slot) | _anew(record)}
        case VoidDocument():
            return {"operation": "void", "Invoice": _version_of(document.target, slot)}
        case _:
            entity, record = to_wire(document, slot.resolved, facts)
            return {"operation": "create", entity: record}


def _anew(record: Json) -> Json:
    """A sparse update: what we write is written anew, lines and all, and what we do not write stays (§3).

    Terms, custom fields and the mark that a form was sent are other people's; a number that QuickBooks gave is its own.
    """
    return {"sparse": True} | {name: value for name, value in record.items() if name not in NOT_OURS_TO_RENEW}


def _version_of(target: Reference, slot: Slot) -> Json:
    if not isinstance(target, Awaited) or target.key not in slot.versions:
        raise ValueError(f"the version of {target} is not known")
    return {"Id": record_id(target, slot.resolved), "SyncToken": slot.versions[target.key]}


def to_wire(document: NewDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    """The entity's name and the JSON that creates it.

    Raises ValueError for a document that no company of this kind can take: these are faults of the rules.
    """
    match document:
        case CustomerDocument():
            written: tuple[str, Json] = ("Customer", customer(document, facts))
        case ItemDocument():
            written = ("Item", item(document))
        case SaleDocument():
            written = sale(document, resolved, facts)
        case RefundDocument():
            written = refund(document, resolved, facts)
        case PaymentDocument():
            written = ("Payment", payment(document, resolved, facts))
        case CashBackDocument():
            written = ("Purchase", cash_back(document, resolved, facts))
        case ApplicationDocument():
            written = ("Payment", application(document, resolved, facts))
        case DepositDocument():
            written = ("Deposit", deposit(document, resolved, facts))
        case JournalDocument():  # pragma: no branch
            written = ("JournalEntry", journal(document, resolved, facts))
    return written
