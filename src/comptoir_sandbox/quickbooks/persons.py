"""Customers, vendors and employees (§12.1, §12.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.currency import currency_ref, stated_currency
from comptoir_sandbox.quickbooks.faults import FaultError, business
from comptoir_sandbox.quickbooks.naming import (
    clean_name,
    copy_kept,
    head,
    inactive_names,
    parent_of,
    retired,
)
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import ZERO, Object, reference

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company


def build_person(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A customer or vendor from the properties in force (§12.1)."""
    active = source.get("Active", True)
    former = old.data["DisplayName"] if old is not None and old.data["Active"] else None
    name = _display_name(source, old)
    if active:
        name = clean_name(name, element="DisplayName")
        if not name:
            raise FaultError("6080", "No name was provided: a DisplayName or a part of a name is needed")
    elif old is not None and old.data["Active"]:
        _refuse_balance(company, kind, identity)
        names = inactive_names(company, kind, identity)
        name = retired(name, names.__contains__)
    data = head(identity)
    copy_kept(kind, source, data)
    if kind == "Customer":
        _customer_extras(company, source, data, old)
        above = parent_of(company, kind, source, identity)
        _place_customer(company, data, name, above, source, old)
    if kind == "Vendor":
        _vendor_extras(company, source, data, old)
    data["DisplayName"] = name
    data.setdefault("FullyQualifiedName", name)
    data["PrintOnCheckName"] = source.get("PrintOnCheckName") or name
    data["Active"] = active
    if active:
        company.claim_name(kind, identity, name, former)
    elif former is not None:
        company.release_name(former)
    return Record(kind=kind, id=identity, data=data, source={**source, "DisplayName": name})


def _display_name(source: Object, old: Record | None) -> str:
    name = source.get("DisplayName") or ""
    if not name:
        parts = (source.get(each) for each in ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix"))
        name = " ".join(part for part in parts if part)
    if not name and old is not None:
        name = old.data["DisplayName"]
    if not name:
        raise FaultError("6080", "No name was provided: a DisplayName or a part of a name is needed")
    return str(name)


def _refuse_balance(company: Company, kind: str, identity: str) -> None:
    tables = {"Customer": company.ledger.receivables, "Vendor": company.ledger.payables}
    if tables.get(kind, {}).get(identity, ZERO):
        text = f"A {kind.lower()} with an open balance cannot be made inactive"
        raise FaultError("6220", text, element="Active")


def _customer_extras(company: Company, source: Object, data: Object, old: Record | None) -> None:
    currency = _currency(company, source, old)
    for name in ("BillAddr", "ShipAddr"):
        if source.get(name):
            known = old.data.get(name, {}).get("Id") if old is not None else None
            data[name] = {"Id": known or str(company.next_number("address")), **_without_id(source[name])}
    data["Taxable"] = source.get("Taxable", True)
    data["Job"] = source.get("Job", False)
    data["BillWithParent"] = source.get("BillWithParent", False)
    data["CurrencyRef"] = currency_ref(company, currency)
    data["PreferredDeliveryMethod"] = source.get("PreferredDeliveryMethod") or "Print"
    for name, kind in (
        ("SalesTermRef", "Term"),
        ("PaymentMethodRef", "PaymentMethod"),
        ("DefaultTaxCodeRef", "TaxCode"),
    ):
        wanted = reference(source, name)
        if wanted is not None:
            keep = reference(old.data, name) if old is not None else None
            company.refer(kind, wanted, element=name, keep=keep)
            data[name] = company.ref(kind, wanted)
    if (
        old is not None
        and source.get("BillWithParent", False) != old.data["BillWithParent"]
        and "ParentRef" in old.data
    ):
        raise FaultError("6130", "BillWithParent of a sub-customer cannot be changed", element="BillWithParent")
    if data["Job"] and reference(source, "ParentRef") is None:
        raise FaultError("6150", "A job needs a ParentRef", element="ParentRef")


def _vendor_extras(company: Company, source: Object, data: Object, old: Record | None) -> None:
    data["CurrencyRef"] = currency_ref(company, _currency(company, source, old))
    data["Balance"] = 0
    data["Vendor1099"] = source.get("Vendor1099", False)
    term = reference(source, "TermRef")
    if term is not None:
        company.refer("Term", term, element="TermRef", keep=reference(old.data, "TermRef") if old is not None else None)
        data["TermRef"] = company.ref("Term", term)


def _currency(company: Company, source: Object, old: Record | None) -> str:
    """Only chosen at creation; a sub-customer has its parent's (§12.1)."""
    if old is not None:
        known = str(old.data["CurrencyRef"]["value"])
        if reference(source, "CurrencyRef") not in {None, known}:
            raise business("The currency of a name cannot be changed.", element="CurrencyRef")
        return known
    top = reference(source, "ParentRef")
    if top is not None and reference(source, "CurrencyRef") is None:
        return str(company.refer("Customer", top, element="ParentRef").data["CurrencyRef"]["value"])
    return stated_currency(company, source)


def _without_id(address: Object) -> Object:
    return {key: value for key, value in address.items() if key != "Id" and value != ""}


def _place_customer(
    company: Company, data: Object, name: str, parent: Record | None, source: Object, old: Record | None
) -> None:
    identity = data["Id"]
    former = reference(old.data, "ParentRef") if old is not None else None
    wanted = parent.id if parent is not None else None
    if former is not None and former != wanted:
        rest = tuple(child for child in company.children.get(former, ()) if child != identity)
        company.undo.assign(company.children, former, rest)
    if parent is None:
        data["FullyQualifiedName"] = name
        return
    if former != wanted:
        company.undo.assign(company.children, parent.id, (*company.children.get(parent.id, ()), identity))
    data["ParentRef"] = company.ref("Customer", parent.id)
    data["Level"] = parent.data.get("Level", 0) + 1
    data["Job"] = source.get("Job", True)
    data["FullyQualifiedName"] = f"{parent.data['FullyQualifiedName']}:{name}"
