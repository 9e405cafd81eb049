"""The account at Shopify Payments, and what befalls it beside charges and refunds; in a seed, or set by control."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
DisputeKind = Literal["CHARGEBACK", "INQUIRY"]
DisputeState = Literal["NEEDS_RESPONSE", "UNDER_REVIEW", "WON", "LOST", "ACCEPTED", "PREVENTED"]
SourceKind = Literal["ADJUSTMENT", "ADJUSTMENT_REVERSAL", "SYSTEM_ADJUSTMENT"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row that comes from no order: reserve, shipping label, tax adjustment, credit. `amount` is signed."""

    type: str
    """A ShopifyPaymentsTransactionType."""
    at: datetime
    amount: Decimal
    fee: Decimal = ZERO
    reason: str | None = None
    source_type: SourceKind = "ADJUSTMENT"
    order: str | None = None
    """The name of the order it adjusts ("#1001")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A buyer's bank takes the money of an order back: amount and fee leave at once; both return when it is WON.

    An INQUIRY moves no money.
    """

    order: str
    """The order's name; its first payment by Shopify Payments is disputed."""
    initiated_at: datetime
    amount: Decimal | None = None
    """In the payout currency; None: all of the payment."""
    fee: Decimal = Decimal("15.00")
    type: DisputeKind = "CHARGEBACK"
    status: DisputeState = "NEEDS_RESPONSE"
    reason: str = "FRAUDULENT"
    finalized_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsAccount:
    """One account. Amounts are in its currency, the payout currency."""

    currency: str | None = None
    """None: the shop's."""
    rate: Decimal = Decimal(1)
    """Payout currency for one unit of the shop's currency."""
    fee_percent: Decimal = Decimal("2.9")
    fee_fixed: Decimal = Decimal("0.30")
    delay_days: int = 2
    """From the (shop's) day of the transactions to that of the payout."""
    entries: tuple[Entry, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    failed: tuple[str, ...] = ()
    """Days (2026-11-24) whose payout fails: its money comes back a day later and is paid out with that day's."""

    def failed_days(self) -> frozenset[date]:
        """Return `failed` as dates. ValueError for no date."""
        return frozenset(date.fromisoformat(each) for each in self.failed)
