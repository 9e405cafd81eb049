"""From one database into another: every row, value for value, or nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, insert, select, text, update
from tests.conftest import Cluster
from tests.storage.conftest import Rooms

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.problems import Message
from comptoir.storage.choices import Choices
from comptoir.storage.database import Database, server_url
from comptoir.storage.journal import Made, Settling
from comptoir.storage.postings import State
from comptoir.storage.tables import connections, events, facts, metadata, organizations, runs
from comptoir.storage.upkeep.transfer import LEFT_BEHIND, TargetNotEmptyError, TransferError, carried, transfer
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import KEY_BYTES, Vault

NOON = datetime(2026, 1, 10, 12, 0, 0, 123456, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def full(rooms: Rooms) -> Rooms:
    """Something in every table that the rooms fill, more than one chunk of it, and odd values."""
    rooms.connections.save_settings(rooms.store.id, rooms.settings(), rooms.ledger.id)
    with rooms.database.write() as connection:
        for start in range(0, 700, 100):
            records = [
                rooms.raw(
                    f'{{"id": "{number}", "email": "ann@example.com", "à": "\\\\u0000 🎁"}}'.encode(), str(number)
                )
                for number in range(start, start + 100)
            ]
            rooms.facts.save_page(connection, rooms.source, records, run_id=rooms.run_id, fetched_at=NOON)
        rooms.journal.plan(connection, rooms.owner, [rooms.plan(str(number)) for number in range(9)], rooms.run_id)
        rows = rooms.journal.select(connection)
        rooms.batches.save(connection, rooms.owner, "r1", b"\x00body", [("1", rows[0])], rooms.run_id)
        rooms.journal.settle(
            connection,
            rooms.organization_id,
            [Settling(rows[1], State.POSTED, Made("T", "17", "0", None), Message("à la main 🎁"))],
        )
        choice = Choice(ChoiceKind.HOLD, "l'attente", NOON)
        Choices(rooms.database).make(connection, rooms.organization_id, rooms.store.id, "3", choice)
        connection.execute(update(runs).values(problem="", proof=None))
    return rooms


@pytest.fixture
def target(cluster: Cluster) -> Iterator[Database]:
    url = cluster.empty()
    opened = Database(server_url(url))
    yield opened
    opened.close()
    cluster.drop(url)


def everything(database: Database) -> dict[str, tuple[int, str]]:
    with database.read() as connection:
        found = [carried(connection, each) for each in metadata.sorted_tables if each.name not in LEFT_BEHIND]
    return {each.table: (each.rows, each.digest) for each in found}


def rows_in(database: Database) -> int:
    with database.read() as connection:
        return sum(
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in metadata.sorted_tables
        )


def test_every_row_arrives_value_for_value(full: Rooms, target: Database) -> None:
    told: list[tuple[str, int, int]] = []
    done = transfer(full.database, target, watch=lambda *step: told.append(step))
    assert {each.table: (each.rows, each.digest) for each in done} == everything(full.database) == everything(target)
    counts = {each.table: each.rows for each in done}
    assert (counts["facts"], counts["postings"], counts["batches"], counts["choices"]) == (700, 9, 1, 1)
    assert [step for step in told if step[0] == "facts"] == [("facts", 500, 700), ("facts", 700, 700)]


def test_a_digest_tells_one_value_from_another(full: Rooms) -> None:
    before = everything(full.database)
    with full.database.write() as connection:
        connection.execute(update(facts).where(facts.c.id == 650).values(current=False))
    after = everything(full.database)
    assert [name for name in before if before[name] != after[name]] == ["facts"]


def test_work_goes_on_at_the_target(full: Rooms, target: Database) -> None:
    transfer(full.database, target)
    here = Rooms(**{**vars(full), "database": target})
    with target.write() as connection:
        made = connection.execute(
            insert(events).values(
                organization_id=full.organization_id, posting_id=1, at=NOON, state="posted", detail=""
            )
        )
        assert made.inserted_primary_key is not None
        assert made.inserted_primary_key[0] == everything(full.database)["events"][0] + 1
        assert connection.execute(
            select(connections.c.ledger_connection_id).order_by(connections.c.id)
        ).scalars().all()[:2] == [here.ledger.id, None]


def test_a_tables_of_something_else_are_left_alone(full: Rooms, target: Database) -> None:
    with target.write() as connection:
        connection.execute(text("CREATE TABLE guests (id integer)"))
    with pytest.raises(TargetNotEmptyError, match=r"tables of something else \(guests\)"):
        transfer(full.database, target)


def test_data_of_comptoir_is_not_written_over(full: Rooms, target: Database) -> None:
    transfer(full.database, target)
    before = everything(target)
    with pytest.raises(TargetNotEmptyError, match="data of Comptoir already"):
        transfer(full.database, target)
    assert everything(target) == before


def test_whoever_only_looked_in_left_nothing_that_counts(full: Rooms, target: Database) -> None:
    upgrade(target)
    with target.write() as connection:
        connection.execute(insert(organizations).values(name="My shop", created_at=NOON))
    transfer(full.database, target)
    assert everything(target) == everything(full.database)


def test_a_transfer_that_breaks_off_leaves_nothing_and_is_begun_again(full: Rooms, target: Database) -> None:
    def breaks(table: str, _done: int, _total: int) -> None:
        if table == "postings":
            raise KeyError("power")

    with pytest.raises(KeyError):
        transfer(full.database, target, watch=breaks)
    assert rows_in(target) == 0

    def refuses() -> None:
        raise OSError("no room for the note")

    with pytest.raises(OSError, match="no room"):
        transfer(full.database, target, before_commit=refuses)
    assert rows_in(target) == 0
    transfer(full.database, target)
    assert everything(target) == everything(full.database)


def test_a_row_that_arrives_changed_stops_it(full: Rooms, target: Database) -> None:
    upgrade(target)
    with target.write() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.detail := NEW.detail || '!'; RETURN NEW; END $$"
            )
        )
        connection.execute(text("CREATE TRIGGER o BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION other()"))
    with pytest.raises(TransferError, match="table events did not arrive as it was"):
        transfer(full.database, target)
    assert rows_in(target) == 0


def test_a_value_that_the_target_cannot_hold_is_told_by_its_table(full: Rooms, target: Database) -> None:
    with full.database.write() as connection:
        connection.execute(update(runs).values(problem="a \x00 in it"))
    with pytest.raises(TransferError, match="row of the table runs cannot be carried over"):
        transfer(full.database, target)
    assert rows_in(target) == 0


def test_the_way_back_is_the_same(full: Rooms, target: Database, tmp_path_factory: pytest.TempPathFactory) -> None:
    transfer(full.database, target)
    back = Database(f"sqlite:///{tmp_path_factory.mktemp('back') / 'comptoir.sqlite'}")
    transfer(target, back)
    assert everything(back) == everything(full.database)
    back.close()


def test_sealed_values_open_after_it(full: Rooms, target: Database) -> None:
    transfer(full.database, target)
    vault = Vault(b"k" * KEY_BYTES)
    here = type(full.facts)(target, vault)
    assert [fact.payload["email"] for fact in here.find(full.organization_id, "650")] == ["ann@example.com"]
