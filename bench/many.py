"""Very many stores on one PostgreSQL server: how late their checks are, and what a check and an idle worker cost.

    python -m bench.many [--stores N] [--seconds S] [--workers W] [--json]

Every store is due once within S seconds, evenly spread, and has nothing new. They are connections of their own to one
simulated shop, as after an hour of work: signed in, read before. Lateness is taken from the shop's own log: the k-th
request against the k-th moment at which a store was due. CPU time is the kernel's, of the workers' processes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from scripts.postgresql import private_server
from sqlalchemy import insert, select, update

from bench.counting import cpu_seconds
from bench.shop import settings
from bench.world import COMPTOIR, BenchError, calls_of, clear_log, company_of, connect, shop_of
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.tables import connections, schedules
from comptoir.storage.upkeep.home import DATABASE_NAME
from comptoir.wiring import App, open_app

START_SECONDS = 30
"""Before the first store is due: the workers start."""
GRACE_SECONDS = 300
IDLE_SECONDS = 30
ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Many:
    """What was measured."""

    stores: int
    seconds: float
    workers: int
    checked: int
    store_calls: int
    latest_seconds: float
    cpu_ms_per_check: float
    shares: list[float]
    """Of the workers' CPU time."""
    idle_percent_of_a_core: list[float]


def measure(folder: Path, stores: int, seconds: float, workers: int) -> Many:
    """Set up, let it run, and look at it."""
    with ExitStack() as stack:
        url = _database(stack, folder)
        shop = stack.enter_context(shop_of(folder, []))
        company = stack.enter_context(company_of())
        home = folder / "home"
        connect(home, shop, company, settings())
        with open_app(home) as app:
            _multiply(app, stores)
            begin = datetime.now(UTC) + timedelta(seconds=START_SECONDS)
            due = [begin + timedelta(seconds=seconds * place / stores) for place in range(stores)]
            _schedule(app, due)
        clear_log(shop)
        processes = [stack.enter_context(_worker(home)) for _ in range(workers)]
        time.sleep(max(0.0, (begin - datetime.now(UTC)).total_seconds()))
        before = [cpu_seconds(each.pid) for each in processes]
        checked = _wait(url, stores, seconds)
        used = [cpu_seconds(each.pid) - start for each, start in zip(processes, before, strict=True)]
        calls = calls_of(shop)
        time.sleep(5)
        idle = _idle(processes)
        return Many(
            stores,
            seconds,
            workers,
            checked,
            len(calls),
            _latest(due, [each.at for each in calls]),
            1000 * sum(used) / max(1, checked),
            [round(each / sum(used), 2) for each in used],
            idle,
        )


def _database(stack: ExitStack, folder: Path) -> str:
    server = stack.enter_context(private_server())
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE many")
    url = server.url("many")
    os.environ[DATABASE_NAME] = url
    stack.callback(os.environ.pop, DATABASE_NAME)
    folder.joinpath("home").mkdir()
    return url


def _multiply(app: App, stores: int) -> None:
    """So many connections to the shop that is connected, each as it is after an hour of work."""
    books = app.books
    (first,) = app.stores()
    app.store(first).describe()  # signs in
    tokens = books.connections.tokens(first).load()
    secrets = books.connections.secrets(first)
    for number in range(1, stores):
        new = NewConnection(
            STORE, first.platform, f"{first.identity}#{number}", f"Shop {number}", first.config, secrets
        )
        books.connections.save(first.organization_id, new, tokens)
    now = datetime.now(UTC)
    with books.database.write() as connection:
        chosen = connection.execute(select(connections).where(connections.c.id == first.id)).one()
        connection.execute(
            update(connections)
            .where(connections.c.role == STORE)
            .values(
                settings=chosen.settings,
                ledger_connection_id=chosen.ledger_connection_id,
                fetched_until=now,
                swept_at=now,
            )
        )


def _schedule(app: App, due: Sequence[datetime]) -> None:
    ids = [each.id for each in app.stores()]
    rows = [
        {
            "connection_id": identity,
            "organization_id": app.organization_id,
            "enabled": True,
            "period_seconds": 86_400,
            "offset_seconds": 0,
            "due_at": moment,
            "urgent": False,
            "waits_for": "",
            "failures": 0,
        }
        for identity, moment in zip(ids, due, strict=True)
    ]
    with app.books.database.write() as connection:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            connection.execute(insert(schedules), rows[start : start + ROWS_AT_ONCE])


@contextmanager
def _worker(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [COMPTOIR, "worker", "--home", str(home)], env={**os.environ, "COMPTOIR_LOG_LEVEL": "error"}
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(url: str, stores: int, seconds: float) -> int:
    """Until every store was checked; how many were."""
    deadline = time.monotonic() + seconds + GRACE_SECONDS
    done = 0
    while time.monotonic() < deadline:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT count(*) FROM runs WHERE state = 'finished'").fetchone()
        done = int(row[0]) if row else 0
        if done == stores:
            return done
        time.sleep(2)
    raise BenchError(f"only {done} of {stores} stores were checked")


def _latest(due: Sequence[datetime], asked: Sequence[datetime]) -> float:
    """How late the latest was: the k-th request against the k-th moment."""
    pairs = zip(sorted(due), sorted(asked)[: len(due)], strict=True)
    return max((at - moment).total_seconds() for moment, at in pairs)


def _idle(processes: Sequence[subprocess.Popen[bytes]]) -> list[float]:
    before = [cpu_seconds(each.pid) for each in processes]
    time.sleep(IDLE_SECONDS)
    after = [cpu_seconds(each.pid) for each in processes]
    return [round(100 * (end - start) / IDLE_SECONDS, 2) for start, end in zip(before, after, strict=True)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure once and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.many", description=__doc__)
    parser.add_argument("--stores", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=360)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="one JSON object, last")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="comptoir-many-") as folder:
        found = measure(Path(folder), options.stores, options.seconds, options.workers)
    for name, value in asdict(found).items():
        print(f"{name} = {round(value, 2) if isinstance(value, float) else value}")
    if options.json:
        print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
