"""The two doors of the engine: what a store and a ledger must be able to do.

A connector implements one of them by joining its rooms (`client`, `translate`, `errors`). Network methods raise a
`HouseError`; pure ones never touch the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from comptoir.books.company import (
    Account,
    AccountType,
    Company,
    CompanyIdentity,
    CustomerRecord,
    ItemRecord,
    ListNews,
    Lists,
    TaxCode,
)
from comptoir.books.documents import Document, Kind, LedgerId, PostingKey
from comptoir.books.facts import Order, RawRecord, SourceId, StoreIdentity, Untranslatable
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store says of itself. `time_zone` is an IANA name.

    `unspent_cards`: where a person finds in it what gift cards hold that were not spent yet; None where it sells none.
    """

    identity: StoreIdentity
    name: str
    currency: str
    time_zone: str
    warnings: tuple[Message, ...] = ()
    unspent_cards: Message | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Changed records and where to go on. `cursor` is the connector's own text; `more` says whether to ask again.

    `expected` is the store's own count of records in this pass where it is cheap to know, for progress only.
    """

    records: tuple[RawRecord, ...]
    cursor: str
    more: bool
    expected: int | None = None


class Store(Protocol):
    """A selling platform."""

    @property
    def identity(self) -> StoreIdentity:
        """The store's own lasting name."""
        ...

    @property
    def translator_version(self) -> int:
        """Raised whenever `translate` reads the same raw record differently."""
        ...

    @property
    def personal_keys(self) -> frozenset[str]:
        """Top-level keys of a raw record that hold personal data; they are stored encrypted, apart."""
        ...

    def describe(self) -> StoreInfo:
        """Name, currency, time zone; also the test of the connection."""
        ...

    def fetch_orders(self, cursor: str | None, *, since: datetime, until: datetime) -> Page:
        """The next page of orders changed in [since, until], oldest change first.

        `cursor` None starts the pass; afterwards it is the cursor of the page before, also after a crash.
        """
        ...

    def missing(self, ids: Sequence[SourceId]) -> set[SourceId]:
        """Which of these orders the store no longer has: deleted there, not only hidden from the app.

        Where the store does not let a hidden order be told from a deleted one, none is missing.
        """
        ...

    def translate(self, payload: Mapping[str, object]) -> Order | Untranslatable:
        """Pure: a raw record (personal parts joined again, or absent after redaction) as a fact."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """A document with its place in a batch (`slot`: at most 4 characters) and the ids of what it refers to.

    `versions` holds the version (`Entry.version`) of what an amendment or a void is written upon: where the ledger
    has another by then, the answer is Conflict and nothing changed.
    """

    slot: str
    document: Document
    resolved: Mapping[PostingKey, LedgerId]
    versions: Mapping[PostingKey, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as the ledger holds it. `total`, `tax` and `balance` are None for lists.

    `fingerprint` is a digest of the fields that we write, as the ledger holds them ("" for lists): the same in the
    answer of a create and in every later reading, until somebody changes one of those fields. What other documents
    do to a record (a payment lowers a balance, a deposit takes a payment in) raises its version and leaves the
    fingerprint alone. `links` are the documents that hang on it: payments, deposits, credits applied to it.
    """

    kind: Kind
    id: LedgerId
    version: str
    type: str
    """The platform's own word: "SalesReceipt"."""
    number: str = ""
    dated: date | None = None
    total: Money | None = None
    tax: Money | None = None
    balance: Money | None = None
    private_note: str = ""
    fingerprint: str = ""
    voided: bool = False
    links: frozenset[LedgerId] = frozenset()

    @property
    def linked(self) -> bool:
        """Whether another document hangs on it."""
        return bool(self.links)


@dataclass(frozen=True, slots=True)
class Changes:
    """Documents that changed, and the (type, id) of those that were deleted, since some moment.

    `until` is where to go on from: a little is then told twice, and nothing is missed. `lists` is what became of the
    lists, where they were asked for.
    """

    changed: tuple[Entry, ...]
    deleted: tuple[tuple[str, LedgerId], ...]
    until: datetime
    lists: ListNews | None = None


@dataclass(frozen=True, slots=True)
class SlotResult:
    """What the ledger answered for one slot: the entry it made, or why it refused."""

    slot: str
    outcome: Entry | HouseError
    said: bytes = b""
    """The ledger's own words of it, as they came."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The batch was answered; each slot has a result."""

    results: tuple[SlotResult, ...]


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The batch may or may not have been carried out (time-out, cut line, server fault)."""

    detail: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The batch was certainly not carried out.

    RetryLater and Reconnect (limit, maintenance, authorization): the same can be sent again later. Any other error
    speaks of what was sent: something in this very batch is not taken, and would not be the next time.
    """

    error: HouseError


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much one batch may hold."""

    documents: int
    lines: int


@dataclass(frozen=True, slots=True)
class NewTaxRate:
    """A rate of a tax code to make: a fraction, owed to an agency of the company, by its name."""

    name: str
    rate: Decimal
    agency: str


@dataclass(frozen=True, slots=True)
class NewTaxCode:
    """A tax code to make, of one rate or several, each charged on the amount."""

    name: str
    rates: tuple[NewTaxRate, ...]

    @classmethod
    def of_one(cls, name: str, rate: Decimal, agency: str) -> NewTaxCode:
        """A code of one rate, which is called like the code."""
        return cls(name, (NewTaxRate(name, rate, agency),))


class Ledger(Protocol):
    """An accounting system. A new one may need `read_company` before anything that tells of records."""

    @property
    def identity(self) -> CompanyIdentity:
        """The company's own lasting name."""
        ...

    @property
    def batch_limits(self) -> BatchLimits:
        """How much one batch may hold."""
        ...

    @property
    def replay_window_seconds(self) -> int:
        """How long after its first send a frozen batch may be sent again under the same key."""
        ...

    def read_company(self) -> Company:
        """The company, its preferences and lists (not items and customers)."""
        ...

    def read_lists(self) -> Lists:
        """The company with every item and customer, in as few calls as the ledger allows."""
        ...

    def read_balances(self, on: date) -> Mapping[LedgerId, Money]:
        """What the company's accounts held at the end of that day, in its own currency; none is listed that is even.

        Above zero what stands on the debit side, below zero on the credit side.
        """
        ...

    def read_items(self) -> Iterable[ItemRecord]:
        """Every item, active or not."""
        ...

    def read_customers(self) -> Iterable[CustomerRecord]:
        """Every customer, active or not."""
        ...

    def make_account(self, name: str, kind: AccountType) -> Account:
        """An account of this name and kind in the company's currency: the one that is there, else a new one.

        However often it is asked, and whatever answer was lost on the way, one is made. Conflict where the name is an
        inactive account's, or one's of another kind.
        """
        ...

    def make_tax_code(self, wanted: NewTaxCode) -> TaxCode:
        """A tax code for sales of this name and rate: the one that is there, else a new one.

        However often it is asked, and whatever answer was lost on the way, one is made. Conflict where the name is an
        inactive code's, or one's of another rate; NeedsMapping where the company has no such agency.
        """
        ...

    def freeze(self, slots: Sequence[Slot]) -> bytes:
        """The body of one batch, byte for byte as it will be sent and, if need be, sent again. Sends nothing."""
        ...

    def part(self, body: bytes, slot: str) -> str:
        """Pure: what a frozen batch says of one slot, as somebody may read it; "" for a slot that it has not."""
        ...

    def send(self, request_id: str, body: bytes) -> Answered | NoAnswer | NotSent:
        """Send a frozen batch under `request_id` (the platform's idempotency key)."""
        ...

    def remove(self, entry: Entry) -> None:
        """Delete a document of ours that was just made and that nobody has touched since.

        Conflict when it was touched after all; then it stays.
        """
        ...

    def find(self, kind: Kind, numbers: Sequence[str], *, sparing: bool = False) -> list[Entry]:
        """What the ledger holds under these numbers.

        `sparing`: so many documents are to be sent that questions should take nothing which these could use.
        Sales, refunds and journal entries by document number (over every form such a document may take), payments by
        reference, customers and items by name; nothing for deposits, which have no number: `read_documents` tells
        them by day.
        """
        ...

    def read_documents(self, *, since: date, until: date) -> Iterable[Entry]:
        """Every document of our forms dated in [since, until], whoever made it.

        For the proof, and to find again what has no number.
        """
        ...

    def reread(self, records: Sequence[tuple[str, LedgerId]]) -> dict[tuple[str, LedgerId], Entry]:
        """These records, (type, id), as they are now. Those missing in the answer were deleted in the ledger."""
        ...

    def changes(self, since: datetime, known: Lists | None = None) -> Changes | None:
        """What happened since (aware) to documents of the forms that we make, whoever made them.

        With `known`, the lists as they were then, also what became of these; whatever of them the ledger does not tell
        as a change is read anew. None where the ledger cannot tell it whole, because it is too long ago or too much:
        then `reread` and `read_lists`.
        """
        ...

    def link(self, form: str, identity: LedgerId) -> str:
        """Where a person can see a record, by its type and id, in the ledger's own pages; "" where it has none."""
        ...
