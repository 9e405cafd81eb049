"""Purchases, bills, their payments, transfers: money that goes out or moves (§16.4, §18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links
from comptoir_sandbox.quickbooks.expenses import ExpenseReader, expense_customer
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import PAYABLE, Draft
from comptoir_sandbox.quickbooks.lists import fall_due
from comptoir_sandbox.quickbooks.payments import wanted_applications
from comptoir_sandbox.quickbooks.postings import posting_account, texts
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import PAYABLE as PAYABLE_ROLE
from comptoir_sandbox.quickbooks.roles import in_currency
from comptoir_sandbox.quickbooks.sales import common, money_in
from comptoir_sandbox.quickbooks.values import Object, amount, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

HELD = ("Bank", "Other Current Asset")
CARD = ("Credit Card",)
BALANCE_SHEET = frozenset({"Asset", "Liability", "Equity"})
PAY_TYPES = {
    "Check": ("CheckPayment", "BankAccountRef", HELD),
    "CreditCard": ("CreditCardPayment", "CCAccountRef", CARD),
}
"""PayType -> the property that holds the account, its name, the types it may have."""


def build_purchase(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An expense from the properties in force: cash, check or card, or its refund."""
    if not source.get("PaymentType"):
        raise missing("PaymentType")
    data = common(company, kind, source, old, identity, party=expense_customer(company, source, old))
    kinds = CARD if source["PaymentType"] == "CreditCard" else HELD
    account = posting_account(company, source, data, "Purchase", kinds=kinds)
    data["AccountRef"] = company.ref("Account", account)
    data["PaymentType"] = source["PaymentType"]
    data["Credit"] = bool(source.get("Credit", False))
    texts(source, data, "PrivateNote", "DocNumber", "PaymentRefNum", "TxnSource", "PrintStatus")
    _payee(company, source, data)
    record = Record(kind=kind, id=identity, data=data, source=source)
    lines, draft = Draft(), Draft()
    draft.credit(account, ExpenseReader(company, record, old).read(lines))
    draft.add(lines)
    data["LinkedTxn"] = []
    entry = draft.entry(data["TxnDate"], money_in(data).rate)
    record.facts["entry"] = entry.reversed() if data["Credit"] else entry
    if data["Credit"]:
        record.facts["stock"] = [(item, -quantity, None) for item, quantity, _ in record.facts.get("stock", [])]
    return record


def _payee(company: Company, source: Object, data: Object) -> None:
    entity = source.get("EntityRef") or {}
    if not entity.get("value"):
        return
    word = str(entity.get("type") or "Vendor").capitalize()
    if word not in {"Vendor", "Customer", "Employee"}:
        raise FaultError("2120", f"Invalid type. Supplied value:{word}", element="EntityRef")
    company.refer(word, str(entity["value"]), element="EntityRef", keep=str(entity["value"]))
    data["EntityRef"] = {**company.ref(word, str(entity["value"])), "type": word}


def _vendor(company: Company, source: Object, old: Record | None) -> str:
    """The vendor's id: 2020 when absent, 2500 when unknown, 610 when inactive."""
    wanted = reference(source, "VendorRef")
    if wanted is None:
        raise missing("VendorRef")
    company.refer("Vendor", wanted, element="VendorRef", keep=reference(old.data, "VendorRef") if old else None)
    return wanted


def _payables(company: Company, source: Object, data: Object) -> str:
    if reference(source, "APAccountRef") is None:
        return in_currency(company, PAYABLE_ROLE, data["CurrencyRef"]["value"])
    return posting_account(company, source, data, "Bill", name="APAccountRef", kinds=(PAYABLE,))


def build_bill(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """What a vendor is owed, from the properties in force."""
    vendor = _vendor(company, source, old)
    data = common(company, kind, source, old, identity, party=vendor, party_kind="Vendor")
    account = _payables(company, source, data)
    data["VendorRef"] = company.ref("Vendor", vendor)
    data["APAccountRef"] = company.ref("Account", account)
    texts(source, data, "PrivateNote", "DocNumber", "TxnSource")
    term = reference(source, "SalesTermRef") or reference(company.records["Vendor"][vendor].data, "TermRef")
    fall_due(company, source, data, term)
    record = Record(kind=kind, id=identity, data=data, source=source)
    lines, draft = Draft(), Draft()
    draft.credit(account, ExpenseReader(company, record, old).read(lines), party=vendor)
    draft.add(lines)
    data["Balance"] = data["TotalAmt"]
    data["LinkedTxn"] = []
    record.facts |= {"entry": draft.entry(data["TxnDate"], money_in(data).rate), "payable account": account}
    return record


def build_bill_payment(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """Bills paid by check or card."""
    if source.get("TotalAmt") is None:
        raise missing("TotalAmt")
    vendor = _vendor(company, source, old)
    if source.get("PayType") not in PAY_TYPES:
        raise missing("PayType")
    data = common(company, kind, source, old, identity, party=vendor, party_kind="Vendor")
    part, name, kinds = PAY_TYPES[source["PayType"]]
    account = posting_account(company, source.get(part) or {}, data, part, name=name, kinds=kinds)
    payables = _payables(company, source, data)
    total = rounded(source["TotalAmt"])
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
    data["VendorRef"] = company.ref("Vendor", vendor)
    data["PayType"] = source["PayType"]
    data[part] = {name: company.ref("Account", account)}
    data["TotalAmt"] = amount(total)
    texts(source, data, "PrivateNote", "DocNumber", "TxnSource")
    record = Record(kind=kind, id=identity, data=data, source=source)
    wanted = wanted_applications(company, source, vendor, identity, kinds=links.PAID_BY_VENDOR_PAYMENTS)
    if links.used(wanted) > total:
        raise business("The amount applied is greater than the amount paid.", element="TotalAmt")
    links.show_applications(record, wanted)
    draft = Draft()
    draft.credit(account, total)
    draft.debit(payables, total, party=vendor)
    record.facts |= {"entry": draft.entry(data["TxnDate"], money_in(data).rate), "payable account": payables}
    return record


def build_transfer(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """Money moved between two accounts of the balance sheet."""
    data = common(company, kind, source, old, identity)
    accounts = []
    for name in ("FromAccountRef", "ToAccountRef"):
        account = posting_account(company, source, data, "Transfer", name=name)
        if company.records["Account"][account].data["Classification"] not in BALANCE_SHEET:
            raise FaultError("6430", "A transfer moves money between accounts of the balance sheet", element=name)
        data[name] = company.ref("Account", account)
        accounts.append(account)
    if accounts[0] == accounts[1]:
        raise business("A transfer needs two different accounts.", element="ToAccountRef")
    if source.get("Amount") is None:
        raise missing("Amount")
    value = rounded(source["Amount"])
    if value <= 0:
        raise business("You must set a transaction amount.", element="Amount")
    data["Amount"] = amount(value)
    texts(source, data, "PrivateNote", "TxnSource")
    data["LinkedTxn"] = []
    draft = Draft()
    draft.debit(accounts[1], value)
    draft.credit(accounts[0], value)
    entry = draft.entry(data["TxnDate"], money_in(data).rate)
    return Record(kind=kind, id=identity, data=data, source=source, facts={"entry": entry})
