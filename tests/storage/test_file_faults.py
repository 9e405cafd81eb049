"""What keeps SQLite from its file, met for real, is told with a remedy."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from comptoir.storage import file_faults
from comptoir.storage.database import Database, DatabaseAddressError, DatabaseFileError, server_url
from comptoir.storage.file_faults import FileFault, fault_of


def _met(path: Path, words: str, *first: str, uri: str = "") -> FileFault | None:
    with closing(sqlite3.connect(uri or path, timeout=0, isolation_level=None, uri=bool(uri))) as connection:
        for each in first:
            connection.execute(each)
        with pytest.raises(sqlite3.DatabaseError) as raised:
            connection.execute(words)
    return fault_of(raised.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "books.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (x)")
    return path


def test_another_program_holds_it(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert _met(file, "BEGIN IMMEDIATE") is file_faults.HELD


def test_it_may_not_be_written(file: Path) -> None:
    assert _met(file, "INSERT INTO t VALUES (1)", uri=f"file:{file}?mode=ro") is file_faults.NOT_OURS


def test_it_cannot_be_opened(file: Path) -> None:
    assert _met(file, f"ATTACH '{file.parent / 'none' / 'x'}' AS y") is file_faults.SHUT


def test_a_mistake_of_the_program_is_none(file: Path) -> None:
    assert _met(file, "SELECT nothing") is None
    assert fault_of(ValueError()) is None


def test_a_damaged_one_is_told_with_its_name_and_the_way_back(file: Path) -> None:
    file.write_bytes(b"no database at all" * 100)
    database = Database(f"sqlite:///{file}")
    with pytest.raises(DatabaseFileError) as raised, database.read():
        pass
    database.close()
    assert str(raised.value) == (
        f"The database {file} is damaged (file is not a database). Stop Comptoir and put back a backup: "
        "comptoir restore FILE --replace"
    )
    assert str(raised.value.fact) == f"The database {file} is damaged (file is not a database)."
    assert "put back a backup" in str(raised.value.remedy)


def test_a_full_disk_is_told_and_what_was_written_stays(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    with database.write() as connection:
        connection.execute(text("INSERT INTO t VALUES ('kept')"))

    @event.listens_for(database.engine, "begin")
    def no_room(connection: object) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

    with pytest.raises(DatabaseFileError, match=r"The disk of .*books.sqlite is full\. Nothing is lost"):  # noqa: SIM117
        with database.write() as connection:
            connection.execute(text("INSERT INTO t VALUES (randomblob(100000))"))
    with database.read() as connection:
        assert connection.execute(text("SELECT x FROM t")).scalars().all() == ["kept"]
    database.close()


def test_another_error_stays_what_it_is(file: Path) -> None:
    database = Database(f"sqlite:///{file}")
    with pytest.raises(OperationalError, match="no such table"), database.read() as connection:
        connection.execute(text("SELECT 1 FROM none_such"))
    database.close()


def test_an_option_that_the_server_does_not_know() -> None:
    secret = "hidden"
    database = Database(server_url(f"postgresql://ann:{secret}@127.0.0.1:1/books?colour=red"))
    with pytest.raises(DatabaseAddressError) as raised, database.read():
        pass
    database.close()
    assert "127.0.0.1:1/books" in str(raised.value)
    assert '"colour"' in str(raised.value)
    assert secret not in str(raised.value)
