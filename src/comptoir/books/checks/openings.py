"""What accounts held at the start, found in the company: each in an account of its own currency that can hold it."""

from __future__ import annotations

from decimal import Decimal

from comptoir.books.checks.names import EQUITY_TYPES, OPENING_TYPES, Names
from comptoir.books.company import fold
from comptoir.books.documents import LedgerId
from comptoir.books.money import Money, books_unit
from comptoir.books.settings import OpeningSettings

EQUITY = "opening.equity_account"


def opening_balances(chosen: OpeningSettings, names: Names) -> tuple[dict[LedgerId, Money], LedgerId | None]:
    """The balances by the ids of their accounts, and the account that they are set against; nothing for none."""
    found: dict[LedgerId, Money] = {}
    for name, amount in chosen.balances.items():
        where = f"opening.balances.{name}"
        account = names.account(name, where, OPENING_TYPES)
        is_right = _is_amount(amount, where, names)
        if account is None or not _is_own(account, where, names) or not is_right:
            continue
        if account in found:
            names.add(where, 'The account "{name}" is listed twice.', "Leave one of the two out.", name=name)
        found[account] = Money(amount, names.company.currency)
    found = {account: amount for account, amount in found.items() if not amount.is_zero}
    return found, _equity(chosen.equity_account, names) if found or chosen.equity_account else None


def _is_own(account: LedgerId, where: str, names: Names) -> bool:
    """Whether the account is kept in the company's own currency: what a foreign one held needs a rate of that day."""
    home = names.company.currency
    found = names.company.account(account)
    if found.currency == home:
        return True
    names.add(
        where,
        'The account "{name}" is kept in {other}, and an opening balance is booked in {home}.',
        "Leave it out here, and enter by hand in the company what it held.",
        name=found.name,
        other=found.currency,
        home=home,
    )
    return False


def _is_amount(amount: Decimal, where: str, names: Names) -> bool:
    """Whether the books can hold it to its last digit."""
    currency = names.company.currency
    if amount % books_unit(currency) == 0:
        return True
    names.add(
        where,
        "The amount {amount} has more decimals than the books keep of {currency}.",
        "Write it as your books would, for example {example}.",
        amount=str(amount),
        currency=currency,
        example=str(Money(amount, currency).rounded().in_books().amount),
    )
    return False


def _equity(name: str, names: Names) -> LedgerId | None:
    """The account that is named; else the one that the ledger keeps for it, known by its kind and never by its name."""
    company = names.company
    if name:
        account = names.account(name, EQUITY, EQUITY_TYPES)
        return account if account is not None and _is_own(account, EQUITY, names) else None
    own = [each for each in company.accounts if each.is_opening_equity and each.active]
    if not own:
        names.add(
            EQUITY,
            "The company has no active account that opening balances are set against.",
            "Choose an account of type {kinds} for it; or make the company's own one active again.",
            kinds="Equity",
        )
        return None
    return min(own, key=lambda each: fold(each.name)).id
