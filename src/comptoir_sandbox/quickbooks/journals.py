"""Journal entries: debits and credits as given (§16.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import PAYABLE, RECEIVABLE, Draft
from comptoir_sandbox.quickbooks.postings import line_class, posting_account, texts, type_of
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.regimes import side_of
from comptoir_sandbox.quickbooks.roles import tax_account
from comptoir_sandbox.quickbooks.sales import common, money_in
from comptoir_sandbox.quickbooks.values import Object, amount, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

TAX_SUBTYPES = frozenset({"SalesTaxPayable", "GlobalTaxPayable", "GlobalTaxSuspense"})
TWO_SIDES = 2


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
    data = common(company, kind, source, old, identity, party=customer if on_books else None)
    data["Adjustment"] = bool(source.get("Adjustment", False))
    texts(source, data, "PrivateNote", "DocNumber", "TxnSource")
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
    party = _journal_party(company, record, account, line, value)
    signed = value if side == "Debit" else -value
    draft.debit(account, signed, party=party)
    answer: Object = {"PostingType": side, "AccountRef": company.ref("Account", account)}
    if detail.get("Entity"):
        answer["Entity"] = detail["Entity"]
    line_class(company, detail, answer)
    _journal_tax(company, record, draft, detail, answer)
    shown: Object = {"Id": str(number), "Amount": amount(value), "DetailType": "JournalEntryLineDetail"}
    texts(line, shown, "Description")
    return {**shown, "JournalEntryLineDetail": answer}


def _journal_party(company: Company, record: Record, account: str, line: Object, value: Decimal) -> str | None:
    kind = type_of(company, account)
    if kind == PAYABLE:
        vendor = _journal_entity(line, "Vendor")
        if vendor is None:
            raise business("When you use Accounts Payable, you must choose a vendor in the Name field.")
        company.refer("Vendor", vendor, element="Entity", keep=vendor)
        return vendor
    if kind != RECEIVABLE:
        return None
    customer = _journal_entity(line, "Customer")
    if customer is None:
        raise business("When you use Accounts Receivable, you must choose a customer in the Name field.")
    if line["JournalEntryLineDetail"]["PostingType"] == "Credit":
        record.facts |= {"receivable": value, "customer": customer, "receivable account": account}
    return customer


def _journal_tax(company: Company, record: Record, draft: Draft, detail: Object, answer: Object) -> None:
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
    side = side_of(detail["TaxApplicableOn"])
    rates = (found.get(side) or {}).get("TaxRateDetail") or []
    if tax and not rates:
        raise FaultError("6470", "The tax code has no rate for this tax", element="TaxCodeRef")
    if tax:
        rate = rates[0]["TaxRateRef"]["value"]
        draft.debit(tax_account(company, rate), tax if detail["PostingType"] == "Debit" else -tax)
        record.facts["rates"] = (*record.facts.get("rates", ()), rate)
