"""Bank deposits: what was received elsewhere, put together, and direct lines (§16.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.money import PAYABLE, RECEIVABLE, line_class, posting_account
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import UNDEPOSITED, own_account
from comptoir_sandbox.quickbooks.sales import common, money_account, money_in
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

MEMBERS = {"Payment": 1, "SalesReceipt": 1, "RefundReceipt": -1}
"""Kinds that may sit in Undeposited Funds, with the sign of their amount."""


def build_deposit(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A deposit from the properties in force; its members are claimed when it is stored."""
    if not source.get("Line"):
        raise missing("Line")
    if reference(source, "DepositToAccountRef") is None:
        raise missing("DepositToAccountRef")
    bank = company.refer("Account", str(reference(source, "DepositToAccountRef")), element="DepositToAccountRef")
    fixed = {**source, "CurrencyRef": {"value": bank.data["CurrencyRef"]["value"]}}
    if reference(source, "CurrencyRef") not in {None, bank.data["CurrencyRef"]["value"]}:
        raise business("A deposit is in the currency of its account.", element="CurrencyRef")
    data = common(company, kind, fixed, old, identity)
    account = money_account(company, source, "DepositToAccountRef", old, data)
    record = Record(kind=kind, id=identity, data=data, source=source, facts={"members": []})
    draft = Draft()
    data["DepositToAccountRef"] = company.ref("Account", str(account))
    values = [rounded(line.get("Amount", ZERO)) for line in source["Line"]]
    back = rounded((source.get("CashBack") or {}).get("Amount", ZERO))
    total = sum(values, ZERO) - back
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
    draft.debit(str(account), total)
    data["Line"] = [_line(company, record, draft, line, number) for number, line in enumerate(source["Line"], start=1)]
    if back:
        taken = posting_account(company, source["CashBack"], data, "CashBack")
        draft.debit(taken, back)
        data["CashBack"] = {"AccountRef": company.ref("Account", taken), "Amount": amount(back)}
    for name in ("PrivateNote", "TxnSource"):
        if source.get(name):
            data[name] = source[name]
    data["TotalAmt"] = amount(total)
    record.facts["entry"] = draft.entry(data["TxnDate"], money_in(data).rate)
    return record


def _line(company: Company, record: Record, draft: Draft, line: Object, number: int) -> Object:
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    value = rounded(line["Amount"])
    shown: Object = {"Id": str(number), "LineNum": number, "Amount": amount(value)}
    if line.get("Description"):
        shown["Description"] = line["Description"]
    if line.get("LinkedTxn"):
        key = _member(company, record, line["LinkedTxn"], value)
        draft.credit(own_account(company, UNDEPOSITED), value)
        return {**shown, "LinkedTxn": [{"TxnId": key[1], "TxnType": key[0], "TxnLineId": "0"}]}
    if line.get("DetailType") != "DepositLineDetail":
        raise FaultError("2170", "DetailType must be DepositLineDetail", element="Line.DetailType")
    detail = line.get("DepositLineDetail") or {}
    account = posting_account(company, detail, record.data, "DepositLineDetail")
    answer: Object = {"AccountRef": company.ref("Account", account)}
    draft.credit(account, value, customer=_entity(company, detail, account, answer))
    line_class(company, detail, answer)
    method = reference(detail, "PaymentMethodRef")
    if method is not None:
        company.refer("PaymentMethod", method, element="PaymentMethodRef")
        answer["PaymentMethodRef"] = company.ref("PaymentMethod", method)
    if detail.get("CheckNum"):
        answer["CheckNum"] = detail["CheckNum"]
    return {**shown, "DetailType": "DepositLineDetail", "DepositLineDetail": answer}


def _entity(company: Company, detail: Object, account: str, answer: Object) -> str | None:
    """The line's name, shown; required on receivables and payables. The customer's id on receivables."""
    entity = detail.get("Entity") or {}
    word = str(entity.get("type", "")).capitalize()
    identity = reference(detail, "Entity")
    if identity is not None and word in {"Customer", "Vendor", "Employee"}:
        company.refer(word, identity, element="Entity", keep=identity)
        answer["Entity"] = {**company.ref(word, identity), "type": word.upper()}
    kind = company.records["Account"][account].data["AccountType"]
    needed = {RECEIVABLE: "Customer", PAYABLE: "Vendor"}.get(kind)
    if needed is not None and (identity is None or word != needed):
        raise business(f"When you use {kind}, you must choose a {needed.lower()} in the Received From field.")
    return identity if kind == RECEIVABLE else None


def _member(company: Company, record: Record, linked: list[Object], value: Decimal) -> tuple[str, str]:
    if len(linked) != 1:
        raise missing("Line.LinkedTxn")
    kind, identity = str(linked[0].get("TxnType")), str(linked[0].get("TxnId"))
    found = company.get(kind, identity) if kind in MEMBERS else None
    if found is None:
        raise FaultError("620", f"Transaction cannot be linked : {kind} {identity}", element="LinkedTxn")
    key = (kind, identity)
    holder = company.deposited.get(key)
    if holder not in {None, record.id} or key in record.facts["members"]:
        raise FaultError("620", f"Transaction cannot be linked : {kind} {identity} is deposited", element="LinkedTxn")
    if reference(found.data, "DepositToAccountRef") != own_account(company, UNDEPOSITED):
        raise FaultError("620", f"Transaction cannot be linked : {kind} {identity} was not held", element="LinkedTxn")
    if value != MEMBERS[kind] * Decimal(found.data["TotalAmt"]):
        raise business(f"The amount must be the whole of {kind} {identity}.", element="Line.Amount")
    if found.data["CurrencyRef"]["value"] != record.data["CurrencyRef"]["value"]:
        raise business(f"{kind} {identity} is in another currency.", element="LinkedTxn")
    record.facts["members"].append(key)
    return key


def store_deposit(company: Company, record: Record) -> None:
    """Post it; members become part of it, former members are free again."""
    company.ledger.replace((record.kind, record.id), record.facts.pop("entry"))
    former = company.get("Deposit", record.id)
    if former is not None:
        wanted = set(record.facts["members"])
        _release(company, [key for key in former.facts["members"] if key not in wanted])
    for key in record.facts["members"]:
        if key not in company.deposited:
            company.undo.assign(company.deposited, key, record.id)
            _touch(company, key, record.id)


def release_members(company: Company, deposit: Record) -> None:
    """The members of a deleted deposit are free again."""
    _release(company, deposit.facts["members"])


def _release(company: Company, members: list[tuple[str, str]]) -> None:
    for key in members:
        company.undo.remove(company.deposited, key)
        _touch(company, key, None)


def _touch(company: Company, key: tuple[str, str], deposit: str | None) -> None:
    changed = links.copy(company.must(*key))
    rest = [each for each in changed.data.get("LinkedTxn", []) if each["TxnType"] != "Deposit"]
    changed.data["LinkedTxn"] = [*rest, {"TxnId": deposit, "TxnType": "Deposit"}] if deposit else rest
    links.restamp(company, changed)
    company.put(changed)


def check_deposited(company: Company, key: tuple[str, str]) -> None:
    """6540 for a member of a deposit: it cannot be changed or deleted."""
    if key in company.deposited:
        text = f"Deposited Transaction cannot be changed: it is part of the deposit {company.deposited[key]}"
        raise FaultError("6540", text)
