"""The British company with several currencies: foreign receivables and bank accounts (§11, §12.8, §18)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import AccountSeed, CurrencySeed
from comptoir_sandbox.quickbooks.profiles.uk import PROFILE as BRITISH


def _foreign(name: str, kind: str, subtype: str, currency: str) -> AccountSeed:
    return AccountSeed(name=name, kind=kind, subtype=subtype, currency=currency)


PROFILE = replace(
    BRITISH,
    slug="multicurrency",
    company_name="Sandbox Company UK, several currencies",
    currencies=(
        CurrencySeed(code="EUR", name="Euro", rate=Decimal("0.85")),
        CurrencySeed(code="USD", name="United States Dollar", rate=Decimal("0.75")),
    ),
    accounts=(
        *BRITISH.accounts,
        _foreign("Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", "EUR"),
        _foreign("Accounts Receivable (A/R) - USD", "Accounts Receivable", "AccountsReceivable", "USD"),
        _foreign("Euro account", "Bank", "Checking", "EUR"),
        _foreign("Dollar account", "Bank", "Checking", "USD"),
        _foreign("PayPal clearing - EUR", "Bank", "Checking", "EUR"),
        _foreign("PayPal clearing - USD", "Bank", "Checking", "USD"),
    ),
    inventory=True,
)
