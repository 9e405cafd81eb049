"""Applications: which payment settles how much of which invoice, with which credits (§16.1, §16.5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

OPEN_KINDS = {"Invoice": "Invoice", "CreditMemo": "CreditMemo", "Expense": "Purchase", "JournalEntry": "JournalEntry"}
"""TxnType of a payment's line -> the kind it names (§16.1)."""
PAID_BY_VENDOR_PAYMENTS = {"Bill": "Bill"}
"""The same for a bill payment (§16.4)."""
_KINDS = OPEN_KINDS | PAID_BY_VENDOR_PAYMENTS
TXN_TYPES = {kind: word for word, kind in _KINDS.items()}
DEBITS = frozenset({"Invoice", "Purchase", "Bill"})
"""What a payment settles; the other kinds are credits."""
BILL_PAYMENT_TYPES = {"Check": "BillPaymentCheck", "CreditCard": "BillPaymentCreditCard"}
"""PayType -> the TxnType a bill names its payment by (§16.5)."""


def capacity(record: Record) -> Decimal:
    """What can be applied to a document altogether: for an expense or journal, its part on the receivables."""
    if record.kind in {"Purchase", "JournalEntry"}:
        return Decimal(record.facts.get("receivable", ZERO))
    return Decimal(record.data["TotalAmt"]) - Decimal(record.data.get("Deposit", 0))


def applied_total(company: Company, key: tuple[str, str], *, besides: str = "") -> Decimal:
    """What payments have applied to it, without the payment `besides`."""
    found = company.applied.get(key, {})
    return sum((value for payment, value in found.items() if payment != besides), ZERO)


def payer(company: Company, identity: str) -> Record:
    """The payment or bill payment of that id: transactions share one sequence of ids (§21)."""
    return company.get("Payment", identity) or company.must("BillPayment", identity)


def _link_to(company: Company, identity: str, current: Record | None) -> Object:
    record = current if current is not None and current.id == identity else payer(company, identity)
    pay_type = record.data.get("PayType", "")
    return {"TxnId": identity, "TxnType": BILL_PAYMENT_TYPES.get(pay_type, "Payment")}


def refresh(company: Company, record: Record, applied: dict[str, Decimal], current: Record | None = None) -> None:
    """Balance and links of an open document that is being stored. `current`: a payment that is not yet stored."""
    rest = capacity(record) - sum(applied.values(), ZERO)
    if "Balance" in record.data:
        record.data["Balance"] = amount(rest)
        if "HomeTotalAmt" in record.data:
            record.data["HomeBalance"] = amount(rounded(rest * Decimal(record.data["ExchangeRate"])))
    if record.kind == "CreditMemo":
        record.data["RemainingCredit"] = amount(rest)
    record.data["LinkedTxn"] = [_link_to(company, payment, current) for payment in applied]


def set_applications(
    company: Company, paying: Record, wanted: dict[tuple[str, str], Decimal], *, skip: tuple[str, str] | None = None
) -> None:
    """Replace the payment's applications; every other document touched gets a new version (§22.9)."""
    payment = paying.id
    former = set(company.applied_by.get(payment, ()))
    if wanted:
        company.undo.assign(company.applied_by, payment, tuple(wanted))
    else:
        company.undo.remove(company.applied_by, payment)
    for key in sorted(former | set(wanted)):
        by = {each: value for each, value in company.applied.get(key, {}).items() if each != payment}
        if key in wanted:
            by[payment] = wanted[key]
        if by == company.applied.get(key, {}):
            continue
        if by:
            company.undo.assign(company.applied, key, by)
        else:
            company.undo.remove(company.applied, key)
        if key != skip:
            _touch(company, key, by, paying)


def _touch(company: Company, key: tuple[str, str], by: dict[str, Decimal], paying: Record) -> None:
    record = company.get(*key)
    if record is None:
        return
    changed = copy(record)
    refresh(company, changed, by, paying)
    restamp(company, changed)
    company.put(changed)


def copy(record: Record) -> Record:
    """A record of the same object that may be altered."""
    return Record(
        kind=record.kind,
        id=record.id,
        data=dict(record.data),
        source=record.source,
        next_line=record.next_line,
        facts=dict(record.facts),
    )


def restamp(company: Company, record: Record) -> None:
    """The next version: SyncToken and time of change."""
    record.data["SyncToken"] = str(int(record.data["SyncToken"]) + 1)
    record.data["MetaData"] = {**record.data["MetaData"], "LastUpdatedTime": company.now()}


def settle(company: Company, record: Record) -> None:
    """After an edit of an invoice or credit memo: cut applications that no longer fit, then its balance."""
    key = (record.kind, record.id)
    excess = applied_total(company, key) - capacity(record)
    for payment in reversed(list(company.applied.get(key, {}))):
        if excess <= 0:
            break
        cut = min(excess, company.applied[key][payment])
        _lower(company, payment, key, company.applied[key][payment] - cut, skip=key)
        excess -= cut
    refresh(company, record, company.applied.get(key, {}))


def release(company: Company, key: tuple[str, str]) -> None:
    """Free all payments from a document that is voided or deleted."""
    for payment in list(company.applied.get(key, {})):
        _lower(company, payment, key, ZERO, skip=key)


def _lower(company: Company, payment: str, key: tuple[str, str], value: Decimal, *, skip: tuple[str, str]) -> None:
    """Set one application of a payment lower; a credit that goes takes invoice lines with it where it must."""
    record = payer(company, payment)
    wanted = applications(record)
    wanted[key] = value
    total = Decimal(record.data["TotalAmt"])
    for each in reversed(list(wanted)):
        excess = used(wanted) - total
        if excess <= 0:
            break
        if each[0] in DEBITS:
            wanted[each] -= min(excess, wanted[each])
    wanted = {each: amount_left for each, amount_left in wanted.items() if amount_left}
    changed = copy(record)
    show_applications(changed, wanted)
    restamp(company, changed)
    company.put(changed)
    set_applications(company, changed, wanted, skip=skip)


def applications(payment: Record) -> dict[tuple[str, str], Decimal]:
    """Document -> amount, in the order of the payment's lines."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in payment.data["Line"]:
        for link in line["LinkedTxn"]:
            key = (_KINDS[link["TxnType"]], link["TxnId"])
            found[key] = found.get(key, ZERO) + Decimal(line["Amount"])
    return found


def used(wanted: dict[tuple[str, str], Decimal]) -> Decimal:
    """What the applications take from the payment itself: invoices and expenses less credits."""
    return sum((value if key[0] in DEBITS else -value for key, value in wanted.items()), ZERO)


def show_applications(payment: Record, wanted: dict[tuple[str, str], Decimal]) -> None:
    """The payment's lines and its unapplied rest."""
    lines: list[Object] = [
        {"Amount": amount(value), "LinkedTxn": [{"TxnId": identity, "TxnType": TXN_TYPES[kind]}]}
        for (kind, identity), value in wanted.items()
    ]
    payment.data["Line"] = lines
    if payment.kind == "Payment":
        payment.data["UnappliedAmt"] = amount(Decimal(payment.data["TotalAmt"]) - used(wanted))
    payment.source = {**payment.source, "Line": lines}
