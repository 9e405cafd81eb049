"""What a company is when the sandbox opens it: a table per profile, one file each in `profiles/`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

PROFILES = ("uk", "quebec", "us-manual", "us-automated", "multicurrency")
GLOBAL, US_MANUAL, US_AUTOMATED = "global", "us-manual", "us-automated"
"""Tax regimes (§15)."""


@dataclass(frozen=True, kw_only=True)
class AccountSeed:
    """An account of the chart (§12.3)."""

    name: str
    kind: str
    """AccountType."""
    subtype: str
    """AccountSubType."""
    currency: str | None = None
    """ISO code where it is not the home currency."""


@dataclass(frozen=True, kw_only=True)
class RateSeed:
    """A tax rate and its agency."""

    name: str
    percent: Decimal
    special: str = "NONE"
    """SpecialTaxType."""
    agency: str | None = None
    """Name of the tax agency; the profile's first one by default."""


@dataclass(frozen=True, kw_only=True)
class CodeSeed:
    """A tax code: the names of its rates, none for a code outside the tax."""

    name: str
    description: str
    rates: tuple[str, ...] = ()
    purchases: tuple[str, ...] = ()
    """The names of its rates on purchases."""
    taxable: bool = True
    config: str = "SYSTEM_GENERATED"
    """TaxCodeConfigType."""


@dataclass(frozen=True, kw_only=True)
class CurrencySeed:
    """An active foreign currency and the daily rate of every day nobody set one for."""

    code: str
    name: str
    rate: Decimal
    """Home units per unit (§12.8)."""


@dataclass(frozen=True, kw_only=True)
class ItemSeed:
    """A product or service that is there from the start."""

    name: str
    income_account: str
    expense_account: str | None = None
    kind: str = "Service"
    taxable: bool = False


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What a company is for the rules, however its lists came to be."""

    slug: str
    country: str
    currency: str
    currency_name: str
    regime: str = GLOBAL
    region: str = ""
    """CountrySubDivisionCode of the company's own address."""
    currencies: tuple[CurrencySeed, ...] = ()
    """Foreign currencies and their daily rates; a profile with any is a multicurrency company."""
    items_need_expense_account: bool = False
    """CA and UK: service and non-inventory items need both accounts (§12.2)."""
    acct_num_length: int = 7
    missing_tax_code_text: str = "Make sure all your transactions have a tax rate before you save."


@dataclass(frozen=True, kw_only=True)
class Profile(Traits):
    """A company's country, lists and settings. Accounts are named by their names here."""

    company_name: str
    city: str
    agency: str
    tax_account: str
    shipping_account: str
    discount_account: str
    accounts: tuple[AccountSeed, ...]
    rates: tuple[RateSeed, ...]
    codes: tuple[CodeSeed, ...]
    items: tuple[ItemSeed, ...]
    default_item: str
    payment_methods: tuple[tuple[str, str], ...]
    """Name and Type."""
    terms: tuple[tuple[str, int], ...]
    """Name and DueDays."""
    default_term: str
    vendors: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    agency_accounts: tuple[tuple[str, str], ...] = ()
    """Further tax agencies and their payable accounts."""
    regions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """US automated: CountrySubDivisionCode -> names of rates; "" for every other place (§15.3)."""
    inventory: bool = False
    language: str = "en"
    custom_numbers: bool = True
    class_per_line: bool = False
    class_per_form: bool = False
    departments_on: bool = False
    preferences: dict[str, dict[str, object]] = field(default_factory=dict)
    """Groups of preferences that differ from the ordinary company."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What may be set otherwise than a profile says; None leaves it."""

    custom_numbers: bool | None = None
    """CustomTxnNumbers: False numbers every sales form (§13.1)."""
    classes: str | None = None
    """"line", "form" or "off"."""
    locations: bool | None = None
    books_closed_until: str | None = None
    """ISO date: 6200 on or before it."""
    auto_apply: bool | None = None
    """AutoApplyCredit and AutoApplyPayments (§16.1)."""
    sales_tax: bool | None = None
    inventory: bool | None = None

    def applied(self, profile: Profile) -> Profile:
        """The profile with these settings; ValueError for an unknown word or no date."""
        if self.classes not in {None, "line", "form", "off"}:
            raise ValueError(f"classes are tracked by line, by form or off, not {self.classes!r}")
        groups = {group: dict(values) for group, values in profile.preferences.items()}
        plain = {
            "custom_numbers": self.custom_numbers,
            "departments_on": self.locations,
            "inventory": self.inventory,
        }
        changes: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
        if self.classes is not None:
            changes |= {"class_per_line": self.classes == "line", "class_per_form": self.classes == "form"}
        if self.books_closed_until is not None:
            closed = date.fromisoformat(self.books_closed_until).isoformat()
            groups.setdefault("AccountingInfoPrefs", {})["BookCloseDate"] = closed
        if self.auto_apply is not None:
            both = {"AutoApplyCredit": self.auto_apply, "AutoApplyPayments": self.auto_apply}
            groups.setdefault("SalesFormsPrefs", {}).update(both)
            word = str(self.auto_apply).lower()
            listed = [{"Name": "SalesFormsPrefs.AutoApplyPayments", "Value": word}]
            groups.setdefault("OtherPrefs", {})["NameValue"] = listed
        if self.sales_tax is not None:
            groups.setdefault("TaxPrefs", {})["UsingSalesTax"] = self.sales_tax
        return replace(profile, preferences=groups, **changes)


def load(slug: str) -> Profile:
    """The profile of that name; ValueError when there is none."""
    if slug not in PROFILES:
        raise ValueError(f"unknown profile {slug!r}; known: {', '.join(PROFILES)}")
    module = import_module(f"comptoir_sandbox.quickbooks.profiles.{slug.replace('-', '_')}")
    profile: Profile = module.PROFILE
    return profile
