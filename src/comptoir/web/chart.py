"""A small chart of days, as numbers for an SVG: drawn by the server, read aloud as a table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from comptoir.books.money import Money, zero
from comptoir.engine.proving.figures import Totals
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


def chart_of_days(totals: Totals, tongue: Tongue) -> Chart:
    """The last `DAYS` days of these figures; a small shop does not sell every day, and its empty days say nothing."""
    days = [each.day for each in totals.days[-DAYS:]]
    amounts = [each.sales.ledger - each.refunds.ledger for each in totals.days[-DAYS:]]
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
    added = sum(amounts, start=zero(totals.currency))
    return Chart(totals.currency, bars, days[0], days[-1], added, Money(most, totals.currency))


def _place(units: Decimal) -> Decimal:
    return units.quantize(Decimal("0.1"))
