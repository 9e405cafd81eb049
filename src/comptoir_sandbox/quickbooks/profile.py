"""What a company is when the sandbox opens it: a table per profile, one file each in `profiles/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module

PROFILES = ("uk",)


@dataclass(frozen=True, kw_only=True)
class AccountSeed:
    """An account of the chart (§12.3)."""

    name: str
    kind: str
    """AccountType."""
    subtype: str
    """AccountSubType."""


@dataclass(frozen=True, kw_only=True)
class RateSeed:
    """A tax rate and its agency."""

    name: str
    percent: Decimal
    special: str = "NONE"
    """SpecialTaxType."""


@dataclass(frozen=True, kw_only=True)
class CodeSeed:
    """A tax code: the names of its rates, none for a code outside the tax."""

    name: str
    description: str
    rates: tuple[str, ...] = ()
    taxable: bool = True


@dataclass(frozen=True, kw_only=True)
class ItemSeed:
    """A product or service that is there from the start."""

    name: str
    income_account: str
    expense_account: str | None = None
    kind: str = "Service"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A company's country, lists and settings. Accounts are named by their names here."""

    slug: str
    country: str
    company_name: str
    currency: str
    currency_name: str
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
    custom_numbers: bool = True
    class_per_line: bool = False
    class_per_form: bool = False
    departments_on: bool = False
    items_need_expense_account: bool = False
    """CA and UK: service and non-inventory items need both accounts (§12.2)."""
    acct_num_length: int = 7
    missing_tax_code_text: str = "Make sure all your transactions have a tax rate before you save."
    preferences: dict[str, dict[str, object]] = field(default_factory=dict)
    """Groups of preferences that differ from the ordinary company."""


def load(slug: str) -> Profile:
    """The profile of that name; ValueError when there is none."""
    if slug not in PROFILES:
        raise ValueError(f"unknown profile {slug!r}; known: {', '.join(PROFILES)}")
    profile: Profile = import_module(f"comptoir_sandbox.quickbooks.profiles.{slug}").PROFILE
    return profile
