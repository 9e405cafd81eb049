"""What is taxed, and how the ledger is to be told (O14; posting rules, section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.books.documents import LedgerId, RateTax
from comptoir.books.facts import TaxCollector, TaxLine
from comptoir.books.money import Money


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """A line of a form that is to be written.

    `place` is its own number within the form, from which nothing but ties is decided. `amount` is net of discounts as
    the order states it: the merchant's tax is inside exactly when the order says so, a marketplace's never (the
    translators take it out). A discount that stands on a line of its own has an amount below zero and the taxes of
    the goods it lowers, each with nothing to pay; their tax stands on the goods. `is_untaxed_kind`: rounding, tender,
    tip, ordinary gift card. `pieces`: how many of the store's lines it stands for, each of which the store rounded.
    """

    place: int
    amount: Money
    taxes: tuple[TaxLine, ...] = ()
    is_untaxed_kind: bool = False
    pieces: int = 1


@dataclass(frozen=True, slots=True)
class TaxPlan:
    """How a form carries the store's tax.

    `codes` and `amounts` follow the lines; an amount is gross where the plan is `inclusive`, else net. `form_code` is
    the one code of a whole form (United States). `rates` are the amounts to state by rate; empty where the ledger's
    own arithmetic gives them exactly, or where only `total` is stated. `total` is what the ledger must answer as its
    total tax; `is_stated` says that it, or `rates`, must be sent. `difference` is `total` less the store's own tax,
    to be shown as tax rounding: the store tells some taxes finer than the ledger keeps them, or rounds so many lines
    that the ledger would not take what they add up to.
    """

    codes: tuple[LedgerId | None, ...]
    amounts: tuple[Money, ...]
    inclusive: bool
    form_code: LedgerId | None
    rates: tuple[RateTax, ...]
    total: Money
    is_stated: bool
    difference: Money


def merchant_taxes(taxes: Sequence[TaxLine]) -> list[TaxLine]:
    """The taxes that the merchant owes: a marketplace's own never reach the books."""
    return [tax for tax in taxes if tax.collector is TaxCollector.MERCHANT and not tax.amount.is_zero]
