"""List objects: customers, vendors, items, accounts and the small lists (§12)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.company import NAME_KINDS
from comptoir_sandbox.quickbooks.faults import FaultError, business, inactive, invalid_reference, missing, unsupported
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import ZERO, Object, plain, reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from comptoir_sandbox.quickbooks.company import Company

DELETED_SUFFIX = " (deleted"
MAXIMUM_DEPTH = 5
CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
DEFAULT_SUBTYPES = {
    "Bank": "Checking",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "OtherCurrentAssets",
    "Fixed Asset": "OtherFixedAssets",
    "Other Asset": "OtherLongTermAssets",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Long Term Liability": "OtherLongTermLiabilities",
    "Equity": "OwnersEquity",
    "Income": "OtherPrimaryIncome",
    "Other Income": "OtherMiscellaneousIncome",
    "Cost of Goods Sold": "OtherCostsOfServiceCos",
    "Expense": "OtherMiscellaneousServiceCost",
    "Other Expense": "OtherMiscellaneousExpense",
}
INCOME_KINDS = frozenset({"Income", "Other Income", "Other Current Liability"})
"""A service or non-inventory item may post to a liability (gift cards, deposits)."""
EXPENSE_KINDS = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})
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


def _clean_name(name: str, *, element: str) -> str:
    if any(mark in name for mark in ":\t\n\r"):
        raise FaultError("2040", f"Property {element} has an invalid character", element=element)
    return name.strip()


def _copy(kind: str, source: Object, data: Object) -> None:
    for name in KEPT[kind]:
        value = source.get(name)
        if value not in (None, "", {}):
            data[name] = plain(value) if isinstance(value, Decimal) else value


def _retired(name: str, taken: Callable[[str], bool]) -> str:
    """The name of a deactivated object: with a suffix, numbered when that is taken (§3)."""
    number, candidate = 1, f"{name}{DELETED_SUFFIX})"
    while taken(candidate):
        number += 1
        candidate = f"{name}{DELETED_SUFFIX} {number})"
    return candidate


def _inactive_names(company: Company, kind: str, identity: str) -> set[str]:
    property_name = "DisplayName" if kind in NAME_KINDS else "Name"
    return {
        str(record.data.get(property_name))
        for record in company.records[kind].values()
        if record.data.get("Active") is False and record.id != identity
    }


def _parent(company: Company, kind: str, source: Object, identity: str) -> Record | None:
    parent_id = reference(source, "ParentRef")
    if parent_id is None:
        return None
    if parent_id == identity:
        raise FaultError("700", "Parent and child are the same object", element="ParentRef")
    parent = company.refer(kind, parent_id, element="ParentRef")
    if parent.data.get("Level", 0) + 1 >= MAXIMUM_DEPTH:
        raise FaultError("6180", f"More than {MAXIMUM_DEPTH} levels", element="ParentRef")
    return parent


# --- customers and vendors


def build_person(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A customer or vendor from the properties in force (§12.1)."""
    active = source.get("Active", True)
    former = old.data["DisplayName"] if old is not None and old.data["Active"] else None
    name = _display_name(source, old)
    if active:
        name = _clean_name(name, element="DisplayName")
        if not name:
            raise missing("DisplayName")
    elif old is not None and old.data["Active"]:
        _refuse_balance(company, kind, identity)
        names = _inactive_names(company, kind, identity)
        name = _retired(name, names.__contains__)
    data = head(identity)
    _copy(kind, source, data)
    if kind == "Customer":
        _customer_extras(company, source, data, old)
        parent = _parent(company, kind, source, identity)
        _place_customer(company, data, name, parent, source, old)
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
        raise missing("DisplayName")
    return str(name)


def _refuse_balance(company: Company, kind: str, identity: str) -> None:
    if kind == "Customer" and company.ledger.receivables.get(identity, ZERO):
        raise FaultError("6220", "A customer with an open balance cannot be made inactive", element="Active")


def _customer_extras(company: Company, source: Object, data: Object, old: Record | None) -> None:
    home = {"value": company.profile.currency, "name": company.profile.currency_name}
    currency = reference(source, "CurrencyRef")
    if currency is not None and currency != home["value"]:
        raise business("Multicurrency is not enabled for this company.", element="CurrencyRef")
    for name in ("BillAddr", "ShipAddr"):
        if source.get(name):
            known = old.data.get(name, {}).get("Id") if old is not None else None
            data[name] = {"Id": known or str(company.next_number("address")), **_without_id(source[name])}
    data["Taxable"] = source.get("Taxable", True)
    data["Job"] = source.get("Job", False)
    data["BillWithParent"] = source.get("BillWithParent", False)
    data["CurrencyRef"] = home
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
    if data["Job"] and reference(source, "ParentRef") is None:
        raise FaultError("6150", "A job needs a ParentRef", element="ParentRef")


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


# --- items


def build_item(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A product or service from the properties in force (§12.2)."""
    name = source.get("Name") or (old.data["Name"] if old is not None else "")
    if not name:
        raise missing("Name")
    item_kind = source.get("Type") or (old.data["Type"] if old is not None else _default_type(source))
    _check_item_type(item_kind, old)
    data = {**head(identity), "Name": str(name).strip()}
    _copy(kind, source, data)
    active = source.get("Active", True)
    data["Active"] = active
    parent = _parent(company, "Item", source, identity)
    _finish_named(company, "Item", data, parent, old)
    data["Type"] = item_kind
    data["Taxable"] = source.get("Taxable", False)
    if item_kind != "Category":
        data["UnitPrice"] = plain(source.get("UnitPrice", ZERO))
        data["PurchaseCost"] = plain(source.get("PurchaseCost", ZERO))
        _item_accounts(company, source, data, old)
        _item_tax(company, source, data)
        data["TrackQtyOnHand"] = False
    return Record(kind="Item", id=identity, data=data, source={**source, "Name": data["Name"], "Type": item_kind})


def _default_type(source: Object) -> str:
    return "Inventory" if source.get("TrackQtyOnHand") else "Service"


def _check_item_type(kind: str, old: Record | None) -> None:
    if kind not in {"Inventory", "NonInventory", "Service", "Category"}:
        raise unsupported(f"Create Item of type {kind}")
    if kind == "Inventory":
        # The subscriptions of the present profiles have no inventory tracking (§9: 5030 in Simple Start, Essentials).
        raise FaultError("5030", "Feature Not Supported Error : inventory is not part of the subscription")
    if old is not None and (old.data["Type"] == "Category") != (kind == "Category"):
        raise business("A category cannot become a product, nor a product a category.", element="Type")


def _item_accounts(company: Company, source: Object, data: Object, old: Record | None) -> None:
    rules = (
        ("IncomeAccountRef", INCOME_KINDS, True),
        ("ExpenseAccountRef", EXPENSE_KINDS, company.profile.items_need_expense_account),
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


def _item_tax(company: Company, source: Object, data: Object) -> None:
    for name in ("SalesTaxCodeRef", "PurchaseTaxCodeRef"):
        wanted = reference(source, name)
        if wanted is not None:
            company.refer("TaxCode", wanted, element=name)
            data[name] = company.ref("TaxCode", wanted)
    for name in ("SalesTaxIncluded", "PurchaseTaxIncluded"):
        if name in source:
            data[name] = source[name]


# --- accounts and small lists


def _finish_named(company: Company, kind: str, data: Object, parent: Record | None, old: Record | None) -> None:
    """Full name, nesting, uniqueness among the active objects of the list, the suffix when deactivated."""
    active = data["Active"]
    was_active = old is not None and old.data["Active"]
    former = old.data["FullyQualifiedName"] if old is not None and was_active else None
    if active:
        data["Name"] = _clean_name(data["Name"], element="Name")
    elif was_active:
        names = _inactive_names(company, kind, data["Id"])
        data["Name"] = _retired(data["Name"], names.__contains__)
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


def build_account(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An account of the chart (§12.3)."""
    name = source.get("Name")
    if not name:
        raise missing("Name")
    account_type = source.get("AccountType") or (old.data["AccountType"] if old is not None else None)
    if not account_type:
        raise missing("AccountType")
    if '"' in name:
        raise FaultError("2040", "Property Name has an invalid character", element="Name")
    if len(source.get("AcctNum") or "") > company.profile.acct_num_length:
        raise FaultError("2050", f"String length specified does not match: AcctNum {source['AcctNum']}")
    data = {**head(identity), "Name": name, "Active": source.get("Active", True)}
    if not data["Active"] and company.ledger.balances.get(identity, ZERO):
        raise FaultError("6220", "An account with a balance cannot be made inactive", element="Active")
    _copy(kind, source, data)
    _finish_named(company, kind, data, _parent(company, kind, source, identity), old)
    data.setdefault("SubAccount", False)
    data["Classification"] = CLASSIFICATIONS[account_type]
    data["AccountType"] = account_type
    data["AccountSubType"] = source.get("AccountSubType") or DEFAULT_SUBTYPES[account_type]
    data["CurrentBalance"] = data["CurrentBalanceWithSubAccounts"] = 0
    data["CurrencyRef"] = {"value": company.profile.currency, "name": company.profile.currency_name}
    kept = {**source, "Name": data["Name"], "AccountType": account_type}
    return Record(kind=kind, id=identity, data=data, source=kept)


def build_small(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A class, department, term, payment method or tax agency (§12.4 to §12.7)."""
    if kind == "TaxAgency":
        return _tax_agency(company, source, identity)
    _check_tracking(company, kind)
    name = source.get("Name")
    if not name:
        raise missing("Name")
    data = {**head(identity), "Name": name, "Active": source.get("Active", True)}
    parent = _parent(company, kind, source, identity) if kind in {"Class", "Department"} else None
    _finish_named(company, kind, data, parent, old)
    if kind == "PaymentMethod":
        data["Type"] = source.get("Type") or "NON_CREDIT_CARD"
        if data["Type"] not in {"CREDIT_CARD", "NON_CREDIT_CARD"}:
            raise FaultError("2170", f"Invalid enumeration value. Supplied value:{data['Type']}", element="Type")
    if kind == "Term":
        _term(source, data)
    if kind in {"Term", "PaymentMethod"}:
        del data["FullyQualifiedName"]
    return Record(kind=kind, id=identity, data=data, source={**source, "Name": data["Name"]})


def _check_tracking(company: Company, kind: str) -> None:
    group = "AccountingInfoPrefs"
    if kind == "Class":
        on = company.preference(group, "ClassTrackingPerTxn") or company.preference(group, "ClassTrackingPerTxnLine")
    else:
        on = kind != "Department" or company.preference(group, "TrackDepartments")
    if not on:
        raise FaultError("5020", f"Permission Denied Error : {kind} tracking is turned off")


def _term(source: Object, data: Object) -> None:
    if source.get("DayOfMonthDue") is not None:
        data["Type"] = "DATE_DRIVEN"
        data["DayOfMonthDue"] = source["DayOfMonthDue"]
        data["DueNextMonthDays"] = source.get("DueNextMonthDays", 0)
        return
    if source.get("DueDays") is None:
        raise missing("DueDays")
    data["Type"] = "STANDARD"
    data["DueDays"] = source["DueDays"]


def _tax_agency(company: Company, source: Object, identity: str) -> Record:
    name = source.get("DisplayName")
    if not name:
        raise missing("DisplayName")
    company.claim_list_name("TaxAgency", identity, name, None)
    data = {**head(identity), "DisplayName": name, "TaxTrackedOnSales": True, "TaxTrackedOnPurchases": True}
    return Record(kind="TaxAgency", id=identity, data=data, source=source)


def due_days(company: Company, term: str) -> int:
    """Days after the document's date by a STANDARD term; 0 for a date-driven one."""
    found = company.get("Term", term)
    if found is None:
        raise invalid_reference("Terms", term, element="SalesTermRef")
    if found.data.get("Active") is False:
        raise inactive()
    return int(found.data.get("DueDays", 0))


BUILDERS = {
    "Customer": build_person,
    "Vendor": build_person,
    "Employee": build_person,
    "Item": build_item,
    "Account": build_account,
    "Class": build_small,
    "Department": build_small,
    "Term": build_small,
    "PaymentMethod": build_small,
    "TaxAgency": build_small,
}
READ_ONLY = frozenset({"TaxCode", "TaxRate", "CompanyInfo"})
