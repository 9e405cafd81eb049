"""What programs were answered: a request that comes a second time under its name is not carried out a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from comptoir.storage.database import Database, upsert
from comptoir.storage.people.api_tokens import ApiToken
from comptoir.storage.tables import api_answers
from comptoir.storage.vault import Vault

KEPT = timedelta(hours=24)
"""How long an answer is remembered."""
PATIENCE = timedelta(minutes=10)
"""A request that is carried out for longer was stopped with its process: it may be made again."""


@dataclass(frozen=True, slots=True)
class Named:
    """A request under the name that its caller gave it; `request_hash` tells it from another one."""

    token: ApiToken
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answered:
    """How a request was answered before."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class AtWork:
    """The same request is being carried out now."""


@dataclass(frozen=True, slots=True)
class AnotherRequest:
    """The name stands for another request."""


class Answers:
    """Every reading and writing of answers."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def begin(self, named: Named) -> Answered | AtWork | AnotherRequest | None:
        """Take the name for this request; or what it stands for already."""
        now = datetime.now(UTC)
        fresh = {"request_hash": named.request_hash, "status": None, "body": None, "begun_at": now}
        own = {"organization_id": named.token.organization_id, "token_id": named.token.id, "key": named.key}
        with self._database.write() as connection:
            dead = (api_answers.c.status.is_(None)) & (api_answers.c.begun_at < now - PATIENCE)
            connection.execute(delete(api_answers).where((api_answers.c.begun_at < now - KEPT) | dead))
            add = upsert(connection, api_answers).values(**own, **fresh).on_conflict_do_nothing()
            if connection.execute(add.returning(api_answers.c.id)).first() is not None:
                return None
            row = connection.execute(select(api_answers).where(*_own(named))).one()
        if row.request_hash != named.request_hash:
            return AnotherRequest()
        if row.status is None:
            return AtWork()
        return Answered(row.status, self._vault.unseal(row.body, _place(named)))

    def keep(self, named: Named, answer: Answered) -> None:
        """The request was carried out, and this was the answer."""
        body = self._vault.seal(answer.body, _place(named))
        with self._database.write() as connection:
            connection.execute(update(api_answers).where(*_own(named)).values(status=answer.status, body=body))

    def drop(self, named: Named) -> None:
        """The request came to nothing: it may be made again under its name."""
        with self._database.write() as connection:
            connection.execute(delete(api_answers).where(*_own(named), api_answers.c.status.is_(None)))


def _own(named: Named) -> tuple[Any, ...]:
    return (api_answers.c.token_id == named.token.id, api_answers.c.key == named.key)


def _place(named: Named) -> str:
    return f"api_answers/{named.token.id}/{named.key}"
