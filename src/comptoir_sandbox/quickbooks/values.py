"""Numbers, dates and references as the service reads and writes them (§2, §10)."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from comptoir_sandbox.quickbooks.faults import FaultError

Object: TypeAlias = dict[str, Any]
"""A JSON object of the service."""

ZERO = Decimal(0)
CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0000001")
PACIFIC = ZoneInfo("America/Los_Angeles")
AMOUNT_LIMIT = Decimal(99_999_999_999)
DATE_PATTERN = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T+\-Z].*)?$")


def rounded(value: Decimal) -> Decimal:
    """Half up to two decimals: the service's rounding everywhere (§14, §15)."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def amount(value: Decimal) -> Decimal | int:
    """An amount as answers show it: two decimals, zero as 0 (§2)."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP) if value else 0


def plain(value: Decimal) -> Decimal:
    """A quantity or price as answers show it: no forced and no trailing decimals, no exponent."""
    return Decimal(f"{value.normalize():f}")


def price(value: Decimal) -> Decimal:
    """A derived unit price: seven decimals at most (§15.4)."""
    return plain(value.quantize(PRICE_STEP, rounding=ROUND_HALF_UP))


def thousands(value: Decimal) -> str:
    """A number inside a fault's text: 1,861.07."""
    return f"{value:,}"


def day(text: str, *, element: str) -> str:
    """The date of the text, without time or zone; 2060 for its form, 2070 for an impossible day."""
    match = DATE_PATTERN.match(text)
    if match is None:
        raise FaultError("2060", f"Invalid date format. Supplied value:{text}", element=element)
    year, month, number = match.groups()
    try:
        return date(int(year), int(month), int(number)).isoformat()
    except ValueError:
        raise FaultError("2070", f"Invalid date value. Supplied value:{text}", element=element) from None


def stamp(moment: datetime) -> str:
    """A time of MetaData: US Pacific, seconds."""
    return moment.astimezone(PACIFIC).isoformat(timespec="seconds")


def envelope_time(moment: datetime) -> str:
    """The member `time` of an answer: US Pacific, milliseconds."""
    return moment.astimezone(PACIFIC).isoformat(timespec="milliseconds")


def reference(raw: Object, name: str) -> str | None:
    """The id inside a reference property, None when absent or empty."""
    found = raw.get(name)
    if not found:
        return None
    identity = found.get("value")
    return str(identity) if identity not in {None, ""} else None
