"""What keeps SQLite from using its file, in words for whoever runs the machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from comptoir.books.problems import Message

PRIMARY = 0xFF
"""The part of SQLite's error code that names the kind of error; the rest tells where it was met."""


@dataclass(frozen=True, slots=True)
class FileFault:
    """What is wrong, what to do about it, and both in one. They wait for the values `file` and `reason`."""

    fact: Message
    remedy: Message
    message: Message


FULL = FileFault(
    Message("The disk of {file} is full."),
    Message("Free space on that disk."),
    Message(
        "The disk of {file} is full. Nothing is lost: free space there, and the next run goes on from what is written."
    ),
)
NOT_OURS = FileFault(
    Message("The database {file} cannot be written by this user ({reason})."),
    Message("Run Comptoir as the owner of the data directory, or give it to this user."),
    Message(
        "The database {file} cannot be written by this user ({reason}). Run Comptoir as the owner of the data "
        "directory, or give it to this user."
    ),
)
SHUT = FileFault(
    Message("The database {file} cannot be opened ({reason})."),
    Message("Look whether its disk is full, and whether the data directory is this user's."),
    Message(
        "The database {file} cannot be opened ({reason}). Look whether its disk is full, and whether the data "
        "directory is this user's."
    ),
)
BAD_DISK = FileFault(
    Message("The disk of {file} is full, or fails ({reason})."),
    Message("Look at the disk: whether it has room, and whether it is well."),
    Message(
        "The disk of {file} is full, or fails ({reason}). Look whether it has room and is well; the next run goes on "
        "from what is written."
    ),
)
HELD = FileFault(
    Message("Another program holds the database {file}."),
    Message("Close that program."),
    Message(
        "Another program holds the database {file}. Nothing is lost: close that program, and the next run goes on from "
        "what is written."
    ),
)
DAMAGED = FileFault(
    Message("The database {file} is damaged ({reason})."),
    Message("Stop Comptoir and put back a backup: see the how-to “Back up and restore”."),
    Message(
        "The database {file} is damaged ({reason}). Stop Comptoir and put back a backup: comptoir restore FILE "
        "--replace"
    ),
)

FAULTS: Mapping[int, FileFault] = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: NOT_OURS,
    sqlite3.SQLITE_PERM: NOT_OURS,
    sqlite3.SQLITE_CANTOPEN: SHUT,
    sqlite3.SQLITE_IOERR: BAD_DISK,
    sqlite3.SQLITE_BUSY: HELD,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}


def fault_of(error: BaseException | None) -> FileFault | None:
    """What the file's state has to do with an error of the driver; None where it is an error of another kind."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else FAULTS.get(code & PRIMARY)
