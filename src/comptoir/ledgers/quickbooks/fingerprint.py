"""PURE: what QuickBooks holds of the fields that we write, as one digest (quickbooks-online.md §§13, 14, 16).

Two readings of a document have the same fingerprint exactly when nobody changed one of these fields in between. Left
out is what QuickBooks works out or alters by itself: versions and times, balances, what other documents link to this
one, line ids, subtotals, the state of mails and prints, addresses (which may come back folded, §10), and unit prices,
which follow from amount and quantity and are derived with decimals of QuickBooks' own (§14).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

_HEADER = (
    "CustomerRef",
    "TxnDate",
    "DueDate",
    "DocNumber",
    "PaymentRefNum",
    "CurrencyRef",
    "ExchangeRate",
    "PrivateNote",
    "CustomerMemo",
    "ClassRef",
    "DepartmentRef",
    "DepositToAccountRef",
    "PaymentMethodRef",
    "AccountRef",
    "EntityRef",
)
_MONEY_FORMS = frozenset({"Payment", "Purchase", "Deposit"})
"""Forms that state their total; on a sales form it follows from the lines and the tax."""
_DETAILS = (
    "ItemRef",
    "Qty",
    "TaxCodeRef",
    "ClassRef",
    "AccountRef",
    "Entity",
    "PostingType",
    "DepartmentRef",
    "PaymentMethodRef",
    "CheckNum",
    "TaxApplicableOn",
    "TaxAmount",
    "DiscountAccountRef",
)
_MADE_LINES = frozenset({"SubTotalLineDetail"})


def fingerprint(form: str, row: Row) -> str:
    """The digest of a transaction of this form ("Invoice"), from its JSON as the API answers it."""
    said: dict[str, object] = {name: _plain(row.get(name)) for name in _HEADER}
    if form in _MONEY_FORMS:
        said["TotalAmt"] = _plain(row.get("TotalAmt"))
    said["Line"] = _lines(form, row)
    said["Tax"] = _tax(row.get("TxnTaxDetail") or {})
    if said["ExchangeRate"] == "1":  # told of home currency in some answers, and not in others
        said["ExchangeRate"] = ""
    kept = {name: value for name, value in said.items() if value not in ("", [])}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _lines(form: str, row: Row) -> list[object]:
    """The lines in their order; those of a payment, which only link, in the order of what they link to."""
    lines = [_line(line) for line in row.get("Line") or [] if line.get("DetailType") not in _MADE_LINES]
    return sorted(lines, key=json.dumps) if form == "Payment" else lines


def _line(line: Row) -> object:
    detail = line.get(str(line.get("DetailType"))) or {}
    said = {
        "Amount": _plain(line.get("Amount")),
        "Description": _plain(line.get("Description")),
        "LinkedTxn": _links(line.get("LinkedTxn") or []),
        **{name: _plain(detail.get(name)) for name in _DETAILS},
    }
    return {name: value for name, value in sorted(said.items()) if value not in ("", [])}


def _links(links: Iterable[Row]) -> list[list[str]]:
    return sorted([str(link.get("TxnType")), str(link.get("TxnId"))] for link in links)


def _tax(detail: Row) -> list[object]:
    """The whole tax and its amounts by rate; a form without tax may say so or say nothing."""
    total = _plain(detail.get("TotalTax"))
    lines = [
        [_plain((line.get("TaxLineDetail") or {}).get("TaxRateRef")), _plain(line.get("Amount"))]
        for line in detail.get("TaxLine") or []
    ]
    by_rate = sorted(line for line in lines if line[1] not in {"", "0"})
    return [total, *by_rate] if total not in {"", "0"} or by_rate else []


def _plain(value: object) -> str:
    """A value as one text: references by id, numbers without trailing zeros, texts as they read on a page."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return f"{Decimal(value).normalize():f}"
        case {"value": identity}:
            return str(identity)
        case {"EntityRef": {"value": identity}}:
            return str(identity)
        case _:
            return str(value).replace("\r\n", "\n").strip()
