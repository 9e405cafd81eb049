"""A database of its own for each test, SQLite and PostgreSQL: migrated once, copied after that."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import insert

from comptoir.books.company import CompanyIdentity
from comptoir.books.documents import (
    DocumentLine,
    Kind,
    Known,
    LedgerId,
    PostingKey,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import RawRecord, SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.settings import ItemSettings, Settings
from comptoir.storage.batches import Batches
from comptoir.storage.codec import document_to_json
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, Connections, NewConnection
from comptoir.storage.database import Database, inserted_id
from comptoir.storage.facts import Facts, FactSource
from comptoir.storage.journal import Journal, JournalOwner
from comptoir.storage.postings import Plan
from comptoir.storage.runs import Runs
from comptoir.storage.tables import organizations
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import KEY_BYTES, Vault

SHOP = StoreIdentity("shop:one")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
COMPANY = CompanyIdentity("ledger:one")


@dataclass
class Rooms:
    """Every room of storage over one database, with a store, its company and a run."""

    database: Database
    vault: Vault
    connections: Connections
    facts: Facts
    journal: Journal
    batches: Batches
    runs: Runs
    organization_id: int
    store: ConnectionRecord
    ledger: ConnectionRecord
    run_id: int

    @property
    def owner(self) -> JournalOwner:
        return JournalOwner(self.organization_id, self.store.id, COMPANY)

    @property
    def source(self) -> FactSource:
        return FactSource(self.organization_id, self.store.id, SHOP, frozenset({"buyer", "email"}))

    def settings(self, start: date = date(2026, 1, 1)) -> Settings:
        return Settings("Europe/London", start, ItemSettings("Sales"))

    def sale(self, number: str, amount: str = "10.00") -> SaleDocument:
        """A receipt of one line."""
        line = DocumentLine(Known(LedgerId("i1")), "Mug", Money(Decimal(amount), "GBP"))
        return SaleDocument(
            form=SaleForm.RECEIPT,
            number=number,
            dated=date(2026, 1, 10),
            customer=Known(LedgerId("c1")),
            currency="GBP",
            lines=(line,),
            tax=Money(Decimal(0), "GBP"),
            private_note="note",
            marker=f"[{number}]",
            email="ann@example.com",
        )

    def key(self, number: str, kind: Kind = Kind.SALE) -> PostingKey:
        return PostingKey(SHOP, kind, SourceId(number))

    def plan(self, number: str, amount: str = "10.00", kind: Kind = Kind.SALE) -> Plan:
        """A sale ready to be sent."""
        document = self.sale(number, amount)
        return Plan(
            key=self.key(number, kind),
            order_source_id=number,
            order_number=number,
            dated=document.dated,
            store_total=document.total,
            document_type="SaleDocument",
            document=document_to_json(document),
            number=number,
            marker=document.marker,
            meant=document.total,
        )

    def raw(self, payload: bytes, source_id: str = "1", at: datetime = NOON) -> RawRecord:
        return RawRecord(SourceId(source_id), source_id, NOON, at, payload)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("blank") / "comptoir.sqlite"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def file(blank: Path, tmp_path: Path) -> Path:
    """The database file."""
    return Path(shutil.copy(blank, tmp_path / "comptoir.sqlite"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Both, one after the other."""
    if request.param == "postgresql":
        with request.getfixturevalue("cluster").opened() as opened:
            yield opened
        return
    opened = Database(f"sqlite:///{request.getfixturevalue('file')}")
    yield opened
    opened.close()


@pytest.fixture
def organization(database: Database) -> int:
    with database.write() as connection:
        return inserted_id(connection.execute(insert(organizations).values(name="Shop", created_at=NOON)))


@pytest.fixture
def rooms(database: Database) -> Rooms:
    vault = Vault(b"k" * KEY_BYTES)
    connections = Connections(database, vault)
    owner = connections.organization()
    store = connections.save(owner, NewConnection(STORE, "shop", SHOP, "Shop", {}, {}))
    ledger = connections.save(owner, NewConnection(LEDGER, "ledger", COMPANY, "Company", {}, {}))
    runs = Runs(database)
    run = runs.start(owner, store.id, "test")
    facts, journal = Facts(database, vault), Journal(database, vault)
    batches = Batches(database, vault, journal)
    return Rooms(database, vault, connections, facts, journal, batches, runs, owner, store, ledger, run.id)
