"""What people asked of their data, what was done about it, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from comptoir.books.facts import SourceId
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import Database, upsert
from comptoir.storage.tables import privacy_requests
from comptoir.storage.vault import Vault

TIME = timedelta(days=30)
"""How long there is to act on a request (shopify.md §7)."""


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A request. `person` is empty once it is done; `records`: whose personal parts were removed, or are told."""

    id: int
    organization_id: int
    connection_id: int
    kind: str
    orders: tuple[SourceId, ...]
    person: Mapping[str, str]
    received_at: datetime
    due_at: datetime
    done_at: datetime | None
    records: int


class PrivacyRequests:
    """Every reading and writing of requests."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def add(
        self,
        connection: Connection,
        record: ConnectionRecord,
        delivery_id: str,
        kind: str,
        orders: tuple[SourceId, ...],
        person: Mapping[str, str],
    ) -> bool:
        """Keep a request, once; whether it is new."""
        now = datetime.now(UTC)
        add = upsert(connection, privacy_requests).values(
            organization_id=record.organization_id,
            connection_id=record.id,
            delivery_id=delivery_id,
            kind=kind,
            orders=json.dumps(orders),
            person=self._vault.seal(json.dumps(dict(person)).encode(), _place(record.id, delivery_id)),
            received_at=now,
            due_at=now + TIME,
            records=0,
        )
        return connection.execute(add.on_conflict_do_nothing().returning(privacy_requests.c.id)).first() is not None

    def waiting(self, kinds: tuple[str, ...]) -> list[PrivacyRequest]:
        """The requests of these kinds that nobody acted on yet, oldest first."""
        query = select(privacy_requests).where(privacy_requests.c.done_at.is_(None), privacy_requests.c.kind.in_(kinds))
        with self._database.read() as connection:
            return [self._open(row) for row in connection.execute(query.order_by(privacy_requests.c.id))]

    def of(self, organization_id: int, limit: int) -> list[PrivacyRequest]:
        """The requests of an organization, the latest first."""
        query = select(privacy_requests).where(privacy_requests.c.organization_id == organization_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(privacy_requests.c.id.desc()).limit(limit))
            return [self._open(row) for row in rows]

    def find(self, organization_id: int, request_id: int) -> PrivacyRequest | None:
        """A request; None where the organization has no such one."""
        own = (privacy_requests.c.id == request_id) & (privacy_requests.c.organization_id == organization_id)
        with self._database.read() as connection:
            row = connection.execute(select(privacy_requests).where(own)).one_or_none()
        return self._open(row) if row is not None else None

    def done(self, connection: Connection, request_id: int, records: int) -> None:
        """It was acted on; who it was about is forgotten."""
        connection.execute(
            update(privacy_requests)
            .where(privacy_requests.c.id == request_id)
            .values(done_at=datetime.now(UTC), records=records, person=None)
        )

    def _open(self, row: Row[Any]) -> PrivacyRequest:
        sealed = row.person
        place = _place(row.connection_id, row.delivery_id)
        return PrivacyRequest(
            id=row.id,
            organization_id=row.organization_id,
            connection_id=row.connection_id,
            kind=row.kind,
            orders=tuple(SourceId(each) for each in json.loads(row.orders)),
            person=json.loads(self._vault.unseal(sealed, place)) if sealed is not None else {},
            received_at=row.received_at,
            due_at=row.due_at,
            done_at=row.done_at,
            records=row.records,
        )


def _place(connection_id: int, delivery_id: str) -> str:
    return f"privacy_requests/{connection_id}/{delivery_id}"
