"""What the doctor asks of an installation: its rooms, and the way to its platforms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from comptoir.books.problems import Problem
from comptoir.engine.ports import Ledger, Store
from comptoir.engine.work import Books
from comptoir.storage.connections import ConnectionRecord


class Installation(Protocol):
    """One installation, open for a look (`wiring.App`)."""

    @property
    def books(self) -> Books:
        """Its rooms of storage."""
        ...

    @property
    def organization_id(self) -> int:
        """Whose it is."""
        ...

    def store(self, record: ConnectionRecord) -> Store:
        """The store of a connection."""
        ...

    def ledger(self, record: ConnectionRecord) -> Ledger:
        """The company of a connection."""
        ...

    def ledger_record(self, record: ConnectionRecord) -> ConnectionRecord:
        """The company that a store is kept in; NeedsMapping where there is none."""
        ...

    def notes(self, record: ConnectionRecord) -> Sequence[object]:
        """What the platform's own test of a connection warns of, asked now."""
        ...

    def ends_for_good(self, record: ConnectionRecord) -> datetime | None:
        """When a person must sign in again whatever is done; None where it is not known."""
        ...

    def mail_problem(self) -> Problem | None:
        """What is wrong with the mail server, asked now; None where it lets us in."""
        ...
