"""An order as a sale: a receipt when it is paid by methods of one account, else an invoice (O2, O3; sections 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.books.checks import Method
from comptoir.books.context import Context, Decided, closed_period, held, order_key
from comptoir.books.customers import find_customer
from comptoir.books.documents import Kind, LedgerId, SaleDocument, SaleForm
from comptoir.books.facts import Order, PaymentStatus, SourceId
from comptoir.books.items import ItemFinder
from comptoir.books.lines import write_sale_lines
from comptoir.books.problems import Message, Problem, Skipped, distinct
from comptoir.books.settings import UnpaidOrders
from comptoir.books.taxes import ledger_tax
from comptoir.books.text import REFERENCE_LIMIT, document_number, marker

BEFORE_START = "before-start"
"""The rule of orders and refunds dated before the start date (Y2)."""


@dataclass(frozen=True, slots=True)
class _Settled:
    """How a receipt was paid: one account, and the method and reference where there is just one."""

    account: LedgerId
    payment_method: LedgerId | None
    reference: str


def scope_rule(order: Order, context: Context) -> Skipped | None:
    """The rule that leaves the whole order out, refunds included; None where there is none."""
    if order.test:
        return Skipped("test-order", Message("Order {number} is a test order.", {"number": order.number}))
    if order.cancelled_at is not None and context.posted_form is None and context.in_scope(order.placed_at):
        return Skipped(
            "cancelled", Message("Order {number} was cancelled before it was posted.", {"number": order.number})
        )
    return None


def sale_rule(order: Order, context: Context) -> Skipped | None:
    """The rule that leaves the sale out while a refund of it may still be posted."""
    if not context.in_scope(order.placed_at):
        values = {
            "number": order.number,
            "dated": context.local_date(order.placed_at).isoformat(),
            "start": context.resolved.settings.start_date.isoformat(),
        }
        return Skipped(
            BEFORE_START, Message("Order {number} of {dated} is from before the start date {start}.", values)
        )
    settings = context.resolved.settings.orders
    waits = settings.form is SaleForm.RECEIPT and settings.unpaid is UnpaidOrders.WAIT
    unpaid = waits and order.paid < order.total
    if context.posted_form is None and (order.status not in settings.statuses or unpaid):
        values = {"number": order.number, "status": order.status.value.replace("_", " ")}
        return Skipped("status", Message('Order {number} is "{status}", a status that is not posted yet.', values))
    return None


def decide_sale(order: Order, context: Context) -> tuple[Decided, ...]:
    """The sale with the customer and items it needs first, or the problems that hold it."""
    key = order_key(order, Kind.SALE, order.source_id)
    number = document_number(context.resolved.settings.orders.prefix, order.number)
    dated = context.local_date(order.placed_at)
    problems = _number_problems(order, number) + _period_problems(order, context)
    items = ItemFinder(order, context)
    written = write_sale_lines(order, items, context)
    customer = find_customer(order, context)
    problems += written.problems
    if isinstance(customer, Problem):
        problems.append(customer)
    if problems or isinstance(customer, Problem) or number is None:
        return (Decided(key, distinct(problems), order.number, dated, order.total),)
    form, settled = _form(order, context)
    lines = tuple(written.lines)
    mark = marker(key, context.generation)
    document = SaleDocument(
        form=form,
        number=number,
        dated=dated,
        customer=customer.reference,
        currency=order.currency,
        lines=lines,
        tax=ledger_tax(lines, context.resolved.codes.values(), order.currency),
        private_note=f"{order.store} order {order.number}",
        marker=mark,
        memo=order.note,
        due_on=max(order.due_on or dated, dated) if form is SaleForm.INVOICE else None,
        deposit_account=settled.account if settled else None,
        payment_method=settled.payment_method if settled else None,
        payment_reference=settled.reference if settled else "",
        email=order.buyer.email if order.buyer else "",
        billing=order.billing,
        shipping=order.shipping,
        allow_card_payment=form is SaleForm.INVOICE
        and context.resolved.settings.orders.allow_card_payment
        and order.paid < order.total,
    )
    created = [*items.created.values(), *([customer.creates] if customer.creates else [])]
    return (*created, Decided(key, document, order.number, dated, order.total))


def _number_problems(order: Order, number: str | None) -> list[Problem]:
    if number is not None:
        return []
    return [
        held(
            "number-too-long",
            order,
            "The number {number} with its prefix is longer than the 21 characters that the company allows.",
            "Shorten the prefix in the settings.",
            field="number",
        )
    ]


def _period_problems(order: Order, context: Context) -> list[Problem]:
    if context.posted_form is not None:  # it stands in the books: a period closed since then is no reason to hold
        return []
    return closed_period(
        order,
        order.placed_at,
        context,
        "Order {number} is dated {dated}, and the company's books are closed until {closed}.",
        "Open the period in the company, or enter this sale by hand in an open one.",
    )


def _form(order: Order, context: Context) -> tuple[SaleForm, _Settled | None]:
    """A receipt needs the whole amount, from methods of one account, and recorded payments (P1).

    A sale that is in the books keeps its form: payments of a posted receipt would count its money twice.
    """
    settings = context.resolved.settings
    settled = _settlement(order, context) if settings.payments.record else None
    possible = settings.orders.form if settled else SaleForm.INVOICE
    form = context.posted_form or possible
    return form, settled if form is SaleForm.RECEIPT else None


def _settlement(order: Order, context: Context) -> _Settled | None:
    if order.paid != order.total or order.status is PaymentStatus.PENDING:
        return None
    methods = [context.resolved.method(tender.method) for tender in order.tenders]
    known: list[Method] = [method for method in methods if method is not None]
    accounts = {method.account for method in known}
    if len(known) != len(methods) or len(accounts) != 1:
        return None
    names = {method.payment_method for method in known}
    single = len(order.tenders) == 1
    return _Settled(
        account=accounts.pop(),
        payment_method=names.pop() if len(names) == 1 else None,
        reference=reference_of(order.tenders[0].reference, order.tenders[0].source_id) if single else "",
    )


def reference_of(reference: str, source_id: SourceId) -> str:
    """What a payment is found again by: its own reference where it fits, else the end of its id."""
    return reference if 0 < len(reference) <= REFERENCE_LIMIT else source_id[-REFERENCE_LIMIT:]
