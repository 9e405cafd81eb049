"""Which day a sale is dated by, and when its invoice is due (O11; posting rules, section 5). PURE, like its callers."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta

from comptoir.books.checks import Resolved
from comptoir.books.context import Context
from comptoir.books.facts import Order
from comptoir.books.settings import DatedBy, DueRule, DueSettings
from comptoir.books.tenders import completed_at

BEFORE_START = "before-start"
"""The rule of orders and refunds dated before the start date (Y2)."""
LAST = 31
"""Any month's last day, once it is clamped."""


def sale_moment(order: Order, resolved: Resolved) -> datetime | None:
    """The moment that dates the sale of `order`, never before the order itself; None where it has not come yet."""
    match resolved.settings.orders.dated_by:
        case DatedBy.ORDER:
            return order.placed_at
        case DatedBy.PAID:
            moment = completed_at(order, resolved)
        case DatedBy.SHIPPED:  # pragma: no branch
            moment = order.shipped_at
    return None if moment is None else max(moment, order.placed_at)


def sale_in_scope(order: Order, context: Context) -> bool:
    """Whether the sale's own day is on or after the start date (Y2); a sale without a day yet is not left out."""
    moment = sale_moment(order, context.resolved)
    return moment is None or context.in_scope(moment)


def due_date(dated: date, due: DueSettings) -> date:
    """The date that `due` makes of `dated`: a day that the month does not have is its last, and never before it."""
    match due.rule:
        case DueRule.AT_ONCE:
            found = dated
        case DueRule.DAYS_AFTER:
            found = dated + timedelta(days=due.days)
        case DueRule.DAYS_AFTER_MONTH_END:
            found = _day_of(dated.year, dated.month, LAST) + timedelta(days=due.days)
        case DueRule.DAY_OF_MONTH:
            found = _day_of(dated.year, dated.month, due.days)
        case DueRule.DAY_OF_NEXT_MONTH:  # pragma: no branch
            found = _day_of(dated.year + dated.month // 12, dated.month % 12 + 1, due.days)
    return max(found, dated)


def _day_of(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
