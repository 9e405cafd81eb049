"""Sales beside the order's own: what an edit added after it was posted, and exchanges for goods that are worth more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from comptoir.books.checks import Method
from comptoir.books.context import Context, Decided
from comptoir.books.documents import PostingKey, Reference, SaleDocument, SaleForm
from comptoir.books.facts import Order, Tender
from comptoir.books.money import Money, total
from comptoir.books.payments import decide_payments
from comptoir.books.refunds.lines import Planned
from comptoir.books.tenders import Settled, method_of, settled_by


@dataclass(frozen=True, slots=True)
class Extra:
    """A sale of its own within an order. `tenders` are the payments that it was paid with."""

    key: PostingKey
    number: str
    dated: date
    customer: Reference
    planned: Planned
    total: Money
    tenders: tuple[Tender, ...]
    after: PostingKey | None
    remark: str = ""
    """What the private note says besides."""


def decide_extra(extra: Extra, order: Order, context: Context) -> list[Decided]:
    """The sale, a receipt where it is paid in full into one account and receipts are wanted, else with payments."""
    settings = context.resolved.settings
    paid = _paid(extra, order, context)
    is_receipt = settings.orders.form is SaleForm.RECEIPT and settings.payments.record
    receipt = paid if is_receipt else None
    document = SaleDocument(
        form=SaleForm.RECEIPT if receipt else SaleForm.INVOICE,
        number=extra.number,
        dated=extra.dated,
        customer=extra.customer,
        currency=order.currency,
        lines=extra.planned.lines,
        tax=extra.planned.tax,
        private_note=f"{order.store} order {order.number}{extra.remark}",
        marker=context.marker(extra.key),
        due_on=None if receipt else extra.dated,
        deposit_account=receipt.account if receipt else None,
        payment_method=receipt.payment_method if receipt else None,
        payment_reference=receipt.reference if receipt else "",
        email=order.buyer.email if order.buyer else "",
        billing=order.billing,
        shipping=order.shipping,
        class_id=context.resolved.class_id,
        location_id=context.resolved.location_id,
        prices_include_tax=extra.planned.plan.inclusive,
        rates=extra.planned.rates,
        tax_stated=extra.planned.plan.is_stated,
        form_tax_code=extra.planned.plan.form_code,
        exchange_rate=order.shop_rate,
    )
    decided = Decided(extra.key, document, order.number, extra.dated, extra.total, after=extra.after)
    if receipt:
        return [decided]
    payments = decide_payments(
        replace(order, tenders=extra.tenders, total=extra.total), extra.key, extra.customer, context
    )
    return [decided, *payments]


def _paid(extra: Extra, order: Order, context: Context) -> Settled | None:
    """How the whole amount was paid into one account; None where it was not."""
    if total((tender.amount for tender in extra.tenders), extra.total.currency) != extra.total:
        return None
    methods = [method_of(order, tender, context) for tender in extra.tenders]
    known = [method for method in methods if isinstance(method, Method)]
    if len(known) != len(methods) or len({method.account for method in known}) != 1:
        return None
    return settled_by(extra.tenders, known)
