"""Payments of an invoice: money taken, each on its own date, into its method's clearing account (P1, P2; section 6)."""

from __future__ import annotations

from comptoir.books.company import fold
from comptoir.books.context import Context, Decided, closed_period, held, order_key
from comptoir.books.documents import Awaited, Kind, PaymentDocument, PostingKey, Reference
from comptoir.books.facts import Order, Tender
from comptoir.books.problems import Problem
from comptoir.books.sales import reference_of
from comptoir.books.text import marker


def decide_payments(order: Order, sale: PostingKey, customer: Reference, context: Context) -> tuple[Decided, ...]:
    """A payment for each tender of an order whose sale is an invoice; what holds one payment holds no other."""
    if not context.resolved.settings.payments.record:
        return ()
    return tuple(_decide_payment(order, tender, sale, customer, context) for tender in order.tenders)


def _decide_payment(order: Order, tender: Tender, sale: PostingKey, customer: Reference, context: Context) -> Decided:
    key = order_key(order, Kind.PAYMENT, tender.source_id)
    dated = context.local_date(tender.at)
    method = context.resolved.method(tender.method)
    problems = closed_period(
        order,
        tender.at,
        context,
        "A payment of order {number} is dated {dated}, and the company's books are closed until {closed}.",
        "Open the period in the company, or enter this payment by hand in an open one.",
    )
    if method is None:
        problems.append(unmapped_method(order, tender))
    if problems or method is None:
        return Decided(key, tuple(problems), order.number, dated, tender.amount)
    document = PaymentDocument(
        invoice=Awaited(sale),
        customer=customer,
        dated=dated,
        amount=tender.amount,
        deposit_account=method.account,
        reference=reference_of(tender.reference, tender.source_id),
        private_note=f"{order.store} order {order.number} {tender.method_name or tender.method}",
        marker=marker(key, context.generation),
        payment_method=method.payment_method,
    )
    return Decided(key, document, order.number, dated, tender.amount)


def unmapped_method(order: Order, tender: Tender) -> Problem:
    """The problem of money whose payment method has no account in the settings."""
    return held(
        "method-unmapped",
        order,
        'The payment method "{method}" of order {number} has no account.',
        'Add "{key}" under payments.methods in the settings, or a default under "*".',
        field="payments",
        cause=f"method:{fold(tender.method)}",
        method=tender.method_name or tender.method,
        key=tender.method,
    )
