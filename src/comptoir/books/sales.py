"""An order as a sale: a receipt when it is paid by methods of one account, else an invoice (O2, O3; sections 5, 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comptoir.books.checks import Method
from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.currency import currency_problems
from comptoir.books.customers import find_customer
from comptoir.books.dates import due_date, sale_in_scope, sale_moment
from comptoir.books.documents import ItemDocument, ItemType, Kind, LedgerId, SaleDocument, SaleForm
from comptoir.books.facts import Order, PaymentStatus, TaxCollector
from comptoir.books.item_problems import OPENING_QUANTITY
from comptoir.books.items import ItemFinder
from comptoir.books.lines import write_sale_lines
from comptoir.books.money import BOOKS_DIGITS, total
from comptoir.books.periods import book_date, own_date, period_problems
from comptoir.books.problems import Message, Problem, Skipped, distinct
from comptoir.books.settings import MessageChoice, NumberSource, UnpaidOrders
from comptoir.books.taxes import TaxPlan
from comptoir.books.tenders import is_settled, method_of, money_tenders, redeemed_total, reference_of
from comptoir.books.text import document_number

CANCELLED = "cancelled"
"""The rule of cancelled orders of which nothing is in the books."""
BEFORE_START = "before-start"
"""The rule of orders and refunds dated before the start date (Y2)."""
TAX_ROUNDING = "The tax of order {number} is {tax} {currency} in the books and {store} in the store, by rounding."
THIRD_DECIMAL = "Order {number} comes to {total} in the store; the books keep two decimals: {kept}."
KEEPS_FORM = "It is in the books in this form, and keeps it."
WANTS_INVOICE = "The settings ask for invoices."
NO_PAYMENTS = "The settings ask for receipts, which need recorded payments; payments are not recorded."
PAID_IN_FULL = "It is paid in full, into one account."
NOT_PAID = "A receipt must be paid in full: {taken} of {owed} is paid."
PENDING = "A receipt must be paid: the payment is still pending."
SEVERAL_ACCOUNTS = "A receipt names one account: the payments are held on several."


@dataclass(frozen=True, slots=True)
class Settled:
    """How a receipt was paid: one account, and the method and reference where there is just one."""

    account: LedgerId
    payment_method: LedgerId | None
    reference: str


@dataclass(frozen=True, slots=True)
class ChosenForm:
    """Receipt or invoice, and why; what a receipt needs of its payments, or what holds it."""

    form: SaleForm
    why: Message
    settled: Settled | Problem | None = None


def scope_rule(order: Order, context: Context) -> Skipped | None:
    """The rule that leaves the whole order out, refunds included; None where there is none."""
    if order.test:
        return Skipped("test-order", Message("Order {number} is a test order.", {"number": order.number}))
    if order.cancelled_at is not None and context.posted_form is None and context.in_scope(order.placed_at):
        if order.is_deleted:
            values = {"number": order.number}
            return Skipped("deleted", Message("Order {number} was deleted in the store before it was posted.", values))
        return Skipped(
            CANCELLED, Message("Order {number} was cancelled before it was posted.", {"number": order.number})
        )
    return None


def sale_rule(order: Order, context: Context) -> Skipped | None:
    """The rule that leaves the sale out while a refund of it may still be posted."""
    if not sale_in_scope(order, context):
        moment = sale_moment(order, context.resolved) or order.placed_at
        values = {
            "number": order.number,
            "dated": context.local_date(moment).isoformat(),
            "start": context.resolved.settings.start_date.isoformat(),
        }
        return Skipped(
            BEFORE_START, Message("Order {number} of {dated} is from before the start date {start}.", values)
        )
    if context.posted_form is not None:
        return None
    if not order.lines and not order.tenders:
        return Skipped("empty", Message("Nothing is left of order {number}.", {"number": order.number}))
    settings = context.resolved.settings.orders
    waits = settings.form is SaleForm.RECEIPT and settings.unpaid is UnpaidOrders.WAIT
    if order.status not in settings.statuses or (waits and not is_settled(order, context.resolved)):
        values = {"number": order.number, "status": order.status.value.replace("_", " ")}
        return Skipped("status", Message('Order {number} is "{status}", a status that is not posted yet.', values))
    if sale_moment(order, context.resolved) is None:
        values = {"number": order.number, "day": settings.dated_by.value}
        return Skipped(
            "undated", Message("Order {number} is not {day} yet, and its sale is dated by that day.", values)
        )
    return None


def decide_sale(order: Order, context: Context) -> tuple[Decided, ...]:
    """The sale with the customer and items it needs first, or the problems that hold it.

    Inventory items are created even for a sale that waits for their opening quantity: nobody could enter it else.
    """
    key = order_key(order, Kind.SALE, order.source_id)
    moment = sale_moment(order, context.resolved) or order.placed_at
    dated = context.posted[0].document.dated if context.posted else book_date(moment, context)
    context = context.as_of(dated)
    number = sale_number(order, context)
    problems = number_problems(order, number) + sale_period_problems(order, moment, context)
    problems += [*currency_problems(order, context), *collector_problems(order)]
    items = ItemFinder(order, context, dated)
    written = write_sale_lines(order, items, context)
    chosen = sale_form(order, context)
    form, settled = chosen.form, chosen.settled
    customer = find_customer(order, context)
    problems += written.problems
    if isinstance(customer, Problem):
        problems.append(customer)
    if isinstance(settled, Problem):
        problems.append(settled)
    if context.posted_form is None:
        problems += paid_over_problems(order, context)
    plan = written.plan
    if problems or isinstance(settled, Problem) or isinstance(customer, Problem) or number is None or plan is None:
        waits = all(problem.code == OPENING_QUANTITY for problem in problems)
        stocked = [each for each in items.created.values() if waits and _is_stocked(each)]
        return (*stocked, Decided(key, distinct(problems), order.number, dated, order.total))
    orders = context.resolved.settings.orders
    document = SaleDocument(
        form=form,
        number=number,
        dated=dated,
        customer=customer.reference,
        currency=order.currency,
        lines=tuple(written.lines),
        tax=plan.total.in_books(),
        private_note=_private_note(order) + own_date(moment, context),
        marker=context.marker(key),
        memo=order.note if orders.message is MessageChoice.ORDER_NOTE else context.company.default_message,
        due_on=max(order.due_on or due_date(dated, orders.due), dated) if form is SaleForm.INVOICE else None,
        deposit_account=settled.account if settled else None,
        payment_method=settled.payment_method if settled else None,
        payment_reference=settled.reference if settled else "",
        email=order.buyer.email if order.buyer else "",
        billing=order.billing,
        shipping=order.shipping,
        allow_card_payment=form is SaleForm.INVOICE
        and orders.allow_card_payment
        and not is_settled(order, context.resolved),
        class_id=context.resolved.class_id,
        location_id=context.resolved.location_id,
        prices_include_tax=plan.inclusive,
        rates=plan.rates,
        tax_stated=plan.is_stated,
        form_tax_code=plan.form_code,
        redeemed=tuple(tender.source_id for tender in written.redeemed),
        exchange_rate=order.shop_rate,
    )
    created = [*items.created.values(), *([customer.creates] if customer.creates else [])]
    return (
        *created,
        Decided(key, document, order.number, dated, order.total, notes=(*items.notes, *_notes(order, plan))),
    )


def _notes(order: Order, plan: TaxPlan) -> tuple[Message, ...]:
    """Where the books cannot hold what the store says to its last digit (sections 1 and 3)."""
    notes = []
    if not plan.difference.is_zero:
        values = {
            "number": order.number,
            "tax": f"{plan.total.amount:f}",
            "store": f"{(plan.total - plan.difference).amount:f}",
            "currency": order.currency,
        }
        notes.append(Message(TAX_ROUNDING, values))
    if order.total.in_books() != order.total:
        values = {"number": order.number, "total": str(order.total), "kept": str(order.total.in_books().amount)}
        notes.append(Message(THIRD_DECIMAL, values))
    return tuple(notes)


def _is_stocked(decided: Decided) -> bool:
    return isinstance(decided.outcome, ItemDocument) and decided.outcome.type is ItemType.INVENTORY


def _private_note(order: Order) -> str:
    """Store and number; and what the books cannot hold of a currency with three decimals (section 3)."""
    note = f"{order.store} order {order.number}"
    kept = order.total.in_books()
    if kept == order.total:
        return note
    return f"{note}; the store's total is {order.total}, the books keep {BOOKS_DIGITS} decimals"


def sale_number(order: Order, context: Context) -> str | None:
    """The document's number, "" where the ledger is to give its own (O4)."""
    orders = context.resolved.settings.orders
    if orders.number is NumberSource.LEDGER:
        return ""
    return document_number(orders.prefix, order.number)


def paid_over_problems(order: Order, context: Context) -> list[Problem]:
    """What was removed from a paid order and not given back yet, where no sale could be written of what is left."""
    if order.lines and redeemed_total(order, context.resolved) <= order.total:
        return []
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


def number_problems(order: Order, number: str | None) -> list[Problem]:
    """The problem of a number that is too long."""
    if number is not None:
        return []
    return [
        held(
            "number-too-long",
            order,
            "The number {number} with its prefix is longer than the 21 characters that the company allows.",
            "Shorten the prefix in the settings.",
            field="number",
        )
    ]


def sale_period_problems(order: Order, moment: datetime, context: Context) -> list[Problem]:
    """The problem of a sale that is dated in a closed or filed period."""
    if context.posted_form is not None:  # it stands in the books: a period closed since then is no reason to hold
        return []
    return period_problems(
        order,
        moment,
        context,
        "Order {number} is dated {dated}, and the company's books are closed until {closed}.",
        'Open the period in the company; or set closed_periods to "first_open_day": the sale is dated {open}.',
    )


def collector_problems(order: Order) -> list[Problem]:
    """Taxes of which the marketplace does not say yet whether it remits them itself (section 2)."""
    taxes = (tax for line in order.lines for tax in line.taxes if not tax.amount.is_zero)
    names = sorted({tax.name for tax in taxes if tax.collector is TaxCollector.UNSTATED})
    if not names:
        return []
    return [
        held(
            "tax-collector",
            order,
            "The marketplace does not say yet who remits the tax of order {number}: {taxes}.",
            "Nothing to do: the order is posted once the marketplace's statement of it tells who does.",
            field="taxes",
            taxes=", ".join(names),
        )
    ]


def sale_form(order: Order, context: Context) -> ChosenForm:
    """A receipt needs the whole amount, from methods of one account, and recorded payments (P1).

    A sale that is in the books keeps its form: payments of a posted receipt would count its money twice. A receipt
    that only a payment method without an account prevents is held.
    """
    settings = context.resolved.settings
    wanted = context.posted_form or settings.orders.form
    kept = Message(KEEPS_FORM) if context.posted_form is not None else None
    if wanted is SaleForm.INVOICE:
        return ChosenForm(SaleForm.INVOICE, kept or Message(WANTS_INVOICE))
    if not settings.payments.record:
        return ChosenForm(context.posted_form or SaleForm.INVOICE, kept or Message(NO_PAYMENTS))
    settled = _settlement(order, context)
    if kept is not None:
        return ChosenForm(wanted, kept, settled if isinstance(settled, Settled) else None)
    if isinstance(settled, Message):
        return ChosenForm(SaleForm.INVOICE, settled)
    return ChosenForm(SaleForm.RECEIPT, Message(PAID_IN_FULL), settled)


def _settlement(order: Order, context: Context) -> Settled | Problem | Message:
    """How a receipt was paid; or what holds it; or why it has to be an invoice."""
    tenders = money_tenders(order, context.resolved)
    owed = (order.total - redeemed_total(order, context.resolved)).in_books()
    taken = total((tender.amount for tender in tenders), order.currency).in_books()
    if not tenders or taken != owed:
        return Message(NOT_PAID, {"taken": str(taken), "owed": str(owed)})
    if order.status is PaymentStatus.PENDING:
        return Message(PENDING)
    methods = [method_of(order, tender, context) for tender in tenders]
    known = [method for method in methods if isinstance(method, Method)]
    accounts = {method.account for method in known}
    if len(accounts) > 1:
        return Message(SEVERAL_ACCOUNTS)
    for method in methods:
        if isinstance(method, Problem):
            return method
    names = {method.payment_method for method in known}
    single = tenders[0] if len(tenders) == 1 else None
    return Settled(
        account=accounts.pop(),
        payment_method=names.pop() if len(names) == 1 else None,
        reference=reference_of(single.reference, single.source_id) if single else "",
    )
