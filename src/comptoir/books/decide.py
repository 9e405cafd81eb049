"""The decision: one order and what is known of the books, to documents, problems and rules. The road's second step."""

from __future__ import annotations

from dataclasses import replace

from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.documents import Kind, PostingKey, SaleDocument, SaleForm
from comptoir.books.facts import Order
from comptoir.books.payments import decide_payments
from comptoir.books.problems import Skipped
from comptoir.books.refunds import decide_refunds
from comptoir.books.sales import BEFORE_START, decide_sale, sale_rule, scope_rule


def decide_order(order: Order, context: Context) -> tuple[Decided, ...]:
    """Everything that `order` asks of the books, lists first.

    Deciding twice with the same arguments gives the same answer. Each posting stands once: customers and items that
    the sale and its refunds share are planned by the first that needs them.
    """
    skipped = scope_rule(order, context)
    if skipped is not None:
        return _leave_out(order, skipped, context)
    rule = sale_rule(order, context)
    if rule is None:
        decided = _whole_order(order, context)
    elif rule.rule == BEFORE_START:
        decided = (_left_sale(order, rule, context), *decide_refunds(order, context))
    else:
        return _leave_out(order, rule, context)
    return _once(decided)


def _whole_order(order: Order, context: Context) -> tuple[Decided, ...]:
    """Sale, payments and refunds; a held sale holds its refunds, and its payments come to be with it."""
    decided = decide_sale(order, context)
    sale = decided[-1]
    refunds = decide_refunds(order, context)
    if not isinstance(sale.outcome, SaleDocument):
        return (*decided, *(_hold_with(order, each) for each in refunds if each.key.kind is Kind.REFUND))
    after_sale = (replace(each, after=sale.key) if each.key.kind is Kind.REFUND else each for each in refunds)
    if sale.outcome.form is SaleForm.RECEIPT:
        return (*decided, *after_sale)
    return (*decided, *decide_payments(order, sale.key, sale.outcome.customer, context), *after_sale)


def _hold_with(order: Order, refund: Decided) -> Decided:
    if isinstance(refund.outcome, Skipped):
        return refund
    problem = held(
        "order-held",
        order,
        "The sale of order {number} is held, so its refund waits for it.",
        "Mend what holds the order; the refund follows by itself.",
        field="refunds",
    )
    return replace(refund, outcome=(problem,))


def _left_sale(order: Order, rule: Skipped, context: Context) -> Decided:
    key = order_key(order, Kind.SALE, order.source_id)
    return Decided(key, rule, order.number, context.local_date(order.placed_at), order.total)


def _leave_out(order: Order, rule: Skipped, context: Context) -> tuple[Decided, ...]:
    """The order with all its refunds, under one rule."""
    if not context.resolved.settings.refunds.record:
        return (_left_sale(order, rule, context),)
    refunds = (
        Decided(order_key(order, Kind.REFUND, refund.source_id), rule, order.number, context.local_date(refund.at))
        for refund in order.refunds
    )
    return (_left_sale(order, rule, context), *refunds)


def _once(decided: tuple[Decided, ...]) -> tuple[Decided, ...]:
    seen: dict[PostingKey, Decided] = {}
    for each in decided:
        seen.setdefault(each.key, each)
    return tuple(seen.values())
