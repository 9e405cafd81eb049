"""Write sessions queue for the lock, commit whole or not at all, and times know their zone."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, StatementError
from tests.conftest import Cluster

from comptoir.storage import database as storage_database
from comptoir.storage.database import (
    LARGEST,
    Database,
    DatabaseAddressError,
    DatabaseFileError,
    DatabaseUnreachableError,
    NaiveTimeError,
    Queue,
    UtcTime,
    number_in,
    place_of,
    server_url,
)
from comptoir.storage.tables import organizations, runs

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
DIALECT = sqlite.dialect()
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - hypothesis adds the zone


def names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(organizations.c.name).order_by(organizations.c.id)).scalars())


def add(connection: Any, name: str) -> None:
    connection.execute(insert(organizations).values(name=name, created_at=NOON))


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("0", 0),
        ("12", 12),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        ("9" * 5000, None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("\u0663", None),
    ],
)
def test_a_number_from_outside_is_one_that_a_database_keeps(words: str, number: int | None) -> None:
    assert number_in(words) == number


@given(MOMENTS)
def test_a_time_comes_back_as_the_same_moment_in_utc(moment: datetime) -> None:
    kind = UtcTime()
    stored = kind.process_bind_param(moment, DIALECT)
    assert stored is not None
    assert len(stored) == 27
    read = kind.process_result_value(stored, DIALECT)
    assert read == moment.astimezone(UTC)  # an hour that a clock skips equals nothing but itself
    assert read is not None
    assert read.utcoffset() == timedelta(0)


@given(MOMENTS, MOMENTS)
def test_stored_times_sort_as_times(one: datetime, other: datetime) -> None:
    kind = UtcTime()
    texts = [str(kind.process_bind_param(moment, DIALECT)) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_a_missing_time_stays_missing() -> None:
    assert UtcTime().process_bind_param(None, DIALECT) is None
    assert UtcTime().process_result_value(None, DIALECT) is None


def test_a_naive_time_is_refused(database: Database) -> None:
    naive = datetime(2026, 1, 10, 12)  # noqa: DTZ001 - the fault under test
    with pytest.raises(StatementError) as caught, database.write() as connection:
        connection.execute(insert(organizations).values(name="Shop", created_at=naive))
    assert isinstance(caught.value.orig, NaiveTimeError)
    assert names(database) == []


def test_a_time_of_another_zone_is_read_back_in_utc(database: Database) -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    with database.write() as connection:
        connection.execute(insert(organizations).values(name="Shop", created_at=NOON.astimezone(there)))
    with database.read() as connection:
        assert connection.execute(select(organizations.c.created_at)).scalar_one() == NOON


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as connection:  # noqa: PT012 - the block is what is rolled back
        add(connection, "lost")
        raise KeyError
    assert names(database) == []


def test_a_write_reads_what_it_wrote_and_others_read_it_after_the_commit(database: Database) -> None:
    with database.write() as connection:
        add(connection, "mine")
        assert connection.execute(select(func.count()).select_from(organizations)).scalar_one() == 1
        assert names(database) == [], "nothing is seen before the commit"
    assert names(database) == ["mine"]


def test_a_read_sees_one_moment(database: Database) -> None:
    with database.read() as connection:
        before = connection.execute(select(func.count()).select_from(organizations)).scalar_one()
        with database.write() as writer:
            add(writer, "later")
        assert connection.execute(select(func.count()).select_from(organizations)).scalar_one() == before


def test_a_write_holds_its_lock_until_it_ends(database: Database) -> None:
    """Two writers that only read at first must not meet half way: the second waits for the first to end.

    On SQLite there is one lock, and every write holds it from its beginning.
    """
    inside, order = threading.Event(), []

    def second() -> None:
        inside.wait(10)
        with database.write() as connection:
            database.lock(connection, "a name")
            order.append("second")
            connection.execute(select(organizations)).all()

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as connection:
        database.lock(connection, "a name")
        connection.execute(select(organizations)).all()
        inside.set()
        thread.join(0.3)
        assert order == []
        add(connection, "first")
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_two_threads_that_count_together_lose_nothing(database: Database) -> None:
    with database.write() as connection:
        add(connection, "0")

    def count() -> None:
        for _ in range(200):
            with database.write() as connection:
                database.lock(connection, "the counter")
                number = int(connection.execute(select(organizations.c.name)).scalar_one())
                connection.execute(update(organizations).values(name=str(number + 1)))

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names(database) == ["400"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30_000)]
)
def test_every_connection_is_prepared(database: Database, pragma: str, value: object) -> None:
    with database.read() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_writer_that_falls_asleep_on_a_server_loses_its_locks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_database, "IDLE_WRITE_SECONDS", 0.2)
    with pytest.raises(DatabaseUnreachableError, match="idle-in-transaction"), database.write() as sleeper:  # noqa: PT012
        database.lock(sleeper, "a name")
        add(sleeper, "lost")
        with database.write() as other:
            database.lock(other, "a name")
            add(other, "kept")
        sleeper.execute(select(organizations))
    assert names(database) == ["kept"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("stated", "used"), [("off", "on"), ("on", "on"), ("remote_apply", "remote_apply")])
def test_what_a_server_commits_is_on_disk(database: Database, stated: str, used: str) -> None:
    with database.write() as connection:
        connection.execute(text(f"ALTER ROLE postgres SET synchronous_commit = '{stated}'"))
    database.engine.dispose()
    with database.write() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == used
        connection.execute(text("ALTER ROLE postgres RESET synchronous_commit"))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_read_on_a_server_writes_nothing(database: Database) -> None:
    with pytest.raises(InternalError, match="read-only"), database.read() as connection:
        add(connection, "not here")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_that_ends_is_told_and_found_again(database: Database, cluster: Cluster) -> None:
    with database.write() as connection:
        add(connection, "before")
    with pytest.raises(DatabaseUnreachableError) as caught, database.write() as connection:  # noqa: PT012
        add(connection, "lost")
        cluster.server.stop()
        add(connection, "lost too")
    assert "Nothing is lost" in str(caught.value)
    assert str(cluster.server.folder) in str(caught.value)
    try:
        with pytest.raises(DatabaseUnreachableError, match="cannot be reached"), database.read():
            pass
        with pytest.raises(DatabaseUnreachableError), database.write():
            pass
    finally:
        cluster.server.start()
    assert names(database) == ["before"]


SIGNED_IN = "ann" + ":s%40crt@"  # in pieces: no file of ours holds an address with a password


@pytest.mark.parametrize(
    "text",
    [
        f"postgres://{SIGNED_IN}db.example:5433/books?sslmode=require",
        f"postgresql://{SIGNED_IN}db.example:5433/books?sslmode=require",
        f"postgresql+psycopg://{SIGNED_IN}db.example:5433/books?sslmode=require",
        f"  postgresql+psycopg2://{SIGNED_IN}db.example:5433/books?sslmode=require\n",
    ],
)
def test_every_way_to_write_an_address_means_the_same(text: str) -> None:
    found = server_url(text)
    assert found == f"postgresql+psycopg://{SIGNED_IN}db.example:5433/books?sslmode=require"
    assert place_of(found) == "db.example:5433/books"


@pytest.mark.parametrize(
    "text", ["", "books", f"mysql://{SIGNED_IN}db.example/books", f"postgresql://{SIGNED_IN}db.example"]
)
def test_an_address_that_is_none_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(DatabaseAddressError, match="postgresql://user:<password>@host") as caught:
        server_url(text)
    assert "s%40crt" not in str(caught.value)


def test_a_socket_of_this_machine_is_told_by_its_folder() -> None:
    assert place_of(server_url("postgresql://postgres@/books?host=/run/sockets")) == "/run/sockets/books"
    assert place_of(server_url("postgresql:///books")) == "this machine/books"


def test_an_error_of_a_file_is_not_taken_for_a_servers(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'file.sqlite'}")
    with pytest.raises(DatabaseFileError, match=r"nowhere/file.sqlite cannot be opened"), database.read():
        pass


def test_a_mistake_in_a_statement_is_no_lost_server(database: Database) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"), database.read() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


def test_a_row_of_nobody_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(
            insert(runs).values(organization_id=99, connection_id=99, trigger="t", state="running", started_at=NOON)
        )


def test_the_databases_clock_tells_the_time(database: Database) -> None:
    with database.read() as connection:
        assert abs(database.now(connection) - datetime.now(UTC).timestamp()) < 5


# The order of writers


def test_threads_get_the_lock_in_the_order_in_which_they_asked() -> None:
    queue, order, threads = Queue(), list[int](), list[threading.Thread]()

    def take(place: int) -> None:
        with queue.turn():
            order.append(place)

    with queue.turn():
        for place in range(5):
            thread = threading.Thread(target=take, args=(place,))
            thread.start()
            threads.append(thread)
            while len(queue._waiting) <= place:
                time.sleep(0.001)
        assert order == []
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_who_asks_again_and_again_does_not_get_it_always() -> None:
    """As a thread does that writes one chunk after the other while another waits to record an answer."""
    queue, asked, taken = Queue(), threading.Event(), threading.Event()

    def take() -> None:
        asked.set()
        with queue.turn():
            taken.set()

    thread = threading.Thread(target=take)
    with queue.turn():
        thread.start()
        asked.wait()
        while not queue._waiting:
            time.sleep(0.001)
    with queue.turn():
        assert taken.is_set()
    thread.join()


def test_who_is_broken_off_while_it_waits_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Queue()

    class Gate:
        """A lock whose second taking is broken off, as by Ctrl-C."""

        def __init__(self) -> None:
            self.asked = 0

        def acquire(self) -> None:
            self.asked += 1
            if self.asked > 1:
                raise KeyboardInterrupt

        def release(self) -> None:
            pass

    with monkeypatch.context() as patched:
        patched.setattr("comptoir.storage.database.threading.Lock", Gate)
        with pytest.raises(KeyboardInterrupt), queue.turn():
            pass  # its turn had come
        queue._is_taken = True
        with pytest.raises(KeyboardInterrupt), queue.turn():
            pass  # it waited behind another
    assert not queue._waiting
    queue._leave(threading.Lock())  # the other goes
    with queue.turn():
        assert queue._is_taken
