"""Which currency an order is posted in, and what a document in a foreign one needs (posting rules, section 8).

A sale and everything that follows it, payments, refunds and credits, are in one currency. The receivable account is
the ledger's own choice: that of the document's currency (quickbooks-online.md §16.1).
"""

from __future__ import annotations

from dataclasses import replace

from comptoir.books.context import Context, held
from comptoir.books.facts import Order
from comptoir.books.problems import Problem
from comptoir.books.settings import CurrencyChoice


def as_booked(order: Order, choice: CurrencyChoice, home: str, kept: str = "") -> Order:
    """`order` told in the currency of its documents: as the settings choose, or that of its sale in the books (`kept`).

    Its `shop_rate` is then the worth of one unit in `home`, the company's currency; None where the store states none
    or keeps another currency itself. Where the store does not tell the order in the currency wanted, the shop's.
    """
    paid = order.as_paid
    if paid is not None and order.currency != home:
        paid = replace(paid, shop_rate=None)
    if kept:
        return paid if paid is not None and paid.currency == kept != order.currency else order
    return paid if paid is not None and choice is CurrencyChoice.PAID else order


def currency_in_books(context: Context) -> str:
    """The currency of the order's sale in the books, which everything that follows it keeps to; "" where none is."""
    return context.posted[0].total.currency if context.posted else ""


def currency_problems(order: Order, context: Context) -> list[Problem]:
    """Why `order` cannot be posted in its currency; each cause once for all the orders that it holds."""
    if context.posted_form is not None:  # its documents are in the books: their currency is settled
        return []
    company = context.company
    wanted = context.resolved.settings.orders.currency
    if wanted is CurrencyChoice.PAID and order.paid_currency not in {"", order.currency}:
        return [_untold(order)]
    if order.currency == company.currency:
        return []
    if not company.multicurrency:
        return [_only_home(order, company.currency)]
    if company.currencies is not None and order.currency not in company.currencies:
        return [_inactive(order)]
    return []


def _untold(order: Order) -> Problem:
    return held(
        "paid-currency",
        order,
        "Order {number} was paid in {paid}, and its lines are known in {currency} only.",
        'Read it from the store again; or set orders.currency to "shop": it is then posted in {currency}.',
        field="currency",
        cause=f"paid-currency:{order.paid_currency}",
        paid=order.paid_currency,
        currency=order.currency,
    )


def _only_home(order: Order, home: str) -> Problem:
    return held(
        "currency",
        order,
        "Order {number} is in {currency}, and the company keeps its books in {home} only.",
        "Switch multicurrency on in the company, or leave this order out.",
        field="currency",
        cause=f"currency:{order.currency}",
        currency=order.currency,
        home=home,
    )


def _inactive(order: Order) -> Problem:
    return held(
        "currency-inactive",
        order,
        "Order {number} is in {currency}, which is not among the company's active currencies.",
        "Add {currency} to the currencies of the company, then retry.",
        field="currency",
        cause=f"currency-inactive:{order.currency}",
        currency=order.currency,
    )


def changed_currency(order: Order, kept: str) -> Problem:
    """The problem of an order whose sale is in the books in a currency that the store no longer tells it in."""
    return held(
        "currency-changed",
        order,
        "The sale of order {number} is in the books in {kept}, and the store tells the order in {currency} only.",
        "Enter what changed since by hand, in {kept}.",
        field="currency",
        kept=kept,
        currency=order.currency,
    )
