"""The figures of a proof: each three times, by day, and never two currencies in one sum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

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


class What(StrEnum):
    """What a figure is a figure of. Of sales and refunds there are all three, of the rest the store's alone."""

    SALE = "sale"
    REFUND = "refund"
    PAYMENT = "payment"
    MARKETPLACE_TAX = "marketplace_tax"
    REDEEMED = "redeemed"


@dataclass(frozen=True, slots=True)
class Counted:
    """A figure of an order, or the sum of such figures. `name`: the method of payments; `orders`: how many it is of."""

    what: What
    figures: Triple
    day: date | None = None
    name: str = ""
    orders: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DayByDay(Totals):
    """The same, and of which days it is, oldest first."""

    days: tuple[ProvenDay, ...]


class Sums:
    """Figures as they add up, each currency's by themselves."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sums] = {}

    def count(self, counted: Iterable[Counted]) -> None:
        """Take these figures in."""
        for each in counted:
            currency = each.figures.store.currency
            self._sums.setdefault(currency, _Sums(currency)).count(each)

    def totals(self, home: str) -> tuple[DayByDay, tuple[DayByDay, ...]]:
        """The figures of the company's own currency, and of each other one, by their codes."""
        own = self._sums.get(home) or _Sums(home)
        return own.totals(), tuple(self._sums[code].totals() for code in sorted(self._sums) if code != home)


def nothing(currency: str) -> Triple:
    """A figure of nothing."""
    none = zero(currency)
    return Triple(none, none, none)


@dataclass(slots=True)
class _Sums:
    """The figures of one currency as they add up."""

    currency: str
    days: dict[date, ProvenDay] = field(default_factory=dict)
    payments: dict[str, Money] = field(default_factory=dict)
    marketplace_tax: Money = field(init=False)
    redeemed: Money = field(init=False)

    def __post_init__(self) -> None:
        self.marketplace_tax = self.redeemed = zero(self.currency)

    def count(self, each: Counted) -> None:
        """Take one figure in."""
        amount = each.figures.store
        match each.what:
            case What.PAYMENT:
                self.payments[each.name] = self.payments.get(each.name, zero(self.currency)) + amount
            case What.MARKETPLACE_TAX:
                self.marketplace_tax += amount
            case What.REDEEMED:
                self.redeemed += amount
            case What.SALE | What.REFUND if each.day is not None:
                self.days[each.day] = self._day_with(each.day, each)

    def _day_with(self, day: date, each: Counted) -> ProvenDay:
        none = nothing(self.currency)
        known = self.days.get(day) or ProvenDay(day, 0, none, none)
        return ProvenDay(
            day=day,
            orders=known.orders + each.orders,
            sales=known.sales + each.figures if each.what is What.SALE else known.sales,
            refunds=known.refunds + each.figures if each.what is What.REFUND else known.refunds,
        )

    def totals(self) -> DayByDay:
        """The figures when all is counted, days and methods in their order."""
        days = tuple(self.days[day] for day in sorted(self.days))
        return DayByDay(
            currency=self.currency,
            days=days,
            sales=sum((day.sales for day in days), start=nothing(self.currency)),
            refunds=sum((day.refunds for day in days), start=nothing(self.currency)),
            payments=dict(sorted(self.payments.items())),
            marketplace_tax=self.marketplace_tax,
            redeemed=self.redeemed,
        )
