"""What settling a foreign document costs or earns in home currency (§18).

A document enters the receivables or payables at its own rate, a payment at its own. As much as is settled leaves them
at the rate it entered with, and the differences of both sides meet in Exchange Gain or Loss: what stays is each
document's open amount at its rate, whatever the order of payments and edits. The difference is dated with the payment.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links
from comptoir_sandbox.quickbooks.currency import is_multicurrency
from comptoir_sandbox.quickbooks.ledger import Entry, Posting
from comptoir_sandbox.quickbooks.roles import EXCHANGE, RECEIVABLE, in_currency, own_account
from comptoir_sandbox.quickbooks.sales import money_in
from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

SETTLED = (*links.TXN_TYPES, "Payment", "BillPayment")
SIDES = {"Invoice": 1, "Purchase": 1, "BillPayment": 1}
"""The side of a document on receivables or payables; the other kinds are on the credit side."""


def settle(company: Company) -> None:
    """Bring the settlements of every document touched by this unit of work up to date."""
    if not is_multicurrency(company):
        return
    for kind, identity in list(company.touched):
        if kind in SETTLED:
            record = company.get(kind, identity)
            company.ledger.replace(("Settlement", f"{kind} {identity}"), _entry(company, record) if record else None)


def _entry(company: Company, record: Record) -> Entry | None:
    money = money_in(record.data)
    if money.code == company.traits.currency:
        return None
    whole, left, sign = _open(company, record)
    released = rounded(whole * money.rate) - rounded(left * money.rate)
    if not released:
        return None
    loss = own_account(company, EXCHANGE)
    known = record.facts.get("receivable account") or record.facts.get("payable account")
    account = known or in_currency(company, RECEIVABLE, money.code)
    postings = (Posting(account, -sign * released, foreign=ZERO), Posting(loss, sign * released))
    return Entry(_date(company, record), postings)


def _open(company: Company, record: Record) -> tuple[Decimal, Decimal, int]:
    """The document's whole amount on receivables or payables, its open part, and its side."""
    sign = SIDES.get(record.kind, -1)
    if record.kind in {"Payment", "BillPayment"}:
        whole = Decimal(record.data["TotalAmt"])
        return whole, whole - links.used(links.applications(record)), sign
    whole = links.capacity(record)
    left = whole - links.applied_total(company, (record.kind, record.id))
    return whole, left, sign


def _date(company: Company, record: Record) -> str:
    payments = company.applied.get((record.kind, record.id), {})
    settled = [links.payer(company, each) for each in payments]
    return max(str(each.data["TxnDate"]) for each in (record, *settled))
