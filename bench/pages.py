"""How long the pages take with very many orders in the database, also while many browsers follow a run.

    python -m bench.pages [--orders N] [--rounds R] [--browsers B] [--json]

A few orders go the whole real way into a simulated company; the rows that they leave are then multiplied, each sealed
under its own key, with held and changed ones among them. The pages are served by a process of its own, and every page
that can be opened is asked for R times over a socket, one after the other; a page that asks the company is named with
the others and measured, and is no page of the database. Then B browsers ask every second how far a run is, and
everything is measured once more. Figures are milliseconds from the request to the last byte: the median, and what 95 of
a hundred requests keep to. Beside them stand how many questions the page asks the database, and the time that the
server has a processor for it, which hangs on nothing else that the machine does.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
from sqlalchemy import Connection, func, insert, select, update
from starlette.testclient import TestClient

from bench.counting import cpu_seconds, queries
from bench.shop import sales, settings
from bench.world import company_of, comptoir, connect, make_known, shop_of
from comptoir.books.documents import Kind, PostingKey
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.problems import Message, Problem
from comptoir.engine.proving.outcome import Outcome, outcome_of
from comptoir.engine.proving.outcome import pages_of as pages_of_proof
from comptoir.engine.proving.proof import HeldRow, Proof, SkippedRow
from comptoir.engine.telling.overview import proof_of
from comptoir.storage.codec import adapter, causes_digest, problems_to_json
from comptoir.storage.people.users import Role
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState
from comptoir.storage.tables import events, facts, postings, runs
from comptoir.web.access import passwords
from comptoir.web.app import create_app
from comptoir.web.guard import SESSION_COOKIE
from comptoir.web.server import serving
from comptoir.wiring import App, open_app

ORDERS = 100_000
ROUNDS = 20
BROWSERS = 100
REAL = 60
"""Orders that go the real way."""
BUYERS, THINGS = 20, 10
RUNS = 200
ROWS_AT_ONCE = 500
DAYS = 730
"""Over which the orders are spread."""
HELD_EVERY, CHANGED_EVERY = 10, 5_000
"""Each so manieth order is held by a tax, or was changed in the books."""
TAXES = ("VAT at sea", "Duty", "Eco fee")
"""What holds them, in turn."""
OWNER = "owner@example.com"
PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
START_SECONDS = 20
WARM = 2
"""Requests of a page before it is measured."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page. `asks`: it asks the company or the machine, not only the database."""

    name: str
    path: str
    asks: bool = False


@dataclass(frozen=True)
class Took:
    """What a page took, in milliseconds: half of the requests, and 95 of a hundred, took no longer.

    `cpu` is the time of the server's processor, with that for whatever else was asked meanwhile.
    """

    median: float
    most: float
    cpu: float


@dataclass(frozen=True)
class Served:
    """Where the pages are, and the process that serves them."""

    url: str
    process: int


@contextmanager
def filled(home: Path, orders: int) -> Iterator[None]:
    """An installation with so many orders in it and an owner; its shop and company are there for the block."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with shop_of(home.parent, sales(REAL, buyers=BUYERS, things=THINGS)) as shop, company_of() as company:
        make_known(company, buyers=BUYERS, things=THINGS)
        connect(home, shop, company, settings(form="invoice"))
        comptoir("sync", "--json", "--home", home)
        _fill(home, orders)
        yield


def _fill(home: Path, orders: int) -> None:
    with open_app(home) as app:
        Filling(app, orders).run()
        users = create_app(app).state.accounts.users
        with app.books.database.write() as connection:
            hashed = passwords.hash_of(PASSWORD)
            user = users.add(connection, email=OWNER, name="Owner", password_hash=hashed, language="en")
            users.join(connection, app.organization_id, user.id, Role.OWNER)


class Filling:
    """Multiplies what a few real orders left."""

    def __init__(self, app: App, orders: int) -> None:
        self._app = app
        self._orders = orders
        self._vault = app.vault
        with app.books.database.read() as connection:
            self._facts = list(map(dict, connection.execute(select(facts).order_by(facts.c.id)).mappings()))
            self._postings: dict[str, list[Row]] = {}
            for row in connection.execute(select(postings).where(postings.c.wave != "lists")).mappings():
                self._postings.setdefault(row["order_source_id"], []).append(dict(row))
            self._lines: dict[int, list[Row]] = {}
            for row in connection.execute(select(events)).mappings():
                self._lines.setdefault(row["posting_id"], []).append(dict(row))

    def run(self) -> None:
        """Until there are as many orders as wanted, and the runs that brought them."""
        database = self._app.books.database
        with database.read() as connection:
            next_id = 1 + (connection.execute(select(func.max(postings.c.id))).scalar() or 0)
        for first in range(len(self._facts), self._orders, ROWS_AT_ONCE):
            some = range(first, min(first + ROWS_AT_ONCE, self._orders))
            with database.write() as connection:
                next_id = self._add(connection, some, next_id)
        with database.write() as connection:
            self._add_runs(connection)

    def _add(self, connection: Connection, numbers: Sequence[int], next_id: int) -> int:
        rows, lines, orders = [], [], []
        for number in numbers:
            fact = self._facts[number % len(self._facts)]
            source = f"{fact['source_id']}-{number}"
            orders.append(self._fact(fact, source, number))
            for posting in self._postings[fact["source_id"]]:
                rows.append(self._posting(posting, source, number, next_id))
                own = self._lines.get(posting["id"], ())
                lines += [{**line, "posting_id": next_id} for line in own]
                next_id += 1
        connection.execute(insert(facts), [_without_id(each) for each in orders])
        connection.execute(insert(postings), rows)
        connection.execute(insert(events), [_without_id(each) for each in lines])
        return next_id

    def _placed(self, number: int) -> datetime:
        newest = max(each["placed_at"] for each in self._facts)
        placed: datetime = newest - timedelta(days=DAYS) * (self._orders - number) / self._orders
        return placed

    def _fact(self, fact: Row, source: str, number: int) -> Row:
        digest = f"{number:064x}"
        known = f"facts/{fact['store']}/{fact['source_id']}/{fact['content_hash']}"
        personal = self._vault.unseal(fact["personal"], known)
        return {
            **fact,
            "source_id": source,
            "number": f"#{2000 + number}",
            "placed_at": self._placed(number),
            "content_hash": digest,
            "personal": self._vault.seal(personal, f"facts/{fact['store']}/{source}/{digest}"),
        }

    def _posting(self, row: Row, source: str, number: int, identity: int) -> Row:
        own = SourceId(f"{row['source_id']}-{number}")
        key = str(PostingKey(StoreIdentity(row["store"]), Kind(row["kind"]), own, row["part"]))
        document = self._vault.unseal(row["document"], f"postings/{row['key']}")
        is_sale = row["kind"] == Kind.SALE.value
        made = {
            **row,
            "id": identity,
            "key": key,
            "source_id": own,
            "order_source_id": source,
            "order_number": f"#{2000 + number}",
            "number": f"{row['number']}-{number}",
            "document": self._vault.seal(document, f"postings/{key}"),
            "dated": self._placed(number).date(),
            "store_minor": row["store_minor"] + number % 1000 if row["store_minor"] else row["store_minor"],
            "ledger_id": str(1_000_000 + identity),
        }
        if is_sale and number % HELD_EVERY == 0:
            held = _held_by(TAXES[number // HELD_EVERY % len(TAXES)], made["order_number"])
            told = {"problems": problems_to_json((held,)), "causes": causes_digest((held,))}
            return {**made, **told, "state": State.HELD.value, "ledger_id": None}
        if is_sale and number % CHANGED_EVERY == 1:
            return {**made, "state": State.CHANGED.value, "ledger_minor": 1}
        return made

    def _add_runs(self, connection: Connection) -> None:
        """Earlier runs, each with the proof and the report of the real one, drawn out over all the days."""
        books = self._app.books
        last = dict(connection.execute(select(runs).order_by(runs.c.id.desc()).limit(1)).mappings().one())
        proof = proof_of(books, books.runs.get(last["id"]))
        if proof is None:
            raise AssertionError("the real run left no proof")
        long = _long(proof, self._orders)
        told = adapter(Outcome).dump_json(outcome_of(long)).decode()
        rows = [{**_without_id(last), "trigger": "schedule", "proof": told}] * RUNS
        pages = list(pages_of_proof(long))
        for run_id in connection.scalars(insert(runs).returning(runs.c.id), rows).all():
            books.proof_pages.keep(connection, last["organization_id"], run_id, pages)
        connection.execute(update(runs).values(posted=3, decided=3, fetched=3))


def _long(proof: Proof, orders: int) -> Proof:
    """The proof of so many orders: a line a day, and what is held or left out of them one by one."""
    first, like = date(2024, 1, 1), proof.days[0]
    days = tuple(replace(like, day=first + timedelta(days=place)) for place in range(DAYS))
    held = HeldRow(Kind.SALE, "#1", first, None, (_held_by(TAXES[0], "#1"),))
    skipped = SkippedRow(Kind.SALE, "#1", first, None, "test-order", "It is a test order.")
    return replace(proof, days=days, held=(held,) * (orders // HELD_EVERY), skipped=(skipped,) * (orders // 100))


def _held_by(tax: str, number: str) -> Problem:
    values = {"number": number, "tax": tax}
    words = Message('The store\'s tax "{tax}" has no tax code.', values)
    remedy = Message('Add "{tax}" under taxes.codes in the settings.', values)
    return Problem("tax-unmapped", words, remedy, number, "taxes", f"tax:{tax.casefold()}")


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}


# Serving and asking


def _serve(home: Path, address: Any) -> None:
    with open_app(home) as app, serving(create_app(app), "127.0.0.1", 0) as url:
        address.send(url)
        threading.Event().wait()


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """The pages of an installation, in a process of their own."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(home, there), daemon=True)
    process.start()
    try:
        if not here.poll(START_SECONDS):
            raise TimeoutError("the pages did not come up")
        yield Served(here.recv(), process.pid or 0)
    finally:
        process.terminate()
        process.join(START_SECONDS)


def signed_in(home: Path) -> dict[str, str]:
    """The cookie of the owner."""
    with open_app(home) as app:
        session = create_app(app).state.accounts.sign_in(OWNER, PASSWORD, "127.0.0.1", "bench")
        return {SESSION_COOKIE: session.token}


def pages_of(home: Path) -> list[Page]:
    """Every page that can be opened, and what is looked for among the orders."""
    with open_app(home) as app:
        (store,) = app.stores()
        with app.books.database.read() as connection:
            latest = select(facts.c.source_id, facts.c.number).order_by(facts.c.placed_at.desc())
            source, number = connection.execute(latest.limit(1)).one()
            held = select(postings.c.order_source_id).where(postings.c.state == State.HELD.value)
            stopped = connection.execute(held.limit(1)).scalar_one()
            last = connection.execute(select(func.max(runs.c.id)).where(runs.c.proof.is_not(None))).scalar_one()
    order = f"/orders/{store.id}/{quote(source, safe='')}"
    return [
        Page("home", "/"),
        Page("a run's progress", f"/stores/{store.id}/progress"),
        Page("orders", "/orders"),
        Page("orders, a page later", f"/orders?after={quote('2025-06-01T00:00:00+00:00~1')}"),
        Page("orders by number", f"/orders?q={quote(number)}"),
        Page("orders by part of a number", "/orders?q=99"),
        Page("orders by amount", "/orders?q=48.00"),
        Page("orders by customer", "/orders?q=Ada+1"),
        Page("orders by nothing that fits", "/orders?q=Zebra"),
        *(Page(f"orders {state}", f"/orders?state={state}") for state in STATES),
        Page("an order", order),
        Page("an order held", f"/orders/{store.id}/{quote(stopped, safe='')}"),
        Page("an order, and why", f"{order}/why", asks=True),
        Page("to fix", "/to-fix"),
        Page("orders of a cause", f"/to-fix/{store.id}/orders?cause={quote(_held_by(TAXES[0], '').cause)}"),
        Page("runs", "/runs"),
        Page("a run", f"/runs/{last}"),
        Page("a run, its earlier days", f"/runs/{last}?days=10"),
        Page("a run to take back", f"/undo/{store.id}?what=run&name={last}", asks=True),
        Page("health", "/health"),
        Page("health's findings", "/health/findings", asks=True),
        Page("account", "/account"),
        Page("settings", "/settings"),
        Page("trail", "/settings/trail"),
    ]


STATES = ("held", "changed", "on-the-way", "posted", "left-out", "taken-out")


def counted(home: Path, cookies: dict[str, str], pages: Sequence[Page]) -> dict[str, int]:
    """How many questions each page asks the database, in this process."""
    found: dict[str, int] = {}
    with open_app(home) as app:
        client = TestClient(create_app(app), cookies=cookies)
        for page in pages:
            with queries(app.books.database) as asked:
                client.get(page.path)
            found[page.name] = len(asked)
    return found


def timed(server: Served, cookies: dict[str, str], pages: Sequence[Page], rounds: int) -> dict[str, Took]:
    """What each page took."""
    found: dict[str, Took] = {}
    with httpx2.Client(base_url=server.url, cookies=cookies, timeout=120) as client:
        for page in pages:
            asking = _took(client, page)
            list(islice(asking, WARM))
            began = cpu_seconds(server.process)
            took = sorted(islice(asking, rounds))
            cpu = (cpu_seconds(server.process) - began) * 1000 / rounds
            found[page.name] = Took(statistics.median(took), took[math.ceil(rounds * 0.95) - 1], cpu)
    return found


def _took(client: httpx2.Client, page: Page) -> Iterator[float]:
    while True:
        began = time.perf_counter()
        answer = client.get(page.path)
        if answer.status_code != httpx2.codes.OK:
            raise AssertionError(f"{page.path} answered {answer.status_code}")
        yield (time.perf_counter() - began) * 1000


@contextmanager
def watched(url: str, cookies: dict[str, str], path: str, browsers: int) -> Iterator[Callable[[], int]]:
    """So many browsers that ask for a path every second; answers how often it was answered."""
    asked = [0] * browsers
    stop = threading.Event()

    def browser(place: int) -> None:
        stop.wait(place / browsers)
        with httpx2.Client(base_url=url, cookies=cookies, timeout=120) as client:
            while not stop.is_set():
                began = time.monotonic()
                asked[place] += client.get(path).status_code == httpx2.codes.OK
                stop.wait(max(0.0, 1 - (time.monotonic() - began)))

    threads = [threading.Thread(target=browser, args=(place,), daemon=True) for place in range(browsers)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(asked)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _crowd(url: str, cookies: dict[str, str], path: str, browsers: int, stop: Any, answered: Any) -> None:
    """The browsers, in a process of their own: they are not to take the time of whoever measures."""
    with watched(url, cookies, path, browsers) as count:
        stop.wait()
        answered.value = count()


@contextmanager
def crowd(url: str, cookies: dict[str, str], path: str, browsers: int) -> Iterator[Any]:
    """So many browsers around the block; `value` of what is answered says, afterwards, how often they were."""
    context = multiprocessing.get_context("fork")
    stop, answered = context.Event(), context.Value("q", 0)
    process = context.Process(target=_crowd, args=(url, cookies, path, browsers, stop, answered), daemon=True)
    process.start()
    try:
        yield answered
    finally:
        stop.set()
        process.join(START_SECONDS)


@contextmanager
def a_run(home: Path) -> Iterator[None]:
    """A run is at work for the block, as far as its row says."""
    with open_app(home) as app:
        (store,) = app.stores()
        run = app.books.runs.start(store.organization_id, store.id, "by hand")
    yield
    with open_app(home) as app:
        app.books.runs.finish(run.id, RunState.FINISHED)


@dataclass(frozen=True)
class Measured:
    """What every page took, alone and while browsers follow a run, and how often these were answered a second."""

    pages: Sequence[Page]
    asked: dict[str, int]
    alone: dict[str, Took]
    crowded: dict[str, Took]
    answers_a_second: float


def measure(home: Path, rounds: int, browsers: int, *, asks: bool) -> Measured:
    """Every page of a filled installation; `asks`: those too that ask the company, which must then be there."""
    pages, cookies = [page for page in pages_of(home) if asks or not page.asks], signed_in(home)
    own = [page for page in pages if not page.asks]
    progress = next(page.path for page in pages if page.path.endswith("/progress"))
    asked = counted(home, cookies, own)
    with a_run(home), served(home) as server:
        alone = timed(server, cookies, pages, rounds)
        began = time.monotonic()
        with crowd(server.url, cookies, progress, browsers) as answered:
            time.sleep(1.5)
            crowded = timed(server, cookies, own, rounds)
        seconds = time.monotonic() - began
    return Measured(pages, asked, alone, crowded, answered.value / seconds)


def show(found: Measured) -> None:
    """A table."""
    print(f"{'page':32}{'questions':>10}{'cpu':>8}{'alone':>10}{'95 %':>8}{'crowded':>10}{'95 %':>8}")
    for page in found.pages:
        alone = found.alone[page.name]
        line = (
            f"{page.name:32}{found.asked.get(page.name, ''):>10}{alone.cpu:8.1f}{alone.median:10.1f}{alone.most:8.1f}"
        )
        crowded = found.crowded.get(page.name)
        told = f"{crowded.median:10.1f}{crowded.most:8.1f}" if crowded else "  (asks the company or the machine)"
        print(line + told)
    waiting = os.getloadavg()[1]
    print(f"the browsers were answered {found.answers_a_second:.0f} times a second")
    print(f"programs that wanted a core, of {os.cpu_count()}, in the last five minutes: {waiting:.1f}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--browsers", type=int, default=BROWSERS)
    parser.add_argument("--home", type=Path, help="an installation filled before, or where to fill one that stays")
    parser.add_argument("--json", action="store_true", help="the figures as one object, last")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="comptoir-pages-")))
        home = options.home or folder / "home"
        is_fresh = not home.exists()
        if is_fresh:
            began = time.monotonic()
            stack.enter_context(filled(home, options.orders))
            print(f"{options.orders:,} orders in {time.monotonic() - began:.0f} s", flush=True)
        found = measure(home, options.rounds, options.browsers, asks=is_fresh)
    show(found)
    if options.json:
        print(json.dumps({"alone": _told(found.alone), "crowded": _told(found.crowded), "questions": found.asked}))
    return 0


def _told(took: dict[str, Took]) -> dict[str, list[float]]:
    return {name: [round(figure, 1) for figure in astuple(each)] for name, each in took.items()}


if __name__ == "__main__":
    sys.exit(main())
