"""Batches: what is sent together, frozen on disk before it leaves the house and until its outcome is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, insert, select, update

from comptoir.storage.database import Database, inserted_id
from comptoir.storage.journal import Journal, JournalOwner
from comptoir.storage.postings import IN_FLIGHT, Posting, State
from comptoir.storage.tables import batches, exchanges, postings
from comptoir.storage.vault import Vault


class BatchState(StrEnum):
    """Where a frozen batch stands."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    ANSWERED = "answered"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Batch:
    """A frozen batch. `first_sent_at`: seconds since 1970 by the database clock, written just before its first send."""

    id: int
    request_id: str
    body: bytes
    state: BatchState
    first_sent_at: int


class NotPlannedError(Exception):
    """A posting of a batch that was about to be sent is planned no more: somebody held or skipped its order."""


_SEND = (
    update(postings)
    .where(postings.c.id == bindparam("posting"), postings.c.state == State.PLANNED.value)
    .values(state=State.SENDING.value, batch_id=bindparam("batch"), slot=bindparam("place"))
)


class Batches:
    """Every reading and writing of batches; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database, vault: Vault, journal: Journal) -> None:
        self._database = database
        self._vault = vault
        self._journal = journal

    def save(
        self,
        connection: Connection,
        owner: JournalOwner,
        request_id: str,
        body: bytes,
        slots: Sequence[tuple[str, Posting]],
        run_id: int,
    ) -> Batch:
        """Freeze a batch: its body and its postings' places, on disk before anything is sent.

        Raises NotPlannedError where one of them is planned no more; the transaction must not be committed then.
        """
        sent_at = int(self._database.now(connection))
        done = connection.execute(
            insert(batches).values(
                organization_id=owner.organization_id,
                company=owner.company,
                request_id=request_id,
                body=self._vault.seal(body, _place(request_id)),
                state=BatchState.SENDING.value,
                first_sent_at=sent_at,
                run_id=run_id,
            )
        )
        batch_id = inserted_id(done)
        places = [{"posting": posting.id, "batch": batch_id, "place": slot} for slot, posting in slots]
        if connection.execute(_SEND, places).rowcount != len(places):
            raise NotPlannedError(batch_id)
        return Batch(batch_id, request_id, body, BatchState.SENDING, sent_at)

    def mark(self, connection: Connection, batch: Batch, state: BatchState) -> None:
        """Put a batch in another state."""
        connection.execute(update(batches).where(batches.c.id == batch.id).values(state=state.value))

    def open(self, connection: Connection, company: str) -> list[Batch]:
        """Batches whose outcome is not recorded, oldest first."""
        rows = connection.execute(
            select(batches)
            .where(
                batches.c.company == company,
                batches.c.state.in_([BatchState.SENDING.value, BatchState.UNKNOWN.value]),
            )
            .order_by(batches.c.id)
        )
        return [
            Batch(
                row.id,
                row.request_id,
                self._vault.unseal(row.body, _place(row.request_id)),
                BatchState(row.state),
                row.first_sent_at,
            )
            for row in rows
        ]

    def forget(self, connection: Connection, connection_id: int, orders: Collection[str]) -> None:
        """Empty the bodies that held documents of these orders, once they are never sent again."""
        mine = (postings.c.connection_id == connection_id) & postings.c.order_source_id.in_(orders)
        last = select(postings.c.batch_id).where(mine, postings.c.batch_id.is_not(None))
        answered = select(exchanges.c.batch_id).join(postings, postings.c.id == exchanges.c.posting_id).where(mine)
        sent = last.union(answered)  # what was refused is in no batch any more
        over = batches.c.state.not_in([BatchState.SENDING.value, BatchState.UNKNOWN.value])
        for row in connection.execute(select(batches.c.id, batches.c.request_id).where(batches.c.id.in_(sent), over)):
            nothing = self._vault.seal(b"", _place(row.request_id))
            connection.execute(update(batches).where(batches.c.id == row.id).values(body=nothing))

    def postings(self, connection: Connection, batch: Batch) -> list[Posting]:
        """The postings of a batch that are not settled yet."""
        return self._journal.select(
            connection,
            postings.c.batch_id == batch.id,
            postings.c.state.in_([state.value for state in IN_FLIGHT]),
        )


def _place(request_id: str) -> str:
    return f"batches/{request_id}"
