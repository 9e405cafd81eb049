"""PURE: money for invoices and credits: payments, applications, cash paid back (quickbooks-online.md §16)."""

from __future__ import annotations

from decimal import Decimal

from comptoir.books.company import TaxRegime
from comptoir.books.documents import ApplicationDocument, CashBackDocument, PaymentDocument
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
    wrapped,
)


def payment(document: PaymentDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """The link carries what the invoice can take; a payment of which it takes nothing has no line at all (§16.1)."""
    amount = number(document.amount.amount)
    applied = document.amount if document.applied is None else document.applied
    link = {"TxnId": record_id(document.invoice, resolved), "TxnType": "Invoice"}
    line = {"Amount": number(applied.amount), "LinkedTxn": [link]}
    return present(
        CustomerRef=wrapped("value", record_id(document.customer, resolved)),
        TxnDate=document.dated.isoformat(),
        TotalAmt=amount,
        PaymentMethodRef=ref(document.payment_method),
        PaymentRefNum=texts.reference(document.reference),
        DepositToAccountRef=ref(document.deposit_account),
        PrivateNote=texts.marked(document.private_note, document.marker),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        Line=[line] if document.applied is None or not applied.is_zero else None,
    )


def application(document: ApplicationDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A payment of nothing: what it takes from the credit memo goes to the invoices and to the cash-backs (§16.1)."""
    linked = [
        (document.applied, document.invoice, "Invoice"),
        *((each.amount, each.invoice, "Invoice") for each in document.others),
        *((each.amount, each.cash_back, "Expense") for each in document.cash_backs),
        (document.amount, document.credit, "CreditMemo"),
    ]
    return present(
        CustomerRef=wrapped("value", record_id(document.customer, resolved)),
        TxnDate=document.dated.isoformat(),
        TotalAmt=Decimal(0),
        PaymentRefNum=texts.reference(document.reference),
        PrivateNote=texts.marked(document.private_note, document.marker),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        Line=[
            {"Amount": number(amount.amount), "LinkedTxn": [{"TxnId": record_id(to, resolved), "TxnType": form}]}
            for amount, to, form in linked
        ],
    )


def cash_back(document: CashBackDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """A purchase on the receivable account; the payee is the customer whose account it is (§16.4)."""
    check_number(document.number)
    line = {
        "Amount": number(document.amount.amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": ref(document.receivable_account)},
    }
    return present(
        PaymentType="Cash",
        AccountRef=ref(document.account),
        EntityRef={"value": record_id(document.customer, resolved), "type": "Customer"},
        DocNumber=document.number,
        TxnDate=document.dated.isoformat(),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        PrivateNote=texts.marked(document.private_note, document.marker),
        GlobalTaxCalculation="NotApplicable" if facts.tax_regime is TaxRegime.GLOBAL else None,
        Line=[line],
    )
