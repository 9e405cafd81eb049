"""Payments of an invoice: money taken, each on its own date, into its method's clearing account (P1, P2; section 6).

Gift cards and store credit that were used before the sale was posted are lines of it (`lines`). What is used later is
a credit memo with the liability item, joined to the invoice by a payment of nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from comptoir.books.checks import Method
from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    DocumentLine,
    Kind,
    PaymentDocument,
    PostingKey,
    Reference,
    RefundDocument,
    RefundForm,
)
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, total, zero
from comptoir.books.periods import book_date, own_date, period_problems
from comptoir.books.problems import Problem
from comptoir.books.shares import is_piece
from comptoir.books.specials import DEBT_OF, TenderKind
from comptoir.books.tenders import method_of, money_tenders, reference_of
from comptoir.books.text import document_number

USED = "used:"
"""Begins the source of what is posted for a gift card or store credit that was used after the sale: it is a tender."""


def credit_source(tender: SourceId) -> SourceId:
    """The source of the credit memo for a gift card or store credit that was used after the sale was posted."""
    return SourceId(f"{USED}{tender}")


def tender_of(key: PostingKey, order: Order) -> Tender | None:
    """What a payment, or the credit for a gift card used later, is of; None for any other posting."""
    source = SourceId(key.source_id.removeprefix(USED))
    if key.kind is not Kind.PAYMENT and (key.kind is not Kind.REFUND or source == key.source_id):
        return None
    return next((tender for tender in order.tenders if is_piece(source, tender.source_id)), None)


def decide_payments(order: Order, sale: PostingKey, customer: Reference, context: Context) -> tuple[Decided, ...]:
    """A payment for each tender of an order whose sale is an invoice; what holds one payment holds no other.

    Together they settle the invoice and no more: what is paid beyond it stays the customer's credit.
    """
    if not context.resolved.settings.payments.record:
        return ()
    later = _used_later(order, context)
    at_sale = (
        tender
        for tender in order.tenders
        if context.resolved.tender_kind(tender.method) is not TenderKind.MONEY and tender not in later
    )
    open_balance = (order.total - total((tender.amount for tender in at_sale), order.currency)).in_books()
    decided: list[Decided] = []
    for tender in money_tenders(order, context.resolved):
        amount = tender.amount.in_books()
        applied = min(amount, max(open_balance, zero(order.currency)))
        open_balance -= applied
        decided.append(_decide_payment(order, tender, sale, customer, context, applied=applied))
    for place, tender in enumerate(later, start=1):
        decided.extend(_decide_credit(order, tender, sale, customer, context, place=place))
    return tuple(decided)


def decide_payments_beyond(
    order: Order, tenders: Sequence[Tender], receipt: PostingKey, customer: Reference, context: Context
) -> tuple[Decided, ...]:
    """The money that came in once the order's receipts were paid: a credit of the buyer's, which no document takes."""
    if not context.resolved.settings.payments.record:
        return ()
    own = replace(order, tenders=tuple(tenders))
    none = zero(order.currency)
    decided = [
        _decide_payment(own, tender, receipt, customer, context, applied=none)
        for tender in money_tenders(own, context.resolved)
        if not tender.amount.in_books().is_zero
    ]
    return (*decided, *(_used_beyond(order, tender, context) for tender in _used_later(own, context)))


def _used_beyond(order: Order, tender: Tender, context: Context) -> Decided:
    key = order_key(order, Kind.REFUND, credit_source(tender.source_id))
    problem = held(
        "used-beyond",
        order,
        "{amount} of a gift card or store credit was used on order {number}, which was paid in full without it.",
        "Give it back in the store, then leave this out; or enter it by hand.",
        field="payments",
        amount=str(tender.amount),
    )
    return Decided(key, (problem,), order.number, book_date(tender.at, context), tender.amount)


def _decide_payment(
    order: Order, tender: Tender, sale: PostingKey, customer: Reference, context: Context, *, applied: Money
) -> Decided:
    key = order_key(order, Kind.PAYMENT, tender.source_id)
    dated, amount = book_date(tender.at, context), tender.amount.in_books()
    method = method_of(order, tender, context)
    problems = _period_problems(order, tender, context)
    if isinstance(method, Problem):
        problems.append(method)
    if problems or not isinstance(method, Method):
        return Decided(key, tuple(problems), order.number, dated, tender.amount)
    document = PaymentDocument(
        invoice=Awaited(sale),
        customer=customer,
        dated=dated,
        amount=amount,
        deposit_account=method.account,
        reference=reference_of(tender.reference, tender.source_id),
        private_note=_note(order, tender, context),
        marker=context.marker(key),
        payment_method=method.payment_method,
        applied=None if applied == amount else applied,
        exchange_rate=order.shop_rate,
    )
    return Decided(key, document, order.number, dated, tender.amount)


def _note(order: Order, tender: Tender, context: Context) -> str:
    return f"{order.store} order {order.number} {tender.method_name or tender.method}{own_date(tender.at, context)}"


def _period_problems(order: Order, tender: Tender, context: Context) -> list[Problem]:
    return period_problems(
        order,
        tender.at,
        context,
        "A payment of order {number} is dated {dated}, and the company's books are closed until {closed}.",
        'Open the period in the company; or set closed_periods to "first_open_day": the payment is dated {open}.',
    )


def _used_later(order: Order, context: Context) -> list[Tender]:
    """Gift cards and store credit used after the sale was posted; none before it is."""
    if context.redeemed is None:
        return []
    return [
        tender
        for tender in sorted(order.tenders, key=lambda tender: (tender.at, tender.source_id))
        if context.resolved.tender_kind(tender.method) is not TenderKind.MONEY
        and tender.source_id not in context.redeemed
    ]


def _decide_credit(
    order: Order, tender: Tender, sale: PostingKey, customer: Reference, context: Context, *, place: int
) -> Iterator[Decided]:
    """The credit memo for what the shop owed, and the payment of nothing that takes it off the invoice."""
    source = credit_source(tender.source_id)
    key, joint = order_key(order, Kind.REFUND, source), order_key(order, Kind.APPLICATION, source)
    dated, amount = book_date(tender.at, context), tender.amount.in_books()
    items = ItemFinder(order, context, dated)
    found = items.special(DEBT_OF[context.resolved.tender_kind(tender.method)])
    number = document_number(context.resolved.settings.orders.prefix, order.number, f"-C{place}")
    problems = _period_problems(order, tender, context)
    if isinstance(found, Problem):
        problems.append(found)
    if number is None:
        problems.append(_too_long(order))
    if problems or isinstance(found, Problem) or number is None:
        yield Decided(key, tuple(problems), order.number, dated, tender.amount)
        return
    yield from items.created.values()
    credit = _credit_memo(key, number, found.reference, order=order, tender=tender, customer=customer, context=context)
    yield Decided(key, credit, order.number, dated, tender.amount, after=sale)
    application = ApplicationDocument(
        customer=customer,
        dated=dated,
        credit=Awaited(key),
        invoice=Awaited(sale),
        amount=amount,
        reference=number,
        private_note=_note(order, tender, context),
        marker=context.marker(joint),
        exchange_rate=order.shop_rate,
    )
    yield Decided(joint, application, order.number, dated, zero(order.currency))


def _credit_memo(
    key: PostingKey,
    number: str,
    item: Reference,
    *,
    order: Order,
    tender: Tender,
    customer: Reference,
    context: Context,
) -> RefundDocument:
    untaxed = context.resolved.untaxed
    line = DocumentLine(
        item,
        tender.method_name or tender.method,
        tender.amount.in_books(),
        tax_code=untaxed.id if untaxed else None,
    )
    return RefundDocument(
        number=number,
        dated=book_date(tender.at, context),
        customer=customer,
        currency=order.currency,
        lines=(line,),
        tax=zero(order.currency),
        refund_account=None,
        private_note=_note(order, tender, context),
        marker=context.marker(key),
        billing=order.billing,
        class_id=context.resolved.class_id,
        location_id=context.resolved.location_id,
        form=RefundForm.CREDIT_MEMO,
        exchange_rate=order.shop_rate,
    )


def _too_long(order: Order) -> Problem:
    return held(
        "number-too-long",
        order,
        "The number {number} with its prefix and the mark of a credit is longer than the 21 characters that the "
        "company allows.",
        "Shorten the prefix in the settings.",
        field="number",
    )
