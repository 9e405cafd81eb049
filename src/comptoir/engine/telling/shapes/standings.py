"""Whether a connection lets us in, for a machine; no secret."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.condition import condition_of
from comptoir.engine.telling.shapes.common import Say, moment, said
from comptoir.engine.telling.shapes.connections import ConnectionShape
from comptoir.storage.connections import ConnectionRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingShape(ConnectionShape):
    """A connection as its latest test found it.

    `condition`: "works", "untested", "stopped", "signed out" or "disconnected". `notes` are worth knowing though it
    works; `stop` is why it does not.
    """

    condition: str
    tested_at: str | None
    currency: str
    time_zone: str
    country: str
    notes: list[str]
    stop: str | None


def standing_shape(record: ConnectionRecord, say: Say = str) -> StandingShape:
    """A connection as its latest test found it."""
    standing = record.standing
    return StandingShape(
        connection=record.id,
        role=record.role,
        platform=record.platform,
        title=record.title,
        identity=record.identity,
        condition=condition_of(record).value,
        tested_at=moment(standing.tested_at) if standing else None,
        currency=standing.currency if standing else "",
        time_zone=standing.time_zone if standing else "",
        country=standing.country if standing else "",
        notes=[say(each) for each in standing.notes] if standing else [],
        stop=said(standing.stop, say) if standing else None,
    )
