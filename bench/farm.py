"""A farm: workers on a PostgreSQL server, many shops and the companies that they post to.

Every worker signs in to the database under a role of its own, and triggers of the bench note whose transaction wrote
what, and who held the fence of it at that instant. So the database itself says whether a worker wrote without the right
to, whatever the worker believed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from scripts.postgresql import Server, private_server

from bench.shop import BUYERS, FIRST_NUMBER, THINGS, Buyer, sales, settings, story
from bench.town import CLOCK_TIMES, domain, realm
from bench.world import COMPTOIR, PATIENCE_SECONDS, BenchError, tell
from comptoir.cli.settings import settings_from
from comptoir.demo.simulators import Simulator, connect_company, connect_shop
from comptoir.engine.service.schedule import TERMS_VERSION
from comptoir.storage.schedule import Terms
from comptoir.storage.upkeep.home import DATABASE_NAME
from comptoir.wiring import App, open_app
from comptoir_sandbox.shopify.app import ShopifyConfig

DATABASE = "farm"
START_SECONDS = 120.0
LATENCY_SECONDS = 0.2
HOUR_SECONDS = 3600
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)

AUDIT = """
CREATE TABLE audit (
    id bigserial PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    role text NOT NULL DEFAULT session_user, written text NOT NULL, subject text NOT NULL, owner text
);
CREATE FUNCTION note_post() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit (written, subject, owner) VALUES (
        TG_TABLE_NAME, 'post:' || NEW.company, (SELECT owner FROM fences WHERE subject = 'post:' || NEW.company));
    RETURN NULL; END $$;
CREATE FUNCTION note_fetch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit (written, subject, owner) VALUES (
        TG_TABLE_NAME, 'fetch:' || NEW.connection_id,
        (SELECT owner FROM fences WHERE subject = 'fetch:' || NEW.connection_id));
    RETURN NULL; END $$;
CREATE FUNCTION note_life() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.subject LIKE 'executor:%' THEN
        INSERT INTO audit (written, subject, owner) VALUES ('life', NEW.subject, NEW.owner); END IF;
    RETURN NULL; END $$;
CREATE FUNCTION note_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit (written, subject, owner) VALUES ('hold', NEW.subject, NEW.owner);
    RETURN NULL; END $$;
CREATE TRIGGER bench_postings AFTER INSERT OR UPDATE ON postings FOR EACH ROW EXECUTE FUNCTION note_post();
CREATE TRIGGER bench_batches AFTER INSERT OR UPDATE ON batches FOR EACH ROW EXECUTE FUNCTION note_post();
CREATE TRIGGER bench_facts AFTER INSERT ON facts FOR EACH ROW EXECUTE FUNCTION note_fetch();
CREATE TRIGGER bench_lives AFTER INSERT ON fences FOR EACH ROW EXECUTE FUNCTION note_life();
CREATE TRIGGER bench_holds AFTER INSERT OR UPDATE OF owner ON fences FOR EACH ROW EXECUTE FUNCTION note_hold();
"""
LIVES = "SELECT DISTINCT role, split_part(subject, ':', 2) FROM audit WHERE written = 'life'"
WRITES = f"""
SELECT count(*) FROM audit AS a
WHERE written NOT IN ('life', 'hold') AND role LIKE 'worker%%' AND at > %s AND role LIKE %s
AND NOT EXISTS (SELECT 1 FROM ({LIVES}) AS l (role, name) WHERE l.role = a.role
                AND l.name = split_part(coalesce(a.owner, ''), '/', 1))
"""  # noqa: S608 - our own words
BY_ROLE = "SELECT count(*) FROM audit WHERE written NOT IN ('life', 'hold') AND role = %s AND at > %s"
UNSETTLED = "SELECT count(*) FROM postings WHERE state IN ('planned', 'sending', 'unknown', 'waiting')"
RUNNING = "SELECT count(*) FROM runs WHERE state = 'running'"


@dataclass
class Worker:
    """A process, the role under which it signs in, and the name that it has in the database."""

    process: subprocess.Popen[bytes]
    role: str
    name: str


@dataclass
class Farm:
    """The town, the database, the installation and its workers."""

    folder: Path
    server: Server
    url: str
    app: App
    shops: list[Simulator]
    companies: list[Simulator]
    draw: random.Random
    workers: list[Worker] = field(default_factory=list)
    started: int = 0
    orders: int = 0

    def look(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of the database, as its superuser sees them."""
        with psycopg.connect(self.server.url(DATABASE)) as connection:
            return connection.execute(query.encode(), values or None).fetchall()

    def count(self, query: str, *values: object) -> int:
        """One number."""
        return int(self.look(query, *values)[0][0])

    def start_worker(self) -> None:
        """One worker more, at work when this returns."""
        self.started += 1
        role = f"worker{self.started}"
        with psycopg.connect(self.server.url(DATABASE), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(role)))
        url = self.server.url(DATABASE).replace("postgres@", f"{role}@")
        log = (self.folder / f"{role}.log").open("wb")
        process = subprocess.Popen(
            [COMPTOIR, "worker", "--home", str(self.app.home.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, DATABASE_NAME: url},
        )
        log.close()
        born: list[str] = []

        def is_born() -> bool:
            born[:] = [name for owner, name in self.look(LIVES) if owner == role]
            return bool(born)

        try:
            until(is_born, START_SECONDS)
        except BenchError:
            process.kill()
            raise BenchError(f"{role} did not start: {self._log(role)}") from None
        self.workers.append(Worker(process, role, born[0]))

    def _log(self, role: str) -> str:
        return (self.folder / f"{role}.log").read_text()[-2000:]

    def sell(self, most: int) -> None:
        """New orders in every shop, as many as are drawn."""
        now = datetime.now(UTC).replace(microsecond=0)
        for place, shop in enumerate(self.shops):
            count = self.draw.randint(0, most)
            first = FIRST_NUMBER + self.orders
            sold = sales(count, buyers=BUYERS, things=THINGS, first=first, at=now, apart=timedelta(0))
            if count:  # the buyers are each shop's own, as people are
                own = (replace(sale, buyer=Buyer(BUYERS * place + sale.buyer.number)) for sale in sold)
                tell(shop, "orders", body=[story(sale) for sale in own])
            self.orders += count

    def make_due(self) -> None:
        """Every store is due now, as by its schedule."""
        now = self.app.books.schedules.now()
        terms = Terms(TERMS_VERSION, now, "bench")
        for store in self.app.stores():
            self.app.books.schedules.switch_on(
                store, period_seconds=24 * HOUR_SECONDS, offset_seconds=0, terms=terms, due_at=now
            )

    def is_done(self) -> bool:
        """Whether everything that was due has run to its end. BenchError where a worker ended by itself."""
        for worker in self.workers:
            if worker.process.poll() is not None:
                raise BenchError(f"{worker.role} ended: {self._log(worker.role)}")
        waiting = "SELECT count(*) FROM schedules WHERE due_at <= %s"
        now = self.app.books.schedules.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return not (self.count(waiting, now) or self.count(RUNNING) or self.count(UNSETTLED))

    def writes_without_fence(self, since: datetime = ALWAYS, role: str = "%") -> int:
        """Rows that workers wrote while none of their own leases stood at what the rows belong to."""
        return self.count(WRITES, since, role)

    def dumps(self) -> str:
        """The canonical dumps of all companies, one after the other, each line with its company."""
        return "\n".join(
            f"{place} {line}"
            for place, company in enumerate(self.companies)
            for line in company.control("dump?canonical=1").splitlines()
        )


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> float:
    """Wait; how long it took. BenchError when it does not come."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise BenchError(f"it did not come within {seconds:.0f} seconds")
        time.sleep(0.1)
    return time.monotonic() - began


@contextmanager
def open_farm(folder: Path, connections: int, companies: int, seed: int) -> Iterator[Farm]:
    """The town, the database and the installation, connected; no worker yet."""
    with ExitStack() as stack:
        server = stack.enter_context(private_server())
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        shops, ledgers = stack.enter_context(_town(connections, companies))
        url = server.url(DATABASE)
        os.environ[DATABASE_NAME] = url
        stack.callback(os.environ.pop, DATABASE_NAME, None)
        app = stack.enter_context(open_app(folder / "home"))
        connect_all(app, shops, ledgers)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(AUDIT.encode())
        farm = Farm(folder, server, url, app, shops, ledgers, random.Random(seed))  # noqa: S311 - no secrets
        try:
            yield farm
        finally:
            for worker in farm.workers:
                worker.process.kill()
                worker.process.wait()


@contextmanager
def _town(shops: int, companies: int) -> Iterator[tuple[list[Simulator], list[Simulator]]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.town", str(shops), str(companies)], stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise BenchError(f"the town did not start: {process.wait()}")
        url = json.loads(line)["url"]
        yield (
            [_shop(f"{url}/shop-{each}", each) for each in range(1, shops + 1)],
            [_company(f"{url}/company-{each}", each) for each in range(1, companies + 1)],
        )
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        if process.stdout:
            process.stdout.close()


def _shop(url: str, number: int) -> Simulator:
    config = ShopifyConfig()
    facts = {"shop": domain(number), "client_id": config.client_id, "client_secret": config.client_secret}
    return Simulator(url, facts)


def _company(url: str, number: int) -> Simulator:
    facts = {
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "realm_id": realm(number),
        "discovery_url": f"{url}/.well-known/openid_sandbox_configuration",
        "api_url": url,
    }
    return Simulator(url, facts)


def connect_all(app: App, shops: list[Simulator], companies: list[Simulator]) -> None:
    """Every store posts to one of the companies, several to each."""
    ledgers = [connect_company(app, company, str(CLOCK_TIMES)) for company in companies]
    for place, shop in enumerate(shops):
        record, _ = connect_shop(app, shop)
        wanted = settings_from(settings(prefix=f"S{place}-"))
        app.books.connections.save_settings(record.id, wanted, ledgers[place % len(ledgers)].id)
    for company in companies:
        tell(company, "latency", body={"seconds": LATENCY_SECONDS})
