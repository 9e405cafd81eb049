"""A sale that is in the books and may be written anew: an unpaid invoice that nobody has touched (section 7).

Raised in the store, it is updated in place; cancelled, it is voided. Everything else gets documents of its own
(`edits`): what is paid, credited, or changed by someone in the books is never written over.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from comptoir.books.context import Context, Decided, PostedPart, order_key
from comptoir.books.documents import AmendmentDocument, Awaited, Kind, PostingKey, SaleDocument, VoidDocument
from comptoir.books.facts import Order


def amendment_key(sale: PostingKey, place: int) -> PostingKey:
    """The key of the sale's amendment of this place: the first is 1."""
    return replace(sale, kind=Kind.AMENDMENT, part=str(place))


def may_rewrite(order: Order, context: Context) -> PostedPart | None:
    """The order's sale where it may be written anew, None where it may not.

    It is the order's only document, an unpaid invoice in an open period, and as we left it as far as is known. That
    nobody changed it since is asked of the ledger just before it is sent.
    """
    if len(context.posted) != 1 or order.tenders or order.refunds:
        return None
    (part,) = context.posted
    return part if part.is_invoice and part.is_untouched and _is_open(part, context) else None


def decide_amendment(order: Order, part: PostedPart, sale: SaleDocument, context: Context) -> Decided:
    """The invoice with what the order is now, under the number and date it has in the books."""
    posted = part.document
    key = amendment_key(part.key, context.amendments + 1)
    own = context.marker(key)
    rewritten = replace(
        sale,
        number=posted.number,
        dated=posted.dated,
        due_on=max(sale.due_on or posted.dated, posted.dated),
        customer=posted.customer,
        private_note=f"{sale.private_note}; {own}",
    )
    document = AmendmentDocument(target=Awaited(part.key), sale=rewritten, marker=own)
    return Decided(key, document, order.number, posted.dated, order.total)


def decide_void(order: Order, part: PostedPart, cancelled_on: date, context: Context) -> Decided:
    """The invoice of a cancelled order, emptied: number and date stay, amounts become zero."""
    key = order_key(order, Kind.VOID, order.source_id)
    document = VoidDocument(
        target=Awaited(part.key),
        number=part.document.number,
        dated=cancelled_on,
        currency=order.currency,
        marker=context.marker(key),
    )
    return Decided(key, document, order.number, cancelled_on, document.total)


def _is_open(part: PostedPart, context: Context) -> bool:
    closed = context.company.books_closed_until
    return closed is None or part.document.dated > closed
