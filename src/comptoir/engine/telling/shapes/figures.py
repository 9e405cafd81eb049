"""What a store has in the books day by day, and what is on its way to the bank, for a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from comptoir.books.money import Money
from comptoir.engine.telling.clearing import Clearing
from comptoir.engine.telling.shapes.common import plain, plain_or_none


@dataclass(frozen=True, slots=True)
class SalesDayShape:
    """Sales less refunds of a day, as the books hold them."""

    day: str
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class ClearingShape:
    """An account through which the store's money goes: what went in and out by documents of ours, and what is left.

    `methods`: the payment methods that the settings hold there, "*" for every other. `opening`: what it held at the
    start, as far as that was booked.
    """

    account: str
    methods: list[str]
    opening: str | None
    taken: str
    given_back: str
    balance: str
    currency: str


@dataclass(frozen=True, slots=True)
class FiguresShape:
    """The latest days in which anything is in the books, oldest first; and the clearing accounts as of the last run."""

    days: list[SalesDayShape]
    clearing: list[ClearingShape]


def figures_shape(days: Iterable[tuple[date, Money]], clearing: Iterable[Clearing]) -> FiguresShape:
    """A store's figures."""
    return FiguresShape(
        [SalesDayShape(day.isoformat(), plain(amount), amount.currency) for day, amount in days],
        [
            ClearingShape(
                account=each.account,
                methods=list(each.methods),
                opening=plain_or_none(each.opening),
                taken=plain(each.taken),
                given_back=plain(each.given_back),
                balance=plain(each.balance),
                currency=each.balance.currency,
            )
            for each in clearing
        ],
    )
