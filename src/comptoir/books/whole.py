"""An order that belongs into the books: its sale, payments, what edits changed, and refunds, as they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from comptoir.books.context import Context, Decided, PostedPart, held, order_key
from comptoir.books.documents import Kind, PostingKey, SaleDocument, SaleForm
from comptoir.books.edits import CANCEL, Edited, decide_cancellation, decide_edit, increase_of
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, total, zero
from comptoir.books.payments import decide_payments, decide_payments_beyond
from comptoir.books.periods import book_date
from comptoir.books.problems import Skipped
from comptoir.books.refunds import EXCHANGE, decide_refunds, exchanges, is_changed
from comptoir.books.refunds.balances import (
    OpenInvoice,
    Portion,
    SaleInBooks,
    less,
    paid_beyond,
    portions_in_books,
    spread,
    taken_from,
)
from comptoir.books.refunds.value import value_of
from comptoir.books.rules import Walk
from comptoir.books.sales import decide_sale
from comptoir.books.shares import BEYOND, Claim, in_order_of_posting, shares_of


@dataclass(frozen=True, slots=True)
class _Division:
    """What each of the order's sales asks for, its own first, and the tenders that pay it.

    `parts` are those sales of it that are in the books.
    """

    parts: Sequence[PostedPart]
    claims: Sequence[Claim]
    shares: Mapping[PostingKey, tuple[Tender, ...]]


def decide_whole(order: Order, context: Context, walk: Walk) -> tuple[Decided, ...]:
    """Sales, payments and refunds; a held sale holds its refunds, and its payments come to be with it."""
    parts = [part for part in context.posted if part.is_sale]
    claims = _claims(order, parts, context)
    shares = shares_of(order, claims, context.received)
    decided = decide_sale(replace(order, tenders=shares[claims[0].key]), context, walk)
    key, sale = decided[-1].key, decided[-1].outcome
    if isinstance(sale, SaleDocument):
        return (*decided, *_with_sale(order, key, sale, _Division(parts, claims, shares), context))
    return (*decided, *_without_sale(order, context))


def _without_sale(order: Order, context: Context) -> Iterator[Decided]:
    """The refunds of a sale that is held: one posting each, which waits for it."""
    for each in decide_refunds(order, context):
        if each.key.kind in {Kind.REFUND, Kind.SALE} and _is_first(each):
            yield _hold_with(order, each)


def _with_sale(
    order: Order, key: PostingKey, sale: SaleDocument, division: _Division, context: Context
) -> tuple[Decided, ...]:
    """What follows a sale: payments, what edits changed since it was posted, refunds, and its cancellation."""
    shares = division.shares
    owed = {claim.key: claim.owed for claim in division.claims}
    parts = division.parts or [PostedPart(key, order.total, sale)]
    paid = [_Paid(part, owed[part.key], shares[part.key]) for part in parts]
    invoices = tuple(_open_invoices(order, paid))
    edited = Edited(sale, key, shares.get(_increase_key(order, division.parts), ()), invoices)
    edits = [] if _has_changed_refunds(order, context) else decide_edit(order, edited, context)
    in_books = SaleInBooks(
        key,
        invoices=(*invoices, *_raised(edits, edited.tenders, order)),
        exchanges={key.source_id: share for key, share in shares.items() if key.part == EXCHANGE},
        applied=_applied(order, context),
        receipts=context.receipts,
        credits_paid=paid_beyond(order, total(owed.values(), order.currency), context),
    )
    last = division.claims[-1].key
    return (
        *_payments(order, paid, sale, context),
        *decide_payments_beyond(order, shares.get(replace(last, part=BEYOND), ()), last, sale.customer, context),
        *edits,
        *decide_refunds(order, context, in_books),
        *decide_cancellation(order, in_books, context),
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """A sale of the order: what it comes to, less what edits credited, and the tenders that pay it."""

    part: PostedPart
    owed: Money
    tenders: tuple[Tender, ...]


def _raised(edits: Iterable[Decided], tenders: Iterable[Tender], order: Order) -> Iterator[OpenInvoice]:
    """The invoice of what an edit adds, as far as its tenders leave it open: a refund of now may come off it."""
    paid = total((tender.amount for tender in tenders), order.currency)
    for each in edits:
        document = each.outcome
        if isinstance(document, SaleDocument) and document.form is SaleForm.INVOICE and paid < document.total:
            yield OpenInvoice(each.key, document.total - paid)


def _has_changed_refunds(order: Order, context: Context) -> bool:
    """Whether a refund in the books is told otherwise now: what the edits come to is then not known."""
    return any(is_changed(refund, order, context) for refund in order.refunds)


def _claims(order: Order, parts: Sequence[PostedPart], context: Context) -> list[Claim]:
    """What each of the order's sales comes to: its own, what edits added to it, and exchanges for more."""
    own = [
        Claim(
            part.key, owed, part.document.dated, part.document.form if isinstance(part.document, SaleDocument) else None
        )
        for part, owed in zip(parts, _owed(order, parts, context), strict=True)
    ]
    first = Claim(order_key(order, Kind.SALE, order.source_id), order.total, context.local_date(order.placed_at))
    found = own or [first]
    increase = increase_of(order, context)
    if increase > zero(order.currency):
        found.append(Claim(_increase_key(order, parts), increase, book_date(order.updated_at, context)))
    return in_order_of_posting([*found, *_exchange_claims(order, context)])


def _exchange_claims(order: Order, context: Context) -> Iterator[Claim]:
    """Exchanges for more: those in the books as they are there."""
    posted = {source: each for source, each in context.refunded.items() if isinstance(each, SaleDocument)}
    for source, document in posted.items():
        key = replace(order_key(order, Kind.SALE, source), part=EXCHANGE)
        yield Claim(key, document.total, document.dated, document.form)
    for refund in exchanges(order, context):
        if refund.source_id not in posted:
            key = replace(order_key(order, Kind.SALE, refund.source_id), part=EXCHANGE)
            yield Claim(key, -value_of(refund, order), book_date(refund.at, context))


def _increase_key(order: Order, parts: Sequence[PostedPart]) -> PostingKey:
    return replace(order_key(order, Kind.SALE, order.source_id), part=str(1 + len(parts)))


def _payments(order: Order, paid: Sequence[_Paid], sale: SaleDocument, context: Context) -> tuple[Decided, ...]:
    """The payments of each sale that is an invoice, from the tenders that are its own."""
    return tuple(
        decided
        for each in paid
        if each.part.is_invoice
        for decided in decide_payments(
            replace(order, tenders=each.tenders, total=each.owed), each.part.key, sale.customer, context
        )
    )


def _owed(order: Order, sales: Sequence[PostedPart], context: Context) -> list[Money]:
    """What each sale in the books comes to, less what credits took off it."""
    known = portions_in_books(context)
    credited = [*known.values(), *_unapplied(context, sales, known)]
    return [part.total - taken_from(credited, part.key, order.currency) for part in sales]


def _applied(order: Order, context: Context) -> dict[SourceId, tuple[Portion, ...]]:
    """What those refunds of the order, and its cancellation, came off whose credits are in the books."""
    keys = {order_key(order, Kind.REFUND, refund.source_id) for refund in order.refunds}
    keys.add(replace(order_key(order, Kind.REFUND, order.source_id), part=CANCEL))
    return {key.source_id: found for key, found in portions_in_books(context).items() if key in keys}


def _open_invoices(order: Order, paid: Sequence[_Paid]) -> Iterator[OpenInvoice]:
    """The invoices that are not paid in full, the oldest first."""
    for each in paid:
        balance = each.owed - total((tender.amount for tender in each.tenders), order.currency)
        if each.part.is_invoice and balance > zero(order.currency):
            yield OpenInvoice(each.part.key, balance)


def _unapplied(
    context: Context, sales: Sequence[PostedPart], known: Mapping[PostingKey, Sequence[Portion]]
) -> list[tuple[Portion, ...]]:
    """What credits of edits come off whose application has not left the house: the newest invoices first."""
    invoices = tuple(OpenInvoice(part.key, part.total) for part in sales if part.is_invoice)
    found: list[tuple[Portion, ...]] = []
    for part in context.posted:
        if not part.is_sale and part.key not in known:
            found.append(spread(-part.total, invoices))
            invoices = less(invoices, found[-1])
    return found


def _is_first(decided: Decided) -> bool:
    return decided.key.part in {"", EXCHANGE}


def _hold_with(order: Order, refund: Decided) -> Decided:
    if isinstance(refund.outcome, Skipped):
        return refund
    problem = held(
        "order-held",
        order,
        "The sale of order {number} is held, so its refund waits for it.",
        "Mend what holds the order; the refund follows by itself.",
        field="refunds",
    )
    return replace(refund, outcome=(problem,))
