"""What reaches the bank, and journal entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from comptoir.books.documents.keys import LedgerId, Reference
from comptoir.books.money import Money, total


class PartyType(StrEnum):
    """Who a line in the books is about."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Party:
    """The customer or vendor of a line. A line on a receivable or payable account needs one."""

    record: Reference
    type: PartyType = PartyType.CUSTOMER


class TaxSide(StrEnum):
    """Which rates of a tax code are meant: those on what is sold, or those on what is bought (a fee)."""

    SALES = "sales"
    PURCHASES = "purchases"


class HeldForm(StrEnum):
    """What waits among undeposited funds until a deposit takes it to the bank."""

    PAYMENT = "payment"
    RECEIPT = "receipt"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class DepositMember:
    """A document whose money a deposit takes to the bank: its whole amount, below zero for a refund."""

    document: Reference
    form: HeldForm
    amount: Money


@dataclass(frozen=True, slots=True)
class DepositLine:
    """Money that comes from `account`, or below zero goes there (a fee). The amount includes the tax of `tax_code`."""

    account: LedgerId
    amount: Money
    description: str = ""
    party: Party | None = None
    payment_method: LedgerId | None = None
    class_id: LedgerId | None = None
    tax_code: LedgerId | None = None
    tax_side: TaxSide = TaxSide.PURCHASES


@dataclass(frozen=True, slots=True)
class DepositDocument:
    """What arrives on `account`: held documents and lines, together not below zero, in the account's currency.

    A deposit has no number: it is found again by its day, its amount and its marker (quickbooks-online.md §23).
    """

    account: LedgerId
    dated: date
    currency: str
    private_note: str
    marker: str
    members: tuple[DepositMember, ...] = ()
    lines: tuple[DepositLine, ...] = ()
    location_id: LedgerId | None = None
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What arrives."""
        held = total((each.amount for each in self.members), self.currency)
        return held + total((each.amount for each in self.lines), self.currency)

    @property
    def number(self) -> str:
        """None."""
        return ""


class Side(StrEnum):
    """The side of a journal line."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of a journal entry. `amount` is not below zero; `tax` of `tax_code` comes on top of it, on its side."""

    side: Side
    account: LedgerId
    amount: Money
    description: str = ""
    party: Party | None = None
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    tax_code: LedgerId | None = None
    tax: Money | None = None
    tax_side: TaxSide = TaxSide.SALES

    @property
    def whole(self) -> Money:
        """The amount with its tax."""
        return self.amount if self.tax is None else self.amount + self.tax

    @property
    def signed(self) -> Money:
        """What it adds to the debits of its account; its tax is another account's."""
        return self.amount if self.side is Side.DEBIT else -self.amount


@dataclass(frozen=True, slots=True)
class JournalDocument:
    """A journal entry: what its debits and its credits add up to is the same."""

    number: str
    dated: date
    currency: str
    lines: tuple[JournalLine, ...]
    private_note: str
    marker: str
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What stands on the debit side."""
        return self.side(Side.DEBIT)

    def side(self, side: Side) -> Money:
        """What one side adds up to."""
        return total((line.whole for line in self.lines if line.side is side), self.currency)
