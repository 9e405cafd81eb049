"""The fence: who may write for a connection or a company, checked by every transaction of a run.

A worker that was paused and wakes after another took over finds its name gone and can write nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from comptoir.storage.database import Database
from comptoir.storage.tables import fences
from comptoir.telemetry import events

LEASE_SECONDS = 15
BEAT_SECONDS = 3


class FenceLostError(Exception):
    """Another worker took over; whatever this one was about to write is not written."""


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

    `alone`: this process holds the data directory, so whoever is written down is dead and its lease is not waited for.
    """
    if not _take(database, subject, owner, organization_id, alone=alone):
        yield None
        return
    fence = Fence(database, subject, owner)
    ended = threading.Event()
    beat = threading.Thread(target=_beat, args=(fence, ended), name=f"fence {subject}", daemon=True)
    beat.start()
    try:
        yield fence
    finally:
        ended.set()
        beat.join()
        with database.write() as connection:
            connection.execute(delete(fences).where(fences.c.subject == subject, fences.c.owner == owner))


def _take(database: Database, subject: str, owner: str, organization_id: int, *, alone: bool) -> bool:
    with database.write() as connection:
        now = database.now(connection)
        until = int(now) + LEASE_SECONDS
        row = connection.execute(select(fences).where(fences.c.subject == subject)).one_or_none()
        if row is None:
            connection.execute(
                insert(fences).values(subject=subject, organization_id=organization_id, owner=owner, lease_until=until)
            )
            return True
        if row.lease_until > now and not alone:
            return False
        connection.execute(update(fences).where(fences.c.subject == subject).values(owner=owner, lease_until=until))
    events.emit(events.Kind.TAKEN_OVER, subject=subject, earlier=row.owner, by=owner)
    return True


def _beat(fence: Fence, ended: threading.Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            fence.renew()
        except FenceLostError:
            return  # the next write of the run finds out
