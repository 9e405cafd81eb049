"""What the data does not say and a shop must know: who paid how, names, e-mails. All made up, always the same.

Everything here follows from a checksum of the document's number, so the same file gives the same shop everywhere.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

from comptoir_sandbox.shopify.cart import Card, Customer, Payment, Terms

if TYPE_CHECKING:
    from datetime import datetime

PENNY = Decimal("0.01")
Way = Literal["card", "paypal", "cash", "terms", "two", "partial"]
SHARES: tuple[tuple[Way, int], ...] = (
    ("card", 60),
    ("paypal", 20),
    ("cash", 5),
    ("terms", 8),
    ("two", 5),
    ("partial", 2),
)
"""Per cent of the orders paid each way."""
WAYS_IN_FULL: tuple[Way, ...] = ("card", "card", "card", "paypal")
"""How orders pay that the draw gave another way, but which must be paid in full at once."""
CARDS = ("Visa", "Mastercard", "American Express")
BANK_GATEWAY = "Bank Deposit"
TERMS_DAYS = 30
LATEST_TRANSFER_DAYS = 28
CUSTOMER_IDS_FROM = 7_000_000_000


@dataclass(frozen=True, slots=True)
class HowPaid:
    """The payments of an order and its terms, if it was sold on terms."""

    payments: tuple[Payment, ...]
    terms: Terms | None = None


def checksum(text: str) -> int:
    """Return the number that decides what is made up."""
    return zlib.crc32(text.encode())


def way_of(document: str, *, in_full: bool) -> Way:
    """Draw how a document is paid. `in_full`: at once and by one method, since it will be refunded."""
    number = checksum(document)
    draw = number % 100
    for way, share in SHARES:
        if draw < share:
            if in_full and way in {"terms", "two", "partial"}:
                return WAYS_IN_FULL[number // 100 % len(WAYS_IN_FULL)]
            return way
        draw -= share
    raise AssertionError("the shares add up to 100")


def how_paid(document: str, total: Decimal, moment: datetime, end: datetime, *, in_full: bool) -> HowPaid:
    """Make up the payments of an order of `total` > 0 placed at `moment`; nothing is paid at or after `end`."""
    way = way_of(document, in_full=in_full)
    part = (total * Decimal("0.6")).quantize(PENNY, rounding=ROUND_HALF_UP)
    if way == "terms":
        return _on_terms(document, total, moment, end)
    if way == "two" and 0 < part < total:
        return HowPaid(
            (_by_card(document, part, moment), Payment(amount=total - part, gateway="paypal", processed_at=moment))
        )
    if way == "partial" and 0 < part < total:
        return HowPaid((_by_card(document, part, moment),))
    if way == "paypal":
        return HowPaid((Payment(amount=total, gateway="paypal", processed_at=moment),))
    if way == "cash":
        return HowPaid((Payment(amount=total, gateway="cash", processed_at=moment),))
    return HowPaid((_by_card(document, total, moment),))


def _by_card(document: str, amount: Decimal, moment: datetime) -> Payment:
    number = checksum(document + " card")
    card = Card(company=CARDS[number % len(CARDS)], number=f"•••• •••• •••• {number // 10 % 10000:04d}")
    return Payment(amount=amount, gateway="shopify_payments", processed_at=moment, card=card)


def _on_terms(document: str, total: Decimal, moment: datetime, end: datetime) -> HowPaid:
    terms = Terms(due_in_days=TERMS_DAYS, issued_at=moment)
    paid_at = moment + timedelta(days=3 + checksum(document + " transfer") % (LATEST_TRANSFER_DAYS - 3))
    if paid_at >= end:
        return HowPaid((), terms)
    return HowPaid((Payment(amount=total, gateway=BANK_GATEWAY, processed_at=paid_at),), terms)


def customer_of(number: str) -> Customer:
    """Make up the account of a numbered customer."""
    return Customer(
        id=CUSTOMER_IDS_FROM + int(number),
        first_name="Customer",
        last_name=number,
        email=f"customer-{number}@example.com",
    )
