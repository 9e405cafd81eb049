"""What a decision may look at, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from comptoir.books.checks import Resolved
from comptoir.books.choices import Choice
from comptoir.books.company import Company, Matchables
from comptoir.books.documents import (
    ApplicationDocument,
    Document,
    Kind,
    LedgerId,
    PostingKey,
    Reference,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import Order, SourceId
from comptoir.books.money import Money, total
from comptoir.books.problems import Message, Problem, Skipped
from comptoir.books.text import marker

Outcome = Document | tuple[Problem, ...] | Skipped


@dataclass(frozen=True, slots=True)
class PostedPart:
    """A document of the order's sale that has left the house: the sale itself, or an edit of it.

    `total` is the store's figure when it was posted, below zero for a credit. `is_untouched`: it is in the books as we
    left it, as far as is known, and nothing of ours hangs on it.
    """

    key: PostingKey
    total: Money
    document: SaleDocument | RefundDocument
    is_untouched: bool = False

    @property
    def is_sale(self) -> bool:
        """Whether it is a sale, not a credit."""
        return isinstance(self.document, SaleDocument)

    @property
    def is_invoice(self) -> bool:
        """Whether payments are due on it."""
        return isinstance(self.document, SaleDocument) and self.document.form is SaleForm.INVOICE


@dataclass(frozen=True, slots=True)
class Link:
    """A list posting (customer, item) that the journal already has.

    `name` is what it was planned under, `record` the ledger's record of it, None until that is known.
    """

    name: str
    record: LedgerId | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides the order that a decision depends on."""

    resolved: Resolved
    company: Company
    known: Matchables
    linked: Mapping[PostingKey, Link] = field(default_factory=dict)
    """The list postings that the journal already has."""
    names_taken: Mapping[str, PostingKey] | None = None
    """The folded names of customers that the journal is about to create, with their keys."""
    posted_form: SaleForm | None = None
    """The form of the order's sale where it is in the books: a later decision never changes it."""
    posted: tuple[PostedPart, ...] = ()
    """That sale's documents, its edits too."""
    generations: Mapping[PostingKey, int] = field(default_factory=dict)
    """How often a document was undone, where it was."""
    redeemed: Collection[SourceId] | None = None
    """The tenders that are lines of that sale; None where it is not posted."""
    oldest_order: date | None = None
    """The day of the oldest order at hand."""
    opened: Collection[PostingKey] = frozenset()
    """The items that a document of ours in the books uses already."""
    refunded: Mapping[SourceId, RefundDocument | SaleDocument] = field(default_factory=dict)
    """What the order's refunds are in the books, or on their way there, by their ids; a sale: an exchange for more.
    They keep to it."""
    credit_paid: Mapping[SourceId, Money] = field(default_factory=dict)
    """How much of the money of refunds in the books gave back what was paid beyond the sales, by their ids."""
    received: Mapping[SourceId, Money] = field(default_factory=dict)
    """What payments of the order brought into the books, or are bringing, by the ids of their tenders."""
    amendments: int = 0
    """How often the sale was written anew in the books."""
    is_amending: bool = False
    """Such a rewriting has been sent, and its outcome is not known yet."""
    applications: tuple[ApplicationDocument, ...] = ()
    """What joined the order's credits with its invoices and is in the books, or on its way there."""
    choice: Choice | None = None
    """What the user decided of the order."""
    guest_key: bytes = field(default=b"", repr=False)
    """What guests are told apart by without their names; the installation's own."""

    @property
    def receipts(self) -> frozenset[SourceId]:
        """The refunds that are receipts in the books."""
        return frozenset(
            source
            for source, document in self.refunded.items()
            if isinstance(document, RefundDocument) and document.form is RefundForm.RECEIPT
        )

    def marker(self, key: PostingKey) -> str:
        """The text by which the document of this key is known as ours; another one each time it was undone."""
        return marker(key, self.generations.get(key, 0))

    @property
    def posted_total(self) -> Money | None:
        """What the store said the sale comes to when it was posted, with its edits; None where nothing is posted."""
        if not self.posted:
            return None
        return total((part.total for part in self.posted), self.posted[0].total.currency)

    def as_of(self, day: date) -> Context:
        """The same with the tax rates that the ledger applies to a document of `day` (quickbooks-online.md §15.4)."""
        codes = self.company.tax_codes
        if all(rate.rate_on(day) == rate.rate for code in codes for rate in code.rates):
            return self
        company = replace(self.company, tax_codes=tuple(code.as_of(day) for code in codes))
        return replace(self, company=company, resolved=self.resolved.as_of(day))

    def local_date(self, moment: datetime) -> date:
        """The account's own date at `moment` (Y1)."""
        return moment.astimezone(self.resolved.zone).date()

    def in_scope(self, moment: datetime) -> bool:
        """Whether `moment` falls on or after the start date (Y2)."""
        return self.local_date(moment) >= self.resolved.settings.start_date


@dataclass(frozen=True, slots=True)
class Decided:
    """One posting as the rules want it: a document to post, the problems that hold it, or the rule that skips it.

    `total` is the store's figure (above zero for sales, payments and refunds alike), None for lists. `after` is a
    posting that must be in the books first although the document does not name it: a refund's sale. `notes` warn of
    what is posted all the same.
    """

    key: PostingKey
    outcome: Outcome
    number: str
    dated: date | None = None
    total: Money | None = None
    after: PostingKey | None = None
    notes: tuple[Message, ...] = ()


def order_key(order: Order, kind: Kind, source_id: SourceId) -> PostingKey:
    """The key of a posting that `order` gives rise to."""
    return PostingKey(store=order.store, kind=kind, source_id=source_id)


def outcome_of(objection: Problem | Skipped) -> Outcome:
    """What becomes of a posting that this one thing stands in the way of."""
    return objection if isinstance(objection, Skipped) else (objection,)


def held(
    code: str, order: Order, what: str, remedy: str, /, *, field: str = "", cause: str = "", **values: str
) -> Problem:
    """A problem of `order`; the order's number is at hand in both texts as {number}."""
    values = {"number": order.number, **values}
    return Problem(
        code=code,
        what=Message(what, values),
        remedy=Message(remedy, values),
        where=order.number,
        field=field,
        cause=cause or code,
    )


def left_out(rule: str, order: Order, why: str, /, **values: str) -> Skipped:
    """That `rule` leaves something of `order` out of the books; the order's number is at hand as {number}."""
    return Skipped(rule, Message(why, {"number": order.number, **values}))


class Match(StrEnum):
    """How a customer or an item was found."""

    MADE_BEFORE = "made_before"
    """Comptoir makes it, or made it, for an order before this one."""
    EMAIL = "email"
    PERSON = "person"
    """The name, and the postcode or telephone number."""
    NAME = "name"
    """The name that the settings state."""
    CODE = "code"
    """The store's SKU, in the field of the item that the settings name."""
    DEFAULT = "default"
    """Nothing matched: the default product."""
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Found:
    """A reference into the ledger, with the posting that must make it where nothing matched."""

    reference: Reference
    match: Match
    creates: Decided | None = None
