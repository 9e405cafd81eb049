"""What is known of the books before a decision: the company, its lists, and the records that may be matched."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NewType, TypeVar

from comptoir.books.documents import LedgerId

CompanyIdentity = NewType("CompanyIdentity", str)
"""The company's own lasting name ("quickbooks:9341453")."""


class TaxRegime(StrEnum):
    """How a company's ledger reckons sales tax; read from the company, never asked."""

    NONE = "none"
    US_MANUAL = "us_manual"
    US_AUTOMATED = "us_automated"
    GLOBAL = "global"


class AccountType(StrEnum):
    """The types of account that a setting may ask for; everything else is OTHER."""

    BANK = "bank"
    OTHER_CURRENT_ASSET = "other_current_asset"
    ACCOUNTS_RECEIVABLE = "accounts_receivable"
    INCOME = "income"
    OTHER_INCOME = "other_income"
    COST_OF_GOODS_SOLD = "cost_of_goods_sold"
    EXPENSE = "expense"
    OTHER_CURRENT_LIABILITY = "other_current_liability"
    EQUITY = "equity"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. `name` is fully qualified ("Parent:Child")."""

    id: LedgerId
    name: str
    type: AccountType
    currency: str
    active: bool = True
    is_tax_payable: bool = False
    """Whether sales tax is owed on it."""
    is_opening_equity: bool = False
    """Whether it is the ledger's own account for what opening balances are set against."""


class TaxBase(StrEnum):
    """What a rate of a code is charged on (quickbooks-online.md §12.7, TaxTypeApplicable)."""

    AMOUNT = "amount"
    AMOUNT_PLUS_TAX = "amount_plus_tax"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A rate as it is or was in force in [since, until]; None is an open end."""

    rate: Decimal
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One rate of a tax code: a fraction (0.2), below zero where it cancels another (reverse charge).

    `agency` is the name of whom it is owed to, "" where that is not known.
    `on` and `order` say what it is charged on where a code has several: the amount, or the amount and the taxes of
    the rates before it, or those taxes alone. `rate` is today's; `periods` are what was and will be in force.
    """

    id: LedgerId
    name: str
    rate: Decimal
    agency: str = ""
    on: TaxBase = TaxBase.AMOUNT
    order: int = 0
    periods: tuple[RatePeriod, ...] = ()

    def rate_on(self, day: date) -> Decimal:
        """The rate in force on `day`; today's where no period covers it. Of several the one that began last."""
        covering = [
            (each.since or date.min, each.rate)
            for each in self.periods
            if (each.since is None or each.since <= day) and (each.until is None or day <= each.until)
        ]
        return max(covering, key=lambda each: each[0])[1] if covering else self.rate


@dataclass(frozen=True, slots=True)
class TaxCode:
    """A sales-tax code with its sales rates, in their order; none for out of scope and exempt codes."""

    id: LedgerId
    name: str
    rates: tuple[TaxRate, ...]
    active: bool = True

    @property
    def rate(self) -> Decimal:
        """The rates' plain sum, as a fraction: what the code says it charges."""
        return sum((each.rate for each in self.rates), start=Decimal(0))

    def as_of(self, day: date) -> TaxCode:
        """The code with the rates in force on `day`, the date of a document."""
        return replace(self, rates=tuple(replace(each, rate=each.rate_on(day)) for each in self.rates))


@dataclass(frozen=True, slots=True)
class Named:
    """An entry of a simple list: a payment method, a class, a location."""

    id: LedgerId
    name: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item of the ledger, as far as matching needs it."""

    id: LedgerId
    name: str
    sku: str
    type: str
    active: bool = True
    start_date: date | None = None
    quantity: Decimal | None = None
    """On hand; None where the item keeps no stock."""
    income_account: LedgerId | None = None


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer of the ledger, as far as matching needs it."""

    id: LedgerId
    name: str
    email: str
    currency: str
    postcode: str = ""
    phone: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Company:
    """The company as its ledger describes it: identity, regime, preferences and lists."""

    identity: CompanyIdentity
    name: str
    country: str
    currency: str
    tax_regime: TaxRegime
    accounts: tuple[Account, ...]
    tax_codes: tuple[TaxCode, ...]
    payment_methods: tuple[Named, ...] = ()
    classes: tuple[Named, ...] = ()
    locations: tuple[Named, ...] = ()
    multicurrency: bool = False
    currencies: tuple[str, ...] | None = None
    """The active foreign currencies; None where they were not read."""
    custom_numbers: bool = True
    books_closed_until: date | None = None
    tax_filed_until: date | None = None
    """The last day of the latest sales-tax return that was filed; None where the ledger knows of none."""
    tax_agencies: tuple[str, ...] = ()
    """Whom sales tax can be owed to."""
    auto_apply_credit: bool = False
    class_per_line: bool = False
    track_classes: bool = False
    track_locations: bool = False
    track_stock: bool = True
    """Whether the company can keep inventory items."""
    default_message: str = ""
    """What the company writes to its customers on every sale (O13); the ledger does not add it by itself."""

    def account(self, identity: LedgerId) -> Account:
        """The account of this id, which the settings were checked to have."""
        return next(account for account in self.accounts if account.id == identity)


@dataclass(frozen=True, slots=True)
class Lists:
    """The company with every item and customer, active or not, as they were `at` a time by the ledger's own clock."""

    company: Company
    items: tuple[ItemRecord, ...]
    customers: tuple[CustomerRecord, ...]
    at: datetime

    def renewed(self, news: ListNews) -> Lists:
        """The lists as they are after `news`."""
        return replace(
            self,
            company=news.company,
            items=renewed(self.items, news.items, news.gone_items),
            customers=renewed(self.customers, news.customers, news.gone_customers),
        )


@dataclass(frozen=True, slots=True)
class ListNews:
    """What became of the lists since some moment: the company as it is now, new and changed records, and gone ones."""

    company: Company
    items: tuple[ItemRecord, ...] = ()
    customers: tuple[CustomerRecord, ...] = ()
    gone_items: frozenset[LedgerId] = frozenset()
    gone_customers: frozenset[LedgerId] = frozenset()


_Listed = TypeVar("_Listed", bound=Account | Named | ItemRecord | CustomerRecord)


def renewed(known: Sequence[_Listed], changed: Sequence[_Listed], gone: Collection[LedgerId]) -> tuple[_Listed, ...]:
    """The records of a list after some changed, or came, and others went; each keeps its place."""
    records: dict[LedgerId, _Listed] = {record.id: record for record in (*known, *changed)}
    return tuple(record for identity, record in records.items() if identity not in gone)


@dataclass(frozen=True, slots=True)
class Matchables:
    """Indexes of the ledger's items and customers.

    Keys are folded by `fold`. An item key with several active items maps to all of them: that is a problem, not a
    match. Customers are the active ones only: an inactive one can be assigned nothing. A ledger may give what was made
    inactive another name (quickbooks-online.md §3): `inactive_items` and `inactive_customers` know them whatever they
    are called.
    """

    items_by_sku: Mapping[str, tuple[ItemRecord, ...]]
    items_by_name: Mapping[str, tuple[ItemRecord, ...]]
    customers_by_email: Mapping[str, tuple[CustomerRecord, ...]]
    customers_by_name: Mapping[str, tuple[CustomerRecord, ...]]
    inactive_items: Collection[LedgerId] = frozenset()
    inactive_customers: Collection[LedgerId] = frozenset()


@lru_cache(maxsize=4096)  # an order's rules fold the same few names of taxes, items and methods some seventy times
def fold(text: str) -> str:
    """How names, SKUs and e-mails are compared: trimmed, inner space collapsed, case ignored."""
    return " ".join(text.split()).casefold()


TAX_JOINT = " + "


def tax_key(names: Iterable[str]) -> str:
    """How store taxes are compared: several on one line are one name, "GST + QST", in whatever order."""
    parts = {part for name in names for part in fold(name).split(TAX_JOINT)}
    return TAX_JOINT.join(sorted(parts))
