"""The machine's part: the data directory, its key, its disk, its database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from comptoir.books.problems import Message
from comptoir.engine.doctor.findings import Finding, Report
from comptoir.storage.database import Database, DatabaseFileError, DatabaseUnreachableError, place_of
from comptoir.storage.upkeep.home import Home
from comptoir.storage.upkeep.upgrade import Shape, shape_of
from comptoir.storage.vault import KEY_BYTES

OTHERS = 0o077
"""Rights of anybody but the owner."""
MEGABYTE = 1024 * 1024
LOW_DISK_BYTES = 1024 * MEGABYTE
NO_DISK_BYTES = 100 * MEGABYTE


def look_at_directory(home: Home) -> Iterator[Finding]:
    """The data directory: there, writable, nobody else's business."""
    report = Report("data directory")
    path = {"path": str(home.path)}
    if not home.path.is_dir():
        yield report.problem(
            "There is no data directory {path}: nothing was ever set up here.",
            "Connect a store (comptoir connect shopify), or name another directory with --home or COMPTOIR_HOME.",
            **path,
        )
        return
    if home.is_local and home.moved_file.exists():
        yield report.problem(
            "What lay in {path} was moved to a PostgreSQL database.",
            "Set COMPTOIR_DATABASE_URL to its address; {note} tells more.",
            note=str(home.moved_file),
            **path,
        )
    if not os.access(home.path, os.W_OK | os.X_OK):
        yield report.problem(
            "The data directory {path} cannot be written by this user.",
            "Run Comptoir as the directory's owner, or give it to this user: chown -R USER {path}",
            **path,
        )
    elif _is_open_to_others(home.path):
        yield report.warning(
            "Other users of this machine can look into the data directory {path}.",
            "Close it to them: chmod 700 {path}",
            **path,
        )
    else:
        yield report.ok("{path} is this user's alone.", **path)
    yield _disk(home)


def _disk(home: Home) -> Finding:
    report = Report("disk")
    free = shutil.disk_usage(home.path).free
    megabytes = f"{free // MEGABYTE:,}"
    if free < NO_DISK_BYTES:
        return report.problem(
            "The disk is full but for {free} MB: work will stop half-way.",
            "Free space on the disk of {path}.",
            free=megabytes,
            path=str(home.path),
        )
    if free < LOW_DISK_BYTES:
        return report.warning(
            "The disk has {free} MB left.", "Free space on the disk of {path}.", free=megabytes, path=str(home.path)
        )
    return report.ok("{free} MB are free.", free=megabytes)


def look_at_key(home: Home) -> Iterator[Finding]:
    """The key file: there, whole, readable by its owner alone."""
    report = Report("key file")
    path = {"path": str(home.key_file)}
    back = "Put the key file back as {path}: your own copy, or secret.key out of a backup, which is a zip archive."
    if not home.key_file.is_file():
        yield report.problem("The key file {path} is missing: no stored sign-in can be opened.", back, **path)
    elif not os.access(home.key_file, os.R_OK):
        yield report.problem(
            "The key file {path} cannot be read by this user.", "Run Comptoir as the file's owner.", **path
        )
    elif home.key_file.stat().st_size != KEY_BYTES:
        yield report.problem("The key file {path} is damaged: no stored sign-in can be opened.", back, **path)
    elif _is_open_to_others(home.key_file):
        yield report.warning(
            "Other users of this machine can read the key file {path}.",
            "Close it to them: chmod 600 {path}",
            **path,
        )
    else:
        yield report.ok("{path} is whole, and this user's alone.", **path)


def look_at_database(database: Database) -> Iterator[Finding]:
    """The database: answers, is whole, has this release's tables."""
    report = Report("database")
    try:
        wrong = _integrity(database)
        shape = shape_of(database)
    except DatabaseFileError as error:
        yield report.said(error.fact, error.remedy)
        return
    except DatabaseUnreachableError as error:
        yield report.said(error.message, Message("Is its server running, and the network well?"))
        return
    except SQLAlchemyError as error:
        yield report.problem(
            "The database cannot be read ({error}).",
            "Is its server running, and the disk well? Else put back a backup: see the how-to “Back up and restore”.",
            error=type(error).__name__,
        )
        return
    if wrong:
        yield report.problem(
            "The database is damaged: {wrong}.",
            "Stop Comptoir and put back a backup: see the how-to “Back up and restore”.",
            wrong=wrong,
        )
    elif shape is Shape.NEWER:
        yield report.problem(
            "A newer release of Comptoir was at work here.", "Install that release again: this one would do harm."
        )
    elif shape is Shape.OLDER:
        yield report.problem(
            "The database is an earlier release's; more is not looked at.",
            "Any other command brings it up to date, for example: comptoir runs. Then look again.",
        )
    elif shape is Shape.EMPTY:
        yield report.problem(
            "The database is empty: nothing was ever set up here.", "Connect a store: comptoir connect shopify"
        )
    elif database.is_server:
        yield report.ok("The server at {place} answers; its tables are this release's.", place=place_of(database.url))
    else:
        yield report.ok("It answers, is whole and of this release.")


def _integrity(database: Database) -> str:
    """The first damage that a local database knows of in itself, "" where there is none; a server's is its own care."""
    if database.is_server:
        return ""
    with database.read() as connection:
        found = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
    return "" if found == "ok" else found.splitlines()[0]


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
