"""What the simulators themselves say: documents and totals added up from their dumps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from comptoir.engine.work import zone_named
from comptoir.storage.connections import ConnectionRecord

SALES = frozenset({"SalesReceipt", "Invoice"})
REFUNDS = frozenset({"RefundReceipt", "CreditMemo"})
MARK = "[comptoir:"
"""In the private note of every document that the product made."""
OURS = frozenset({"Customer", "Item", "Payment", "Purchase", *SALES, *REFUNDS})


def rows_of(dump: str) -> Iterator[dict[str, Any]]:
    """The records of a dump; numbers stay exact."""
    for line in dump.splitlines():
        row: dict[str, Any] = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        yield row


def documents_in(dump: str) -> Counter[str]:
    """How many records of each type that runs make are in the company's dump."""
    found = Counter(str(row["type"]) for row in rows_of(dump))
    return Counter({name: count for name, count in found.items() if name in OURS})


def ledger_total(dump: str) -> Decimal:
    """Sales less refunds, added up from a company's dump; what people entered by hand is none of the store's."""
    added = Decimal(0)
    for row in rows_of(dump):
        if MARK not in row["object"].get("PrivateNote", ""):
            continue
        if row["type"] in SALES:
            added += row["object"]["TotalAmt"]
        elif row["type"] in REFUNDS:
            added -= row["object"]["TotalAmt"]
    return added


def store_total(dump: str, record: ConnectionRecord, without: Collection[str] = ()) -> Decimal:
    """What the shop kept of its orders since the start date, added up from its dump; orders `without` left out.

    Of an order from before that date only what was given back since then counts.
    """
    if record.settings is None:
        raise AssertionError("the demo's shop has settings")
    settings = record.settings
    start, zone = settings.start_date, zone_named(settings.time_zone)
    owed = {*settings.payments.gift_card_methods, *settings.payments.store_credit_methods}

    def in_scope(moment: str) -> bool:
        return datetime.fromisoformat(moment).astimezone(zone).date() >= start

    added = Decimal(0)
    for row in rows_of(dump):
        order = row["object"]
        if order["name"].removeprefix("#") in without:
            continue
        if in_scope(order["processedAt"]):
            added += _kept(order, owed)
        else:
            back = (each for each in order["refunds"] if in_scope(each["createdAt"]))
            added -= sum((Decimal(each["totalRefundedSet"]) for each in back), Decimal(0))
    return added


def _kept(order: dict[str, Any], owed: Collection[str]) -> Decimal:
    """What is left of an order: its current total, what refunds kept or gave beyond their goods, cash rounding.

    Of a cancelled one nothing is owed any more: what was paid and not given back is left. Gift cards and store credit
    used are no revenue twice: the shop owed that money before.
    """
    if order["cancelledAt"]:
        return Decimal(order["totalReceivedSet"]) - Decimal(order["totalRefundedSet"])
    rounding = order["totalCashRoundingAdjustment"]
    kept = Decimal(order["currentTotalPriceSet"]) + Decimal(order["refundDiscrepancySet"])
    kept += Decimal(rounding["paymentSet"]) - Decimal(rounding["refundSet"])
    for each in order["transactions"]:
        if each["status"] == "SUCCESS" and each["gateway"] in owed:
            kept += {"SALE": -1, "CAPTURE": -1, "REFUND": 1}.get(each["kind"], 0) * Decimal(each["amountSet"])
    return kept
