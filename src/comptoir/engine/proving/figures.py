"""The figures of a proof: each three times, by day, and never two currencies in one sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from comptoir.books.money import Money, zero


@dataclass(frozen=True, slots=True)
class Triple:
    """One figure three times: the store's, the journal's, the ledger's."""

    store: Money
    journal: Money
    ledger: Money

    def __add__(self, other: Triple) -> Triple:
        return Triple(self.store + other.store, self.journal + other.journal, self.ledger + other.ledger)

    def __sub__(self, other: Triple) -> Triple:
        return Triple(self.store - other.store, self.journal - other.journal, self.ledger - other.ledger)

    @property
    def agrees(self) -> bool:
        """Whether the three are one."""
        return self.store == self.journal == self.ledger


@dataclass(frozen=True, slots=True)
class ProvenDay:
    """Sales and refunds of one day in the books."""

    day: date
    orders: int
    sales: Triple
    refunds: Triple


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What is in the books in one currency."""

    currency: str
    days: tuple[ProvenDay, ...]
    sales: Triple
    refunds: Triple
    payments: Mapping[str, Money]
    """Money taken for the orders in the books, by the store's payment method."""
    marketplace_tax: Money | None = None
    """Tax of the orders in the books that marketplaces collect themselves: in no document and no payment of ours."""
    redeemed: Money | None = None
    """Gift cards and store credit used on the orders in the books: the sales' documents are lower by them."""

    @property
    def net(self) -> Triple:
        """Sales less refunds."""
        return self.sales - self.refunds


@dataclass(slots=True)
class Sums:
    """The figures of one currency as they add up."""

    currency: str
    days: dict[date, ProvenDay] = field(default_factory=dict)
    payments: dict[str, Money] = field(default_factory=dict)
    marketplace_tax: Money = field(init=False)
    redeemed: Money = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace_tax = self.redeemed = zero(self.currency)

    def nothing(self) -> Triple:
        """A figure of nothing."""
        none = zero(self.currency)
        return Triple(none, none, none)

    def add(self, day: date, *, sale: Triple | None = None, refund: Triple | None = None, orders: int = 0) -> None:
        """Count a sale or a refund on its day."""
        known = self.days.get(day) or ProvenDay(day, 0, self.nothing(), self.nothing())
        self.days[day] = ProvenDay(
            day=day,
            orders=known.orders + orders,
            sales=known.sales + (sale or self.nothing()),
            refunds=known.refunds + (refund or self.nothing()),
        )

    def pay(self, method: str, amount: Money) -> None:
        """Count money taken by a payment method."""
        self.payments[method] = self.payments.get(method, zero(self.currency)) + amount

    def totals(self) -> Totals:
        """The figures when all is counted, days and methods in their order."""
        days = tuple(self.days[day] for day in sorted(self.days))
        return Totals(
            currency=self.currency,
            days=days,
            sales=sum((day.sales for day in days), start=self.nothing()),
            refunds=sum((day.refunds for day in days), start=self.nothing()),
            payments=dict(sorted(self.payments.items())),
            marketplace_tax=self.marketplace_tax,
            redeemed=self.redeemed,
        )
