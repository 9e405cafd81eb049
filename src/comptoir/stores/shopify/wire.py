"""An order as Shopify's Admin GraphQL API 2026-10 sends it, as far as the books read it (shopify.md §4).

Fields that the books use are required with their type; others are ignored. What redaction, a missing scope or a guest
leaves out has a default. Amounts are Decimal from the text of the wire; datetimes are aware.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

import msgspec

Node = TypeVar("Node")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The base of all shapes: camelCase on the wire, unknown fields ignored."""


class Amount(Wire, frozen=True):
    """A `MoneyV2`: a decimal as text ("15.0") in units of its currency."""

    amount: Decimal
    currency_code: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite():
            raise ValueError("not a finite amount")


class Bag(Wire, frozen=True):
    """A `MoneyBag`: the same money in the shop's currency and, where it was asked for, in the buyer's."""

    shop_money: Amount
    presentment_money: Amount | None = None


class PageInfo(Wire, frozen=True):
    """Whether a connection goes on."""

    has_next_page: bool
    end_cursor: str | None = None


class Connection(Wire, Generic[Node], frozen=True):
    """A list that Shopify sends in pages; in a complete record it holds all of them."""

    nodes: tuple[Node, ...]
    page_info: PageInfo = PageInfo(has_next_page=False)


class TaxLine(Wire, frozen=True):
    """One tax on one line; `channel_liable` says that a marketplace remits it."""

    title: str
    rate: Decimal | None
    price_set: Bag
    channel_liable: bool | None = None


class Allocation(Wire, frozen=True):
    """The part of a discount that falls on a line."""

    allocated_amount_set: Bag


class Reference(Wire, frozen=True):
    """Another record, by its gid."""

    id: str


class Duty(Wire, frozen=True):
    """An import duty on a line."""

    id: str
    price: Bag
    tax_lines: tuple[TaxLine, ...] = ()


class LineItem(Wire, frozen=True):
    """A line as ordered: quantity and amounts are the original ones, `current_quantity` is what is left."""

    id: str
    name: str
    sku: str | None
    quantity: int
    current_quantity: int
    is_gift_card: bool
    original_unit_price_set: Bag
    original_total_set: Bag
    tax_lines: tuple[TaxLine, ...]
    discount_allocations: tuple[Allocation, ...]
    vendor: str | None
    duties: tuple[Duty, ...] = ()
    requires_shipping: bool = True
    unfulfilled_quantity: int = 0


class ShippingLine(Wire, frozen=True):
    """A shipping charge; a removed one is no longer part of the order. Some have no id."""

    id: str | None
    title: str
    is_removed: bool
    original_price_set: Bag
    tax_lines: tuple[TaxLine, ...]
    discount_allocations: tuple[Allocation, ...]


class AdditionalFee(Wire, frozen=True):
    """An import fee, a cash-on-delivery fee."""

    id: str
    name: str
    price: Bag
    tax_lines: tuple[TaxLine, ...]


class Transaction(Wire, frozen=True):
    """One attempt to move money; only some kinds and states mean that it moved (shopify.md §4.6)."""

    id: str
    kind: str
    status: str
    amount_set: Bag
    created_at: Moment
    gateway: str | None = None
    formatted_gateway: str | None = None
    processed_at: Moment | None = None
    payment_id: str | None = None
    amount_rounding_set: Bag | None = None
    parent_transaction: Reference | None = None


class RefundLineItem(Wire, frozen=True):
    """Goods taken back: `subtotal_set` is net of discounts and holds the tax exactly when the order's prices do."""

    quantity: int
    restock_type: str
    subtotal_set: Bag
    total_tax_set: Bag
    line_item: Reference


class ShippingReference(Wire, frozen=True):
    """The shipping line that a refund is about."""

    id: str | None
    title: str


class RefundShippingLine(Wire, frozen=True):
    """Shipping paid back."""

    shipping_line: ShippingReference
    subtotal_amount_set: Bag
    tax_amount_set: Bag


class RefundDuty(Wire, frozen=True):
    """A duty paid back."""

    amount_set: Bag
    original_duty: Reference | None = None


class OrderAdjustment(Wire, frozen=True):
    """What a refund's cash and its lines differ by, before tax and in tax; below zero where more was given back."""

    amount_set: Bag
    tax_amount_set: Bag


class Refund(Wire, frozen=True):
    """A refund event; lines say what was taken back, its transactions what was paid."""

    id: str
    processed_at: Moment
    total_refunded_set: Bag
    refund_line_items: Connection[RefundLineItem]
    refund_shipping_lines: Connection[RefundShippingLine]
    transactions: Connection[Transaction]
    duties: tuple[RefundDuty, ...] | None = None
    order_adjustments: Connection[OrderAdjustment] | None = None
    """None in records of before they were asked for."""


class Fee(Wire, frozen=True):
    """What the merchant keeps for a return; no tax of it is stated."""

    amount_set: Bag


class FulfilledLine(Wire, frozen=True):
    """The sent line that goods come back from."""

    line_item: Reference


class ReturnLineItem(Wire, frozen=True):
    """Goods of a return; a line that was never fulfilled (another type of the wire) has no fee."""

    unprocessed_quantity: int
    restocking_fee: Fee | None = None
    fulfillment_line_item: FulfilledLine | None = None


class ExchangeLineItem(Wire, frozen=True):
    """Goods given in exchange: the lines of the order that they became, none yet while they are not processed."""

    line_items: tuple[Reference, ...] | None = None


class Return(Wire, frozen=True):
    """Goods on their way back, what was given for them, and the refunds that settled it (shopify.md §4.7)."""

    id: str
    status: str
    created_at: Moment
    return_shipping_fees: tuple[Fee, ...]
    return_line_items: Connection[ReturnLineItem]
    exchange_line_items: Connection[ExchangeLineItem]
    refunds: Connection[Reference]


class Fulfillment(Wire, frozen=True):
    """A parcel, or an attempt at one."""

    status: str
    created_at: Moment


class Schedule(Wire, frozen=True):
    """One instalment of the payment terms."""

    due_at: Moment | None
    completed_at: Moment | None


class PaymentTerms(Wire, frozen=True):
    """When an order is to be paid."""

    payment_schedules: Connection[Schedule]


class EmailAddress(Wire, frozen=True):
    """A customer's main address."""

    email_address: str | None = None


class PhoneNumber(Wire, frozen=True):
    """A customer's main number."""

    phone_number: str | None = None


class Customer(Wire, frozen=True):
    """A buyer with an account. Every personal field may be missing."""

    id: str
    display_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None


class Company(Wire, frozen=True):
    """A business customer."""

    name: str


class PurchasingEntity(Wire, frozen=True):
    """Who buys: a company for business orders, else a customer without further fields."""

    company: Company | None = None


class MailingAddress(Wire, frozen=True):
    """A postal address; a redacted one may hold the country alone."""

    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    zip: str | None = None
    country_code_v2: str | None = None
    phone: str | None = None


class CashRounding(Wire, frozen=True):
    """What a till adds to or takes from a cash payment to meet the coins there are."""

    payment_set: Bag


class Order(Wire, frozen=True):
    """A complete order record: the node of `orders` with all its pages merged (store.py)."""

    id: str
    name: str
    processed_at: Moment
    updated_at: Moment
    test: bool
    display_financial_status: str | None
    currency_code: str
    presentment_currency_code: str
    taxes_included: bool
    duties_included: bool
    total_tip_received_set: Bag
    total_price_set: Bag
    current_total_price_set: Bag
    total_received_set: Bag
    additional_fees: tuple[AdditionalFee, ...]
    shipping_lines: Connection[ShippingLine]
    line_items: Connection[LineItem]
    transactions: tuple[Transaction, ...]
    refunds: tuple[Refund, ...]
    fulfillments: tuple[Fulfillment, ...] = ()
    returns: Connection[Return] | None = None
    tax_exempt: bool = False
    cancelled_at: Moment | None = None
    subtotal_price_set: Bag | None = None
    current_total_duties_set: Bag | None = None
    total_outstanding_set: Bag | None = None
    total_cash_rounding_adjustment: CashRounding | None = None
    payment_terms: PaymentTerms | None = None
    purchasing_entity: PurchasingEntity | None = None
    customer_id: str | None = None
    customer: Customer | None = None
    billing_address: MailingAddress | None = None
    shipping_address: MailingAddress | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    refund_notes: dict[str, str] | None = None
