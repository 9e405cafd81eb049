"""Double entry: postings by document, balances by account, receivables by customer, payables by vendor (§18)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comptoir_sandbox.quickbooks.undo import Undo

ONE = Decimal(1)
RECEIVABLE, PAYABLE = "Accounts Receivable", "Accounts Payable"
"""The account types whose postings belong to a customer or a vendor."""


class UnbalancedError(AssertionError):
    """A document's debits differ from its credits: a defect of the simulator, never of a request."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: positive debits, negative credits, in the home currency."""

    account: str
    """The account's id."""
    amount: Decimal
    party: str | None = None
    """The customer's id on receivables, the vendor's on payables."""
    foreign: Decimal | None = None
    """The amount in the document's currency; None where that is the home currency."""

    @property
    def own(self) -> Decimal:
        """The amount in the document's currency."""
        return self.amount if self.foreign is None else self.foreign


@dataclass(frozen=True, slots=True)
class Entry:
    """A document's postings on its date."""

    date: str
    postings: tuple[Posting, ...]

    def reversed(self) -> Entry:
        """Debits and credits exchanged: a credit or refund is a sale backwards."""
        return Entry(self.date, tuple(_negative(each) for each in self.postings))


def _negative(posting: Posting) -> Posting:
    foreign = None if posting.foreign is None else -posting.foreign
    return Posting(posting.account, -posting.amount, posting.party, foreign)


class Ledger:
    """The books. Changes go through an undo list, so that a refused request leaves no trace."""

    def __init__(
        self,
        undo: Undo,
        *,
        control: Callable[[str], str] = lambda _account: "",
        is_foreign: Callable[[str], bool] = lambda _account: False,
    ) -> None:
        self._undo = undo
        self._is_foreign = is_foreign
        self._control = control
        self.entries: dict[tuple[str, str], Entry] = {}
        self.balances: dict[str, Decimal] = {}
        self.receivables: dict[str, Decimal] = {}
        """Balance per customer id, in the customer's currency."""
        self.payables: dict[str, Decimal] = {}
        """Balance per vendor id, in the vendor's currency; negative is owed."""
        self.foreign: dict[str, Decimal] = {}
        """Balance of foreign accounts in their own currency."""

    def own_balance(self, account: str) -> Decimal:
        """The account's balance in its own currency."""
        return (self.foreign if self._is_foreign(account) else self.balances).get(account, ZERO)

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
        parties: dict[tuple[str, str], Decimal] = {}
        foreign: dict[str, Decimal] = {}
        for posting in postings:
            if self._is_foreign(posting.account):
                foreign[posting.account] = foreign.get(posting.account, ZERO) + posting.own * sign
            accounts[posting.account] = accounts.get(posting.account, ZERO) + posting.amount * sign
            if posting.party is not None:
                place = (self._control(posting.account), posting.party)
                parties[place] = parties.get(place, ZERO) + posting.own * sign
        for account, change in accounts.items():
            self._undo.assign(self.balances, account, self.balances.get(account, ZERO) + change)
        for account, change in foreign.items():
            self._undo.assign(self.foreign, account, self.foreign.get(account, ZERO) + change)
        for (kind, party), change in parties.items():
            table = {RECEIVABLE: self.receivables, PAYABLE: self.payables}.get(kind)
            if table is not None:
                self._undo.assign(table, party, table.get(party, ZERO) + change)

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

    def debit(self, account: str, value: Decimal, *, party: str | None = None) -> None:
        """Add a debit (a negative value credits)."""
        if value:
            self._postings.append(Posting(account, value, party))

    def credit(self, account: str, value: Decimal, *, party: str | None = None) -> None:
        """Add a credit (a negative value debits)."""
        self.debit(account, -value, party=party)

    def add(self, other: Draft) -> None:
        """Append another draft's postings."""
        self._postings.extend(other._postings)

    @property
    def balance(self) -> Decimal:
        """Debits less credits so far."""
        return sum((each.amount for each in self._postings), ZERO)

    def entry(self, date: str, rate: Decimal = ONE) -> Entry:
        """The finished entry; with a rate, its amounts in home currency, rounding on the largest counter-posting.

        The first posting (receivable or money account) is exactly its amount at the rate.
        """
        if rate == ONE:
            return Entry(date, tuple(self._postings))
        postings = [
            Posting(each.account, rounded(each.amount * rate), each.party, each.amount) for each in self._postings
        ]
        rest = sum((each.amount for each in postings), ZERO)
        if rest:
            place = max(range(1, len(postings)), key=lambda position: abs(postings[position].amount))
            postings[place] = replace(postings[place], amount=postings[place].amount - rest)
        return Entry(date, tuple(postings))
