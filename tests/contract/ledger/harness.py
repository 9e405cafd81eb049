"""What the ledger suite says to a platform, in words of no platform: a company, its roles, what a person does there."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from comptoir.books.documents import LedgerId
from comptoir.engine.ports import Entry, Ledger


class CompanyKind(StrEnum):
    """How a company reckons. Opening a kind that a platform does not have skips: `pytest.skip("... has no ...")`."""

    TAX_PER_CODE = "tax per code"
    TWO_TAXES = "two taxes on a line"
    US_OWN_RATES = "United States, rates of its own"
    US_AUTOMATED = "United States, automated tax"
    MULTICURRENCY = "multicurrency"


class Role(StrEnum):
    """What an account is for."""

    BANK = "bank"
    HELD = "money that waits for its deposit"
    RECEIVABLE = "what buyers owe"
    INCOME = "income"
    COST = "cost of goods sold"
    FEES = "fees"
    OWED = "what is owed to buyers: gift cards, store credit"
    OPENING = "what opening balances are set against"


class Hand(StrEnum):
    """What a person changes of a document, in the ledger's own pages."""

    AMOUNT = "the amount of a line"
    DATE = "its date"
    NUMBER = "its number or reference"
    NOTE = "its private note"
    NOT_OURS = "a mark that we never write"


class Fault(StrEnum):
    """What may go wrong between a ledger and us."""

    BUSY = "busy"
    BUSY_UNTIL = "busy, and it says until when"
    MAINTENANCE = "closed for maintenance"
    SIGNED_OUT = "the authorization ended"
    ACCESS_MISSING = "an access is missing"
    NO_ANSWER = "an answer that is no answer"
    CUT_BEFORE = "the line is cut before the work"
    CUT_AFTER = "the line is cut after the work"
    TIMEOUT_AFTER = "a time-out after the work"
    BROKEN = "a server fault before the work"
    HALF_DONE = "half of a batch is done, then a server fault"


BUSY_SECONDS = 300
"""How long a ledger that says it asks us to wait: longer than a request waits by itself."""


class LedgerHarness(Protocol):
    """A platform's simulator, running and empty, and ledgers that talk to it through real HTTP."""

    slug: str
    """What the company's lasting identity begins with."""

    def empty(self) -> None:
        """The company as it is opened; no fault; the authorization is good."""
        ...

    def ledger(self, *, reachable: bool = True) -> Ledger:
        """A new connection, as after a restart; or one at whose address nobody listens."""
        ...

    def now(self) -> datetime:
        """The platform's time."""
        ...

    def account(self, role: Role, currency: str = "") -> LedgerId:
        """An account of the company; in the company's own currency where none is named."""
        ...

    def item(self) -> LedgerId:
        """An active item that can be sold."""
        ...

    def invoice_by_hand(self, number: str, customer: LedgerId) -> LedgerId:
        """A person writes an invoice, dated today, of any amount."""
        ...

    def change_by_hand(self, entry: Entry, hand: Hand) -> None:
        """A person changes a document of any kind."""
        ...

    def delete_by_hand(self, entry: Entry) -> None:
        """A person deletes a document."""
        ...

    def deactivate_by_hand(self, entry: Entry) -> None:
        """A person makes a customer or an item inactive."""
        ...

    def fault(self, kind: Fault) -> None:
        """From now on every request meets this fault, until `recover`."""
        ...

    def recover(self) -> None:
        """The fault is over."""
        ...
