"""Bank deposits: what was received elsewhere, put together, and direct lines (§16.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import links, taxes
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import PAYABLE, RECEIVABLE, Draft
from comptoir_sandbox.quickbooks.postings import line_class, posting_account, texts
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.regimes import rates_of, side_of
from comptoir_sandbox.quickbooks.regimes import shown as shown_tax
from comptoir_sandbox.quickbooks.roles import UNDEPOSITED, own_account, tax_account
from comptoir_sandbox.quickbooks.sales import common, money_account, money_in
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

TRANSFER_SIDES = (("ToAccountRef", 1), ("FromAccountRef", -1))
MEMBERS = ("Payment", "SalesReceipt", "RefundReceipt", "Transfer", "JournalEntry")
"""Kinds that may sit in Undeposited Funds."""


def held_amount(company: Company, record: Record) -> Decimal:
    """How much of a document sits in Undeposited Funds; a refund from there is negative."""
    held, data = company.accounts_by_role.get(UNDEPOSITED), record.data
    if record.kind == "Transfer":
        return sum(
            (sign * Decimal(data["Amount"]) for name, sign in TRANSFER_SIDES if data[name]["value"] == held), ZERO
        )
    if record.kind == "JournalEntry":
        details = [(line["JournalEntryLineDetail"], Decimal(line["Amount"])) for line in data["Line"]]
        return sum(
            (
                value if detail["PostingType"] == "Debit" else -value
                for detail, value in details
                if detail["AccountRef"]["value"] == held
            ),
            ZERO,
        )
    if reference(data, "DepositToAccountRef") != held:
        return ZERO
    return Decimal(data["TotalAmt"]) * (-1 if record.kind == "RefundReceipt" else 1)


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
    account = str(money_account(company, source, "DepositToAccountRef", old, data))
    record = Record(kind=kind, id=identity, data=data, source=source, facts={"members": []})
    data["DepositToAccountRef"] = company.ref("Account", account)
    lines, draft = Draft(), Draft()
    total = _lines(company, record, lines)
    back = rounded((source.get("CashBack") or {}).get("Amount", ZERO))
    total -= back
    if total < 0:
        raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
    draft.debit(account, total)
    draft.add(lines)
    if back:
        taken = posting_account(company, source["CashBack"], data, "CashBack")
        draft.debit(taken, back)
        data["CashBack"] = {"AccountRef": company.ref("Account", taken), "Amount": amount(back)}
    texts(source, data, "PrivateNote", "TxnSource")
    data["TotalAmt"] = amount(total)
    record.facts["entry"] = draft.entry(data["TxnDate"], money_in(data).rate)
    return record


def _lines(company: Company, record: Record, draft: Draft) -> Decimal:
    """Credit the lines and their tax; their sum."""
    lines = record.source["Line"]
    if any(line.get("Amount") is None for line in lines):
        raise missing("Line.Amount")
    taxer = _Taxer(company, record)
    found = taxes.compute(
        included=taxer.included,
        lines=[taxes.Taxed(taxer.code(line), rounded(line["Amount"])) for line in lines],
        shipping=[],
        discount=ZERO,
        discount_code=None,
        rates=taxer.rates,
    )
    pairs = zip(lines, found.nets, strict=True)
    record.data["Line"] = [
        _line(company, record, draft, line, net, number) for number, (line, net) in enumerate(pairs, start=1)
    ]
    if taxer.used:
        statement = shown_tax(found, {})
        record.data["TxnTaxDetail"] = statement.detail
        record.data["GlobalTaxCalculation"] = "TaxInclusive" if taxer.included else "TaxExcluded"
        record.facts["rates"] = tuple(statement.by_rate)
        for rate, tax in statement.by_rate.items():
            draft.credit(tax_account(company, rate), tax)
    return sum(found.nets, ZERO) + found.total


class _Taxer:
    """The tax codes of direct lines: TaxApplicableOn says on which side (§15.4)."""

    def __init__(self, company: Company, record: Record) -> None:
        basis = record.source.get("GlobalTaxCalculation")
        self._company = company
        self._day = record.data["TxnDate"]
        self._on = bool(company.preference("TaxPrefs", "UsingSalesTax")) and company.traits.regime == GLOBAL
        self._on = self._on and basis != "NotApplicable"
        self.included = basis == "TaxInclusive"
        self.rates: dict[str, list[taxes.Rate]] = {"": []}

    @property
    def used(self) -> bool:
        """Whether a line had a code."""
        return len(self.rates) > 1

    def code(self, line: Object) -> str:
        """Code and side as one key of `rates`, "" for a line without."""
        detail = line.get("DepositLineDetail") or {}
        code = reference(detail, "TaxCodeRef") if self._on and not line.get("LinkedTxn") else None
        if code is None:
            return ""
        self._company.refer("TaxCode", code, element="TaxCodeRef", keep=code)
        side = side_of(detail.get("TaxApplicableOn") or "Sales")
        self.rates[f"{code} {side}"] = rates_of(self._company, code, self._day, side)
        return f"{code} {side}"


def _line(company: Company, record: Record, draft: Draft, line: Object, value: Decimal, number: int) -> Object:
    shown: Object = {"Id": str(number), "LineNum": number, "Amount": amount(value)}
    texts(line, shown, "Description")
    if line.get("LinkedTxn"):
        key = _member(company, record, line["LinkedTxn"], value)
        draft.credit(own_account(company, UNDEPOSITED), value)
        return {**shown, "LinkedTxn": [{"TxnId": key[1], "TxnType": key[0], "TxnLineId": "0"}]}
    if line.get("DetailType") != "DepositLineDetail":
        raise FaultError("2170", "DetailType must be DepositLineDetail", element="Line.DetailType")
    detail = line.get("DepositLineDetail") or {}
    account = posting_account(company, detail, record.data, "DepositLineDetail")
    answer: Object = {"AccountRef": company.ref("Account", account)}
    draft.credit(account, value, party=_entity(company, detail, account, answer))
    line_class(company, detail, answer)
    method = reference(detail, "PaymentMethodRef")
    if method is not None:
        company.refer("PaymentMethod", method, element="PaymentMethodRef")
        answer["PaymentMethodRef"] = company.ref("PaymentMethod", method)
    if company.preference("TaxPrefs", "UsingSalesTax"):
        texts(detail, answer, "TaxCodeRef", "TaxApplicableOn")
    texts(detail, answer, "CheckNum")
    return {**shown, "DetailType": "DepositLineDetail", "DepositLineDetail": answer}


def _entity(company: Company, detail: Object, account: str, answer: Object) -> str | None:
    """The line's name, shown; required on receivables and payables: then its id."""
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
    return identity if needed is not None else None


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
    held = held_amount(company, found)
    if not held:
        raise FaultError("620", f"Transaction cannot be linked : {kind} {identity} was not held", element="LinkedTxn")
    if value != held:
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
