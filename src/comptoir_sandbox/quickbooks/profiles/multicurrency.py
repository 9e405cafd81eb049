"""The British company with several currencies: foreign receivables and bank accounts (§11, §12.8, §18)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import CurrencySeed
from comptoir_sandbox.quickbooks.profiles.common import account
from comptoir_sandbox.quickbooks.profiles.uk import PROFILE as BRITISH

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
        account("Accounts Receivable (A/R) - EUR", "Accounts Receivable", "AccountsReceivable", "EUR"),
        account("Accounts Receivable (A/R) - USD", "Accounts Receivable", "AccountsReceivable", "USD"),
        account("Euro account", "Bank", "Checking", "EUR"),
        account("Dollar account", "Bank", "Checking", "USD"),
        account("PayPal clearing - EUR", "Bank", "Checking", "EUR"),
        account("PayPal clearing - USD", "Bank", "Checking", "USD"),
    ),
    inventory=True,
)
