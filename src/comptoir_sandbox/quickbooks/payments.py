"""Payments: money received, and credits joined to invoices (§16.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links
from comptoir_sandbox.quickbooks.currency import check_account_currency
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import RECEIVABLE, UNDEPOSITED, in_currency, own_account
from comptoir_sandbox.quickbooks.sales import common, customer_of, money_account, money_in
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, reference, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company


def build_payment(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A payment from the properties in force, its applications checked."""
    if source.get("TotalAmt") is None:
        raise missing("TotalAmt")
    customer = customer_of(company, source, old)
    if customer is None:
        raise missing("CustomerRef")
    data = common(company, kind, source, old, identity, party=customer)
    account = money_account(company, source, "DepositToAccountRef", old, data) or own_account(company, UNDEPOSITED)
    receivable = _receivable(company, source, data)
    total = rounded(source["TotalAmt"])
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
    data["CustomerRef"] = company.ref("Customer", customer)
    data["DepositToAccountRef"] = company.ref("Account", account)
    data["TotalAmt"] = amount(total)
    data["ProcessPayment"] = False
    data["LinkedTxn"] = []
    for name in ("PaymentRefNum", "PrivateNote", "TxnSource"):
        if source.get(name):
            data[name] = source[name]
    wanted = wanted_applications(company, source, customer, identity, kinds=links.OPEN_KINDS)
    if links.used(wanted) > total:
        raise business("The amount applied is greater than the amount received.", element="TotalAmt")
    record = Record(kind=kind, id=identity, data=data, source=source)
    links.show_applications(record, wanted)
    draft = Draft()
    draft.debit(account, total)
    draft.credit(receivable, total, party=customer)
    record.facts["entry"] = draft.entry(data["TxnDate"], money_in(data).rate)
    return record


def _receivable(company: Company, source: Object, data: Object) -> str:
    wanted = reference(source, "ARAccountRef")
    if wanted is None:
        return in_currency(company, RECEIVABLE, data["CurrencyRef"]["value"])
    account = company.refer("Account", wanted, element="ARAccountRef")
    if account.data["AccountType"] != "Accounts Receivable":
        raise FaultError("6430", f"Invalid account type used: {account.data['AccountType']}", element="ARAccountRef")
    check_account_currency(company, wanted, money_in(data), element="ARAccountRef")
    return wanted


def wanted_applications(
    company: Company, source: Object, party: str, payment: str, *, kinds: Mapping[str, str]
) -> dict[tuple[str, str], Decimal]:
    """Document -> amount, as the lines of a payment want it; 620 and 6000 for what cannot be linked or is too much."""
    wanted: dict[tuple[str, str], Decimal] = {}
    for line in source.get("Line") or []:
        if line.get("Amount") is None:
            raise missing("Line.Amount")
        value = rounded(line["Amount"])
        if value <= 0:
            raise FaultError("2290", f"Invalid amount on a line. Supplied value:{value}", element="Line.Amount")
        found = line.get("LinkedTxn") or []
        if len(found) != 1:
            raise missing("Line.LinkedTxn")
        key = _linked(company, found[0], party, kinds)
        wanted[key] = wanted.get(key, ZERO) + value
    for key, value in wanted.items():
        record = company.records[key[0]][key[1]]
        rest = links.capacity(record) - links.applied_total(company, key, besides=payment)
        if not rest:
            raise _cannot_link(f"{key[0]} {key[1]} has no open balance")
        if value > rest:
            raise business(f"The amount {value} is greater than the open balance {rest} of {key[0]} {key[1]}.")
    return wanted


def _linked(company: Company, link: Object, party: str, kinds: Mapping[str, str]) -> tuple[str, str]:
    kind, identity = link.get("TxnType"), link.get("TxnId")
    if not kind or not identity:
        raise missing("LinkedTxn.TxnId" if kind else "LinkedTxn.TxnType")
    if kind not in kinds:
        raise _cannot_link(f"TxnType {kind}")
    kind = kinds[kind]
    record = company.get(kind, identity)
    if record is None:
        raise _cannot_link(f"The entity {kind} {identity} that you are trying to link does not exist")
    owner = reference(record.data, "VendorRef" if kind == "Bill" else "CustomerRef") or record.facts.get("customer")
    if owner != party and (kind == "Bill" or owner not in company.children.get(party, ())):
        raise _cannot_link(f"{kind} {identity} belongs to another {'vendor' if kind == 'Bill' else 'customer'}")
    return kind, identity


def _cannot_link(text: str) -> FaultError:
    return FaultError("620", f"Transaction cannot be linked : {text}", element="LinkedTxn")


def store_payment(company: Company, record: Record) -> Record:
    """Post the payment and apply it."""
    company.ledger.replace((record.kind, record.id), record.facts.pop("entry"))
    links.set_applications(company, record, links.applications(record))
    return record


def void_payment(company: Company, old: Record) -> Record:
    """A payment of nothing: the invoices or bills it settled are open again (§3)."""
    data: Object = {**old.data, "TotalAmt": 0, "Line": [], "LinkedTxn": []}
    if "UnappliedAmt" in data:
        data["UnappliedAmt"] = 0
    note = data.get("PrivateNote")
    data["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    source = {**old.source, "TotalAmt": ZERO, "Line": [], "PrivateNote": data["PrivateNote"]}
    links.set_applications(company, old, {})
    company.ledger.replace((old.kind, old.id), None)
    return Record(kind=old.kind, id=old.id, data=data, source=source, facts={"void": True})
