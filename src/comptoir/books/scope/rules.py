"""The rules of scope. Each knows what is left of an order that it objects to: as a rule nothing, or its refunds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from comptoir.books.context import Decided, left_out, order_key, outcome_of
from comptoir.books.currency import changed_currency, currency_in_books
from comptoir.books.dates import BEFORE_START, sale_in_scope, sale_moment
from comptoir.books.documents import Kind, SaleForm
from comptoir.books.refunds import decide_refunds
from comptoir.books.rules import Objection, Rule, RuleName
from comptoir.books.scope import telling
from comptoir.books.scope.candidate import Candidate
from comptoir.books.scope.telling import UNTIL_KNOWN
from comptoir.books.settings import UnpaidOrders
from comptoir.books.tenders import is_settled

CANCELLED = "cancelled"
"""The rule of cancelled orders of which nothing is in the books."""

Answer = tuple[Objection, ...]
"""An objection, or none."""


def leave_out(candidate: Candidate, objection: Objection) -> tuple[Decided, ...]:
    """Nothing is left: the sale and all its refunds stay out, under one rule."""
    return (_sale_under(candidate, objection), *refunds_under(candidate, objection))


def refunds_under(candidate: Candidate, objection: Objection) -> Iterator[Decided]:
    """The refunds of the order, left out or held for one reason."""
    order, context = candidate.order, candidate.context
    for refund in order.refunds if context.resolved.settings.refunds.record else ():
        key = order_key(order, Kind.REFUND, refund.source_id)
        yield Decided(key, outcome_of(objection), order.number, context.local_date(refund.at))


def _only_refunds(candidate: Candidate, objection: Objection) -> tuple[Decided, ...]:
    """The sale stays out, and its refunds are decided by themselves."""
    return (_sale_under(candidate, objection), *decide_refunds(candidate.order, candidate.context))


def _hold_refunds(candidate: Candidate, objection: Objection) -> tuple[Decided, ...]:
    """The sale stays as it is in the books, and its refunds are held."""
    return tuple(refunds_under(candidate, objection))


def _decide_nothing(candidate: Candidate, objection: Objection) -> tuple[Decided, ...]:
    """It is not the time to decide anything of it."""
    del candidate, objection
    return ()


def _sale_under(candidate: Candidate, objection: Objection) -> Decided:
    order = candidate.order
    key = order_key(order, Kind.SALE, order.source_id)
    return Decided(key, outcome_of(objection), order.number, candidate.context.local_date(order.placed_at), order.total)


@dataclass(frozen=True, slots=True)
class ScopeRule(Rule[Candidate, Objection]):
    """A rule, and what is left of an order to which it objects."""

    leaves: Callable[[Candidate, Objection], tuple[Decided, ...]] = leave_out


def being_rewritten(candidate: Candidate) -> Answer:
    """What the sale comes to in the books would be a guess until it is known whether it was written anew."""
    if not candidate.context.is_amending:
        return ()
    return (left_out("amending", candidate.order, UNTIL_KNOWN),)


def in_another_currency(candidate: Candidate) -> Answer:
    """A sale in the books keeps its currency, and the store may no longer tell the order in it."""
    order, kept = candidate.order, currency_in_books(candidate.context)
    return () if kept in {"", order.currency} else (changed_currency(order, kept),)


def test_order(candidate: Candidate) -> Answer:
    """Test orders are no sales."""
    order = candidate.order
    return (left_out("test-order", order, "Order {number} is a test order."),) if order.test else ()


def cancelled_before(candidate: Candidate) -> Answer:
    """Cancelled or deleted with nothing in the books; one of before the start is left out for that."""
    order, context = candidate.order, candidate.context
    if order.cancelled_at is None or candidate.is_posted or not context.in_scope(order.placed_at):
        return ()
    if order.is_deleted:
        return (left_out("deleted", order, "Order {number} was deleted in the store before it was posted."),)
    return (left_out(CANCELLED, order, "Order {number} was cancelled before it was posted."),)


def before_start(candidate: Candidate) -> Answer:
    """A sale of before the start date stands in other books; refunds of it since may stand in these (Y2)."""
    if sale_in_scope(candidate.order, candidate.context):
        return ()
    return (
        left_out(
            BEFORE_START,
            candidate.order,
            "Order {number} of {dated} is from before the start date {start}.",
            dated=candidate.own_day,
            start=candidate.start,
        ),
    )


def empty(candidate: Candidate) -> Answer:
    """Everything was removed, and nothing paid."""
    order = candidate.order
    if candidate.is_posted or order.lines or order.tenders:
        return ()
    return (left_out("empty", order, "Nothing is left of order {number}."),)


def unposted_status(candidate: Candidate) -> Answer:
    """A status that the settings do not post yet (O1); or receipts that wait until they are paid."""
    if candidate.is_posted:
        return ()
    order, settings = candidate.order, candidate.context.resolved.settings.orders
    waits = settings.form is SaleForm.RECEIPT and settings.unpaid is UnpaidOrders.WAIT
    if order.status in settings.statuses and not (waits and not is_settled(order, candidate.context.resolved)):
        return ()
    status = order.status.value.replace("_", " ")
    return (left_out("status", order, 'Order {number} is "{status}", a status that is not posted yet.', status=status),)


def undated(candidate: Candidate) -> Answer:
    """The day that dates the sale has not come yet."""
    order, resolved = candidate.order, candidate.context.resolved
    if candidate.is_posted or sale_moment(order, resolved) is not None:
        return ()
    day = resolved.settings.orders.dated_by.value
    return (left_out("undated", order, "Order {number} is not {day} yet, and its sale is dated by that day.", day=day),)


SCOPE = (
    ScopeRule(RuleName.SENT_ALREADY, being_rewritten, telling.rewriting, is_quiet=True, leaves=_decide_nothing),
    ScopeRule(RuleName.CURRENCY, in_another_currency, telling.currency, is_quiet=True, leaves=_hold_refunds),
    ScopeRule(RuleName.TEST_ORDER, test_order, telling.test),
    ScopeRule(RuleName.CANCELLED, cancelled_before, telling.cancellation),
    ScopeRule(RuleName.START_DATE, before_start, telling.start, leaves=_only_refunds),
    ScopeRule(RuleName.EMPTY, empty, telling.empty, is_quiet=True),
    ScopeRule(RuleName.STATUS, unposted_status, telling.status),
    ScopeRule(RuleName.DATED, undated, telling.dated),
)
"""In the order in which they are asked."""
