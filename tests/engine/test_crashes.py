"""A process that dies at any commit or any send, before or after it, and is started again: the same books.

What SIGKILL leaves behind is what lies on disk, or on the server, and in the ledger at that instant. So one calm life
is watched, and each instant between two writes is kept: a copy of the database and of the ledger. Every one is then
brought back to life: in every mode on SQLite, in one of them on PostgreSQL, where a copy takes longer.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update
from tests.conftest import BLANK, Cluster

from comptoir.books.documents import Wave
from comptoir.books.facts import PaymentStatus
from comptoir.engine.ports import BatchLimits, NoAnswer
from comptoir.storage import fence
from comptoir.storage.database import Database, server_url
from comptoir.storage.tables import batches, postings

PENDING = PaymentStatus.PENDING
LIMITS = BatchLimits(documents=2, lines=10)


@dataclass(frozen=True)
class Instant:
    """The database and the ledger at one moment. `before_send`: the ledger without the batch in flight."""

    name: str
    kept: Any
    ledger: Any
    before_send: Any


@dataclass
class Files:
    """Keeps copies of a data directory."""

    build: Any
    blank: Path
    shelf: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def begin(self, store: Any, ledger: Any) -> Any:
        return self.revive(self.blank, store, ledger)

    def keep(self, opened: Any) -> Path:
        return self._copy(Path(opened.books.database.engine.url.database).parent)

    def revive(self, kept: Path, store: Any, ledger: Any) -> Any:
        return self.build["open_road"](self._copy(kept), store, ledger, is_new=False)

    def end(self, opened: Any) -> None:
        opened.books.database.close()

    def _copy(self, home: Path) -> Path:
        return Path(shutil.copytree(home, self.shelf / str(next(self.numbers))))


@dataclass
class Server:
    """Keeps copies of a database of a server: its name."""

    build: Any
    cluster: Cluster
    key: Path

    def begin(self, store: Any, ledger: Any) -> Any:
        return self.revive(BLANK, store, ledger)

    def keep(self, opened: Any) -> str:
        opened.books.database.engine.dispose()  # a database is copied when nobody is connected to it
        return self.cluster.name(self.cluster.copy(str(opened.books.database.engine.url.database)))

    def revive(self, kept: str, store: Any, ledger: Any) -> Any:
        database = Database(server_url(self.cluster.copy(kept)))
        return self.build["road_in"](database, self.key, store, ledger)

    def end(self, opened: Any) -> None:
        opened.books.database.close()
        self.cluster.drop(self.cluster.server.url(str(opened.books.database.engine.url.database)))


@dataclass
class Watcher:
    """Keeps an instant at every crossing of a commit or a send, before and after each.

    Between two crossings without a write nothing changes, neither on disk nor in the ledger: such pairs are one
    instant, so after-commit stands for before-the-next-commit too.
    """

    opened: Any
    keeper: Files | Server
    instants: list[Instant] = field(default_factory=list)
    crossings: int = 0
    commits: int = 0
    sends: int = 0
    in_flight: Any = None

    def keep(self, name: str) -> None:
        self.crossings += 1
        if self.instants and self.instants[-1].name == name:
            return
        ledger = self.opened.ledger.copy()
        self.instants.append(Instant(name, self.keeper.keep(self.opened), ledger, self.in_flight or ledger))

    def arm(self) -> None:
        database, ledger = self.opened.books.database, self.opened.ledger
        self.keep("after commit 0, send 0")
        self.crossings = 0
        write, send = database.write, ledger.send

        @contextmanager
        def watched_write() -> Iterator[Connection]:
            with write() as connection:
                yield connection
                self.keep(f"after commit {self.commits}, send {self.sends}")
            self.commits += 1
            self.in_flight = None  # every send is followed by the commit of its answer
            self.keep(f"after commit {self.commits}, send {self.sends}")

        def watched_send(request_id: str, body: bytes) -> Any:
            self.keep(f"after commit {self.commits}, send {self.sends}")
            self.in_flight = ledger.copy()
            answer = send(request_id, body)
            self.sends += 1
            self.keep(f"after commit {self.commits}, send {self.sends}")
            return answer

        database.write = watched_write
        ledger.send = watched_send


def small_month(build: Any) -> Any:
    """Lists in two batches, a receipt with its refund, an invoice with its payment; two pages."""
    store = build["SmallStore"](page_size=1)
    store.orders = [build["make_order"](1, "30.00", refunded="30.00"), build["make_order"](2, "20.00", paid="5.00")]
    return store


def small_changes(build: Any) -> Any:
    """The same shop a day later, with two unpaid orders more: one was raised since, the other cancelled."""
    store = small_month(build)
    raised, cancelled = unpaid_orders(build)
    (line,) = raised.lines
    line = replace(line, unit_price=build["pounds"]("150.00"), gross=build["pounds"]("150.00"))
    later = build["FIRST_DAY"] + timedelta(hours=1, minutes=30)
    raised = replace(raised, lines=(line,), total=line.gross, updated_at=later)
    store.orders += [raised, replace(cancelled, cancelled_at=later, updated_at=later)]
    return store


def unpaid_orders(build: Any) -> list[Any]:
    return [replace(build["make_order"](number, "100.00", paid="0"), status=PENDING) for number in (3, 4)]


@dataclass(frozen=True)
class CalmLife:
    """A run that nothing interrupts: its instants, the books it leaves, and the shop that it read."""

    keeper: Files | Server
    store: Callable[[Any], Any]
    kinds: set[str]
    instants: list[Instant]
    books: list[str]
    crossings: int
    commits: int
    sends: int


LIVES = {
    "a month": (small_month, {"customer", "item", "sale", "payment", "refund"}),
    "a day of changes": (small_changes, {"customer", "item", "sale", "payment", "refund", "amendment", "void"}),
}
LIVED = [("a month", Files), ("a day of changes", Files), ("a month", Server)]


@pytest.fixture(scope="module", params=LIVED, ids=[f"{life} on {keeper.__name__.lower()}" for life, keeper in LIVED])
def calm(request: pytest.FixtureRequest, build: Any, blank: Path, tmp_path_factory: pytest.TempPathFactory) -> CalmLife:
    life, kind = request.param
    store, kinds = LIVES[life]
    keeper = (
        Files(build, blank, tmp_path_factory.mktemp("instants"))
        if kind is Files
        else Server(build, request.getfixturevalue("cluster"), blank)
    )
    ledger = build["SmallLedger"](batch_limits=LIMITS)
    opened = keeper.begin(small_month(build), ledger)
    if store is small_changes:  # what was posted the day before is not watched
        opened.store.orders += unpaid_orders(build)
        assert opened.run().agrees
        opened.store = store(build)
    watcher = Watcher(opened, keeper)
    watcher.arm()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fence, "BEAT_SECONDS", 3600)  # the road alone crosses the watcher
        proof = opened.run()
    opened.books.database.close()
    assert proof.agrees
    assert not proof.unsettled
    counts = (watcher.crossings, watcher.commits, watcher.sends)
    return CalmLife(keeper, store, kinds, watcher.instants, ledger.canonical(), *counts)


def test_the_watched_life_reaches_every_kind_of_write(calm: CalmLife, build: Any) -> None:
    last = calm.keeper.revive(calm.instants[-1].kept, calm.store(build), calm.instants[-1].ledger)
    with last.books.database.read() as connection:
        kinds = set(connection.execute(select(postings.c.kind)).scalars())
        lists = last.books.journal.count(connection, postings.c.wave == Wave.LISTS.value)
    calm.keeper.end(last)
    assert kinds == calm.kinds
    assert lists > LIMITS.documents, "the lists fill two batches"
    assert calm.crossings == 2 * (calm.commits + calm.sends)
    assert len(calm.instants) == calm.commits + calm.sends + 1, "one instant between any two writes"


WITHIN = "within the replay window"
AFTER = "after the replay window"
LOST = "before the batch in flight arrives"
MODES = [WITHIN, AFTER, LOST]


@pytest.mark.parametrize("mode", MODES)
def test_every_commit_and_every_send_survives_a_kill(build: Any, calm: CalmLife, mode: str) -> None:
    for place, instant in enumerate(calm.instants):
        if isinstance(calm.keeper, Server) and MODES[place % len(MODES)] != mode:
            continue
        ledger = (instant.before_send if mode == LOST else instant.ledger).copy()
        sent = len(ledger.sends)
        opened = calm.keeper.revive(instant.kept, calm.store(build), ledger)
        opened.now += timedelta(hours=2)
        opened.worker = f"process-{place}"
        if mode == AFTER:
            ledger.remembered.clear()
            with opened.books.database.write() as connection:
                connection.execute(update(batches).values(first_sent_at=batches.c.first_sent_at - 600))
        if mode == LOST:
            ledger.faults = [lambda _work: NoAnswer("cut before it arrived")]
        proof = opened.run()
        calm.keeper.end(opened)
        assert proof.agrees, instant.name
        assert not proof.unsettled, instant.name
        assert ledger.canonical() == calm.books, instant.name
        if mode == AFTER:
            assert not set(ledger.sends[:sent]) & set(ledger.sends[sent:]), "an old batch was sent again"
