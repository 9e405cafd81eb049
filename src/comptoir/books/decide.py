"""The decision: one order and what is known of the books, to documents, problems and rules. The road's second step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from comptoir.books.amendments import may_rewrite
from comptoir.books.choices import Choice, ChoiceKind, concerns, held_by_hand, left_out_by_hand
from comptoir.books.context import Context, Decided, Outcome, PostedPart, held, order_key
from comptoir.books.currency import as_booked, changed_currency
from comptoir.books.documents import Kind, PostingKey, SaleDocument
from comptoir.books.edits import CANCEL, Edited, decide_cancellation, decide_edit, increase_of
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, total, zero
from comptoir.books.payments import decide_payments
from comptoir.books.problems import Message, Problem, Skipped
from comptoir.books.refunds import EXCHANGE, decide_refunds, exchanges
from comptoir.books.refunds.balances import (
    OpenInvoice,
    Portion,
    SaleInBooks,
    less,
    portions_in_books,
    spread,
    taken_from,
)
from comptoir.books.refunds.value import value_of
from comptoir.books.sales import BEFORE_START, CANCELLED, decide_sale, sale_rule, scope_rule
from comptoir.books.shares import new_money, share_tenders
from comptoir.books.tenders import with_given


def decide_order(order: Order, context: Context) -> tuple[Decided, ...]:
    """Everything that `order` asks of the books, lists first.

    Deciding twice with the same arguments gives the same answer. Each posting stands once: customers and items that
    the sale and its refunds share are planned by the first that needs them. While it is not known whether the sale was
    written anew in the books, nothing is decided: what it comes to there would be a guess.
    """
    if context.is_amending:
        return ()
    order, kept = told_for_books(order, context)
    if kept not in {"", order.currency}:
        return by_choice(order, _stranded(order, changed_currency(order, kept), context), context)
    skipped = scope_rule(order, context)
    if skipped is not None:
        return _leave_out(order, skipped, context)
    rule = sale_rule(order, context)
    if rule is None:
        decided = _voided(order, context) or _whole_order(order, context)
    elif rule.rule == BEFORE_START:
        decided = (_left_sale(order, rule, context), *decide_refunds(order, context))
    else:
        return _leave_out(order, rule, context)
    return by_choice(order, _once(decided), context)


def told_for_books(order: Order, context: Context) -> tuple[Order, str]:
    """The order as the rules read it: in the currency of its documents; and that of its sale in the books, or ""."""
    kept = context.posted[0].total.currency if context.posted else ""
    order = as_booked(order, context.resolved.settings.orders.currency, context.company.currency, kept)
    return with_given(order, context.resolved), kept


def _whole_order(order: Order, context: Context) -> tuple[Decided, ...]:
    """Sales, payments and refunds; a held sale holds its refunds, and its payments come to be with it."""
    swaps = exchanges(order, context)
    parts = [part for part in context.posted if part.is_sale]
    increase = max(increase_of(order, context), zero(order.currency))
    totals = [
        *_owed(order, parts, context),
        *([] if increase.is_zero else [increase]),
        *(-value_of(refund, order) for refund in swaps),
    ]
    shares = new_money(order, share_tenders(order, totals), context.received)
    decided = decide_sale(replace(order, tenders=shares[0]), context)
    sale = decided[-1]
    if not isinstance(sale.outcome, SaleDocument):
        refunds = decide_refunds(order, context)
        own = (each for each in refunds if each.key.kind in {Kind.REFUND, Kind.SALE} and _is_first(each))
        return (*decided, *(_hold_with(order, each) for each in own))
    own_parts = parts or [PostedPart(sale.key, order.total, sale.outcome)]
    paid = [_Paid(part, owed, share) for part, owed, share in zip(own_parts, totals, shares, strict=False)]
    invoices = tuple(_open_invoices(order, paid))
    swapped = {refund.source_id: share for refund, share in zip(reversed(swaps), reversed(shares), strict=False)}
    in_books = SaleInBooks(sale.key, invoices, swapped, _applied(order, context), context.receipts)
    edited = Edited(sale.outcome, sale.key, () if increase.is_zero else shares[len(parts)], invoices)
    return (
        *decided,
        *_payments(order, paid, sale.outcome, context),
        *decide_edit(order, edited, context),
        *decide_refunds(order, context, in_books),
        *decide_cancellation(order, in_books, context),
    )


@dataclass(frozen=True, slots=True)
class _Paid:
    """A sale of the order: what it comes to, less what edits credited, and the tenders that pay it."""

    part: PostedPart
    owed: Money
    tenders: tuple[Tender, ...]


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
    """What each sale in the books comes to, less what credits took off it; before the first the order's total."""
    known = portions_in_books(context)
    credited = [*known.values(), *_unapplied(context, sales, known)]
    return [part.total - taken_from(credited, part.key, order.currency) for part in sales] or [order.total]


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


def by_choice(order: Order, decided: Sequence[Decided], context: Context) -> tuple[Decided, ...]:
    """The decision as the user's choice leaves it: what has not left the house is held or left out.

    A sale that is held needs no customer, item or payment; what is in the books stays.
    """
    choice = context.choice
    if choice is None:
        return tuple(decided)
    posted = {part.key for part in context.posted}
    day = context.local_date(choice.made_at)
    return tuple(
        each if each.key in posted else replace(each, outcome=_chosen(each, order, choice, day), notes=())
        for each in decided
        if concerns(each.key.kind, is_posted=bool(posted))
    )


def _chosen(decided: Decided, order: Order, choice: Choice, day: date) -> Outcome:
    """What the choice makes of one posting; what a rule leaves out stays left out by that rule."""
    if isinstance(decided.outcome, Skipped):
        return decided.outcome
    if choice.kind is ChoiceKind.SKIP:
        return left_out_by_hand(order.number, choice, day)
    others = decided.outcome if isinstance(decided.outcome, tuple) else ()
    return (held_by_hand(order.number, choice, day), *others)


def _left_sale(order: Order, rule: Skipped, context: Context) -> Decided:
    key = order_key(order, Kind.SALE, order.source_id)
    return Decided(key, rule, order.number, context.local_date(order.placed_at), order.total)


def _stranded(order: Order, problem: Problem, context: Context) -> tuple[Decided, ...]:
    """The refunds of an order whose sale cannot be told in its own currency any more."""
    refunds = order.refunds if context.resolved.settings.refunds.record else ()
    return tuple(
        Decided(order_key(order, Kind.REFUND, each.source_id), (problem,), order.number, context.local_date(each.at))
        for each in refunds
    )


def _voided(order: Order, context: Context) -> tuple[Decided, ...]:
    """A cancelled order whose invoice is voided although goods were taken back; none where that is not so.

    A store tells a cancellation as a refund too (shopify.md §4.7). Where that moved no money and nothing of it is in
    the books, there is nothing left to credit.
    """
    records = context.resolved.settings.refunds.record
    moved = any(refund.tenders or refund.given or refund.pending for refund in order.refunds)
    bare = replace(order, refunds=())
    if order.cancelled_at is None or not records or moved or not order.refunds or may_rewrite(bare, context) is None:
        return ()
    words = "Order {number} was cancelled and its invoice voided, so nothing of it is left to credit."
    rule = Skipped(CANCELLED, Message(words, {"number": order.number}))
    return (*_whole_order(bare, context), *_refunds_under(rule, order, context))


def _leave_out(order: Order, rule: Skipped, context: Context) -> tuple[Decided, ...]:
    """The order with all its refunds, under one rule."""
    if not context.resolved.settings.refunds.record:
        return (_left_sale(order, rule, context),)
    return (_left_sale(order, rule, context), *_refunds_under(rule, order, context))


def _refunds_under(rule: Skipped, order: Order, context: Context) -> Iterator[Decided]:
    """The refunds of the order, left out."""
    for refund in order.refunds:
        yield Decided(
            order_key(order, Kind.REFUND, refund.source_id), rule, order.number, context.local_date(refund.at)
        )


def _once(decided: tuple[Decided, ...]) -> tuple[Decided, ...]:
    seen: dict[PostingKey, Decided] = {}
    for each in decided:
        seen.setdefault(each.key, each)
    return tuple(seen.values())
