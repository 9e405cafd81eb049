"""The lines of a sale, a credit or a refund, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from comptoir.books.documents.keys import LedgerId, Reference
from comptoir.books.money import Money, total


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a sale, credit or refund. `amount` may be negative (a discount).

    `unit_price` is None where quantity x price would not round to the amount. `tax_code` is a ledger id or, where
    the company has no sales tax, None.
    """

    item: Reference
    description: str
    amount: Money
    quantity: Decimal | None = None
    unit_price: Money | None = None
    tax_code: LedgerId | None = None


@dataclass(frozen=True, slots=True)
class RateTax:
    """The tax of a whole form at one rate, and the amount it is charged on."""

    rate: LedgerId
    amount: Money
    base: Money


def document_total(lines: tuple[DocumentLine, ...], tax: Money, currency: str, *, prices_include_tax: bool) -> Money:
    """Lines plus the tax that is not already inside them."""
    net = total((line.amount for line in lines), currency)
    return net if prices_include_tax else net + tax
