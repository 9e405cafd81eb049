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
from comptoir.storage.connections import LEDGER, Connections, NewConnection
from comptoir.storage.database import Database
from comptoir.storage.facts import Facts
from comptoir.storage.held import held_alike, held_rows
from comptoir.storage.journal import JournalOwner
from comptoir.storage.orders import Orders, Wanted, _has
from comptoir.storage.tables import facts, postings
from comptoir.storage.vault import Vault


@pytest.fixture
def database(file: Path) -> Any:
    made = Database(f"sqlite:///{file}")
    yield made
    made.close()


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
