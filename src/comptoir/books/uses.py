"""Which records of the company a document uses by their ids: accounts, items, tax codes, payment methods, customers."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    CashBackDocument,
    Document,
    ItemDocument,
    JournalDocument,
    Known,
    LedgerId,
    PaymentDocument,
    RefundDocument,
    SaleDocument,
)

ACCOUNT, ITEM, TAX_CODE, METHOD, CUSTOMER = "account", "item", "tax code", "payment method", "customer"

Used = tuple[str, LedgerId]
"""What kind of record, and its id: ids of different kinds may be the same."""


def uses(document: Document) -> frozenset[Used]:
    """Every record of the company that `document` names; not those that Comptoir makes itself."""
    return frozenset((kind, identity) for kind, identity in _every(document) if identity is not None)


def money_account(document: Document) -> LedgerId | None:
    """The account that a document puts money into or takes it from; None where it moves none."""
    match document:
        case SaleDocument() | PaymentDocument():
            return document.deposit_account
        case RefundDocument():
            return document.refund_account
        case CashBackDocument():
            return document.account
        case _:
            return None


def customer_named(document: Document) -> str:
    """Whom a sale or refund is for: the key of the posting that makes them, or their id in the ledger; else ""."""
    if not isinstance(document, SaleDocument | RefundDocument):
        return ""
    known = document.customer
    return str(known.key) if isinstance(known, Awaited) else known.id


def _every(document: Document) -> Iterator[tuple[str, LedgerId | None]]:
    match document:
        case SaleDocument():
            yield from _of_form(document)
            yield ACCOUNT, document.deposit_account
        case RefundDocument():
            yield from _of_form(document)
            yield ACCOUNT, document.refund_account
        case PaymentDocument():
            yield ACCOUNT, document.deposit_account
            yield METHOD, document.payment_method
        case CashBackDocument():
            yield ACCOUNT, document.account
        case AmendmentDocument():
            yield from _every(document.sale)
        case JournalDocument():
            yield from ((ACCOUNT, line.account) for line in document.lines)
        case ItemDocument():
            accounts = (document.income_account, document.expense_account, document.asset_account)
            yield from ((ACCOUNT, account) for account in accounts)
        case _:
            return


def _of_form(document: SaleDocument | RefundDocument) -> Iterator[tuple[str, LedgerId | None]]:
    if isinstance(document.customer, Known):
        yield CUSTOMER, document.customer.id
    yield METHOD, document.payment_method
    yield TAX_CODE, document.form_tax_code
    for line in document.lines:
        yield TAX_CODE, line.tax_code
        if isinstance(line.item, Known):
            yield ITEM, line.item.id
