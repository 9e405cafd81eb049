"""Inventory adjustments (§17)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import stock
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.sales import common
from comptoir_sandbox.quickbooks.values import ZERO, Object, plain, reference

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company


def build_adjustment(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An adjustment of quantities from the properties in force."""
    if not company.preference("ProductAndServicesPrefs", "QuantityOnHand"):
        raise FaultError("5030", "Feature Not Supported Error : inventory is not part of the subscription")
    account = reference(source, "AdjustAccountRef")
    if account is None:
        raise missing("AdjustAccountRef")
    company.refer("Account", account, element="AdjustAccountRef")
    if not source.get("Line"):
        raise missing("Line")
    data = common(company, kind, source, old, identity)
    data["AdjustAccountRef"] = company.ref("Account", account)
    if source.get("PrivateNote"):
        data["PrivateNote"] = source["PrivateNote"]
    former = old.data["DocNumber"] if old is not None else None
    data["DocNumber"] = source.get("DocNumber") or former or str(company.next_number("adjustment number"))
    record = Record(kind=kind, id=identity, data=data, source=source, facts={"changes": []})
    data["Line"] = [_line(company, record, account, line, n) for n, line in enumerate(source["Line"], start=1)]
    return record


def _line(company: Company, record: Record, account: str, line: Object, number: int) -> Object:
    if line.get("DetailType") != "ItemAdjustmentLineDetail":
        raise FaultError("2170", "DetailType must be ItemAdjustmentLineDetail", element="Line.DetailType")
    detail = line.get("ItemAdjustmentLineDetail") or {}
    item = reference(detail, "ItemRef")
    if item is None:
        raise missing("ItemAdjustmentLineDetail.ItemRef")
    if company.refer("Item", item, element="ItemRef").data["Type"] != "Inventory":
        raise business("Only inventory items can be adjusted.", element="ItemRef")
    quantity = detail.get("QtyDiff")
    if quantity is None and detail.get("NewQty") is not None:
        quantity = Decimal(detail["NewQty"]) - stock.on_hand(company, item)
    if quantity is None:
        raise missing("ItemAdjustmentLineDetail.QtyDiff")
    record.facts["changes"].append(stock.Change(item, Decimal(quantity), None, account))
    answer = {"ItemRef": company.ref("Item", item), "QtyDiff": plain(Decimal(quantity)) if quantity else ZERO}
    return {
        "Id": str(number),
        "LineNum": number,
        "DetailType": "ItemAdjustmentLineDetail",
        "ItemAdjustmentLineDetail": answer,
    }
