"""PURE: which accounts of a company a question offers, and which of them we would choose."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypedDict, Unpack

from comptoir.books.company import Account, AccountType, Company, fold
from comptoir.books.problems import Message
from comptoir.engine.setup.asks import setting_of
from comptoir.engine.setup.questions import Control, Label, NewAccount, Option, Path, Question


def accounts_of(company: Company, types: Collection[AccountType], currency: str = "") -> list[Account]:
    """The active accounts of these types, kept in the company's currency or in `currency`."""
    kept = {company.currency, currency}
    return [each for each in company.accounts if each.active and each.type in types and each.currency in kept]


def accounts_for(company: Company, path: Path, currency: str = "") -> list[Account]:
    """The accounts that the setting at this path can name."""
    setting = setting_of(path)
    if setting is None:
        raise AssertionError(f"no form asks for {'.'.join(path)}")
    return accounts_of(company, setting.types, currency)


def hinted_account(accounts: Iterable[Account], hints: Collection[str]) -> str:
    """The first account whose name is a hint, or else holds it, by the hints' order; "" for none."""
    names = [each.name for each in accounts]
    found = (name for hint in hints for name in (*_called(names, hint), *_holding(names, hint)))
    return next(found, "")


def _called(names: Iterable[str], hint: str) -> Iterator[str]:
    return (name for name in names if fold(name) == hint)


def _holding(names: Iterable[str], hint: str) -> Iterator[str]:
    return (name for name in names if hint in fold(name))


def best_account(accounts: Iterable[Account], hints: Collection[str]) -> str:
    """The same, and the first account where no name holds a hint: one is as good as the other."""
    known = list(accounts)
    return hinted_account(known, hints) or (known[0].name if known else "")


def account_question(company: Company, path: Path, why: Message, suggested: str, **more: Unpack[Looks]) -> Question:
    """A question for an account: the accounts that fit, an empty choice where there is a word for it."""
    setting = setting_of(path)
    none, currency = more.get("none"), more.get("currency", "")
    new, hidden, example = more.get("new"), more.get("hidden"), more.get("example")
    known = accounts_for(company, path, currency)
    empty = () if none is None else (Option("", none, is_suggested=not suggested),)
    kind = next((each for each in NEW_KINDS if setting is not None and each in setting.types), None)
    return Question(
        path,
        more.get("label") or (setting.label if setting is not None else ""),
        why,
        Control.LIST,
        (*empty, *(Option(each.name, each.name, is_suggested=each.name == suggested) for each in known)),
        example,
        hidden,
        is_more=more.get("is_more", False),
        new_account=NewAccount(kind, new) if new is not None and kind is not None else None,
    )


class Looks(TypedDict, total=False):
    """What else there is to an account's question. `new`: the name of one that can be made for it."""

    label: Label
    none: Message
    currency: str
    new: Message
    hidden: Message | None
    example: Message | None
    is_more: bool


NEW_KINDS = (
    AccountType.BANK,
    AccountType.INCOME,
    AccountType.COST_OF_GOODS_SOLD,
    AccountType.OTHER_CURRENT_LIABILITY,
    AccountType.OTHER_CURRENT_ASSET,
)
"""What an account is made as, the first that the setting takes."""

CLEARING_HINTS = ("clearing", "compensation", "undeposited", "payments to deposit", "fonds non déposés")
"""Names of accounts that hold money between a sale and the bank."""
SALES_HINTS = ("sales of product", "sales", "ventes", "revenue", "revenus")
SHIPPING_HINTS = ("shipping", "delivery", "livraison", "expédition")
DISCOUNT_HINTS = ("discount", "remise", "rabais", "escompte")
COST_HINTS = ("cost of goods", "coût des", "purchases", "achats", "cost of sales")
STOCK_HINTS = ("inventory", "stock", "inventaire")
GIFT_HINTS = ("gift", "cadeau", "store credit", "crédit")
