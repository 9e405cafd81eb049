"""What an order's transactions say: money taken, money to be captured (shopify.md §4.4 rules 9 to 13, §4.6)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.checks import AUTHORIZATIONS
from comptoir_sandbox.shopify.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Payment

MONEY_IN = ("SALE", "CAPTURE")


def brings_money(payment: Payment) -> bool:
    """Tell whether it is a sale or capture that succeeded."""
    return payment.kind in MONEY_IN and payment.status == "SUCCESS"


def signed(payment: Payment, amount: Decimal) -> Decimal:
    """Return `amount` as the payment counts: change lowers what was received, tries and authorizations are nothing."""
    if brings_money(payment):
        return amount
    return -amount if payment.kind == "CHANGE" and payment.status == "SUCCESS" else ZERO


def received(payments: Iterable[Payment]) -> Decimal:
    """Return the money taken, less change."""
    return sum((signed(each, each.amount) for each in payments), ZERO)


def rounding(payments: Iterable[Payment]) -> Decimal:
    """Return the cash rounding of the money taken."""
    return sum((signed(each, each.rounding) for each in payments), ZERO)


def capturable(payments: tuple[Payment, ...], until: datetime | None = None) -> Decimal:
    """Authorized (by then) and not yet captured; nothing once it is voided or expired."""
    total = ZERO
    for at, payment in enumerate(payments):
        if payment.kind not in AUTHORIZATIONS or payment.status != "SUCCESS" or payment.expired:
            continue
        later = [each for each in payments if each.parent == at and each.status == "SUCCESS"]
        if until is not None:
            later = [each for each in later if each.processed_at <= until]
        if any(each.kind == "VOID" for each in later) or (until is not None and payment.processed_at > until):
            continue
        total += max(payment.amount - sum((each.amount for each in later), ZERO), ZERO)
    return total


def left_of(payments: tuple[Payment, ...], at: int) -> Decimal:
    """Return what the payment brought: an upper bound of what can go back through it."""
    if not brings_money(payments[at]):
        return ZERO
    change = [each.amount for each in payments if each.parent == at and each.kind == "CHANGE"]
    return payments[at].amount - sum(change, ZERO)
