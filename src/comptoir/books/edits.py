"""Edits and cancellations of a sale that is in the books already: what they add or take off (section 7).

An increase is a sale of its own, number-2, unless the invoice may be written anew. A decrease of an open invoice is a
credit memo on it; one of a paid sale waits for the refund that gives the money back, and whose value it becomes. A
cancellation voids an invoice that may be written anew, else credits only what no refund credits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.books.amendments import decide_amendment, decide_void, may_rewrite
from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.documents import (
    DocumentLine,
    Kind,
    LedgerId,
    PostingKey,
    RateTax,
    Reference,
    RefundDocument,
    SaleDocument,
)
from comptoir.books.facts import Order, Refund, RefundLine, Restock, TaxCollector, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, total, zero
from comptoir.books.periods import book_date, own_date, period_problems
from comptoir.books.problems import Problem
from comptoir.books.refunds import Case, SaleInBooks, decide_refund
from comptoir.books.refunds.balances import OpenInvoice, spread
from comptoir.books.refunds.extras import Extra, decide_extra
from comptoir.books.refunds.forms import Terms, write_forms
from comptoir.books.refunds.lines import Planned, turned_line
from comptoir.books.refunds.value import Settlement, settlements, value_of
from comptoir.books.taxes import TaxPlan
from comptoir.books.taxes.arithmetic import Taxable, added_tax, included_tax
from comptoir.books.taxes.united_states import TAXED
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
    planned = changes_of(edited.sale, context)
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
    planned = changes_of(edited.sale, context)
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


def changes_of(sale: SaleDocument, context: Context) -> Planned | None:
    """The sale as it is now less what is in the books: line by line and rate by rate. None where tax forbids it.

    A tax that is inside the prices is the ledger's own arithmetic and cannot be stated: it must come out the same.
    """
    posted = [part.document for part in context.posted]
    context = context.as_of(sale.dated)
    if any(document.prices_include_tax != sale.prices_include_tax for document in posted):
        return None
    found: dict[tuple[Reference, LedgerId | None], list[DocumentLine]] = defaultdict(list)
    for sign, document in ((1, sale), *((_sign(document), document) for document in posted)):
        for line in document.lines:
            found[line.item, line.tax_code].append(line if sign > 0 else turned_line(line))
    lines = tuple(line for line in map(_merged, found.values()) if not line.amount.is_zero)
    tax = sale.tax + total((document.tax * Decimal(_sign(document)) for document in posted), sale.currency)
    rates = _changed_rates(sale, posted, context)
    if sale.prices_include_tax:
        own = included_tax(_taxable(lines, sale.form_tax_code, context), sale.currency).values()
        if total((each.amount for each in own), sale.currency) != tax:
            return None
        rates = ()
    plan = TaxPlan(
        codes=tuple(line.tax_code for line in lines),
        amounts=tuple(line.amount for line in lines),
        inclusive=sale.prices_include_tax,
        form_code=next((each.form_tax_code for each in (sale, *posted) if each.form_tax_code), None),
        rates=rates,
        total=tax,
        is_stated=not sale.prices_include_tax and (sale.tax_stated or bool(rates)),
        difference=zero(sale.currency),
    )
    return Planned(lines, plan)


def _sign(document: SaleDocument | RefundDocument) -> int:
    """How a posted document counts in the difference: sales are taken off, credits of them come back."""
    return -1 if isinstance(document, SaleDocument) else 1


def _changed_rates(
    sale: SaleDocument, posted: Sequence[SaleDocument | RefundDocument], context: Context
) -> tuple[RateTax, ...]:
    found: dict[LedgerId, RateTax] = {}
    for sign, document in ((1, sale), *((_sign(document), document) for document in posted)):
        for each in _rates_of(document, context):
            known = found.get(each.rate, RateTax(each.rate, zero(sale.currency), zero(sale.currency)))
            amount, base = each.amount * Decimal(sign), each.base * Decimal(sign)
            found[each.rate] = RateTax(each.rate, known.amount + amount, known.base + base)
    return tuple(each for each in found.values() if not (each.amount.is_zero and each.base.is_zero))


def _rates_of(document: SaleDocument | RefundDocument, context: Context) -> Iterable[RateTax]:
    """The tax of a document by rate: as it was stated, else as the ledger reckons it."""
    if document.rates or document.tax_stated:
        return document.rates
    return added_tax(_taxable(document.lines, document.form_tax_code, context), document.currency).values()


def _taxable(lines: Iterable[DocumentLine], form: LedgerId | None, context: Context) -> list[Taxable]:
    """The lines with the rates of their codes; a taxed line of a form with one code for all (US) has that one's."""
    rates = {code.id: code.rates for code in context.company.tax_codes}
    if form is not None:
        rates[TAXED] = rates.get(form, ())
    return [Taxable(line.amount, rates.get(line.tax_code, ()) if line.tax_code else ()) for line in lines]


def _merged(lines: list[DocumentLine]) -> DocumentLine:
    amount = total((line.amount for line in lines), lines[0].amount.currency)
    quantities = [line.quantity for line in lines]
    known = [quantity for quantity in quantities if quantity is not None]
    quantity = sum(known, start=Decimal(0)) if len(known) == len(quantities) else None
    price = lines[0].unit_price
    if not quantity or price is None or (price * quantity).in_books() != amount:
        price = None
    return replace(lines[0], amount=amount, quantity=quantity or None, unit_price=price)


def _tax_problem(order: Order) -> Problem:
    return held(
        "edit-tax",
        order,
        "Order {number} was edited after it was posted, and the ledger would reckon another tax on the change alone.",
        "Enter the change by hand.",
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
