"""First settings for a new connection: what can be read is read, the rest is the most careful choice."""

from __future__ import annotations

from datetime import date

from comptoir.books.company import AccountType, Company, TaxRegime
from comptoir.books.settings import (
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    Settings,
    TaxSettings,
)
from comptoir.engine.ports import StoreInfo

DEFAULT_METHOD = "*"


def propose_settings(store: StoreInfo, company: Company, today: date) -> Settings:
    """Settings to look through and change: they post nothing dated before today."""
    income = _first(company, AccountType.INCOME)
    untaxed = next((code.name for code in company.tax_codes if code.active and not code.rates), "")
    return Settings(
        time_zone=store.time_zone,
        start_date=today,
        items=ItemSettings(income_account=income, expense_account=_first(company, AccountType.COST_OF_GOODS_SOLD)),
        orders=OrderSettings(generic_customer=f"{store.name} customer"),
        payments=PaymentSettings(methods={DEFAULT_METHOD: _method(store, company)}),
        taxes=TaxSettings(untaxed=untaxed if company.tax_regime is TaxRegime.GLOBAL else ""),
    )


def _method(store: StoreInfo, company: Company) -> MethodSettings:
    """A bank account of the company's currency, and one of the store's where that is another and there is one."""
    foreign = _first(company, AccountType.BANK, store.currency) if store.currency != company.currency else ""
    by_currency = {store.currency: foreign} if foreign and company.multicurrency else {}
    return MethodSettings(account=_first(company, AccountType.BANK), by_currency=by_currency)


def _first(company: Company, kind: AccountType, currency: str = "") -> str:
    kept = (each for each in company.accounts if each.active and each.currency == (currency or company.currency))
    return next((account.name for account in kept if account.type is kind), "")
