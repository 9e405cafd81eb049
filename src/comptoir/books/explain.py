"""Why an order is, or is not, in the books: the decision's own walk along the rules, told in words (T3).

What comes after the sale (payments, edits, refunds) is told by what was decided of it. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from comptoir.books.choices import by_hand
from comptoir.books.context import Context, Decided, order_key
from comptoir.books.decide import decide_order, told_for_books
from comptoir.books.documents import (
    AmendmentDocument,
    CashBackDocument,
    Document,
    Kind,
    PaymentDocument,
    RefundDocument,
    RefundForm,
    SaleDocument,
    VoidDocument,
)
from comptoir.books.edits import CANCEL, increase_of
from comptoir.books.facts import Order, Refund
from comptoir.books.money import zero
from comptoir.books.payments import tender_of
from comptoir.books.problems import Message, Skipped, distinct
from comptoir.books.refunds import is_out_of_credit
from comptoir.books.refunds.value import by_time, cash_of, value_of
from comptoir.books.rules import Objection, RuleName, Step, Told, Walk

RAISED = "It was raised by {change} since it was posted."
LOWERED = "It was lowered by {change} since it was posted."
FOLLOWING = frozenset({Kind.CUSTOMER, Kind.ITEM, Kind.CASH_BACK, Kind.APPLICATION})
"""What other postings bring with them: told with these."""
REFUNDS = {
    RefundForm.RECEIPT: Message("A refund receipt."),
    RefundForm.CREDIT_MEMO: Message("The invoice is still open: a credit memo that comes off it."),
}
OTHERS: Mapping[type, Message] = {
    AmendmentDocument: Message("The invoice is unpaid and nobody touched it: it is written anew."),
    VoidDocument: Message("The invoice is unpaid and nobody touched it: it is voided."),
    CashBackDocument: Message("Money was paid beyond the sale: it goes back from the buyer's account."),
}
OWN_SALE = Message("It is a sale of its own.")

About = tuple[RuleName, Message]
"""What a posting is about, and what was looked at."""


def explain_order(order: Order, context: Context) -> tuple[Step, ...]:
    """The rules that the decision asks of `order`, up to the one that ends it, and what becomes of what follows."""
    walk = Walk()
    decided = decide_order(order, context, walk)
    order = told_for_books(order, context)
    later = [step for each in decided for step in _later(each, order, context, walk.objections)]
    return (*walk.steps(), *distinct(later), *_not_recorded(order, decided, context), *_choice(order, context))


def _later(decided: Decided, order: Order, context: Context, told: Sequence[Objection]) -> Iterator[Step]:
    """What was decided of a posting beside the sale's own; nothing where its one reason is told already."""
    about = _about(decided, order, context)
    if about is None:
        return
    rule, saw = about
    outcome = decided.outcome
    if isinstance(outcome, tuple | Skipped):
        objections = outcome if isinstance(outcome, tuple) else (outcome,)
        if not all(each in told for each in objections):
            yield Told(saw, objections=objections).step(rule)
    else:
        yield Told(saw, (_found(outcome, context),)).step(rule)


def _about(decided: Decided, order: Order, context: Context) -> About | None:
    """What a posting is about; None for the sale itself, and for what others bring with them."""
    key = decided.key
    tender = tender_of(key, order)
    if tender is not None:
        values = {"amount": str(decided.total), "method": tender.method_name or tender.method}
        return RuleName.PAYMENT, Message("{amount} by {method}.", values)
    if key.kind in FOLLOWING and not is_out_of_credit(key):
        return None
    refund = next((each for each in order.refunds if each.source_id == key.source_id), None)
    if refund is not None:
        return RuleName.REFUND, _taken_back(refund, order)
    if key == order_key(order, Kind.SALE, order.source_id):
        return None
    if key.kind is Kind.VOID or key.part == CANCEL:
        return RuleName.CANCELLATION, Message("It was cancelled after it was posted.")
    change = increase_of(order, context)
    words = RAISED if change > zero(order.currency) else LOWERED
    return RuleName.EDIT, Message(words, {"change": str(abs(change))})


def _taken_back(refund: Refund, order: Order) -> Message:
    """R, the value taken back, and C, the cash that went out: they choose the form of a refund."""
    value, cash = value_of(refund, order), cash_of(refund, order.currency)
    return Message("Taken back: {value}; paid back: {cash}.", {"value": str(value), "cash": str(cash)})


def _found(document: Document, context: Context) -> Message:
    """What a posting is, or why it is that."""
    if isinstance(document, PaymentDocument):
        return Message("Held on: {account}.", {"account": context.company.account(document.deposit_account).name})
    if isinstance(document, RefundDocument):
        return REFUNDS[document.form]
    return OTHERS.get(type(document), OWN_SALE)


def _not_recorded(order: Order, decided: Sequence[Decided], context: Context) -> Iterator[Step]:
    """Payments and refunds of which the settings want nothing in the books."""
    settings = context.resolved.settings
    if not settings.payments.record and any(isinstance(each.outcome, SaleDocument) for each in decided):
        saw = Message("{paid} is paid.", {"paid": str(order.paid)})
        yield Step(RuleName.PAYMENT, saw, (Message("Payments are not recorded, by the settings."),), stops=True)
    for refund in by_time(order) if not settings.refunds.record else ():
        words = Message("Refunds are not recorded, by the settings.")
        yield Step(RuleName.REFUND, _taken_back(refund, order), (words,), stops=True)


def _choice(order: Order, context: Context) -> Iterator[Step]:
    """The user's own word comes last, and counts most."""
    choice = context.choice
    if choice is None:
        return
    day = context.local_date(choice.made_at)
    saw = Message("Of {day}.", {"day": day.isoformat()})
    yield Told(saw, objections=(by_hand(order.number, choice, day),)).step(RuleName.CHOICE)
