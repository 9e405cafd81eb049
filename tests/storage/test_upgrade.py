"""Migrations make exactly the tables, once, and never touch the data of a newer release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from comptoir.storage.database import Database
from comptoir.storage.tables import metadata
from comptoir.storage.upgrade import NewerDatabaseError, alembic_config, upgrade


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'fresh.sqlite'}")
    yield opened
    opened.close()


def schema(database: Database) -> list[Any]:
    with database.read() as connection:
        rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master ORDER BY type, name"))
        return [tuple(row) for row in rows]


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
