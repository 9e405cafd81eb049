"""What the settings and the company allow, and what their owner should know of it all the same: no mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.checks.contradictions import NEVER_PAID, SETTLED, Surroundings
from comptoir.books.checks.names import mistake
from comptoir.books.company import Company
from comptoir.books.documents import SaleForm
from comptoir.books.problems import Problem
from comptoir.books.settings import ClosedPeriods, CustomerChoice, MessageChoice, Settings


def advice(settings: Settings, company: Company, around: Surroundings) -> Iterator[Problem]:
    """Everything worth knowing before the first run, with what would mend it."""
    yield from _of_the_company(settings, company)
    yield from _of_the_orders(settings)
    if settings.start_date > around.today:
        yield mistake(
            "start_date",
            "Nothing is posted before the start date, {start}.",
            "Choose an earlier day if orders of before are wanted in the books.",
            start=settings.start_date.isoformat(),
        )


def _of_the_orders(settings: Settings) -> Iterator[Problem]:
    """Choices that leave orders out, or open, where few shops want it."""
    chosen = set(settings.orders.statuses)
    if settings.orders.form is SaleForm.INVOICE and not settings.payments.record:
        yield mistake(
            "payments.record",
            "Payments are not recorded, so every invoice stays open until somebody enters its payment in the company.",
            "Record payments too, unless they come into the company in another way.",
        )
    if chosen - NEVER_PAID and not chosen & SETTLED:
        yield mistake(
            "orders.statuses",
            "Orders that are paid are not among those that are posted.",
            'List "paid", "partially_refunded" and "refunded" too.',
        )


def _of_the_company(settings: Settings, company: Company) -> Iterator[Problem]:
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
