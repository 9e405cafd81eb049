"""Double entry: every document's postings, the accounts' balances, receivables per customer (§18)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.values import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comptoir_sandbox.quickbooks.undo import Undo


class UnbalancedError(AssertionError):
    """A document's debits differ from its credits: a defect of the simulator, never of a request."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: positive debits, negative credits, in the home currency."""

    account: str
    """The account's id."""
    amount: Decimal
    customer: str | None = None
    """The customer's id on receivables."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's postings on its date."""

    date: str
    postings: tuple[Posting, ...]

    def reversed(self) -> Entry:
        """Debits and credits exchanged: a credit or refund is a sale backwards."""
        return Entry(self.date, tuple(Posting(each.account, -each.amount, each.customer) for each in self.postings))


class Ledger:
    """The books. Changes go through an undo list, so that a refused request leaves no trace."""

    def __init__(self, undo: Undo, *, is_receivable: Callable[[str], bool]) -> None:
        self._undo = undo
        self._is_receivable = is_receivable
        self.entries: dict[tuple[str, str], Entry] = {}
        self.balances: dict[str, Decimal] = {}
        self.receivables: dict[str, Decimal] = {}
        """Balance per customer id."""

    def replace(self, key: tuple[str, str], entry: Entry | None) -> None:
        """Put this entry in the place of the document's former one; None removes it."""
        if entry is not None:
            total = sum((posting.amount for posting in entry.postings), ZERO)
            if total:
                raise UnbalancedError(f"{key} is out of balance by {total}")
        former = self.entries.get(key)
        if former is not None:
            self._apply(former.postings, -1)
        if entry is not None and entry.postings:
            self._apply(entry.postings, 1)
            self._undo.assign(self.entries, key, entry)
        elif former is not None:
            self._undo.remove(self.entries, key)

    def _apply(self, postings: Iterable[Posting], sign: int) -> None:
        accounts: dict[str, Decimal] = {}
        customers: dict[str, Decimal] = {}
        for posting in postings:
            accounts[posting.account] = accounts.get(posting.account, ZERO) + posting.amount * sign
            if posting.customer is not None and self._is_receivable(posting.account):
                customers[posting.customer] = customers.get(posting.customer, ZERO) + posting.amount * sign
        for account, change in accounts.items():
            self._undo.assign(self.balances, account, self.balances.get(account, ZERO) + change)
        for customer, change in customers.items():
            self._undo.assign(self.receivables, customer, self.receivables.get(customer, ZERO) + change)

    def balances_between(self, start: str, end: str) -> dict[str, Decimal]:
        """Account id -> sum of the postings dated start to end, both included (ISO dates)."""
        found: dict[str, Decimal] = {}
        for entry in self.entries.values():
            if start <= entry.date <= end:
                for posting in entry.postings:
                    found[posting.account] = found.get(posting.account, ZERO) + posting.amount
        return found


class Draft:
    """Postings of one document while it is being built; zero amounts leave no trace."""

    def __init__(self) -> None:
        self._postings: list[Posting] = []

    def debit(self, account: str, value: Decimal, *, customer: str | None = None) -> None:
        """Add a debit (a negative value credits)."""
        if value:
            self._postings.append(Posting(account, value, customer))

    def credit(self, account: str, value: Decimal, *, customer: str | None = None) -> None:
        """Add a credit (a negative value debits)."""
        self.debit(account, -value, customer=customer)

    def entry(self, date: str) -> Entry:
        """The finished entry."""
        return Entry(date, tuple(self._postings))
