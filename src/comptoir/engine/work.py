"""What a piece of work has at hand: the connection, its store and books, the journal, and who watches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement

from comptoir.books.checks import Resolved, resolve
from comptoir.books.company import Company
from comptoir.books.facts import Order, Untranslatable
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.errors import NeedsMapping
from comptoir.engine.ports import Ledger, Store
from comptoir.storage.batches import Batches
from comptoir.storage.choices import Choices
from comptoir.storage.connections import ConnectionRecord, Connections
from comptoir.storage.database import Database
from comptoir.storage.drafts import Drafts
from comptoir.storage.exchanges import Exchanges
from comptoir.storage.facts import Facts, StoredFact
from comptoir.storage.fence import PROCESS
from comptoir.storage.figures import Figures
from comptoir.storage.journal import Journal, JournalOwner
from comptoir.storage.limits import Meter
from comptoir.storage.lists import ListCache
from comptoir.storage.outbox import Outbox
from comptoir.storage.proof_pages import ProofPages
from comptoir.storage.proofs import Proofs
from comptoir.storage.runs import Run, Runs
from comptoir.storage.schedule import Schedules
from comptoir.storage.tables import postings
from comptoir.storage.vault import Vault

OVERLAP_SECONDS = 300
"""How far a pass reads back over the one before: stores index their writes seconds late (shopify.md §3.5)."""

ORDERS_KEPT = 1000
"""Translated orders that a run holds on to; some 20 MB."""
LANES = 6
"""Batches of one company on the line at once. QuickBooks allows 10 requests at a time (quickbooks-online.md §8)."""


@dataclass(frozen=True, slots=True)
class Step:
    """A sign of life: `done` of `total` of what `what` names (total None: not known)."""

    what: str
    done: int
    total: int | None = None


class GiveWayError(Exception):
    """The road is left where everything is recorded, to be gone on with later: somebody else comes first, or a stop."""


def utc_now() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Books:
    """The storage rooms that the road writes to."""

    database: Database
    connections: Connections
    facts: Facts
    journal: Journal
    figures: Figures
    batches: Batches
    exchanges: Exchanges
    runs: Runs
    proof_pages: ProofPages
    choices: Choices
    outbox: Outbox
    proofs: Proofs
    lists: ListCache
    schedules: Schedules
    meter: Meter
    drafts: Drafts
    guest_key: bytes = field(repr=False)
    """What guests are told apart by without their names (`books.customers`)."""

    @classmethod
    def open(cls, database: Database, vault: Vault) -> Books:
        """The rooms of one database, with the vault that seals what is personal or secret in them."""
        journal = Journal(database, vault)
        return cls(
            database=database,
            connections=Connections(database, vault),
            facts=Facts(database, vault),
            journal=journal,
            figures=Figures(journal),
            batches=Batches(database, vault, journal),
            exchanges=Exchanges(database, vault),
            runs=Runs(database),
            proof_pages=ProofPages(database),
            choices=Choices(database),
            outbox=Outbox(database),
            proofs=Proofs(database),
            lists=ListCache(database, vault),
            schedules=Schedules(database),
            meter=Meter(database),
            drafts=Drafts(database, vault),
            guest_key=vault.key_for("guests"),
        )


@dataclass(frozen=True, slots=True)
class Work:
    """One run of one store connection into its company.

    `pause_point` is called where the road may be left, between two pages and two batches; it may raise GiveWayError.
    `worker` is the name under which fences are taken. `hurry`: a person waits, and other stores of the company may have
    much on its way. `beside`: the keys of what is then sent beside the store's own documents (`engine.hurry`); None:
    whatever the company waits for is sent.
    """

    books: Books
    record: ConnectionRecord
    store: Store
    ledger: Ledger
    run: Run
    watch: Callable[[Step], None] = field(default=lambda _step: None)
    clock: Callable[[], datetime] = utc_now
    sleep: Callable[[float], None] = time.sleep
    lanes: int = LANES
    worker: str = PROCESS
    pause_point: Callable[[], None] = field(default=lambda: None)
    hurry: bool = False
    beside: frozenset[str] | None = None
    orders: dict[tuple[int, datetime | None], Order | Untranslatable] = field(default_factory=dict)
    """Orders as they were translated, by their facts: a small run decides and proves them from one reading."""

    @property
    def owner(self) -> JournalOwner:
        """Whose journal rows this work writes."""
        return JournalOwner(self.record.organization_id, self.record.id, self.ledger.identity)

    @property
    def sent(self) -> ColumnElement[bool]:
        """Which rows of the journal this run sends, once they are planned."""
        company = postings.c.company == self.ledger.identity
        if self.beside is None:
            return company
        return company & ((postings.c.connection_id == self.record.id) | postings.c.key.in_(self.beside))

    @property
    def settings(self) -> Settings:
        """The settings in force; NeedsMapping where there are none yet."""
        if self.record.settings is None:
            raise NeedsMapping(
                Message(
                    "{store} has no settings yet. Import them with: comptoir settings import FILE",
                    {"store": self.record.title},
                ),
                what=self.record.title,
                where="settings",
            )
        return self.record.settings


def translated(work: Work, fact: StoredFact) -> Order | Untranslatable:
    """The order that a fact tells of. One that the store no longer has is as good as cancelled, and says so."""
    known = fact.id, fact.gone_at
    if known not in work.orders:
        if len(work.orders) >= ORDERS_KEPT:
            work.orders.clear()
        work.orders[known] = order_of(work.store, fact)
    return work.orders[known]


def translating(work: Work, under: str) -> Iterator[bool]:
    """Translates the orders that wait to be decided (`under` these settings), one at each step, as many as are kept."""
    for fact in work.books.facts.first_undecided(work.record.id, under, ORDERS_KEPT):
        translated(work, fact)
        yield True


def order_of(store: Store, fact: StoredFact) -> Order | Untranslatable:
    """What `translated` answers, for a look at one order outside of a run."""
    order = store.translate(fact.payload)
    if isinstance(order, Untranslatable) or fact.gone_at is None:
        return order
    return replace(order, cancelled_at=order.cancelled_at or fact.gone_at, is_deleted=True)


class SettingsProblemsError(Exception):
    """The settings do not fit the company; nothing was done. `problems` lists every mistake."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem.what) for problem in problems))
        self.problems = problems


def zone_named(name: str) -> ZoneInfo | None:
    """The time zone of this IANA name, None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def zone_of(record: ConnectionRecord) -> tzinfo:
    """The account's own time zone; UTC where its settings name none that is known, or there are none yet."""
    return (record.settings and zone_named(record.settings.time_zone)) or UTC


def resolved_settings(settings: Settings, company: Company) -> Resolved:
    """The settings with every name found in the company; SettingsProblemsError lists all that are not."""
    resolved = resolve(settings, company, zone_named(settings.time_zone))
    if isinstance(resolved, Resolved):
        return resolved
    raise SettingsProblemsError(resolved)
