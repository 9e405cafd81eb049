"""PURE: what moves between accounts: bank deposits and journal entries (quickbooks-online.md §§16.2, 16.3)."""

from __future__ import annotations

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    DepositDocument,
    DepositLine,
    DepositMember,
    HeldForm,
    JournalDocument,
    JournalLine,
    Party,
    PartyType,
    Side,
    TaxSide,
)
from comptoir.ledgers.quickbooks import texts
from comptoir.ledgers.quickbooks.translate.parts import (
    CompanyFacts,
    Json,
    Resolved,
    check_number,
    currency_ref,
    exchange_rate,
    number,
    present,
    record_id,
    ref,
)

_HELD_FORMS = {HeldForm.PAYMENT: "Payment", HeldForm.RECEIPT: "SalesReceipt", HeldForm.REFUND: "RefundReceipt"}
_PARTIES = {PartyType.CUSTOMER: "Customer", PartyType.VENDOR: "Vendor"}
_SIDES = {Side.DEBIT: "Debit", Side.CREDIT: "Credit"}
_TAX_SIDES = {TaxSide.SALES: "Sales", TaxSide.PURCHASES: "Purchase"}
_TWO_SIDES = 2


def deposit(document: DepositDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A bank deposit: whole documents from the undeposited funds, then lines of its own; never below zero."""
    if not (document.members or document.lines) or document.total.amount < 0:
        raise ValueError("a deposit has at least one line, and is not below zero")
    taxed = any(line.tax_code is not None for line in document.lines)
    return present(
        DepositToAccountRef=ref(document.account),
        TxnDate=document.dated.isoformat(),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        DepartmentRef=ref(document.location_id),
        PrivateNote=texts.marked(document.private_note, document.marker),
        GlobalTaxCalculation=_calculation("TaxInclusive", facts, taxed=taxed),
        Line=[
            *(_member(each, resolved) for each in document.members),
            *(_deposit_line(each, resolved, facts) for each in document.lines),
        ],
    )


def journal(document: JournalDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A journal entry of at least two lines; both sides add up to the same (fault 2300 otherwise)."""
    check_number(document.number)
    if len(document.lines) < _TWO_SIDES or any(line.amount.amount < 0 for line in document.lines):
        raise ValueError("a journal entry has at least two lines, none of them below zero")
    if document.side(Side.DEBIT) != document.side(Side.CREDIT):
        raise ValueError("the debits and credits of a journal entry are not the same")
    taxed = any(line.tax_code is not None for line in document.lines)
    return present(
        DocNumber=document.number,
        TxnDate=document.dated.isoformat(),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        PrivateNote=texts.marked(document.private_note, document.marker),
        GlobalTaxCalculation=_calculation("TaxExcluded", facts, taxed=taxed),
        Line=[_journal_line(each, resolved, facts) for each in document.lines],
    )


def _calculation(basis: str, facts: CompanyFacts, *, taxed: bool) -> str:
    """How amounts and tax relate, where QuickBooks asks: everywhere but in the United States (§15.4)."""
    if taxed and facts.tax_regime is not TaxRegime.GLOBAL:
        raise ValueError("lines with a tax code need a company with tax codes")
    if facts.tax_regime is not TaxRegime.GLOBAL:
        return ""
    return basis if taxed else "NotApplicable"


def _member(member: DepositMember, resolved: Resolved) -> Json:
    link = {"TxnId": record_id(member.document, resolved), "TxnType": _HELD_FORMS[member.form], "TxnLineId": "0"}
    return {"Amount": number(member.amount.amount), "LinkedTxn": [link]}


def _deposit_line(line: DepositLine, resolved: Resolved, facts: CompanyFacts) -> Json:
    entity = line.party and {"value": record_id(line.party.record, resolved), "type": _PARTIES[line.party.type].upper()}
    detail = present(
        AccountRef=ref(line.account),
        Entity=entity,
        PaymentMethodRef=ref(line.payment_method),
        ClassRef=ref(line.class_id) if facts.class_per_line else None,
        TaxCodeRef=ref(line.tax_code),
        TaxApplicableOn=_TAX_SIDES[line.tax_side] if line.tax_code is not None else None,
    )
    return present(
        Amount=number(line.amount.amount),
        Description=texts.block(line.description, texts.DESCRIPTION_CHARACTERS),
        DetailType="DepositLineDetail",
        DepositLineDetail=detail,
    )


def _journal_line(line: JournalLine, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A line with a code states on what and how much: nothing is reckoned here (faults 2270, 2280)."""
    if (line.tax_code is None) != (line.tax is None):
        raise ValueError("a tax code and an amount of tax go together on a journal line")
    detail = present(
        PostingType=_SIDES[line.side],
        AccountRef=ref(line.account),
        Entity=_entity(line.party, resolved),
        ClassRef=ref(line.class_id) if facts.class_per_line else None,
        DepartmentRef=ref(line.location_id),
        TaxCodeRef=ref(line.tax_code),
        TaxApplicableOn=_TAX_SIDES[line.tax_side] if line.tax_code is not None else None,
        TaxAmount=None if line.tax is None else number(line.tax.amount),
    )
    return present(
        Amount=number(line.amount.amount),
        Description=texts.block(line.description, texts.DESCRIPTION_CHARACTERS),
        DetailType="JournalEntryLineDetail",
        JournalEntryLineDetail=detail,
    )


def _entity(party: Party | None, resolved: Resolved) -> Json | None:
    if party is None:
        return None
    return {"Type": _PARTIES[party.type], "EntityRef": {"value": record_id(party.record, resolved)}}
