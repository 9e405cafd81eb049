"""Attempts that failed, counted for a while: whoever guesses at passwords is slowed down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, insert, select

from comptoir.storage.database import Database
from comptoir.storage.people.tokens import digest_of
from comptoir.storage.tables import attempts

WINDOW = timedelta(minutes=15)


class Attempts:
    """Failed attempts by subject; of a subject only a digest is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, subject: str) -> int:
        """How many failed within the window."""
        since = datetime.now(UTC) - WINDOW
        query = select(func.count()).where(attempts.c.subject == digest_of(subject), attempts.c.at > since)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def note(self, subjects: Collection[str]) -> None:
        """Write down one that failed."""
        now = datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(delete(attempts).where(attempts.c.at < now - WINDOW))
            connection.execute(insert(attempts), [{"subject": digest_of(each), "at": now} for each in subjects])

    def forget(self, subject: str) -> None:
        """It went well: begin anew."""
        with self._database.write() as connection:
            connection.execute(delete(attempts).where(attempts.c.subject == digest_of(subject)))
