"""The one data directory (`COMPTOIR_HOME`): database, key file and queue; one process works in it at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PRIVATE_DIRECTORY = 0o700
ENVIRONMENT_NAME = "COMPTOIR_HOME"


class HomeBusyError(Exception):
    """Another process is at work in the data directory. The message is for the user."""


class HomeUnusableError(Exception):
    """The data directory cannot be made or written. The message is for the user."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one installation lies."""

    path: Path

    @classmethod
    def at(cls, path: Path | None = None) -> Home:
        """The directory that `named` names; made if it is not there."""
        home = cls.named(path)
        try:
            home.path.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        except OSError as error:
            raise HomeUnusableError(
                f"The data directory {home.path} cannot be made ({error.strerror}). "
                f"Choose another with --home or {ENVIRONMENT_NAME}."
            ) from error
        return home

    @classmethod
    def named(cls, path: Path | None = None) -> Home:
        """The given directory, else `COMPTOIR_HOME`, else `~/.comptoir`, as it is: it may not be there."""
        return cls(path or Path(os.environ.get(ENVIRONMENT_NAME) or Path.home() / ".comptoir"))

    @property
    def database_url(self) -> str:
        """The books of the connector: facts, journal, connections."""
        return f"sqlite:///{self.database_file}"

    @property
    def database_file(self) -> Path:
        """The file of that database."""
        return self.path / "comptoir.sqlite"

    @property
    def queue_url(self) -> str:
        """The work queue's own tables, apart: they may be deleted at any time."""
        return f"sqlite:///{self.path / 'queue.sqlite'}"

    @property
    def key_file(self) -> Path:
        """The key that opens the secrets; kept beside the database, backed up with it."""
        return self.path / "secret.key"

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold the directory: the operating system frees it when the process ends, however it ends.

        Raises HomeBusyError when another process holds it, HomeUnusableError where nothing can be written.
        """
        try:
            file = (self.path / "lock").open("w")
        except OSError as error:
            raise HomeUnusableError(
                f"The data directory {self.path} cannot be written ({error.strerror}). "
                f"Choose another with --home or {ENVIRONMENT_NAME}."
            ) from error
        with file as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise HomeBusyError(
                    f"Another Comptoir process is working in {self.path}. Wait until it is done, or stop it first."
                ) from None
            yield
