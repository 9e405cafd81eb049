"""Limits that every worker shares and a restart does not forget, and what a platform counts by the month.

One row a bucket holds the moments of its recent calls, and the turns that callers wait for, by the database's clock.
"""

from __future__ import annotations

import struct
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, exists, func, select, update

from comptoir.http.limiter import Windows, checked, next_turn, recent, wait
from comptoir.storage.database import Database, upsert
from comptoir.storage.tables import call_limits, metered_reads


class SharedLimiter:
    """Calls wait for their turn among the calls of all processes; the interface of `http.limiter.Turns`.

    Callers of one bucket may bring windows of their own: whoever must not wait brings wider ones than those who can,
    and always finds a turn that these may not take.
    """

    def __init__(
        self,
        database: Database,
        organization_id: int,
        bucket: str,
        windows: Windows,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._bucket = bucket
        self.windows: Windows = checked(windows)
        self._sleep = sleep

    def acquire(self) -> float:
        """Wait until one more call is allowed; the seconds waited.

        The turn is reserved in one short transaction and waited for outside it.
        """
        with self._database.write() as connection:
            now, moments, turn = self._next(connection)
            self._take(connection, moments, turn)
        return wait(turn - now, self._sleep)

    def try_acquire(self) -> bool:
        """Take a turn if one is free this moment; nothing is waited for."""
        with self._database.write() as connection:
            now, moments, turn = self._next(connection)
            if turn <= now:
                self._take(connection, moments, turn)
        return turn <= now

    def free_in(self) -> float:
        """After how many seconds a turn is free; none is taken."""
        with self._database.write() as connection:
            now, _, turn = self._next(connection)
        return turn - now

    def pause(self, seconds: float) -> None:
        """No process gets a turn for so long: the platform asked to be left alone."""
        with self._database.write() as connection:
            self._next(connection)
            until = self._database.now(connection) + seconds
            connection.execute(
                update(call_limits)
                .where(call_limits.c.bucket == self._bucket, call_limits.c.closed_until < until)
                .values(closed_until=until)
            )

    def _next(self, connection: Connection) -> tuple[float, list[float], float]:
        """The time now, the moments that matter, and the next turn; the row is ours until the transaction ends."""
        connection.execute(
            upsert(connection, call_limits)
            .values(bucket=self._bucket, organization_id=self._organization_id, moments=b"", closed_until=0.0)
            .on_conflict_do_nothing()
        )
        row = connection.execute(
            select(call_limits.c.moments, call_limits.c.closed_until)
            .where(call_limits.c.bucket == self._bucket)
            .with_for_update()
        ).one()
        now = self._database.now(connection)
        moments = recent(_unpacked(row.moments), self.windows, now)
        return now, moments, next_turn(moments, self.windows, max(now, row.closed_until))

    def _take(self, connection: Connection, moments: list[float], turn: float) -> None:
        moments.insert(bisect_right(moments, turn), turn)
        connection.execute(
            update(call_limits).where(call_limits.c.bucket == self._bucket).values(moments=_packed(moments))
        )


def _packed(moments: Sequence[float]) -> bytes:
    return struct.pack(f"<{len(moments)}d", *moments)


def _unpacked(content: bytes) -> tuple[float, ...]:
    return struct.unpack(f"<{len(content) // 8}d", content)


@dataclass(frozen=True, slots=True)
class Metered:
    """How many reads of a platform were counted in a month ("2026-11") for an app, and how many it is allowed.

    `reads` is of everybody who works with the app: what each of them read is told to nobody else.
    """

    platform: str
    app: str
    month: str
    reads: int
    allowed: int

    @property
    def share(self) -> float:
        """What part of the month's allowance is used up."""
        return self.reads / self.allowed

    @property
    def is_close(self) -> bool:
        """Whether the user should know of it."""
        return self.share >= WARNING_SHARE


WARNING_SHARE = 0.8


class Meter:
    """Counts the reads that a platform meters, by the app that it allows them to. The months are those of UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, organization_id: int, platform: str, app: str, at: datetime, *, reads: int, allowed: int) -> None:
        """Add reads of an organization through `app` to the month of `at` (aware)."""
        values = {
            "organization_id": organization_id,
            "platform": platform,
            "app": app,
            "month": _month(at),
            "reads": reads,
            "allowed": allowed,
        }
        with self._database.write() as connection:
            connection.execute(
                upsert(connection, metered_reads)
                .values(values)
                .on_conflict_do_update(
                    index_elements=["organization_id", "platform", "app", "month"],
                    set_={"reads": metered_reads.c.reads + reads, "allowed": allowed},
                )
            )

    def standing(self, organization_id: int, at: datetime) -> list[Metered]:
        """What was counted in the month of `at` (aware) for each app that the organization works with.

        It works with those it read through in that month or the one before: on a month's first day too it hears of what
        others used of the app.
        """
        month, own = _month(at), metered_reads.alias("own")
        is_user = (
            (own.c.organization_id == organization_id)
            & (own.c.platform == metered_reads.c.platform)
            & (own.c.app == metered_reads.c.app)
            & own.c.month.in_([month, _month_before(at)])
        )
        app = metered_reads.c.platform, metered_reads.c.app
        reads, most = func.sum(metered_reads.c.reads), func.max(metered_reads.c.allowed)
        query = (
            select(*app, reads.label("reads"), most.label("most"))
            .where(metered_reads.c.month == month, exists().where(is_user))
            .group_by(*app)
            .order_by(*app)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Metered(row.platform, row.app, month, int(row.reads), row.most) for row in rows]


def _month(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m")


def _month_before(at: datetime) -> str:
    return _month(at.astimezone(UTC).replace(day=1) - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class SharedRates:
    """What the processes of an installation share for one organization; the interface of `http.limiter.Shared`."""

    database: Database
    organization_id: int

    def turns(self, bucket: str, windows: Windows) -> SharedLimiter:
        """Where calls wait for their turn."""
        return SharedLimiter(self.database, self.organization_id, bucket, windows)

    def meter(self, platform: str, app: str, reads: int, allowed: int) -> None:
        """Count reads of this month."""
        own, now = self.organization_id, datetime.now(UTC)
        Meter(self.database).count(own, platform, app, now, reads=reads, allowed=allowed)
