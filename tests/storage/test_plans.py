"""Which index SQLite takes for what a page looks up: one that leads to few rows, never one of all of an organization's.

Without statistics a plan hangs on the query and the indexes alone, so that an empty database shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from comptoir.books.facts import SourceId
from comptoir.engine.by_hand.choosing import undone_of
from comptoir.engine.posting.undo import of_run
from comptoir.engine.work import Books
from comptoir.storage.connections import LEDGER, STORE, Connections, NewConnection
from comptoir.storage.database import Database
from comptoir.storage.facts import Facts
from comptoir.storage.held import held_alike, held_rows
from comptoir.storage.journal import JournalOwner
from comptoir.storage.orders import Orders, Wanted, _has
from comptoir.storage.postings import State
from comptoir.storage.tables import facts, postings
from comptoir.storage.vault import Vault


@pytest.fixture
def database(file: Path) -> Any:
    made = Database(f"sqlite:///{file}")
    yield made
    made.close()


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Database:
    """The same with a store in it."""
    connections = Connections(database, Vault.open(tmp_path / "key"))
    connections.save(connections.organization(), NewConnection(STORE, "shop", "shop:1", "Shop", {}, {}))
    return database


NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)


def plans(database: Database, look: Callable[[], object], of: str = "SELECT") -> str:
    """What SQLite says of every query, or other statement, of a look."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if statement.startswith(of):
            asked.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    look()
    event.remove(database.engine, "before_cursor_execute", note)
    assert asked
    with database.read() as connection:
        return "\n".join(
            row[3]
            for statement, values in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        )


def test_one_order_is_read_alone(database: Database, tmp_path: Path) -> None:
    rooms = Facts(database, Vault.open(tmp_path / "key"))
    for look in (lambda: rooms.one(1, 1, "1"), lambda: rooms.versions(1, "1", 5)):
        assert "ix_facts_connection_id_source_id (connection_id=? AND source_id=?)" in plans(database, look)


def test_orders_by_day_are_read_as_they_lie(database: Database, tmp_path: Path) -> None:
    rooms = Facts(database, Vault.open(tmp_path / "key"))
    for look in (lambda: rooms.newest(1, 10), lambda: list(rooms.every(1)), lambda: list(rooms.every(1, NOON))):
        found = plans(database, look)
        assert "ix_facts_organization_id_current_placed_at_id" in found
        assert "TEMP B-TREE" not in found


def test_customers_are_looked_for_among_customers(database: Database, tmp_path: Path) -> None:
    connections = Connections(database, Vault.open(tmp_path / "key"))
    place = connections.organization()
    connections.save(place, NewConnection(LEDGER, "ledger", "ledger:1", "Company", {}, {}))
    found = plans(database, lambda: Orders(database).customers(place, "Ada"))
    assert "ix_postings_company_state_wave_id (company=? AND state=? AND wave=?)" in found


def test_orders_of_a_customer_are_read_by_their_own_rows(database: Database) -> None:
    wanted = Wanted(customers=frozenset({"7"}))
    found = plans(database, lambda: Orders(database).page(1, wanted))
    assert "ix_postings_organization_id_customer (organization_id=? AND customer=?)" in found
    assert "connection_id_kind_state" not in found


def test_orders_of_many_documents_are_read_by_their_own_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.storage.orders.FEW", -1)
    with database.read() as connection:
        many = _has(
            connection, facts.c.organization_id == 1, postings.c.organization_id == 1, postings.c.customer == "7"
        )
    assert not isinstance(many, set)
    wanted = Wanted(number=SourceId("1"), customers=frozenset({"7"}))
    found = plans(database, lambda: Orders(database).page(1, wanted))
    assert "ix_postings_connection_id_order_source_id" in found
    assert "connection_id_kind_state" not in found


HELD = Wanted(with_any=frozenset({State.HELD}))
BY_STATE = "COVERING INDEX ix_postings_connection_id_state_order_source_id_rule_kind (connection_id=? AND state=?"


def test_orders_of_several_documents_are_found_by_them(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.storage.orders.FEW", -1)
    found = plans(store, lambda: Orders(store).page(1, HELD))
    assert f"{BY_STATE})" in found
    assert "facts USING INDEX ix_facts_connection_id_source_id (connection_id=? AND source_id=?)" in found


def test_of_orders_of_very_many_documents_the_latest_are_looked_for(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.storage.orders.FEW", -1)
    monkeypatch.setattr("comptoir.storage.orders._are_several", lambda *_args: False)
    found = plans(store, lambda: Orders(store).page(1, HELD))
    assert f"{BY_STATE} AND order_source_id=?)" in found
    assert "facts USING INDEX ix_facts_organization_id_current_placed_at_id (organization_id=? AND current=?)" in found


def test_what_a_run_sent_is_found_by_its_batches(store: Database, tmp_path: Path) -> None:
    books = Books.open(store, Vault.open(tmp_path / "key"))
    found = plans(store, lambda: undone_of(books, JournalOwner(1, 1, "ledger:1"), 1))
    assert BY_STATE.removeprefix("COVERING ") in found, "what was undone, which is little"
    with store.read() as connection:
        sent = plans(store, lambda: books.journal.outlines(connection, of_run(1)))
    assert "postings USING INTEGER PRIMARY KEY (rowid=?)" in sent
    for each in (found, sent):
        assert "ix_postings_batch_id (batch_id=?)" in each
        assert "ix_batches_run_id (run_id=?)" in each


def test_orders_are_found_by_their_number(database: Database, tmp_path: Path) -> None:
    rooms = Facts(database, Vault.open(tmp_path / "key"))
    assert "ix_facts_organization_id_number" in plans(database, lambda: rooms.find(1, "1001"))
    assert "ix_facts_organization_id_number" in plans(database, lambda: rooms.find(1, "1001", 1))


def test_an_order_is_put_up_again_alone(database: Database, tmp_path: Path) -> None:
    rooms = Facts(database, Vault.open(tmp_path / "key"))

    def again() -> None:
        with database.write() as connection:
            rooms.decide_again(connection, 1, ["1"])
            rooms.mark_gone(connection, 1, [SourceId("1")], NOON)

    found = plans(database, again, of="UPDATE")
    assert found.count("ix_facts_connection_id_source_id (connection_id=? AND source_id=?)") == 2


def test_what_is_held_is_counted_and_listed_in_its_own_index(database: Database) -> None:
    owner = JournalOwner(1, 1, "ledger:1")

    def count() -> None:
        with database.read() as connection:
            held_alike(connection, owner, 8)

    def listed() -> None:
        with database.read() as connection:
            held_rows(connection, owner, {"a"}, limit=50)

    assert plans(database, count).count("COVERING INDEX ix_postings_held (connection_id=? AND company=?)") == 2
    assert "ix_postings_held (connection_id=? AND company=? AND causes=? AND id>?)" in plans(database, listed)


def test_what_waits_in_a_run_is_found_however_many_orders_there_are(store: Database, tmp_path: Path) -> None:
    books = Books.open(store, Vault.open(tmp_path / "key"))
    with store.read() as connection:
        waiting = plans(store, lambda: books.facts.undecided(1, "digest"))
        assert waiting.count("connection_id=? AND current=? AND decided_under") == 3
        due = plans(store, lambda: books.proofs.next_due(connection, 1, "digest"))
        assert due.count("ix_proven_orders_connection_id_proven_under (connection_id=? AND proven_under") == 3
        assert "ix_proven_orders_different" in plans(store, lambda: books.proofs.differences(1))
        lists = plans(store, lambda: books.journal.links(connection, "company:1"))
        assert "(company=? AND state=? AND wave=?)" in lists
        oldest = plans(store, lambda: books.facts.oldest(connection, 1, 1))
        assert "ix_facts_organization_id_current_placed_at_id" in oldest
        assert "TEMP B-TREE" not in oldest
