"""What the store's own figures say an order must have done to the accounts: from the sandbox, not the product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tests.properties.worlds import GIFT_CARD, STORE_CREDIT, World

from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.engine import Order, settle
from comptoir_sandbox.shopify.money import Exchange, rounded
from comptoir_sandbox.shopify.payments import signed

ZERO = Decimal(0)
DEBTS = (GIFT_CARD, STORE_CREDIT)
RECEIVABLE = ("Accounts Receivable", "Comptes clients")
CONVERTED = Decimal("0.05")
"""How far sums of amounts that the store converts one by one may be from the converted sum."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Debits positive, in one currency."""

    receivable: Decimal
    money: Decimal
    """What payments brought and refunds took, in the clearing accounts."""
    debts: Decimal
    """Gift cards and store credit that the shop owes, below zero."""

    @property
    def kept(self) -> Decimal:
        """What sales and taxes keep after all edits and refunds, below zero: the rest of a balanced book."""
        return -(self.receivable + self.money + self.debts)


def figures_of(cart: Cart, world: World) -> Figures:
    """What the order's documents must come to, all together, in the currency that the buyer saw."""
    order = settle(cart)
    money, used = _moved(order, world)
    totals = order.totals
    owed = totals.outstanding + totals.capturable  # what is authorized is not paid yet
    if cart.cancelled_at is not None:
        owed = min(owed, ZERO)  # what a cancellation leaves is credited, duties too
    return Figures(receivable=owed, money=money, debts=used - _gift_cards_left(order))


def in_books(accounts: Mapping[str, Decimal], world: World) -> Figures:
    """What the documents of an order came to."""
    foreign = {name for method in world.settings.payments.methods.values() for name in method.by_currency.values()}
    clearing = {*world.clearing.values(), *foreign}
    return Figures(
        receivable=sum((amount for name, amount in accounts.items() if name.startswith(RECEIVABLE)), ZERO),
        money=sum((amount for name, amount in accounts.items() if name in clearing), ZERO),
        debts=accounts.get(world.liability, ZERO),
    )


def mistakes(told: Figures, found: Figures, cart: Cart, currency: str, differences: Decimal) -> list[str]:
    """Where the books differ from the store; `currency` is that of the order's documents.

    `differences`: what the refunds' lines for money beyond the goods come to. In the books that is a cost (posting
    rules, section 7); the store takes it for what the buyer owes where it gave the money no other reason.
    """
    slack = ZERO
    if currency != cart.money_currency and cart.presentment is not None:
        exchange = Exchange(cart.money_currency, currency, cart.presentment.rate)
        told = Figures(*map(exchange.to_shop, (told.receivable, told.money, told.debts)))
        slack = CONVERTED
    # Value taken back without cash when nothing is open is no debt in the books (section 7: C < R). What the buyer
    # orders later is then not paid with it.
    names = []
    most = max(told.receivable, ZERO, min(told.receivable, ZERO) + _without_cash(cart))
    is_near = told.receivable - slack <= found.receivable <= most + slack
    if not is_near and abs(found.receivable + differences - told.receivable) > slack:
        names.append(f"receivable {found.receivable} for {told.receivable}")
    names += [f"money {found.money} for {told.money}"] if abs(found.money - told.money) > slack else []
    names += [f"debts {found.debts} for {told.debts}"] if abs(found.debts - told.debts) > slack else []
    return names


def _without_cash(cart: Cart) -> Decimal:
    """The value of refunds that moved no money."""
    return sum((each.absorbed for each in settle(cart).refunds if not each.source.payments), ZERO)


def _moved(order: Order, world: World) -> tuple[Decimal, Decimal]:
    """Money, and what gift cards and store credit settled."""
    cart = order.cart
    moved = [(each.gateway, signed(each, each.amount)) for each in cart.payments]
    for refund in cart.refunds:
        for each in refund.payments:
            gateway = each.gateway if each.payment is None else cart.payments[each.payment].gateway
            if each.status == "SUCCESS" and gateway:
                moved.append((gateway, -each.amount))
    money = sum((amount for gateway, amount in moved if gateway in world.clearing), ZERO)
    return money, sum((amount for gateway, amount in moved if gateway in DEBTS), ZERO)


def _gift_cards_left(order: Order) -> Decimal:
    """What the gift cards that were sold, and not taken back, are worth."""
    found = ZERO
    for at, line in enumerate(order.cart.lines):
        if line.is_gift_card:
            net, gone = order.lines[at].net, order.removed.get(at, 0)
            found += net - rounded(net * gone / line.quantity, order.cart.money_currency)
    return found
