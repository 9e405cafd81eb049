"""Names of list objects: heads, nesting, uniqueness, the suffix of what was made inactive (§3, §12)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.company import NAME_KINDS
from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import Object, plain, reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from comptoir_sandbox.quickbooks.company import Company

DELETED_SUFFIX = " (deleted"
MAXIMUM_DEPTH = 5
KEPT = {
    "Employee": ("GivenName", "FamilyName", "PrimaryPhone", "PrimaryEmailAddr"),
    "Customer": (
        "Title",
        "GivenName",
        "MiddleName",
        "FamilyName",
        "Suffix",
        "CompanyName",
        "PrimaryPhone",
        "AlternatePhone",
        "Mobile",
        "Fax",
        "PrimaryEmailAddr",
        "WebAddr",
        "Notes",
        "ResaleNum",
        "TaxExemptionReasonId",
        "OpenBalanceDate",
        "CustomerTypeRef",
    ),
    "Vendor": (
        "Title",
        "GivenName",
        "MiddleName",
        "FamilyName",
        "Suffix",
        "CompanyName",
        "PrimaryPhone",
        "PrimaryEmailAddr",
        "WebAddr",
        "AcctNum",
        "BillAddr",
    ),
    "Item": ("Sku", "Description", "PurchaseDesc", "TaxClassificationRef", "ReorderPoint"),
    "Account": ("AcctNum", "Description"),
}
"""Properties stored as sent."""


def head(record_id: str) -> Object:
    """The members every answer starts with; token and times are filled when the object is stored."""
    return {"domain": "QBO", "sparse": False, "Id": record_id, "SyncToken": "0", "MetaData": {}}


def clean_name(name: str, *, element: str) -> str:
    """The trimmed name; 2040 for a colon, tab or line end."""
    if any(mark in name for mark in ":\t\n\r"):
        raise FaultError("2040", f"Property {element} has an invalid character", element=element)
    return name.strip()


def copy_kept(kind: str, source: Object, data: Object) -> None:
    """Copy the properties that are stored as sent."""
    for name in KEPT[kind]:
        value = source.get(name)
        if value not in (None, "", {}):
            data[name] = plain(value) if isinstance(value, Decimal) else value


def retired(name: str, taken: Callable[[str], bool]) -> str:
    """The name of a deactivated object: with a suffix, numbered when that is taken (§3)."""
    number, candidate = 1, f"{name}{DELETED_SUFFIX})"
    while taken(candidate):
        number += 1
        candidate = f"{name}{DELETED_SUFFIX} {number})"
    return candidate


def inactive_names(company: Company, kind: str, identity: str) -> set[str]:
    """Names of the other inactive objects of the list."""
    property_name = "DisplayName" if kind in NAME_KINDS else "Name"
    return {
        str(record.data.get(property_name))
        for record in company.records[kind].values()
        if record.data.get("Active") is False and record.id != identity
    }


def parent_of(company: Company, kind: str, source: Object, identity: str) -> Record | None:
    """The parent named by ParentRef; 900 for itself, 700 for one it cannot have, 6150 for none, 6180 too deep."""
    parent_id = reference(source, "ParentRef")
    if parent_id is None:
        if source.get("SubItem" if kind == "Item" else "SubAccount" if kind == "Account" else f"Sub{kind}"):
            raise FaultError("6150", "A ParentRef is needed", element="ParentRef")
        return None
    if parent_id == identity:
        raise FaultError("900", "Parent and child are the same object", element="ParentRef")
    parent = company.refer(kind, parent_id, element="ParentRef")
    above: str | None = parent_id
    while above is not None:
        above = reference(company.records[kind][above].data, "ParentRef")
        if above == identity:
            raise FaultError("700", "The parent is below the object itself", element="ParentRef")
    if kind == "Item" and parent.data["Type"] != "Category":
        raise FaultError("700", "Only a category can have products below it", element="ParentRef")
    if parent.data.get("Level", 0) + 1 >= MAXIMUM_DEPTH:
        raise FaultError("6180", f"More than {MAXIMUM_DEPTH} levels", element="ParentRef")
    return parent


def finish_named(company: Company, kind: str, data: Object, parent: Record | None, old: Record | None) -> None:
    """Full name, nesting, uniqueness among the active objects of the list, the suffix when deactivated."""
    active = data["Active"]
    was_active = old is not None and old.data["Active"]
    former = str(old.data.get("FullyQualifiedName", old.data["Name"])) if old is not None and was_active else None
    if active:
        data["Name"] = clean_name(data["Name"], element="Name")
    elif was_active:
        names = inactive_names(company, kind, data["Id"])
        data["Name"] = retired(data["Name"], names.__contains__)
    prefix = ""
    if parent is not None:
        data["ParentRef"] = company.ref(kind, parent.id)
        data["Level"] = parent.data.get("Level", 0) + 1
        data["SubItem" if kind == "Item" else "SubAccount" if kind == "Account" else f"Sub{kind}"] = True
        prefix = f"{parent.data['FullyQualifiedName']}:"
    data["FullyQualifiedName"] = prefix + data["Name"]
    if active:
        company.claim_list_name(kind, data["Id"], data["FullyQualifiedName"], former)
    elif former is not None:
        company.release_list_name(kind, former)
