"""A backup is whole, verified and private; put back it changes nothing that it cannot give back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.storage.conftest import Rooms

from comptoir.storage.connections import Connections, open_vault
from comptoir.storage.database import Database
from comptoir.storage.tables import postings
from comptoir.storage.upkeep import backup as storage_backup
from comptoir.storage.upkeep.backup import DATABASE, KEY, TOLD, BackupError, make_backup, restore_backup
from comptoir.storage.upkeep.home import Home
from comptoir.storage.vault import KEY_BYTES, VaultError

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def home(rooms: Rooms, tmp_path: Path) -> Home:
    """The directory of the rooms, with their key and two postings."""
    (tmp_path / "secret.key").write_bytes(b"k" * KEY_BYTES)
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("1"), rooms.plan("2")], rooms.run_id)
    return Home(tmp_path)


def count(home: Home) -> int:
    database = Database(home.database_url)
    with database.read() as connection:
        found = int(connection.execute(select(func.count()).select_from(postings)).scalar_one())
    database.close()
    return found


def rewritten(file: Path, to: Path, **members: bytes | None) -> Path:
    """The archive with other members; None leaves one out."""
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            content = members.get(name.split(".")[0], old.read(name))
            if content is not None:
                new.writestr(name, content)
    return to


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_holds_the_moment_at_which_it_was_made(rooms: Rooms, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "there" / "one.backup"
    file.parent.mkdir()
    with rooms.database.write() as connection:  # not committed meanwhile
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("3")], rooms.run_id)
        made = make_backup(home, file, "0.1.0")
    assert made.bytes == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(file.parent) == ["one.backup"], "nothing else is left there"
    assert count(home) == 3
    target = Home.local(tmp_path / "target")
    done = restore_backup(file, target)
    assert (done.told, done.aside) == (made.told, None)
    assert count(target) == 2
    assert names(target.path) == [DATABASE, KEY]
    assert stat.S_IMODE(target.key_file.stat().st_mode) == stat.S_IMODE(target.database_file.stat().st_mode) == 0o600
    opened = Database(target.database_url)
    restored = Connections(opened, open_vault(opened, target.key_file))
    assert restored.secrets(restored.get(rooms.store.id)) == {}
    opened.close()


def test_a_file_that_is_there_is_written_over_only_when_told(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    file.write_text("precious")
    with pytest.raises(BackupError, match="is there already"):
        make_backup(home, file, "0.1.0")
    assert file.read_text() == "precious"
    make_backup(home, file, "0.1.0", replace=True)
    assert zipfile.is_zipfile(file)


def test_no_backup_without_its_key(home: Home, tmp_path: Path) -> None:
    home.key_file.write_bytes(b"x" * KEY_BYTES)
    with pytest.raises(VaultError, match="does not open with this key file"):
        make_backup(home, tmp_path / "one.backup", "0.1.0")
    home.key_file.unlink()
    with pytest.raises(BackupError, match=r"key file .* is missing"):
        make_backup(home, tmp_path / "one.backup", "0.1.0")
    assert not (tmp_path / "one.backup").exists()


def test_a_place_that_cannot_be_written_is_told(home: Home, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"cannot be written to .*No such file"):
        make_backup(home, tmp_path / "nowhere" / "one.backup", "0.1.0")


def test_a_damaged_database_is_not_backed_up(rooms: Rooms, home: Home, tmp_path: Path) -> None:
    rooms.database.close()
    content = bytearray(home.database_file.read_bytes())
    content[4096:12288] = os.urandom(8192)
    home.database_file.write_bytes(content)
    with pytest.raises(BackupError, match="damaged"):
        make_backup(home, tmp_path / "one.backup", "0.1.0")
    assert not (tmp_path / "one.backup").exists()


def test_a_row_that_belongs_to_nothing_is_found(home: Home, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home.database_file)) as connection:
        connection.execute("DELETE FROM runs")
        connection.commit()
    with pytest.raises(BackupError, match="belongs to nothing"):
        make_backup(home, tmp_path / "one.backup", "0.1.0")


def test_a_backup_that_was_not_written_rightly_is_not_kept(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = storage_backup._write

    def badly(draft: Path, folder: Path, told: storage_backup.Told) -> None:
        (folder / KEY).write_bytes(b"?" * KEY_BYTES)
        write(draft, folder, told)

    monkeypatch.setattr(storage_backup, "_write", badly)
    with pytest.raises(BackupError, match=r"damaged: secret\.key is not what was written"):
        make_backup(home, tmp_path / "one.backup", "0.1.0")
    assert not (tmp_path / "one.backup").exists()


def test_what_is_there_is_put_aside_and_only_when_told(rooms: Rooms, home: Home, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    make_backup(home, file, "0.1.0")
    with rooms.database.write() as connection:
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("3")], rooms.run_id)
    (home.path / "queue.sqlite").write_bytes(b"")
    with pytest.raises(BackupError, match=r"is in use: comptoir\.sqlite lies there"):
        restore_backup(file, home)
    assert count(home) == 3
    rooms.database.close()
    done = restore_backup(file, home, replace=True)
    assert count(home) == 2
    assert done.aside is not None
    assert count(Home(done.aside)) == 3
    assert {DATABASE, KEY, "queue.sqlite"} <= set(names(done.aside))
    assert not (home.path / "queue.sqlite").exists()


def test_a_key_that_is_left_behind_is_in_the_way_too(home: Home, tmp_path: Path) -> None:
    make_backup(home, tmp_path / "one.backup", "0.1.0")
    target = Home.local(tmp_path / "target")
    shutil.copy(home.key_file, target.key_file)
    with pytest.raises(BackupError, match=r"secret\.key lies there"):
        restore_backup(tmp_path / "one.backup", target)


BAD: dict[str, tuple[Callable[[Path, Path], object], str]] = {
    "no archive": (lambda _file, to: to.write_bytes(b"PK nothing"), "is no backup of Comptoir, or is damaged"),
    "no such file": (lambda _file, to: to, "cannot be read .No such file"),
    "cut short": (lambda file, to: to.write_bytes(file.read_bytes()[:-500]), "is no backup of Comptoir, or is damaged"),
    "another database": (lambda file, to: rewritten(file, to, comptoir=b"other"), "comptoir.sqlite is not what was"),
    "without its key": (lambda file, to: rewritten(file, to, secret=None), "secret.key is not what was written"),
    "no description": (lambda file, to: rewritten(file, to, backup=b"{}"), "does not say what it holds"),
    "of a later format": (lambda file, to: rewritten(file, to, backup=b'{"format": 2}'), "made by a newer release"),
    "a part is not told": (
        lambda file, to: rewritten(
            file,
            to,
            backup=json.dumps(
                {"format": 1, "release": "1", "made_at": "2026-01-10T12:00:00Z", "digests": {KEY: "0"}}
            ).encode(),
        ),
        "a part is missing",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_whole_backup_changes_nothing(home: Home, tmp_path: Path, kind: str) -> None:
    make_backup(home, tmp_path / "good.backup", "0.1.0")
    spoil, said = BAD[kind]
    spoil(tmp_path / "good.backup", tmp_path / "bad.backup")
    before = home.database_file.read_bytes()
    with pytest.raises(BackupError, match=said):
        restore_backup(tmp_path / "bad.backup", home, replace=True)
    assert home.database_file.read_bytes() == before
    assert not list(home.path.glob("before-restore-*"))


def test_flipped_bits_inside_are_found(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "good.backup"
    make_backup(home, file, "0.1.0")
    with zipfile.ZipFile(file) as archive:
        begin = archive.getinfo(DATABASE).header_offset + 200
    content = bytearray(file.read_bytes())
    content[begin] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(BackupError, match="damaged"):
        restore_backup(file, Home.local(tmp_path / "target"))
    assert TOLD not in names(tmp_path / "target")
    assert names(tmp_path / "target") == []
