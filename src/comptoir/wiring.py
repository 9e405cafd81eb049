"""The only place that builds concrete objects: rooms of storage, connectors of platforms, work for the road."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import httpx2

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.errors import HouseError, NeedsMapping, Unexpected
from comptoir.engine.ports import Ledger, Store
from comptoir.engine.privacy import carry_out
from comptoir.engine.setup.command import ConnectCommand
from comptoir.engine.setup.connecting import Accounting, Connectable, Selling
from comptoir.engine.setup.fitting import Fitting, fitted, surroundings
from comptoir.engine.setup.reading import Reading
from comptoir.engine.setup.sign_ins import note_test, tokens_of
from comptoir.engine.work import Books, SettingsProblemsError, Step, Work, utc_now
from comptoir.http.oauth import TokenStore
from comptoir.http.transport import RETRIES, open_client
from comptoir.ledgers.quickbooks.apps import Apps
from comptoir.ledgers.quickbooks.command import COMMAND as QUICKBOOKS_COMMAND
from comptoir.ledgers.quickbooks.connecting import QuickBooksConnecting
from comptoir.ledgers.quickbooks.webhooks import VERIFIER
from comptoir.mail.sending import Sent, send_due
from comptoir.mail.server import conversation, mail_server
from comptoir.storage.connections import STORE, ConnectionRecord, Standing, open_vault
from comptoir.storage.consents import Consents
from comptoir.storage.database import Database
from comptoir.storage.executors import TICKER, Executors
from comptoir.storage.fence import GUEST, PROCESS
from comptoir.storage.journal import JournalOwner
from comptoir.storage.limits import SharedRates
from comptoir.storage.privacy import PrivacyRequests
from comptoir.storage.runs import BY_SCHEDULE, Run
from comptoir.storage.upkeep.home import Home, HomeBusyError
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import Vault
from comptoir.stores.shopify.command import COMMAND as SHOPIFY_COMMAND
from comptoir.stores.shopify.connecting import ShopifyConnecting

C = TypeVar("C", bound=Connectable)
SHOPIFY = "shopify"
QUICKBOOKS = "quickbooks"
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
    _made: dict[tuple[str, int], Connectable] = field(default_factory=dict)
    """The connectors, by platform and organization: whoever calls an account shares its limits with everybody else."""

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
        selling, config = self._connector(SELLING, record.platform), self.config(record)
        if selling.check(config):
            raise Unexpected(
                Message("The stored connection to {store} is incomplete. Connect it again.", {"store": record.title})
            )
        return selling.open(config, self.tokens(record))

    def watch(self, record: ConnectionRecord, address: str) -> int:
        """Have a store tell `address` (https) of its changes; answers how many kinds of them are new. 0: it cannot."""
        selling = self._connector(SELLING, record.platform)
        return selling.watch(self.config(record), self.tokens(record), address)

    def ledger(self, record: ConnectionRecord, *, patient: bool = False) -> Ledger:
        """The company of a connection; nothing is sent yet. `patient`: for work that no person waits for."""
        accounting = self._connector(ACCOUNTING, record.platform)
        return accounting.open(self.config(record), self.tokens(record), patient=patient)

    def company_file(self, record: ConnectionRecord) -> bytes:
        """The company's settings and lists as its API answers them, one JSON object, for a copy on this machine."""
        return self._connector(ACCOUNTING, record.platform).company_file(self.config(record), self.tokens(record))

    def connectables(self) -> Mapping[str, Connectable]:
        """Every platform that can be connected, by its slug."""
        selling = {slug: self._connector(SELLING, slug) for slug in SELLING}
        return {**selling, **{slug: self._connector(ACCOUNTING, slug) for slug in ACCOUNTING}}

    def _connector(self, makers: Mapping[str, Callable[[App], C]], slug: str) -> C:
        """The connector of a platform, made once; Unexpected for one that this release does not have."""
        make = makers.get(slug)
        if make is None:
            raise Unexpected(Message("This release of Comptoir does not know the platform {name}.", {"name": slug}))
        key = slug, self.organization_id
        if key not in self._made:
            self._made[key] = make(self)
        return cast("C", self._made[key])

    @property
    def rates(self) -> SharedRates:
        """What the processes of the installation share of the limits of platforms, for this organization."""
        return SharedRates(self.books.database, self.organization_id)

    def config(self, record: ConnectionRecord) -> Mapping[str, str]:
        """What a connection was saved with, secrets too. One that was disconnected has none that open anything."""
        if record.disconnected_at is not None:
            platform = self.connectables().get(record.platform)
            secret = [each.name for each in platform.fields if each.secret] if platform is not None else []
            return {**record.config, **dict.fromkeys(secret, BLANK)}
        return {**record.config, **self.books.connections.secrets(record)}

    def tokens(self, record: ConnectionRecord) -> TokenStore:
        """The tokens of a connection; where they are refused for good, that is noted with it."""
        return tokens_of(self.books.connections, record)

    def look_at(self, record: ConnectionRecord) -> Standing:
        """Test a connection now, and keep what was found. Never raises because of the platform."""
        return note_test(self.books.connections, record, partial(self._test, record))

    def _test(self, record: ConnectionRecord) -> Standing:
        return self.connectables()[record.platform].ask(self.config(record), self.tokens(record))

    def notes(self, record: ConnectionRecord) -> Sequence[Message]:
        """What the owner of a connection should know of it, asked now: the test of the connection once more."""
        return self._test(record).notes

    def mail_problem(self) -> Problem | None:
        """What is wrong with the mail server of the environment, asked now; None where it lets us in."""
        server = mail_server(os.environ)
        if isinstance(server, Problem):
            return server
        with conversation(replace(server, timeout_seconds=LOOK_CONNECT_SECONDS)) as opened:
            return opened.greet()

    def ends_for_good(self, record: ConnectionRecord) -> datetime | None:
        """When a person must sign in again however often the sign-in is renewed; None where it is not known."""
        platform = self.connectables().get(record.platform)
        return platform.ends_for_good(record.config) if platform is not None else None

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
        return carry_out(self.books, self.privacy)

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


SELLING: Mapping[str, Callable[[App], Selling]] = {
    SHOPIFY: lambda app: ShopifyConnecting(app.http, retries=app.retries),
}
ACCOUNTING: Mapping[str, Callable[[App], Accounting]] = {
    QUICKBOOKS: lambda app: QuickBooksConnecting(
        Apps(app.http, app.rates, retries=app.retries), verifier=lambda: os.environ.get(VERIFIER, "")
    ),
}
"""One line a platform: its folder brings everything else."""
COMMANDS: Mapping[str, ConnectCommand] = {SHOPIFY: SHOPIFY_COMMAND, QUICKBOOKS: QUICKBOOKS_COMMAND}
"""What connects each on the command line."""
BLANK = "-"
"""Stands where a disconnected connection had a secret, so that what it said before can still be read."""


@contextmanager
def open_app(place: Path | Home | None = None, *, to_read: bool = False, may_share: bool = False) -> Iterator[App]:
    """Open an installation and hold it: one process at a time, but for guests. On a server nobody waits.

    `to_read`: as a guest, for what looks or writes a table that is shared. `may_share`: as a guest where another
    process holds it: for what sends nothing to the books (docs/decisions/0004-one-process-a-directory.md). Raises the
    errors of `storage.home`, `.database`, `.vault` and `.upgrade`.
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
