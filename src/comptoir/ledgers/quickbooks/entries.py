"""PURE: QuickBooks' records as the engine sees them (quickbooks-online.md §§3, 12, 13, 16)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from comptoir.books.documents import Kind, LedgerId
from comptoir.books.money import Money
from comptoir.engine.ports import Entry
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.errors import shaped
from comptoir.ledgers.quickbooks.fingerprint import fingerprint

FORMS: dict[Kind, tuple[str, ...]] = {
    Kind.SALE: ("Invoice", "SalesReceipt"),
    Kind.REFUND: ("RefundReceipt", "CreditMemo"),
    Kind.PAYMENT: ("Payment",),
    Kind.CASH_BACK: ("Purchase",),
    Kind.APPLICATION: ("Payment",),
    Kind.AMENDMENT: ("Invoice", "SalesReceipt"),
    Kind.VOID: ("Invoice",),
    Kind.DEPOSIT: ("Deposit",),
    Kind.JOURNAL: ("JournalEntry",),
    Kind.CUSTOMER: ("Customer", "Vendor", "Employee"),
    Kind.ITEM: ("Item",),
}
"""Where a record of each kind may stand. Vendors and employees share the customers' space of names (§12.1)."""

KIND_OF_FORM = {form: kind for kind, forms in reversed(FORMS.items()) for form in forms}
"""The kind of what stands in a form; where several may, the more common one: a payment, a sale."""

MONEY_FORMS = (
    "Invoice",
    "SalesReceipt",
    "CreditMemo",
    "RefundReceipt",
    "Payment",
    "Purchase",
    "Deposit",
    "JournalEntry",
)
"""The forms that we make which have a date and an amount."""

CATEGORY = "Category"
_VOIDED = "Voided"
_OWN_LINKS = frozenset({"Estimate", "TimeActivity", "ReimburseCharge"})
"""What an invoice itself links to (§13.2, §16.5); every other link is another document's that hangs on it."""


def to_entry(kind: Kind, form: str, record: Mapping[str, Any], home_currency: str) -> Entry:
    """A transaction's JSON as the engine sees it. The balance of a payment is what is not applied to an invoice.

    Raises Unexpected for what no transaction looks like.
    """
    row = shaped(record, wire.Transaction)
    currency = row.currency_ref.value if row.currency_ref else home_currency
    tax = row.txn_tax_detail.total_tax if row.txn_tax_detail else Decimal(0)
    is_payment = form == "Payment"
    balance = row.unapplied_amt if is_payment else row.balance
    return Entry(
        kind=kind,
        id=LedgerId(row.id),
        version=row.sync_token,
        type=form,
        number=row.payment_ref_num if is_payment else row.doc_number,
        dated=row.txn_date,
        total=Money(_debits(record) if form == "JournalEntry" else row.total_amt, currency),
        tax=Money(tax, currency),
        balance=Money(balance or Decimal(0), currency),
        private_note=row.private_note,
        fingerprint=fingerprint(form, record),
        voided=_is_void(row),
        links=frozenset(LedgerId(link.txn_id) for link in row.linked_txn if link.txn_type not in _OWN_LINKS),
    )


def _debits(record: Mapping[str, Any]) -> Decimal:
    """What a journal entry moves, tax included: it bears no total of its own (§16.3)."""
    details = [(line.amount, line.journal_entry_line_detail) for line in shaped(record, wire.Journal).line]
    return sum((amount + detail.tax_amount for amount, detail in details if detail.posting_type == "Debit"), Decimal(0))


def _is_void(row: wire.Transaction) -> bool:
    """A void leaves no flag: nothing is left of any amount or quantity, and the private note begins with a word (§3).

    The word may be another in a company that speaks another language; a quantity of nothing is never ours.
    """
    if row.total_amt or any(line.amount for line in row.line):
        return False
    emptied = any(line.sales_item_line_detail.qty == 0 for line in row.line)
    return emptied or row.private_note.startswith(_VOIDED)


def name_entry(form: str, row: wire.Name) -> Entry:
    """A customer, vendor or employee; `number` is the name, and the notes are where a marker of ours stands."""
    return Entry(
        kind=Kind.CUSTOMER,
        id=LedgerId(row.id),
        version=row.sync_token,
        type=form,
        number=row.display_name,
        private_note=row.notes,
    )


def item_entry(row: wire.Item) -> Entry:
    """An item; its type is "Category" for a category, which holds a name but cannot be sold."""
    form = CATEGORY if row.type == CATEGORY else "Item"
    return Entry(Kind.ITEM, LedgerId(row.id), row.sync_token, form, number=row.name)
