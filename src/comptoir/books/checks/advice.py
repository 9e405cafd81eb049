"""What the settings and the company allow, and what their owner should know of it all the same: no mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.checks.names import mistake
from comptoir.books.company import Company
from comptoir.books.problems import Problem
from comptoir.books.settings import ClosedPeriods, CustomerChoice, MessageChoice, Settings


def advice(settings: Settings, company: Company) -> Iterator[Problem]:
    """Everything worth knowing before the first run, with what would mend it."""
    applies = company.auto_apply_credit and settings.refunds.record
    if applies and settings.orders.customer is not CustomerChoice.GENERIC:  # under a generic one it is a mistake
        yield mistake(
            "refunds.record",
            "The company applies credits to a customer's oldest open invoice by itself, which may be another order's; "
            "the credit of that refund then waits.",
            "Switch the automatic application of credits and payments off in the company.",
        )
    if settings.payments.record and not settings.payments.methods:
        yield mistake(
            "payments.methods",
            "No payment method has an account, so receipts and payments are held.",
            'Choose an account for each payment method of the store, or one for every other method ("*").',
        )
    if settings.orders.message is MessageChoice.COMPANY_DEFAULT and not company.default_message:
        yield mistake(
            "orders.message",
            "The company has no default message, so its customers read none.",
            "Write one in the company's sales settings, or let the order's own note be the message.",
        )
    closed = company.books_closed_until
    if closed is not None and settings.start_date <= closed and settings.closed_periods is ClosedPeriods.HOLD:
        yield mistake(
            "start_date",
            "The company's books are closed until {closed}, after the start date {start}: what is dated until then is "
            "held.",
            "Start after it; or open the period; or let what is late be dated by the first open day.",
            closed=closed.isoformat(),
            start=settings.start_date.isoformat(),
        )
