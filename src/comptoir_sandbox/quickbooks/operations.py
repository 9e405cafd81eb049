"""Create, read, update, delete, void: one object at a time (§3). The caller holds the company's unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks import autoapply, fields, fx, links, stock
from comptoir_sandbox.quickbooks.adjustments import build_adjustment
from comptoir_sandbox.quickbooks.attachments import build_attachable
from comptoir_sandbox.quickbooks.bills import build_bill, build_bill_payment, build_purchase, build_transfer
from comptoir_sandbox.quickbooks.company import DELETABLE, SALES_FORMS, TRANSACTIONS
from comptoir_sandbox.quickbooks.deposits import build_deposit, check_deposited, release_members, store_deposit
from comptoir_sandbox.quickbooks.faults import FaultError, business, inactive, missing, unsupported
from comptoir_sandbox.quickbooks.journals import build_journal
from comptoir_sandbox.quickbooks.lists import BUILDERS, READ_ONLY
from comptoir_sandbox.quickbooks.payments import build_payment, store_payment, void_payment
from comptoir_sandbox.quickbooks.sales import build_sale, store_sale, void_sale
from comptoir_sandbox.quickbooks.state import check_mark, check_open
from comptoir_sandbox.quickbooks.values import reference

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record
    from comptoir_sandbox.quickbooks.values import Object

ENVELOPE = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})
MONEY_BUILDERS = {
    "Payment": build_payment,
    "Purchase": build_purchase,
    "Bill": build_bill,
    "BillPayment": build_bill_payment,
    "Transfer": build_transfer,
    "JournalEntry": build_journal,
    "Deposit": build_deposit,
    "InventoryAdjustment": build_adjustment,
}
OTHER_BUILDERS = {**BUILDERS, "Attachable": build_attachable}
VOIDABLE = frozenset({"Invoice", "SalesReceipt", "Payment", "BillPayment"})
PAYMENTS = frozenset({"Payment", "BillPayment"})
CHECKED_TOTALS = frozenset({"Purchase", "Bill"})
"""Kinds whose stated total must be the sum of the lines (§14)."""
SPARSE_NEEDS = {
    "Bill": ("VendorRef",),
    "Purchase": ("PaymentType", "AccountRef"),
    "Payment": ("CustomerRef",),
}
ALLOW_DUPLICATES = "allowduplicatedocnum"
VERSION = ("SyncToken", "MetaData")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a request or batch item asks for."""

    verb: str
    """create, update, delete, void."""
    kind: str
    raw: Any
    include: frozenset[str] = frozenset()

    @property
    def operation(self) -> str:
        """The name in the log and in fault rules: "create SalesReceipt"."""
        return f"{self.verb} {self.kind}"


def verb_of(raw: Any, operation: str | None, include: frozenset[str]) -> str:
    """The verb of a single POST: by its query parameters, else by the presence of an Id (§3)."""
    if operation == "delete":
        return "delete"
    if operation == "void" or "void" in include:
        return "void"
    return "update" if isinstance(raw, dict) and raw.get("Id") not in (None, "") else "create"


def execute(company: Company, wanted: Wanted) -> Record | Object:
    """Carry it out: the stored record, or for a deletion the answer's object. Raises FaultError."""
    found = _execute(company, wanted)
    fx.settle(company)
    return found


def _execute(company: Company, wanted: Wanted) -> Record | Object:
    if wanted.kind in READ_ONLY or (wanted.kind == "Preferences" and wanted.verb not in {"create", "update"}):
        raise unsupported(f"{wanted.verb} {wanted.kind}")
    if wanted.verb == "void" and wanted.kind not in VOIDABLE:
        raise unsupported(f"Void {wanted.kind}")
    source = fields.read(wanted.kind, wanted.raw)
    if wanted.kind == "Preferences":
        # There is one: a POST is an update, with or without its Id.
        return _update_preferences(company, source)
    if wanted.verb == "create":
        return _create(company, wanted, _own(source))
    if not source.get("Id"):
        raise missing("Id")
    if source.get("SyncToken") in (None, ""):
        raise missing("SyncToken")
    old = company.must(wanted.kind, source["Id"])
    if wanted.verb == "delete":
        return _delete(company, old, source)
    if wanted.verb == "void":
        return _void(company, old, source)
    return _update(company, wanted, old, source)


def _own(source: Object) -> Object:
    return {name: value for name, value in source.items() if name not in ENVELOPE}


def _build(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    if kind in SALES_FORMS:
        return build_sale(company, kind, source, old, identity)
    return (MONEY_BUILDERS.get(kind) or OTHER_BUILDERS[kind])(company, kind, source, old, identity)


def _store(company: Company, wanted: Wanted, record: Record, old: Record | None) -> Record:
    if record.kind in SALES_FORMS:
        store_sale(company, record, old, allow_duplicate=ALLOW_DUPLICATES in wanted.include)
    elif record.kind in PAYMENTS:
        store_payment(company, record)
    elif record.kind == "Deposit":
        store_deposit(company, record)
    elif record.kind in MONEY_BUILDERS:
        _store_money(company, record, old)
    return record


def _store_money(company: Company, record: Record, old: Record | None) -> None:
    key = (record.kind, record.id)
    changes = record.facts.pop("changes", [])
    for item, quantity, value in record.facts.pop("stock", []):
        changes.append(stock.Change(item, quantity, value))
    company.ledger.replace(key, record.facts.pop("entry", None))
    stock.record(company, key, record.data["TxnDate"], changes)
    if old is not None and record.kind in links.TXN_TYPES:
        links.settle(company, record)


def _create(company: Company, wanted: Wanted, source: Object) -> Record:
    identity = company.new_id(wanted.kind)
    if wanted.kind == "Payment" and company.preference("SalesFormsPrefs", "AutoApplyPayments"):
        source = _spent(company, source)
    record = _build(company, wanted.kind, source, None, identity)
    if wanted.kind in TRANSACTIONS:
        check_open(company, record)
    _store(company, wanted, record, None)
    now = company.now()
    record.data["MetaData"] = {"CreateTime": now, "LastUpdatedTime": now}
    company.put(record)
    if wanted.kind == "Item" and "first quantity" in record.facts:
        stock.open_item(company, record.id)
    if wanted.kind in {"Invoice", "CreditMemo"} and company.preference("SalesFormsPrefs", "AutoApplyCredit"):
        joining = autoapply.joining_payment(company, record)
        if joining is not None:
            _create(company, Wanted(verb="create", kind="Payment", raw=None), joining)
    return company.records[wanted.kind][record.id]


def _spent(company: Company, source: Object) -> Object:
    """A payment without lines, put on the oldest open invoices."""
    customer = reference(source, "CustomerRef")
    if source.get("Line") or customer is None or source.get("TotalAmt") is None:
        return source
    return {**source, "Line": autoapply.lines_for_payment(company, customer, source["TotalAmt"])}


def _update(company: Company, wanted: Wanted, old: Record, source: Object) -> Record:
    merged = _own(source)
    if source.get("sparse"):
        _check_sparse(wanted.kind, source)
        kept = dict(old.source)
        if "Line" in merged and "TxnTaxDetail" not in merged:
            # A tax stated for other lines says nothing about these; a code for the form still holds.
            code = (kept.pop("TxnTaxDetail", None) or {}).get("TxnTaxCodeRef")
            if code:
                kept["TxnTaxDetail"] = {"TxnTaxCodeRef": code}
        if "Line" in merged and wanted.kind in CHECKED_TOTALS:
            kept.pop("TotalAmt", None)
        merged = {**kept, **merged}
    if wanted.kind not in TRANSACTIONS:
        _check_token(old, source)
    if wanted.kind == "InventoryAdjustment" and not source.get("sparse"):
        raise business("An inventory adjustment can only be updated sparsely.")
    record = _build(company, wanted.kind, merged, old, old.id)
    if wanted.kind in TRANSACTIONS:
        _check_token(old, source)
        check_open(company, old)
        check_open(company, record)
        check_deposited(company, (old.kind, old.id))
        check_mark(company, old, "update")
    _store(company, wanted, record, old)
    if _content(record.data) == _content(old.data):
        return old
    _replace(company, record, old)
    if wanted.kind == "Item":
        _move_stock(company, record, old)
    return record


def _check_sparse(kind: str, source: Object) -> None:
    """2020 for what a sparse update must state again in some kinds (§3)."""
    needed = SPARSE_NEEDS.get(kind, ())
    if kind == "Payment" and "Line" in source:
        needed = (*needed, "TotalAmt")
    for name in needed:
        if source.get(name) in (None, {}):
            raise missing(name)


def _move_stock(company: Company, record: Record, old: Record) -> None:
    """A product that becomes an inventory item opens; one made inactive is adjusted to nothing (§3, §17)."""
    if "first quantity" in record.facts and "first quantity" not in old.facts:
        stock.open_item(company, record.id)
    elif record.data["Type"] == "Inventory" and old.data["Active"] and not record.data["Active"]:
        left = stock.on_hand(company, record.id)
        start = max(company.today(), record.data["InvStartDate"])
        key = ("Deactivation", f"{record.id}.{record.data['SyncToken']}")
        stock.record(company, key, start, [stock.Change(record.id, -left)])


def _content(data: Object) -> Object:
    return {name: value for name, value in data.items() if name not in VERSION}


def _replace(company: Company, record: Record, old: Record) -> Record:
    record.data["SyncToken"] = old.data["SyncToken"]
    record.data["MetaData"] = old.data["MetaData"]
    links.restamp(company, record)
    company.put(record)
    return record


def _check_token(old: Record, source: Object) -> None:
    if source["SyncToken"] != old.data["SyncToken"]:
        raise FaultError(
            "5010",
            "Stale Object Error : You and Sandbox User were working on this at the same time. Sandbox User finished "
            "before you did, so your work was not saved.",
        )


def _delete(company: Company, old: Record, source: Object) -> Object:
    if old.kind not in DELETABLE:
        raise unsupported(f"Delete {old.kind}")
    _check_token(old, source)
    if old.kind == "Attachable":
        company.undo.remove(company.files, old.id)
        company.remove(old)
        return {"domain": "QBO", "status": "Deleted", "Id": old.id}
    check_open(company, old)
    key = (old.kind, old.id)
    check_deposited(company, key)
    check_mark(company, old, "delete")
    if old.kind in PAYMENTS:
        links.set_applications(company, old, {})
    elif old.kind == "Deposit":
        release_members(company, old)
    else:
        links.release(company, key)
    company.ledger.replace(key, None)
    stock.record(company, key, old.data["TxnDate"], [])
    company.remove(old)
    return {"domain": "QBO", "status": "Deleted", "Id": old.id}


def _void(company: Company, old: Record, source: Object) -> Record:
    _check_token(old, source)
    check_open(company, old)
    check_deposited(company, (old.kind, old.id))
    check_mark(company, old, "void")
    if old.facts.get("void"):
        return old
    record = void_payment(company, old) if old.kind in PAYMENTS else void_sale(company, old)
    return _replace(company, record, old)


WRITABLE_PREFERENCES = {
    "AccountingInfoPrefs": frozenset(
        {"UseAccountNumbers", "BookCloseDate", "ClassTrackingPerTxn", "ClassTrackingPerTxnLine", "TrackDepartments"}
    ),
    "SalesFormsPrefs": frozenset(
        {
            "CustomTxnNumbers",
            "AllowDiscount",
            "AllowShipping",
            "AllowDeposit",
            "AllowEstimates",
            "AllowServiceDate",
            "DefaultTerms",
            "DefaultCustomerMessage",
        }
    ),
}
"""What a sparse update may change (§11)."""


def _update_preferences(company: Company, source: Object) -> Record:
    old = company.records["Preferences"]["1"]
    if source.get("SyncToken") in (None, ""):
        raise missing("SyncToken")
    _check_token(old, source)
    record = links.copy(old)
    for group, names in WRITABLE_PREFERENCES.items():
        changes = {name: value for name, value in source.get(group, {}).items() if name in names}
        if changes:
            record.data[group] = {**record.data.get(group, {}), **changes}
    accounting = record.data["AccountingInfoPrefs"]
    if accounting.get("ClassTrackingPerTxn") and accounting.get("ClassTrackingPerTxnLine"):
        raise business("Classes are tracked per form or per line, not both.")
    if _content(record.data) == _content(old.data):
        return old
    return _replace(company, record, old)


def read(company: Company, kind: str, identity: str | None) -> Record:
    """The stored record; 610 when unknown or deleted. CompanyInfo and Preferences are one object each."""
    if kind in {"CompanyInfo", "Preferences"}:
        if kind == "CompanyInfo" and identity not in {"1", company.realm_id, None}:
            raise inactive()
        return company.records[kind]["1"]
    if identity is None:
        raise missing("Id")
    return company.must(kind, identity)
