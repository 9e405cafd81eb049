"""Settings against the company: every name resolved to an id, or every mistake listed with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo

from comptoir.books.checks.names import (
    ASSET_TYPES,
    COGS_TYPES,
    COST_TYPES,
    INCOME_TYPES,
    LIABILITY_TYPES,
    MONEY_TYPES,
    Names,
)
from comptoir.books.checks.openings import opening_balances
from comptoir.books.checks.plain import plain_mistakes
from comptoir.books.checks.tax_codes import tax_codes
from comptoir.books.company import Company, TaxCode, fold
from comptoir.books.documents import ItemType, LedgerId
from comptoir.books.money import Money
from comptoir.books.problems import Problem
from comptoir.books.settings import Settings
from comptoir.books.specials import TenderKind

DEFAULT_METHOD = "*"


@dataclass(frozen=True, slots=True)
class Method:
    """A payment method resolved: the account that holds its money and the company's own method."""

    account: LedgerId
    payment_method: LedgerId | None
    by_currency: Mapping[str, LedgerId] = field(default_factory=dict)
    """The accounts of single currencies, where they are not `account`."""


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
    """By `tax_key` of the store's taxes."""
    zero_rated: TaxCode | None = None
    exempt: TaxCode | None = None
    export: TaxCode | None = None
    charges_account: LedgerId | None = None
    asset_account: LedgerId | None = None
    cogs_account: LedgerId | None = None
    gift_card_account: LedgerId | None = None
    store_credit_account: LedgerId | None = None
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    openings: Mapping[LedgerId, Money] = field(default_factory=dict)
    """What accounts held at the start: above zero what was yours in one, or what you owed in a liability."""
    opening_equity: LedgerId | None = None
    """Against what these are booked; None where there are none."""

    def as_of(self, day: date) -> Resolved:
        """The same with the rates that are in force on `day`."""

        def then(code: TaxCode | None) -> TaxCode | None:
            return code.as_of(day) if code else None

        return replace(
            self,
            codes={key: code.as_of(day) for key, code in self.codes.items()},
            untaxed=then(self.untaxed),
            zero_rated=then(self.zero_rated),
            exempt=then(self.exempt),
            export=then(self.export),
        )

    def method(self, name: str) -> Method | None:
        """The mapping of a store payment method: its own, else the default, else None."""
        return self.methods.get(fold(name)) or self.methods.get(DEFAULT_METHOD)

    def tender_kind(self, name: str) -> TenderKind:
        """Whether a store payment method brings money or uses what the shop owed the buyer."""
        payments = self.settings.payments
        if fold(name) in map(fold, payments.gift_card_methods):
            return TenderKind.GIFT_CARD
        if fold(name) in map(fold, payments.store_credit_methods):
            return TenderKind.STORE_CREDIT
        return TenderKind.MONEY


def resolve(settings: Settings, company: Company, zone: tzinfo | None) -> Resolved | list[Problem]:
    """Settings ready for use, or everything that is wrong with them at once.

    `zone` is the time zone that the caller found under `settings.time_zone`; None where there is none.
    """
    names = Names(company)
    problems = names.problems
    problems.extend(plain_mistakes(settings, company, zone))
    items = settings.items
    income = names.account(items.income_account, "items.income_account", INCOME_TYPES)
    shipping = _account_or(names, items.shipping_account, "items.shipping_account", income)
    discount = _account_or(names, items.discount_account, "items.discount_account", income)
    charges = _account_or(names, items.charges_account, "items.charges_account", income)
    expense = (
        names.account(items.expense_account, "items.expense_account", COST_TYPES) if items.expense_account else None
    )
    asset, cogs = _stock_accounts(settings, names)
    gift_card, store_credit = _liabilities(settings, names)
    class_id, location_id = _tags(settings, names)
    methods = _methods(settings, names)
    refund = _refund_account(settings, names)
    taxes = tax_codes(settings, names)
    openings, opening_equity = opening_balances(settings.opening, names)
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
        untaxed=taxes.untaxed,
        codes=taxes.codes,
        zero_rated=taxes.zero_rated,
        exempt=taxes.exempt,
        export=taxes.export,
        charges_account=charges,
        asset_account=asset,
        cogs_account=cogs,
        gift_card_account=gift_card,
        store_credit_account=store_credit,
        class_id=class_id,
        location_id=location_id,
        openings=openings,
        opening_equity=opening_equity,
    )


def _account_or(names: Names, name: str, where: str, default: LedgerId | None) -> LedgerId | None:
    return names.account(name, where, INCOME_TYPES) if name else default


def _stock_accounts(settings: Settings, names: Names) -> tuple[LedgerId | None, LedgerId | None]:
    """The accounts of inventory items: needed where such items are created, checked wherever they are named (I3)."""
    items = settings.items
    needed = items.create and items.create_as is ItemType.INVENTORY
    asset, cogs = items.asset_account, items.cogs_account
    return (
        names.account(asset, "items.asset_account", ASSET_TYPES) if asset or needed else None,
        names.account(cogs, "items.cogs_account", COGS_TYPES) if cogs or needed else None,
    )


def _liabilities(settings: Settings, names: Names) -> tuple[LedgerId | None, LedgerId | None]:
    """The accounts of gift cards and store credit: needed where their items are named."""
    items = settings.items
    return (
        names.account(items.gift_card_account, "items.gift_card_account", LIABILITY_TYPES)
        if items.gift_card or items.gift_card_account
        else None,
        names.account(items.store_credit_account, "items.store_credit_account", LIABILITY_TYPES)
        if items.store_credit or items.store_credit_account
        else None,
    )


def _tags(settings: Settings, names: Names) -> tuple[LedgerId | None, LedgerId | None]:
    """The class and the location of every sale (O6): only where the company tracks them."""
    company, orders = names.company, settings.orders
    class_id = location_id = None
    if orders.class_name and not company.track_classes:
        names.add(
            "orders.class_name",
            "The company does not track classes.",
            "Switch class tracking on in the company, or leave this setting empty.",
        )
    elif orders.class_name:
        class_id = names.one_of(company.classes, orders.class_name, "orders.class_name", "class")
    if orders.location_name and not company.track_locations:
        names.add(
            "orders.location_name",
            "The company does not track locations.",
            "Switch location tracking on in the company, or leave this setting empty.",
        )
    elif orders.location_name:
        location_id = names.one_of(company.locations, orders.location_name, "orders.location_name", "location")
    return class_id, location_id


def _methods(settings: Settings, names: Names) -> dict[str, Method]:
    methods = {}
    for method, chosen in settings.payments.methods.items():
        where = f"payments.methods.{method}"
        account = names.account(chosen.account, f"{where}.account", MONEY_TYPES)
        label = chosen.payment_method
        own = names.payment_method(label, f"{where}.payment_method") if label else None
        by_currency = _by_currency(chosen.by_currency, f"{where}.by_currency", names)
        if account is not None:
            methods[fold(method)] = Method(account, own, by_currency)
    return methods


def _by_currency(chosen: Mapping[str, str], where: str, names: Names) -> dict[str, LedgerId]:
    """The accounts of foreign money, each in its currency or in the company's own, which the ledger converts to."""
    accounts = {}
    for currency, name in chosen.items():
        account = names.account(name, f"{where}.{currency}", MONEY_TYPES)
        if account is not None and names.takes(account, currency, f"{where}.{currency}"):
            accounts[currency] = account
    return accounts


def _refund_account(settings: Settings, names: Names) -> LedgerId | None:
    name = settings.refunds.account
    return names.account(name, "refunds.account", MONEY_TYPES) if name else None
