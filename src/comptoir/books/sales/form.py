"""Receipt or invoice: a receipt is a sale that was paid in full into one account (O2, P1; posting rules, section 6)."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.books.checks import Method
from comptoir.books.context import Context
from comptoir.books.documents import SaleForm
from comptoir.books.facts import Order, PaymentStatus
from comptoir.books.money import total
from comptoir.books.problems import Message, Problem
from comptoir.books.tenders import Settled, method_of, money_tenders, redeemed_total, settled_by

KEEPS_FORM = "It is in the books in this form, and keeps it."
WANTS_INVOICE = "The settings ask for invoices."
NO_PAYMENTS = "The settings ask for receipts, which need recorded payments; payments are not recorded."
PAID_IN_FULL = "It is paid in full, into one account."
NO_MONEY = "A receipt names the account of its money, and none was paid."
NOT_PAID = "A receipt must be paid in full: {taken} of {owed} is paid."
PENDING = "A receipt must be paid: the payment is still pending."
SEVERAL_ACCOUNTS = "A receipt names one account: the payments are held on several."


@dataclass(frozen=True, slots=True)
class ChosenForm:
    """Receipt or invoice, and why; how a receipt was paid, or what holds it."""

    form: SaleForm
    why: Message
    settled: Settled | None = None
    problem: Problem | None = None


def sale_form(order: Order, context: Context) -> ChosenForm:
    """A receipt needs the whole amount, from methods of one account, and recorded payments (P1).

    A sale that is in the books keeps its form: payments of a posted receipt would count its money twice. A receipt
    that only a payment method without an account prevents is held.
    """
    settings = context.resolved.settings
    wanted = context.posted_form or settings.orders.form
    kept = Message(KEEPS_FORM) if context.posted_form is not None else None
    if wanted is SaleForm.INVOICE:
        return ChosenForm(SaleForm.INVOICE, kept or Message(WANTS_INVOICE))
    if not settings.payments.record:
        return ChosenForm(context.posted_form or SaleForm.INVOICE, kept or Message(NO_PAYMENTS))
    settled = _settlement(order, context)
    if kept is not None:
        return ChosenForm(wanted, kept, settled if isinstance(settled, Settled) else None)
    if isinstance(settled, Message):
        return ChosenForm(SaleForm.INVOICE, settled)
    if isinstance(settled, Problem):
        return ChosenForm(SaleForm.RECEIPT, Message(PAID_IN_FULL), problem=settled)
    return ChosenForm(SaleForm.RECEIPT, Message(PAID_IN_FULL), settled)


def _settlement(order: Order, context: Context) -> Settled | Problem | Message:
    """How a receipt was paid; or what holds it; or why it has to be an invoice."""
    tenders = money_tenders(order, context.resolved)
    owed = (order.total - redeemed_total(order, context.resolved)).in_books()
    taken = total((tender.amount for tender in tenders), order.currency).in_books()
    if not tenders and owed.is_zero:
        return Message(NO_MONEY)
    if not tenders or taken != owed:
        return Message(NOT_PAID, {"taken": str(taken), "owed": str(owed)})
    if order.status is PaymentStatus.PENDING:
        return Message(PENDING)
    methods = [method_of(order, tender, context) for tender in tenders]
    known = [method for method in methods if isinstance(method, Method)]
    if len({method.account for method in known}) > 1:
        return Message(SEVERAL_ACCOUNTS)
    for method in methods:
        if isinstance(method, Problem):
            return method
    return settled_by(tenders, known)
