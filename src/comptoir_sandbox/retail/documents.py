"""Lines gathered into documents and sorted by what they are: orders, refunds, or left out with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from comptoir_sandbox.retail.reader import Row

ZERO = Decimal(0)
PENNY = Decimal("0.01")
REFUND_LETTER = "C"
FEE_CODES = frozenset({"AMAZONFEE", "BANK CHARGES", "CRUK", "B", "ADJUST", "ADJUST2"})
"""Fees, charity commission, bad debt and bookkeeping adjustments: not sales of the shop."""
TEST_CODES = frozenset({"TEST001", "TEST002"})
SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
DISCOUNT_CODE = "D"
PRODUCT_DIGITS = 4
"""A code with that many digits is a product's; shorter ones (M, S) are made up at the till."""

ZERO_TOTAL = "total of zero"
OTHER_LETTER = "neither invoice nor cancellation"
FEE = "fee"
TEST_ITEM = "test item"
NOTHING_SOLD = "nothing sold or given back remains"
NO_QUANTITY = "line without quantity"
FRACTION = "fraction of a penny"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An amount of the file that no order or refund carries, and why."""

    document: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Piece:
    """Goods of a document, amounts positive. `quantity` x `price` is in whole pennies."""

    code: str
    title: str
    quantity: int
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """Quantity x price."""
        return self.quantity * self.price

    @property
    def is_product(self) -> bool:
        """Whether the catalogue has it; other codes become custom items."""
        return sum(letter.isdigit() for letter in self.code) >= PRODUCT_DIGITS


@dataclass(slots=True)
class Document:
    """An invoice or a cancellation, its money positive either way.

    `total` = pieces + shipping - discount for an order; for a refund pieces + shipping + discount, where `discount` is
    the part of the refund that names no goods (negative when less is given back).
    """

    number: str
    moment: datetime
    customer: str | None
    country: str
    pieces: list[Piece] = field(default_factory=list)
    shipping: list[Piece] = field(default_factory=list)
    discount: Decimal = ZERO
    discount_title: str = "Discount"

    @property
    def is_refund(self) -> bool:
        """Whether it is a cancellation."""
        return self.number.startswith(REFUND_LETTER)

    @property
    def total(self) -> Decimal:
        """What the customer pays, or gets back."""
        value = sum((piece.amount for piece in (*self.pieces, *self.shipping)), ZERO)
        return value + self.discount if self.is_refund else value - self.discount


@dataclass(frozen=True)
class SortedDocuments:
    """The file's documents in the order of their times, and what was left out."""

    orders: list[Document]
    refunds: list[Document]
    left_out: list[LeftOut]
    count: int
    """All documents of the file."""
    total: Decimal
    """Quantity x price over all lines of the file."""
    first: datetime
    last: datetime
    """The first and the last moment of the file."""


def sort_documents(rows: Sequence[Row]) -> SortedDocuments:
    """Gather rows (at least one) by document number; leave out what is no order and no refund."""
    gathered: dict[str, list[Row]] = {}
    for row in rows:
        gathered.setdefault(row.invoice, []).append(row)
    orders: list[Document] = []
    refunds: list[Document] = []
    left_out: list[LeftOut] = []
    for number, lines in gathered.items():
        document = _document(number, lines, left_out)
        if document is not None:
            (refunds if document.is_refund else orders).append(document)
    orders.sort(key=lambda document: (document.moment, document.number))
    refunds.sort(key=lambda document: (document.moment, document.number))
    moments = [row.moment for row in rows]
    total = sum((row.amount for row in rows), ZERO)
    return SortedDocuments(orders, refunds, left_out, len(gathered), total, min(moments), max(moments))


def _document(number: str, lines: Sequence[Row], left_out: list[LeftOut]) -> Document | None:
    total = sum((row.amount for row in lines), ZERO)
    if not (number[0].isdigit() or number[0] == REFUND_LETTER):
        left_out.append(LeftOut(number, OTHER_LETTER, total))
        return None
    if total == 0:
        left_out.append(LeftOut(number, ZERO_TOTAL, ZERO))
        return None
    document = Document(number, min(row.moment for row in lines), lines[0].customer, lines[0].country)
    reasons: dict[str, Decimal] = {}
    for row in lines:
        _add(document, row, reasons)
    _settle_shape(document)
    if document.total <= 0:
        sign = -1 if document.is_refund else 1
        reasons[NOTHING_SOLD] = reasons.get(NOTHING_SOLD, ZERO) + sign * document.total
    left_out += [
        LeftOut(number, reason, amount) for reason, amount in reasons.items() if reason != NOTHING_SOLD or amount
    ]
    return document if document.total > 0 else None


def _add(document: Document, row: Row, reasons: dict[str, Decimal]) -> None:
    code = row.code.upper()
    reason = FEE if code in FEE_CODES else TEST_ITEM if code in TEST_CODES else None
    if row.quantity == 0:
        reason = NO_QUANTITY
    if reason is not None:
        reasons[reason] = reasons.get(reason, ZERO) + row.amount
        return
    amount = row.amount.quantize(PENNY, rounding=ROUND_HALF_UP)
    if amount != row.amount:
        reasons[FRACTION] = reasons.get(FRACTION, ZERO) + row.amount - amount
    _place(document, row, -amount if document.is_refund else amount)


def _place(document: Document, row: Row, amount: Decimal) -> None:
    """Put a line where it belongs; `amount` is positive when it raises the document's total."""
    code, title = row.code.upper(), row.description or row.code
    if amount < 0 or (document.is_refund and code == DISCOUNT_CODE):
        if document.is_refund:
            document.discount += amount
        else:
            document.discount -= amount
            document.discount_title = title
        return
    if code in SHIPPING_CODES:
        document.shipping.append(Piece(row.code, title, 1, amount))
        return
    quantity, price = abs(row.quantity), abs(row.price)
    if quantity * price != amount or price != price.quantize(PENNY):
        # The shop's prices have two decimals: the line keeps its money and says its quantity in words.
        title, quantity, price = f"{quantity} x {title}", 1, amount
    document.pieces.append(Piece(row.code, title, quantity, price))


def _settle_shape(document: Document) -> None:
    """An order needs a line of goods: with nothing but shipping, the shipping is what was sold."""
    if not document.is_refund and not document.pieces:
        document.pieces, document.shipping = document.shipping, []
