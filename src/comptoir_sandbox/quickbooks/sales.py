"""Sales forms: invoices, sales receipts, credit memos, refund receipts (§13, §18)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links, stock
from comptoir_sandbox.quickbooks.currency import (
    Money,
    check_account_currency,
    currency_ref,
    is_multicurrency,
    money_of,
)
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.lines import LineReader, Sums
from comptoir_sandbox.quickbooks.lists import fall_due
from comptoir_sandbox.quickbooks.naming import head
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import RECEIVABLE, UNDEPOSITED, in_currency, own_account, tax_account
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, plain, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

MONEY_ACCOUNTS = frozenset({"Bank", "Other Current Asset"})
ADDRESSES = ("BillAddr", "ShipAddr", "ShipFromAddr")
COPIED = (
    "TrackingNum",
    "ShipDate",
    "ShipMethodRef",
    "BillEmail",
    "BillEmailCc",
    "BillEmailBcc",
    "CustomerMemo",
    "PrivateNote",
    "TxnSource",
    "PaymentRefNum",
)
PLAIN = frozenset({"Payment", "BillPayment"})
"""Forms without location and class."""
TRAILING_DIGITS = re.compile(r"^(.*?)(\d+)$")


def money_account(
    company: Company, source: Object, name: str, old: Record | None, data: Object | None = None
) -> str | None:
    """The id of a deposit account; 6430 unless it is a bank or other current asset (§13.3)."""
    wanted = reference(source, name)
    if wanted is None:
        return None
    keep = reference(old.data, name) if old is not None else None
    account = company.refer("Account", wanted, element=name, keep=keep)
    if account.data["AccountType"] not in MONEY_ACCOUNTS:
        raise FaultError("6430", f"Invalid account type used: {account.data['AccountType']}", element=name)
    if data is not None:
        check_account_currency(company, wanted, money_in(data), element=name)
    return wanted


def money_in(data: Object) -> Money:
    """Currency and rate of a document being built or stored."""
    return Money(data["CurrencyRef"]["value"], Decimal(data.get("ExchangeRate", 1)))


def customer_of(company: Company, source: Object, old: Record | None) -> str | None:
    """The customer's id; 2500 when unknown, 6250 when inactive."""
    wanted = reference(source, "CustomerRef")
    if wanted is None:
        return None
    known = company.get("Customer", wanted)
    if known is not None and known.data["Active"] is False and not _same_customer(old, wanted):
        raise FaultError("6250", "The customer is inactive or missing", element="CustomerRef")
    company.refer("Customer", wanted, element="CustomerRef", keep=wanted)
    return wanted


def _same_customer(old: Record | None, wanted: str) -> bool:
    return old is not None and reference(old.data, "CustomerRef") == wanted


def common(
    company: Company,
    kind: str,
    source: Object,
    old: Record | None,
    identity: str,
    *,
    party: str | None = None,
    party_kind: str = "Customer",
) -> Object:
    """Properties every transaction has; raises for unknown references. The party's currency is the document's."""
    data = head(identity)
    data["TxnDate"] = source.get("TxnDate") or (old.data["TxnDate"] if old is not None else company.today())
    money = money_of(company, source, old, data["TxnDate"], (party_kind, party))
    data["CurrencyRef"] = currency_ref(company, money.code)
    if is_multicurrency(company):
        data["ExchangeRate"] = plain(money.rate)
    pairs = [("PaymentMethodRef", "PaymentMethod")]
    if kind not in PLAIN and company.preference("AccountingInfoPrefs", "TrackDepartments"):
        pairs.append(("DepartmentRef", "Department"))
    if kind not in PLAIN and company.preference("AccountingInfoPrefs", "ClassTrackingPerTxn"):
        pairs.append(("ClassRef", "Class"))
    for name, target in pairs:
        wanted = reference(source, name)
        if wanted is not None:
            keep = reference(old.data, name) if old is not None else None
            company.refer(target, wanted, element=name, keep=keep)
            data[name] = company.ref(target, wanted)
    return data


def build_sale(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A sales form from the properties in force, before numbers and links are claimed."""
    customer = customer_of(company, source, old)
    if customer is None and kind in {"Invoice", "CreditMemo"}:
        raise missing("CustomerRef")
    if kind == "RefundReceipt" and reference(source, "DepositToAccountRef") is None:
        raise missing("DepositToAccountRef")
    data = common(company, kind, source, old, identity, party=customer)
    money = money_account(company, source, "DepositToAccountRef", old, data)
    sums = LineReader(company, source, old, data["TxnDate"]).sums()
    if source.get("EmailStatus") == "NeedToSend" and not source.get("BillEmail", {}).get("Address"):
        raise FaultError("6420", "BillEmail is required to send the form", element="BillEmail")
    data["CustomField"] = source.get("CustomField", [])
    data["LinkedTxn"] = []
    _copy(source, data)
    data["Line"] = sums.lines
    if sums.tax_detail is not None:
        data["TxnTaxDetail"] = sums.tax_detail
    if customer is not None:
        data["CustomerRef"] = company.ref("Customer", customer)
    _addresses(company, source, data, customer)
    data["TotalAmt"] = amount(sums.total)
    if is_multicurrency(company):
        data["HomeTotalAmt"] = amount(rounded(sums.total * Decimal(data["ExchangeRate"])))
    data["ApplyTaxAfterDiscount"] = bool(source.get("ApplyTaxAfterDiscount", False))
    data["PrintStatus"] = source.get("PrintStatus") or "NeedToPrint"
    data["EmailStatus"] = source.get("EmailStatus") or "NotSet"
    if company.preference("TaxPrefs", "UsingSalesTax") and company.traits.regime == GLOBAL:
        data["GlobalTaxCalculation"] = source.get("GlobalTaxCalculation") or "TaxExcluded"
    record = Record(kind=kind, id=identity, data=data, source=source, next_line=sums.next_line)
    _extras(company, record, money, customer)
    if "HomeTotalAmt" in data:
        data["HomeBalance"] = amount(rounded(Decimal(data["Balance"]) * Decimal(data["ExchangeRate"])))
    _post(company, record, sums, customer)
    return record


def _copy(source: Object, data: Object) -> None:
    for name in COPIED:
        value = source.get(name)
        if value not in (None, "", {}):
            data[name] = value


def _addresses(company: Company, source: Object, data: Object, customer: str | None) -> None:
    default = company.records["Customer"][customer].data if customer is not None else {}
    for name in ADDRESSES:
        given = source.get(name)
        if given:
            number = given.get("Id") or f"{data['Id']}{ADDRESSES.index(name)}"
            data[name] = {"Id": number, **{key: value for key, value in given.items() if key != "Id" and value != ""}}
        elif default.get(name):
            data[name] = default[name]


def _extras(company: Company, record: Record, money: str | None, customer: str | None) -> None:
    data, source = record.data, record.source
    if record.kind == "Invoice":
        _invoice_extras(company, record, money, customer)
        return
    data["Balance"] = 0
    if record.kind == "CreditMemo":
        data["Balance"] = data["RemainingCredit"] = data["TotalAmt"]
        return
    account = money or own_account(company, UNDEPOSITED)
    data["DepositToAccountRef"] = company.ref("Account", account)
    if record.kind == "RefundReceipt" and "PaymentRefNum" not in data and data["PrintStatus"] == "NeedToPrint":
        data["PaymentRefNum"] = "To Print"
    for name in ("CheckPayment", "PaymentType"):
        if source.get(name):
            data[name] = source[name]


def _invoice_extras(company: Company, record: Record, money: str | None, customer: str | None) -> None:
    data, source = record.data, record.source
    for name in ("AllowIPNPayment", "AllowOnlinePayment", "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
        data[name] = False
    term = reference(source, "SalesTermRef")
    if term is None and customer is not None:
        term = reference(company.records["Customer"][customer].data, "SalesTermRef")
    term = term or company.accounts_by_role.get("default term")
    fall_due(company, source, data, term)
    deposit = rounded(source.get("Deposit", ZERO))
    if deposit:
        data["Deposit"] = amount(deposit)
        data["DepositToAccountRef"] = company.ref("Account", money or own_account(company, UNDEPOSITED))
    if deposit < 0 or deposit > Decimal(data["TotalAmt"]):
        raise business("The deposit must lie between 0 and the total.", element="Deposit")
    data["Balance"] = amount(Decimal(data["TotalAmt"]) - deposit)


def _post(company: Company, record: Record, sums: Sums, customer: str | None) -> None:
    """The form's postings (§18), kept on the record until it is stored."""
    data = record.data
    sale = Draft()
    money = money_in(data)
    receivable = in_currency(company, RECEIVABLE, money.code)
    if record.kind == "Invoice":
        deposit = Decimal(data.get("Deposit", 0))
        sale.debit(receivable, sums.total - deposit, party=customer)
        if deposit:
            sale.debit(data["DepositToAccountRef"]["value"], deposit)
    elif record.kind == "CreditMemo":
        sale.debit(receivable, sums.total, party=customer)
    else:
        sale.debit(data["DepositToAccountRef"]["value"], sums.total)
    for account, value in sums.income:
        sale.credit(account, value)
    if sums.discount is not None:
        sale.debit(*sums.discount)
    for rate, tax in sums.tax.items():
        sale.credit(tax_account(company, rate), tax)
    entry = sale.entry(data["TxnDate"], money.rate)
    returns = record.kind in {"CreditMemo", "RefundReceipt"}
    record.facts["entry"] = entry.reversed() if returns else entry
    record.facts["rates"] = tuple(sums.tax)
    record.facts["stock"] = stock.sale_changes(company, sums.stock, returned=returns)


def claim_number(company: Company, record: Record, old: Record | None, *, allow_duplicate: bool) -> None:
    """Give the form its document number; 6140 for one in use (§13.1)."""
    custom = company.preference("SalesFormsPrefs", "CustomTxnNumbers")
    number = record.source.get("DocNumber") or None
    if number is None and (not custom or record.source.get("AutoDocNumber")):
        number = old.data.get("DocNumber") if old is not None else None
        number = number or _next_number(company)
    key = (record.kind, record.id)
    former = old.data.get("DocNumber") if old is not None else None
    if number is not None and custom and number != former and not allow_duplicate:
        holder = company.holder_of_number(number, key)
        if holder is not None:
            raise FaultError(
                "6140",
                "Duplicate Document Number Error : You must specify a different number. This number has already been "
                f"used. DocNumber={number} is assigned to TxnType={holder[0]} with TxnId={holder[1]}",
                element="",
            )
    if number is not None:
        record.data["DocNumber"] = number
        record.facts["number"] = number


def _next_number(company: Company) -> str:
    last = company.facts.get("last number", "1000")
    match = TRAILING_DIGITS.match(last)
    if match is None:
        candidate = f"{last}1"
    else:
        digits = match.group(2)
        candidate = f"{match.group(1)}{int(digits) + 1:0{len(digits)}d}"
    company.undo.assign(company.facts, "last number", candidate)
    return candidate


def store_sale(company: Company, record: Record, old: Record | None, *, allow_duplicate: bool) -> Record:
    """Number, post and store a sales form; then bring its applications in line."""
    claim_number(company, record, old, allow_duplicate=allow_duplicate)
    company.ledger.replace((record.kind, record.id), record.facts.pop("entry"))
    stock.record(company, (record.kind, record.id), record.data["TxnDate"], record.facts.pop("stock"))
    if record.data.get("DocNumber") is not None and not company.preference("SalesFormsPrefs", "CustomTxnNumbers"):
        company.undo.assign(company.facts, "last number", record.data["DocNumber"])
    if old is not None and record.kind in links.OPEN_KINDS:
        links.settle(company, record)
    return record


def void_sale(company: Company, old: Record) -> Record:
    """The form with zero amounts (§3); the payments that were linked keep their amounts."""
    data = {**old.data, "TotalAmt": 0, "LinkedTxn": [], "TxnTaxDetail": {"TotalTax": 0}}
    note = data.get("PrivateNote")
    data["PrivateNote"] = f"Voided - {note}" if note else "Voided"
    if "Balance" in data:
        data["Balance"] = 0
    data.pop("Deposit", None)
    data["Line"] = [_void_line(line) for line in old.data["Line"]]
    source = {key: value for key, value in old.source.items() if key not in {"TxnTaxDetail", "Deposit"}}
    source["PrivateNote"] = data["PrivateNote"]
    source["Line"] = [_void_line(line) for line in old.source["Line"]]
    links.release(company, (old.kind, old.id))
    company.ledger.replace((old.kind, old.id), None)
    stock.record(company, (old.kind, old.id), old.data["TxnDate"], [])
    return Record(
        kind=old.kind, id=old.id, data=data, source=source, next_line=old.next_line, facts={**old.facts, "void": True}
    )


def _void_line(line: Object) -> Object:
    result = {**line, "Amount": 0} if "Amount" in line else dict(line)
    detail = line.get("SalesItemLineDetail")
    if detail:
        zeroed = {name: 0 for name in ("Qty", "UnitPrice", "TaxInclusiveAmt") if name in detail}
        result["SalesItemLineDetail"] = {**detail, **{name: plain(Decimal(value)) for name, value in zeroed.items()}}
    if "Amount" in result:
        result["Amount"] = Decimal(0)
    return result
