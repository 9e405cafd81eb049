"""What the store suite says to a platform, in words of no platform: a shop, its orders, what happens to them.

Amounts are decimal texts in the money that the buyer pays in; rates are fractions ("0.2"); times are aware.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from comptoir.books.facts import SourceId
from comptoir.engine.ports import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSetup:
    """An empty shop. `zone` is an IANA name."""

    currency: str = "GBP"
    zone: str = "Europe/London"
    prices_include_tax: bool = False


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax on a line; `by_marketplace`: not the merchant but a marketplace remits it."""

    name: str
    rate: str
    by_marketplace: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """Goods, or a gift card that is sold; `duty` is customs duty on all its pieces."""

    sku: str
    price: str
    quantity: int = 1
    taxes: tuple[Tax, ...] = ()
    gift_card: bool = False
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Shipping, or a fee."""

    name: str
    price: str
    taxes: tuple[Tax, ...] = ()


class Target(StrEnum):
    """What a discount lowers; a discount on one line names its SKU instead."""

    ORDER = "order"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """An `amount` or a `percentage` ("15") off; with a `code` that the buyer typed, or without."""

    amount: str = ""
    percentage: str = ""
    on: Target | str = Target.ORDER
    code: str = ""


class Method(StrEnum):
    """What a buyer pays with."""

    CARD = "card"
    CASH = "cash"
    GIFT_CARD = "gift card"
    STORE_CREDIT = "store credit"


class State(StrEnum):
    """What became of a payment."""

    TAKEN = "taken"
    AUTHORIZED = "authorized"
    PENDING = "pending"
    FAILED = "failed"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """`change` is what the buyer got back at once; `rounding` is what the coins made of `amount` beyond what was owed.

    `rate` is what one unit of the buyer's money is worth in the shop's on that day, where it is not the order's.
    """

    amount: str
    method: Method = Method.CARD
    state: State = State.TAKEN
    change: str = ""
    rounding: str = ""
    rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who buys, and where that person lives; everything in it is personal data."""

    given: str = "Ottoline"
    family: str = "Quist-Ferreira"
    email: str = "ottoline.qf@example.com"
    phone: str = "+442079460123"
    company: str = ""
    street: str = "17 Marrowbone Mews"
    city: str = "Hexham"
    postcode: str = "NE46 1ZZ"
    country: str = "GB"
    has_account: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order as it is placed; `pays_in` with `rate` is the buyer's currency where it is not the shop's."""

    lines: Sequence[Line]
    placed_at: datetime | None = None
    """None: now."""
    discounts: Sequence[Discount] = ()
    shipping: Sequence[Charge] = ()
    fees: Sequence[Charge] = ()
    tip: str = ""
    payments: Sequence[Payment] = ()
    buyer: Person | None = None
    note: str = ""
    due_in_days: int = 0
    """After the day it is placed; 0: no terms were agreed."""
    test: bool = False
    tax_exempt: bool = False
    pays_in: str = ""
    rate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """A refund: pieces by SKU, shipping before added tax, the `cash` that went out.

    `tax_alone` is the part of the cash that is tax without goods. Cash may be more or less than the value taken back.
    """

    pieces: Mapping[str, int] | None = None
    shipping: str = ""
    cash: str = ""
    tax_alone: str = ""
    to: Method | None = None
    """None: to what the buyer paid with."""
    restocked: bool = True
    beyond_paid: bool = False
    """Whether more goes out than the buyer paid in."""
    arrived: bool = True
    """False: the money is on its way and may still fail."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of an order by the merchant: pieces that are left by SKU (0: none), and lines that are added."""

    left: Mapping[str, int] | None = None
    added: Sequence[Line] = ()
    without_shipping: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Pieces that came back by SKU, what the buyer took instead, and the `cash` that went out for the difference."""

    pieces: Mapping[str, int]
    instead: Sequence[Line]
    cash: str = ""


class Fault(StrEnum):
    """What may go wrong between a store and us."""

    BUSY = "busy"
    BUSY_UNTIL = "busy, and it says until when"
    SIGNED_OUT = "the authorization ended"
    ACCESS_MISSING = "an access is missing"
    HTML = "a page for people, with status 200"
    HALF = "half of an answer"
    CUT = "the line is cut"
    BROKEN = "a server fault"
    BROKEN_INSIDE = "a fault inside status 200"


BUSY_SECONDS = 300
"""How long a shop that says it asks us to wait: longer than a request waits by itself."""


class StoreHarness(Protocol):
    """A platform's simulator, running and empty, and stores that talk to it through real HTTP.

    What the platform does not have at all (duties, a second currency) it skips: `pytest.skip("... has no duties")`.
    """

    slug: str
    """What the store's lasting identity begins with."""
    many: int
    """So many orders take several pages."""

    def empty(self) -> None:
        """Forget every order and fault; the authorization is good."""
        ...

    def store(self) -> Store:
        """A new connection, as after a restart."""
        ...

    def now(self) -> datetime:
        """The platform's time, in whole seconds; it stands still."""
        ...

    def wait(self, seconds: int) -> None:
        """Let the platform's time go on."""
        ...

    def place(self, order: NewOrder) -> SourceId:
        """Place an order; its id as the store's facts state it."""
        ...

    def pay(self, order: SourceId, payment: Payment) -> None:
        """Take another payment, now."""
        ...

    def capture(self, order: SourceId, amount: str) -> None:
        """Take money that was authorized."""
        ...

    def refund(self, order: SourceId, given: GivenBack) -> None:
        """Give something back, now."""
        ...

    def edit(self, order: SourceId, edit: Edit) -> None:
        """Change the order, now."""
        ...

    def exchange(self, order: SourceId, exchange: Exchange) -> None:
        """Swap goods, now."""
        ...

    def ship(self, order: SourceId) -> None:
        """Send everything, now."""
        ...

    def cancel(self, order: SourceId, *, money_back: bool) -> None:
        """Cancel the order, now; what was authorized is let go."""
        ...

    def delete(self, order: SourceId) -> None:
        """Delete the order for good."""
        ...

    def fault(self, kind: Fault, *, after: int = 0) -> None:
        """From now on every request meets this fault, until `recover`; so many pass `after` which it begins.

        Signed out is signed out at once.
        """
        ...

    def recover(self) -> None:
        """The fault is over."""
        ...
