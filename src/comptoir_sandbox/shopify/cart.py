"""What an order is made of, before any total is computed: the input of the money engine (shopify.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

ZERO = Decimal(0)

PaymentKind = Literal["SALE", "AUTHORIZATION", "CAPTURE", "VOID"]
PaymentStatus = Literal["SUCCESS", "PENDING", "FAILURE", "ERROR"]
DiscountKind = Literal["manual", "code", "automatic"]
RestockType = Literal["RETURN", "CANCEL", "NO_RESTOCK"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax on a line: its title and its rate as a fraction (0.2 for 20 %)."""

    title: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """A line of goods. Without `variant_id` it is a custom item. `unit_price` contains tax iff `taxes_included`."""

    title: str
    quantity: int
    unit_price: Decimal
    sku: str | None = None
    variant_id: int | None = None
    product_id: int | None = None
    taxes: tuple[Tax, ...] = ()
    vendor: str | None = None
    requires_shipping: bool = True
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CartShipping:
    """A shipping line and its price before discounts."""

    title: str
    price: Decimal
    code: str | None = None
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CartDiscount:
    """A discount of a fixed `amount` or of `percentage` (15 for 15 %); exactly one of the two.

    `lines`: indexes of the lines it is for (EXPLICIT); None: all lines (ALL, ACROSS), after the others. With
    `on_shipping` it lowers the shipping lines instead.
    """

    title: str
    amount: Decimal | None = None
    percentage: Decimal | None = None
    kind: DiscountKind = "manual"
    lines: tuple[int, ...] | None = None
    on_shipping: bool = False
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the store shows of a payment card."""

    company: str
    number: str
    wallet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A transaction of the order. `parent`: index of the payment that a CAPTURE or VOID belongs to."""

    amount: Decimal
    gateway: str
    processed_at: datetime
    kind: PaymentKind = "SALE"
    status: PaymentStatus = "SUCCESS"
    parent: int | None = None
    card: Card | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedLine:
    """So many pieces of the order's line number `line` (from 0) taken back."""

    line: int
    quantity: int
    restock_type: RestockType = "RETURN"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundedShipping:
    """This much (before tax unless included) of the shipping line number `line` given back."""

    line: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """Money given back through the payment number `payment`; its gateway is forced to that payment's."""

    payment: int
    amount: Decimal
    status: PaymentStatus = "SUCCESS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund. What the payments differ from the value of lines and shipping becomes an order adjustment.

    Without payments it only takes value back (unpaid goods) and has no adjustment.
    """

    processed_at: datetime
    lines: tuple[RefundedLine, ...] = ()
    shipping: tuple[RefundedShipping, ...] = ()
    payments: tuple[RefundPayment, ...] = ()
    note: str | None = None
    id: int | None = None
    """Numeric id; None: derived from the order's id and the refund's place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer account of the shop."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; the data may know the country alone."""

    country: str | None = None
    country_code: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    city: str | None = None
    zip: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Payment terms NET `due_in_days` from `issued_at`."""

    due_in_days: int
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    """One order as it was entered, with what happened to it since. Times are aware UTC."""

    id: int
    name: str
    number: int
    created_at: datetime
    processed_at: datetime
    lines: tuple[CartLine, ...]
    currency: str = "GBP"
    shipping: tuple[CartShipping, ...] = ()
    discounts: tuple[CartDiscount, ...] = ()
    taxes_included: bool = False
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    customer: Customer | None = None
    billing_address: Address | None = None
    shipping_address: Address | None = None
    terms: Terms | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    po_number: str | None = None
    source_name: str = "web"
    test: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    touched_at: datetime | None = None
    """The latest change that is neither payment nor refund (a note, a tag)."""
