"""A line of a document in the making: what it says before its tax is planned."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from comptoir.books.documents import Reference
from comptoir.books.facts import LineKind, TaxLine
from comptoir.books.money import Money

UNTAXED_KINDS = frozenset({LineKind.TIP, LineKind.GIFT_CARD, LineKind.CASH_ROUNDING})
"""Out of scope unless the store taxed them (posting rules, section 2)."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A line before its tax is planned; `amount` as the order states prices."""

    item: Reference
    description: str
    amount: Money
    quantity: Decimal | None = None
    unit_price: Money | None = None
    taxes: tuple[TaxLine, ...] = ()
    is_untaxed_kind: bool = False
    pieces: int = 1
    """How many of the store's lines it stands for."""
    is_discount: bool = False
    """A discount that stands apart from its goods: those of one tax code become one line."""
