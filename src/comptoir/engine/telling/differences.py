"""What differs, field by field: two versions of an order in the store, or a document as we left it and as it is now.

PURE. What is shown is a message, an amount, a moment or the user's own words; None where one side has nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from comptoir.books.documents import Document, OrderDocument
from comptoir.books.facts import Address, Order, OrderLine, PaymentStatus, Refund, Tender
from comptoir.books.money import Money, total
from comptoir.books.problems import Message
from comptoir.engine.ports import Entry
from comptoir.engine.setup.steps.orders import STATUSES
from comptoir.storage.postings import Posting

Shown = Message | Money | datetime | date | str | None

YES = Message("yes")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same on both sides."""

    what: Message
    before: Shown
    after: Shown


def order_differences(before: Order, after: Order) -> tuple[Difference, ...]:
    """What the store changed between two versions of an order."""
    own = _different(_fields(before), _fields(after))
    return (*own, *_lines(before, after), *_tenders(before, after), *_refunds(before, after))


def document_differences(document: Document, row: Posting, entry: Entry) -> tuple[Difference, ...]:
    """How a document in the books differs from what we left there, as far as the ledger tells it in figures."""
    left: dict[str, Shown] = {"total": row.meant, "date": row.dated, "number": row.number}
    now: dict[str, Shown] = {"total": entry.total, "date": entry.dated, "number": entry.number}
    if isinstance(document, OrderDocument):
        left["note"] = document.private_note.strip()
        now["note"] = entry.private_note.replace(document.marker, "").strip()  # our mark means nothing to its reader
    tax = getattr(document, "tax", None)
    if isinstance(tax, Money) and entry.tax is not None:
        left["tax"], now["tax"] = tax, entry.tax
    found = [Difference(DOCUMENT_WORDS[name], left[name], now[name]) for name in left if left[name] != now[name]]
    return (*found, *([Difference(Message("Voided"), None, YES)] if entry.voided else []))


ORDER_WORDS: Mapping[str, Message] = {
    "total": Message("Total"),
    "status": Message("Payment"),
    "cancelled": Message("Cancelled"),
    "shipped": Message("Shipped"),
    "due": Message("Due"),
    "buyer": Message("Customer"),
    "email": Message("E-mail address"),
    "billing": Message("Billing address"),
    "shipping": Message("Delivery address"),
    "exempt": Message("Pays no tax"),
    "note": Message("Note"),
}
DOCUMENT_WORDS: Mapping[str, Message] = {
    "total": Message("Total"),
    "tax": Message("Tax"),
    "date": Message("Date"),
    "number": Message("Number"),
    "note": Message("Private note"),
}


def _fields(order: Order) -> Mapping[str, Shown]:
    buyer = order.buyer
    return {
        "total": order.total,
        "status": _status(order.status),
        "cancelled": order.cancelled_at,
        "shipped": order.shipped_at,
        "due": order.due_on,
        "buyer": (buyer.name or buyer.company) if buyer else "",
        "email": buyer.email if buyer else "",
        "billing": _address(order.billing),
        "shipping": _address(order.shipping),
        "exempt": YES if order.tax_exempt else None,
        "note": order.note,
    }


def _different(before: Mapping[str, Shown], after: Mapping[str, Shown]) -> Iterator[Difference]:
    for name, words in ORDER_WORDS.items():
        if (before[name] or None) != (after[name] or None):
            yield Difference(words, before[name] or None, after[name] or None)


def _status(status: PaymentStatus) -> Shown:
    return STATUSES[status]


def _address(address: Address | None) -> str:
    if address is None:
        return ""
    parts = (address.name, address.company, address.line1, address.line2)
    place = " ".join(filter(None, (address.postcode, address.city, address.region, address.country)))
    return ", ".join(filter(None, (*parts, place)))


def _lines(before: Order, after: Order) -> Iterator[Difference]:
    old, new = ({(each.source_id, each.kind): each for each in order.lines} for order in (before, after))
    for key in dict.fromkeys([*old, *new]):
        was, now = _line(old.get(key)), _line(new.get(key))
        if was != now:
            name = (new.get(key) or old[key]).name
            yield Difference(Message("Line: {name}", {"name": name}), was, now)


def _line(line: OrderLine | None) -> Shown:
    if line is None:
        return None
    values = {"quantity": f"{line.quantity.normalize():f}", "amount": str(line.net)}
    taxes = [tax for tax in line.taxes if not tax.amount.is_zero]
    if not taxes:
        return Message("{quantity} for {amount}", values)
    values |= {"tax": str(total((each.amount for each in taxes), line.net.currency))}
    return Message("{quantity} for {amount}, {tax} tax", values)


def _tenders(before: Order, after: Order) -> Iterator[Difference]:
    return _amounts(_paid(before.tenders), _paid(after.tenders))


def _paid(tenders: Iterable[Tender]) -> dict[str, tuple[Message, Money]]:
    return {
        each.source_id: (Message("Paid by {method}", {"method": each.method_name or each.method}), each.amount)
        for each in tenders
    }


def _refunds(before: Order, after: Order) -> Iterator[Difference]:
    return _amounts(_given_back(before.refunds, before.currency), _given_back(after.refunds, after.currency))


def _given_back(refunds: Iterable[Refund], currency: str) -> dict[str, tuple[Message, Money]]:
    return {
        each.source_id: (Message("Refunded"), total((tender.amount for tender in each.tenders), currency))
        for each in refunds
    }


def _amounts(
    before: Mapping[str, tuple[Message, Money]], after: Mapping[str, tuple[Message, Money]]
) -> Iterator[Difference]:
    for key in dict.fromkeys([*before, *after]):
        was, now = before.get(key), after.get(key)
        if was != now:
            words = (now or was or (Message("Refunded"), None))[0]
            yield Difference(words, was[1] if was else None, now[1] if now else None)
