"""Sessions: who is signed in where. The cookie carries a secret, the database its digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, RowMapping, bindparam, delete, insert, select, update

from comptoir.storage.database import Database
from comptoir.storage.people.tokens import digest_of, new_token
from comptoir.storage.tables import sessions

LIFE = timedelta(days=14)
"""From the last look; somebody who looks in once a week stays signed in."""
LONGEST_LIFE = timedelta(days=90)
"""From the sign-in, however often it is used."""
HALF_LIFE = timedelta(minutes=10)
"""How long the second factor is waited for."""
TOUCH_EVERY = timedelta(minutes=5)
"""A look is written down no oftener: reading a page is no write."""
DEVICE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which a person is signed in. `is_complete`: the second factor was given, or none is asked."""

    id: int
    user_id: int
    organization_id: int | None
    is_complete: bool
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Sessions:
    """Every reading and writing of sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, user_id: int, organization_id: int | None, device: str, *, is_complete: bool) -> str:
        """Begin a session under a new secret, which is answered and kept nowhere."""
        token, now = new_token(), datetime.now(UTC)
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at < now))
            connection.execute(
                insert(sessions).values(
                    token_hash=digest_of(token),
                    user_id=user_id,
                    organization_id=organization_id,
                    is_complete=is_complete,
                    device=device[:DEVICE_LIMIT],
                    created_at=now,
                    seen_at=now,
                    expires_at=now + (LIFE if is_complete else HALF_LIFE),
                )
            )
        return token

    def find(self, token: str) -> Session | None:
        """The living session of this secret, its life prolonged by being looked at."""
        now = datetime.now(UTC)
        with self._database.read() as connection:
            row = connection.execute(select(sessions).where(LIVING), key_of(token, now)).mappings().one_or_none()
        return self.seen(session_from(row), now) if row is not None else None

    def seen(self, session: Session, now: datetime) -> Session:
        """The same, its life prolonged by being looked at."""
        if session.is_complete and now - session.seen_at > TOUCH_EVERY:
            until = min(now + LIFE, session.created_at + LONGEST_LIFE)
            with self._database.write() as connection:
                connection.execute(
                    update(sessions).where(sessions.c.id == session.id).values(seen_at=now, expires_at=until)
                )
        return session

    def of(self, user_id: int) -> list[Session]:
        """The living sessions of a person, the latest first."""
        query = select(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at > datetime.now(UTC))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(sessions.c.seen_at.desc()))
            return [session_from(row) for row in rows.mappings()]

    def look_at(self, session_id: int, organization_id: int) -> None:
        """Turn to another organization."""
        with self._database.write() as connection:
            connection.execute(
                update(sessions).where(sessions.c.id == session_id).values(organization_id=organization_id)
            )

    def end(self, token: str) -> None:
        """Sign out."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == digest_of(token)))

    def end_one(self, user_id: int, session_id: int) -> bool:
        """Sign a person out of one browser; whether there was such a session of theirs."""
        own = (sessions.c.id == session_id) & (sessions.c.user_id == user_id)
        with self._database.write() as connection:
            return connection.execute(delete(sessions).where(own)).rowcount == 1

    def end_all(self, connection: Connection, user_id: int) -> None:
        """Sign a person out everywhere."""
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


LIVING = (sessions.c.token_hash == bindparam("digest")) & (sessions.c.expires_at > bindparam("now"))
"""The session of a secret (`key_of`), while it lasts."""


def key_of(token: str, now: datetime) -> dict[str, object]:
    """What `LIVING` is asked with."""
    return {"digest": digest_of(token), "now": now}


def session_from(found: RowMapping) -> Session:
    """The session in a row, which may hold other columns beside its own."""
    return Session(
        id=found[sessions.c.id],
        user_id=found[sessions.c.user_id],
        organization_id=found[sessions.c.organization_id],
        is_complete=found[sessions.c.is_complete],
        device=found[sessions.c.device],
        created_at=found[sessions.c.created_at],
        seen_at=found[sessions.c.seen_at],
        expires_at=found[sessions.c.expires_at],
    )
