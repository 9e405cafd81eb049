"""Money: a Decimal with its currency, rounded only here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

MINOR_DIGITS = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""ISO 4217 exponents that are not 2."""

DEFAULT_MINOR_DIGITS = 2
_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in (*MINOR_DIGITS.values(), DEFAULT_MINOR_DIGITS)}


class CurrencyMismatchError(ValueError):
    """Amounts of two currencies met in one calculation: a fault of the caller, never of the data."""


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of `currency`: 0.01 for GBP, 1 for JPY."""
    return _UNITS[MINOR_DIGITS.get(currency, DEFAULT_MINOR_DIGITS)]


BOOKS_DIGITS = 2
"""Decimals that a ledger keeps of any currency (quickbooks-online.md §14)."""


@cache
def books_unit(currency: str) -> Decimal:
    """The smallest amount of `currency` that a ledger can hold: 0.01 for GBP and for KWD, 1 for JPY."""
    return max(minor_unit(currency), Decimal(1).scaleb(-BOOKS_DIGITS))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in units of `currency` (not in minor units). Adding two currencies raises."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount), self.currency)

    def __mul__(self, factor: Decimal) -> Money:
        """The exact product; call `rounded` before it leaves the calculation."""
        return Money(self.amount * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __str__(self) -> str:
        return f"{self.rounded().amount:,f} {self.currency}"

    @property
    def is_zero(self) -> bool:
        """Whether nothing is owed either way."""
        return self.amount == 0

    def rounded(self) -> Money:
        """To the currency's minor unit, halves away from zero (what every platform here does); never minus zero."""
        unit = minor_unit(self.currency)
        if self.amount.same_quantum(unit) and not self.amount.is_signed():
            return self  # as most amounts are
        rounded = self.amount.quantize(unit, rounding=ROUND_HALF_UP)
        return Money(rounded or abs(rounded), self.currency)

    def in_books(self) -> Money:
        """As a ledger can hold it: an amount of a currency with three decimals (KWD) loses the third, half up."""
        unit = books_unit(self.currency)
        if unit == minor_unit(self.currency):
            return self
        rounded = self.amount.quantize(unit, rounding=ROUND_HALF_UP)
        return Money(rounded or abs(rounded), self.currency)

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatchError(f"{self.currency} met {other.currency}")
        return other.amount


@cache
def zero(currency: str) -> Money:
    """Nothing, in `currency`."""
    return Money(Decimal(0).quantize(minor_unit(currency)), currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum; of no amounts, nothing in `currency`."""
    return sum(amounts, start=zero(currency))


def totals_by_currency(amounts: Iterable[Money]) -> dict[str, Money]:
    """The sum in each currency, in the order in which they come; a currency without an amount has none."""
    found: dict[str, Money] = {}
    for amount in amounts:
        found[amount.currency] = found.get(amount.currency, zero(amount.currency)) + amount
    return found


def sums(amounts: Iterable[Money | None]) -> tuple[Money, ...]:
    """The sum in each currency, the currencies by their codes; what has no amount adds nothing."""
    found = totals_by_currency(amount for amount in amounts if amount is not None)
    return tuple(found[currency] for currency in sorted(found))


def allocate(amount: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Split `amount`, to the minor unit, in proportion to `weights` so that the parts add up to it exactly.

    Each part is rounded down to the minor unit; what is left goes, a unit at a time, to the largest remainders
    (ties: the earlier part). Where all weights are zero the first part takes it all. Weights are not negative.
    """
    if not weights:
        raise ValueError("an amount cannot be split over nothing")
    unit = minor_unit(amount.currency)
    units = int((abs(amount.amount) / unit).to_integral_value(rounding=ROUND_HALF_UP))
    whole = sum(weights, start=Decimal(0))
    if whole == 0:
        shares = [Decimal(units), *(Decimal(0) for _ in weights[1:])]
    else:
        shares = [units * weight / whole for weight in weights]
    floors = [int(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda at: (floors[at] - shares[at], at))
    for at in by_remainder[: units - sum(floors)]:
        floors[at] += 1
    sign = -1 if amount.amount < 0 else 1
    return [Money(sign * part * unit, amount.currency) for part in floors]
