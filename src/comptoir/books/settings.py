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
from comptoir.books.specials import Special

STRICT = {"extra": "forbid"}
"""Of settings that are kept: those of another release, with a key that no setting has, are never misread."""


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


class NumberSource(StrEnum):
    """Where the number of a sale comes from (O3, O4)."""

    STORE = "store"
    LEDGER = "ledger"


class DatedBy(StrEnum):
    """Which day of an order its sale is dated by (posting rules, section 5)."""

    ORDER = "order"
    PAID = "paid"
    SHIPPED = "shipped"


class DueRule(StrEnum):
    """How the due date of an invoice follows from its date where the order has none of its own (O11)."""

    AT_ONCE = "at_once"
    DAYS_AFTER = "days_after"
    DAYS_AFTER_MONTH_END = "days_after_month_end"
    DAY_OF_MONTH = "day_of_month"
    DAY_OF_NEXT_MONTH = "day_of_next_month"


class MessageChoice(StrEnum):
    """What the buyer reads on the document (O13)."""

    ORDER_NOTE = "order_note"
    COMPANY_DEFAULT = "company_default"


class CurrencyChoice(StrEnum):
    """Which currency a sale is posted in (posting rules, section 8)."""

    SHOP = "shop"
    PAID = "paid"


class ClosedPeriods(StrEnum):
    """What becomes of a document whose period is closed, or its sales tax filed (posting rules, section 5)."""

    HOLD = "hold"
    FIRST_OPEN_DAY = "first_open_day"


class OpeningQuantity(StrEnum):
    """What becomes of sales of an inventory item that Comptoir made and that has no opening quantity yet (I4)."""

    WAIT = "wait"
    POST = "post"


@dataclass(frozen=True, slots=True)
class DueSettings:
    """The due date of an invoice, never before its own date (O11)."""

    __pydantic_config__ = STRICT

    rule: DueRule = DueRule.AT_ONCE
    days: int = 0
    """Days after the date or after the month's end; for the two rules that name a day, the day (1 to 31; the month's
    last day where it has fewer)."""


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
    number: NumberSource = NumberSource.STORE
    """O4: "ledger" takes the company's own sequence; the prefix then plays no part"""
    dated_by: DatedBy = DatedBy.ORDER
    """The day of the order, of the payment that completed it, or of its shipment; orders without that day wait."""
    due: DueSettings = field(default_factory=DueSettings)
    """O11"""
    message: MessageChoice = MessageChoice.ORDER_NOTE
    """O13"""
    class_name: str = ""
    """O6: on every line, or on the document where the company keeps one class a document"""
    location_name: str = ""
    """O6: on sales and refunds"""
    currency: CurrencyChoice = CurrencyChoice.SHOP
    """The shop's, or the one that the buyer paid in. A currency that is not the company's own needs multicurrency."""
    customer: CustomerChoice = CustomerChoice.ORIGINAL
    """O5"""
    generic_customer: str = "Online customer"
    allow_card_payment: bool = False
    """O12: on invoices with an open balance only"""


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
    """I3: of the items created that are not inventory, where the company asks for one"""
    asset_account: str = ""
    """I3: of the inventory items created"""
    cogs_account: str = ""
    """I3: cost of goods sold, of the inventory items created"""
    opening_quantity: OpeningQuantity = OpeningQuantity.WAIT
    """I4: whether sales wait until an inventory item that was created has an opening quantity"""
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
    tip: str = ""
    """O17, as the names below: an item of its own; empty: the default product"""
    duty: str = ""
    handling: str = ""
    wrap: str = ""
    fee: str = ""
    """Surcharges and fees that the buyer pays."""
    no_restock: str = ""
    """Goods taken back that do not return to stock."""
    deposit: str = ""
    """Deposits and eco fees."""
    deposit_names: tuple[str, ...] = ()
    """Fees of the store, by name, that are deposits or eco fees."""
    charges_as: ItemType = ItemType.SERVICE
    """What the items above are created as: "service" or "non_inventory"."""
    charges_account: str = ""
    """The income account of the items above where they are created; empty: income_account"""
    gift_card: str = ""
    """Gift cards sold and redeemed: a debt, never goods; empty: such orders are held"""
    gift_card_account: str = ""
    """Type Other Current Liability"""
    store_credit: str = ""
    """Store credit redeemed; empty: such orders are held"""
    store_credit_account: str = ""
    """Type Other Current Liability"""

    def name_of(self, special: Special) -> str:
        """What the item for `special` is called, as the setting of that name says; empty where none is named."""
        name: str = getattr(self, special.value)
        return name


@dataclass(frozen=True, slots=True)
class TaxSettings:
    """How the store's taxes become the company's tax codes (O14)."""

    __pydantic_config__ = STRICT

    untaxed: str = ""
    """The code for what is out of scope: rounding, tips, ordinary gift cards, and lines that the store does not tax
    and no code below is for. Empty only where the company has no sales tax or that of the United States."""
    zero_rated: str = ""
    """For lines that the store taxes at 0 %, unless the tax's own name is mapped to a code without a rate; empty:
    `untaxed`."""
    exempt: str = ""
    """For untaxed lines of a buyer whom the store marks as exempt; empty: `untaxed`."""
    export: str = ""
    """For untaxed lines of an order that goes to another country (export, reverse charge); empty: `untaxed`."""
    codes: dict[str, str] = field(default_factory=dict)
    """Store tax name -> tax code. Several taxes on one line are joined, in any order: "GST + QST". A name may carry
    its rate where a store has one name for several ("VAT 5%"), and "*" stands for any text ("US-NY-*")."""


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """Where the money of one payment method is held, and what the company calls the method (P2)."""

    __pydantic_config__ = STRICT

    account: str
    payment_method: str = ""
    by_currency: dict[str, str] = field(default_factory=dict)
    """Currency -> the account of the method's money in it, kept in that currency or in the company's own."""


@dataclass(frozen=True, slots=True)
class PaymentSettings:
    """How payments are recorded (P1, P2)."""

    __pydantic_config__ = STRICT

    record: bool = True
    methods: dict[str, MethodSettings] = field(default_factory=dict)
    """Store payment method -> its account; the key "*" is the default for the rest."""
    gift_card_methods: tuple[str, ...] = ("gift_card",)
    """Store payment methods that redeem a gift card: no money, a line with the gift-card item."""
    store_credit_methods: tuple[str, ...] = ("shopify_store_credit",)
    """Store payment methods that use store credit: no money, a line with the store-credit item."""


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
    restock_unstated: bool = False
    """Whether goods taken back return to stock where the store does not say"""


@dataclass(frozen=True, slots=True)
class OpeningSettings:
    """What accounts held at the start, of sales before it: booked on the day before (posting rules, section 7)."""

    __pydantic_config__ = STRICT

    balances: dict[str, Decimal] = field(default_factory=dict)
    """Account -> what it held at the end of the day before the start date and the books do not hold yet, in the
    company's currency: what the store still owed you, or what you owed on gift cards. An account that is not listed is
    booked nothing."""
    equity_account: str = ""
    """The other side; empty: the company's own account for opening balances"""


class ReportWhen(StrEnum):
    """When a report of the runs is sent by e-mail (Y3)."""

    NEVER = "never"
    EACH_RUN = "each_run"
    DAILY = "daily"
    PROBLEMS = "problems"


class ReportDetail(StrEnum):
    """What a report says: its figures and what needs a hand, or every document that was posted too (Y3)."""

    SUMMARY = "summary"
    DOCUMENTS = "documents"


class Language(StrEnum):
    """The languages that Comptoir speaks."""

    ENGLISH = "en"
    FRENCH = "fr"


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The report by e-mail (Y3): when, to whom, what, and in which language."""

    __pydantic_config__ = STRICT

    when: ReportWhen = ReportWhen.NEVER
    """After each run that did something, once a day, or when something new needs a hand."""
    to: tuple[str, ...] = ()
    """E-mail addresses."""
    what: ReportDetail = ReportDetail.SUMMARY
    language: Language = Language.ENGLISH
    hour: int = 7
    """Of a daily report: 0 to 23, in `time_zone`"""


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
    opening: OpeningSettings = field(default_factory=OpeningSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    closed_periods: ClosedPeriods = ClosedPeriods.HOLD
    """"first_open_day": dated by the first day after the period, with the true date in the private note"""
