from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.storage.conftest import Rooms

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.storage.database import Database
from comptoir.storage.journal import Made, Settling
from comptoir.storage.postings import State
from comptoir.storage.tables import batches, connections, events, facts, postings
from comptoir.storage.upkeep.copying import copy_home, forget_documents
from comptoir.storage.upkeep.home import Home
from comptoir.storage.vault import Vault


def count(database: Database, table: object) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_copy_is_whole_while_the_source_is_being_written(rooms: Rooms, tmp_path: Path) -> None:
    source, target = Home(tmp_path), Home.at(tmp_path / "copy")
    Vault.open(source.key_file)
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("1")], rooms.run_id)
    with rooms.database.write() as connection:  # not committed while the copy is made
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("2")], rooms.run_id)
        copy_home(source, target)
    copied = Database(target.database_url)
    assert count(copied, postings) == 1
    assert target.key_file.read_bytes() == source.key_file.read_bytes()
    assert target.key_file.stat().st_mode & 0o077 == 0
    copied.close()
    assert count(rooms.database, postings) == 2


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_server_is_copied_into_a_directory(rooms: Rooms, tmp_path: Path) -> None:
    source = Home(tmp_path / "source", server=rooms.database.url)
    source.path.mkdir()
    Vault.open(source.key_file)
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("1"), rooms.plan("2")], rooms.run_id)
    target = Home.local(tmp_path / "copy")
    copy_home(source, target)
    copied = Database(target.database_url)
    assert (count(copied, postings), count(copied, connections)) == (2, 2)
    copied.close()
    assert target.key_file.read_bytes() == source.key_file.read_bytes()


def test_the_journal_begins_anew_and_keeps_the_lists_in_the_books(rooms: Rooms) -> None:
    plans = [
        rooms.plan("1"),
        rooms.plan("2", kind=Kind.ITEM),
        rooms.plan("3", kind=Kind.CUSTOMER),
    ]
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, plans, rooms.run_id)
        rows = rooms.journal.select(connection)
        slots = [(str(place), row) for place, row in enumerate(rows)]
        rooms.batches.save(connection, rooms.owner, "r1", b"body", slots, rooms.run_id)
        for row in rows[:2]:
            rooms.journal.settle(
                connection,
                rooms.organization_id,
                [Settling(row, State.POSTED, Made("T", str(row.id), "0", None), Message("made"))],
            )
        rooms.facts.save_page(
            connection, rooms.source, [rooms.raw(b"{}")], run_id=rooms.run_id, fetched_at=rooms.raw(b"{}").updated_at
        )
        rooms.facts.mark_decided(connection, [1], "some settings")
    forget_documents(rooms.database)
    with rooms.database.read() as connection:
        (kept,) = rooms.journal.select(connection)
        decided = connection.scalars(select(facts.c.decided_under)).all()
    assert (kept.key.kind, kept.state, kept.ledger_id) == (Kind.ITEM, State.POSTED, str(kept.id))
    assert decided == [None]
    assert count(rooms.database, batches) == 0
    assert count(rooms.database, events) == 2, "the item's own history"
