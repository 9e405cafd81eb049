"""Which processes of an installation live: each holds a lease under its own name, as it does for what it works on."""

from __future__ import annotations

from sqlalchemy import delete, or_, select

from comptoir.storage.database import Database
from comptoir.storage.tables import fences
from comptoir.telemetry import events

PREFIX = "executor:"
TICKER = "ticker"
"""The fence of the one process that hands what is due to the queue (`engine.schedule`)."""


def demo_subject(organization_id: int) -> str:
    """The fence of the process in which the shop and the company of a demo live."""
    return f"demo:{organization_id}"


def subject_of(executor: str) -> str:
    """The fence by which a process shows that it lives."""
    return f"{PREFIX}{executor}"


class Executors:
    """Reads the leases of processes, and buries the dead."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leases(self) -> dict[str, bool]:
        """Every process that has a lease, and whether it lives: whether the lease has not run out."""
        query = select(fences.c.subject, fences.c.lease_until)
        with self._database.read() as connection:
            now = self._database.now(connection)
            rows = connection.execute(query.where(fences.c.subject.startswith(PREFIX, autoescape=True))).all()
        return {subject.removeprefix(PREFIX): until > now for subject, until in rows}

    def living(self) -> frozenset[str]:
        """The names of the processes that live."""
        return frozenset(name for name, lives in self.leases().items() if lives)

    def holds(self, subject: str) -> bool:
        """Whether somebody alive holds the fence of `subject`."""
        with self._database.read() as connection:
            now = self._database.now(connection)
            found = connection.execute(
                select(fences.c.owner).where(fences.c.subject == subject, fences.c.lease_until > now)
            ).first()
        return found is not None

    def bury(self) -> frozenset[str]:
        """Take every fence from the processes whose own lease ran out; answers their names.

        Whichever of them only slept finds its fences gone and can write nothing more under them.
        """
        with self._database.write() as connection:
            now = self._database.now(connection)
            ran_out = fences.c.subject.startswith(PREFIX, autoescape=True) & (fences.c.lease_until <= now)
            found = connection.scalars(select(fences.c.subject).where(ran_out))
            dead = frozenset(subject.removeprefix(PREFIX) for subject in found)
            for name in sorted(dead):
                theirs = or_(fences.c.owner == name, fences.c.owner.startswith(f"{name}/", autoescape=True))
                connection.execute(delete(fences).where(theirs))
        for name in sorted(dead):
            events.emit(events.Kind.TAKEN_OVER, subject=subject_of(name), earlier=name, by=TICKER)
        return dead
