"""The trail: who changed what, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from comptoir.storage.database import Database
from comptoir.storage.tables import trail

SUBJECT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One change. `who` is the address that the person had then; empty for what the command line did."""

    at: datetime
    who: str
    action: str
    subject: str
    detail: Mapping[str, str]


class Trail:
    """Every reading and writing of the trail."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self,
        connection: Connection,
        action: str,
        *,
        who: str,
        user_id: int | None,
        organization_id: int | None,
        subject: str = "",
        **detail: str,
    ) -> None:
        """Write a change down, in the transaction that makes it. `detail` holds no secrets."""
        connection.execute(
            insert(trail).values(
                organization_id=organization_id,
                user_id=user_id,
                who=who,
                at=datetime.now(UTC),
                action=action,
                subject=subject[:SUBJECT_LIMIT],
                detail=json.dumps(detail),
            )
        )

    def latest(self, organization_id: int, limit: int) -> list[Entry]:
        """The newest changes first."""
        query = select(trail).where(trail.c.organization_id == organization_id).order_by(trail.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [
                Entry(row.at, row.who, row.action, row.subject, json.loads(row.detail))
                for row in connection.execute(query)
            ]
