"""What a case is, and the words that it is written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from tests.contract.store.harness import (
    Edit,
    Exchange,
    GivenBack,
    Line,
    NewOrder,
    Payment,
    ShopSetup,
    StoreHarness,
    Tax,
)

from comptoir.books.facts import LineKind, PaymentStatus, SourceId

Step = Callable[[StoreHarness, SourceId], None]
P = ParamSpec("P")
T = TypeVar("T")

VAT = Tax("VAT", "0.2")
HST = Tax("HST", "0.13")
GST, QST = Tax("GST", "0.05"), Tax("QST", "0.09975")
ADDED, INCLUDED = ShopSetup(), ShopSetup(prices_include_tax=True)
CANADA = ShopSetup(currency="CAD", zone="America/Toronto")

PAID, UNPAID, PARTLY = PaymentStatus.PAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID
REFUNDED, PARTLY_REFUNDED = PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order, what happens to it, and what the store then states.

    `total` is the reference total as first sold; `tax` the merchant's and `marketplace_tax` the other's, as charged;
    `paid` each tender; `refunds` each refund's (value with tax, cash); `nets` the net by kind where it is told.
    None: platforms differ. Some tell a cancellation of what nobody paid as a refund without cash, some as nothing.
    """

    order: NewOrder
    total: str
    setup: ShopSetup = ADDED
    then: tuple[Step, ...] = ()
    tax: str = "0"
    marketplace_tax: str = "0"
    discount: str = "0"
    paid: tuple[str, ...] = ()
    refunds: tuple[tuple[str, str], ...] | None = ()
    status: PaymentStatus | None = UNPAID
    nets: Mapping[LineKind, str] = field(default_factory=dict)


def card(amount: str) -> tuple[Payment, ...]:
    return (Payment(amount=amount),)


def step(what: Callable[P, T], do: Callable[[StoreHarness, SourceId, T], None]) -> Callable[P, Step]:
    """Makes steps of what is given to `what`."""
    return lambda *given, **named: lambda shop, order: do(shop, order, what(*given, **named))


refunded = step(GivenBack, lambda shop, order, given: shop.refund(order, given))
edited = step(Edit, lambda shop, order, edit: shop.edit(order, edit))


def paid(amount: str) -> Step:
    return lambda shop, order: shop.pay(order, Payment(amount=amount))


def captured(amount: str) -> Step:
    return lambda shop, order: shop.capture(order, amount)


def cancelled(*, money_back: bool) -> Step:
    return lambda shop, order: shop.cancel(order, money_back=money_back)


def exchanged(*instead: Line, cash: str = "") -> Step:
    return lambda shop, order: shop.exchange(order, Exchange(pieces={"A": 1}, instead=instead, cash=cash))


def placed(*lines: Line, **more: object) -> NewOrder:
    return NewOrder(lines=lines, **more)  # type: ignore[arg-type]


def happen(shop: StoreHarness, case: Case) -> SourceId:
    """Place the order and do what happens to it, a minute apart."""
    order = shop.place(case.order)
    for happens in case.then:
        shop.wait(60)
        happens(shop, order)
    return order
