"""A small shop and a small ledger that keep the ports' constraints, and a data directory to run the road in."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from comptoir.books.checks import Resolved
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
    TaxRate,
    TaxRegime,
)
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    Document,
    ItemDocument,
    JournalDocument,
    Kind,
    LedgerId,
    PaymentDocument,
    Reference,
    RefundDocument,
    SaleDocument,
    SaleForm,
    VoidDocument,
    awaited,
    references,
)
from comptoir.books.facts import (
    Buyer,
    LineKind,
    Order,
    OrderLine,
    PaymentStatus,
    RawRecord,
    Refund,
    RefundLine,
    SourceId,
    StoreIdentity,
    Tender,
    Untranslatable,
)
from comptoir.books.money import Money, zero
from comptoir.books.problems import Message
from comptoir.books.settings import (
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    Settings,
    TaxSettings,
)
from comptoir.engine import road as road_module
from comptoir.engine.errors import Conflict, HouseError, Refused
from comptoir.engine.ports import (
    Answered,
    BatchLimits,
    Changes,
    Entry,
    NewTaxCode,
    NoAnswer,
    NotSent,
    Page,
    Slot,
    SlotResult,
    StoreInfo,
)
from comptoir.engine.proving.proof import Proof
from comptoir.engine.proving.prove import prove, prove_anew
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.work import Books, Step, Work
from comptoir.storage.codec import adapter, document_to_json
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.storage.database import Database
from comptoir.storage.fence import PROCESS, Fence
from comptoir.storage.postings import Posting
from comptoir.storage.runs import RunState
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import Vault

SHOP = StoreIdentity("shop:one")
COMPANY = CompanyIdentity("ledger:one")
GBP = "GBP"
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
FIRST_DAY = datetime(2026, 2, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = BatchLimits(documents=3, lines=10)
SETTINGS = Settings(
    time_zone="Europe/London",
    start_date=date(2026, 1, 1),
    items=ItemSettings(income_account="Sales", expense_account="Costs"),
    orders=OrderSettings(statuses=tuple(PaymentStatus)),
    payments=PaymentSettings(methods={"*": MethodSettings("Clearing")}),
    taxes=TaxSettings(untaxed="No VAT"),
)


def pounds(text: str) -> Money:
    """An amount."""
    return Money(Decimal(text), GBP)


def make_order(number: int, amount: str = "10.00", *, paid: str | None = None, refunded: str = "0") -> Order:
    """An order of one line, paid by card unless told otherwise; with a refund where something was refunded."""
    taken = pounds(amount if paid is None else paid)
    tender = Tender(SourceId(f"t{number}"), "card", "Card", taken, NOON, reference=f"t{number}")
    back = pounds(refunded)
    refund = Refund(
        SourceId(f"r{number}"),
        NOON,
        (RefundLine(SourceId("l1"), LineKind.PRODUCT, "Mug", "MUG", Decimal(1), back, pounds("0")),),
        (replace(tender, source_id=SourceId(f"rt{number}"), reference=f"rt{number}", amount=back),),
    )
    return Order(
        store=SHOP,
        source_id=SourceId(str(number)),
        number=str(number),
        placed_at=NOON,
        updated_at=NOON,
        currency=GBP,
        total=pounds(amount),
        prices_include_tax=False,
        status=PaymentStatus.PAID if taken == pounds(amount) else PaymentStatus.PARTIALLY_PAID,
        lines=(
            OrderLine(
                SourceId("l1"), LineKind.PRODUCT, "Mug", "MUG", Decimal(1), pounds(amount), pounds(amount), pounds("0")
            ),
        ),
        tenders=() if taken.is_zero else (tender,),
        refunds=() if back.is_zero else (refund,),
        buyer=Buyer(SourceId(f"b{number % 3}"), name=f"Buyer {number % 3}", email=f"b{number % 3}@example.com"),
    )


@dataclass
class SmallStore:
    """Orders in pages of `page_size`, oldest first; the cursor is a place in the list."""

    orders: list[Order] = field(default_factory=list)
    page_size: int = 4
    unreadable: set[str] = field(default_factory=set)
    fetches: list[tuple[str | None, datetime, datetime]] = field(default_factory=list)
    identity: StoreIdentity = SHOP
    translator_version: int = 1
    personal_keys: frozenset[str] = frozenset({"buyer"})

    def describe(self) -> StoreInfo:
        return StoreInfo(SHOP, "Shop", GBP, "Europe/London")

    def fetch_orders(self, cursor: str | None, *, since: datetime, until: datetime) -> Page:
        self.fetches.append((cursor, since, until))
        start = int(cursor or 0)
        chosen = [order for order in self.orders if since <= order.updated_at < until]
        page = chosen[start : start + self.page_size]
        end = start + len(page)
        records = tuple(
            RawRecord(each.source_id, each.number, each.placed_at, each.updated_at, adapter(Order).dump_json(each))
            for each in page
        )
        return Page(records, str(end), more=end < len(chosen), expected=len(chosen))

    def missing(self, ids: Sequence[SourceId]) -> set[SourceId]:
        return set(ids) - {order.source_id for order in self.orders}

    def translate(self, payload: Mapping[str, object]) -> Order | Untranslatable:
        order: Order = adapter(Order).validate_python(json.loads(json.dumps(payload)))
        if order.source_id in self.unreadable:
            return Untranslatable(order.source_id, order.number, "total", "is not a number")
        return order


LedgerFault = Callable[[Callable[[], Answered]], Answered | NoAnswer | NotSent]
"""What happens to one send: it may call the work, or not, and answer what it likes."""


@dataclass
class SmallLedger:
    """Records by id; unique numbers among sales and refunds and unique names; remembers request ids.

    What somebody does in its own pages: `edit_by_hand`, `delete_by_hand`. It tells of changes as long as `tells`.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    remembered: dict[str, Answered] = field(default_factory=dict)
    faults: list[LedgerFault | None] = field(default_factory=list)
    sends: list[tuple[str, bytes]] = field(default_factory=list)
    finds: list[tuple[Kind, tuple[str, ...]]] = field(default_factory=list)
    spared: list[bool] = field(default_factory=list)
    """Of each of `finds`: whether it was to spare the batches."""
    foreign: list[Entry] = field(default_factory=list)
    refuse: dict[str, HouseError] = field(default_factory=dict)
    total_error: Money | None = None
    remove_error: HouseError | None = None
    removed: list[Entry] = field(default_factory=list)
    identity: CompanyIdentity = COMPANY
    batch_limits: BatchLimits = LIMITS
    replay_window_seconds: int = 600
    company: Company | None = None
    spans: list[tuple[date, date]] = field(default_factory=list)
    rereads: list[list[tuple[str, LedgerId]]] = field(default_factory=list)
    looks: list[datetime] = field(default_factory=list)
    list_reads: int = 0
    balances: dict[LedgerId, Money] = field(default_factory=dict)
    tells: bool = True
    retired: set[str] = field(default_factory=set)
    """Ids of items that somebody made inactive."""
    clock: Callable[[], datetime] = lambda: FIRST_DAY
    times: dict[str, datetime] = field(default_factory=dict)
    gone: dict[tuple[str, LedgerId], datetime] = field(default_factory=dict)
    frozen: dict[bytes, list[Slot]] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def copy(self) -> SmallLedger:
        """The same books, in a ledger of their own."""
        copies: dict[str, Any] = {
            name: type(value)(value) for name, value in vars(self).items() if isinstance(value, dict | list)
        }
        return replace(self, ids=itertools.count(len(self.entries) + len(self.removed) + 1), **copies)

    def read_company(self) -> Company:
        return self.company or Company(
            identity=COMPANY,
            name="Company",
            country="IE",
            currency=GBP,
            tax_regime=TaxRegime.GLOBAL,
            accounts=(
                Account(LedgerId("a1"), "Sales", AccountType.INCOME, GBP),
                Account(LedgerId("a2"), "Clearing", AccountType.BANK, GBP),
                Account(LedgerId("a3"), "Costs", AccountType.EXPENSE, GBP),
                Account(LedgerId("a4"), "Debtors", AccountType.ACCOUNTS_RECEIVABLE, GBP),
            ),
            tax_codes=(TaxCode(LedgerId("c1"), "No VAT", ()),),
        )

    def read_balances(self, on: date) -> dict[LedgerId, Money]:
        """What was there before any of ours, with what journal entries added until that day."""
        found = dict(self.balances)
        for each in self.documents.values():
            for line in each.lines if isinstance(each, JournalDocument) and each.dated <= on else ():
                found[line.account] = found.get(line.account, zero(GBP)) + line.signed
        return found

    def make_account(self, name: str, kind: AccountType) -> Account:
        company = self.read_company()
        known = next((each for each in company.accounts if each.name == name), None)
        if known is not None and known.type is not kind:
            raise Conflict(Message("The name is another account's."), code="6240")
        made = known or Account(LedgerId(f"a{len(company.accounts) + 1}"), name, kind, company.currency)
        if known is None:
            self.company = replace(company, accounts=(*company.accounts, made))
        return made

    def make_tax_code(self, wanted: NewTaxCode) -> TaxCode:
        company = self.read_company()
        known = next((each for each in company.tax_codes if each.name == wanted.name), None)
        if known is not None and known.rate != sum(each.rate for each in wanted.rates):
            raise Conflict(Message("The name is another code's."), code="6240")
        number = len(company.tax_codes) + 1
        rates = tuple(
            TaxRate(LedgerId(f"r{number}-{place}"), each.name, each.rate, each.agency)
            for place, each in enumerate(wanted.rates)
        )
        made = known or TaxCode(LedgerId(f"c{number}"), wanted.name, rates)
        if known is None:
            self.company = replace(company, tax_codes=(*company.tax_codes, made))
        return made

    def read_items(self) -> list[ItemRecord]:
        found = [(key, doc) for key, doc in self.documents.items() if isinstance(doc, ItemDocument)]
        return [self._item(key, doc) for key, doc in found]

    def _item(self, key: str, doc: ItemDocument) -> ItemRecord:
        """An item as the ledger lists it: one that was made inactive is called so."""
        is_active = key not in self.retired
        name = doc.name if is_active else f"{doc.name} (deleted)"
        record = ItemRecord(LedgerId(key), name, doc.sku, doc.type.value, active=is_active)
        return replace(record, income_account=doc.income_account)

    def read_customers(self) -> list[CustomerRecord]:
        found = [(key, doc) for key, doc in self.documents.items() if isinstance(doc, CustomerDocument)]
        return [
            CustomerRecord(LedgerId(key), doc.name, doc.email, doc.currency, active=key not in self.retired)
            for key, doc in found
        ]

    def freeze(self, slots: Sequence[Slot]) -> bytes:
        rows = []
        for slot in slots:
            missing = awaited(slot.document) - slot.resolved.keys()
            assert not missing, missing
            rows.append([slot.slot, type(slot.document).__name__, document_to_json(slot.document).decode()])
        body = json.dumps(rows).encode()
        self.frozen[body] = list(slots)
        return body

    def send(self, request_id: str, body: bytes) -> Answered | NoAnswer | NotSent:
        self.sends.append((request_id, body))

        def work() -> Answered:
            if request_id not in self.remembered:
                self.remembered[request_id] = Answered(tuple(self._post(slot) for slot in self.frozen[body]))
            return self.remembered[request_id]

        fault = self.faults.pop(0) if self.faults else None
        return fault(work) if fault else work()

    def _post(self, slot: Slot) -> SlotResult:
        document = slot.document
        number = number_of(document)
        if number in self.refuse:
            return SlotResult(slot.slot, self.refuse[number], b"The ledger says no.")
        if isinstance(document, AmendmentDocument | VoidDocument):
            return SlotResult(slot.slot, self._rewrite(document, slot))
        if not isinstance(document, PaymentDocument) and self._held(kind_of(document), [number]):
            return SlotResult(slot.slot, Conflict(Message("The number is taken."), code="6140"))
        entry = self._keep(self.entry(document), document)
        if isinstance(document, PaymentDocument | ApplicationDocument):
            for reference in references(document):
                self._hang_on(reference, slot, entry.id)
        return SlotResult(slot.slot, entry, f"Made as {entry.id}.".encode())

    def _keep(self, entry: Entry, document: Document) -> Entry:
        """Store a record as it is now."""
        self.entries[entry.id] = entry
        self.documents[entry.id] = document
        self.times[entry.id] = self.clock()
        return entry

    def _hang_on(self, reference: Reference, slot: Slot, by: LedgerId) -> None:
        """Another document links to this one: a new version, and nothing of what was written changes."""
        identity = slot.resolved[reference.key] if isinstance(reference, Awaited) else reference.id
        held = self.entries.get(identity)
        if held is not None and held.kind in {Kind.SALE, Kind.REFUND, Kind.CASH_BACK}:
            links = held.links | {by}
            self._keep(replace(held, version=next_version(held), links=links), self.documents[identity])

    def _rewrite(self, document: AmendmentDocument | VoidDocument, slot: Slot) -> Entry | HouseError:
        """Update or void in place, upon the version that the sender knows."""
        assert isinstance(document.target, Awaited), document.target
        held = self.entries.get(slot.resolved[document.target.key])
        if held is None:
            return Refused(Message("The record is gone."), code="610")
        if held.version != slot.versions[document.target.key]:
            return Conflict(Message("The record was changed meanwhile."), code="5010")
        if isinstance(document, VoidDocument):
            void = replace(held, version=next_version(held), total=document.total, voided=True, links=frozenset())
            note = f"Voided - {held.private_note}"
            return self._keep(replace(void, private_note=note, fingerprint=f"void {held.id}"), document)
        if any(each.id != held.id for each in self._held(Kind.SALE, [document.number])):
            return Conflict(Message("The number is taken."), code="6140")
        anew = self.entry(document.sale)
        return self._keep(replace(anew, id=held.id, version=next_version(held), links=held.links), document.sale)

    def edit_by_hand(self, identity: str, **changes: Any) -> Entry:
        """Somebody changes a record in the ledger's own pages: other fields, another fingerprint."""
        held = self.entries[identity]
        edited = replace(held, version=next_version(held), fingerprint=f"{held.fingerprint} by hand")
        return self._keep(replace(edited, **changes), self.documents[identity])

    def link_by_hand(self, identity: str) -> None:
        """Somebody applies something to a record: its own fields stay as they are."""
        held = self.entries[identity]
        self._keep(
            replace(held, version=next_version(held), links=held.links | {LedgerId("by hand")}),
            self.documents[identity],
        )

    def delete_by_hand(self, identity: str) -> None:
        """Somebody deletes a record in the ledger's own pages."""
        held = self.entries.pop(identity)
        del self.documents[identity]
        self.gone[held.type, held.id] = self.clock()

    def entry(self, document: Document) -> Entry:
        """The record that posting `document` makes."""
        is_list = isinstance(document, CustomerDocument | ItemDocument)
        total = None if isinstance(document, CustomerDocument | ItemDocument) else document.total
        if total is not None and self.total_error is not None:
            total += self.total_error
        note = document.note if isinstance(document, CustomerDocument) else ""
        return Entry(
            kind=kind_of(document),
            id=LedgerId(str(next(self.ids))),
            version="0",
            type=type_of(document),
            number=number_of(document),
            dated=None if isinstance(document, CustomerDocument | ItemDocument) else document.dated,
            total=total,
            private_note=note
            if is_list
            else f"{getattr(document, 'private_note', '')}\n{getattr(document, 'marker', '')}",
            fingerprint="" if is_list else hashlib.sha256(document_to_json(document)).hexdigest(),
        )

    def remove(self, entry: Entry) -> None:
        if self.remove_error is not None:
            raise self.remove_error
        held = self.entries.get(entry.id)
        if held is None:  # what is gone already is as good
            return
        if held.version != entry.version:
            raise Conflict(Message("It changed meanwhile."), code="5010")
        del self.entries[entry.id]
        del self.documents[entry.id]
        self.removed.append(entry)
        self.gone[entry.type, entry.id] = self.clock()
        for other in [each for each in self.entries.values() if entry.id in each.links]:
            links = other.links - {entry.id}
            self._keep(replace(other, version=next_version(other), links=links), self.documents[other.id])

    def find(self, kind: Kind, numbers: Sequence[str], *, sparing: bool = False) -> list[Entry]:
        self.finds.append((kind, tuple(numbers)))
        self.spared.append(sparing)
        return self._held(kind, numbers)

    def _held(self, kind: Kind, numbers: Sequence[str]) -> list[Entry]:
        wanted = {number.casefold() for number in numbers}
        everything = [*self.entries.values(), *self.foreign]
        kinds = {Kind.SALE} if kind in {Kind.AMENDMENT, Kind.VOID} else {kind}
        return [each for each in everything if each.number.casefold() in wanted and each.kind in kinds]

    def read_documents(self, *, since: date, until: date) -> list[Entry]:
        self.spans.append((since, until))
        return [each for each in self.entries.values() if each.dated and since <= each.dated <= until]

    def reread(self, records: Sequence[tuple[str, LedgerId]]) -> dict[tuple[str, LedgerId], Entry]:
        self.rereads.append(list(records))
        held = {(entry.type, entry.id): entry for entry in self.entries.values()}
        return {record: held[record] for record in records if record in held}

    def read_lists(self) -> Lists:
        self.list_reads += 1
        return Lists(self.read_company(), tuple(self.read_items()), tuple(self.read_customers()), self.clock())

    def changes(self, since: datetime, known: Lists | None = None) -> Changes | None:
        self.looks.append(since)
        if not self.tells:
            return None
        recent = {key for key, at in self.times.items() if at >= since}
        news = ListNews(
            self.read_company(),
            tuple(each for each in self.read_items() if each.id in recent),
            tuple(each for each in self.read_customers() if each.id in recent),
            frozenset(identity for form, identity in self.gone if form == "Item"),
            frozenset(identity for form, identity in self.gone if form == "Customer"),
        )
        return Changes(
            changed=tuple(entry for key, entry in self.entries.items() if self.times[key] >= since and entry.dated),
            deleted=tuple(record for record, at in self.gone.items() if at >= since),
            until=self.clock(),
            lists=news if known else None,
        )

    def part(self, body: bytes, slot: str) -> str:
        return next((text for place, _, text in json.loads(body) if place == slot), "")

    def link(self, form: str, identity: LedgerId) -> str:
        return f"https://ledger.example/{form}/{identity}"

    def canonical(self) -> list[str]:
        """The books without ids: two histories that mean the same give the same list."""
        return sorted(document_to_json(document).decode() for document in self.documents.values())


def kind_of(document: Document) -> Kind:
    """The kind of a document."""
    return {
        CustomerDocument: Kind.CUSTOMER,
        ItemDocument: Kind.ITEM,
        SaleDocument: Kind.SALE,
        PaymentDocument: Kind.PAYMENT,
        RefundDocument: Kind.REFUND,
        CashBackDocument: Kind.CASH_BACK,
        ApplicationDocument: Kind.APPLICATION,
        AmendmentDocument: Kind.AMENDMENT,
        VoidDocument: Kind.VOID,
        JournalDocument: Kind.JOURNAL,
    }[type(document)]


def next_version(entry: Entry) -> str:
    """The version after this one."""
    return str(int(entry.version) + 1)


def type_of(document: Document) -> str:
    """The ledger's own word for a document's form."""
    if isinstance(document, SaleDocument):
        return "SalesReceipt" if document.form is SaleForm.RECEIPT else "Invoice"
    return type(document).__name__.removesuffix("Document")


def number_of(document: Document) -> str:
    """What a document is found by."""
    return document.name if isinstance(document, CustomerDocument | ItemDocument) else document.number


@dataclass
class Road:
    """A data directory with one store and one company, and how to run it."""

    books: Books
    store: SmallStore
    ledger: SmallLedger
    connection_id: int
    organization_id: int
    slept: list[float] = field(default_factory=list)
    now: datetime = FIRST_DAY
    steps: list[Step] = field(default_factory=list)
    lanes: int = 1
    worker: str = PROCESS
    """The process that runs it; after a kill it is another."""

    def work(self) -> Work:
        """The work of the next run."""
        record = self.books.connections.get(self.connection_id)
        run = self.books.runs.start(self.organization_id, self.connection_id, "test")
        return Work(
            self.books,
            record,
            self.store,
            self.ledger,
            run,
            watch=self.steps.append,
            clock=lambda: self.now,
            sleep=self.slept.append,
            lanes=self.lanes,
            worker=self.worker,
        )

    def run(self) -> Proof:
        """One whole run, an hour after the one before."""
        self.now += HOUR
        work = self.work()
        fetch_connection(work, alone=True)
        proof = post_to_company(work, alone=True)
        self.books.runs.finish(work.run.id, RunState.FINISHED)
        return proof

    def rows(self, kind: Kind | None = None) -> list[Posting]:
        """The journal's rows in the order of planning, of one kind where one is given."""
        with self.books.database.read() as connection:
            rows = self.books.journal.select(connection)
        return [row for row in rows if kind is None or row.key.kind is kind]

    def change(self, place: int, order: Order) -> None:
        """The store tells another story of one of its orders, after the last pass and before the next."""
        self.store.orders[place] = replace(order, updated_at=self.now)

    def row(self, kind: Kind, source_id: str) -> Posting:
        """The one row of this kind and source."""
        (row,) = [row for row in self.rows(kind) if row.key.source_id == source_id]
        return row

    def set(self, settings: Settings) -> None:
        """Put other settings in force."""
        ledger = self.books.connections.all(self.organization_id, LEDGER)[0]
        self.books.connections.save_settings(self.connection_id, settings, ledger.id)


def open_road(path: Path, store: SmallStore, ledger: SmallLedger, *, is_new: bool = True) -> Road:
    """Open or make the data directory at `path`. Commits do not wait for the disk: no test here cuts the power."""
    database = Database(f"sqlite:///{path / 'comptoir.sqlite'}")

    @event.listens_for(database.engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF").close()

    if is_new:
        upgrade(database)
    return road_in(database, path, store, ledger)


def road_in(database: Database, path: Path, store: SmallStore, ledger: SmallLedger) -> Road:
    """The road over a database of this release, wherever it is; the key file lies at `path`."""
    books = Books.open(database, Vault.open(path / "secret.key"))
    connections = books.connections
    organization = connections.organization()
    shop = connections.save(organization, NewConnection(STORE, "shop", store.identity, "Shop", {}, {}))
    company = connections.save(organization, NewConnection(LEDGER, "ledger", ledger.identity, "Company", {}, {}))
    if shop.settings is None:
        connections.save_settings(shop.id, SETTINGS, company.id)
    road = Road(books, store, ledger, shop.id, organization)
    ledger.clock = lambda: road.now
    return road


@pytest.fixture(autouse=True)
def proofs_are_as_good_as_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every proof of every run here, from figures that were kept, is what it is when all is reckoned anew."""

    def checked(work: Work, fence: Fence, resolved: Resolved, currency: str) -> Proof:
        proof = prove(work, fence, resolved, currency)
        anew = prove_anew(replace(work, watch=lambda _step: None), resolved, currency)
        assert replace(proof, differences=()) == replace(anew, differences=())
        assert sorted(proof.differences, key=repr) == sorted(anew.differences, key=repr)
        return proof

    monkeypatch.setattr(road_module, "prove", checked)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that was opened once, to copy from: the migrations need not run in every test."""
    path = tmp_path_factory.mktemp("blank")
    open_road(path, SmallStore(), SmallLedger()).books.database.close()
    return path


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Path:
    """A data directory without orders or documents."""
    return Path(shutil.copytree(blank, tmp_path / "home"))


@pytest.fixture
def road(home: Path) -> Iterator[Road]:
    opened = open_road(home, SmallStore(), SmallLedger(), is_new=False)
    yield opened
    opened.books.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Road]:
    """A road over SQLite, and over a PostgreSQL server."""
    if request.param == "sqlite":
        yield request.getfixturevalue("road")
        return
    with request.getfixturevalue("cluster").opened() as database:
        yield road_in(database, tmp_path, SmallStore(), SmallLedger())


@pytest.fixture(scope="session")
def build() -> dict[str, Any]:
    """What test modules need of this file: importlib mode gives conftest no import name."""
    return globals()
