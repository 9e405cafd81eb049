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
        payments=PaymentSettings(methods={DEFAULT_METHOD: MethodSettings(account=_first(company, AccountType.BANK))}),
        taxes=TaxSettings(untaxed=untaxed if company.tax_regime is TaxRegime.GLOBAL else ""),
    )


def _first(company: Company, kind: AccountType) -> str:
    return next((account.name for account in company.accounts if account.active and account.type is kind), "")
