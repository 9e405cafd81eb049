"""An order as a sale: a receipt when it is paid by methods of one account, else an invoice (O2, O3; sections 5, 6)."""

from __future__ import annotations

from collections.abc import Sequence

from comptoir.books.context import Context, Decided, order_key
from comptoir.books.dates import due_date
from comptoir.books.documents import ItemDocument, ItemType, Kind, PostingKey, Reference, SaleDocument, SaleForm
from comptoir.books.facts import Order
from comptoir.books.item_problems import OPENING_QUANTITY
from comptoir.books.lines import Written
from comptoir.books.money import BOOKS_DIGITS
from comptoir.books.periods import own_date
from comptoir.books.problems import Message, Problem, distinct
from comptoir.books.rules import Walk
from comptoir.books.sales.draft import SaleDraft, begin_sale
from comptoir.books.sales.rules import SALE_RULES
from comptoir.books.settings import MessageChoice
from comptoir.books.taxes import TaxPlan
from comptoir.books.tenders import is_settled

__all__ = ["decide_sale"]

TAX_ROUNDING = "The tax of order {number} is {tax} {currency} in the books and {store} in the store, by rounding."
THIRD_DECIMAL = "Order {number} comes to {total} in the store; the books keep two decimals: {kept}."


def decide_sale(order: Order, context: Context, walk: Walk | None = None) -> tuple[Decided, ...]:
    """The sale with the customer and items it needs first, or the problems that hold it: of every rule that objects."""
    draft, walk = begin_sale(order, context), walk or Walk()
    problems = [problem for rule in SALE_RULES for problem in walk.ask(rule, draft)]
    number, written, customer = draft.number, draft.written, draft.customer
    if problems or number is None or written is None or customer is None:
        return _held(draft, problems)
    key = order_key(order, Kind.SALE, order.source_id)
    document = _document(key, draft, number, written, customer.reference)
    notes = (*draft.items.notes, *_notes(order, written.plan))
    created = [*draft.items.created.values(), *([customer.creates] if customer.creates else [])]
    return (*created, Decided(key, document, order.number, draft.dated, order.total, notes=notes))


def _held(draft: SaleDraft, problems: Sequence[Problem]) -> tuple[Decided, ...]:
    """The problems of a sale.

    Inventory items are created even for one that waits for their opening quantity: nobody could enter it else.
    """
    order, key = draft.order, order_key(draft.order, Kind.SALE, draft.order.source_id)
    waits = all(problem.code == OPENING_QUANTITY for problem in problems)
    stocked = [each for each in draft.items.created.values() if waits and _is_stocked(each)]
    return (*stocked, Decided(key, distinct(problems), order.number, draft.dated, order.total))


def _document(key: PostingKey, draft: SaleDraft, number: str, written: Written, customer: Reference) -> SaleDocument:
    order, context, plan = draft.order, draft.context, written.plan
    orders, form, settled = context.resolved.settings.orders, draft.chosen.form, draft.chosen.settled
    is_invoice = form is SaleForm.INVOICE
    return SaleDocument(
        form=form,
        number=number,
        dated=draft.dated,
        customer=customer,
        currency=order.currency,
        lines=tuple(written.lines),
        tax=plan.total.in_books(),
        private_note=_private_note(order) + own_date(draft.moment, context),
        marker=context.marker(key),
        memo=order.note if orders.message is MessageChoice.ORDER_NOTE else context.company.default_message,
        due_on=max(order.due_on or due_date(draft.dated, orders.due), draft.dated) if is_invoice else None,
        deposit_account=settled.account if settled else None,
        payment_method=settled.payment_method if settled else None,
        payment_reference=settled.reference if settled else "",
        email=order.buyer.email if order.buyer else "",
        billing=order.billing,
        shipping=order.shipping,
        allow_card_payment=is_invoice and orders.allow_card_payment and not is_settled(order, context.resolved),
        class_id=context.resolved.class_id,
        location_id=context.resolved.location_id,
        prices_include_tax=plan.inclusive,
        rates=plan.rates,
        tax_stated=plan.is_stated,
        form_tax_code=plan.form_code,
        redeemed=tuple(tender.source_id for tender in draft.drafted.redeemed),
        exchange_rate=order.shop_rate,
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
