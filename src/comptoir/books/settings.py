"""Every choice of one store connection, in one typed value; ids of `design/features` stand beside each.

Accounts, items, tax codes and payment methods are named as the company names them (an account with its parents:
"Income:Shipping"), so that the file reads as its owner speaks; `checks.resolve` turns names into ids and reports every
name that does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from comptoir.books.documents import ItemType, SaleForm
from comptoir.books.facts import PaymentStatus

STRICT = {"extra": "forbid"}
"""Read by the settings file's reader: a key that no setting has is a mistake, never ignored."""


class CustomerChoice(StrEnum):
    """Who a sale is assigned to (O5)."""

    ORIGINAL = "original"
    ORGANISATION = "organisation"
    GENERIC = "generic"


class ItemMatch(StrEnum):
    """Which field of an item holds the store's SKU (O15)."""

    SKU = "sku"
    NAME = "name"


class UnpaidOrders(StrEnum):
    """What becomes of an order that is not paid in full when sales are receipts."""

    INVOICE = "invoice"
    WAIT = "wait"


class EarlierOrders(StrEnum):
    """What becomes of a refund whose order is dated before the start date."""

    POST = "post"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """How orders become sales."""

    __pydantic_config__ = STRICT

    statuses: tuple[PaymentStatus, ...] = (
        PaymentStatus.PAID,
        PaymentStatus.PARTIALLY_REFUNDED,
        PaymentStatus.REFUNDED,
    )
    """O1"""
    form: SaleForm = SaleForm.RECEIPT
    """O2"""
    unpaid: UnpaidOrders = UnpaidOrders.INVOICE
    prefix: str = ""
    """O3: at most 8 characters"""
    customer: CustomerChoice = CustomerChoice.ORIGINAL
    """O5"""
    generic_customer: str = "Online customer"
    allow_card_payment: bool = False
    """O12"""


@dataclass(frozen=True, slots=True)
class ItemSettings:
    """How lines find their items, and which items carry what is not a product."""

    __pydantic_config__ = STRICT

    income_account: str
    """I3: of the items created"""
    match: ItemMatch = ItemMatch.SKU
    """O15"""
    create: bool = True
    """O16"""
    create_as: ItemType = ItemType.NON_INVENTORY
    """I2"""
    expense_account: str = ""
    """I3: of the items created, where the company asks for one"""
    default_product: str = ""
    """O10: an existing item for lines that match none"""
    shipping: str = "Shipping"
    """O7"""
    shipping_account: str = ""
    discount: str = ""
    """O8: empty: lines are posted net of their discounts"""
    discount_account: str = ""
    rounding: str = "Rounding"
    """O9"""
    rounding_cap: Decimal = Decimal(5)
    """in minor units of the currency"""
    refund_difference: str = "Refund difference"
    """O17"""


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """How the store's taxes become the company's tax codes (O14)."""

    __pydantic_config__ = STRICT

    untaxed: str = ""
    """The code for lines that the store does not tax; empty only where the company has no sales tax."""
    codes: dict[str, str] = field(default_factory=dict)
    """Store tax name -> tax code."""


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """Where the money of one payment method is held, and what the company calls the method (P2)."""

    __pydantic_config__ = STRICT

    account: str
    payment_method: str = ""


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """How payments are recorded (P1, P2)."""

    __pydantic_config__ = STRICT

    record: bool = True
    methods: dict[str, MethodSettings] = field(default_factory=dict)
    """Store payment method -> its account; the key "*" is the default for the rest."""


@dataclass(frozen=True, slots=True)
class RefundSettings:
    """How refunds are recorded (R1, R2)."""

    __pydantic_config__ = STRICT

    record: bool = True
    prefix: str = "R-"
    """R2: at most 8 characters; must differ from the orders' prefix, sales and refunds share the number space"""
    account: str = ""
    """R1: for refunds whose method has no account of its own"""
    of_earlier_orders: EarlierOrders = EarlierOrders.POST


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices of one store connection."""

    __pydantic_config__ = STRICT

    time_zone: str
    """Y1: IANA name; documents are dated in it"""
    start_date: date
    """Y2: nothing dated before it is posted"""
    items: ItemSettings
    orders: OrderSettings = field(default_factory=OrderSettings)
    payments: PaymentSettings = field(default_factory=PaymentSettings)
    refunds: RefundSettings = field(default_factory=RefundSettings)
    taxes: TaxSettings = field(default_factory=TaxSettings)
