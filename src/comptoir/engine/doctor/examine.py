"""The whole look: the machine, then the records, then everything that the network can tell, at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial

from comptoir.books.problems import Message
from comptoir.engine.doctor import company as companies
from comptoir.engine.doctor.findings import Finding, Outcome, Page, Report
from comptoir.engine.doctor.installation import Installation
from comptoir.engine.doctor.machine import look_at_database, look_at_directory, look_at_key
from comptoir.engine.doctor.platforms import Asked, ask_all, look_at_mail, wants_reports
from comptoir.engine.doctor.records import (
    look_at_journal,
    look_at_metered,
    look_at_runs,
    look_at_schedule,
    look_at_sign_in,
)
from comptoir.engine.setup.fitting import surroundings
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord
from comptoir.storage.database import Database
from comptoir.storage.upkeep.home import Home

Open = Callable[[Home], AbstractContextManager[Installation]]


def examine(home: Home, open_it: Open, now: datetime, *, offline: bool = False) -> Iterator[Finding]:
    """Everything that is found, in the order in which to read it. `offline` asks no platform."""
    machine = list(_machine(home))
    yield from machine
    if any(each.outcome is Outcome.PROBLEM and each.check != "disk" for each in machine):
        return  # what follows needs the directory, its key and its database
    with open_it(home) as installation:
        yield from _connected(installation, now, offline=offline)


def _machine(home: Home) -> Iterator[Finding]:
    if home.needs_directory:
        yield from Report("data directory").guarded(partial(look_at_directory, home))
        if not home.path.is_dir():
            return
    if home.is_local and not home.database_file.exists():
        yield Report("database").problem(
            "There is no database: nothing was ever set up here.", "Connect a store: comptoir connect shopify"
        )
        return
    yield from Report("key file").guarded(partial(look_at_key, home))
    database = Database(home.database_url)
    try:
        yield from Report("database").guarded(partial(look_at_database, database))
    finally:
        database.close()


def _connected(installation: Installation, now: datetime, *, offline: bool) -> Iterator[Finding]:
    records = installation.books.connections.connected(installation.organization_id)
    stores = [each for each in records if each.role == STORE]
    yield from _missing(records)
    for record in records:
        yield from Report.on("sign-in", record).guarded(partial(look_at_sign_in, installation, record, now))
    yield from Report("reads").guarded(partial(look_at_metered, installation, now))
    asked, clocks = ([], []) if offline else ask_all(installation, records)
    yield from (finding for each in asked for finding in each.findings)
    yield from clocks
    if not offline and any(wants_reports(each) for each in stores):
        yield from Report("mail").guarded(partial(look_at_mail, installation))
    for store in stores:
        yield from _of_store(installation, store, asked, now)


def _missing(records: list[ConnectionRecord]) -> Iterator[Finding]:
    report, roles = Report("connection"), {each.role for each in records}
    if STORE not in roles:
        yield report.problem(
            "No store is connected.", "Connect one under Connections, or with: comptoir connect shopify"
        ).on_page(Page.CONNECTIONS, Message("Connect one."))
    if LEDGER not in roles:
        yield report.problem(
            "No company is connected.", "Connect one under Connections, or with: comptoir connect quickbooks"
        ).on_page(Page.CONNECTIONS, Message("Connect one."))


def _of_store(
    installation: Installation, store: ConnectionRecord, asked: list[Asked], now: datetime
) -> Iterator[Finding]:
    """What concerns one store and its company."""
    yield from Report.on("schedule", store).guarded(partial(look_at_schedule, installation, store, now))
    yield from Report.on("runs", store).guarded(partial(look_at_runs, installation, store, now))
    company = installation.books.connections.company_of(store)
    if company is None:
        return
    found = next((each.books for each in asked if each.record.id == company.id and each.books), None)
    yield from Report.on("documents", store).guarded(
        partial(look_at_journal, installation, store, now, with_causes=found is None)
    )
    if found is None:
        return
    ledger, read = found
    around = surroundings(installation.books, store, company, now.date())
    yield from Report.on("settings", store).guarded(partial(companies.look_at_settings, store, read, around))
    yield from Report.on("orders", store).guarded(
        partial(companies.look_at_orders, installation, store, ledger, read, now)
    )
