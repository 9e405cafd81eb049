"""A run that the release before was killed in is finished by this one: on SQLite, and after a move to PostgreSQL.

`tests/data/releases/0005-*` were written by the code of that release (database revision 0005) with the small shop and
the small ledger of these tests: a first run finished, a second one killed with a batch on its way. In *unknown* the
ledger did the work and the answer was lost; in *sending* the batch never arrived. `.sql` is the database as SQLite
dumps it, `.json` what the ledger held; the key file is thirty-two times "k".
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from tests.conftest import Cluster

from comptoir.books.facts import PaymentStatus
from comptoir.engine.ports import Answered, Entry, SlotResult
from comptoir.storage.batches import BatchState
from comptoir.storage.codec import adapter, document_from_json
from comptoir.storage.database import Database, server_url
from comptoir.storage.fence import LEASE_SECONDS
from comptoir.storage.runs import RunState
from comptoir.storage.tables import batches, fences, runs
from comptoir.storage.upkeep.transfer import transfer
from comptoir.storage.upkeep.upgrade import upgrade

RELEASES = Path(__file__).parents[1] / "data" / "releases"
REPLAY = "within the replay window"
LATER = "after the replay window"


def shop(build: Any) -> Any:
    """The shop of the dumps."""
    store = build["SmallStore"]()
    store.orders = [build["make_order"](1, "30.00", refunded="30.00"), build["make_order"](2, "20.00", paid="5.00")]
    changed = build["FIRST_DAY"] + build["HOUR"]
    store.orders += [
        replace(build["make_order"](n, f"{n}0.00", refunded="10.00" if n == 4 else "0"), updated_at=changed)
        for n in range(3, 9)
    ]
    assert {order.status for order in store.orders} == {PaymentStatus.PAID, PaymentStatus.PARTIALLY_PAID}
    return store


def ledger_of(name: str, build: Any) -> Any:
    """The books as the release before left them."""
    told = json.loads((RELEASES / f"{name}.json").read_text())
    ledger = build["SmallLedger"]()
    entries = [adapter(Entry).validate_python(each) for each in told["entries"]]
    ledger.entries = {entry.id: entry for entry in entries}
    ledger.documents = {key: document_from_json(kind, made.encode()) for key, (kind, made) in told["documents"].items()}
    ledger.times = dict.fromkeys(ledger.entries, build["FIRST_DAY"])
    ledger.remembered = {
        request: Answered(tuple(SlotResult(slot, ledger.entries[made]) for slot, made in results))
        for request, results in told["remembered"].items()
    }
    ledger.ids = itertools.count(max(map(int, ledger.entries)) + 1)
    return ledger


def released(name: str, home: Path) -> Database:
    """The database of the release before, in a data directory of its own, untouched by this one."""
    home.mkdir()
    (home / "secret.key").write_bytes(b"k" * 32)
    with closing(sqlite3.connect(home / "comptoir.sqlite")) as connection:
        connection.executescript((RELEASES / f"{name}.sql").read_text())
    database = Database(f"sqlite:///{home / 'comptoir.sqlite'}")
    with database.read() as reader:
        assert reader.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "0005"
    return database


def books(ledger: Any) -> Counter[tuple[str, str, str]]:
    """What is in the books, whatever its ids: form, number, total."""
    return Counter((entry.type, entry.number, str(entry.total)) for entry in ledger.entries.values())


@pytest.fixture(scope="module")
def undisturbed(build: Any, tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, str, str]]:
    opened = build["open_road"](tmp_path_factory.mktemp("undisturbed"), shop(build), build["SmallLedger"]())
    opened.now += build["HOUR"]
    assert opened.run().agrees
    opened.books.database.close()
    return books(opened.ledger)


@pytest.mark.parametrize("place", ["sqlite", "postgresql"])
@pytest.mark.parametrize(("state", "mode"), [("unknown", REPLAY), ("unknown", LATER), ("sending", LATER)])
def test_what_the_release_before_began_is_finished(
    tmp_path: Path,
    build: Any,
    undisturbed: Counter[tuple[str, str, str]],
    state: str,
    mode: str,
    place: str,
    request: pytest.FixtureRequest,
) -> None:
    name = f"0005-{state}"
    database = released(name, tmp_path / "home")
    upgrade(database)
    if place == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        url = cluster.empty()
        server = Database(server_url(url))
        transfer(database, server)
        database.close()
        database = server
        request.addfinalizer(lambda: cluster.drop(url))
    with database.write() as connection:  # what a kill leaves, and a release whose processes had other names
        now = int(database.now(connection))
        held = {"subject": "post:ledger:one", "organization_id": 1, "owner": "worker-0123456789ab"}
        connection.execute(insert(fences).values(**held, lease_until=now + LEASE_SECONDS))
        connection.execute(update(batches).values(first_sent_at=now - (0 if mode == REPLAY else 601)))
        before = connection.execute(select(runs.c.id, runs.c.state).order_by(runs.c.id)).all()
        is_open = batches.c.state.in_([BatchState.SENDING.value, BatchState.UNKNOWN.value])
        (sent,) = connection.execute(select(batches.c.request_id).where(is_open)).scalars()
    assert [tuple(row) for row in before] == [(1, RunState.FINISHED.value), (2, RunState.RUNNING.value)]
    ledger = ledger_of(name, build)
    road = build["road_in"](database, tmp_path / "home", shop(build), ledger)
    road.now += 2 * build["HOUR"]
    proof = road.run()
    assert proof.agrees
    assert not proof.unsettled
    assert books(ledger) == undisturbed
    assert (sent in [request_id for request_id, _ in ledger.sends]) == (mode == REPLAY)
    assert road.books.runs.get(2).state is RunState.FINISHED, "the run that was killed is the one that was finished"
    database.close()
