"""The decision: one order and what is known of the books, to documents, problems and rules. The road's second step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from comptoir.books.amendments import may_rewrite
from comptoir.books.choices import Choice, by_hand, concerns
from comptoir.books.context import Context, Decided, Outcome, left_out, outcome_of
from comptoir.books.currency import as_booked, currency_in_books
from comptoir.books.documents import PostingKey
from comptoir.books.facts import Order
from comptoir.books.money import books_unit
from comptoir.books.problems import Skipped
from comptoir.books.rules import Walk
from comptoir.books.scope import CANCELLED, SCOPE, Candidate, refunds_under
from comptoir.books.tenders import with_given
from comptoir.books.whole import decide_whole

CONVERTED = 5
"""Minor units by which a payment in another currency may be told otherwise once the order's total was edited."""


def decide_order(order: Order, context: Context, walk: Walk | None = None) -> tuple[Decided, ...]:
    """Everything that `order` asks of the books, lists first; `walk` remembers the rules that were asked.

    Deciding twice with the same arguments gives the same answer. Each posting stands once: customers and items that
    the sale and its refunds share are planned by the first that needs them.
    """
    candidate = Candidate(told_for_books(order, context), context)
    return by_choice(candidate.order, _once(_by_rules(candidate, walk or Walk())), context)


def _by_rules(candidate: Candidate, walk: Walk) -> tuple[Decided, ...]:
    for rule in SCOPE:
        for objection in walk.ask(rule, candidate):
            return rule.leaves(candidate, objection)
    order, context = candidate.order, candidate.context
    voided = _voided(order, context)
    if voided is None:
        return decide_whole(order, context, walk)
    return (*decide_whole(replace(order, refunds=()), context, walk), *refunds_under(candidate, voided))


def told_for_books(order: Order, context: Context) -> Order:
    """The order as the rules read it: in the currency of its documents, and what refunds gave told apart."""
    choice, home = context.resolved.settings.orders.currency, context.company.currency
    booked = as_booked(order, choice, home, currency_in_books(context))
    return with_given(_as_received(booked, context), context.resolved)


def _as_received(order: Order, context: Context) -> Order:
    """`order` with the payments in the books as they are there, where a conversion alone tells them otherwise now.

    What a payment in another currency is worth follows the order's total, and an edit may move that by some cents.
    """
    if order.paid_currency in {"", order.currency}:
        return order
    most = CONVERTED * books_unit(order.currency)
    known = {
        tender.source_id: context.received[tender.source_id]
        for tender in order.tenders
        if tender.source_id in context.received
        and abs((context.received[tender.source_id] - tender.amount).amount) <= most
    }
    tenders = (replace(each, amount=known.get(each.source_id, each.amount)) for each in order.tenders)
    return replace(order, tenders=tuple(tenders))


def _voided(order: Order, context: Context) -> Skipped | None:
    """The rule of the refunds of a cancelled order whose invoice is voided although goods were taken back.

    A store tells a cancellation as a refund too (shopify.md §4.7). Where that moved no money and nothing of it is in
    the books, there is nothing left to credit.
    """
    records = context.resolved.settings.refunds.record
    moved = any(refund.tenders or refund.given or refund.pending for refund in order.refunds)
    if order.cancelled_at is None or not records or moved or not order.refunds:
        return None
    if may_rewrite(replace(order, refunds=()), context) is None:
        return None
    return left_out(
        CANCELLED, order, "Order {number} was cancelled and its invoice voided, so nothing of it is left to credit."
    )


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
    said = by_hand(order.number, choice, day)
    if isinstance(said, Skipped) or not isinstance(decided.outcome, tuple):
        return outcome_of(said)
    return (said, *decided.outcome)


def _once(decided: tuple[Decided, ...]) -> tuple[Decided, ...]:
    seen: dict[PostingKey, Decided] = {}
    for each in decided:
        seen.setdefault(each.key, each)
    return tuple(seen.values())
