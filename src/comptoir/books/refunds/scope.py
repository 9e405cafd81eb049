"""What leaves a refund out of the books, and what of it, or of its order, holds it before its lines are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from comptoir.books.context import Context, Decided, held, left_out, order_key
from comptoir.books.currency import currency_problems
from comptoir.books.dates import BEFORE_START, sale_in_scope
from comptoir.books.documents import Kind
from comptoir.books.facts import Order
from comptoir.books.periods import book_date, period_problems
from comptoir.books.problems import Problem, Skipped
from comptoir.books.refunds.case import Case, has_turned, is_changed
from comptoir.books.settings import EarlierOrders

CHANGED = "changed"
"""The part of what holds a refund that the store changed after it was posted."""


def left_out_by(case: Case, context: Context) -> Skipped | None:
    """What leaves a refund out: its date, that nothing moved, or a credit on a sale that is not in these books."""
    order, refund, settlement = case.order, case.refund, case.settlement
    dated = context.local_date(refund.at).isoformat()
    if not context.in_scope(refund.at):
        return left_out(
            BEFORE_START, order, "The refund of order {number} of {dated} is from before the start date.", dated=dated
        )
    if refund.pending or refund.tenders or refund.given:
        return None
    if settlement.value.is_zero and all(line.amount.is_zero and line.tax.is_zero for line in refund.lines):
        return left_out("nothing-moved", order, "The refund of order {number} moved neither goods nor money.")
    if not sale_in_scope(order, context):
        return left_out(
            "credit-before-start",
            order,
            "Goods of order {number} came back on {dated} without money; its sale is from before the start date "
            "and not in these books.",
            dated=dated,
        )
    return None


def changed_since(case: Case, context: Context) -> Iterator[Decided]:
    """What holds a refund that was changed: what is in the books stays, and what changed is for the user to enter.

    The store does not say what of it changed when, so no document of the difference could be dated or told apart.
    """
    if is_changed(case.refund, case.order, context) and not has_turned(case, context):
        key = replace(order_key(case.order, Kind.REFUND, case.refund.source_id), part=CHANGED)
        problem = held(
            "refund-changed",
            case.order,
            "A refund of order {number} is in the books, and the store says something else of it since: {value} was "
            "taken back.",
            "Enter the difference by hand, then leave this out.",
            field="refunds",
            value=str(case.settlement.value),
        )
        yield Decided(key, (problem,), case.order.number, book_date(case.refund.at, context))


def scope_problems(case: Case, context: Context) -> list[Problem]:
    """What holds the refund before its lines are looked at."""
    order, refund = case.order, case.refund
    problems = []
    if refund.pending:
        problems.append(_pending(order))
    elif has_turned(case, context):
        problems.append(_turned(order))
    elif case.settlement.is_over and not (refund.tenders or refund.given):
        problems.append(_over(order))
    holds_earlier = context.resolved.settings.refunds.of_earlier_orders is EarlierOrders.HOLD
    if holds_earlier and not sale_in_scope(order, context):
        problems.append(_of_earlier_order(order))
    if case.sale is None:
        problems += currency_problems(order, context)
    problems += period_problems(
        order,
        refund.at,
        context,
        "The refund of order {number} is dated {dated}, and the company's books are closed until {closed}.",
        'Open the period in the company; or set closed_periods to "first_open_day": the refund is dated {open}.',
    )
    return problems


def _pending(order: Order) -> Problem:
    return held(
        "refund-pending",
        order,
        "The refund of order {number} is not through at the payment provider.",
        "Nothing to do: it is posted once the provider has paid it out.",
        field="refunds",
    )


def _turned(order: Order) -> Problem:
    return held(
        "refund-turned",
        order,
        "A refund of order {number} is in the books, and the store has changed it since: from goods and money "
        "that went back to an exchange for more, or the other way round.",
        "Enter the difference by hand, then leave this out.",
        field="refunds",
    )


def _over(order: Order) -> Problem:
    return held(
        "refund-over",
        order,
        "With this refund more of order {number} was taken back than was ever sold, and no payment shows it.",
        "Look at the order in the store; where it is right, enter the refund by hand.",
        field="refunds",
    )


def _of_earlier_order(order: Order) -> Problem:
    return held(
        "refund-of-earlier-order",
        order,
        "Order {number} is from before the start date, so its sale is not in these books.",
        'Enter the refund by hand, or set refunds.of_earlier_orders to "post".',
        field="refunds",
    )
