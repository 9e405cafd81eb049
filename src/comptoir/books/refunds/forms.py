"""Which documents settle a refund: receipts, or a credit memo with cash-backs and an application (section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from comptoir.books.checks import Method
from comptoir.books.company import AccountType
from comptoir.books.context import Context, Decided, held, order_key
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    Document,
    Kind,
    LedgerId,
    PaidBack,
    PostingKey,
    Reference,
    RefundDocument,
    RefundForm,
    TakenOff,
)
from comptoir.books.drafts import Draft
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, zero
from comptoir.books.problems import Problem
from comptoir.books.refunds.balances import Portion
from comptoir.books.refunds.lines import Planned, plan_lines
from comptoir.books.refunds.value import Settlement
from comptoir.books.tenders import method_of, method_of_refund, reference_of


@dataclass(frozen=True, slots=True)
class PaidOut:
    """Cash that left one account, with what its first tender says: `method` is the store's name of it."""

    account: LedgerId
    amount: Money
    payment_method: LedgerId | None = None
    reference: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """All that the documents of one refund have in common. `invoice` is the open one, where something comes off it.

    `numbers` hold one for each account, and at least one. `planned` are the lines where they are known already.
    """

    order: Order
    source_id: SourceId
    part: str
    dated: date
    numbers: Sequence[str]
    customer: Reference
    settlement: Settlement
    outs: Sequence[PaidOut]
    drafts: Sequence[Draft]
    words: str
    sale: PostingKey | None
    invoice: PostingKey | None
    remark: str = ""
    """What the private notes say besides."""
    planned: Planned | None = None
    portions: Sequence[Portion] = ()
    """What comes off which invoice, where it is not all of it off `invoice`."""

    def key(self, kind: Kind, place: int) -> PostingKey:
        """The key of the document of this place: the first has the refund's own part, the others count on."""
        part = self.part if place == 0 else f"{self.part}{place + 1}"
        return replace(order_key(self.order, kind, self.source_id), part=part)

    def decided(self, key: PostingKey, document: Document, amount: Money) -> Decided:
        """One of the documents, after the sale where it is in these books."""
        return Decided(key, document, self.order.number, self.dated, amount, after=self.sale)

    def note(self) -> str:
        """The private note of every document."""
        return f"{self.order.store} refund of order {self.order.number}{self.remark}"


def paid_out(
    order: Order, tenders: Sequence[Tender], context: Context, *, needs_account: bool
) -> list[PaidOut] | Problem:
    """The cash by account, in the order of the tenders: each method's own account, else that of R1.

    Where no money went out and a receipt `needs_account` all the same, it names the account of R1, else that of the
    order's first payment, with nothing.
    """
    found: dict[LedgerId, PaidOut] = {}
    for tender in tenders:
        method = method_of_refund(order, tender, context)
        if isinstance(method, Problem):
            return method
        account, own = method.account, method.payment_method
        known = found.get(account)
        found[account] = (
            replace(
                known,
                amount=known.amount + tender.amount,
                payment_method=own if known.payment_method == own else None,
            )
            if known
            else PaidOut(account, tender.amount, own, reference_of(tender.reference, tender.source_id), tender.method)
        )
    if found or not needs_account:
        return list(found.values())
    return _no_cash(order, context)


def _no_cash(order: Order, context: Context) -> list[PaidOut] | Problem:
    methods = [method_of(order, tender, context) for tender in order.tenders]
    known = {account.id for account in context.company.accounts if account.currency == order.currency}
    own = context.resolved.refund_account
    accounts = [*([own] if own in known else []), *(method.account for method in methods if isinstance(method, Method))]
    if accounts:
        return [PaidOut(accounts[0], zero(order.currency))]
    return held(
        "refund-without-account",
        order,
        "A refund of order {number} moved no money, and there is no account that its receipt could name.",
        "Choose an account under refunds.account in the settings.",
        field="refunds",
    )


CREDIT = "credit"
"""The part of money that gives back what was paid beyond the sales."""


def is_out_of_credit(key: PostingKey) -> bool:
    """Whether this posting gives back what was paid beyond the sales."""
    return key.kind is Kind.CASH_BACK and key.part.startswith(CREDIT)


def part_credit(outs: Sequence[PaidOut], credit: Money) -> tuple[list[PaidOut], list[PaidOut]]:
    """The cash that gives back `credit`, from the first accounts on, and the rest; an account left with none is last.

    The rest names at least one account: a receipt of nothing needs one too.
    """
    backs: list[PaidOut] = []
    rest: list[PaidOut] = []
    for out in outs:
        part = min(out.amount, credit)
        credit -= part
        if not part.is_zero:
            backs.append(replace(out, amount=part))
        if part != out.amount:
            rest.append(replace(out, amount=out.amount - part))
    return backs, rest or [replace(out, amount=out.amount - out.amount) for out in outs[:1]]


def give_credit_back(terms: Terms, backs: Sequence[PaidOut], context: Context) -> list[Decided] | tuple[Problem, ...]:
    """Money out of each account against the credit that the payments left on the buyer's account.

    The ledger joins neither with the other: a payment that is in the books would have to be written anew for that
    (quickbooks-online.md §16.1). Together they leave nothing on the buyer's account.
    """
    receivable = _receivable(terms.order, context)
    problems = [receivable] if isinstance(receivable, Problem) else []
    problems += [_not_a_bank(terms.order, out, context) for out in backs if not _is_bank(out.account, context)]
    if problems or isinstance(receivable, Problem):
        return tuple(problems)
    own = replace(terms, part=CREDIT)
    return [_cash_back(own, place, out, terms.numbers[0], receivable, context) for place, out in enumerate(backs)]


def write_forms(terms: Terms, items: ItemFinder, context: Context) -> list[Decided] | tuple[Problem, ...]:
    """The documents of the refund, each with its total, or what holds them."""
    if terms.settlement.applied > zero(terms.order.currency) and terms.invoice is not None:
        portions = terms.portions or (Portion(terms.invoice, terms.settlement.applied),)
        return _credit(terms, portions, items, context)
    return _receipts(terms, items, context)


def _receipts(terms: Terms, items: ItemFinder, context: Context) -> list[Decided] | tuple[Problem, ...]:
    """One receipt an account: the first has the value's lines, and each a line that makes it its own cash."""
    found = []
    for place, out in enumerate(terms.outs):
        document = _refund(terms, place, out.amount, items, context)
        if isinstance(document, tuple):
            return document
        receipt = replace(
            document,
            form=RefundForm.RECEIPT,
            refund_account=out.account,
            payment_method=out.payment_method,
            payment_reference=out.reference,
        )
        found.append(terms.decided(terms.key(Kind.REFUND, place), receipt, out.amount))
    return found


def _refund(
    terms: Terms, place: int, target: Money, items: ItemFinder, context: Context
) -> RefundDocument | tuple[Problem, ...]:
    """A credit memo of `target`; the value's lines stand on the first document alone."""
    drafts = terms.drafts if place == 0 else ()
    planned = terms.planned or plan_lines(drafts, target, terms.words, items, context)
    if isinstance(planned, tuple):
        return planned
    return RefundDocument(
        number=terms.numbers[place],
        dated=terms.dated,
        customer=terms.customer,
        currency=terms.order.currency,
        lines=planned.lines,
        tax=planned.tax,
        refund_account=None,
        private_note=terms.note(),
        marker=context.marker(terms.key(Kind.REFUND, place)),
        billing=terms.order.billing,
        class_id=context.resolved.class_id,
        location_id=context.resolved.location_id,
        prices_include_tax=planned.plan.inclusive,
        form=RefundForm.CREDIT_MEMO,
        rates=planned.rates,
        tax_stated=planned.plan.is_stated,
        form_tax_code=planned.plan.form_code,
        exchange_rate=terms.order.shop_rate,
        value=terms.settlement.value if place == 0 and terms.planned is None else None,
    )


def _credit(
    terms: Terms, portions: Sequence[Portion], items: ItemFinder, context: Context
) -> list[Decided] | tuple[Problem, ...]:
    """One credit memo; the cash from each account on the receivable account; one payment of nothing joining all."""
    receivable = _receivable(terms.order, context)
    problems = [receivable] if isinstance(receivable, Problem) else []
    problems += [_not_a_bank(terms.order, out, context) for out in terms.outs if not _is_bank(out.account, context)]
    memo = _refund(terms, 0, terms.settlement.total, items, context)
    if isinstance(memo, tuple):
        problems += memo
    if problems or isinstance(memo, tuple) or isinstance(receivable, Problem):
        return tuple(problems)
    credit = terms.decided(terms.key(Kind.REFUND, 0), memo, terms.settlement.total)
    backs = [
        _cash_back(terms, place, out, terms.numbers[place], receivable, context) for place, out in enumerate(terms.outs)
    ]
    key = terms.key(Kind.APPLICATION, 0)
    application = ApplicationDocument(
        customer=terms.customer,
        dated=terms.dated,
        credit=Awaited(credit.key),
        invoice=Awaited(portions[0].invoice),
        others=tuple(TakenOff(Awaited(each.invoice), each.amount) for each in portions[1:]),
        amount=terms.settlement.total,
        reference=memo.number,
        private_note=terms.note(),
        marker=context.marker(key),
        exchange_rate=terms.order.shop_rate,
        cash_backs=tuple(PaidBack(Awaited(back.key), out.amount) for back, out in zip(backs, terms.outs, strict=True)),
    )
    return [credit, *backs, terms.decided(key, application, application.total)]


def _cash_back(terms: Terms, place: int, out: PaidOut, number: str, receivable: LedgerId, context: Context) -> Decided:
    key = terms.key(Kind.CASH_BACK, place)
    document = CashBackDocument(
        customer=terms.customer,
        account=out.account,
        receivable_account=receivable,
        dated=terms.dated,
        amount=out.amount,
        number=number,
        private_note=terms.note(),
        marker=context.marker(key),
        exchange_rate=terms.order.shop_rate,
    )
    return terms.decided(key, document, out.amount)


def _receivable(order: Order, context: Context) -> LedgerId | Problem:
    """The company's account of what buyers owe in the order's currency."""
    for account in context.company.accounts:
        if account.active and account.type is AccountType.ACCOUNTS_RECEIVABLE and account.currency == order.currency:
            return account.id
    return held(
        "no-receivable-account",
        order,
        "A refund of order {number} is a credit on its invoice, and the company has no account of type "
        "Accounts Receivable in {currency}.",
        "The company makes it with its first invoice in {currency}; else make such an account there, then retry.",
        field="refunds",
        cause=f"no-receivable-account:{order.currency}",
        currency=order.currency,
    )


def _is_bank(account: LedgerId, context: Context) -> bool:
    return context.company.account(account).type is AccountType.BANK


def _not_a_bank(order: Order, out: PaidOut, context: Context) -> Problem:
    """Cash on the receivable account is a purchase, which a bank account alone can pay (quickbooks-online.md §16.4)."""
    name = context.company.account(out.account).name
    return held(
        "cash-back-account",
        order,
        'Money went back from "{account}" while the invoice of order {number} is open, and only an account of type '
        "Bank can pay that out.",
        "Map the payment method to an account of type Bank, or enter this refund by hand.",
        field="payments",
        cause=f"cash-back-account:{out.account}",
        account=name,
        key=out.method,
        currency=order.currency,
    )
