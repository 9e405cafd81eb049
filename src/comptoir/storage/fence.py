"""The fence: who may write for a connection or a company, checked by every transaction of a run.

A worker that was paused and wakes after another took over finds its name gone and can write nothing. On PostgreSQL the
fence's row also makes the transactions of one subject queue: each begins by renewing it.
"""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from comptoir.storage.database import Database, DatabaseUnreachableError, upsert
from comptoir.storage.tables import fences
from comptoir.telemetry import events

LEASE_SECONDS = 10
"""Work of a process that was killed is gone on with within 20 s: lease, ticker, queue, and a look at the company."""
BEAT_SECONDS = 2.5
PROCESS = f"worker-{uuid.uuid4().hex[:12]}"
"""This process, for as long as it lives."""

GUEST = "beside-"
"""Begins the name of a process that works beside the holder of the data directory: it lives as long as its lease."""

_holds = itertools.count(1)
"""Numbers every hold of this process: one that lost its lease must not pass for another that took it."""


class FenceLostError(Exception):
    """Another worker took over; whatever this one was about to write is not written."""


def fetching_subject(connection_id: int) -> str:
    """The fence of whoever reads a store."""
    return f"fetch:{connection_id}"


def posting_subject(company: str) -> str:
    """The fence of whoever posts to a company."""
    return f"post:{company}"


@dataclass(frozen=True, slots=True)
class Fence:
    """The right to write for `subject`, held by `owner`."""

    database: Database
    subject: str
    owner: str

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction that first makes sure that the right is still held, and renews it."""
        with self.database.write() as connection:
            self._renew(connection)
            yield connection

    def _renew(self, connection: Connection) -> None:
        until = int(self.database.now(connection)) + LEASE_SECONDS
        done = connection.execute(
            update(fences)
            .where(fences.c.subject == self.subject, fences.c.owner == self.owner)
            .values(lease_until=until)
        )
        if done.rowcount != 1:
            raise FenceLostError(f"{self.owner} no longer holds {self.subject}")

    def renew(self) -> None:
        """Extend the lease; FenceLostError when another worker holds it."""
        with self.writing():
            pass


@contextmanager
def hold(database: Database, subject: str, owner: str, organization_id: int, *, alone: bool) -> Iterator[Fence | None]:
    """Take the fence of `subject` for the block, beating while it lasts; None where a living worker holds it.

    `owner`: the process. `alone`: it holds the data directory, so whoever else is written down is dead and its lease is
    not waited for; but for a guest's, which ends by itself where the guest was killed.
    """
    fence = _take(database, subject, owner, organization_id, alone=alone)
    if fence is None:
        yield None
        return
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(fence, ended), name=f"fence {subject}", daemon=True)
    beat.start()
    try:
        yield fence
    finally:
        ended.set()
        beat.join()
        with suppress(DatabaseUnreachableError), database.write() as connection:  # else the lease ends by itself
            connection.execute(delete(fences).where(fences.c.subject == subject, fences.c.owner == fence.owner))


@contextmanager
def beside(database: Database, subject: str, organization_id: int) -> Iterator[Connection]:
    """A write transaction between two of whoever is at work on `subject`, which goes on after it.

    For what a person says while a run is at work. What the run read before and has not written yet may be old then: its
    next transaction must look again.
    """
    with database.write() as connection:
        row = select(fences.c.subject).where(fences.c.subject == subject).with_for_update()
        add = upsert(connection, fences).values(
            subject=subject, organization_id=organization_id, owner=f"{PROCESS}/beside", lease_until=0
        )
        while True:  # the one that is at work may end between the two
            is_mine = connection.execute(add.on_conflict_do_nothing().returning(fences.c.subject)).first() is not None
            if is_mine or connection.execute(row).first() is not None:
                break
        yield connection
        if is_mine:
            connection.execute(delete(fences).where(fences.c.subject == subject))


def _take(database: Database, subject: str, owner: str, organization_id: int, *, alone: bool) -> Fence | None:
    fence = Fence(database, subject, f"{owner}/{next(_holds)}")
    with database.write() as connection:
        now = database.now(connection)
        until = int(now) + LEASE_SECONDS
        row = connection.execute(select(fences).where(fences.c.subject == subject).with_for_update()).one_or_none()
        if row is None:
            add = upsert(connection, fences).values(
                subject=subject, organization_id=organization_id, owner=fence.owner, lease_until=until
            )
            is_mine = connection.execute(add.on_conflict_do_nothing().returning(fences.c.owner)).first() is not None
            return fence if is_mine else None
        is_dead = alone and not row.owner.startswith((f"{owner}/", GUEST))
        if row.lease_until > now and not is_dead:
            return None
        connection.execute(
            update(fences).where(fences.c.subject == subject).values(owner=fence.owner, lease_until=until)
        )
    events.emit(events.Kind.TAKEN_OVER, subject=subject, earlier=row.owner, by=fence.owner)
    return fence


def _beat(fence: Fence, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            fence.renew()
        except FenceLostError:
            return  # the next write of the run finds out
        except DatabaseUnreachableError:
            continue  # it may be back before the lease ends
