"""PURE: which accounts of a company a question offers, and which of them we would choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from comptoir.books.company import Account, AccountType, Company, fold
from comptoir.books.problems import Message
from comptoir.engine.setup.questions import Option


def accounts_of(company: Company, types: Collection[AccountType], currency: str = "") -> list[Account]:
    """The active accounts of these types, kept in the company's currency or in `currency`."""
    kept = {company.currency, currency}
    return [each for each in company.accounts if each.active and each.type in types and each.currency in kept]


def best_account(accounts: Iterable[Account], hints: Collection[str]) -> str:
    """The first account whose name is a hint, else holds one, by the hints' order; else the first; "" for none."""
    known = list(accounts)
    same = (each.name for hint in hints for each in known if fold(each.name) == hint)
    like = (each.name for hint in hints for each in known if hint in fold(each.name))
    return next(same, None) or next(like, None) or (known[0].name if known else "")


def account_options(accounts: Iterable[Account], suggested: str, *, none: Message | None = None) -> tuple[Option, ...]:
    """The accounts as options, that for none of them first where there may be none."""
    named = tuple(Option(each.name, each.name, is_suggested=each.name == suggested) for each in accounts)
    return named if none is None else (Option("", none, is_suggested=not suggested), *named)


CLEARING_HINTS = ("clearing", "compensation", "undeposited", "payments to deposit", "fonds non déposés")
"""Names of accounts that hold money between a sale and the bank."""
SALES_HINTS = ("sales of product", "sales", "ventes", "revenue", "revenus")
SHIPPING_HINTS = ("shipping", "delivery", "livraison", "expédition")
DISCOUNT_HINTS = ("discount", "remise", "rabais", "escompte")
COST_HINTS = ("cost of goods", "coût des", "purchases", "achats", "cost of sales")
STOCK_HINTS = ("inventory", "stock", "inventaire")
GIFT_HINTS = ("gift", "cadeau", "store credit", "crédit")
