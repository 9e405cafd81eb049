"""What an order is made of, before any total is computed: the input of the money engine (shopify.md §4).

All amounts of a cart are in the currency the customer saw: `presentment.currency`, or `currency` without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)

PaymentKind = Literal["SALE", "AUTHORIZATION", "EMV_AUTHORIZATION", "CAPTURE", "VOID", "CHANGE"]
PaymentStatus = Literal["SUCCESS", "PENDING", "FAILURE", "ERROR", "AWAITING_RESPONSE", "UNKNOWN"]
DiscountKind = Literal["manual", "code", "automatic", "script"]
AllocationMethod = Literal["ACROSS", "EACH"]
TargetSelection = Literal["ALL", "ENTITLED", "EXPLICIT"]
RestockType = Literal["RETURN", "CANCEL", "NO_RESTOCK", "LEGACY_RESTOCK"]
TermsType = Literal["NET", "FIXED", "RECEIPT", "FULFILLMENT"]
ReturnState = Literal["REQUESTED", "OPEN", "CLOSED", "CANCELED", "DECLINED"]
CancelReason = Literal["CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"]
AdjustmentReason = Literal["CUSTOMER", "DAMAGE", "FULL_RETURN_BALANCING_ADJUSTMENT", "REFUND_DISCREPANCY", "RESTOCK"]
ShipmentStatus = Literal["SUCCESS", "CANCELLED", "ERROR", "FAILURE", "OPEN", "PENDING"]
FulfillmentStatus = Literal[
    "FULFILLED", "UNFULFILLED", "PARTIALLY_FULFILLED", "ON_HOLD", "SCHEDULED", "FULFILLMENT_NOT_REQUIRED"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A custom attribute of an order or a line."""

    key: str
    value: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A tax on a line: its title and its rate as a fraction (0.2 for 20 %; 0 and None occur, §3.4).

    `amount`: what the store charged, when that is not what the rate gives. `channel_liable`: a marketplace collects
    and remits it (§4.5).
    """

    title: str
    rate: Decimal | None
    channel_liable: bool = False
    source: str | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Customs duty on a line, with its own taxes."""

    amount: Decimal
    harmonized_system_code: str | None = None
    country_code_of_origin: str | None = None
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What several lines were sold as; their prices are the bundle's, spread (§4.5). Same `number`: same bundle."""

    number: int
    title: str
    quantity: int = 1
    variant_sku: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartLine:
    """A line of goods. Without `variant_id` it is a custom item. `unit_price` contains tax iff `taxes_included`.

    `is_tip`: the line is a tip (§4.4 rule 14): it is no part of the subtotal, and has neither taxes nor discounts.
    `added_at`: an order edit or an exchange added the line then; discounts over all lines do not reach it.
    """

    title: str
    quantity: int
    unit_price: Decimal
    sku: str | None = None
    variant_id: int | None = None
    product_id: int | None = None
    variant_title: str | None = None
    taxes: tuple[Tax, ...] = ()
    taxable: bool | None = None
    """None: iff it has taxes."""
    vendor: str | None = None
    requires_shipping: bool = True
    is_gift_card: bool = False
    is_tip: bool = False
    duties: tuple[Duty, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    bundle: Bundle | None = None
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartShipping:
    """A shipping line and its price before discounts. A `removed` one is listed on request only and counts nowhere.

    Without `removed_at` it never counted: refunds of before its removal look at what the order was then.
    """

    title: str
    price: Decimal
    code: str | None = None
    source: str | None = "shopify"
    taxes: tuple[Tax, ...] = ()
    removed: bool = False
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CartDiscount:
    """A discount of a fixed `amount` or of `percentage` (15 for 15 %); exactly one of the two.

    `lines`: indexes of the lines it is for; None: all lines, after the others. With `on_shipping` it lowers the
    shipping lines instead (indexes are theirs). `method` EACH takes `amount` (or the percentage) off every line,
    ACROSS spreads one amount; default: EACH for particular lines, ACROSS for all. `selection`: default EXPLICIT for
    particular lines, ALL for all; ENTITLED is what codes for a collection say.
    """

    title: str
    amount: Decimal | None = None
    percentage: Decimal | None = None
    kind: DiscountKind = "manual"
    lines: tuple[int, ...] | None = None
    on_shipping: bool = False
    description: str | None = None
    method: AllocationMethod | None = None
    selection: TargetSelection | None = None

    @property
    def allocation_method(self) -> AllocationMethod:
        """How the value becomes allocations."""
        return self.method or ("ACROSS" if self.lines is None else "EACH")

    @property
    def target_selection(self) -> TargetSelection:
        """Which lines the store says it is for."""
        return self.selection or ("ALL" if self.lines is None else "EXPLICIT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """An additional fee of the order: import fee, cash on delivery, eco fee of an app (§4.5)."""

    name: str
    price: Decimal
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentment:
    """The currency the customer saw, and the order's rate: shop currency for one unit of it."""

    currency: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the store shows of a payment card."""

    company: str
    number: str
    wallet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A transaction of the order. `parent`: index of the payment that a CAPTURE, VOID or CHANGE belongs to.

    `rate`: that day's rate (§4.4 rule 12); None: the order's. `rounding`: the cash rounding inside `amount` (10.02
    paid with 10.00: amount 10.00, rounding -0.02; §4.4 rule 13). `expired`: of an authorization nobody captured.
    """

    amount: Decimal
    gateway: str
    processed_at: datetime
    kind: PaymentKind = "SALE"
    status: PaymentStatus = "SUCCESS"
    parent: int | None = None
    card: Card | None = None
    rate: Decimal | None = None
    rounding: Decimal = ZERO
    expired: bool = False


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
class RefundedDuty:
    """This much of the duty number `duty` of the line number `line` given back."""

    line: int
    amount: Decimal
    duty: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    """Money given back through the payment number `payment`; its gateway is forced to that payment's (§4.7).

    `payment` None: not through a payment of the order, but by `gateway` (store credit). `rate`, `rounding`: as of a
    `Payment`. `processed_at` None: the refund's.
    """

    payment: int | None
    amount: Decimal
    status: PaymentStatus = "SUCCESS"
    gateway: str | None = None
    rate: Decimal | None = None
    rounding: Decimal = ZERO
    processed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund. What the payments differ from the value taken back becomes an order adjustment (§4.7).

    An open balance takes up value that is not paid back, and a credit balance (an edit of a paid order) the cash
    without value, before anything is an adjustment. Without payments it only takes value back (unpaid goods).
    """

    processed_at: datetime
    lines: tuple[RefundedLine, ...] = ()
    shipping: tuple[RefundedShipping, ...] = ()
    duties: tuple[RefundedDuty, ...] = ()
    payments: tuple[RefundPayment, ...] = ()
    note: str | None = None
    id: int | None = None
    """Numeric id; None: derived from the order's id and the refund's place."""
    tax_only: Decimal = ZERO
    """So much of the difference is tax (a customer exempted afterwards)."""
    reason: AdjustmentReason = "REFUND_DISCREPANCY"
    return_index: int | None = None
    """The order's return that it settles; its fees are kept from the first such refund."""
    over_refund: bool = False
    """Allows more than the payments brought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityEdit:
    """An order edit that removed so many pieces of a line, without a refund: only current figures move (§4.3)."""

    line: int
    removed: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """Pieces of a line in a return, with what the merchant keeps for restocking them."""

    line: int
    quantity: int
    restocking_fee: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReturn:
    """A return. `exchange_lines`: indexes of the lines (with `added_at`) that the customer took instead."""

    created_at: datetime
    lines: tuple[ReturnedLine, ...] = ()
    shipping_fees: tuple[Decimal, ...] = ()
    exchange_lines: tuple[int, ...] = ()
    status: ReturnState = "CLOSED"
    closed_at: datetime | None = None

    @property
    def fees(self) -> Decimal:
        """All that the merchant keeps."""
        return sum(self.shipping_fees, ZERO) + sum((each.restocking_fee for each in self.lines), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilledLine:
    """Pieces of a line in a fulfillment."""

    line: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfillment:
    """Goods that left (or should have left). Without `lines`: everything that was not fulfilled before it."""

    created_at: datetime
    lines: tuple[FulfilledLine, ...] = ()
    status: ShipmentStatus = "SUCCESS"
    updated_at: datetime | None = None
    """When its status last changed (a cancellation); None: it did not."""
    delivered_at: datetime | None = None
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer account of the shop."""

    id: int
    first_name: str | None
    last_name: str | None
    email: str | None = None
    phone: str | None = None
    tax_exempt: bool = False
    tax_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A B2B buyer: the company and the location it bought for. The contact is the order's customer."""

    id: int
    name: str
    location_id: int
    location_name: str
    external_id: str | None = None
    location_external_id: str | None = None
    tax_registration_id: str | None = None
    """Of the location."""
    tax_exempt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; the data may know the country alone."""

    country: str | None = None
    country_code: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Payment terms (§4.8). NET: `due_in_days` from `issued_at`; RECEIPT: due at `issued_at`; FIXED: at `due_at`.

    FULFILLMENT: due at `due_at`, unknown until it is fulfilled.
    """

    due_in_days: int | None = None
    issued_at: datetime | None = None
    type: TermsType = "NET"
    due_at: datetime | None = None


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
    """The shop's currency."""
    presentment: Presentment | None = None
    shipping: tuple[CartShipping, ...] = ()
    discounts: tuple[CartDiscount, ...] = ()
    fees: tuple[Fee, ...] = ()
    tip_without_line: Decimal = ZERO
    """A tip from a terminal, in the totals only (§4.4 rule 14)."""
    taxes_included: bool = False
    duties_included: bool = False
    tax_exempt: bool = False
    estimated_taxes: bool = False
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    edits: tuple[QuantityEdit, ...] = ()
    returns: tuple[GoodsReturn, ...] = ()
    customer: Customer | None = None
    company: Company | None = None
    email: str | None = None
    """None: the customer's."""
    phone: str | None = None
    """None: the customer's."""
    billing_address: Address | None = None
    shipping_address: Address | None = None
    terms: Terms | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    po_number: str | None = None
    source_name: str = "web"
    source_identifier: str | None = None
    confirmation_number: str | None = None
    fulfillment_status: FulfillmentStatus | None = None
    """What the store shows. None: what `fulfillments` say; without them FULFILLED, or UNFULFILLED when cancelled."""
    fulfillments: tuple[Fulfillment, ...] | None = None
    """None: an order that is FULFILLED was so when it was placed, in one fulfillment."""
    no_financial_status: bool = False
    """An order made through the API without transactions says null instead of PENDING (§4.2)."""
    test: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    closed_at: datetime | None = None
    touched_at: datetime | None = None
    """The latest change that is neither payment nor refund (a note, a tag)."""

    @property
    def money_currency(self) -> str:
        """The currency of all amounts of the cart: what the customer saw."""
        return self.presentment.currency if self.presentment else self.currency
