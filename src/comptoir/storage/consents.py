"""Consents under way: what a person had filled in before they left for a platform's page, and how they are known again.

The `state` that travels through the browser is random and kept as its digest. It works once, in the session and the
organization that it was made for, and not for long. What was filled in holds secrets: it is sealed, and leaves with it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from comptoir.storage.database import Database
from comptoir.storage.people.tokens import digest_of
from comptoir.storage.tables import consents
from comptoir.storage.vault import Vault, VaultError

LIFE = timedelta(minutes=15)
"""How long a person may take at the platform's page."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """Who is away: a browser at work in an organization. `session` is the secret of its cookie.

    Or, before a browser comes that goes on with what a program began, the secret of the link that it comes by.
    """

    organization_id: int
    session: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """What was filled in before the person left. `connection_id`: whose authorization is renewed, if any."""

    platform: str
    form: Mapping[str, str]
    connection_id: int | None


class Consents:
    """Every reading and writing of consents under way."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def begin(self, who: Traveller, state: str, consent: Consent, now: datetime | None = None) -> None:
        """Keep what was filled in until the person comes back with `state`, which nobody can guess."""
        now = now or datetime.now(UTC)
        digest = digest_of(state)
        form = json.dumps(dict(consent.form)).encode()
        with self._database.write() as connection:
            _clear(connection, now)
            connection.execute(
                insert(consents).values(
                    organization_id=who.organization_id,
                    state_hash=digest,
                    session_hash=digest_of(who.session),
                    platform=consent.platform,
                    connection_id=consent.connection_id,
                    form=self._vault.seal(form, _place(digest)),
                    expires_at=now + LIFE,
                )
            )

    def see(self, who: Traveller, state: str, now: datetime | None = None) -> Consent | None:
        """What belongs to this state, which stays good; None for any that is not theirs to use now."""
        digest = digest_of(state)
        with self._database.read() as connection:
            row = _find(connection, who, digest, now or datetime.now(UTC))
        return self._opened(row, digest) if row is not None else None

    def take(self, who: Traveller, state: str, now: datetime | None = None) -> Consent | None:
        """What belongs to this state, which is spent by it; None for any that is not this person's to use now."""
        digest = digest_of(state)
        with self._database.write() as connection:
            row = _find(connection, who, digest, now or datetime.now(UTC))
            if row is None:
                return None
            if connection.execute(delete(consents).where(consents.c.id == row.id)).rowcount != 1:
                return None  # somebody used it at this very moment
        return self._opened(row, digest)

    def _opened(self, row: Row[Any], digest: str) -> Consent | None:
        try:
            form: dict[str, str] = json.loads(self._vault.unseal(row.form, _place(digest)))
        except VaultError:  # sealed with a key that was replaced meanwhile
            return None
        return Consent(row.platform, form, row.connection_id)

    def clear(self, now: datetime | None = None) -> None:
        """Delete what nobody came back for in time."""
        with self._database.read() as connection:
            stale = consents.c.expires_at <= (now or datetime.now(UTC))
            is_any = connection.execute(select(consents.c.id).where(stale).limit(1)).first() is not None
        if is_any:
            with self._database.write() as connection:
                _clear(connection, now or datetime.now(UTC))


def _find(connection: Connection, who: Traveller, digest: str, now: datetime) -> Row[Any] | None:
    """The consent of this state, if it is the traveller's, and good now."""
    own = (consents.c.state_hash == digest) & (consents.c.expires_at > now)
    own &= consents.c.session_hash == digest_of(who.session)
    own &= consents.c.organization_id == who.organization_id
    row = connection.execute(select(consents).where(own)).one_or_none()
    # The look-up compares digests of what only we made; this comparison gives nothing away by its time either.
    return row if row is not None and hmac.compare_digest(row.state_hash, digest) else None


def _clear(connection: Connection, now: datetime) -> None:
    connection.execute(delete(consents).where(consents.c.expires_at <= now))


def _place(digest: str) -> str:
    return f"consents/{digest}"
