"""Purchases and journal entries: money and corrections outside the sales forms (§16.3, §16.4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.currency import check_account_currency
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import tax_account
from comptoir_sandbox.quickbooks.sales import common, customer_of, money_in
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, plain, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

RECEIVABLE, PAYABLE = "Accounts Receivable", "Accounts Payable"
TAX_SUBTYPES = frozenset({"SalesTaxPayable", "GlobalTaxPayable", "GlobalTaxSuspense"})
TWO_SIDES = 2


def _texts(source: Object, data: Object, *names: str) -> None:
    for name in names:
        if source.get(name):
            data[name] = source[name]


def posting_account(company: Company, detail: Object, data: Object, path: str) -> str:
    """The account of a line: 2020 when absent, 2500 when unknown."""
    account = reference(detail, "AccountRef")
    if account is None:
        raise missing(f"{path}.AccountRef")
    company.refer("Account", account, element="AccountRef")
    check_account_currency(company, account, money_in(data), element="AccountRef")
    return account


def line_class(company: Company, detail: Object, shown: Object) -> None:
    """Copy a line's class where classes are tracked by line."""
    wanted = reference(detail, "ClassRef")
    if wanted is not None and company.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
        company.refer("Class", wanted, element="ClassRef")
        shown["ClassRef"] = company.ref("Class", wanted)


def _type_of(company: Company, account: str) -> str:
    return str(company.records["Account"][account].data["AccountType"])


# --- purchases


def build_purchase(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An expense from the properties in force: cash, check or card, or its refund."""
    if not source.get("PaymentType"):
        raise missing("PaymentType")
    data = common(company, kind, source, old, identity, customer=_expense_customer(company, source, old))
    account = posting_account(company, source, data, "Purchase")
    wanted = {"Credit Card"} if source["PaymentType"] == "CreditCard" else {"Bank", "Other Current Asset"}
    if _type_of(company, account) not in wanted:
        text = f"Invalid account type used: {_type_of(company, account)}"
        raise FaultError("6430", text, element="AccountRef")
    if not source.get("Line"):
        raise missing("Line")
    data["AccountRef"] = company.ref("Account", account)
    data["PaymentType"] = source["PaymentType"]
    data["Credit"] = bool(source.get("Credit", False))
    _texts(source, data, "PrivateNote", "DocNumber", "PaymentRefNum", "TxnSource", "PrintStatus")
    _payee(company, source, data)
    record = Record(kind=kind, id=identity, data=data, source=source, facts={"stock": []})
    draft = Draft()
    total = sum((rounded(line.get("Amount", ZERO)) for line in source["Line"]), ZERO)
    draft.credit(account, total)
    data["Line"] = [_expense_line(company, record, draft, line, n) for n, line in enumerate(source["Line"], start=1)]
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
    if source.get("TotalAmt") is not None and rounded(source["TotalAmt"]) != total:
        raise FaultError("6070", f"Amount calculation: the lines add up to {total}", element="TotalAmt")
    data["TotalAmt"] = amount(total)
    data["LinkedTxn"] = []
    entry = draft.entry(data["TxnDate"], money_in(data).rate)
    record.facts["entry"] = entry.reversed() if data["Credit"] else entry
    if data["Credit"]:
        record.facts["stock"] = [(item, -quantity, None) for item, quantity, _ in record.facts["stock"]]
    return record


def _expense_customer(company: Company, source: Object, old: Record | None) -> str | None:
    """The customer whose receivables the expense touches, if any: it decides the currency."""
    for line in source.get("Line") or []:
        detail = line.get("AccountBasedExpenseLineDetail") or {}
        account = company.get("Account", reference(detail, "AccountRef") or "")
        if account is not None and account.data["AccountType"] == RECEIVABLE:
            return customer_of(company, detail, old) or _entity_customer(company, source)
    return None


def _entity_customer(company: Company, source: Object) -> str | None:
    entity = source.get("EntityRef") or {}
    if str(entity.get("type", "")).lower() != "customer" or not entity.get("value"):
        return None
    return customer_of(company, {"CustomerRef": entity}, None)


def _payee(company: Company, source: Object, data: Object) -> None:
    entity = source.get("EntityRef") or {}
    if not entity.get("value"):
        return
    word = str(entity.get("type") or "Vendor").capitalize()
    if word not in {"Vendor", "Customer", "Employee"}:
        raise FaultError("2120", f"Invalid type. Supplied value:{word}", element="EntityRef")
    company.refer(word, str(entity["value"]), element="EntityRef", keep=str(entity["value"]))
    data["EntityRef"] = {**company.ref(word, str(entity["value"])), "type": word}


def _expense_line(company: Company, record: Record, draft: Draft, line: Object, number: int) -> Object:
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    kind = line.get("DetailType")
    if kind not in {"AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"}:
        raise FaultError("2170", f"DetailType {kind} is not valid on an expense", element="Line.DetailType")
    value = rounded(line["Amount"])
    detail = line.get(kind) or {}
    shown: Object = {"Id": str(number), "LineNum": number, "Amount": amount(value), "DetailType": kind}
    _texts(line, shown, "Description")
    answer: Object = {}
    line_class(company, detail, answer)
    customer = None
    if kind == "ItemBasedExpenseLineDetail":
        account = _bought_item(company, record, detail, answer, value)
    else:
        account = posting_account(company, detail, record.data, kind)
        answer["AccountRef"] = company.ref("Account", account)
        if _type_of(company, account) == RECEIVABLE:
            customer = _on_receivables(company, record, account, value)
    wanted = reference(detail, "CustomerRef")
    if wanted is not None:
        company.refer("Customer", wanted, element="CustomerRef", keep=wanted)
        answer["CustomerRef"] = company.ref("Customer", wanted)
    draft.debit(account, value, customer=customer)
    shown[kind] = answer
    return shown


def _on_receivables(company: Company, record: Record, account: str, value: Decimal) -> str:
    customer = _expense_customer(company, record.source, None)
    if customer is None:
        raise business("When you use Accounts Receivable, you must choose a customer.", element="CustomerRef")
    if record.data["Credit"]:
        raise business("A refund of an expense cannot be posted to the receivables.", element="Credit")
    record.facts["receivable"] = record.facts.get("receivable", ZERO) + value
    record.facts |= {"customer": customer, "receivable account": account}
    return customer


def _bought_item(company: Company, record: Record, detail: Object, answer: Object, value: Decimal) -> str:
    item = reference(detail, "ItemRef")
    if item is None:
        raise missing("ItemBasedExpenseLineDetail.ItemRef")
    found = company.refer("Item", item, element="ItemRef").data
    answer["ItemRef"] = company.ref("Item", item)
    for name in ("Qty", "UnitPrice"):
        if detail.get(name) is not None:
            answer[name] = plain(detail[name])
    if found["Type"] == "Inventory":
        if detail.get("Qty") is None:
            raise FaultError("6440", "The quantity of a tracked item is missing", element="Qty")
        home = rounded(value * money_in(record.data).rate)
        record.facts["stock"].append((item, detail["Qty"], home))
        return str(found["AssetAccountRef"]["value"])
    account = found.get("ExpenseAccountRef")
    if account is None:
        raise business("The item has no expense account.", element="ItemRef")
    return str(account["value"])


# --- journal entries


def build_journal(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A journal entry: given debits and credits, equal in sum (2300)."""
    lines = source.get("Line")
    if not lines:
        raise missing("Line")
    if len(lines) < TWO_SIDES:
        raise FaultError("2250", "A journal entry needs at least two lines", element="Line")
    customer = next((found for line in lines if (found := _journal_entity(line, "Customer"))), None)
    if customer is not None:
        company.refer("Customer", customer, element="Entity", keep=customer)
    on_books = any(_is_kind(company, line, RECEIVABLE) for line in lines)
    data = common(company, kind, source, old, identity, customer=customer if on_books else None)
    data["Adjustment"] = bool(source.get("Adjustment", False))
    _texts(source, data, "PrivateNote", "DocNumber", "TxnSource")
    record = Record(kind=kind, id=identity, data=data, source=source)
    draft = Draft()
    data["Line"] = [_journal_line(company, record, draft, line, number) for number, line in enumerate(lines)]
    if sum(1 for line in lines if _is_kind(company, line, RECEIVABLE) or _is_kind(company, line, PAYABLE)) > 1:
        raise business("You can use only one Accounts Receivable or Accounts Payable line in a journal entry.")
    if draft.balance:
        raise FaultError("2300", f"Debits and credits differ by {abs(draft.balance)}", element="Line")
    data["LinkedTxn"] = []
    record.facts["entry"] = draft.entry(data["TxnDate"], money_in(data).rate)
    return record


def _is_kind(company: Company, line: Object, kind: str) -> bool:
    account = company.get("Account", reference(line.get("JournalEntryLineDetail") or {}, "AccountRef") or "")
    return account is not None and account.data["AccountType"] == kind


def _journal_entity(line: Object, word: str) -> str | None:
    entity = (line.get("JournalEntryLineDetail") or {}).get("Entity") or {}
    return reference(entity, "EntityRef") if str(entity.get("Type", "")).lower() == word.lower() else None


def _journal_line(company: Company, record: Record, draft: Draft, line: Object, number: int) -> Object:
    if line.get("DetailType") != "JournalEntryLineDetail":
        raise FaultError("2170", "DetailType must be JournalEntryLineDetail", element="Line.DetailType")
    detail = line.get("JournalEntryLineDetail") or {}
    side = detail.get("PostingType")
    if side is None:
        raise FaultError("2260", "PostingType is missing", element="PostingType")
    if line.get("Amount") is None:
        raise missing("Line.Amount")
    value = rounded(line["Amount"])
    if value < 0:
        raise FaultError("2290", f"Invalid amount on a line. Supplied value:{value}", element="Line.Amount")
    account = posting_account(company, detail, record.data, "JournalEntryLineDetail")
    subtype = company.records["Account"][account].data["AccountSubType"]
    if subtype in TAX_SUBTYPES and company.preference("TaxPrefs", "PartnerTaxEnabled"):
        raise business("You cannot post to a sales tax account directly.", element="AccountRef")
    customer = _journal_customer(company, record, account, line, value)
    signed = value if side == "Debit" else -value
    draft.debit(account, signed, customer=customer)
    answer: Object = {"PostingType": side, "AccountRef": company.ref("Account", account)}
    if detail.get("Entity"):
        answer["Entity"] = detail["Entity"]
    line_class(company, detail, answer)
    _journal_tax(company, draft, detail, answer, 1 if side == "Debit" else -1)
    shown: Object = {"Id": str(number), "Amount": amount(value), "DetailType": "JournalEntryLineDetail"}
    _texts(line, shown, "Description")
    return {**shown, "JournalEntryLineDetail": answer}


def _journal_customer(company: Company, record: Record, account: str, line: Object, value: Decimal) -> str | None:
    kind = _type_of(company, account)
    if kind == PAYABLE:
        vendor = _journal_entity(line, "Vendor")
        if vendor is None:
            raise business("When you use Accounts Payable, you must choose a vendor in the Name field.")
        company.refer("Vendor", vendor, element="Entity", keep=vendor)
    if kind != RECEIVABLE:
        return None
    customer = _journal_entity(line, "Customer")
    if customer is None:
        raise business("When you use Accounts Receivable, you must choose a customer in the Name field.")
    if line["JournalEntryLineDetail"]["PostingType"] == "Credit":
        record.facts |= {"receivable": value, "customer": customer, "receivable account": account}
    return customer


def _journal_tax(company: Company, draft: Draft, detail: Object, answer: Object, sign: int) -> None:
    """A line with a code says on what (2270) and how much (2280); the tax joins the line's side."""
    code = reference(detail, "TaxCodeRef")
    if code is None or not company.preference("TaxPrefs", "UsingSalesTax"):
        return
    found = company.refer("TaxCode", code, element="TaxCodeRef").data
    if not detail.get("TaxApplicableOn"):
        raise FaultError("2270", "TaxApplicableOn is missing", element="TaxApplicableOn")
    if detail.get("TaxAmount") is None:
        raise FaultError("2280", "TaxAmount is missing", element="TaxAmount")
    tax = rounded(detail["TaxAmount"])
    answer |= {
        "TaxCodeRef": {"value": code},
        "TaxApplicableOn": detail["TaxApplicableOn"],
        "TaxAmount": amount(tax),
    }
    rates = found.get("SalesTaxRateList", {}).get("TaxRateDetail", [])
    if tax and not rates:
        raise FaultError("6470", "The tax code has no rate for this tax", element="TaxCodeRef")
    if tax:
        draft.debit(tax_account(company, rates[0]["TaxRateRef"]["value"]), sign * tax)
