"""Tokens of programs: what each may do in which organization. The secret is shown once; its digest is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from comptoir.storage.database import Database, inserted_id
from comptoir.storage.people.tokens import digest_of, new_token
from comptoir.storage.tables import api_tokens

MARK = "cpt_"
"""What every token begins with: whoever searches files for forgotten secrets finds it."""
BEGINNING = 10
TOUCH_EVERY = timedelta(minutes=1)
"""A use is written down no oftener: reading is no write."""


class Scope(StrEnum):
    """What a token may do: look, also do what an accountant does, or also what an owner does while its maker is one."""

    READ = "read"
    WRITE = "write"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is kept. `beginning` are its first letters; `made_by` is None where that person's account went."""

    id: int
    organization_id: int
    name: str
    beginning: str
    scope: Scope
    made_by: int | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class ApiTokens:
    """Every reading and writing of tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(
        self,
        connection: Connection,
        organization_id: int,
        name: str,
        scope: Scope,
        *,
        made_by: int | None,
        expires_at: datetime | None,
    ) -> tuple[str, int]:
        """A new token's secret, which is kept nowhere, and its number."""
        secret = MARK + new_token()
        done = connection.execute(
            insert(api_tokens).values(
                organization_id=organization_id,
                name=name,
                token_hash=digest_of(secret),
                beginning=secret[:BEGINNING],
                scope=scope.value,
                made_by=made_by,
                created_at=datetime.now(UTC),
                expires_at=expires_at,
            )
        )
        return secret, inserted_id(done)

    def find(self, secret: str) -> ApiToken | None:
        """The living token of this secret; that it was used is written down."""
        now = datetime.now(UTC)
        with self._database.read() as connection:
            row = connection.execute(
                select(api_tokens).where(api_tokens.c.token_hash == digest_of(secret))
            ).one_or_none()
        found = _token(row) if row is not None else None
        if found is None or not found.is_good(now):
            return None
        if found.used_at is None or now - found.used_at > TOUCH_EVERY:
            with self._database.write() as connection:
                connection.execute(update(api_tokens).where(api_tokens.c.id == found.id).values(used_at=now))
        return found

    def of(self, organization_id: int) -> list[ApiToken]:
        """The tokens of an organization that still open something, the latest first."""
        good = or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > datetime.now(UTC))
        query = select(api_tokens).where(
            api_tokens.c.organization_id == organization_id, api_tokens.c.revoked_at.is_(None), good
        )
        with self._database.read() as connection:
            return [_token(row) for row in connection.execute(query.order_by(api_tokens.c.id.desc()))]

    def revoke(self, connection: Connection, organization_id: int, token_id: int) -> ApiToken | None:
        """End a token; answers it, None where the organization has no such living one."""
        own = (api_tokens.c.id == token_id) & (api_tokens.c.organization_id == organization_id)
        own &= api_tokens.c.revoked_at.is_(None)
        row = connection.execute(
            update(api_tokens).where(own).values(revoked_at=datetime.now(UTC)).returning(api_tokens)
        ).one_or_none()
        return _token(row) if row is not None else None


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        organization_id=row.organization_id,
        name=row.name,
        beginning=row.beginning,
        scope=Scope(row.scope),
        made_by=row.made_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
