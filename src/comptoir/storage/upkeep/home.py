"""The one data directory (`COMPTOIR_HOME`): database, key file and queue; one process works in it at a time.

With `COMPTOIR_DATABASE_URL` the database and the queue are on a PostgreSQL server, where any number of processes and
machines work; of the directory the key file is left, and `COMPTOIR_KEY_FILE` may put that elsewhere.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from comptoir.books.problems import Message, ToldError
from comptoir.storage.database import server_url

PRIVATE_DIRECTORY = 0o700
ENVIRONMENT_NAME = "COMPTOIR_HOME"
DATABASE_NAME = "COMPTOIR_DATABASE_URL"
KEY_NAME = "COMPTOIR_KEY_FILE"


_SERVED = (
    "A Comptoir server is at work in {path}. What its pages offer is done there, at {pages}; for anything else stop it "
    "first."
)
_AT_WORK = "Another Comptoir command is at work in {path}. Try again when it is done."


class HomeBusyError(ToldError):
    """Another process is at work in the data directory. `pages`: where a server has its pages; "" for a command."""

    def __init__(self, path: Path, pages: str = "") -> None:
        super().__init__(Message(_SERVED if pages else _AT_WORK, {"path": str(path), "pages": pages}))
        self.pages = pages


class HomeUnusableError(ToldError):
    """The data directory cannot be made or written."""


class HomeMovedError(ToldError):
    """The data of this directory was moved to a server."""


MOVED = """\
What lay in this directory was moved on {day} to the PostgreSQL database at {where}.

To work there, set COMPTOIR_DATABASE_URL to its address, and keep the key file secret.key: it belongs to both.
comptoir.sqlite is as it was before. Only if you want to go back to it, and no worker is at work on the server: remove
this file. What was posted since is then found in the books by its numbers, and not posted again.
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one installation lies.

    `server`: the address of the PostgreSQL database, "" for the file in the directory. `key`: the key file where it is
    not in the directory.
    """

    path: Path
    server: str = field(default="", repr=False)
    key: Path | None = None

    @classmethod
    def at(cls, path: Path | None = None) -> Home:
        """The installation that `named` names. Its directory is made if it is needed and not there.

        Raises HomeUnusableError, HomeMovedError, DatabaseAddressError.
        """
        home = cls.named(path)
        if home.is_local and home.moved_file.exists():
            raise HomeMovedError(
                Message(
                    "What lay in {path} was moved to a PostgreSQL database. To work there, set COMPTOIR_DATABASE_URL "
                    "to its address. When it was moved, where to, and how to go back, is told in {file}.",
                    {"path": str(home.path), "file": str(home.moved_file)},
                )
            )
        if home.needs_directory:
            _make(home.path)
        return home

    @classmethod
    def named(cls, path: Path | None = None) -> Home:
        """The given directory, else `COMPTOIR_HOME`, else `~/.comptoir`, as it is: it may not be there.

        With the environment's database and key file. Raises HomeUnusableError, DatabaseAddressError.
        """
        chosen = path or _usual_path()
        database, key = os.environ.get(DATABASE_NAME, ""), os.environ.get(KEY_NAME, "")
        return cls(chosen, server_url(database) if database else "", Path(key) if key else None)

    @classmethod
    def local(cls, path: Path) -> Home:
        """This directory on this machine, whatever the environment says; made if it is not there."""
        _make(path)
        return cls(path)

    @property
    def is_local(self) -> bool:
        """Whether its database is a file of the directory, so that its lock proves that a process is alone."""
        return not self.server

    @property
    def needs_directory(self) -> bool:
        """Whether anything of it lies in the directory."""
        return self.is_local or self.key is None

    @property
    def database_url(self) -> str:
        """The books of the connector: facts, journal, connections."""
        return self.server or f"sqlite:///{self.database_file}"

    @property
    def database_file(self) -> Path:
        """The file of a local database."""
        return self.path / "comptoir.sqlite"

    @property
    def queue_url(self) -> str:
        """The work queue's own tables, apart (a file, or a schema of the server): they may be deleted at any time."""
        return self.server or f"sqlite:///{self.path / 'queue.sqlite'}"

    @property
    def key_file(self) -> Path:
        """The key that opens the secrets; kept beside the database, backed up with it."""
        return self.key or self.path / "secret.key"

    @property
    def moved_file(self) -> Path:
        """The note that its data was moved to a server."""
        return self.path / "moved.txt"

    def note_moved(self, day: str, where: str) -> None:
        """Leave the note; it is on disk when this returns."""
        with self.moved_file.open("w", encoding="utf-8") as file:
            file.write(MOVED.format(day=day, where=where))
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the directory: the operating system frees it when the process ends, however it ends.

        Raises HomeBusyError when another process holds it, HomeUnusableError where nothing can be written. With a
        server there is nothing to hold: the fences of the database keep its workers apart.
        """
        if not self.is_local:
            yield
            return
        try:
            file = (self.path / "lock").open("a+", encoding="utf-8")  # what the holder wrote stays
        except OSError as error:
            raise HomeUnusableError(
                Message(
                    "The data directory {path} cannot be written ({reason}). Choose another with --home or {name}.",
                    {"path": str(self.path), "reason": str(error.strerror), "name": ENVIRONMENT_NAME},
                )
            ) from error
        with file as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeBusyError(self.path, self.pages) from None
            lock.truncate(0)
            yield

    @property
    def pages(self) -> str:
        """Where the server that holds the directory has its pages; "" where none does, or its address is not known."""
        try:
            return (self.path / "lock").read_text(encoding="utf-8").strip()
        except OSError:
            return ""

    def tell_pages(self, address: str) -> None:
        """Leave word, for whoever finds the directory held by this process, where its pages are."""
        if self.is_local:
            (self.path / "lock").write_text(address.rstrip("/"), encoding="utf-8")


def _usual_path() -> Path:
    """Where an installation lies if nothing else is said. A user made for one service may have no home directory."""
    named = os.environ.get(ENVIRONMENT_NAME)
    try:
        return Path(named) if named else Path.home() / ".comptoir"
    except RuntimeError as error:
        raise HomeUnusableError(
            Message(
                "This user has no home directory. Name a data directory with --home or {name}.",
                {"name": ENVIRONMENT_NAME},
            )
        ) from error


def _make(path: Path) -> None:
    try:
        path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusableError(
            Message(
                "The data directory {path} cannot be made ({reason}). Choose another with --home or {name}.",
                {"path": str(path), "reason": str(error.strerror), "name": ENVIRONMENT_NAME},
            )
        ) from error
