"""A backup: one file with the database as it was at one moment, and the key that opens it; verified, and put back.

The file is a zip archive of three members: `backup.json` (what it is and the digests of the others), `comptoir.sqlite`
and `secret.key`. It is of the directory's own database; a server has its own tools.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict

from comptoir.books.problems import Message, ToldError
from comptoir.storage.connections import open_vault
from comptoir.storage.database import Database
from comptoir.storage.upkeep.copying import copy_file
from comptoir.storage.upkeep.home import Home
from comptoir.storage.vault import PRIVATE_FILE

FORMAT = 1
TOLD = "backup.json"
DATABASE = "comptoir.sqlite"
KEY = "secret.key"
BLOCK_BYTES = 1024 * 1024
DAMAGED = "The database is damaged ({reason}). Look at it with: comptoir doctor"
QUICK = 1
"""Level of compression: most of the bytes are sealed or compressed already."""


class BackupError(ToldError):
    """A backup cannot be made, or put back."""


class Told(BaseModel):
    """What a backup says of itself. `digests` are SHA-256, by member."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    release: str
    made_at: datetime
    digests: dict[str, str]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was verified."""

    file: Path
    bytes: int
    told: Told


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what lay there before is now (None where nothing did)."""

    told: Told
    aside: Path | None


# Making


def make_backup(home: Home, file: Path, release: str, *, replace: bool = False) -> Backup:
    """Write the backup beside its place, verify it, then put it there. A run may be at work meanwhile.

    Raises BackupError; VaultError where the key file is not the database's.
    """
    if file.exists() and not replace:
        raise _cannot("{file} is there already. Choose another name, or say --replace.", file)
    if not home.key_file.exists():
        raise _cannot(
            "The key file {file} is missing: without it a backup opens no sign-in. Put back the copy from your backup, "
            "or name the file with COMPTOIR_KEY_FILE.",
            home.key_file,
        )
    with _reported("The backup cannot be written to {file} ({reason}).", file.parent), _workshop(file.parent) as folder:
        copy = folder / DATABASE
        copy_file(home.database_file, copy)
        _settle(copy)
        _check_database(copy)
        shutil.copyfile(home.key_file, folder / KEY)
        _check_key(copy, folder / KEY)
        digests = {name: _digest_of(folder / name) for name in (DATABASE, KEY)}
        told = Told(format=FORMAT, release=release, made_at=datetime.now(UTC), digests=digests)
        draft = folder / "draft"
        _write(draft, folder, told)
        with zipfile.ZipFile(draft) as archive:
            _verify(archive, told, file)
        size = draft.stat().st_size
        draft.replace(file)
        _flush_directory(file.parent)
    return Backup(file, size, told)


def _settle(database: Path) -> None:
    """One file, without a log of writes beside it."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").close()


def _check_database(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    if found != "ok":
        raise _cannot(DAMAGED, reason=found)
    if loose is not None:
        raise _cannot(
            "The database is damaged: a row of {name} belongs to nothing. Look at it with: comptoir doctor",
            name=loose[0],
        )


def _check_key(database: Path, key: Path) -> None:
    """The key opens what the database holds."""
    opened = Database(f"sqlite:///{database}")
    try:
        open_vault(opened, key)
    finally:
        opened.close()


def _write(draft: Path, folder: Path, told: Told) -> None:
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICK) as archive:
            archive.writestr(TOLD, told.model_dump_json(indent=1))
            for name in told.digests:
                archive.write(folder / name, name)
        out.flush()
        os.fsync(out.fileno())


# Putting back


def restore_backup(file: Path, home: Home, *, replace: bool = False) -> Restored:
    """Put a backup into a directory that is empty; what is there already is put aside first where `replace` says so.

    The directory must be held (`Home.working`). Raises BackupError, and then nothing was changed, or the directory is
    empty and its content aside.
    """
    with _opened(file) as archive:
        told = _told(file, archive)
        _verify(archive, told, file)
        there = [path for path in _places(home) if path.exists()]
        if there and not replace:
            raise _cannot(
                "{file} is in use: {name} lies there. Choose an empty directory with --home, or say --replace: what is "
                "there is then put aside, not deleted.",
                home.path,
                name=there[0].name,
            )
        with _reported("The backup cannot be put into {file} ({reason}).", home.path), _workshop(home.path) as folder:
            for name in (DATABASE, KEY):
                _extract(archive, name, folder / name)
            _check_database(folder / DATABASE)
            _check_key(folder / DATABASE, folder / KEY)
            aside = _put_aside(home, there)
            (folder / KEY).replace(home.key_file)
            (folder / DATABASE).replace(home.database_file)  # last: with it the directory is in use
            _flush_directory(home.path)
    return Restored(told, aside)


def _places(home: Home) -> list[Path]:
    """Everything that a backup takes the place of."""
    queue = home.path / "queue.sqlite"
    databases = [Path(f"{each}{tail}") for each in (home.database_file, queue) for tail in ("", "-wal", "-shm")]
    return [*databases, home.key_file, home.moved_file]


def _put_aside(home: Home, there: list[Path]) -> Path | None:
    if not there:
        return None
    aside = home.path / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    aside.mkdir(mode=0o700)
    for path in there:
        shutil.move(path, aside / path.name)
    return aside


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError) as error:
        raise _cannot("{file} is no backup of Comptoir, or is damaged ({reason}).", file, reason=str(error)) from error
    except OSError as error:
        raise _cannot("{file} cannot be read ({reason}).", file, reason=str(error.strerror or error)) from error


def _told(file: Path, archive: zipfile.ZipFile) -> Told:
    try:
        raw = archive.read(TOLD)
        if json.loads(raw)["format"] != FORMAT:
            raise _cannot("{file} was made by a newer release of Comptoir. Restore it with that release.", file)
        told = Told.model_validate_json(raw)
    except (KeyError, TypeError, ValueError) as error:  # pydantic's errors are ValueErrors
        raise _cannot("{file} is no backup of Comptoir: it does not say what it holds.", file) from error
    if set(told.digests) != {DATABASE, KEY}:
        raise _cannot("{file} is no backup of Comptoir: a part is missing.", file)
    return told


def _verify(archive: zipfile.ZipFile, told: Told, file: Path) -> None:
    """Every member is there and has the bytes that it had."""
    for name, digest in told.digests.items():
        try:
            with archive.open(name) as member:
                found = _digest(member)
        except (KeyError, zipfile.BadZipFile, zlib.error):
            found = "unreadable"
        if found != digest:
            raise _cannot("{file} is damaged: {name} is not what was written. Use another backup.", file, name=name)


def _extract(archive: zipfile.ZipFile, name: str, to: Path) -> None:
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as out, archive.open(name) as member:
        shutil.copyfileobj(member, out, BLOCK_BYTES)
        out.flush()
        os.fsync(out.fileno())


# Files


@contextmanager
def _workshop(beside: Path) -> Iterator[Path]:
    """A private folder on the same disk, gone after the block."""
    with tempfile.TemporaryDirectory(prefix=".comptoir-", dir=beside) as folder:
        yield Path(folder)


@contextmanager
def _reported(template: str, file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _cannot(DAMAGED, reason=str(error)) from error
    except OSError as error:
        raise _cannot(template, file, reason=str(error.strerror or error)) from error


def _cannot(template: str, file: Path | None = None, **values: str) -> BackupError:
    return BackupError(Message(template, {"file": str(file or ""), **values}))


def _digest_of(file: Path) -> str:
    with file.open("rb") as stream:
        return _digest(stream)


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(BLOCK_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _flush_directory(path: Path) -> None:
    """A renaming is on disk when its directory is."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
