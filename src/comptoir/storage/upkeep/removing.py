"""A demo is thrown away: every row of its organization, and the organization. Real books are never removed."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from comptoir.storage.tables import connections, metadata, organizations, sessions

OWNED = "organization_id"


class NoDemoError(Exception):
    """The organization is not a demo; nothing of it is removed."""


def remove_demo(connection: Connection, organization_id: int) -> None:
    """Remove a demo with everything in it; whoever looks at it looks at nothing. NoDemoError for real books."""
    is_demo = select(organizations.c.is_demo).where(organizations.c.id == organization_id)
    if not connection.execute(is_demo).scalar():
        raise NoDemoError
    here = sessions.c.organization_id == organization_id
    connection.execute(update(sessions).where(here).values(organization_id=None))
    theirs = connections.c.organization_id == organization_id
    connection.execute(update(connections).where(theirs).values(ledger_connection_id=None))
    for table in reversed(metadata.sorted_tables):
        if OWNED in table.c and table is not sessions:
            connection.execute(delete(table).where(table.c[OWNED] == organization_id))
    connection.execute(delete(organizations).where(organizations.c.id == organization_id))
