"""PURE: sales forms: receipts, invoices, refund receipts, credit memos (quickbooks-online.md §§13, 14)."""

from __future__ import annotations

from decimal import Decimal

from comptoir.books.documents import DocumentLine, RefundDocument, RefundForm, SaleDocument, SaleForm
from comptoir.books.money import Money
from comptoir.ledgers.quickbooks import texts
from comptoir.ledgers.quickbooks.translate.parts import (
    CompanyFacts,
    Json,
    Resolved,
    address,
    check_number,
    currency_ref,
    exchange_rate,
    number,
    present,
    record_id,
    ref,
    wrapped,
)
from comptoir.ledgers.quickbooks.translate.tax import form_tax, line_tax_code

PRICE_DECIMALS = 7


def sale(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    """A sales receipt or an invoice: the entity and its JSON."""
    if document.form is SaleForm.INVOICE:
        return "Invoice", _invoice(document, resolved, facts)
    return "SalesReceipt", _sales_receipt(document, resolved, facts)


def refund(document: RefundDocument, resolved: Resolved, facts: CompanyFacts) -> tuple[str, Json]:
    """A credit memo moves no money, so it names no account, method or reference (§13.4); a receipt must (§13.5)."""
    form = _form(document, resolved, facts)
    if document.form is RefundForm.CREDIT_MEMO:
        return "CreditMemo", form
    if document.refund_account is None:
        raise ValueError("a refund receipt needs the account that its money leaves")
    return "RefundReceipt", form | present(
        DepositToAccountRef=ref(document.refund_account),
        PaymentMethodRef=ref(document.payment_method),
        PaymentRefNum=texts.reference(document.payment_reference),
    )


def _sales_receipt(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    return _sales_form(document, resolved, facts) | present(
        DepositToAccountRef=ref(document.deposit_account),
        PaymentMethodRef=ref(document.payment_method),
        PaymentRefNum=texts.reference(document.payment_reference),
    )


def _invoice(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """The due date is always stated: what QuickBooks would choose depends on terms set elsewhere (§13.2)."""
    due_on = document.dated if document.due_on is None else max(document.due_on, document.dated)
    return _sales_form(document, resolved, facts) | {
        "DueDate": due_on.isoformat(),
        "AllowOnlineCreditCardPayment": document.allow_card_payment,
    }


def _sales_form(document: SaleDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    return _form(document, resolved, facts) | present(
        CustomerMemo=wrapped("value", texts.block(document.memo, texts.MEMO_CHARACTERS)),
        BillEmail=wrapped("Address", texts.email(document.email)),
        ShipAddr=address(document.shipping, with_name=True),
    )


def _form(document: SaleDocument | RefundDocument, resolved: Resolved, facts: CompanyFacts) -> Json:
    """What every sales form has in common (§13.1)."""
    check_number(document.number)
    if not document.lines:
        raise ValueError("a form needs at least one line")
    header_class = None if facts.class_per_line else document.class_id
    return present(
        DocNumber=document.number,
        AutoDocNumber=facts.custom_numbers and not document.number,
        TxnDate=document.dated.isoformat(),
        CustomerRef=wrapped("value", record_id(document.customer, resolved)),
        CurrencyRef=currency_ref(document.currency, facts),
        ExchangeRate=exchange_rate(document, facts),
        BillAddr=address(document.billing, with_name=True),
        ClassRef=ref(header_class),
        DepartmentRef=ref(document.location_id),
        PrivateNote=texts.marked(document.private_note, document.marker),
        EmailStatus="NotSet",
        PrintStatus="NotSet",
        Line=[_line(line, at, document, resolved, facts) for at, line in enumerate(document.lines, start=1)],
        **form_tax(document, facts),
    )


def _line(
    line: DocumentLine,
    position: int,
    document: SaleDocument | RefundDocument,
    resolved: Resolved,
    facts: CompanyFacts,
) -> Json:
    line_class = document.class_id if facts.class_per_line else None
    detail = present(
        ItemRef=wrapped("value", record_id(line.item, resolved)),
        Qty=None if line.quantity is None else number(line.quantity),
        UnitPrice=_unit_price(line),
        TaxCodeRef=wrapped("value", line_tax_code(line, facts)),
        ClassRef=ref(line_class),
    )
    return present(
        LineNum=position,
        Description=texts.block(line.description, texts.DESCRIPTION_CHARACTERS),
        Amount=number(line.amount.amount),
        DetailType="SalesItemLineDetail",
        SalesItemLineDetail=detail,
    )


def _unit_price(line: DocumentLine) -> Decimal | None:
    """The price, where quantity x price is exactly the line's amount to QuickBooks too (fault 6070 otherwise)."""
    if line.unit_price is None or line.quantity is None:
        return None
    price = line.unit_price.amount
    digits = -int(price.normalize().as_tuple().exponent)
    product = Money(price * line.quantity, line.amount.currency).rounded()
    return number(price) if digits <= PRICE_DECIMALS and product == line.amount else None
