"""Migrations make exactly the tables, once, and never touch the data of a newer release."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, column, insert, inspect, table, text
from sqlalchemy.schema import CreateTable
from tests.conftest import Cluster

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.engine.proving.figures import DayByDay, ProvenDay, Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import Outcome, outcome_of, proof_from
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, SkippedRow
from comptoir.storage.codec import adapter, causes_digest, problems_to_json
from comptoir.storage.database import Database, server_url
from comptoir.storage.limits import Meter, Metered
from comptoir.storage.proof_pages import ProofPages
from comptoir.storage.tables import metadata
from comptoir.storage.upkeep.upgrade import NewerDatabaseError, alembic_config, upgrade


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
        yield opened
        opened.close()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    url = cluster.empty()
    opened = Database(server_url(url))
    yield opened
    opened.close()
    cluster.drop(url)


def schema(database: Database) -> list[Any]:
    """Every table with its columns, indices and constraints."""
    found = MetaData()
    found.reflect(database.engine)
    return [
        (
            name,
            str(CreateTable(table).compile(database.engine)),
            sorted(
                (str(index.name), [column.name for column in index.columns], index.unique) for index in table.indexes
            ),
        )
        for name, table in sorted(found.tables.items())
    ]


def test_a_fresh_database_gets_every_table(fresh: Database) -> None:
    upgrade(fresh)
    assert set(inspect(fresh.engine).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    upgrade(fresh)
    before = schema(fresh)

    def never(*_args: object) -> None:
        raise AssertionError("no step is left to run")

    monkeypatch.setattr(command, "upgrade", never)
    upgrade(fresh)
    assert schema(fresh) == before


def test_of_many_that_start_at_once_one_upgrades(fresh: Database) -> None:
    start, failed = threading.Barrier(4), []

    def begin() -> None:
        start.wait(20)
        try:
            upgrade(fresh)
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with fresh.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def old(connection: Connection, release: str, runs: int) -> None:
    """The tables of an old release, with an organization, its store and so many runs."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, release)
    values = "VALUES (1, 1, 'test', 'running', '2026-01-10T12:00:00.000000Z', 0, 0, 0)"
    columns = "(organization_id, connection_id, trigger, state, started_at, fetched, decided, posted)"
    connection.execute(text("INSERT INTO organizations (name, created_at) VALUES ('Shop', '2026')"))
    connection.execute(
        text(
            "INSERT INTO connections (organization_id, role, platform, identity, title, config, secrets, "
            "created_at) VALUES (1, 'store', 'shop', 'shop:one', 'Shop', '{}', :sealed, '2026')"
        ),
        {"sealed": b""},
    )
    for _ in range(runs):
        connection.execute(text(f"INSERT INTO runs {columns} {values}"))


def test_what_an_old_release_held_is_counted_by_cause(fresh: Database) -> None:
    words = Message("No.")
    problems = (Problem("b", words, words), Problem("x", words, words, cause="a"), Problem("b", words, words))
    with fresh.write() as connection:
        old(connection, "0018", runs=1)
        for key, state, told in (("1", "held", problems), ("2", "held", problems[:1]), ("3", "changed", problems)):
            values = {
                **dict.fromkeys(("organization_id", "connection_id", "line_count", "run_id"), 1),
                **dict.fromkeys(("company", "store", "part", "order_number"), "x"),
                **dict.fromkeys(("generation", "revision"), 0),
                **dict.fromkeys(("key", "source_id", "order_source_id"), key),
                **dict.fromkeys(("kind", "wave"), "sales"),
                "state": state,
                "awaits": "[]",
                "looked_up": False,
                "problems": problems_to_json(told),
            }
            connection.execute(insert(table("postings", *map(column, values))).values(values))
    upgrade(fresh)
    with fresh.read() as connection:
        found = connection.scalars(text("SELECT causes FROM postings ORDER BY id")).all()
    assert found == [causes_digest(problems), causes_digest(problems[:1]), None]
    assert found[0] != found[1]


def test_the_proofs_of_an_old_release_are_taken_apart(fresh: Database) -> None:
    def cad(amount: str) -> Money:
        return Money(Decimal(amount), "CAD")

    day, words = date(2026, 1, 1), Message("No {tax}.", {"tax": "É"})
    one, none = Triple(cad("1"), cad("1"), cad("1")), Triple(cad("0"), cad("0"), cad("0"))
    dollars = Triple(*[Money(Decimal(2), "USD")] * 3)
    held = HeldRow(Kind.SALE, "1", day, None, (Problem("b", words, words),))
    skipped = [SkippedRow(Kind.SALE, str(place), None, cad("1.50"), "test-order", "why") for place in range(3)]
    before = Proof(
        currency="CAD", sales=one, refunds=none, payments={"Card": cad("1")}, marketplace_tax=cad("0"),
        redeemed=None, unsettled=1, posted={Kind.SALE: 2}, differences=(), held=(held,) * 51,
        days=tuple(ProvenDay(day + timedelta(days=place), 1, one, none) for place in range(60)),
        skipped=(*skipped, SkippedRow(Kind.REFUND, "1", None, None, "empty", "why")),
        foreign=(DayByDay(currency="USD", days=(), sales=dollars, refunds=dollars, payments={}),),
        kept=(Kept(Kind.SALE, "1", day, cad("1")),),
    )  # fmt: skip
    wrong = replace(before, sales=Triple(cad("1"), cad("1"), cad("2")))
    differs = replace(before, differences=(Difference(Kind.SALE, "1", day, None, cad("1"), None),))
    empty = replace(before, days=(), held=(), skipped=(), foreign=(), kept=())
    proofs = [before, wrong, differs, empty]
    with fresh.write() as connection:
        old(connection, "0023", runs=1)
        for number, each in enumerate(proofs, start=2):
            told = {"id": number, "proof": adapter(Proof).dump_json(each).decode()}
            connection.execute(
                text(
                    "INSERT INTO runs (id, organization_id, connection_id, trigger, state, started_at, fetched, "
                    "decided, posted, proof) VALUES (:id, 1, 1, 'test', 'finished', '2026', 0, 0, 0, :proof)"
                ),
                told,
            )
    upgrade(fresh)
    with fresh.read() as connection:
        found = connection.scalars(text("SELECT proof FROM runs ORDER BY id")).all()
    assert found[0] is None
    outcomes = [adapter(Outcome).validate_json(each) for each in found[1:]]
    assert outcomes == [outcome_of(each) for each in proofs]
    assert [each.agrees for each in outcomes] == [True, False, False, True]
    pages = ProofPages(fresh)
    assert [proof_from(each, pages.all(number)) for number, each in enumerate(outcomes, start=2)] == proofs


def test_reads_that_were_counted_are_those_of_the_app_that_read(fresh: Database) -> None:
    """A simulator's reads were counted too; what nobody can assign is kept, and warns nobody."""
    apps = ({"client_id": "first"}, {"client_id": "real"}, {"client_id": "demo", "environment": "simulator"})
    with fresh.write() as connection:
        old(connection, "0023", runs=0)
        connection.execute(text("INSERT INTO organizations (name, created_at) VALUES ('Other', '2026')"))
        for place, config in enumerate(apps):
            connection.execute(
                text(
                    "INSERT INTO connections (organization_id, role, platform, identity, title, config, secrets, "
                    "created_at) VALUES (1, 'ledger', 'quickbooks', :identity, 'Co', :config, :sealed, '2026')"
                ),
                {"identity": str(place), "config": json.dumps(config), "sealed": b""},
            )
        connection.execute(
            text(
                "INSERT INTO metered_reads (organization_id, platform, month, reads, allowed) "
                "VALUES (1, 'quickbooks', '2026-01', 7, 10), (2, 'quickbooks', '2026-01', 9, 10)"
            )
        )
    upgrade(fresh)
    january = datetime(2026, 1, 31, tzinfo=UTC)
    assert Meter(fresh).standing(1, january) == [Metered("quickbooks", "real", "2026-01", 7, 10)]
    assert Meter(fresh).standing(2, january) == [Metered("quickbooks", "", "2026-01", 9, 10)]


def test_two_runs_of_a_connection_that_an_old_release_left_become_one(fresh: Database) -> None:
    with fresh.write() as connection:
        old(connection, "0005", runs=2)
    upgrade(fresh)
    with fresh.read() as connection:
        rows = connection.execute(text("SELECT id, state FROM runs ORDER BY id")).all()
    assert [tuple(row) for row in rows] == [(1, "failed"), (2, "running")]


def test_a_database_of_a_newer_release_is_refused_and_left_alone(fresh: Database) -> None:
    upgrade(fresh)
    with fresh.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    before = schema(fresh)
    with pytest.raises(NewerDatabaseError, match="Install that release again"):
        upgrade(fresh)
    assert schema(fresh) == before


def test_an_upgrade_that_breaks_off_leaves_nothing_half_done(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run = command.upgrade

    def breaks(*args: Any) -> None:
        run(*args)
        raise KeyError("power")

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", breaks)
        with pytest.raises(KeyError):
            upgrade(fresh)
    assert schema(fresh) == []
    upgrade(fresh)
    assert schema(fresh)


def test_the_migrations_and_the_tables_say_the_same(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_alembic_needs_no_file() -> None:
    assert Path(str(alembic_config().get_main_option("script_location"))).is_dir()
