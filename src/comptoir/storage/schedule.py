"""Schedules: when each store is due, what was wished for at once, and which run serves it.

A row may be written by a process that does not hold the data directory: this table is how a command hands a wish to the
server at work there (docs/decisions/0010-serve-and-worker.md). Every time in it is by the database's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import Database, upsert
from comptoir.storage.tables import connections, organizations, schedules

PATIENCE = timedelta(minutes=10)
"""How long others make room for a person's run."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of use as they were accepted: which version, when, and by whom."""

    version: str
    accepted_at: datetime
    accepted_by: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a store is synchronized: `period_seconds` apart, `offset_seconds` after a whole period since 1970 (UTC).

    `due_at` is None where nothing is to come. `urgent`: a person waits for it. `waits_for`: the company that a person
    waits to see this store posted to, everything being fetched. `last_slot` and `run_id`: what was due when the latest
    run began, and that run. `failures`: runs since the last good one.
    """

    connection_id: int
    organization_id: int
    enabled: bool
    period_seconds: int
    offset_seconds: int
    due_at: datetime | None
    urgent: bool
    waits_for: str
    last_slot: datetime | None
    run_id: int | None
    failures: int
    terms: Terms | None

    def has_begun(self, slot: datetime) -> bool:
        """Whether a run began for this slot, or for a later one, which serves it too."""
        return self.last_slot is not None and self.last_slot >= slot

    def is_past(self, slot: datetime) -> bool:
        """Whether a run began for what was due later than this slot."""
        return self.last_slot is not None and self.last_slot > slot


class Schedules:
    """Reads and writes schedules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """The time by the database's clock, in UTC."""
        with self._database.read() as connection:
            return self._now(connection)

    def get(self, connection_id: int) -> Schedule | None:
        """The schedule of a store; None where it never had one and was never wished for."""
        with self._database.read() as connection:
            row = connection.execute(select(schedules).where(schedules.c.connection_id == connection_id)).one_or_none()
        return None if row is None else _schedule(row)

    def due(self, limit: int) -> tuple[datetime, list[Schedule]]:
        """The time, and the stores that are due by it: what a person waits for first, then the longest due.

        Not those of demos: their shops are reached by the process alone that began them (`demo.demos`).
        """
        demos = select(organizations.c.id).where(organizations.c.is_demo)
        with self._database.read() as connection:
            now = self._now(connection)
            rows = connection.execute(
                select(schedules)
                .where(schedules.c.due_at <= now, schedules.c.organization_id.not_in(demos))
                .order_by(schedules.c.urgent.desc(), schedules.c.due_at)
                .limit(limit)
            )
            return now, [_schedule(row) for row in rows]

    def switch_on(
        self, store: ConnectionRecord, *, period_seconds: int, offset_seconds: int, terms: Terms, due_at: datetime
    ) -> None:
        """From `due_at` the store is synchronized by itself."""
        self._put(
            store,
            {
                "enabled": True,
                "period_seconds": period_seconds,
                "offset_seconds": offset_seconds,
                "due_at": due_at,
                "failures": 0,
                "terms_version": terms.version,
                "terms_accepted_at": terms.accepted_at,
                "terms_accepted_by": terms.accepted_by,
            },
        )

    def switch_off(self, connection_id: int) -> None:
        """The store is no longer synchronized by itself; a run at work ends as it would. The terms stay accepted."""
        with self._database.write() as connection:
            connection.execute(
                update(schedules)
                .where(schedules.c.connection_id == connection_id)
                .values(enabled=False, due_at=None, urgent=False)
            )

    def wish(self, store: ConnectionRecord, *, deleted: bool = False) -> datetime:
        """A person waits for this store: due at once, before all others; answers since when.

        `deleted`: the run shall ask the store which of its orders are gone, whenever it was last asked.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            self._put_in(connection, store, {"due_at": now, "urgent": True})
            if deleted:
                connection.execute(update(connections).where(connections.c.id == store.id).values(swept_at=None))
            return now

    def hint(self, connection_id: int, seconds: int) -> bool:
        """Something is new in a store: due in so many seconds, where it would be later; whether it is on at all.

        A store that nobody switched on stays as it is: a hint is no permission.
        """
        mine = (schedules.c.connection_id == connection_id) & schedules.c.enabled
        with self._database.write() as connection:
            due_at = self._now(connection) + timedelta(seconds=seconds)
            later = schedules.c.due_at.is_(None) | (schedules.c.due_at > due_at)
            connection.execute(update(schedules).where(mine, later).values(due_at=due_at))
            return connection.execute(select(schedules.c.connection_id).where(mine)).first() is not None

    def advance(self, connection: Connection, slots: Iterable[tuple[Schedule, datetime | None]]) -> None:
        """Each of these slots is taken: the store is due again at the time beside it. A wish made meanwhile stays."""
        rows = [{"the_id": each.connection_id, "slot": each.due_at, "then": then} for each, then in slots]
        if rows:
            connection.execute(
                update(schedules)
                .where(schedules.c.connection_id == bindparam("the_id"), schedules.c.due_at == bindparam("slot"))
                .values(due_at=bindparam("then"), urgent=False),
                rows,
            )

    def begin(self, connection_id: int, slot: datetime, run_id: int) -> None:
        """This run serves `slot`."""
        with self._database.write() as connection:
            connection.execute(
                update(schedules)
                .where(schedules.c.connection_id == connection_id)
                .values(last_slot=slot, run_id=run_id, waits_for="")
            )

    def wait_for(self, connection_id: int, company: str) -> None:
        """A person waits, with everything fetched, for the store to be posted to `company`; "" when that is done."""
        with self._database.write() as connection:
            connection.execute(
                update(schedules).where(schedules.c.connection_id == connection_id).values(waits_for=company)
            )

    def settle(self, connection_id: int, *, failures: int, due_at: datetime | None = None) -> None:
        """A run ended; it is due again at `due_at`, unless it is due before that anyway."""
        mine = schedules.c.connection_id == connection_id
        with self._database.write() as connection:
            connection.execute(update(schedules).where(mine).values(failures=failures))
            if due_at is not None:
                later = schedules.c.due_at.is_(None) | (schedules.c.due_at > due_at)
                connection.execute(update(schedules).where(mine, later).values(due_at=due_at))

    def someone_waits(self, company: str, but: int) -> bool:
        """Whether a person waits for another store than `but` to be posted to this company.

        One who began to wait long ago is passed over: whatever became of that run, the others go on.
        """
        with self._database.read() as connection:
            since = self._now(connection) - PATIENCE
            found = connection.execute(
                select(schedules.c.connection_id)
                .where(
                    schedules.c.waits_for == company,
                    schedules.c.connection_id != but,
                    schedules.c.last_slot > since,
                )
                .limit(1)
            ).first()
        return found is not None

    def _put(self, store: ConnectionRecord, values: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            self._put_in(connection, store, values)

    def _put_in(self, connection: Connection, store: ConnectionRecord, values: Mapping[str, Any]) -> None:
        fresh = {"connection_id": store.id, "organization_id": store.organization_id, **BLANK, **values}
        connection.execute(
            upsert(connection, schedules)
            .values(**fresh)
            .on_conflict_do_update(index_elements=[schedules.c.connection_id], set_=dict(values))
        )

    def _now(self, connection: Connection) -> datetime:
        return datetime.fromtimestamp(self._database.now(connection), UTC)


BLANK: Mapping[str, Any] = {
    "enabled": False,
    "period_seconds": 3600,
    "offset_seconds": 0,
    "urgent": False,
    "waits_for": "",
    "failures": 0,
}
"""A store without a schedule: off."""


def _schedule(row: Row[Any]) -> Schedule:
    terms = None
    if row.terms_version is not None:
        terms = Terms(row.terms_version, row.terms_accepted_at, row.terms_accepted_by)
    return Schedule(
        connection_id=row.connection_id,
        organization_id=row.organization_id,
        enabled=row.enabled,
        period_seconds=row.period_seconds,
        offset_seconds=row.offset_seconds,
        due_at=row.due_at,
        urgent=row.urgent,
        waits_for=row.waits_for,
        last_slot=row.last_slot,
        run_id=row.run_id,
        failures=row.failures,
        terms=terms,
    )
