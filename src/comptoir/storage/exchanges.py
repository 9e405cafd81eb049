"""What was sent for a document and what was answered, for whoever wants to see it: the latest of each posting."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from comptoir.storage.database import Database, in_chunks
from comptoir.storage.tables import batches, exchanges, postings
from comptoir.storage.vault import Vault

LONGEST_ANSWER = 64 * 1024
"""Bytes of the ledger's words that are kept of one document; what is longer is cut."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The batch that a document went out in, with its place there, and what was answered of it."""

    body: bytes
    slot: str
    at: datetime
    answer: str


class Exchanges:
    """Every reading and writing of exchanges; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def note(
        self,
        connection: Connection,
        organization_id: int,
        batch_id: int,
        said: Sequence[tuple[int, str, bytes]],
    ) -> None:
        """Keep what was answered of these postings (id, place in the batch, words), in the place of what was before."""
        now = datetime.now(UTC)
        rows = [
            {
                "posting_id": posting,
                "organization_id": organization_id,
                "batch_id": batch_id,
                "slot": slot,
                "at": now,
                "answer": self._vault.seal(zlib.compress(words[:LONGEST_ANSWER]), _place(posting)),
            }
            for posting, slot, words in said
        ]
        for some in in_chunks([posting for posting, _, _ in said]):
            connection.execute(delete(exchanges).where(exchanges.c.posting_id.in_(some)))
        if rows:
            connection.execute(insert(exchanges), rows)

    def forget(self, connection: Connection, connection_id: int, orders: Collection[str]) -> None:
        """Remove what was answered of documents of these orders: it names people."""
        mine = (postings.c.connection_id == connection_id) & postings.c.order_source_id.in_(orders)
        theirs = select(postings.c.id).where(mine)
        connection.execute(delete(exchanges).where(exchanges.c.posting_id.in_(theirs)))

    def of(self, organization_id: int, posting_id: int) -> Exchange | None:
        """What was sent and answered last; None where nothing was, or the answer was not kept."""
        query = (
            select(exchanges.c.slot, exchanges.c.at, exchanges.c.answer, batches.c.body, batches.c.request_id)
            .join(batches, batches.c.id == exchanges.c.batch_id)
            .where(exchanges.c.posting_id == posting_id, exchanges.c.organization_id == organization_id)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        words = zlib.decompress(self._vault.unseal(row.answer, _place(posting_id)))
        body = self._vault.unseal(row.body, f"batches/{row.request_id}")
        return Exchange(body, row.slot, row.at, words.decode(errors="replace"))


def _place(posting_id: int) -> str:
    return f"exchanges/{posting_id}"
