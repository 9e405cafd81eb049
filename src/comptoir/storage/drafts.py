"""Drafts of settings: what a person has chosen so far, kept until it is in force or thrown away.

What a draft holds is the engine's own text (`engine.setup.draft`); what was found in the store may name buyers and is
sealed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import Database, upsert
from comptoir.storage.tables import drafts
from comptoir.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it is kept: JSON each; `looked` and `trial` are empty until there is one."""

    content: str
    looked: str
    trial: str


class Drafts:
    """Reads and writes the drafts; one a store connection."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def get(self, store: ConnectionRecord) -> KeptDraft | None:
        """The draft of a store; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(select(drafts).where(drafts.c.connection_id == store.id)).one_or_none()
        if row is None:
            return None
        looked = self._vault.unseal(row.looked, _place(store)).decode() if row.looked is not None else ""
        return KeptDraft(row.content, looked, row.trial or "")

    def keep(self, store: ConnectionRecord, content: str, looked: str = "") -> None:
        """Keep the choices; with `looked`, what was found anew too."""
        values: dict[str, Any] = {"content": content, "updated_at": datetime.now(UTC)}
        if looked:
            values["looked"] = self._vault.seal(looked.encode(), _place(store))
        self._put(store, values)

    def keep_trial(self, store: ConnectionRecord, trial: str) -> None:
        """Keep what the last days would have come to; nothing where the draft is gone meanwhile."""
        with self._database.write() as connection:
            connection.execute(update(drafts).where(drafts.c.connection_id == store.id).values(trial=trial))

    def drop(self, store: ConnectionRecord) -> None:
        """The draft is in force, or not wanted any more."""
        with self._database.write() as connection:
            connection.execute(delete(drafts).where(drafts.c.connection_id == store.id))

    def _put(self, store: ConnectionRecord, values: Mapping[str, Any]) -> None:
        fresh = {"connection_id": store.id, "organization_id": store.organization_id, **values}
        with self._database.write() as connection:
            connection.execute(
                upsert(connection, drafts)
                .values(**fresh)
                .on_conflict_do_update(index_elements=[drafts.c.connection_id], set_=dict(values))
            )


def _place(store: ConnectionRecord) -> str:
    return f"drafts/{store.role}/{store.identity}"


def forget_look(connection: Connection, connection_id: int) -> None:
    """What was found in the store names a buyer as an example: it is looked for anew when the set-up is opened."""
    connection.execute(update(drafts).where(drafts.c.connection_id == connection_id).values(looked=None))
