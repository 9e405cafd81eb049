"""First settings: what can be read is read, and nothing of the past is posted by surprise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comptoir.books.checks import Resolved, resolve
from comptoir.books.company import Account, AccountType, Company, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.settings_file import read_settings, write_settings

TODAY = date(2026, 3, 1)


@pytest.fixture
def company(build: Any) -> Company:
    found: Company = build["SmallLedger"]().read_company()
    costs = Account(LedgerId("a4"), "Goods", AccountType.COST_OF_GOODS_SOLD, "GBP")
    closed = Account(LedgerId("a0"), "Old sales", AccountType.INCOME, "GBP", active=False)
    taxed = TaxCode(LedgerId("c0"), "20.0% S", (TaxRate(LedgerId("r0"), "VAT", Decimal("0.2")),))
    gone = TaxCode(LedgerId("c2"), "Exempt", (), active=False)
    return replace(found, accounts=(closed, *found.accounts, costs), tax_codes=(taxed, gone, *found.tax_codes))


def test_a_proposal_names_what_the_company_has_and_starts_today(build: Any, company: Company) -> None:
    settings = propose_settings(build["SmallStore"]().describe(), company, TODAY)
    assert (settings.time_zone, settings.start_date) == ("Europe/London", TODAY)
    assert (settings.items.income_account, settings.items.expense_account) == ("Sales", "Goods")
    assert settings.payments.methods["*"].account == "Clearing"
    assert settings.taxes.untaxed == "No VAT"
    assert settings.orders.generic_customer == "Shop customer"
    assert isinstance(resolve(settings, company, ZoneInfo(settings.time_zone)), Resolved), "it can be used as it is"
    assert read_settings(write_settings(settings)).settings == settings


def test_a_company_without_sales_tax_gets_no_tax_code(build: Any, company: Company) -> None:
    without = replace(company, tax_regime=TaxRegime.NONE)
    assert propose_settings(build["SmallStore"]().describe(), without, TODAY).taxes.untaxed == ""


def test_what_the_company_lacks_is_left_empty_for_the_user(build: Any, company: Company) -> None:
    bare = replace(company, accounts=(), tax_codes=())
    settings = propose_settings(build["SmallStore"]().describe(), bare, TODAY)
    assert (settings.items.income_account, settings.payments.methods["*"].account, settings.taxes.untaxed) == ("",) * 3


def test_an_account_for_the_currency_of_a_foreign_store(build: Any, company: Company) -> None:
    euro = Account(LedgerId("a6"), "Euros", AccountType.BANK, "EUR")
    several = replace(company, multicurrency=True, accounts=(euro, *company.accounts))
    store = build["SmallStore"]().describe()
    assert propose_settings(store, several, TODAY).payments.methods["*"].account == "Clearing"
    foreign = replace(store, currency="EUR")
    method = propose_settings(foreign, several, TODAY).payments.methods["*"]
    assert (method.account, method.by_currency) == ("Clearing", {"EUR": "Euros"})
    assert (
        propose_settings(foreign, replace(several, multicurrency=False), TODAY).payments.methods["*"].by_currency == {}
    )
    dollars = propose_settings(replace(store, currency="USD"), several, TODAY).payments.methods["*"]
    assert dollars.by_currency == {}
