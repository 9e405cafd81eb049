"""Products and services (§12.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, business, missing, unsupported
from comptoir_sandbox.quickbooks.naming import (
    copy_kept,
    finish_named,
    head,
    parent_of,
)
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import ZERO, Object, plain, reference

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

INCOME_KINDS = frozenset({"Income", "Other Income", "Other Current Liability"})
"""A service or non-inventory item may post to a liability (gift cards, deposits)."""
EXPENSE_KINDS = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})


def build_item(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A product or service from the properties in force (§12.2)."""
    name = source.get("Name") or (old.data["Name"] if old is not None else "")
    if not name:
        raise missing("Name")
    item_kind = source.get("Type") or (old.data["Type"] if old is not None else _default_type(source))
    _check_item_type(company, item_kind, old)
    data = {**head(identity), "Name": str(name).strip()}
    copy_kept(kind, source, data)
    active = source.get("Active", True)
    data["Active"] = active
    above = parent_of(company, "Item", source, identity)
    finish_named(company, "Item", data, above, old)
    data["Type"] = item_kind
    data["Taxable"] = source.get("Taxable", False)
    if item_kind != "Category":
        data["UnitPrice"] = plain(source.get("UnitPrice", ZERO))
        data["PurchaseCost"] = plain(source.get("PurchaseCost", ZERO))
        _item_accounts(company, source, data, old)
        _item_tax(company, source, data)
        data["TrackQtyOnHand"] = item_kind == "Inventory"
    kept = {**source, "Name": data["Name"], "Type": item_kind}
    record = Record(kind="Item", id=identity, data=data, source=kept, facts=dict(old.facts) if old is not None else {})
    if item_kind == "Inventory":
        _inventory(company, record, old)
    return record


def _inventory(company: Company, record: Record, old: Record | None) -> None:
    """Start date, first quantity, asset account (§12.2, §17)."""
    source, data = record.source, record.data
    asset = reference(source, "AssetAccountRef")
    if asset is None:
        raise missing("AssetAccountRef")
    found = company.refer("Account", asset, element="AssetAccountRef", keep=asset if old is not None else None).data
    if (found["AccountType"], found["AccountSubType"]) != ("Other Current Asset", "Inventory"):
        raise FaultError("6430", f"Invalid account type: {found['AccountType']}", element="AssetAccountRef")
    data["AssetAccountRef"] = company.ref("Account", asset)
    if not source.get("InvStartDate"):
        raise business("As of date for initial quantity on hand is required", element="InvStartDate")
    data["InvStartDate"] = source["InvStartDate"]
    quantity = source.get("QtyOnHand")
    if old is not None and old.data["Type"] == "Inventory":
        _check_starting_value(company, record, old)
        return
    if quantity is None:
        raise missing("QtyOnHand")
    if not source.get("TrackQtyOnHand"):
        raise business(
            "When you create an item, if Track quantity on hand is turned off, the item cannot be of type Inventory."
        )
    record.facts |= {"first quantity": quantity, "first cost": data["PurchaseCost"]}


def _check_starting_value(company: Company, record: Record, old: Record) -> None:
    """Quantities change by adjustments; the start moves only where nothing started (§17)."""
    stated = record.source.get("QtyOnHand")
    now = company.view(old)["QtyOnHand"]
    first = old.facts["first quantity"]
    moved = record.data["InvStartDate"] != old.data["InvStartDate"]
    if (stated is not None and stated not in {now, first}) or (moved and first):
        raise business("We couldn't adjust the stock starting value of this item (-10600)", element="QtyOnHand")
    shelf = company.shelves.get(record.id)
    earliest = shelf.earliest(besides="Item") if shelf is not None else None
    if moved and earliest is not None and record.data["InvStartDate"] > earliest:
        raise FaultError("6270", "Transaction date is prior to start date for inventory item", element="InvStartDate")


def _default_type(source: Object) -> str:
    return "Inventory" if source.get("TrackQtyOnHand") else "Service"


def _check_item_type(company: Company, kind: str, old: Record | None) -> None:
    if kind not in {"Inventory", "NonInventory", "Service", "Category"}:
        raise unsupported(f"Create Item of type {kind}")
    if kind == "Inventory" and not company.preference("ProductAndServicesPrefs", "QuantityOnHand"):
        # Simple Start and Essentials have no inventory tracking (§9).
        raise FaultError("5030", "Feature Not Supported Error : inventory is not part of the subscription")
    if old is not None and old.data["Type"] == "Inventory" and kind != "Inventory":
        raise business("An inventory item keeps its type.", element="Type")
    if old is not None and (old.data["Type"] == "Category") != (kind == "Category"):
        raise business("A category cannot become a product, nor a product a category.", element="Type")


def _item_accounts(company: Company, source: Object, data: Object, old: Record | None) -> None:
    rules = (
        ("IncomeAccountRef", INCOME_KINDS, True),
        ("ExpenseAccountRef", *_expense_rule(company, data["Type"])),
    )
    for name, kinds, required in rules:
        wanted = reference(source, name)
        if wanted is None:
            if required:
                raise missing(name)
            continue
        keep = reference(old.data, name) if old is not None else None
        account = company.refer("Account", wanted, element=name, keep=keep)
        if account.data["AccountType"] not in kinds:
            raise FaultError("6430", f"Invalid account type: {account.data['AccountType']}", element=name)
        data[name] = company.ref("Account", wanted)


def _expense_rule(company: Company, kind: str) -> tuple[frozenset[str], bool]:
    if kind == "Inventory":
        return frozenset({"Cost of Goods Sold"}), True
    return EXPENSE_KINDS, company.traits.items_need_expense_account


def _item_tax(company: Company, source: Object, data: Object) -> None:
    for name in ("SalesTaxCodeRef", "PurchaseTaxCodeRef"):
        wanted = reference(source, name)
        if wanted is not None:
            company.refer("TaxCode", wanted, element=name)
            data[name] = company.ref("TaxCode", wanted)
    for name in ("SalesTaxIncluded", "PurchaseTaxIncluded"):
        if name in source:
            data[name] = source[name]
