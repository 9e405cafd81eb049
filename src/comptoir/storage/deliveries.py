"""What platforms delivered: each delivery counts once, however often it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete

from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import upsert
from comptoir.storage.tables import deliveries

KEPT = timedelta(days=7)
"""Platforms repeat a delivery for hours."""
LONGEST = 200


def is_new(connection: Connection, record: ConnectionRecord, delivery_id: str, topic: str) -> bool:
    """Remember a delivery; whether it is the first of its name."""
    now = datetime.now(UTC)
    connection.execute(delete(deliveries).where(deliveries.c.at < now - KEPT))
    add = upsert(connection, deliveries).values(
        organization_id=record.organization_id,
        connection_id=record.id,
        delivery_id=delivery_id[:LONGEST],
        topic=topic[:100],
        at=now,
    )
    return connection.execute(add.on_conflict_do_nothing().returning(deliveries.c.id)).first() is not None
