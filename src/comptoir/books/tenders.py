"""What the tenders of an order brought: money, or the use of gift cards and store credit (P2; sections 1 and 6).

Gift cards and store credit are no money: each is a negative line, of the sale where it was used and of the refund
where it was given, with its liability item. Money that
pays a tax which a marketplace collects itself is none of the merchant's: payments are reduced by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from comptoir.books.checks import DEFAULT_METHOD, Method, Resolved
from comptoir.books.company import fold
from comptoir.books.context import Context, held
from comptoir.books.documents import LedgerId
from comptoir.books.facts import Order, Refund, SourceId, TaxCollector, Tender
from comptoir.books.money import Money, allocate, total, zero
from comptoir.books.problems import Problem
from comptoir.books.specials import TenderKind
from comptoir.books.text import REFERENCE_LIMIT

ALL = Decimal(1)


@dataclass(frozen=True, slots=True)
class Settled:
    """How a receipt was paid: one account, and the method and reference where there is just one."""

    account: LedgerId
    payment_method: LedgerId | None
    reference: str


def marketplace_tax(order: Order) -> Money:
    """The tax on the order's lines that a marketplace collects and remits itself."""
    taxes = (tax for line in order.lines for tax in line.taxes)
    return total((tax.amount for tax in taxes if tax.collector is TaxCollector.MARKETPLACE), order.currency)


def money_tenders(order: Order, resolved: Resolved) -> tuple[Tender, ...]:
    """The tenders that brought money, in the order of their time, less their share of a marketplace's own tax.

    An order paid in full loses all of that tax (goods 100.00 and 8.00 of the marketplace: 108.00 taken is a payment of
    100.00), one paid in part the part that was paid. Tenders of which nothing is left are left out.
    """
    ordered = sorted(order.tenders, key=lambda tender: (tender.at, tender.source_id))
    brought = [tender for tender in ordered if resolved.tender_kind(tender.method) is TenderKind.MONEY]
    theirs = marketplace_tax(order)
    if brought and not theirs.is_zero:
        stated = order.total + theirs
        part = min(order.paid.amount / stated.amount, ALL) if stated.amount else ALL
        reduction = min((theirs * part).rounded(), total((tender.amount for tender in brought), order.currency))
        shares = allocate(reduction, [tender.amount.amount for tender in brought])
        brought = [replace(tender, amount=tender.amount - share) for tender, share in zip(brought, shares, strict=True)]
    return tuple(tender for tender in brought if not tender.amount.is_zero)


def with_given(order: Order, resolved: Resolved) -> Order:
    """`order` with its refunds' tenders told apart: money that went out, and gift cards or store credit given back."""

    def told_apart(refund: Refund) -> Refund:
        given = tuple(each for each in refund.tenders if resolved.tender_kind(each.method) is not TenderKind.MONEY)
        money = tuple(each for each in refund.tenders if each not in given)
        return replace(refund, tenders=money, given=(*refund.given, *given)) if given else refund

    refunds = tuple(map(told_apart, order.refunds))
    return order if refunds == order.refunds else replace(order, refunds=refunds)


def redeemed(order: Order, resolved: Resolved, kind: TenderKind) -> tuple[Tender, ...]:
    """The tenders that used gift cards or store credit, as `kind` says."""
    return tuple(tender for tender in order.tenders if resolved.tender_kind(tender.method) is kind)


def redeemed_total(order: Order, resolved: Resolved) -> Money:
    """Everything of the order that was settled without money."""
    used = (tender for tender in order.tenders if resolved.tender_kind(tender.method) is not TenderKind.MONEY)
    return total((tender.amount for tender in used), order.currency)


def money_taken(order: Order, resolved: Resolved) -> Money:
    """The money of the order that is the merchant's."""
    return total((tender.amount for tender in money_tenders(order, resolved)), order.currency)


def is_settled(order: Order, resolved: Resolved) -> bool:
    """Whether nothing is left to pay."""
    owed = (order.total - redeemed_total(order, resolved)).in_books()
    return money_taken(order, resolved).in_books() >= owed


def completed_at(order: Order, resolved: Resolved) -> datetime | None:
    """When the order was paid in full: at the tender that covered its total; None where it is not."""
    if not is_settled(order, resolved):
        return None
    covered = zero(order.currency)
    owed = order.total + marketplace_tax(order)
    for tender in sorted(order.tenders, key=lambda tender: (tender.at, tender.source_id)):
        covered += tender.amount
        if covered >= owed:
            return tender.at
    return order.placed_at


def method_of(order: Order, tender: Tender, context: Context) -> Method | Problem:
    """Where the money of `tender` is held: the method's account for the order's currency."""
    method = context.resolved.method(tender.method)
    if method is None:
        return unmapped_method(order, tender)
    own = method.by_currency.get(order.currency)
    if own is not None:
        return replace(method, account=own)
    account = context.company.account(method.account)
    if account.currency == order.currency:
        return method
    key = tender.method if fold(tender.method) in context.resolved.methods else DEFAULT_METHOD
    return held(
        "account-currency",
        order,
        'Order {number} is in {currency}, and the account "{account}" of the payment method "{method}" is in {other}.',
        'Under [payments.methods."{key}".by_currency] in the settings, write: {currency} = "NAME OF THE ACCOUNT".',
        field="payments",
        cause=f"account-currency:{fold(key)}:{order.currency}",
        currency=order.currency,
        account=account.name,
        method=tender.method_name or tender.method,
        key=key,
        other=account.currency,
    )


def method_of_refund(order: Order, tender: Tender, context: Context) -> Method | Problem:
    """Where the money of a refund's `tender` leaves: the method's own account, else that of R1."""
    account = context.resolved.refund_account
    if account is None or context.resolved.method(tender.method) is not None:
        return method_of(order, tender, context)
    kept = context.company.account(account)
    if kept.currency == order.currency:
        return Method(account, None)
    return held(
        "refund-account-currency",
        order,
        'Order {number} is in {currency}, and the account "{account}" that pays its refund is in {other}.',
        'Name the payment method "{key}" under payments.methods, with an account for {currency}, then retry.',
        field="refunds",
        cause=f"refund-account-currency:{fold(tender.method)}:{order.currency}",
        currency=order.currency,
        account=kept.name,
        key=tender.method,
        other=kept.currency,
    )


def unmapped_method(order: Order, tender: Tender) -> Problem:
    """The problem of money whose payment method has no account in the settings."""
    return held(
        "method-unmapped",
        order,
        'The payment method "{method}" of order {number} has no account.',
        'Add "{key}" under payments.methods in the settings, or a default under "*".',
        field="payments",
        cause=f"method:{fold(tender.method)}",
        method=tender.method_name or tender.method,
        key=tender.method,
    )


def reference_of(reference: str, source_id: SourceId) -> str:
    """What a payment is found again by: its own reference where it fits, else the end of its id."""
    return reference if 0 < len(reference) <= REFERENCE_LIMIT else source_id[-REFERENCE_LIMIT:]


def settled_by(tenders: Sequence[Tender], methods: Sequence[Method]) -> Settled:
    """What a receipt says of tenders, each with its method, whose money is all on the account of the first."""
    names = {method.payment_method for method in methods}
    only = tenders[0] if len(tenders) == 1 else None
    return Settled(
        account=methods[0].account,
        payment_method=methods[0].payment_method if len(names) == 1 else None,
        reference=reference_of(only.reference, only.source_id) if only else "",
    )
