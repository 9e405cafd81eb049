"""The only place that builds concrete objects: rooms of storage, connectors of platforms, work for the road."""

from __future__ import annotations

import os
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

import httpx2

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.errors import HouseError, NeedsMapping, Reconnect, Unexpected
from comptoir.engine.ports import Ledger, Store
from comptoir.engine.privacy import PrivacyKind, forget, forget_all
from comptoir.engine.setup.connecting import Connectable
from comptoir.engine.setup.fitting import Fitting, fitted, surroundings
from comptoir.engine.setup.reading import Reading
from comptoir.engine.work import Books, SettingsProblemsError, Step, Work, utc_now
from comptoir.http.limiter import Turns, Windows
from comptoir.http.oauth import Tokens, TokenStore
from comptoir.http.transport import RETRIES, USER_AGENT, Transport, open_client
from comptoir.ledgers.quickbooks import connect as quickbooks
from comptoir.ledgers.quickbooks.auth import GRANT_LIFE
from comptoir.ledgers.quickbooks.company import identity_of
from comptoir.ledgers.quickbooks.connecting import AUTHORIZED_AT, QuickBooksConnecting
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.limits import READS_A_MONTH, Limits, standard_limits
from comptoir.ledgers.quickbooks.translate import encode
from comptoir.mail.sending import Sent, send_due
from comptoir.mail.server import conversation, mail_server
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, Standing, open_vault
from comptoir.storage.consents import Consents
from comptoir.storage.database import Database
from comptoir.storage.executors import TICKER, Executors
from comptoir.storage.fence import GUEST, PROCESS
from comptoir.storage.journal import JournalOwner
from comptoir.storage.limits import SharedLimiter
from comptoir.storage.privacy import PrivacyRequests
from comptoir.storage.runs import BY_SCHEDULE, Run
from comptoir.storage.upkeep.home import Home, HomeBusyError
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import Vault
from comptoir.stores import shopify
from comptoir.stores.shopify.connecting import ShopifyConnecting
from comptoir.stores.shopify.store import ShopifyStore

SHOPIFY = "shopify"
QUICKBOOKS = "quickbooks"
CLOCK_SPEED = "clock_speed"
"""A simulator's clock may run faster than ours; limits are then met in its time."""

SIGNED_FOR = timedelta(days=10)
"""How long the secret of an ended connection is kept to know the platform's last words by. Shopify asks to forget a
shop 48 hours after its people took the app off (shopify.md §7), maybe some days after it was disconnected here."""


@dataclass(frozen=True, slots=True)
class App:
    """One installation, open: its data directory, its rooms, and the way to its platforms."""

    home: Home
    books: Books
    http: httpx2.Client
    organization_id: int
    vault: Vault
    retries: int = RETRIES
    """How often a read is tried again."""
    is_guest: bool = False
    """Whether it only looks, or works beside the process that holds the data directory, which alone sends anything."""
    _connectors: dict[tuple[quickbooks.Settings, float], quickbooks.Connector] = field(default_factory=dict)
    """One an Intuit app: whoever calls a company shares its limits with everybody else here."""

    @property
    def alone(self) -> bool:
        """Whether no other process can be at work in it: the lock of its directory proves it; a server has many."""
        return self.home.is_local and not self.is_guest

    @property
    def worker(self) -> str:
        """The name under which this process takes fences."""
        return f"{GUEST}{PROCESS}" if self.is_guest else PROCESS

    def server_at_work(self) -> bool:
        """Whether `comptoir serve`, or a worker, is at work in this installation: somebody is its ticker."""
        return Executors(self.books.database).holds(TICKER)

    def store(self, record: ConnectionRecord) -> Store:
        """The store of a connection; nothing is sent yet."""
        return self._shop(record)

    def watch(self, record: ConnectionRecord, address: str) -> int:
        """Have a store tell `address` (https) of its changes; answers how many kinds of them are new.

        0 where it cannot: a shop whose app has no secret could not sign what it tells.
        """
        if record.platform != SHOPIFY or not self.config(record).get("client_secret"):
            return 0
        return self._shop(record).watch(address)

    def _shop(self, record: ConnectionRecord) -> ShopifyStore:
        access = shopify.read_form(self.config(record))
        if not isinstance(access, shopify.Access):
            raise Unexpected(
                Message("The stored connection to {store} is incomplete. Connect it again.", {"store": record.title})
            )
        return shopify.open_store(access, http=self.http, token_store=self.tokens(record), retries=self.retries)

    def order_statuses(self, record: ConnectionRecord) -> tuple[str, ...]:
        """The payment statuses that orders of the store's platform may have, by its manifest; () where it says none."""
        manifest = files("comptoir.stores").joinpath(record.platform, "manifest.toml")
        if not manifest.is_file():
            return ()
        told = tomllib.loads(manifest.read_text(encoding="utf-8"))
        return tuple(told.get("orders", {}).get("statuses", ()))

    def ledger(self, record: ConnectionRecord, *, patient: bool = False) -> Ledger:
        """The company of a connection; nothing is sent yet. `patient`: for work that no person waits for."""
        return self._company(record, patient=patient)

    def company_file(self, record: ConnectionRecord) -> bytes:
        """The company's settings and lists as its API answers them, one JSON object, for a copy on this machine."""
        return encode(self._company(record).export_company())

    def _company(self, record: ConnectionRecord, *, patient: bool = False) -> QuickBooksLedger:
        app = self.intuit_app(self.config(record))
        return app.ledger(record.config["realm_id"], self.tokens(record), patient=patient)

    def connectables(self) -> Mapping[str, Connectable]:
        """Every platform that can be connected, by its slug."""
        return {slug: make(self) for slug, make in CONNECTABLES.items()}

    def config(self, record: ConnectionRecord) -> Mapping[str, str]:
        """What a connection was saved with, secrets too. One that was disconnected has none that open anything."""
        if record.disconnected_at is not None:
            platform = self.connectables().get(record.platform)
            secret = [each.name for each in platform.fields if each.secret] if platform is not None else []
            return {**record.config, **dict.fromkeys(secret, BLANK)}
        return {**record.config, **self.books.connections.secrets(record)}

    def tokens(self, record: ConnectionRecord) -> TokenStore:
        """The tokens of a connection; where they are refused for good, that is noted with it."""
        if record.disconnected_at is not None:
            return _Disconnected(record)
        return _Watched(self, record)

    def look_at(self, record: ConnectionRecord) -> Standing:
        """Test a connection now, and keep what was found. Never raises because of the platform."""
        try:
            found = self.connectables()[record.platform].ask(self.config(record), self.tokens(record))
        except HouseError as error:
            return self.note_stop(record, error)
        self.books.connections.save_standing(record.id, found)
        return found

    def note_stop(self, record: ConnectionRecord, error: HouseError) -> Standing:
        """Keep with a connection why it does not work; what was known of the account stays."""
        known = self.books.connections.get(record.id).standing or Standing(utc_now())
        is_out = isinstance(error, Reconnect)
        found = replace(known, tested_at=utc_now(), notes=(), stop=error.message, signed_out=is_out)
        self.books.connections.save_standing(record.id, found)
        return found

    def note_renewal(self, record: ConnectionRecord) -> None:
        """A sign-in that had ended is good again: somebody mended at the platform what had ended it."""
        known = self.books.connections.get(record.id).standing
        if known is not None and known.signed_out:
            self.books.connections.save_standing(record.id, replace(known, stop=None, signed_out=False))

    def notes(self, record: ConnectionRecord) -> Sequence[Message]:
        """What the owner of a connection should know of it, asked now: the test of the connection once more."""
        return self.connectables()[record.platform].ask(self.config(record), self.tokens(record)).notes

    def mail_problem(self) -> Problem | None:
        """What is wrong with the mail server of the environment, asked now; None where it lets us in."""
        server = mail_server(os.environ)
        if isinstance(server, Problem):
            return server
        with conversation(replace(server, timeout_seconds=LOOK_CONNECT_SECONDS)) as opened:
            return opened.greet()

    def ends_for_good(self, record: ConnectionRecord) -> datetime | None:
        """When a person must sign in again however often the sign-in is renewed; None where it is not known."""
        began = record.config.get(AUTHORIZED_AT)
        if record.platform != QUICKBOOKS or not began:
            return None
        return datetime.fromisoformat(began) + GRANT_LIFE

    def intuit_app(self, values: Mapping[str, str]) -> quickbooks.Connector:
        """The operator's Intuit app, as the form describes it."""
        key = quickbooks.settings_of(values), float(values.get(CLOCK_SPEED) or 1)
        if key not in self._connectors:
            transport = Transport(self.http, user_agent=USER_AGENT, platform=QUICKBOOKS, retries=self.retries)
            limits = partial(self._limits, speed=key[1], metered_app=key[0].metered_app)
            self._connectors[key] = quickbooks.Connector(key[0], transport, limits=limits)
        return self._connectors[key]

    def _limits(self, realm_id: str, patient: bool, *, speed: float, metered_app: str) -> Limits:
        """The limits of a company, shared through the database by every process."""

        def turns(kind: str, windows: Windows) -> Turns:
            bucket = f"{identity_of(realm_id)}:{kind}"
            return SharedLimiter(self.books.database, self.organization_id, bucket, windows)

        def meter(reads: int) -> None:
            own, now = self.organization_id, utc_now()
            self.books.meter.count(own, QUICKBOOKS, metered_app, now, reads=reads, allowed=READS_A_MONTH)

        if not metered_app:
            return standard_limits(speed, turns, patient=patient)
        return standard_limits(speed, turns, patient=patient, meter=meter)

    def ledger_record(self, record: ConnectionRecord) -> ConnectionRecord:
        """The company that a store is kept in: the chosen one, else the only one."""
        company = self.books.connections.company_of(record)
        if company is None:
            raise NeedsMapping(
                Message(
                    "No company is connected yet. Connect one under Connections, or with: comptoir connect quickbooks"
                ),
                what="company",
                where="connect",
            )
        return company

    def check_settings(self, record: ConnectionRecord, reading: Reading) -> Fitting:
        """Check what was read against a store's company as it is now; nothing is changed.

        SettingsProblemsError lists everything that does not fit. What is wrong with how it is written is told also
        where the company cannot be asked.
        """
        try:
            ledger_record = self.ledger_record(record)
            company = self.ledger(ledger_record).read_company()
        except HouseError as error:
            if reading.problems:
                raise SettingsProblemsError(list(reading.problems)) from error
            raise
        return fitted(reading, company, surroundings(self.books, record, ledger_record, utc_now().date()))

    def put_in_force(self, record: ConnectionRecord, chosen: Settings | Reading) -> Fitting:
        """Check a store's settings against its company as it is now, and keep them.

        SettingsProblemsError lists everything that does not fit, and nothing is changed then.
        """
        reading = Reading.of(chosen) if isinstance(chosen, Settings) else chosen
        checked = self.check_settings(record, reading)
        self.books.connections.save_settings(record.id, checked.settings, self.ledger_record(record).id)
        return checked

    def owner(self, record: ConnectionRecord) -> JournalOwner:
        """Whose postings a store's are: its own, in the company that it is kept in."""
        return JournalOwner(record.organization_id, record.id, self.ledger_record(record).identity)

    def stores(self) -> list[ConnectionRecord]:
        """Every connected store; NeedsMapping where there is none."""
        found = self.books.connections.connected(self.organization_id, STORE)
        if not found:
            raise NeedsMapping(
                Message("No store is connected yet. Connect one under Connections, or with: comptoir connect shopify"),
                what="store",
                where="connect",
            )
        return found

    @property
    def privacy(self) -> PrivacyRequests:
        """What people asked of their data."""
        return PrivacyRequests(self.books.database, self.vault)

    def act_on_privacy(self) -> int:
        """Forget whoever asked to be forgotten and is not yet; answers how many requests that were."""
        waiting = self.privacy.waiting((PrivacyKind.FORGET.value, PrivacyKind.FORGET_ALL.value))
        for each in waiting:
            record = self.books.connections.get(each.connection_id)
            is_everybody = each.kind == PrivacyKind.FORGET_ALL.value
            records = forget_all(self.books, record) if is_everybody else forget(self.books, record, each.orders)
            with self.books.database.write() as connection:
                self.privacy.done(connection, each.id, records)
        return len(waiting)

    def errands(self) -> None:
        """What a process that serves does beside the runs: reports, people to forget, consents that nobody finished."""
        self.send_reports()
        self.act_on_privacy()
        self.books.connections.forget_kept(utc_now() - SIGNED_FOR)
        Consents(self.books.database, self.vault).clear()

    def send_reports(self, now: datetime | None = None) -> Sent:
        """Send every report by e-mail that is due: after a run, and at every tick of a process that serves.

        Runs plan their reports when they end (`engine.reporting`), so there is nothing else to call. Never raises
        because of the mail server, takes no lock where nothing is due, and may wait for the network: call it in a
        thread that may wait, never inside a transaction. Several processes may call it at once.
        """
        return send_due(self.books, mail_server(os.environ), now or utc_now())

    def work(
        self,
        record: ConnectionRecord,
        run: Run,
        watch: Callable[[Step], None] = lambda _step: None,
        sleep: Callable[[float], None] = time.sleep,
        pause_point: Callable[[], None] = lambda: None,
    ) -> Work:
        """The work of one run."""
        return Work(
            books=self.books,
            record=self.books.connections.get(record.id),
            store=self.store(record),
            ledger=self.ledger(self.ledger_record(record), patient=run.trigger == BY_SCHEDULE),
            run=run,
            watch=watch,
            worker=self.worker,
            sleep=sleep,
            pause_point=pause_point,
        )


CONNECTABLES: Mapping[str, Callable[[App], Connectable]] = {
    SHOPIFY: lambda app: ShopifyConnecting(app.http, retries=app.retries),
    QUICKBOOKS: lambda app: QuickBooksConnecting(app.intuit_app),
}
"""One line a platform: its folder brings the form, the pages and the command line show it."""
BLANK = "-"
"""Stands where a disconnected connection had a secret, so that what it said before can still be read."""


class _Watched:
    """Tokens of a connection. What becomes of its sign-in is noted with it, whoever renews them."""

    def __init__(self, app: App, record: ConnectionRecord) -> None:
        self._app = app
        self._record = record
        self._tokens = app.books.connections.tokens(record)

    def load(self) -> Tokens | None:
        return self._tokens.load()

    def save(self, tokens: Tokens) -> None:
        self._tokens.save(tokens)
        self._app.note_renewal(self._record)

    @contextmanager
    def lock(self) -> Iterator[None]:
        try:
            with self._tokens.lock():
                yield
        except Reconnect as error:
            self._app.note_stop(self._record, error)
            raise


_STORE_ENDED = "{title} was disconnected. Connect it again first."
_COMPANY_ENDED = (
    "{title} was disconnected. Connect it again; or, where another company is connected, keep the store there: under "
    "Connections, or with comptoir company."
)


class _Disconnected:
    """The tokens of a connection that was disconnected: there are none, and none will come."""

    def __init__(self, record: ConnectionRecord) -> None:
        self._record = record

    def load(self) -> Tokens | None:
        raise self._ended()

    def save(self, tokens: Tokens) -> None:
        del tokens
        raise self._ended()

    def lock(self) -> AbstractContextManager[None]:
        raise self._ended()

    def _ended(self) -> Reconnect:
        words = _COMPANY_ENDED if self._record.role == LEDGER else _STORE_ENDED
        return Reconnect(Message(words, {"title": self._record.title}))


@contextmanager
def open_app(place: Path | Home | None = None, *, to_read: bool = False, may_share: bool = False) -> Iterator[App]:
    """Open an installation and hold it: one process at a time, but for guests. On a server nobody waits.

    `to_read`: as a guest, for what looks or writes a table that is shared. `may_share`: as a guest where another
    process holds it: for what sends nothing to the books (docs/decisions/0019-beside-a-server.md). Raises the errors of
    `storage.home`, `.database`, `.vault` and `.upgrade`.
    """
    home = place if isinstance(place, Home) else Home.at(place)
    with ExitStack() as stack:
        is_guest = to_read and home.is_local
        try:
            stack.enter_context(nullcontext() if to_read else home.working())
        except HomeBusyError:
            if not may_share:
                raise
            is_guest = True
        database = Database(home.database_url)
        try:
            upgrade(database, home.key_file)
            vault = open_vault(database, home.key_file)
            books = Books.open(database, vault)
            with open_client() as http:
                yield App(home, books, http, books.connections.organization(), vault, is_guest=is_guest)
        finally:
            database.close()


LOOK_CONNECT_SECONDS = 5.0
LOOK_READ_SECONDS = 20.0


@contextmanager
def look_into(home: Home) -> Iterator[App]:
    """An installation as it is, for a look: nothing in it is made, upgraded or held. It must be there, of this release.

    Who looks is impatient: short time-outs, one repetition.
    """
    database = Database(home.database_url)
    try:
        vault = open_vault(database, home.key_file)
        books = Books.open(database, vault)
        organization = books.connections.known_organization() or 0
        with open_client(connect_timeout_seconds=LOOK_CONNECT_SECONDS, read_timeout_seconds=LOOK_READ_SECONDS) as http:
            yield App(home, books, http, organization, vault, retries=1)
    finally:
        database.close()
