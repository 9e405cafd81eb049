"""What should still be on its way to the bank: per account, what documents of ours put in less what they took out.

Deposits of payouts are not posted yet: what the platform has paid out meanwhile the account's own register shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from comptoir.books.company import Company, fold
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.money import Money, zero
from comptoir.books.settings import Settings

TAKEN = frozenset({Kind.SALE, Kind.PAYMENT})
GIVEN_BACK = frozenset({Kind.REFUND, Kind.CASH_BACK})


@dataclass(frozen=True, slots=True)
class Clearing:
    """An account and the money of this store that went through it, in one currency.

    `methods` are the payment methods that the settings hold there, "*" for every other.
    """

    account: str
    methods: tuple[str, ...]
    taken: Money
    given_back: Money
    opening: Money | None = None
    """What it held at the start, as far as that was booked; None where nothing was."""

    @property
    def balance(self) -> Money:
        """What is left of it."""
        left = self.taken - self.given_back
        return left if self.opening is None else self.opening + left


def clearing_of(
    moved: Iterable[tuple[LedgerId, Kind, Money]],
    settings: Settings,
    company: Company,
    openings: Iterable[tuple[LedgerId, Money]] = (),
) -> tuple[Clearing, ...]:
    """The accounts through which money went, the largest balance first; `openings`: what they held before."""
    names = {each.id: each.name for each in company.accounts}
    held = _methods(settings)
    begun = _begun(openings, {account for account, name in names.items() if fold(name) in held})
    sums: dict[tuple[LedgerId, str], tuple[Money, Money]] = {}
    for account, kind, amount in moved:
        taken, back = sums.get((account, amount.currency), (zero(amount.currency), zero(amount.currency)))
        if kind in TAKEN:
            taken += amount
        elif kind in GIVEN_BACK:
            back += amount
        sums[account, amount.currency] = (taken, back)
    for account, currency in begun:
        sums.setdefault((account, currency), (zero(currency), zero(currency)))
    called = {account: names.get(account, account) for account, _ in sums}
    found = (
        Clearing(called[place[0]], held.get(fold(called[place[0]]), ()), taken, back, begun.get(place))
        for place, (taken, back) in sums.items()
    )
    return tuple(sorted(found, key=lambda each: (-each.balance.amount, each.account)))


def _begun(openings: Iterable[tuple[LedgerId, Money]], held: Collection[LedgerId]) -> dict[tuple[LedgerId, str], Money]:
    """What each account that holds the store's money held before; debts and equity are none of these."""
    return {(account, amount.currency): amount for account, amount in openings if account in held}


def _methods(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """The payment methods of each account, by its folded name."""
    found: dict[str, list[str]] = {}
    for method, chosen in settings.payments.methods.items():
        for account in {fold(chosen.account), *map(fold, chosen.by_currency.values())}:
            found.setdefault(account, []).append(method)
    return {account: tuple(sorted(methods)) for account, methods in found.items()}
