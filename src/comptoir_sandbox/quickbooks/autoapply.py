"""Credits and payments that attach themselves to the oldest open invoice (§11, §16.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links
from comptoir_sandbox.quickbooks.values import ZERO, Object

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record


def open_documents(company: Company, kind: str, customer: str) -> list[tuple[Record, Decimal]]:
    """The customer's open invoices or credit memos with their balances, oldest first."""
    found = [
        (record, Decimal(record.data["Balance"]))
        for record in map(company.records[kind].__getitem__, company.open.get((kind, customer), ()))
    ]
    return sorted(found, key=lambda pair: (pair[0].data["TxnDate"], int(pair[0].id)))


def _link(record: Record, value: Decimal) -> Object:
    return {"Amount": value, "LinkedTxn": [{"TxnId": record.id, "TxnType": links.TXN_TYPES[record.kind]}]}


def lines_for_payment(company: Company, customer: str, total: Decimal) -> list[Object]:
    """Lines that spend a payment on the oldest open invoices."""
    lines: list[Object] = []
    for record, balance in open_documents(company, "Invoice", customer):
        value = min(balance, total)
        if value > 0:
            lines.append(_link(record, value))
            total -= value
    return lines


def joining_payment(company: Company, made: Record) -> Object | None:
    """The payment of nothing that joins a new invoice or credit memo with what is open on the other side."""
    customer = made.data["CustomerRef"]["value"]
    others = open_documents(company, "Invoice" if made.kind == "CreditMemo" else "CreditMemo", customer)
    left = Decimal(made.data["Balance"])
    lines: list[Object] = []
    joined = ZERO
    for record, balance in others:
        value = min(balance, left)
        if value > 0:
            lines.append(_link(record, value))
            left -= value
            joined += value
    if not joined:
        return None
    return {
        "CustomerRef": {"value": customer},
        "TxnDate": made.data["TxnDate"],
        "TotalAmt": ZERO,
        "Line": [_link(made, joined), *lines],
    }
