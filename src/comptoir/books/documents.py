"""What the books need: documents in the ledger's terms but in no ledger's wire format.

A ledger connector (`ledgers/<slug>/translate.py`) turns each into the platform's own shape. Every document can be
written to the journal and read back unchanged: plain values only. `exchange_rate` is what one unit of a document's
currency is worth in the company's, where the store states it; None leaves it to the ledger's own rate of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from comptoir.books.facts import Address, SourceId, StoreIdentity
from comptoir.books.money import Money, total, zero

LedgerId = NewType("LedgerId", str)
"""A ledger's id of one of its records."""


class Kind(StrEnum):
    """What a posting stands for, whatever form it takes in the ledger."""

    CUSTOMER = "customer"
    ITEM = "item"
    SALE = "sale"
    PAYMENT = "payment"
    REFUND = "refund"
    CASH_BACK = "cash_back"
    APPLICATION = "application"
    AMENDMENT = "amendment"
    VOID = "void"
    DEPOSIT = "deposit"
    JOURNAL = "journal"


class Wave(StrEnum):
    """The order of sending: a document is sent once all that it refers to is in the books."""

    LISTS = "lists"
    SALES = "sales"
    AMENDMENTS = "amend"
    MONEY = "money"
    APPLICATIONS = "apply"
    BANKING = "banking"


WAVE_OF = {
    Kind.CUSTOMER: Wave.LISTS,
    Kind.ITEM: Wave.LISTS,
    Kind.SALE: Wave.SALES,
    Kind.AMENDMENT: Wave.AMENDMENTS,
    Kind.VOID: Wave.AMENDMENTS,
    Kind.PAYMENT: Wave.MONEY,
    Kind.REFUND: Wave.MONEY,
    Kind.CASH_BACK: Wave.MONEY,
    Kind.APPLICATION: Wave.APPLICATIONS,
    Kind.DEPOSIT: Wave.BANKING,
    Kind.JOURNAL: Wave.BANKING,
}


@dataclass(frozen=True, slots=True, order=True)
class PostingKey:
    """The identity of a posting within a company: the same fact never makes two documents.

    `part` tells apart several documents of one fact ("" for the only one, "2" for the second). No "/" stands in
    `store` or `part`; `source_id` may hold any text.
    """

    store: StoreIdentity
    kind: Kind
    source_id: SourceId
    part: str = ""

    def __str__(self) -> str:
        """The key as one text, different for different keys: what the source says comes last, whatever is in it."""
        kind = f"{self.kind.value}:{self.part}" if self.part else self.kind.value
        return f"{self.store}/{kind}/{self.source_id}"


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is in the ledger already."""

    id: LedgerId
    name: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A record that another posting of ours makes; known once that posting is in the books."""

    key: PostingKey


Reference = Known | Awaited


@dataclass(frozen=True, slots=True)
class CustomerDocument:
    """A customer to create."""

    name: str
    currency: str
    given_name: str = ""
    family_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    billing: Address | None = None
    shipping: Address | None = None
    note: str = ""


class ItemType(StrEnum):
    """What kind of item is created for a product."""

    SERVICE = "service"
    NON_INVENTORY = "non_inventory"
    INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """An item to create. Accounts are ledger ids; inventory items start at quantity 0 on `start_date`."""

    name: str
    sku: str
    type: ItemType
    income_account: LedgerId
    description: str = ""
    expense_account: LedgerId | None = None
    asset_account: LedgerId | None = None
    start_date: date | None = None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a sale, credit or refund. `amount` may be negative (a discount).

    `unit_price` is None where quantity x price would not round to the amount. `tax_code` is a ledger id or, where
    the company has no sales tax, None.
    """

    item: Reference
    description: str
    amount: Money
    quantity: Decimal | None = None
    unit_price: Money | None = None
    tax_code: LedgerId | None = None


@dataclass(frozen=True, slots=True)
class RateTax:
    """The tax of a whole form at one rate, and the amount it is charged on."""

    rate: LedgerId
    amount: Money
    base: Money


class SaleForm(StrEnum):
    """The form a sale takes in the books."""

    RECEIPT = "receipt"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class SaleDocument:
    """A sales receipt or an invoice. `marker` finds it again as ours; it stands in the private note.

    `number` "" leaves the number to the ledger. `rates` are the amounts to state by rate; `tax_stated` says that
    `tax`, or `rates`, must be sent, for the ledger would reckon otherwise; `form_tax_code` is the one code of a whole
    form (United States). `redeemed` are the tenders that are lines of it.
    """

    form: SaleForm
    number: str
    dated: date
    customer: Reference
    currency: str
    lines: tuple[DocumentLine, ...]
    tax: Money
    private_note: str
    marker: str
    memo: str = ""
    due_on: date | None = None
    deposit_account: LedgerId | None = None
    payment_method: LedgerId | None = None
    payment_reference: str = ""
    email: str = ""
    billing: Address | None = None
    shipping: Address | None = None
    allow_card_payment: bool = False
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    prices_include_tax: bool = False
    rates: tuple[RateTax, ...] = ()
    tax_stated: bool = False
    form_tax_code: LedgerId | None = None
    redeemed: tuple[SourceId, ...] = ()
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return document_total(self.lines, self.tax, self.currency, prices_include_tax=self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class PaymentDocument:
    """Money received for an invoice of ours, linked to it.

    `applied` is the part that the invoice can take, None where it takes all; the rest stays the customer's credit. Of
    money that came in beyond a sales receipt all of it does: `invoice` is then the receipt, and nothing is applied.
    """

    invoice: Reference
    customer: Reference
    dated: date
    amount: Money
    deposit_account: LedgerId
    reference: str
    private_note: str
    marker: str
    payment_method: LedgerId | None = None
    applied: Money | None = None
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """The amount received."""
        return self.amount

    @property
    def currency(self) -> str:
        """The amount's currency."""
        return self.amount.currency

    @property
    def number(self) -> str:
        """The reference by which a payment is found again."""
        return self.reference


class RefundForm(StrEnum):
    """The form of what is given back: money out of an account, or a credit on the buyer's own account."""

    RECEIPT = "receipt"
    CREDIT_MEMO = "credit_memo"


@dataclass(frozen=True, slots=True)
class RefundDocument:
    """A refund receipt or a credit memo. Lines state what was taken back as amounts above zero.

    `refund_account` is the account that a receipt's money leaves; a credit memo moves none and has None. How tax is
    told (`rates`, `tax_stated`, `form_tax_code`) is as on sales. `value` is what the store said that the refund took
    back; None of a refund's further documents, and where no refund of the store is behind it.
    """

    number: str
    dated: date
    customer: Reference
    currency: str
    lines: tuple[DocumentLine, ...]
    tax: Money
    refund_account: LedgerId | None
    private_note: str
    marker: str
    payment_method: LedgerId | None = None
    payment_reference: str = ""
    billing: Address | None = None
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    prices_include_tax: bool = False
    form: RefundForm = RefundForm.RECEIPT
    rates: tuple[RateTax, ...] = ()
    tax_stated: bool = False
    form_tax_code: LedgerId | None = None
    exchange_rate: Decimal | None = None
    value: Money | None = None

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return document_total(self.lines, self.tax, self.currency, prices_include_tax=self.prices_include_tax)


@dataclass(frozen=True, slots=True)
class CashBackDocument:
    """Money out of `account` against what the buyer owes: it waits on the receivable account to meet a credit memo.

    `number` is the credit memo's own. What gives back money that was paid beyond a sale meets the credit that the
    payment left on the buyer's account, and no credit memo.
    """

    customer: Reference
    account: LedgerId
    receivable_account: LedgerId
    dated: date
    amount: Money
    number: str
    private_note: str
    marker: str
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """The money that went out."""
        return self.amount

    @property
    def currency(self) -> str:
        """The amount's currency."""
        return self.amount.currency


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A cash-back that takes its part of a credit."""

    cash_back: Reference
    amount: Money


@dataclass(frozen=True, slots=True)
class TakenOff:
    """A further invoice that a credit is taken off in part."""

    invoice: Reference
    amount: Money


@dataclass(frozen=True, slots=True)
class ApplicationDocument:
    """A payment of nothing that joins a credit memo with its invoices and with the cash that went out for it.

    `amount` is the whole credit: what the cash-backs and the `others` leave of it is taken off `invoice`.
    """

    customer: Reference
    dated: date
    credit: Reference
    invoice: Reference
    amount: Money
    reference: str
    private_note: str
    marker: str
    cash_backs: tuple[PaidBack, ...] = ()
    exchange_rate: Decimal | None = None
    others: tuple[TakenOff, ...] = ()

    @property
    def applied(self) -> Money:
        """What comes off `invoice`."""
        paid_back = total((each.amount for each in self.cash_backs), self.currency)
        return self.amount - paid_back - total((each.amount for each in self.others), self.currency)

    @property
    def total(self) -> Money:
        """Nothing: no money moves."""
        return zero(self.currency)

    @property
    def currency(self) -> str:
        """The credit's currency."""
        return self.amount.currency

    @property
    def number(self) -> str:
        """The reference by which it is found again: the credit memo's number."""
        return self.reference


class PartyType(StrEnum):
    """Who a line in the books is about."""

    CUSTOMER = "customer"
    VENDOR = "vendor"


@dataclass(frozen=True, slots=True)
class Party:
    """The customer or vendor of a line. A line on a receivable or payable account needs one."""

    record: Reference
    type: PartyType = PartyType.CUSTOMER


class TaxSide(StrEnum):
    """Which rates of a tax code are meant: those on what is sold, or those on what is bought (a fee)."""

    SALES = "sales"
    PURCHASES = "purchases"


class HeldForm(StrEnum):
    """What waits among undeposited funds until a deposit takes it to the bank."""

    PAYMENT = "payment"
    RECEIPT = "receipt"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class DepositMember:
    """A document whose money a deposit takes to the bank: its whole amount, below zero for a refund."""

    document: Reference
    form: HeldForm
    amount: Money


@dataclass(frozen=True, slots=True)
class DepositLine:
    """Money that comes from `account`, or below zero goes there (a fee). The amount includes the tax of `tax_code`."""

    account: LedgerId
    amount: Money
    description: str = ""
    party: Party | None = None
    payment_method: LedgerId | None = None
    class_id: LedgerId | None = None
    tax_code: LedgerId | None = None
    tax_side: TaxSide = TaxSide.PURCHASES


@dataclass(frozen=True, slots=True)
class DepositDocument:
    """What arrives on `account`: held documents and lines, together not below zero, in the account's currency.

    A deposit has no number: it is found again by its day, its amount and its marker (quickbooks-online.md §23).
    """

    account: LedgerId
    dated: date
    currency: str
    private_note: str
    marker: str
    members: tuple[DepositMember, ...] = ()
    lines: tuple[DepositLine, ...] = ()
    location_id: LedgerId | None = None
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What arrives."""
        held = total((each.amount for each in self.members), self.currency)
        return held + total((each.amount for each in self.lines), self.currency)

    @property
    def number(self) -> str:
        """None."""
        return ""


class Side(StrEnum):
    """The side of a journal line."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of a journal entry. `amount` is not below zero; `tax` of `tax_code` comes on top of it, on its side."""

    side: Side
    account: LedgerId
    amount: Money
    description: str = ""
    party: Party | None = None
    class_id: LedgerId | None = None
    location_id: LedgerId | None = None
    tax_code: LedgerId | None = None
    tax: Money | None = None
    tax_side: TaxSide = TaxSide.SALES

    @property
    def whole(self) -> Money:
        """The amount with its tax."""
        return self.amount if self.tax is None else self.amount + self.tax


@dataclass(frozen=True, slots=True)
class JournalDocument:
    """A journal entry: what its debits and its credits add up to is the same."""

    number: str
    dated: date
    currency: str
    lines: tuple[JournalLine, ...]
    private_note: str
    marker: str
    exchange_rate: Decimal | None = None

    @property
    def total(self) -> Money:
        """What stands on the debit side."""
        return self.side(Side.DEBIT)

    def side(self, side: Side) -> Money:
        """What one side adds up to."""
        return total((line.whole for line in self.lines if line.side is side), self.currency)


@dataclass(frozen=True, slots=True)
class AmendmentDocument:
    """A sale of ours in the books, written anew: `sale` takes the place of what `target` says now.

    Where `sale` has no number, the target keeps the one that the ledger gave it. `marker` tells that this was carried
    out; it stands in the sale's private note, before the sale's own.
    """

    target: Reference
    sale: SaleDocument
    marker: str

    @property
    def total(self) -> Money:
        """What the ledger must answer as the document's total."""
        return self.sale.total

    @property
    def currency(self) -> str:
        """The sale's currency."""
        return self.sale.currency

    @property
    def number(self) -> str:
        """The sale's number."""
        return self.sale.number

    @property
    def dated(self) -> date:
        """The sale's date."""
        return self.sale.dated

    @property
    def private_note(self) -> str:
        """The sale's private note."""
        return self.sale.private_note


@dataclass(frozen=True, slots=True)
class VoidDocument:
    """An invoice of ours brought to nothing: it stays in the books under its number, with no amount.

    `number`, `dated` and `marker` are the invoice's own.
    """

    target: Reference
    number: str
    dated: date
    currency: str
    marker: str

    @property
    def total(self) -> Money:
        """Nothing is left of it."""
        return zero(self.currency)


ListDocument = CustomerDocument | ItemDocument
OrderDocument = SaleDocument | PaymentDocument | RefundDocument | CashBackDocument | ApplicationDocument
MoneyDocument = OrderDocument | DepositDocument | JournalDocument
NewDocument = ListDocument | MoneyDocument
RewriteDocument = AmendmentDocument | VoidDocument
Document = NewDocument | RewriteDocument


def document_total(lines: tuple[DocumentLine, ...], tax: Money, currency: str, *, prices_include_tax: bool) -> Money:
    """Lines plus the tax that is not already inside them."""
    net = total((line.amount for line in lines), currency)
    return net if prices_include_tax else net + tax


def references(document: Document) -> tuple[Reference, ...]:
    """Everything in the ledger that `document` points at."""
    match document:
        case SaleDocument() | RefundDocument():
            found = [document.customer, *(line.item for line in document.lines)]
        case PaymentDocument():
            found = [document.invoice, document.customer]
        case CashBackDocument():
            found = [document.customer]
        case ApplicationDocument():
            paid_back = (each.cash_back for each in document.cash_backs)
            others = (each.invoice for each in document.others)
            found = [document.customer, document.credit, document.invoice, *others, *paid_back]
        case DepositDocument():
            found = [*(each.document for each in document.members), *_parties(document.lines)]
        case JournalDocument():
            found = [*_parties(document.lines)]
        case AmendmentDocument():
            found = [document.target, *references(document.sale)]
        case VoidDocument():
            found = [document.target]
        case CustomerDocument() | ItemDocument():  # pragma: no branch
            found = []
    return tuple(found)


def _parties(lines: Iterable[DepositLine | JournalLine]) -> Iterator[Reference]:
    return (line.party.record for line in lines if line.party is not None)


def awaited(document: Document) -> frozenset[PostingKey]:
    """The postings that must be in the books before `document` can be sent."""
    return frozenset(ref.key for ref in references(document) if isinstance(ref, Awaited))
