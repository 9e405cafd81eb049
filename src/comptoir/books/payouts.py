"""What a platform pays out: the transfer to the bank, and the rows it is made of (posting rules, section 9).

The same vocabulary for every platform; a translator makes these from its wire shapes. Amounts are in the payout's own
currency, which may be another than the shop's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money, total
from comptoir.books.problems import Message, Problem


class PayoutStatus(StrEnum):
    """How far a payout has come; only a paid one is money in the bank."""

    SCHEDULED = "scheduled"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


class RowKind(StrEnum):
    """What a row is for, as far as the rules treat it apart. OTHER is a row that no rule knows: kept, never dropped."""

    SALE = "sale"
    REFUND = "refund"
    FEE = "fee"
    TAX = "tax"
    DISPUTE = "dispute"
    RESERVE = "reserve"
    LOAN = "loan"
    ADJUSTMENT = "adjustment"
    FAILED_PAYOUT = "failed_payout"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """One movement behind a payout: `net` = `amount` - `fee`, each with its sign as the merchant's balance sees it.

    `platform_type` is the platform's own word. `tender_id` is the payment or refund of money that the row settles
    (`Tender.source_id`), `order_id` and `order_number` its order; "" and None where the platform names none.
    """

    source_id: SourceId
    kind: RowKind
    platform_type: str
    amount: Money
    fee: Money
    net: Money
    at: datetime
    order_id: SourceId | None = None
    order_number: str = ""
    tender_id: SourceId | None = None
    note: str = ""
    test: bool = False


@dataclass(frozen=True, slots=True)
class Payout:
    """A transfer of what a platform owes to the bank; below zero where it takes money from there.

    `issued_at` is the moment that dates it, in the account's zone. `reference` is what the bank statement shows.
    """

    store: StoreIdentity
    source_id: SourceId
    issued_at: datetime
    status: PayoutStatus
    currency: str
    net: Money
    rows: tuple[PayoutRow, ...]
    reference: str = ""

    @property
    def rows_net(self) -> Money:
        """What the rows come to."""
        return total((row.net for row in self.rows), self.currency)


def check_payout(payout: Payout) -> tuple[Problem, ...]:
    """Why the payout cannot be believed as it stands: it is held whole then."""
    amounts = (amount for row in payout.rows for amount in (row.amount, row.fee, row.net))
    foreign = sorted({amount.currency for amount in amounts} - {payout.currency})
    if foreign:
        return (
            _problem(
                payout,
                "payout-currency",
                "Payout {payout} is in {currency}, and some of its rows are in {others}.",
                others=", ".join(foreign),
            ),
        )
    problems = [
        _problem(
            payout,
            "payout-row",
            "A row of payout {payout} ({type} {row}) says {net}, but its amount less its fee is {due}.",
            type=row.platform_type,
            row=row.source_id,
            net=str(row.net),
            due=str(row.amount - row.fee),
        )
        for row in payout.rows
        if row.amount - row.fee != row.net
    ]
    if payout.rows_net != payout.net:
        problems.append(
            _problem(
                payout,
                "payout-sum",
                "Payout {payout} is {net}, but its rows come to {rows}.",
                net=str(payout.net),
                rows=str(payout.rows_net),
            )
        )
    return tuple(problems)


def _problem(payout: Payout, code: str, template: str, **values: str) -> Problem:
    remedy = (
        "Sync again later: a platform may still be adding rows. If it stays, compare it with the platform's report."
    )
    told = {"payout": payout.source_id, "currency": payout.currency, **values}
    return Problem(code, Message(template, told), Message(remedy), where=payout.source_id, field="rows")
