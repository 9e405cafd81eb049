"""Single settings as a form asks for them: what each takes, what the company has to offer, and how it is set.

PURE. A setting is named by its path: ("taxes", "codes", "GST"). Paths that are not listed here are asked for nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from comptoir.books.checks.names import (
    ASSET_TYPES,
    COGS_TYPES,
    COST_TYPES,
    EQUITY_TYPES,
    INCOME_TYPES,
    LIABILITY_TYPES,
    MONEY_TYPES,
)
from comptoir.books.company import AccountType, Company, Named, TaxCode, TaxRegime, fold, tax_key
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.books.taxes.suggesting import codes_to_map
from comptoir.engine.setup.questions import NewCode
from comptoir.engine.setup.settings_file import read_values
from comptoir.storage.codec import adapter

Path = tuple[str, ...]
ANY = "*"
"""In a path: a name that the user or the store makes."""


class Takes(StrEnum):
    """What a setting is chosen from."""

    ACCOUNT = "account"
    TAX_CODE = "tax code"
    UNTAXED_CODE = "tax code without tax"
    PAYMENT_METHOD = "payment method"
    CLASS = "class"
    LOCATION = "location"
    ITEM = "item"
    TEXT = "text"
    FIXED = "fixed"
    """One of the values that the form itself names."""


FREE = frozenset({Takes.TEXT, Takes.ITEM})
"""What may be typed as well."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a form can ask for. `types`: of its account; `is_needed`: it cannot be left empty."""

    label: Message
    takes: Takes
    types: frozenset[AccountType] = frozenset()
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. `note` tells it from others like it: a rate, a currency."""

    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question of a form. Without options anything may be typed; `suggested` is "" where nothing is likely."""

    path: Path
    setting: Setting
    options: tuple[Option, ...] = ()
    value: str = ""
    """What is there to begin with."""
    suggested: str = ""
    new_code: NewCode | None = None
    """A tax code that can be made for it."""

    @property
    def is_free(self) -> bool:
        """Whether anything may be typed; options are then only what there is already."""
        return self.setting.takes in FREE


def _account(label: Message, types: frozenset[AccountType], *, is_needed: bool = True) -> Setting:
    return Setting(label, Takes.ACCOUNT, types, is_needed)


SETTINGS: Mapping[Path, Setting] = {
    ("items", "income_account"): _account(Message("Income account of products"), INCOME_TYPES),
    ("items", "shipping_account"): _account(Message("Income account of shipping"), INCOME_TYPES, is_needed=False),
    ("items", "discount_account"): _account(Message("Account of discounts"), INCOME_TYPES, is_needed=False),
    ("items", "charges_account"): _account(Message("Income account of fees and tips"), INCOME_TYPES, is_needed=False),
    ("items", "expense_account"): _account(Message("Expense account of products"), COST_TYPES),
    ("items", "asset_account"): _account(Message("Account of the stock"), ASSET_TYPES),
    ("items", "cogs_account"): _account(Message("Account of the cost of goods sold"), COGS_TYPES),
    ("items", "gift_card_account"): _account(Message("Account where gift cards are owed"), LIABILITY_TYPES),
    ("items", "store_credit_account"): _account(Message("Account where store credit is owed"), LIABILITY_TYPES),
    ("items", "shipping"): Setting(Message("Product or service for shipping"), Takes.ITEM),
    ("items", "discount"): Setting(Message("Product or service for discounts"), Takes.ITEM),
    ("items", "rounding"): Setting(Message("Product or service for rounding"), Takes.ITEM),
    ("items", "refund_difference"): Setting(Message("Product or service for differences of refunds"), Takes.ITEM),
    ("items", "tip"): Setting(Message("Product or service for tips"), Takes.ITEM),
    ("items", "duty"): Setting(Message("Product or service for import duties"), Takes.ITEM),
    ("items", "handling"): Setting(Message("Product or service for handling"), Takes.ITEM),
    ("items", "wrap"): Setting(Message("Product or service for gift wrapping"), Takes.ITEM),
    ("items", "fee"): Setting(Message("Product or service for fees that the buyer pays"), Takes.ITEM),
    ("items", "deposit"): Setting(Message("Product or service for deposits and eco fees"), Takes.ITEM),
    ("items", "gift_card"): Setting(Message("Product or service for gift cards"), Takes.ITEM),
    ("items", "store_credit"): Setting(Message("Product or service for store credit"), Takes.ITEM),
    ("items", "no_restock"): Setting(Message("Product or service for goods that do not return to stock"), Takes.ITEM),
    ("items", "default_product"): Setting(Message("Product or service for whatever matches none"), Takes.ITEM),
    ("items", "create"): Setting(Message("Create missing products"), Takes.FIXED),
    ("items", "rounding_cap"): Setting(Message("Largest rounding, in cents"), Takes.FIXED),
    ("items", "opening_quantity"): Setting(Message("Before a quantity is entered"), Takes.FIXED),
    ("opening", "equity_account"): _account(
        Message("Account that opening balances are set against"), EQUITY_TYPES, is_needed=False
    ),
    ("orders", "class_name"): Setting(Message("Class"), Takes.CLASS, is_needed=False),
    ("orders", "location_name"): Setting(Message("Location"), Takes.LOCATION, is_needed=False),
    ("orders", "generic_customer"): Setting(Message("Name of that one customer"), Takes.TEXT),
    ("orders", "prefix"): Setting(Message("Prefix of sales"), Takes.TEXT, is_needed=False),
    ("orders", "currency"): Setting(Message("Currency"), Takes.FIXED),
    ("refunds", "prefix"): Setting(Message("Prefix of refunds"), Takes.TEXT, is_needed=False),
    ("refunds", "account"): _account(Message("Account that refunds are paid from"), MONEY_TYPES),
    ("refunds", "of_earlier_orders"): Setting(Message("Refunds of earlier orders"), Takes.FIXED),
    ("refunds", "restock_unstated"): Setting(Message("Goods return to stock"), Takes.FIXED),
    ("payments", "methods", ANY, "account"): _account(Message("Account that holds the money"), MONEY_TYPES),
    ("payments", "methods", ANY, "by_currency", ANY): _account(Message("Account that holds the money"), MONEY_TYPES),
    ("payments", "methods", ANY, "payment_method"): Setting(
        Message("Payment method"), Takes.PAYMENT_METHOD, is_needed=False
    ),
    ("taxes", "codes", ANY): Setting(Message("Tax code"), Takes.TAX_CODE),
    ("taxes", "untaxed"): Setting(Message("Tax code of what is not taxed"), Takes.UNTAXED_CODE),
    ("taxes", "zero_rated"): Setting(Message("Tax code of what is zero-rated"), Takes.UNTAXED_CODE, is_needed=False),
    ("taxes", "exempt"): Setting(Message("Tax code of exempt buyers"), Takes.UNTAXED_CODE, is_needed=False),
    ("taxes", "export"): Setting(Message("Tax code of exports"), Takes.UNTAXED_CODE, is_needed=False),
    ("closed_periods",): Setting(Message("Documents of a closed period"), Takes.FIXED),
}
"""Every setting that a form can ask for."""


def setting_of(path: Path) -> Setting | None:
    """What the setting at this path takes; None where no form asks for it."""
    return next((each for pattern, each in SETTINGS.items() if _fits(path, pattern)), None)


def path_named(where: str) -> Path | None:
    """The path of a setting as a mistake names it ("payments.methods.visa.account"); names may hold dots."""
    for pattern in SETTINGS:
        dotted = r"\.".join("(.+)" if each == ANY else f"({re.escape(each)})" for each in pattern)
        found = re.fullmatch(dotted, where)
        if found is not None:
            return found.groups()
    return None


def ask(
    path: Path,
    settings: Settings,
    company: Company,
    *,
    currency: str = "",
    items: Sequence[str] = (),
    types: frozenset[AccountType] | None = None,
) -> Ask:
    """The question for a setting, with what the company has to offer. AssertionError for one that is asked nowhere.

    `currency`: in which an account must take money; `items`: what the company's products are called; `types`: of the
    account, where not every one that the setting takes will do.
    """
    setting = setting_of(path)
    if setting is None:
        raise AssertionError(f"no form asks for {'.'.join(path)}")
    if types is not None:
        setting = replace(setting, types=types)
    options = _options(setting, company, currency, items)
    present = value_at(settings, path)
    known = {fold(each.value): each.value for each in options}
    is_free = setting.takes in FREE
    value = present if is_free else known.get(fold(present), "")
    alone = options[0].value if len(options) == 1 and setting.is_needed and not value and not is_free else ""
    return Ask(path, setting, options, value, alone)


def _options(setting: Setting, company: Company, currency: str, items: Sequence[str]) -> tuple[Option, ...]:
    codes = codes_to_map(company)
    offered: Mapping[Takes, Iterable[Option]] = {
        Takes.ACCOUNT: _accounts(setting.types, company, currency),
        Takes.TAX_CODE: (Option(code.name, percent(code)) for code in codes),
        Takes.UNTAXED_CODE: (Option(code.name) for code in codes if not code.rate),
        Takes.PAYMENT_METHOD: _named(company.payment_methods),
        Takes.CLASS: _named(company.classes),
        Takes.LOCATION: _named(company.locations),
        Takes.ITEM: map(Option, items),
    }
    return tuple(offered.get(setting.takes, ()))


def _accounts(types: frozenset[AccountType], company: Company, currency: str) -> Iterable[Option]:
    for each in sorted(company.accounts, key=lambda account: fold(account.name)):
        fits = not currency or each.currency in {currency, company.currency}
        if each.active and each.type in types and fits:
            yield Option(each.name, each.currency if company.multicurrency else "")


def _named(entries: Iterable[Named]) -> Iterable[Option]:
    return (Option(each.name) for each in sorted(entries, key=lambda each: fold(each.name)) if each.active)


def percent(code: TaxCode) -> str:
    """What a code charges, as its owner writes it."""
    return f"{(code.rate * 100).normalize():f} %" if code.rate else ""


def is_settable(path: Path, company: Company) -> bool:
    """Whether the company has this setting at all: without sales tax there are no codes."""
    return path[0] != "taxes" or company.tax_regime is not TaxRegime.NONE


# Setting


def value_at(settings: Settings, path: Path) -> str:
    """What stands at a path, as text; "" where nothing does."""
    found: Any = adapter(Settings).dump_python(settings, mode="json")
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return str(found).lower()
    return "" if found is None else str(found)


def changed(settings: Settings, changes: Mapping[Path, str]) -> Settings | list[Problem]:
    """The settings with these values, or everything that cannot be such a value."""
    values = adapter(Settings).dump_python(settings)
    for path, value in changes.items():
        _set(values, path, value)
    return read_values(values)


def _set(values: dict[str, Any], path: Path, value: str) -> None:
    *parents, last = path
    for name in parents:
        values = values.setdefault(name, {})
    if tuple(parents) == ("taxes", "codes"):  # another spelling of the same taxes would be a second answer
        for other in [name for name in values if tax_key([name]) == tax_key([last])]:
            del values[other]
    present = values.get(last)
    values[last] = _as(present, value)


def _as(present: Any, value: str) -> Any:
    """The value in the type of what it replaces; text where that is not simple, and the settings' own check decides."""
    if isinstance(present, bool):
        return value == "true"
    if isinstance(present, Decimal):
        with suppress(InvalidOperation):
            return Decimal(value)
    return value


def _fits(path: Collection[str], pattern: Path) -> bool:
    return len(path) == len(pattern) and all(want in {ANY, own} for own, want in zip(path, pattern, strict=True))
