"""Everything the company holds, as JSON lines: as stored, or in a canonical form (control API).

The canonical form has no ids, versions or times; references are names and numbers. Two histories that mean the same
books give the same text.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks.company import LISTS, SINGLES, TRANSACTIONS
from comptoir_sandbox.quickbooks.record import ENCODER
from comptoir_sandbox.quickbooks.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record
    from comptoir_sandbox.quickbooks.values import Object

LINKED_KINDS = {
    "Expense": "Purchase",
    "BillPaymentCheck": "BillPayment",
    "BillPaymentCreditCard": "BillPayment",
}
"""TxnType of a link -> its kind, where they differ (§16.5)."""
DROPPED = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse"})
RATE_REFERENCES = {"TaxRateRef": "TaxRate", "TaxCodeRef": "TaxCode", "AgencyRef": "TaxAgency", "DefaultTerms": "Term"}
"""References that answers show without a name."""
ACCOUNT_PREFERENCES = frozenset({"DefaultDiscountAccount", "DefaultShippingAccount"})


def _records(company: Company) -> Iterator[Record]:
    for kind in (*SINGLES, *LISTS, *TRANSACTIONS):
        yield from company.records[kind].values()


def plain_lines(company: Company) -> list[str]:
    """One line an object: {"type": ..., "object": as a read answers it}."""
    return [
        ENCODER.encode({"type": record.kind, "object": company.encoded(record)}).decode()
        for record in _records(company)
    ]


def canonical(company: Company) -> list[str]:
    """The canonical form, sorted."""
    painter = _Canonical(company)
    lines = (
        json.dumps(
            {"type": record.kind, "object": painter.value(company.view(record))}, sort_keys=True, ensure_ascii=False
        )
        for record in _records(company)
    )
    return sorted(lines)


class _Canonical:
    def __init__(self, company: Company) -> None:
        self._company = company

    def value(self, found: Any, name: str = "") -> Any:
        if isinstance(found, dict):
            return self._object(found, name)
        if isinstance(found, list):
            values = [self.value(each, name) for each in found]
            return sorted(values, key=json.dumps) if name == "LinkedTxn" else values
        if isinstance(found, (Decimal, int)) and not isinstance(found, bool):
            return f"{plain(Decimal(found)):f}"
        if name in ACCOUNT_PREFERENCES:
            return self._named("Account", str(found))
        return found

    def _object(self, found: Object, name: str) -> Any:
        if "TxnId" in found and "TxnType" in found:
            return self._linked(found["TxnType"], found["TxnId"])
        if name in RATE_REFERENCES:
            return self._named(RATE_REFERENCES[name], found["value"])
        if set(found) == {"value", "name"}:
            return found["name"]
        return {key: self.value(value, key) for key, value in found.items() if key not in DROPPED}

    def _named(self, kind: str, identity: str) -> str:
        record = self._company.get(kind, identity)
        if record is None:
            return identity
        return str(record.data.get("Name") or record.data.get("DisplayName"))

    def _linked(self, kind: str, identity: str) -> dict[str, str]:
        record = self._company.get(LINKED_KINDS.get(kind, kind), identity)
        if record is None:
            return {"type": kind}
        data = record.data
        label = {"type": kind, "date": data["TxnDate"], "total": f"{Decimal(data.get('TotalAmt', 0)):.2f}"}
        for name in ("DocNumber", "PaymentRefNum"):
            if name in data:
                label[name] = data[name]
        return label
