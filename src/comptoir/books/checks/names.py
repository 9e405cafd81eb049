"""Names of the settings looked up in the company, and what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from comptoir.books.company import AccountType, Company, Named, TaxCode, fold
from comptoir.books.documents import LedgerId
from comptoir.books.problems import Message, Problem

MONEY_TYPES = frozenset({AccountType.BANK, AccountType.OTHER_CURRENT_ASSET})
"""What a clearing account may be (quickbooks-online.md §13.3, 13.5)."""
INCOME_TYPES = frozenset({AccountType.INCOME, AccountType.OTHER_INCOME})
COST_TYPES = frozenset({AccountType.EXPENSE, AccountType.COST_OF_GOODS_SOLD})
ASSET_TYPES = frozenset({AccountType.OTHER_CURRENT_ASSET})
COGS_TYPES = frozenset({AccountType.COST_OF_GOODS_SOLD})
"""What an inventory item asks for (quickbooks-online.md §12.2)."""
LIABILITY_TYPES = frozenset({AccountType.OTHER_CURRENT_LIABILITY})
"""Where gift cards and store credit are owed."""
OPENING_TYPES = MONEY_TYPES | LIABILITY_TYPES
"""What can have an opening balance: what holds the store's money, and what is owed to its buyers."""
EQUITY_TYPES = frozenset({AccountType.EQUITY})

TYPE_WORDS = {
    MONEY_TYPES: "Bank or Other Current Asset",
    INCOME_TYPES: "Income",
    COST_TYPES: "Expense or Cost of Goods Sold",
    ASSET_TYPES: "Other Current Asset",
    COGS_TYPES: "Cost of Goods Sold",
    LIABILITY_TYPES: "Other Current Liability",
    OPENING_TYPES: "Bank or Other Current Asset or Other Current Liability",
    EQUITY_TYPES: "Equity",
}

CURRENCY_CODE = re.compile(r"[A-Z]{3}")


def mistake(where: str, what: str, remedy: str, /, **values: str) -> Problem:
    """The problem of the setting `where`."""
    return Problem(
        code="settings",
        what=Message(what, values),
        remedy=Message(remedy, values),
        where=where,
        field=where,
        cause=where,
    )


class Names:
    """Looks names up in the company and collects what does not fit."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.problems: list[Problem] = []

    def account(self, name: str, where: str, allowed: frozenset[AccountType]) -> LedgerId | None:
        """The id of an active account of one of the allowed types."""
        kinds = TYPE_WORDS[allowed]
        wanted = [account for account in self.company.accounts if fold(account.name) == fold(name)]
        active = [account for account in wanted if account.active]
        if not fold(name):
            self.add(where, "No account is chosen.", "Choose an account of type {kinds}.", kinds=kinds)
        elif not wanted:
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

    def takes(self, account: LedgerId, currency: str, where: str) -> bool:
        """Whether the account can hold money of `currency`, which the company must keep."""
        company = self.company
        if CURRENCY_CODE.fullmatch(currency) is None:
            self.add(
                where,
                '"{currency}" is not the code of a currency.',
                "Write the three capital letters of its code, for example EUR.",
                currency=currency,
            )
            return False
        if currency != company.currency and not company.multicurrency:
            self.add(
                where,
                "The company keeps its books in {home} only.",
                "Switch multicurrency on in the company, or leave {currency} out.",
                currency=currency,
                home=company.currency,
            )
            return False
        found = company.account(account)
        if found.currency in {currency, company.currency}:
            return True
        self.add(
            where,
            'The account "{name}" is kept in {other}.',
            "Choose an account that is kept in {currency}, or in {home}, into which the company converts.",
            name=found.name,
            other=found.currency,
            currency=currency,
            home=company.currency,
        )
        return False

    def tax_code(self, name: str, where: str) -> TaxCode | None:
        """The active tax code of this name."""
        found = [code for code in self.company.tax_codes if fold(code.name) == fold(name) and code.active]
        if found:
            return found[0]
        codes = listed(code.name for code in self.company.tax_codes if code.active)
        if not fold(name):
            self.add(where, "No tax code is chosen.", "Choose one of: {codes}.", codes=codes)
            return None
        self.add(
            where,
            'The company has no active tax code named "{name}".',
            "Choose one of: {codes}.",
            name=name,
            codes=codes,
        )
        return None

    def payment_method(self, name: str, where: str) -> LedgerId | None:
        """The id of the active payment method of this name."""
        found = [m for m in self.company.payment_methods if fold(m.name) == fold(name) and m.active]
        if found:
            return found[0].id
        self.add(
            where,
            'The company has no active payment method named "{name}".',
            "Choose one of: {methods}; or leave the payment method empty.",
            name=name,
            methods=listed(m.name for m in self.company.payment_methods if m.active),
        )
        return None

    def one_of(self, entries: Sequence[Named], name: str, where: str, kind: str) -> LedgerId | None:
        """The id of the active entry of this name in a simple list; `kind` is what an entry is called."""
        found = [entry for entry in entries if fold(entry.name) == fold(name) and entry.active]
        if found:
            return found[0].id
        self.add(
            where,
            'The company has no active {kind} named "{name}".',
            "Choose one of: {names}; or leave this setting empty.",
            kind=kind,
            name=name,
            names=listed(entry.name for entry in entries if entry.active),
        )
        return None

    def add(self, where: str, what: str, remedy: str, **values: str) -> None:
        """Keep a mistake."""
        self.problems.append(mistake(where, what, remedy, **values))


def listed(names: Iterable[str]) -> str:
    """Names for a remedy to choose from."""
    return ", ".join(sorted(names)) or "(none)"
