"""Refunds: what was taken back and the cash that went out, as the documents that settle it (R1, R2; section 7).

R is the value taken back (lines, shipping, tax), C the cash that went out. `value` says what they are, `scope` what
leaves a refund out or holds it, `lines` writes what was taken back, `forms` chooses the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comptoir.books.context import Context, Decided, held
from comptoir.books.customers import find_customer
from comptoir.books.documents import Kind
from comptoir.books.facts import Order, Refund
from comptoir.books.items import ItemFinder
from comptoir.books.money import total, zero
from comptoir.books.periods import book_date, own_date
from comptoir.books.problems import Message, Problem, distinct
from comptoir.books.refunds.balances import OpenInvoice, Portion, SaleInBooks, spread, taken_off
from comptoir.books.refunds.case import EXCHANGE, Case, is_changed
from comptoir.books.refunds.extras import Extra, decide_extra
from comptoir.books.refunds.forms import (
    PaidOut,
    Terms,
    give_credit_back,
    is_out_of_credit,
    paid_out,
    part_credit,
    write_forms,
)
from comptoir.books.refunds.lines import plan_lines, turned, write_value_lines
from comptoir.books.refunds.scope import changed_since, left_out_by, scope_problems
from comptoir.books.refunds.value import by_time, settlements
from comptoir.books.text import document_number

__all__ = [
    "EXCHANGE",
    "OVER",
    "Case",
    "OpenInvoice",
    "SaleInBooks",
    "decide_refund",
    "decide_refunds",
    "exchanges",
    "is_changed",
    "is_out_of_credit",
]

OVER = "With this refund more went back on order {number} than was paid or sold."


def decide_refunds(order: Order, context: Context, sale: SaleInBooks | None = None) -> tuple[Decided, ...]:
    """Every refund of `order`, numbered in the order of their time: number, number-2, number-3.

    `sale` is None where the sale is not in these books. An exchange for goods worth more is a sale and carries the
    refund's number.
    """
    if not context.resolved.settings.refunds.record:
        return ()
    invoice = sale.invoice if sale else None
    balance = invoice.balance if invoice else zero(order.currency)
    settled = settlements(order, balance, context.receipts, sale.credits_paid if sale else {})
    decided: list[Decided] = []
    place = 1
    for refund in by_time(order):
        case = Case(order, refund, settled[refund.source_id], sale, place)
        found = decide_refund(case, context)
        decided += [*found, *changed_since(case, context)]
        place += max(1, sum(each.key.kind is Kind.REFUND for each in found))
    return tuple(decided)


def exchanges(order: Order, context: Context) -> list[Refund]:
    """The refunds of `order` that are sales: what was given out is worth more than what was taken back."""
    if not context.resolved.settings.refunds.record:
        return []
    settled = settlements(order, zero(order.currency))
    return [
        refund
        for refund in by_time(order)
        if settled[refund.source_id].is_sale and not refund.pending and context.in_scope(refund.at)
    ]


def decide_refund(case: Case, context: Context) -> tuple[Decided, ...]:
    """The documents that settle one refund, after the lists that they need."""
    case, portions = _off_invoices(case)
    order, refund = case.order, case.refund
    skipped = left_out_by(case, context)
    if skipped is not None:
        return (case.decided(skipped, context),)
    dated = book_date(refund.at, context)
    context = context.as_of(dated)
    items = ItemFinder(order, context, dated)
    written = write_value_lines(order, refund, items)
    problems = [*scope_problems(case, context), *written.problems]
    money = _money_out(case, context)
    if isinstance(money, Problem):
        problems.append(money)
        money = []
    backs, outs = part_credit(money, case.settlement.credit or zero(order.currency))
    numbers = _numbers(case, context, max(1, len(outs)))
    if numbers is None:
        problems.append(_too_long(order))
    customer = find_customer(order, context)
    if isinstance(customer, Problem):
        problems.append(customer)
    if problems or isinstance(customer, Problem) or numbers is None:
        return (case.decided(distinct(problems), context),)
    terms = Terms(
        order=order,
        source_id=refund.source_id,
        part=case.part,
        dated=dated,
        numbers=numbers,
        customer=customer.reference,
        settlement=case.settlement,
        outs=outs,
        drafts=written.drafts,
        words=refund.note,
        remark=own_date(refund.at, context),
        sale=case.sale.key if case.sale else None,
        invoice=portions[0].invoice if portions else None,
        portions=portions,
    )
    forms = _forms(case, terms, backs, items, context)
    if isinstance(forms, tuple):
        return (case.decided(distinct(forms), context),)
    created = [*items.created.values(), *([customer.creates] if customer.creates else [])]
    return (*created, replace(forms[0], notes=_notes(case)), *forms[1:])


def _off_invoices(case: Case) -> tuple[Case, Sequence[Portion]]:
    """What comes off which invoice: as it is in the books, else off what is open still; and the case with just that."""
    by_refund, left = taken_off(case.order, case.sale)
    portions = by_refund.get(case.refund.source_id, spread(case.settlement.applied, left))
    applied = total((each.amount for each in portions), case.order.currency)
    return replace(case, settlement=replace(case.settlement, applied=applied)), portions


def _money_out(case: Case, context: Context) -> list[PaidOut] | Problem:
    """The cash by account; a receipt names one although no money went out."""
    needs_account = not case.settlement.is_sale and case.settlement.applied.is_zero
    return paid_out(case.order, case.refund.tenders, context, needs_account=needs_account)


def _forms(
    case: Case, terms: Terms, backs: Sequence[PaidOut], items: ItemFinder, context: Context
) -> list[Decided] | tuple[Problem, ...]:
    """The documents of the refund, those that give a credit back first: the others are sent after them.

    So what a refund in the books gave back of a credit is always known.
    """
    if case.settlement.is_sale:
        return _exchange(case, terms, items, context)
    given_back = give_credit_back(terms, backs, context) if backs else []
    if isinstance(given_back, tuple) or (given_back and not terms.drafts and case.settlement.total.is_zero):
        return given_back
    after = given_back[-1].key if given_back else terms.sale
    forms = write_forms(replace(terms, sale=after), items, context)
    return forms if isinstance(forms, tuple) else [*given_back, *forms]


def _exchange(case: Case, terms: Terms, items: ItemFinder, context: Context) -> list[Decided] | tuple[Problem, ...]:
    """Goods given out against goods taken back, and the buyer owes the rest: a sale with lines of both signs."""
    planned = plan_lines(turned(terms.drafts), -case.settlement.value, terms.words, items, context)
    if isinstance(planned, tuple):
        return planned
    extra = Extra(
        key=case.key,
        number=terms.numbers[0],
        dated=terms.dated,
        customer=terms.customer,
        planned=planned,
        total=-case.settlement.value,
        tenders=case.sale.exchanges.get(case.refund.source_id, ()) if case.sale else (),
        after=terms.sale,
        remark=terms.remark,
    )
    return decide_extra(extra, case.order, context)


def _notes(case: Case) -> tuple[Message, ...]:
    if not case.settlement.is_over:
        return ()
    values = {"number": case.order.number}
    return (Message(OVER, values),)


def _numbers(case: Case, context: Context, count: int) -> list[str] | None:
    """`count` numbers from the refund's place on: number, number-2, number-3; None where one would be too long."""
    prefix = context.resolved.settings.refunds.prefix
    places = range(case.place, case.place + count)
    suffixes = [case.suffix] if case.suffix else [f"-{at}" if at > 1 else "" for at in places]
    numbers = [document_number(prefix, case.order.number, suffix) for suffix in suffixes]
    known = [number for number in numbers if number is not None]
    return known if len(known) == len(numbers) else None


def _too_long(order: Order) -> Problem:
    return held(
        "number-too-long",
        order,
        "The number of the refund of order {number} is longer than the 21 characters that the company allows.",
        "Shorten the refund prefix in the settings.",
        field="number",
    )
