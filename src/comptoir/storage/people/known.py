"""Who asks: the session, its person and where they belong, read together, for every request asks for all three."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import RowMapping, select

from comptoir.storage.database import Database
from comptoir.storage.people.sessions import LIVING, Session, Sessions, key_of, session_from
from comptoir.storage.people.users import Membership, Role, User, user_from
from comptoir.storage.tables import memberships, organizations, sessions, users

_KNOWN = (
    select(
        sessions,
        users,
        memberships.c.organization_id,
        memberships.c.role,
        organizations.c.name,
        organizations.c.is_demo,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .outerjoin(memberships, memberships.c.user_id == users.c.id)
    .outerjoin(organizations, organizations.c.id == memberships.c.organization_id)
    .where(LIVING)
    .order_by(memberships.c.organization_id)
)
"""A line for each organization of the person; one for a person who has none."""


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who gave their password, in one browser. `memberships`: oldest first."""

    session: Session
    user: User
    memberships: tuple[Membership, ...]


def known_by(database: Database, token: str) -> Known | None:
    """Whose living session this secret opens, its life prolonged by being looked at."""
    now = datetime.now(UTC)
    with database.read() as connection:
        rows = connection.execute(_KNOWN, key_of(token, now)).mappings().all()
    if not rows:
        return None
    session = Sessions(database).seen(session_from(rows[0]), now)
    places = tuple(_membership(row) for row in rows if row[memberships.c.organization_id] is not None)
    return Known(session, user_from(rows[0]), places)


def _membership(row: RowMapping) -> Membership:
    place = row[memberships.c.organization_id]
    return Membership(place, row[organizations.c.name], Role(row[memberships.c.role]), row[organizations.c.is_demo])
