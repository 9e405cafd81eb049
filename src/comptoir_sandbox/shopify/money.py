"""Amounts as Shopify writes and splits them (shopify.md §3.4, §4.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ZERO = Decimal(0)
EXPONENTS = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
"""ISO 4217 exponents that are not 2."""
DEFAULT_EXPONENT = 2


def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of the currency: 0.01 for GBP, 1 for JPY."""
    return Decimal(1).scaleb(-EXPONENTS.get(currency, DEFAULT_EXPONENT))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit."""
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split `amount` in proportion to `weights` (none negative) so that the parts add up exactly.

    Largest remainder: parts are cut down to minor units, the missing units go to the largest cut-off remainders (the
    earlier part first on a tie). All-zero weights put everything on the first part; no weights need a zero amount.
    """
    if not weights:
        if amount:
            raise ValueError(f"nothing to spread {amount} over")
        return []
    unit = minor_unit(currency)
    total = sum(weights, ZERO)
    if total == 0:
        return [amount, *([ZERO] * (len(weights) - 1))]
    exact = [amount / unit * weight / total for weight in weights]
    whole = [part.to_integral_value(rounding="ROUND_FLOOR") for part in exact]
    missing = int((amount / unit - sum(whole, ZERO)).to_integral_value(rounding=ROUND_HALF_UP))
    by_remainder = sorted(range(len(weights)), key=lambda at: (whole[at] - exact[at], at))
    for at in by_remainder[:missing]:
        whole[at] += 1
    return [part * unit for part in whole]


def decimal_text(amount: Decimal) -> str:
    """Return the `Decimal` scalar: trailing zeros trimmed, at least one decimal ("15.0", "31.9", "12.77")."""
    text = f"{amount:f}"
    if "." not in text:
        return text + ".0" if amount else "0.0"
    text = text.rstrip("0")
    text = text + "0" if text.endswith(".") else text
    return "0.0" if text == "-0.0" else text


@lru_cache(maxsize=20_000)
def money(amount: Decimal, currency: str) -> dict[str, Any]:
    """Return a MoneyV2. Shared between answers: never change it."""
    return {"__typename": "MoneyV2", "amount": decimal_text(amount), "currencyCode": currency}


@lru_cache(maxsize=20_000)
def bag(amount: Decimal, currency: str) -> dict[str, Any]:
    """Return a MoneyBag of an amount that shop and customer see alike. Shared between answers: never change it."""
    same = money(amount, currency)
    return {"__typename": "MoneyBag", "shopMoney": same, "presentmentMoney": same}


@lru_cache(maxsize=20_000)
def two_money_bag(shop: Decimal, shop_currency: str, seen: Decimal, seen_currency: str) -> dict[str, Any]:
    """Return a MoneyBag of two currencies. Shared between answers: never change it."""
    return {
        "__typename": "MoneyBag",
        "shopMoney": money(shop, shop_currency),
        "presentmentMoney": money(seen, seen_currency),
    }


@dataclass(frozen=True, slots=True)
class Exchange:
    """How amounts in the currency the customer saw become the shop's: each by itself, rounded (§4.4 rule 11)."""

    currency: str
    shop_currency: str
    rate: Decimal
    """Shop currency for one unit of `currency`."""

    def at(self, rate: Decimal | None) -> Exchange:
        """Return the exchange of another day; None: this one."""
        return self if rate is None or self.currency == self.shop_currency else replace(self, rate=rate)

    def to_shop(self, amount: Decimal) -> Decimal:
        """Convert one amount."""
        return amount if self.currency == self.shop_currency else rounded(amount * self.rate, self.shop_currency)

    def bag(self, amount: Decimal) -> dict[str, Any]:
        """Return a MoneyBag of the amount."""
        if self.currency == self.shop_currency:
            return bag(amount, self.currency)
        return two_money_bag(self.to_shop(amount), self.shop_currency, amount, self.currency)

    def bag_of(self, amount: Decimal, shop: Decimal) -> dict[str, Any]:
        """Return a MoneyBag of an amount whose worth to the shop is known."""
        if self.currency == self.shop_currency:
            return bag(amount, self.currency)
        return two_money_bag(shop, self.shop_currency, amount, self.currency)
