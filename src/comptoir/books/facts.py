"""What a store says happened: orders, their tenders and refunds, in one vocabulary for every platform.

A translator (`stores/<slug>/translate.py`) makes these from the platform's wire shapes; the rules of this package
read them. Amounts are in the shop's currency. See `docs/explanation/the-road.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from comptoir.books.money import Money, total

StoreIdentity = NewType("StoreIdentity", str)
"""The store's own lasting name ("shopify:shop-name.myshopify.com"): it survives removing and re-adding a connection."""
SourceId = NewType("SourceId", str)
"""The store's id of a record, as text; unique within the store and the kind of record."""


class TaxCollector(StrEnum):
    """Who remits a tax: only the merchant's reaches the books.

    UNSTATED: either may, and the platform does not say yet; the order waits until it does (posting rules, section 2).
    """

    MERCHANT = "merchant"
    MARKETPLACE = "marketplace"
    UNSTATED = "unstated"


class LineKind(StrEnum):
    """What an order line is for; each kind may have an item of its own in the ledger."""

    PRODUCT = "product"
    SHIPPING = "shipping"
    HANDLING = "handling"
    WRAP = "wrap"
    FEE = "fee"
    DUTY = "duty"
    TIP = "tip"
    GIFT_CARD = "gift_card"
    CASH_ROUNDING = "cash_rounding"


class PaymentStatus(StrEnum):
    """How far an order is paid, in words that every platform's own states map to."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_PAID = "partially_paid"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"


class Restock(StrEnum):
    """What became of returned goods, as far as the store says."""

    RETURNED = "returned"
    NOT_RETURNED = "not_returned"
    NEVER_LEFT = "never_left"
    UNSTATED = "unstated"


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax on one line. `rate` is a fraction (0.2), None where the platform states none."""

    name: str
    rate: Decimal | None
    amount: Money
    collector: TaxCollector = TaxCollector.MERCHANT


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; empty text where the store knows nothing. `country` is ISO 3166 alpha-2 where known."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, as the store knows them. A guest has no `source_id`."""

    source_id: SourceId | None
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line as sold. Tax is inside `gross` and `discount` exactly when the order says so.

    `gross` is quantity x unit price as the store rounds it; `discount` is everything allocated to the line, not
    negative; `net` is what the buyer owes for it before tax that is added.
    """

    source_id: SourceId
    kind: LineKind
    name: str
    sku: str
    quantity: Decimal
    unit_price: Money | None
    gross: Money
    discount: Money
    taxes: tuple[TaxLine, ...] = ()

    @property
    def net(self) -> Money:
        """Gross less everything allocated to the line."""
        return self.gross - self.discount

    def is_source_of(self, back: RefundLine) -> bool:
        """Whether `back` takes pieces of this line back: goods and charges are numbered each by themselves."""
        return (self.source_id, self.kind) == (back.line_id, back.kind)


@dataclass(frozen=True, slots=True)
class Tender:
    """Money that moved: in for a payment (amount above zero), out for a refund (also stated above zero)."""

    source_id: SourceId
    method: str
    method_name: str
    amount: Money
    at: datetime
    reference: str = ""


@dataclass(frozen=True, slots=True)
class RefundLine:
    """Goods or shipping taken back. `amount` is net of discounts; tax is inside it exactly when the order says so.

    Goods given out in exchange are lines below zero (quantity, amount and tax), and no lines of the order: `taxes` are
    those that such a line was sold with.
    """

    line_id: SourceId
    kind: LineKind
    name: str
    sku: str
    quantity: Decimal
    amount: Money
    tax: Money
    restock: Restock = Restock.UNSTATED
    taxes: tuple[TaxLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund event of the store: what was taken back and the cash that went out.

    `given` is what a store does not tell apart and the rules do: tenders that gave the buyer no money but a gift card
    or store credit (`tenders.with_given`). `kept` is what of the value the merchant keeps, and below zero
    what was given beyond it; None where the store does not say. It comes off no open balance.
    """

    source_id: SourceId
    at: datetime
    lines: tuple[RefundLine, ...]
    tenders: tuple[Tender, ...]
    pending: bool = False
    note: str = ""
    given: tuple[Tender, ...] = ()
    kept: Money | None = None

    @property
    def in_time(self) -> tuple[datetime, SourceId]:
        """What puts the refunds of an order in the order in which they came, always the same one."""
        return self.at, self.source_id


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the store tells it now.

    `total` is the store's stated total before tenders, in shop money, as first sold (posting rules, section 1):
    what later refunds took back stays inside it and is posted by the refunds' own documents.
    `number` is what the buyer sees, without decoration. `tax_exempt`: the store lets this buyer pay no tax.
    `as_paid` is the same order in the currency that the buyer saw and paid in, where that is another than the shop's
    (posting rules, section 8): every amount in it, the tenders too, is in that currency. `shop_rate`, on such an order
    alone, is what the store says one unit of its currency is worth in the shop's; None where it does not say.
    """

    store: StoreIdentity
    source_id: SourceId
    number: str
    placed_at: datetime
    updated_at: datetime
    currency: str
    total: Money
    prices_include_tax: bool
    status: PaymentStatus
    lines: tuple[OrderLine, ...]
    tenders: tuple[Tender, ...] = ()
    refunds: tuple[Refund, ...] = ()
    buyer: Buyer | None = None
    billing: Address | None = None
    shipping: Address | None = None
    due_on: date | None = None
    shipped_at: datetime | None = None
    paid_currency: str = ""
    cancelled_at: datetime | None = None
    is_deleted: bool = False
    """The store no longer has the order; it is then cancelled too."""
    test: bool = False
    note: str = ""
    url: str = ""
    tax_exempt: bool = False
    as_paid: Order | None = None
    shop_rate: Decimal | None = None

    @property
    def paid(self) -> Money:
        """Money taken, before refunds."""
        return total((tender.amount for tender in self.tenders), self.currency)


@dataclass(frozen=True, slots=True)
class Untranslatable:
    """A record that does not say what an order must say; shown, held, and tried again when it changes."""

    source_id: SourceId
    number: str
    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class RawRecord:
    """An order exactly as the store sent it (one JSON object, its lines and refunds complete)."""

    source_id: SourceId
    number: str
    placed_at: datetime
    updated_at: datetime
    payload: bytes
