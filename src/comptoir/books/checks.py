"""Settings against the company: every name resolved to an id, or every mistake listed with its remedy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo

from comptoir.books.company import AccountType, Company, TaxCode, TaxRegime, fold
from comptoir.books.documents import ItemType, LedgerId
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name

PREFIX_LIMIT = 8
"""Characters; leaves 13 of QuickBooks' 21 for the store's own number and a suffix."""
DEFAULT_METHOD = "*"

MONEY_TYPES = frozenset({AccountType.BANK, AccountType.OTHER_CURRENT_ASSET})
"""What a clearing account may be (quickbooks-online.md §13.3, 13.5)."""
INCOME_TYPES = frozenset({AccountType.INCOME, AccountType.OTHER_INCOME})
COST_TYPES = frozenset({AccountType.EXPENSE, AccountType.COST_OF_GOODS_SOLD})

NEEDS_EXPENSE_ACCOUNT = frozenset({"GB", "CA"})
"""Countries whose companies refuse an item without one (quickbooks-online.md §12.2)."""

TYPE_WORDS = {
    MONEY_TYPES: "Bank or Other Current Asset",
    INCOME_TYPES: "Income",
    COST_TYPES: "Expense or Cost of Goods Sold",
}


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method resolved: the account that holds its money and the company's own method."""

    account: LedgerId
    payment_method: LedgerId | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings whose names all exist in the company, as ids. Made only by `resolve`."""

    settings: Settings
    zone: tzinfo
    income_account: LedgerId
    shipping_account: LedgerId
    discount_account: LedgerId
    expense_account: LedgerId | None
    methods: Mapping[str, Method]
    refund_account: LedgerId | None
    untaxed: TaxCode | None
    codes: Mapping[str, TaxCode]

    def method(self, name: str) -> Method | None:
        """The mapping of a store payment method: its own, else the default, else None."""
        return self.methods.get(fold(name)) or self.methods.get(DEFAULT_METHOD)


def _problem(where: str, what: str, remedy: str, **values: str) -> Problem:
    return Problem(
        code="settings",
        what=Message(what, values),
        remedy=Message(remedy, values),
        where=where,
        field=where,
        cause=where,
    )


class _Names:
    """Looks names up in the company and collects what does not fit."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.problems: list[Problem] = []

    def account(self, name: str, where: str, allowed: frozenset[AccountType]) -> LedgerId | None:
        kinds = TYPE_WORDS[allowed]
        wanted = [account for account in self.company.accounts if fold(account.name) == fold(name)]
        active = [account for account in wanted if account.active]
        if not wanted:
            self.add(
                where,
                'The company has no account named "{name}".',
                "Choose an existing account of type {kinds}, or create this one in the company and check again.",
                name=name,
                kinds=kinds,
            )
        elif not active:
            self.add(
                where,
                'The account "{name}" is inactive.',
                "Make it active again in the company, or choose another account of type {kinds}.",
                name=name,
                kinds=kinds,
            )
        elif active[0].type not in allowed:
            self.add(
                where,
                'The account "{name}" is of another type than this setting needs.',
                "Choose an account of type {kinds}.",
                name=name,
                kinds=kinds,
            )
        else:
            return active[0].id
        return None

    def tax_code(self, name: str, where: str) -> TaxCode | None:
        found = [code for code in self.company.tax_codes if fold(code.name) == fold(name) and code.active]
        if found:
            return found[0]
        self.add(
            where,
            'The company has no active tax code named "{name}".',
            "Choose one of: {codes}.",
            name=name,
            codes=_listed(code.name for code in self.company.tax_codes if code.active),
        )
        return None

    def payment_method(self, name: str, where: str) -> LedgerId | None:
        found = [m for m in self.company.payment_methods if fold(m.name) == fold(name) and m.active]
        if found:
            return found[0].id
        self.add(
            where,
            'The company has no active payment method named "{name}".',
            "Choose one of: {methods}; or leave the payment method empty.",
            name=name,
            methods=_listed(m.name for m in self.company.payment_methods if m.active),
        )
        return None

    def add(self, where: str, what: str, remedy: str, **values: str) -> None:
        self.problems.append(_problem(where, what, remedy, **values))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "(none)"


def resolve(settings: Settings, company: Company, zone: tzinfo | None) -> Resolved | list[Problem]:
    """Settings ready for use, or everything that is wrong with them at once.

    `zone` is the time zone that the caller found under `settings.time_zone`; None where there is none.
    """
    names = _Names(company)
    problems = names.problems
    problems.extend(_plain_mistakes(settings, company, zone))
    items = settings.items
    income = names.account(items.income_account, "items.income_account", INCOME_TYPES)
    shipping = _income_or(names, items.shipping_account, "items.shipping_account", income)
    discount = _income_or(names, items.discount_account, "items.discount_account", income)
    expense = (
        names.account(items.expense_account, "items.expense_account", COST_TYPES) if items.expense_account else None
    )
    methods = _methods(settings, names)
    refund = _refund_account(settings, names)
    untaxed, codes = _tax_codes(settings, names)
    if problems or zone is None or income is None or shipping is None or discount is None:
        return problems
    return Resolved(
        settings=settings,
        zone=zone,
        income_account=income,
        shipping_account=shipping,
        discount_account=discount,
        expense_account=expense,
        methods=methods,
        refund_account=refund,
        untaxed=untaxed,
        codes=codes,
    )


def _income_or(names: _Names, name: str, where: str, default: LedgerId | None) -> LedgerId | None:
    return names.account(name, where, INCOME_TYPES) if name else default


def _plain_mistakes(settings: Settings, company: Company, zone: tzinfo | None) -> list[Problem]:
    """What is wrong without looking anything up in the company's lists."""
    found = []
    if zone is None:
        found.append(
            _problem(
                "time_zone",
                '"{zone}" is not a time zone.',
                "Use a name like Europe/London or America/Toronto.",
                zone=settings.time_zone,
            )
        )
    prefixes = {"orders.prefix": settings.orders.prefix, "refunds.prefix": settings.refunds.prefix}
    found.extend(
        _problem(
            where,
            'The prefix "{prefix}" is longer than {limit} characters.',
            "Shorten it, so that the whole document number fits in 21 characters.",
            prefix=prefix,
            limit=str(PREFIX_LIMIT),
        )
        for where, prefix in prefixes.items()
        if len(prefix) > PREFIX_LIMIT
    )
    if settings.refunds.record and fold(settings.orders.prefix) == fold(settings.refunds.prefix):
        found.append(
            _problem(
                "refunds.prefix",
                "Orders and refunds have the same prefix, so their document numbers would collide.",
                'Choose another prefix for refunds, for example "R-".',
            )
        )
    if settings.refunds.record and not settings.payments.record:
        found.append(
            _problem(
                "refunds.record",
                "Refunds are recorded but payments are not, so the money given back was never received in the books.",
                "Record payments too, or record no refunds.",
            )
        )
    if settings.items.rounding_cap < 0:
        found.append(
            _problem(
                "items.rounding_cap",
                "The largest rounding difference is below zero.",
                "Set it to 0 or more, in the currency's smallest units (5 is usual).",
            )
        )
    found.extend(_item_mistakes(settings))
    if company.country in NEEDS_EXPENSE_ACCOUNT and not settings.items.expense_account:
        found.append(
            _problem(
                "items.expense_account",
                "Companies in this country need an expense account on every item.",
                "Choose an account of type {kinds}; it is used for every item that is created, shipping included.",
                kinds=TYPE_WORDS[COST_TYPES],
            )
        )
    if company.tax_regime not in {TaxRegime.NONE, TaxRegime.GLOBAL}:
        found.append(
            _problem(
                "taxes",
                "This release does not post to companies with United States sales tax.",
                "Use a company outside the United States, or one with sales tax switched off.",
            )
        )
    return found


def _item_mistakes(settings: Settings) -> list[Problem]:
    """Items and customers that could be created only without a name, or not at all."""
    items = settings.items
    names = {
        "items.shipping": items.shipping,
        "items.rounding": items.rounding,
        "items.refund_difference": items.refund_difference,
        "orders.generic_customer": settings.orders.generic_customer,
    }
    found = [
        _problem(where, "The name is empty.", "Name an existing one, or the one that is to be created.")
        for where, name in names.items()
        if not clean_name(name, ITEM_NAME_LIMIT)
    ]
    if items.create and items.create_as is ItemType.INVENTORY:
        found.append(
            _problem(
                "items.create_as",
                "This release does not create inventory items.",
                'Set it to "non_inventory" or "service"; existing inventory items are used as they are.',
            )
        )
    return found


def _methods(settings: Settings, names: _Names) -> dict[str, Method]:
    methods = {}
    for method, chosen in settings.payments.methods.items():
        where = f"payments.methods.{method}"
        account = names.account(chosen.account, f"{where}.account", MONEY_TYPES)
        label = chosen.payment_method
        own = names.payment_method(label, f"{where}.payment_method") if label else None
        if account is not None:
            methods[fold(method)] = Method(account=account, payment_method=own)
    return methods


def _refund_account(settings: Settings, names: _Names) -> LedgerId | None:
    name = settings.refunds.account
    return names.account(name, "refunds.account", MONEY_TYPES) if name else None


def _tax_codes(settings: Settings, names: _Names) -> tuple[TaxCode | None, dict[str, TaxCode]]:
    taxes = settings.taxes
    if names.company.tax_regime is not TaxRegime.GLOBAL:
        return None, {}
    found = {tax: names.tax_code(code, f"taxes.codes.{tax}") for tax, code in taxes.codes.items()}
    untaxed = names.tax_code(taxes.untaxed, "taxes.untaxed")
    if untaxed is not None and any(untaxed.rates):
        names.add(
            "taxes.untaxed",
            'The tax code "{name}" charges tax, so untaxed lines would be taxed in the books.',
            "Choose a code without a rate: out of scope, exempt or zero-rated.",
            name=untaxed.name,
        )
    return untaxed, {fold(tax): code for tax, code in found.items() if code is not None}
