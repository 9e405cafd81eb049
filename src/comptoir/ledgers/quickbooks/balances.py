"""What accounts held on a day: the report TrialBalance (quickbooks-online.md §20)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from comptoir.books.documents import LedgerId
from comptoir.books.money import Money
from comptoir.engine.errors import Unexpected
from comptoir.ledgers.quickbooks.client import QuickBooksClient, Report
from comptoir.ledgers.quickbooks.errors import ODD

SIDES = 2
"""Debit and credit, after the account's name."""


def read_balances(client: QuickBooksClient, on: date) -> dict[LedgerId, Money]:
    """Every account that is not even, debits above zero. Raises a house error."""
    report = client.report(Report.TRIAL_BALANCE, on.replace(month=1, day=1), on)
    currency = str(report.get("Header", {}).get("Currency", ""))
    if not currency:
        raise Unexpected(ODD, detail="a trial balance without a currency")
    found = (_balance(row) for row in _data((report.get("Rows") or {}).get("Row") or ()))
    return {account: Money(amount, currency) for account, amount in found if account and amount}


def _data(rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The rows of accounts, those within sections too; sums are no account's."""
    for row in rows:
        if "ColData" in row:
            yield row
        yield from _data((row.get("Rows") or {}).get("Row") or ())


def _balance(row: Mapping[str, Any]) -> tuple[LedgerId, Decimal]:
    """An account and its debit less its credit. A row without an id is a heading of its own."""
    name, *sides = row["ColData"]
    if len(sides) != SIDES:
        raise Unexpected(ODD, detail="a trial balance with other columns")
    debit, credit = (_amount(str(each.get("value", ""))) for each in sides)
    return LedgerId(str(name.get("id", ""))), debit - credit


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "") or 0)
    except InvalidOperation as error:
        raise Unexpected(ODD, detail=f"a trial balance with the amount {text!r}") from error
