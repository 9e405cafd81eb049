"""Refunds: what was taken back and the cash that went out, as the documents that settle it (R1, R2; section 7).

R is the value taken back (lines, shipping, tax), C the cash that went out. `value` says what they are, `lines` writes
what was taken back, `forms` chooses the documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from comptoir.books.context import Context, Decided, Outcome, held, left_out, order_key
from comptoir.books.currency import currency_problems
from comptoir.books.customers import find_customer
from comptoir.books.dates import BEFORE_START, sale_in_scope
from comptoir.books.documents import Kind, PostingKey, SaleDocument
from comptoir.books.facts import Order, Refund
from comptoir.books.items import ItemFinder
from comptoir.books.money import total, zero
from comptoir.books.periods import book_date, own_date, period_problems
from comptoir.books.problems import Message, Problem, Skipped, distinct
from comptoir.books.refunds.balances import OpenInvoice, SaleInBooks, spread, taken_off
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
from comptoir.books.refunds.value import Settlement, by_time, settlements, value_of
from comptoir.books.settings import EarlierOrders
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

EXCHANGE = "exchange"
"""The part of an exchange that is a sale."""
CHANGED = "changed"
"""The part of what holds a refund that the store changed after it was posted."""
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
        decided += [*found, *_changed(case, context)]
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


@dataclass(frozen=True, slots=True)
class Case:
    """A refund with its order and how it is settled.

    `part` and the refund's id make its key; `place` makes its number, unless it has a `suffix` of its own.
    """

    order: Order
    refund: Refund
    settlement: Settlement
    sale: SaleInBooks | None
    place: int
    part: str = ""
    suffix: str = ""

    @property
    def key(self) -> PostingKey:
        """The key of the refund's own document."""
        if self.settlement.is_sale:
            return replace(order_key(self.order, Kind.SALE, self.refund.source_id), part=EXCHANGE)
        return replace(order_key(self.order, Kind.REFUND, self.refund.source_id), part=self.part)

    def decided(self, outcome: Outcome, context: Context) -> Decided:
        """One decision for the whole refund."""
        store = abs(self.settlement.value) if self.settlement.is_sale else self.settlement.total
        return Decided(self.key, outcome, self.order.number, book_date(self.refund.at, context), store)


def decide_refund(case: Case, context: Context) -> tuple[Decided, ...]:
    """The documents that settle one refund, after the lists that they need."""
    order, refund = case.order, case.refund
    by_refund, left = taken_off(order, case.sale)
    portions = by_refund.get(refund.source_id, spread(case.settlement.applied, left))
    applied = total((each.amount for each in portions), order.currency)
    case = replace(case, settlement=replace(case.settlement, applied=applied))
    skipped = _rule(case, context)
    if skipped is not None:
        return (case.decided(skipped, context),)
    dated = book_date(refund.at, context)
    context = context.as_of(dated)
    items = ItemFinder(order, context, dated)
    written = write_value_lines(order, refund, items)
    problems = [*_scope_problems(case, context), *written.problems]
    needs_account = not case.settlement.is_sale and case.settlement.applied.is_zero
    outs = paid_out(order, refund.tenders, context, needs_account=needs_account)
    if isinstance(outs, Problem):
        problems.append(outs)
        outs = []
    backs, outs = part_credit(outs, case.settlement.credit or zero(order.currency))
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


def _rule(case: Case, context: Context) -> Skipped | None:
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


def _scope_problems(case: Case, context: Context) -> list[Problem]:
    """What holds the refund before its lines are looked at."""
    order, refund = case.order, case.refund
    problems = []
    if refund.pending:
        problems.append(_pending(order))
    elif _has_turned(case, context):
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


def _has_turned(case: Case, context: Context) -> bool:
    """Whether the refund is in the books as a sale and is none now, or the other way round."""
    if case.part or case.refund.source_id not in context.refunded:
        return False
    was_sale = isinstance(context.refunded[case.refund.source_id], SaleDocument)
    return was_sale is not case.settlement.is_sale


def is_changed(refund: Refund, order: Order, context: Context) -> bool:
    """Whether the refund is in the books and took back something else then than the store says now."""
    document = context.refunded.get(refund.source_id)
    if document is None:
        return False
    was = -document.total if isinstance(document, SaleDocument) else document.value
    return was is not None and was.in_books() != value_of(refund, order).in_books()


def _changed(case: Case, context: Context) -> Iterator[Decided]:
    """What holds a refund that was changed: what is in the books stays, and what changed is for the user to enter.

    The store does not say what of it changed when, so no document of the difference could be dated or told apart.
    """
    if is_changed(case.refund, case.order, context) and not _has_turned(case, context):
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
