"""Recovery codes: each lets somebody whose telephone is lost past the second factor, once."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from comptoir.storage.database import Database
from comptoir.storage.people.links import LIFE, Purpose
from comptoir.storage.people.tokens import digest_of
from comptoir.storage.tables import links

CODES = 8
"""So many are made at once."""
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None is taken for another on paper."""
GROUPS, IN_GROUP = 3, 4
"""Twelve letters of 32: what is kept of a code cannot be tried out."""


class RecoveryCodes:
    """Every reading and writing of recovery codes. They are kept among the links: secrets that work once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def renew(self, connection: Connection, user_id: int) -> list[str]:
        """New codes in the place of the earlier ones."""
        self.drop(connection, user_id)
        codes, now = [_new_code() for _ in range(CODES)], datetime.now(UTC)
        rows = [
            {
                "purpose": Purpose.RECOVERY.value,
                "token_hash": _digest(code),
                "user_id": user_id,
                "created_at": now,
                "expires_at": now + LIFE[Purpose.RECOVERY],
            }
            for code in codes
        ]
        connection.execute(insert(links), rows)
        return codes

    def drop(self, connection: Connection, user_id: int) -> None:
        """Let none of a person's codes work any more."""
        connection.execute(delete(links).where(_of(user_id)))

    def spend(self, connection: Connection, user_id: int, code: str) -> bool:
        """Use a code up; False for one that is not the person's, or was used."""
        good = _of(user_id) & (links.c.token_hash == _digest(code)) & links.c.used_at.is_(None)
        return connection.execute(update(links).where(good).values(used_at=datetime.now(UTC))).rowcount == 1

    def left(self, user_id: int) -> int:
        """How many of a person's codes still work."""
        query = select(func.count()).select_from(links).where(_of(user_id), links.c.used_at.is_(None))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _of(user_id: int) -> ColumnElement[bool]:
    return (links.c.purpose == Purpose.RECOVERY.value) & (links.c.user_id == user_id)


def _new_code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(IN_GROUP)) for _ in range(GROUPS))


def _digest(code: str) -> str:
    """Of a code, however it was typed."""
    return digest_of("".join(each for each in code.upper() if each in LETTERS))
