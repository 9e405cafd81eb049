from __future__ import annotations

from datetime import UTC, date

import pytest

from comptoir.books.checks import Resolved, resolve
from comptoir.books.company import Account, AccountType, Company, CompanyIdentity, TaxCode, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.books.facts import StoreIdentity
from comptoir.engine.ports import StoreInfo
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.settings_file import read_settings, write_settings

STORE = StoreInfo(StoreIdentity("shopify:mugs"), "Mugs", "GBP", "Europe/London")
ACCOUNTS = (
    Account(LedgerId("0"), "Old sales", AccountType.INCOME, "GBP", active=False),
    Account(LedgerId("1"), "Sales", AccountType.INCOME, "GBP"),
    Account(LedgerId("2"), "Costs", AccountType.COST_OF_GOODS_SOLD, "GBP"),
    Account(LedgerId("3"), "Bank", AccountType.BANK, "GBP"),
)


def company(regime: TaxRegime, *accounts: Account) -> Company:
    codes = (TaxCode(LedgerId("0"), "Old", (), active=False), TaxCode(LedgerId("1"), "No VAT", ()))
    return Company(CompanyIdentity("quickbooks:1"), "Mugs", "GB", "GBP", regime, accounts, codes)


@pytest.mark.parametrize("regime", [TaxRegime.GLOBAL, TaxRegime.NONE], ids=str)
def test_the_proposal_fits_the_company_and_survives_its_file(regime: TaxRegime) -> None:
    here = company(regime, *ACCOUNTS)
    settings = propose_settings(STORE, here, date(2026, 3, 1))
    assert read_settings(write_settings(settings)).settings == settings
    assert isinstance(resolve(settings, here, UTC), Resolved)
    assert (settings.start_date, settings.time_zone) == (date(2026, 3, 1), "Europe/London")
    assert settings.taxes.untaxed == ("No VAT" if regime is TaxRegime.GLOBAL else "")
    assert settings.items.gift_card == ""


def test_a_company_without_accounts_is_asked_for_them() -> None:
    here = company(TaxRegime.GLOBAL)
    found = resolve(propose_settings(STORE, here, date(2026, 3, 1)), here, UTC)
    assert isinstance(found, list)
    assert {problem.where for problem in found} >= {"items.income_account", "payments.methods.*.account"}
