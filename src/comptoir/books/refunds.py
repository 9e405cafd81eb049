"""A refund as a refund receipt: what was taken back, and a line for what the cash differs from it (R1, R2; section 7).

R is the value taken back (lines, shipping, tax), C the cash that went out. This release posts refunds that paid cash
from one account; credits against an open invoice are held.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from comptoir.books.context import Context, Decided, closed_period, held, order_key
from comptoir.books.customers import find_customer
from comptoir.books.documents import DocumentLine, Kind, LedgerId, RefundDocument
from comptoir.books.facts import Order, Refund, RefundLine
from comptoir.books.items import ItemFinder, Special
from comptoir.books.money import Money, total, zero
from comptoir.books.payments import unmapped_method
from comptoir.books.problems import Message, Problem, Skipped, distinct
from comptoir.books.sales import BEFORE_START, reference_of
from comptoir.books.settings import EarlierOrders
from comptoir.books.text import document_number, marker


def decide_refunds(order: Order, context: Context) -> tuple[Decided, ...]:
    """Every refund of `order`, numbered in the order of their time: number, number-2, number-3."""
    if not context.resolved.settings.refunds.record:
        return ()
    ordered = sorted(order.refunds, key=lambda refund: (refund.at, refund.source_id))
    return tuple(
        decided
        for place, refund in enumerate(ordered, start=1)
        for decided in _decide_refund(order, refund, f"-{place}" if place > 1 else "", context)
    )


@dataclass(slots=True)
class _Draft:
    """A refund receipt in the making."""

    account: LedgerId | None = None
    payment_method: LedgerId | None = None
    lines: list[DocumentLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def _decide_refund(order: Order, refund: Refund, suffix: str, context: Context) -> tuple[Decided, ...]:
    key = order_key(order, Kind.REFUND, refund.source_id)
    dated = context.local_date(refund.at)
    cash = total((tender.amount for tender in refund.tenders), order.currency)
    skipped = _rule(order, refund, cash, context)
    if skipped is not None:
        return (Decided(key, skipped, order.number, dated, cash),)
    items = ItemFinder(order, context)
    draft = _Draft(problems=_scope_problems(order, refund, cash, context))
    _write_account(draft, order, refund, context)
    _write_lines(draft, order, refund, cash, items, context)
    number = document_number(context.resolved.settings.refunds.prefix, order.number, suffix)
    if number is None:
        draft.problems.append(_too_long(order))
    customer = find_customer(order, context)
    if isinstance(customer, Problem):
        draft.problems.append(customer)
    if draft.problems or isinstance(customer, Problem) or number is None or draft.account is None:
        return (Decided(key, distinct(draft.problems), order.number, dated, cash),)
    tender = refund.tenders[0]
    document = RefundDocument(
        number=number,
        dated=dated,
        customer=customer.reference,
        currency=order.currency,
        lines=tuple(draft.lines),
        tax=zero(order.currency),
        refund_account=draft.account,
        private_note=f"{order.store} refund of order {order.number}",
        marker=marker(key, context.generation),
        payment_method=draft.payment_method,
        payment_reference=reference_of(tender.reference, tender.source_id),
        billing=order.billing,
    )
    created = [*items.created.values(), *([customer.creates] if customer.creates else [])]
    return (*created, Decided(key, document, order.number, dated, cash))


def _rule(order: Order, refund: Refund, cash: Money, context: Context) -> Skipped | None:
    """What leaves a refund out: its date, or that nothing moved."""
    values = {"number": order.number, "dated": context.local_date(refund.at).isoformat()}
    if not context.in_scope(refund.at):
        return Skipped(
            BEFORE_START, Message("The refund of order {number} of {dated} is from before the start date.", values)
        )
    if cash.is_zero and _value(refund, order).is_zero and not refund.pending:
        return Skipped("nothing-moved", Message("The refund of order {number} moved neither goods nor money.", values))
    return None


def _value(refund: Refund, order: Order) -> Money:
    """R: what was taken back; tax is added where prices exclude it."""
    amounts = (line.amount if order.prices_include_tax else line.amount + line.tax for line in refund.lines)
    return total(amounts, order.currency)


def _scope_problems(order: Order, refund: Refund, cash: Money, context: Context) -> list[Problem]:
    problems = []
    if refund.pending:
        problems.append(
            held(
                "refund-pending",
                order,
                "The refund of order {number} is not through at the payment provider.",
                "Nothing to do: it is posted once the provider has paid it out.",
                field="refunds",
            )
        )
    elif cash.is_zero:
        problems.append(
            held(
                "refund-without-cash",
                order,
                "Goods of order {number} were taken back without giving money back.",
                "Enter a credit memo by hand: this release does not post such credits yet.",
                field="refunds",
            )
        )
    elif order.paid < order.total:
        problems.append(
            held(
                "refund-of-open-invoice",
                order,
                "Order {number} was refunded in part while its invoice is still open.",
                "Enter a credit memo by hand: this release does not post such credits yet.",
                field="refunds",
            )
        )
    if any(not line.tax.is_zero for line in refund.lines):
        problems.append(
            held(
                "refund-tax",
                order,
                "The refund of order {number} gives sales tax back.",
                "Enter this refund by hand: this release does not post refunds of taxed sales yet.",
                field="taxes",
            )
        )
    earlier = not context.in_scope(order.placed_at)
    if earlier and context.resolved.settings.refunds.of_earlier_orders is EarlierOrders.HOLD:
        problems.append(
            held(
                "refund-of-earlier-order",
                order,
                "Order {number} is from before the start date, so its sale is not in these books.",
                'Enter the refund by hand, or set refunds.of_earlier_orders to "post".',
                field="refunds",
                cause="refund-of-earlier-order",
            )
        )
    problems += closed_period(
        order,
        refund.at,
        context,
        "The refund of order {number} is dated {dated}, and the company's books are closed until {closed}.",
        "Open the period in the company, or enter this refund by hand in an open one.",
    )
    return problems


def _write_account(draft: _Draft, order: Order, refund: Refund, context: Context) -> None:
    """Money leaves the tender's clearing account; R1's account serves tenders without one."""
    accounts = set()
    methods = set()
    for tender in refund.tenders:
        method = context.resolved.method(tender.method)
        account = method.account if method else context.resolved.refund_account
        if account is None:
            draft.problems.append(unmapped_method(order, tender))
            return
        accounts.add(account)
        methods.add(method.payment_method if method else None)
    if len(accounts) > 1:
        draft.problems.append(
            held(
                "refund-several-accounts",
                order,
                "The refund of order {number} was paid out by methods of several accounts.",
                "Map these methods to one account, or enter the refund by hand.",
                field="payments",
            )
        )
        return
    draft.account = accounts.pop() if accounts else None
    draft.payment_method = methods.pop() if len(methods) == 1 else None


def _write_lines(draft: _Draft, order: Order, refund: Refund, cash: Money, items: ItemFinder, context: Context) -> None:
    untaxed = context.resolved.untaxed
    code = untaxed.id if untaxed else None
    for line in refund.lines:
        if line.amount.is_zero and line.quantity == 0:
            continue
        found = items.for_line(kind=line.kind, sku=line.sku, name=line.name)
        if isinstance(found, Problem):
            draft.problems.append(found)
            continue
        draft.lines.append(
            DocumentLine(
                item=found.reference,
                description=line.name or line.sku,
                amount=line.amount,
                quantity=line.quantity or None,
                unit_price=_price(line),
                tax_code=code,
            )
        )
    difference = cash - _value(refund, order)
    if not difference.is_zero:
        found = items.special(Special.REFUND_DIFFERENCE)
        if isinstance(found, Problem):
            draft.problems.append(found)
            return
        words = refund.note or "Refund difference"
        draft.lines.append(DocumentLine(item=found.reference, description=words, amount=difference, tax_code=code))


def _price(line: RefundLine) -> Money | None:
    """The price of one, where it multiplies back to the amount exactly."""
    if line.quantity == 0:
        return None
    price = Money(line.amount.amount / line.quantity, line.amount.currency).rounded()
    return price if (price * line.quantity).rounded() == line.amount.rounded() else None


def _too_long(order: Order) -> Problem:
    return held(
        "number-too-long",
        order,
        "The number of the refund of order {number} is longer than the 21 characters that the company allows.",
        "Shorten the refund prefix in the settings.",
        field="number",
    )
