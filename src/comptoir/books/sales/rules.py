"""The rules of a sale: each looks at one thing of it, and holds the sale by what it objects to; all are asked."""

from __future__ import annotations

from collections.abc import Sequence

from comptoir.books.context import held
from comptoir.books.currency import currency_problems
from comptoir.books.customers import find_customer
from comptoir.books.facts import TaxCollector
from comptoir.books.lines import add_up, draft_lines
from comptoir.books.periods import period_problems
from comptoir.books.planning import plan_drafts
from comptoir.books.problems import Problem
from comptoir.books.rules import Rule, RuleName
from comptoir.books.sales import telling
from comptoir.books.sales.draft import SaleDraft
from comptoir.books.sales.form import sale_form
from comptoir.books.settings import NumberSource
from comptoir.books.tenders import redeemed_total
from comptoir.books.text import document_number

Problems = Sequence[Problem]


def number(draft: SaleDraft) -> Problems:
    """The document's number, "" where the ledger is to give its own (O4); one that is too long holds the sale."""
    orders = draft.context.resolved.settings.orders
    is_own = orders.number is NumberSource.LEDGER
    draft.number = "" if is_own else document_number(orders.prefix, draft.order.number)
    if draft.number is not None:
        return ()
    return [
        held(
            "number-too-long",
            draft.order,
            "The number {number} with its prefix is longer than the 21 characters that the company allows.",
            "Shorten the prefix in the settings.",
            field="number",
        )
    ]


def period(draft: SaleDraft) -> Problems:
    """A closed or filed period holds a sale that is dated in it."""
    if draft.context.posted_form is not None:  # it stands in the books: a period closed since then is no reason to hold
        return ()
    return period_problems(
        draft.order,
        draft.moment,
        draft.context,
        "Order {number} is dated {dated}, and the company's books are closed until {closed}.",
        'Open the period in the company; or set closed_periods to "first_open_day": the sale is dated {open}.',
    )


def currency(draft: SaleDraft) -> Problems:
    """The company must keep the order's currency."""
    return currency_problems(draft.order, draft.context)


def collector(draft: SaleDraft) -> Problems:
    """Taxes of which the marketplace does not say yet whether it remits them itself (section 2)."""
    taxes = (tax for line in draft.order.lines for tax in line.taxes if not tax.amount.is_zero)
    names = sorted({tax.name for tax in taxes if tax.collector is TaxCollector.UNSTATED})
    if not names:
        return ()
    return [
        held(
            "tax-collector",
            draft.order,
            "The marketplace does not say yet who remits the tax of order {number}: {taxes}.",
            "Nothing to do: the order is posted once the marketplace's statement of it tells who does.",
            field="taxes",
            taxes=", ".join(names),
        )
    ]


def items(draft: SaleDraft) -> Problems:
    """Every line needs an item."""
    draft.drafted = draft_lines(draft.order, draft.items, draft.context)
    return draft.drafted.problems


def taxes(draft: SaleDraft) -> Problems:
    """The store's taxes need codes that carry them to the minor unit; asked although an item is missing."""
    planned = plan_drafts(draft.drafted.drafts, draft.order, draft.context)
    if isinstance(planned, tuple):
        return planned
    draft.planned = planned
    return ()


def total(draft: SaleDraft) -> Problems:
    """The lines must come to the store's total, but for rounding; asked once all have their items and taxes."""
    if draft.planned is None or draft.drafted.problems:
        return ()
    written = add_up(draft.drafted, draft.planned, draft.items, draft.context)
    if isinstance(written, Problem):
        return [written]
    draft.written = written
    return ()


def customer(draft: SaleDraft) -> Problems:
    """Somebody is found, or made; whom Comptoir made may be inactive by now."""
    found = find_customer(draft.order, draft.context)
    if isinstance(found, Problem):
        return [found]
    draft.customer = found
    return ()


def form(draft: SaleDraft) -> Problems:
    """Receipt or invoice."""
    draft.chosen = sale_form(draft.order, draft.context)
    return [draft.chosen.problem] if draft.chosen.problem else ()


def paid_over(draft: SaleDraft) -> Problems:
    """What was removed from a paid order and not given back yet, where no sale could be written of what is left."""
    order, context = draft.order, draft.context
    if context.posted_form is not None or (order.lines and redeemed_total(order, context.resolved) <= order.total):
        return ()
    return [
        held(
            "paid-over",
            order,
            "Order {number} was paid with {paid} and comes to {total} by now; the difference was not given back yet.",
            "Nothing to do once it is given back: the refund takes the edit along. If it is kept, enter it by hand.",
            field="lines",
            paid=str(order.paid),
            total=str(order.total),
        )
    ]


SALE_RULES: tuple[Rule[SaleDraft, Problem], ...] = (
    Rule(RuleName.NUMBER, number, telling.number),
    Rule(RuleName.PERIOD, period, telling.period),
    Rule(RuleName.CURRENCY, currency, telling.currency),
    Rule(RuleName.TAX, collector, telling.collector, is_quiet=True),
    Rule(RuleName.ITEM, items, telling.items),
    Rule(RuleName.TAX, taxes, telling.taxes),
    Rule(RuleName.TOTAL, total, telling.total),
    Rule(RuleName.CUSTOMER, customer, telling.customer),
    Rule(RuleName.FORM, form, telling.form),
    Rule(RuleName.PAID, paid_over, telling.paid_over, is_quiet=True),
)
"""In the order in which they are asked and their problems listed."""
