"""The rules as they were applied to one order, in their order: what each looked at, and what it said (T3).

Every answer comes from the function that the decision itself asks; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from comptoir.books.checks import Method
from comptoir.books.choices import ChoiceKind, held_by_hand, left_out_by_hand
from comptoir.books.company import TaxCode, TaxRegime
from comptoir.books.context import Context, Decided, Found, Match
from comptoir.books.currency import changed_currency, currency_problems
from comptoir.books.customers import find_customer
from comptoir.books.dates import sale_moment
from comptoir.books.decide import decide_order, told_for_books
from comptoir.books.documents import (
    AmendmentDocument,
    CashBackDocument,
    ItemDocument,
    Kind,
    LedgerId,
    RefundDocument,
    RefundForm,
    SaleForm,
    VoidDocument,
)
from comptoir.books.drafts import UNTAXED_KINDS
from comptoir.books.edits import CANCEL, increase_of
from comptoir.books.facts import Order, OrderLine, Refund, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.lines import Written, write_sale_lines
from comptoir.books.money import zero
from comptoir.books.periods import book_date
from comptoir.books.problems import Message, Problem, Skipped
from comptoir.books.refunds import EXCHANGE, is_out_of_credit
from comptoir.books.refunds.value import by_time, cash_of, value_of
from comptoir.books.sales import (
    BEFORE_START,
    collector_problems,
    number_problems,
    paid_over_problems,
    sale_form,
    sale_number,
    sale_period_problems,
    sale_rule,
    scope_rule,
)
from comptoir.books.taxes import TaxedLine
from comptoir.books.taxes.mapping import charged, find_code, untaxed_code
from comptoir.books.tenders import method_of, money_tenders

LINES_SHOWN = 12
FORM = "Form"
"""The rule that says why a sale is a receipt or an invoice."""
TOO_LONG = "The store's number with the prefix of the settings."
RAISED = "It was raised by {change} since it was posted."
LOWERED = "It was lowered by {change} since it was posted."


@dataclass(frozen=True, slots=True)
class Step:
    """A rule: what it is about, what it looked at, and what it said: nothing where it has no objection.

    `stops`: it holds or leaves something out.
    """

    rule: str
    saw: Message
    said: tuple[Message, ...] = ()
    stops: bool = False


NO_RULES = Message("None of the rules is asked until that is known.")
CUSTOMERS = {
    Match.MADE_BEFORE: Message("Made by Comptoir already."),
    Match.EMAIL: Message("Found by its e-mail address."),
    Match.PERSON: Message("Found by its name and its postcode or telephone number."),
    Match.NAME: Message("Found by its name."),
    Match.NEW: Message("Not in the company yet: to be created."),
}
ITEMS = {
    Match.MADE_BEFORE: "{item}: made by Comptoir already.",
    Match.NAME: "{item}: found by its name.",
    Match.CODE: "{item}: found by the SKU.",
    Match.DEFAULT: "{item}: the default product, since nothing else matches.",
    Match.NEW: "{item}: not in the company yet, to be created.",
}


def rule_chain(order: Order, context: Context) -> tuple[Step, ...]:
    """The rules that the decision applies to `order`, up to the one that ends it."""
    if context.is_amending:
        saw = Message("The sale was sent to be written anew, and the answer is not known yet.")
        return (Step("Sent already?", saw, (NO_RULES,), stops=True),)
    order, kept = told_for_books(order, context)
    if kept not in {"", order.currency}:
        saw = Message("The store tells it in {it}.", {"it": order.currency})
        return (Step("Currency", saw, (changed_currency(order, kept).what,), stops=True), *_choice(order, context))
    whole, sale = scope_rule(order, context), sale_rule(order, context)
    steps = [*_whole(order, whole, context)]
    if whole is None:
        steps += _scope(order, sale, context)
    if whole is None and sale is None:
        steps += _sale(order, context)
    if whole is None and (sale is None or sale.rule == BEFORE_START):
        decided = decide_order(order, context)
        steps += _changes(order, decided, context)
        steps += (_refund(refund, order, decided) for refund in by_time(order))
    return (*steps, *_choice(order, context))


def _whole(order: Order, answer: Skipped | None, context: Context) -> Iterator[Step]:
    """What may leave the order out with its refunds."""
    test = Message("It is a test order." if order.test else "It is no test order.")
    yield _asked("Test order?", test, answer, "test-order")
    if not order.test:
        day = context.local_date(order.cancelled_at).isoformat() if order.cancelled_at else ""
        cancelled = Message("Cancelled on {day}.", {"day": day}) if day else Message("It is not cancelled.")
        yield _asked("Cancelled before it was posted?", cancelled, answer, "cancelled", "deleted")


def _scope(order: Order, answer: Skipped | None, context: Context) -> Iterator[Step]:
    """What may leave the sale out, up to the first that does."""
    settings = context.resolved.settings
    own = context.local_date(sale_moment(order, context.resolved) or order.placed_at).isoformat()
    days = {"day": own, "start": settings.start_date.isoformat()}
    yield _asked("Start date", Message("Dated {day}; the start is {start}.", days), answer, BEFORE_START)
    if _is(answer, BEFORE_START):
        return
    if context.posted_form is not None:
        yield Step("Status", Message("Its sale is in the books."))
        return
    posted = ", ".join(each.value.replace("_", " ") for each in settings.orders.statuses)
    status = {"status": order.status.value.replace("_", " "), "posted": posted}
    yield _asked("Status", Message("{status}; posted are: {posted}.", status), answer, "status")
    if not _is(answer, "status"):
        by = Message("By the day it is: {by}.", {"by": settings.orders.dated_by.value})
        yield _asked("Dated", by, answer, "undated")


def _asked(rule: str, saw: Message, answer: Skipped | None, *codes: str) -> Step:
    """A rule of scope: it stops where its answer is one of `codes`."""
    if answer is not None and answer.rule in codes:
        return Step(rule, saw, (answer.why,), stops=True)
    return Step(rule, saw)


def _is(answer: Skipped | None, code: str) -> bool:
    return answer is not None and answer.rule == code


def _sale(order: Order, context: Context) -> Iterator[Step]:
    """The rules that make the sale, each also where another one holds it."""
    moment = sale_moment(order, context.resolved) or order.placed_at
    dated = context.posted[0].document.dated if context.posted else book_date(moment, context)
    context = context.as_of(dated)
    yield _answered(
        "Period", Message("Dated {day}.", {"day": dated.isoformat()}), sale_period_problems(order, moment, context)
    )
    yield _answered(
        "Currency", Message("It is in {currency}.", {"currency": order.currency}), currency_problems(order, context)
    )
    number = context.posted[0].document.number if context.posted else sale_number(order, context)
    named = Message("It is {number}.", {"number": number}) if number else Message("The company gives its own.")
    yield _answered("Number", Message(TOO_LONG) if number is None else named, number_problems(order, number))
    yield _customer(order, context)
    items = ItemFinder(order, context, dated)
    yield from _items(order, items)
    yield from _taxes(order, context)
    yield _total(order, write_sale_lines(order, ItemFinder(order, context, dated), context))
    over = [] if context.posted_form is not None else paid_over_problems(order, context)
    if over:
        yield _answered("Paid", Message("{paid} is paid.", {"paid": str(order.paid)}), over)
    chosen = sale_form(order, context)
    form = Message("It becomes a sales receipt." if chosen.form is SaleForm.RECEIPT else "It becomes an invoice.")
    stopped = chosen.settled if isinstance(chosen.settled, Problem) else None
    yield Step(FORM, chosen.why, (stopped.what if stopped else form,), stops=stopped is not None)
    for tender in money_tenders(order, context.resolved):
        yield _payment(order, tender, context)


def _answered(rule: str, saw: Message, problems: Sequence[Problem]) -> Step:
    return Step(rule, saw, tuple(each.what for each in problems), stops=bool(problems))


def _customer(order: Order, context: Context) -> Step:
    found = find_customer(order, context)
    buyer = order.buyer
    told = ", ".join(filter(None, (buyer.name or buyer.company, buyer.email))) if buyer else ""
    saw = Message("{buyer}.", {"buyer": told}) if told else Message("The store names nobody.")
    if isinstance(found, Problem):
        return Step("Customer", saw, (found.what,), stops=True)
    return Step("Customer", saw, (CUSTOMERS[found.match],))


def _items(order: Order, items: ItemFinder) -> Iterator[Step]:
    """One step for lines of one product; the first few of many."""
    distinct = {(line.kind, line.sku, line.name): line for line in order.lines}
    for line in list(distinct.values())[:LINES_SHOWN]:
        saw = Message("{name}, SKU {sku}." if line.sku else "{name}.", {"name": line.name, "sku": line.sku})
        found = items.for_line(kind=line.kind, sku=line.sku, name=line.name)
        if isinstance(found, Problem):
            yield Step("Item", saw, (found.what,), stops=True)
        else:
            yield Step("Item", saw, (_item(found),))
    if len(distinct) > LINES_SHOWN:
        more = Message("{more} further products.", {"more": str(len(distinct) - LINES_SHOWN)})
        yield Step("Item", more, (Message("Found in the same way."),))


def _item(found: Found) -> Message:
    made = found.creates.outcome if found.creates else None
    name = made.name if isinstance(made, ItemDocument) else getattr(found.reference, "name", "")
    return Message(ITEMS[found.match], {"item": name}) if name else CUSTOMERS[found.match]


def _taxes(order: Order, context: Context) -> Iterator[Step]:
    """What stands for each combination of the store's taxes."""
    if context.company.tax_regime is TaxRegime.NONE:
        yield Step("Tax", Message("The company keeps no sales tax."))
        return
    seen: list[Step] = []
    for place, line in enumerate(order.lines):
        taxed = _taxed(place, line)
        names = " + ".join(tax.name for tax in charged(taxed))
        told = "The store charges: {names}." if names else "The store charges no tax."
        saw = Message(told, {"names": names})
        step = Step("Tax", saw, tuple(_codes(taxed, order, context)))
        if step not in seen:
            seen.append(step)
            yield step
    yield from (_answered("Tax", Message("Who remits it?"), [each]) for each in collector_problems(order))


def _taxed(place: int, line: OrderLine) -> TaxedLine:
    return TaxedLine(place, line.net, line.taxes, is_untaxed_kind=line.kind in UNTAXED_KINDS)


def _codes(line: TaxedLine, order: Order, context: Context) -> Iterator[Message]:
    taxes = charged(line)
    if context.company.tax_regime is TaxRegime.GLOBAL:
        yield _named(find_code(taxes, context.resolved.codes) if taxes else untaxed_code(line, order, context))
    elif not taxes:
        yield Message("Not taxed (NON).")
    elif (together := find_code(taxes, context.resolved.codes)) is not None:
        yield _named(together)
    elif context.company.tax_regime is TaxRegime.US_AUTOMATED:
        yield Message("Taxed (TAX), at the rates that QuickBooks has for the place.")
    else:
        yield from (_named(find_code([tax], context.resolved.codes)) for tax in taxes)


def _named(code: TaxCode | None) -> Message:
    return Message("Tax code {code}.", {"code": code.name}) if code else Message("No tax code is mapped to it.")


def _total(order: Order, written: Written) -> Step:
    saw = Message("The store's total is {total}.", {"total": str(order.total)})
    if written.problems or written.plan is None:
        return _answered("Total", saw, [each for each in written.problems if each.field in {"total", "taxes", "lines"}])
    values = {"rounding": str(written.rounding), "tax": str(written.plan.total)}
    if written.rounding is None:
        return Step("Total", saw, (Message("The lines and {tax} tax come to it exactly.", values),))
    return Step("Total", saw, (Message("The lines, {tax} tax and {rounding} for rounding come to it.", values),))


def _payment(order: Order, tender: Tender, context: Context) -> Step:
    method = method_of(order, tender, context)
    values = {"amount": str(tender.amount), "method": tender.method_name or tender.method}
    saw = Message("{amount} by {method}.", values)
    if not isinstance(method, Method):
        return Step("Payment", saw, (method.what,), stops=True)
    return Step("Payment", saw, (Message("Held on: {account}.", {"account": _account(method.account, context)}),))


def _account(identity: LedgerId, context: Context) -> str:
    return next(account.name for account in context.company.accounts if account.id == identity)


def _changes(order: Order, decided: Iterable[Decided], context: Context) -> Iterator[Step]:
    """What changed in the store since the sale was posted, and the documents of it."""
    change = increase_of(order, context)
    words = RAISED if change > zero(order.currency) else LOWERED
    posted = {part.key for part in context.posted}
    for each in decided if posted else ():
        if each.key.source_id != order.source_id or each.key in posted:
            continue
        if each.key.kind not in {Kind.SALE, Kind.REFUND, Kind.AMENDMENT, Kind.VOID}:
            continue
        if each.key.kind is Kind.VOID or each.key.part == CANCEL:
            yield _fate("Cancellation", Message("It was cancelled after it was posted."), each)
        else:
            yield _fate("Edit", Message(words, {"change": str(abs(change))}), each)


def _refund(refund: Refund, order: Order, decided: Iterable[Decided]) -> Step:
    """A refund: R, the value taken back, and C, the cash that went out, choose its form."""
    value, cash = value_of(refund, order), cash_of(refund, order.currency)
    saw = Message("Taken back: {value}; paid back: {cash}.", {"value": str(value), "cash": str(cash)})
    own = [each for each in decided if each.key.source_id == refund.source_id and _is_refund(each)]
    if not own:
        return Step("Refund", saw, (Message("Refunds are not recorded, by the settings."),), stops=True)
    return _fate("Refund", saw, own[0])


def _is_refund(decided: Decided) -> bool:
    return decided.key.kind is Kind.REFUND or decided.key.part == EXCHANGE or is_out_of_credit(decided.key)


def _fate(rule: str, saw: Message, decided: Decided) -> Step:
    """What the decision made of a refund or an edit."""
    outcome = decided.outcome
    if isinstance(outcome, Skipped):
        return Step(rule, saw, (outcome.why,), stops=True)
    if isinstance(outcome, tuple):
        return _answered(rule, saw, outcome)
    return Step(rule, saw, (Message(_FORMS[_form_name(outcome)]),))


def _form_name(outcome: object) -> str:
    if isinstance(outcome, RefundDocument):
        return outcome.form.value
    return {AmendmentDocument: "anew", VoidDocument: "void", CashBackDocument: "credit"}.get(type(outcome), "sale")


_FORMS = {
    RefundForm.RECEIPT.value: "A refund receipt.",
    RefundForm.CREDIT_MEMO.value: "The invoice is still open: a credit memo that comes off it.",
    "anew": "The invoice is unpaid and nobody touched it: it is written anew.",
    "void": "The invoice is unpaid and nobody touched it: it is voided.",
    "credit": "Money was paid beyond the sale: it goes back from the buyer's account.",
    "sale": "It is a sale of its own.",
}


def _choice(order: Order, context: Context) -> Iterator[Step]:
    """The user's own word comes last, and counts most."""
    choice = context.choice
    if choice is None:
        return
    day = context.local_date(choice.made_at)
    if choice.kind is ChoiceKind.HOLD:
        said = held_by_hand(order.number, choice, day).what
    else:
        said = left_out_by_hand(order.number, choice, day).why
    yield Step("Your choice", Message("Of {day}.", {"day": day.isoformat()}), (said,), stops=True)
