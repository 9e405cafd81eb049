"""Money received for invoices, and credits joined with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from comptoir.books.documents.keys import LedgerId, Reference
from comptoir.books.money import Money, total, zero


@dataclass(frozen=True, slots=True)
class PaymentDocument:
    """Money received for an invoice of ours, linked to it.

    `applied` is the part that the invoice can take, None where it takes all; the rest stays the customer's credit. Of
    money that came in beyond a sales receipt all of it does: `invoice` is then the receipt, and nothing is applied.
    """

    invoice: Reference
    customer: Reference
    dated: date
    amount: Money
    deposit_account: LedgerId
    reference: str
    private_note: str
    marker: str
    payment_method: LedgerId | None = None
    applied: Money | None = None
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """The amount received."""
        return self.amount

    @property
    def currency(self) -> str:
        """The amount's currency."""
        return self.amount.currency

    @property
    def number(self) -> str:
        """The reference by which a payment is found again."""
        return self.reference


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A cash-back that takes its part of a credit."""

    cash_back: Reference
    amount: Money


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A further invoice that a credit is taken off in part."""

    invoice: Reference
    amount: Money


@dataclass(frozen=True, slots=True)
class ApplicationDocument:
    """A payment of nothing that joins a credit memo with its invoices and with the cash that went out for it.

    `amount` is the whole credit: what the cash-backs and the `others` leave of it is taken off `invoice`.
    """

    customer: Reference
    dated: date
    credit: Reference
    invoice: Reference
    amount: Money
    reference: str
    private_note: str
    marker: str
    cash_backs: tuple[PaidBack, ...] = ()
    exchange_rate: Decimal | None = None
    others: tuple[TakenOff, ...] = ()

    @property
    def applied(self) -> Money:
        """What comes off `invoice`."""
        paid_back = total((each.amount for each in self.cash_backs), self.currency)
        return self.amount - paid_back - total((each.amount for each in self.others), self.currency)

    @property
    def total(self) -> Money:
        """Nothing: no money moves."""
        return zero(self.currency)

    @property
    def currency(self) -> str:
        """The credit's currency."""
        return self.amount.currency

    @property
    def number(self) -> str:
        """The reference by which it is found again: the credit memo's number."""
        return self.reference
