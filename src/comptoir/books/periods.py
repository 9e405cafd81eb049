"""Which day a document bears: its own, unless that day is before the start or its period is done (section 5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from comptoir.books.context import Context, held
from comptoir.books.facts import Order
from comptoir.books.problems import Problem
from comptoir.books.settings import ClosedPeriods


def book_date(moment: datetime, context: Context) -> date:
    """The date of a document of `moment`: not before the start (Y2), nor, if so set, in a done period."""
    own = max(context.local_date(moment), context.resolved.settings.start_date)
    until = _done_until(context)
    moves = context.resolved.settings.closed_periods is ClosedPeriods.FIRST_OPEN_DAY
    return until + timedelta(days=1) if moves and until is not None and own <= until else own


def own_date(moment: datetime, context: Context) -> str:
    """What the private note of a document says of its own date where it bears another; else nothing."""
    own = context.local_date(moment)
    return "" if book_date(moment, context) == own else f"; its own date is {own.isoformat()}"


def period_problems(order: Order, moment: datetime, context: Context, what: str, remedy: str, /) -> list[Problem]:
    """The problem of a document of `moment` in a period that is done; its texts know {dated}, {closed} and {open}."""
    dated, closed = book_date(moment, context), context.company.books_closed_until
    if closed is not None and dated <= closed:
        values = _values(dated, closed)
        return [held("books-closed", order, what, remedy, field="date", cause=f"closed:{closed}", **values)]
    filed = context.company.tax_filed_until
    if filed is None or dated > filed:
        return []
    return [
        held(
            "tax-filed",
            order,
            "A document of order {number} is of {dated}, and the company has filed its sales tax until {closed}.",
            'Enter it by hand as your tax rules ask; or set closed_periods to "first_open_day": it is dated {open}.',
            field="date",
            cause=f"filed:{filed}",
            **_values(dated, filed),
        )
    ]


def _values(dated: date, until: date) -> dict[str, str]:
    following = until + timedelta(days=1)
    return {"dated": dated.isoformat(), "closed": until.isoformat(), "open": following.isoformat()}


def _done_until(context: Context) -> date | None:
    """The last day of what is closed or filed."""
    days = (context.company.books_closed_until, context.company.tax_filed_until)
    return max((day for day in days if day is not None), default=None)
