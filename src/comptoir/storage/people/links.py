"""Links that work once: to take a fresh installation, to join an organization, to choose a new password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from comptoir.storage.database import Database
from comptoir.storage.people.tokens import digest_of, new_token
from comptoir.storage.people.users import Role
from comptoir.storage.tables import links


class Purpose(StrEnum):
    """What a link lets its holder do."""

    SETUP = "setup"
    INVITE = "invite"
    RESET = "reset"
    RECOVERY = "recovery"
    """A code for somebody whose telephone is lost (`people.recovery`)."""


LIFE = {
    Purpose.SETUP: timedelta(days=365),
    Purpose.INVITE: timedelta(days=7),
    Purpose.RESET: timedelta(hours=1),
    Purpose.RECOVERY: timedelta(days=365 * 100),
}
"""A set-up link dies with the next start of the server, which makes a new one."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is still good. `email` and `role`: who is invited as what; `user_id`: whose password is reset."""

    id: int
    purpose: Purpose
    organization_id: int | None
    user_id: int | None
    email: str
    role: Role | None
    made_by: int | None
    created_at: datetime
    expires_at: datetime


class Links:
    """Every reading and writing of links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(
        self,
        connection: Connection,
        purpose: Purpose,
        *,
        organization_id: int | None = None,
        user_id: int | None = None,
        email: str = "",
        role: Role | None = None,
        made_by: int | None = None,
    ) -> str:
        """A new link's secret, in the place of the earlier ones of the same purpose for the same person."""
        token, now = new_token(), datetime.now(UTC)
        same = (links.c.purpose == purpose.value) & (links.c.used_at.is_(None))
        same &= links.c.organization_id.is_not_distinct_from(organization_id)
        same &= links.c.user_id.is_not_distinct_from(user_id) & links.c.email.is_not_distinct_from(email or None)
        connection.execute(delete(links).where(same))
        connection.execute(
            insert(links).values(
                purpose=purpose.value,
                token_hash=digest_of(token),
                organization_id=organization_id,
                user_id=user_id,
                email=email or None,
                role=role.value if role else None,
                made_by=made_by,
                created_at=now,
                expires_at=now + LIFE[purpose],
            )
        )
        return token

    def find(self, token: str, purpose: Purpose) -> Link | None:
        """The link of this secret, while it is good."""
        with self._database.read() as connection:
            row = connection.execute(
                select(links).where(links.c.token_hash == digest_of(token), links.c.purpose == purpose.value, *_good())
            ).one_or_none()
        return _link(row) if row is not None else None

    def use(self, connection: Connection, link: Link) -> bool:
        """Spend a link; False where somebody else was quicker."""
        done = connection.execute(
            update(links).where(links.c.id == link.id, *_good()).values(used_at=datetime.now(UTC))
        )
        return done.rowcount == 1

    def invitations(self, organization_id: int) -> list[Link]:
        """Who is invited and has not come yet, the latest first."""
        query = select(links).where(
            links.c.organization_id == organization_id, links.c.purpose == Purpose.INVITE.value, *_good()
        )
        with self._database.read() as connection:
            return [_link(row) for row in connection.execute(query.order_by(links.c.id.desc()))]

    def withdraw(self, connection: Connection, organization_id: int, link_id: int) -> Link | None:
        """Take an invitation back; answers it, None where the organization has no such one."""
        own = (links.c.id == link_id) & (links.c.organization_id == organization_id)
        own &= links.c.purpose == Purpose.INVITE.value
        row = connection.execute(select(links).where(own, *_good())).one_or_none()
        if row is None:
            return None
        connection.execute(delete(links).where(own))
        return _link(row)


def _good() -> tuple[Any, ...]:
    return (links.c.used_at.is_(None), links.c.expires_at > datetime.now(UTC))


def _link(row: Row[Any]) -> Link:
    return Link(
        id=row.id,
        purpose=Purpose(row.purpose),
        organization_id=row.organization_id,
        user_id=row.user_id,
        email=row.email or "",
        role=Role(row.role) if row.role else None,
        made_by=row.made_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
