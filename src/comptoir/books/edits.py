"""Edits and cancellations of a sale that is in the books already: what they add or take off (section 7).

An increase is a sale of its own, number-2, unless the invoice may be written anew. A decrease of an open invoice is a
credit memo on it; one of a paid sale waits for the refund that gives the money back, and whose value it becomes. A
cancellation voids an invoice that may be written anew, else credits only what no refund credits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.books.amendments import decide_amendment, decide_void, may_rewrite
from comptoir.books.changed_lines import changes_of
from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.documents import Kind, PostingKey, SaleDocument
from comptoir.books.facts import Order, Refund, RefundLine, Restock, TaxCollector, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, total, zero
from comptoir.books.periods import book_date, own_date, period_problems
from comptoir.books.problems import Problem
from comptoir.books.refunds import Case, SaleInBooks, decide_refund
from comptoir.books.refunds.balances import OpenInvoice, spread
from comptoir.books.refunds.extras import Extra, decide_extra
from comptoir.books.refunds.forms import Terms, write_forms
from comptoir.books.refunds.lines import Planned
from comptoir.books.refunds.value import Settlement, settlements, value_of
from comptoir.books.text import document_number

EDIT = "edit"
CANCEL = "cancel"
"""The parts of credits that no refund of the store stands for; their source is the order."""


def is_of_sale(key: PostingKey) -> bool:
    """Whether the documents of `key`, whose source is the order, make up the sale as far as it was edited."""
    return key.kind is Kind.SALE or (key.kind is Kind.REFUND and key.part.startswith(EDIT))


def increase_of(order: Order, context: Context) -> Money:
    """How much more the store asks than when the sale was posted; below zero where it asks less."""
    posted = context.posted_total
    return zero(order.currency) if posted is None else order.total - posted


@dataclass(frozen=True, slots=True)
class Edited:
    """The sale as it would be written now, what paid its increase, and the order's open invoices, the oldest first."""

    sale: SaleDocument
    key: PostingKey
    tenders: tuple[Tender, ...]
    invoices: tuple[OpenInvoice, ...]


def decide_edit(order: Order, edited: Edited, context: Context) -> list[Decided]:
    """The document of what an edit changed since the sale was posted, if anything."""
    change = increase_of(order, context)
    if change.is_zero:
        return []
    if change < zero(order.currency):
        return _decrease(order, edited, context)
    part = may_rewrite(order, context)
    return [decide_amendment(order, part, edited.sale, context)] if part else _increase(order, edited, context)


def _increase(order: Order, edited: Edited, context: Context) -> list[Decided]:
    place = 1 + sum(part.is_sale for part in context.posted)
    key = replace(order_key(order, Kind.SALE, order.source_id), part=str(place))
    dated, change = book_date(order.updated_at, context), increase_of(order, context)
    orders = context.resolved.settings.orders
    number = "" if edited.sale.number == "" else document_number(orders.prefix, order.number, f"-{place}")
    planned = changes_of(edited.sale, ItemFinder(order, context))
    problems = _problems(order, planned, number, context)
    if problems or planned is None or number is None:
        return [Decided(key, tuple(problems), order.number, dated, change)]
    extra = Extra(
        key=key,
        number=number,
        dated=dated,
        customer=edited.sale.customer,
        planned=planned,
        total=change,
        tenders=edited.tenders,
        after=edited.key,
        remark=own_date(order.updated_at, context),
    )
    return decide_extra(extra, order, context)


def _problems(order: Order, planned: Planned | None, number: str | None, context: Context) -> list[Problem]:
    """What stands in the way of any document of an edit."""
    problems = [_tax_problem(order)] if planned is None else []
    problems += [_too_long(order)] if number is None else []
    return problems + period_problems(
        order,
        order.updated_at,
        context,
        "Order {number} was edited; what that changes is dated {dated}, and the company's books are closed until "
        "{closed}.",
        'Open the period in the company; or set closed_periods to "first_open_day": it is dated {open}.',
    )


def _decrease(order: Order, edited: Edited, context: Context) -> list[Decided]:
    place = 1 + sum(not part.is_sale for part in context.posted)
    mark = "" if place == 1 else str(place)
    dated, value = book_date(order.updated_at, context), -increase_of(order, context)
    key = replace(order_key(order, Kind.REFUND, order.source_id), part=f"{EDIT}{mark}")
    number = document_number(context.resolved.settings.refunds.prefix, order.number, f"-E{mark}")
    planned = changes_of(edited.sale, ItemFinder(order, context))
    portions = spread(value, edited.invoices)
    problems = _problems(order, planned, number, context)
    if total((portion.amount for portion in portions), order.currency) < value:
        problems.append(_unsettled(order, value))
    if problems or planned is None or number is None:
        return [Decided(key, tuple(problems), order.number, dated, value)]
    terms = Terms(
        order=order,
        source_id=order.source_id,
        part=key.part,
        dated=dated,
        numbers=[number],
        customer=edited.sale.customer,
        settlement=Settlement(value, zero(order.currency), value),
        outs=(),
        drafts=(),
        words="",
        sale=edited.key,
        invoice=portions[0].invoice,
        remark=own_date(order.updated_at, context),
        planned=planned.turned(),
        portions=portions,
    )
    forms = write_forms(terms, ItemFinder(order, context), context)
    return [Decided(key, forms, order.number, dated, value)] if isinstance(forms, tuple) else forms


def decide_cancellation(order: Order, sale: SaleInBooks, context: Context) -> tuple[Decided, ...]:
    """The credit of a cancelled order that is in the books, for what no refund of it gives back."""
    if order.cancelled_at is None or not context.resolved.settings.refunds.record:
        return ()
    part = may_rewrite(order, context)
    if part is not None:
        return (decide_void(order, part, context.local_date(order.cancelled_at), context),)
    balance = sale.invoice.balance if sale.invoice else zero(order.currency)
    settled = settlements(order, balance, context.receipts, sale.credits_paid).values()
    left = order.total - total((each.value for each in settled), order.currency)
    if left <= zero(order.currency):
        return ()
    rest = Refund(order.source_id, order.cancelled_at, tuple(_not_taken_back(order)), (), note="Cancellation")
    if value_of(rest, order) <= zero(order.currency):  # cents of amounts that the store rounds or converts one by one
        rest = replace(rest, lines=())
    open_now = balance - total((each.applied for each in settled), order.currency)
    settlement = Settlement(left, zero(order.currency), left)
    case = Case(order, rest, settlement, sale, 1, part=CANCEL, suffix="-C")
    if open_now < left:
        return (case.decided((_kept(order, left),), context),)
    return decide_refund(case, context)


def _not_taken_back(order: Order) -> Iterable[RefundLine]:
    """What was sold and no refund took back, line by line."""
    none = zero(order.currency)
    for line in order.lines:
        back = [each for refund in order.refunds for each in refund.lines if line.is_source_of(each)]
        owed = (tax.amount for tax in line.taxes if tax.collector is TaxCollector.MERCHANT)
        amount = line.net - total((each.amount for each in back), order.currency)
        tax = total(owed, order.currency) - total((each.tax for each in back), order.currency)
        if amount != none or tax != none:
            quantity = line.quantity - sum((each.quantity for each in back), start=Decimal(0))
            yield RefundLine(line.source_id, line.kind, line.name, line.sku, quantity, amount, tax, Restock.NEVER_LEFT)


def _tax_problem(order: Order) -> Problem:
    return held(
        "edit-tax",
        order,
        "Order {number} was edited after it was posted, and the tax of the change is further from what the ledger "
        "reckons on it than rounding explains.",
        "Look at the order's taxes in the store; where they are right, enter the change by hand.",
        field="taxes",
    )


def _unsettled(order: Order, value: Money) -> Problem:
    return held(
        "edit-unsettled",
        order,
        "Order {number} was lowered by {value} after it was posted and paid, and no refund of it has come yet.",
        "Nothing to do once the money goes back: the refund takes the edit along. If it is kept, leave this out.",
        field="refunds",
        value=str(value),
    )


def _kept(order: Order, left: Money) -> Problem:
    return held(
        "cancelled-paid",
        order,
        "Order {number} was cancelled after it was posted and paid; {left} of it was neither given back nor credited.",
        "Refund it in the store; or, if the money is kept, leave this out.",
        field="refunds",
        left=str(left),
    )


def _too_long(order: Order) -> Problem:
    return held(
        "number-too-long",
        order,
        "The number of the edit of order {number} is longer than the 21 characters that the company allows.",
        "Shorten the prefixes in the settings.",
        field="number",
    )
