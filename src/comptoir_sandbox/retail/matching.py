"""Which order a cancellation refunds: the file does not say, so the latest that fits, else one from before the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.retail.documents import Document, Piece

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

ZERO = Decimal(0)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
EARLIER_SUFFIX = "-E"
"""Order names stay within twelve characters: #, nine digits, this."""
EARLIER_CODE = "EARLIER"
EARLIER_TITLE = "Goods of an earlier order"


@dataclass(slots=True)
class OpenOrder:
    """An order and what of it can still be refunded."""

    document: Document
    left: list[int]
    """Pieces left, per line."""
    shipping_left: list[Decimal]
    paid_left: Decimal
    refunds: list[MatchedRefund] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MatchedRefund:
    """A cancellation laid on an order: (line, pieces) and (shipping line, amount) taken back."""

    document: Document
    lines: tuple[tuple[int, int], ...]
    shipping: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Matching:
    """Every order with its refunds; `earlier` are the orders that the file implies but does not hold."""

    orders: list[OpenOrder]
    earlier: list[OpenOrder]


def match_refunds(orders: Sequence[Document], refunds: Sequence[Document], before: datetime) -> Matching:
    """Lay each refund, in order of time, on the customer's latest earlier order with enough goods and money left.

    A refund that fits none (or has no customer) is one of an order placed before the file begins: that order is made,
    at the moment `before`.
    """
    by_customer: dict[str, list[OpenOrder]] = {}
    opened = [open_order(document) for document in orders]
    for order in opened:
        if order.document.customer is not None:
            by_customer.setdefault(order.document.customer, []).append(order)
    implied: list[OpenOrder] = []
    for refund in refunds:
        candidates = by_customer.get(refund.customer or "", [])
        earlier = (order for order in reversed(candidates) if order.document.moment <= refund.moment)
        if not any(lay(refund, order) for order in earlier):
            order = open_order(earlier_order(refund, before))
            if not lay(refund, order):
                raise AssertionError(f"{refund.number}: the order made for it does not fit")
            implied.append(order)
    return Matching(opened, implied)


def open_order(document: Document) -> OpenOrder:
    """Return a document with nothing of it refunded yet."""
    return OpenOrder(
        document=document,
        left=[piece.quantity for piece in document.pieces],
        shipping_left=[piece.amount for piece in document.shipping],
        paid_left=document.total,
    )


def lay(refund: Document, order: OpenOrder) -> bool:
    """Lay a refund on an order, or return False and change nothing when goods, shipping or money do not suffice."""
    if refund.total > order.paid_left:
        return False
    lines, shipping = _take_pieces(refund, order), _take_shipping(refund, order)
    if lines is None or shipping is None:
        return False
    for line, pieces in lines:
        order.left[line] -= pieces
    for line, amount in shipping:
        order.shipping_left[line] -= amount
    order.paid_left -= refund.total
    order.refunds.append(MatchedRefund(refund, lines, shipping))
    return True


def _take_pieces(refund: Document, order: OpenOrder) -> tuple[tuple[int, int], ...] | None:
    taken: Counter[int] = Counter()
    for piece in refund.pieces:
        wanted = piece.quantity
        for line in _lines_for(piece, order):
            pieces = min(wanted, order.left[line] - taken[line])
            if pieces > 0:
                taken[line] += pieces
                wanted -= pieces
        if wanted:
            return None
    return tuple(sorted(taken.items()))


def _lines_for(piece: Piece, order: OpenOrder) -> list[int]:
    """Return the lines of that code, those of the same price first."""
    sold = order.document.pieces
    lines = [line for line, other in enumerate(sold) if other.code == piece.code]
    return sorted(lines, key=lambda line: sold[line].price != piece.price)


def _take_shipping(refund: Document, order: OpenOrder) -> tuple[tuple[int, Decimal], ...] | None:
    taken: dict[int, Decimal] = {}
    wanted = sum((piece.amount for piece in refund.shipping), ZERO)
    for line, left in enumerate(order.shipping_left):
        amount = min(wanted, left)
        if amount > 0:
            taken[line] = amount
            wanted -= amount
    return None if wanted else tuple(taken.items())


def earlier_order(refund: Document, moment: datetime) -> Document:
    """Make the order that a refund implies: the same goods, and a line for what the refund does not name."""
    pieces = list(refund.pieces)
    if refund.discount > 0 or not pieces:
        pieces.append(Piece(EARLIER_CODE, EARLIER_TITLE, 1, max(refund.discount, ZERO)))
    return Document(
        number=refund.number.lstrip(LETTERS) + EARLIER_SUFFIX,
        moment=moment,
        customer=refund.customer,
        country=refund.country,
        pieces=pieces,
        shipping=list(refund.shipping),
    )
