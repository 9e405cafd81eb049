"""A refund with all that its decision looks at, and whether the store changed it since it was posted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from comptoir.books.context import Context, Decided, Outcome, order_key
from comptoir.books.documents import Kind, PostingKey, SaleDocument
from comptoir.books.facts import Order, Refund
from comptoir.books.periods import book_date
from comptoir.books.refunds.balances import SaleInBooks
from comptoir.books.refunds.value import Settlement, value_of

EXCHANGE = "exchange"
"""The part of an exchange that is a sale."""


@dataclass(frozen=True, slots=True)
class Case:
    """A refund with its order and how it is settled.

    `part` and the refund's id make its key; `place` makes its number, unless it has a `suffix` of its own.
    """

    order: Order
    refund: Refund
    settlement: Settlement
    sale: SaleInBooks | None
    place: int
    part: str = ""
    suffix: str = ""

    @property
    def key(self) -> PostingKey:
        """The key of the refund's own document."""
        if self.settlement.is_sale:
            return replace(order_key(self.order, Kind.SALE, self.refund.source_id), part=EXCHANGE)
        return replace(order_key(self.order, Kind.REFUND, self.refund.source_id), part=self.part)

    def decided(self, outcome: Outcome, context: Context) -> Decided:
        """One decision for the whole refund."""
        store = abs(self.settlement.value) if self.settlement.is_sale else self.settlement.total
        return Decided(self.key, outcome, self.order.number, book_date(self.refund.at, context), store)


def has_turned(case: Case, context: Context) -> bool:
    """Whether the refund is in the books as a sale and is none now, or the other way round."""
    if case.part or case.refund.source_id not in context.refunded:
        return False
    was_sale = isinstance(context.refunded[case.refund.source_id], SaleDocument)
    return was_sale is not case.settlement.is_sale


def is_changed(refund: Refund, order: Order, context: Context) -> bool:
    """Whether the refund is in the books and took back something else then than the store says now."""
    document = context.refunded.get(refund.source_id)
    if document is None:
        return False
    was = -document.total if isinstance(document, SaleDocument) else document.value
    return was is not None and was.in_books() != value_of(refund, order).in_books()
