"""A small chart of days, as numbers for an SVG: drawn by the server, read aloud as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from comptoir.books.money import Money, zero
from comptoir.web.language import Tongue

DAYS = 30
FEWEST = 12
"""So many bars have their place, also where there are fewer: one day is no wall."""
WIDTH, HEIGHT, GAP = Decimal(720), Decimal(160), Decimal(4)
"""In the picture's own units; the gap is between two bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. `label` says it in words."""

    day: date
    amount: Money
    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The last days in which something was posted; sales less refunds."""

    currency: str
    bars: tuple[Bar, ...]
    first: date
    last: date
    total: Money
    most: Money


def charts_of(found: Iterable[tuple[date, Money]], tongue: Tongue) -> list[Chart]:
    """A chart for each currency of these days and their net sales, the days in order.

    A small shop does not sell every day, and its empty days say nothing.
    """
    by_currency: dict[str, list[tuple[date, Money]]] = {}
    for day, amount in found:
        by_currency.setdefault(amount.currency, []).append((day, amount))
    return [_chart(currency, days, tongue) for currency, days in sorted(by_currency.items(), key=_longest_first)]


def _longest_first(each: tuple[str, Sequence[object]]) -> tuple[int, str]:
    return -len(each[1]), each[0]


def _chart(currency: str, found: Sequence[tuple[date, Money]], tongue: Tongue) -> Chart:
    days, amounts = [day for day, _ in found], [amount for _, amount in found]
    most = max(*(each.amount for each in amounts), Decimal(0))
    least = min(*(each.amount for each in amounts), Decimal(0))
    scale = HEIGHT / (most - least or 1)
    step = WIDTH / Decimal(max(len(days), FEWEST))
    bars = tuple(
        Bar(
            day=day,
            amount=amount,
            x=_place(place * step + GAP / 2),
            y=_place((most - max(amount.amount, Decimal(0))) * scale),
            width=_place(step - GAP),
            height=_place(abs(amount.amount) * scale),
            label=f"{tongue.short_day(day)}: {tongue.money(amount)}",
        )
        for place, (day, amount) in enumerate(zip(days, amounts, strict=True))
    )
    return Chart(currency, bars, days[0], days[-1], sum(amounts, start=zero(currency)), Money(most, currency))


def _place(units: Decimal) -> Decimal:
    return units.quantize(Decimal("0.1"))
