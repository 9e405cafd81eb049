"""Rows and payouts of the account, made of the shop's orders: always the same for the same orders (§6, §9.8).

Holds by construction: net = amount - fee for each row; the nets of a payout's rows without TRANSFER are its net; the
TRANSFER row is the payout's net turned around.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.ids import child
from comptoir_sandbox.shopify.money import ZERO, rounded
from comptoir_sandbox.shopify.payments import brings_money
from comptoir_sandbox.shopify.render_refunds import REFUND_TRANSACTIONS, TRANSACTIONS_PER_REFUND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.payouts.account import Dispute, PaymentsAccount

GATEWAY = "shopify_payments"
PAYOUT_IDS = 90_000_000_000
TRANSFER_IDS = 91_000_000_000
ENTRY_IDS = 92_000_000_000
DISPUTE_IDS = 93_000_000_000
FAILURE_IDS = 94_000_000_000
ONE_DAY = timedelta(days=1)
GROUPS = {
    "CHARGE": "charges",
    "REFUND": "refunds",
    "RESERVED_FUNDS": "reserved",
    "RESERVED_FUNDS_REVERSAL": "reserved",
    "RESERVED_FUNDS_WITHDRAWAL": "reserved",
    "TRANSFER_FAILURE": "retried",
    "TRANSFER_CANCEL": "retried",
    "TRANSFER_REFUND": "retried",
    "ADVANCE": "advance",
    "ADVANCE_FUNDING": "advance",
}
"""Where a payout's summary counts a row; everything else is an adjustment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A balance transaction, before it is known which payout it belongs to."""

    id: int
    type: str
    source_type: str
    source_id: int
    at: datetime
    amount: Decimal
    fee: Decimal = ZERO
    order: Order | None = None
    order_transaction_id: int | None = None
    reason: str | None = None
    payout: date | None = None
    """The day of its payout; None: not in one yet."""

    @property
    def net(self) -> Decimal:
        """Amount - fee."""
        return self.amount - self.fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """The money of one day, paid out on `day`."""

    day: date
    issued_at: datetime
    failed: bool
    rows: tuple[Row, ...]
    """Without the TRANSFER row."""

    @property
    def id(self) -> int:
        """Its numeric id."""
        return PAYOUT_IDS + self.day.toordinal()

    @property
    def net(self) -> Decimal:
        """What reaches the bank; negative: what the bank gives."""
        return sum((row.net for row in self.rows), ZERO)

    def status(self, now: datetime) -> str:
        """SCHEDULED until it is issued, then PAID or FAILED."""
        if now < self.issued_at:
            return "SCHEDULED"
        return "FAILED" if self.failed else "PAID"

    def of(self, group: str) -> tuple[Decimal, Decimal]:
        """Return (gross, fees) of a group of the summary."""
        rows = [row for row in self.rows if GROUPS.get(row.type, "adjustments") == group]
        return sum((row.amount for row in rows), ZERO), sum((row.fee for row in rows), ZERO)


@dataclass(frozen=True, slots=True)
class Ledger:
    """All rows (TRANSFER rows too, oldest first) and payouts, as they are on one day."""

    rows: tuple[Row, ...]
    payouts: dict[date, Payout] = field(default_factory=dict)


def ledger(account: PaymentsAccount, currency: str, orders: Iterable[Order], zone: ZoneInfo, now: datetime) -> Ledger:
    """Make the ledger as of `now`. `currency`: the payout currency."""
    return _Book(account, currency, zone, now).made(orders)


class _Book:
    def __init__(self, account: PaymentsAccount, currency: str, zone: ZoneInfo, now: datetime) -> None:
        self._account = account
        self._currency = currency
        self._zone = zone
        self._now = now
        self._today = now.astimezone(zone).date()
        self._delay = timedelta(days=account.delay_days)

    def made(self, orders: Iterable[Order]) -> Ledger:
        """Put the rows into payouts, day by day; a failed payout adds a row to a later day."""
        days: dict[date, list[Row]] = {}
        for row in self._rows(list(orders)):
            if row.at <= self._now:
                days.setdefault(self._day(row.at), []).append(row)
        failed = self._account.failed_days()
        payouts: dict[date, Payout] = {}
        rows: list[Row] = []
        while days:
            day = min(days)
            found = sorted(days.pop(day), key=lambda row: (row.at, row.id))
            if day >= self._today:
                rows += found
                continue
            made = self._payout(day + self._delay, found, failed)
            payouts[made.day] = made
            rows += made.rows
            if made.issued_at <= self._now:
                rows.append(self._transfer(made))
                back = made.issued_at + ONE_DAY
                if made.failed and back <= self._now:
                    days.setdefault(self._day(back), []).append(self._came_back(made, back))
        return Ledger(tuple(sorted(rows, key=lambda row: (row.at, row.id))), payouts)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._zone).date()

    def _payout(self, day: date, rows: list[Row], failed: frozenset[date]) -> Payout:
        issued = datetime.combine(day, time(), self._zone).astimezone(UTC)
        return Payout(
            day=day, issued_at=issued, failed=day in failed, rows=tuple(replace(row, payout=day) for row in rows)
        )

    def _transfer(self, payout: Payout) -> Row:
        return Row(
            id=TRANSFER_IDS + payout.day.toordinal(),
            type="TRANSFER",
            source_type="TRANSFER",
            source_id=payout.id,
            at=payout.issued_at,
            amount=-payout.net,
            payout=payout.day,
        )

    def _came_back(self, payout: Payout, moment: datetime) -> Row:
        return Row(
            id=FAILURE_IDS + payout.day.toordinal(),
            type="TRANSFER_FAILURE",
            source_type="TRANSFER",
            source_id=payout.id,
            at=moment,
            amount=payout.net,
        )

    def _rows(self, orders: list[Order]) -> Iterator[Row]:
        by_name = {order.cart.name: order for order in orders}
        for order in orders:
            if not order.cart.test:
                yield from self._charges(order)
                yield from self._refunds(order)
        for at, entry in enumerate(self._account.entries):
            yield Row(
                id=ENTRY_IDS + at,
                type=entry.type,
                source_type=entry.source_type,
                source_id=ENTRY_IDS + at,
                at=entry.at,
                amount=entry.amount,
                fee=entry.fee,
                order=by_name.get(entry.order or ""),
                reason=entry.reason,
            )
        for at, dispute in enumerate(self._account.disputes):
            yield from self._disputed(at, dispute, by_name.get(dispute.order))

    def _settled(self, amount: Decimal) -> Decimal:
        return rounded(amount * self._account.rate, self._currency)

    def _charges(self, order: Order) -> Iterator[Row]:
        for at, payment in enumerate(order.cart.payments):
            if payment.gateway != GATEWAY or not brings_money(payment):
                continue
            amount = self._settled(order.exchange.at(payment.rate).to_shop(payment.amount))
            fee = rounded(amount * self._account.fee_percent / 100 + self._account.fee_fixed, self._currency)
            known = child(order.cart.id, at)
            yield Row(
                id=known,
                type="CHARGE",
                source_type="CHARGE",
                source_id=known,
                at=payment.processed_at,
                amount=amount,
                fee=fee,
                order=order,
                order_transaction_id=known,
            )

    def _refunds(self, order: Order) -> Iterator[Row]:
        for place, refund in enumerate(order.cart.refunds):
            for at, each in enumerate(refund.payments):
                parent = None if each.payment is None else order.cart.payments[each.payment]
                if parent is None or parent.gateway != GATEWAY or each.status != "SUCCESS":
                    continue
                known = child(order.cart.id, REFUND_TRANSACTIONS + place * TRANSACTIONS_PER_REFUND + at)
                yield Row(
                    id=known,
                    type="REFUND",
                    source_type="REFUND",
                    source_id=known,
                    at=each.processed_at or refund.processed_at,
                    amount=-self._settled(order.exchange.at(each.rate).to_shop(each.amount)),
                    order=order,
                    order_transaction_id=known,
                )

    def _disputed(self, at: int, dispute: Dispute, order: Order | None) -> Iterator[Row]:
        charge = next(self._charges(order), None) if order is not None else None
        if dispute.type == "INQUIRY" or charge is None:
            return
        amount = dispute.amount if dispute.amount is not None else charge.amount
        moves = [("DISPUTE_WITHDRAWAL", -1, dispute.initiated_at)]
        if dispute.status == "WON" and dispute.finalized_at is not None:
            moves.append(("DISPUTE_REVERSAL", 1, dispute.finalized_at))
        for place, (kind, sign, moment) in enumerate(moves):
            yield Row(
                id=DISPUTE_IDS + at * 10 + place,
                type=kind,
                source_type="DISPUTE",
                source_id=DISPUTE_IDS + at * 10,
                at=moment,
                amount=sign * amount,
                fee=-sign * dispute.fee,
                order=order,
                order_transaction_id=charge.order_transaction_id,
            )
