"""Connections of an organization: how to reach a platform, its secrets, its settings, how far it has been read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from comptoir.books.problems import Message
from comptoir.books.settings import Settings
from comptoir.http.oauth import Tokens
from comptoir.storage.codec import adapter
from comptoir.storage.database import Database, inserted_id, upsert
from comptoir.storage.fence import PROCESS, Fence, hold
from comptoir.storage.tables import connections, organizations
from comptoir.storage.vault import Vault, VaultError

STORE = "store"
LEDGER = "ledger"
TURN_POLL_SECONDS = 0.2
"""How often one who waits for another process's renewal looks again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the latest test of a connection found. `time_zone` and `country` where the platform tells them.

    `notes` is what its owner should know though it works; `stop` why it does not. `signed_out`: a person must sign in
    again before it does.
    """

    tested_at: datetime
    currency: str = ""
    time_zone: str = ""
    country: str = ""
    notes: tuple[Message, ...] = ()
    stop: Message | None = None
    signed_out: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """One authorised account on one platform. `config` holds no secret."""

    id: int
    organization_id: int
    role: str
    platform: str
    identity: str
    title: str
    config: Mapping[str, str]
    settings: Settings | None
    ledger_connection_id: int | None
    cursor: str | None
    cursor_until: datetime | None
    fetched_until: datetime | None
    swept_at: datetime | None
    standing: Standing | None = None
    disconnected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What `connect` found out about an account."""

    role: str
    platform: str
    identity: str
    title: str
    config: Mapping[str, str]
    secrets: Mapping[str, str]


class Connections:
    """Reads and writes connections; opens and seals their secrets."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def organization(self) -> int:
        """The organization of this installation; made on first use."""
        with self._database.read() as connection:
            found = _first_organization(connection)
        if found is not None:
            return found
        with self._database.write() as connection:
            self._database.lock(connection, "comptoir: the first organization")
            found = _first_organization(connection)
            if found is not None:
                return found
            made = connection.execute(insert(organizations).values(name="My shop", created_at=datetime.now(UTC)))
            return inserted_id(made)

    def known_organization(self) -> int | None:
        """The organization of this installation; None where nothing was ever made."""
        with self._database.read() as connection:
            return _first_organization(connection)

    def save(
        self,
        organization_id: int,
        new: NewConnection,
        tokens: Tokens | None = None,
        standing: Standing | None = None,
    ) -> ConnectionRecord:
        """Add the account, or renew its authorization where it is known: settings and history stay.

        One that was disconnected is connected again, and goes on where it was.
        """
        place = _place(new.role, new.identity)
        values: dict[str, Any] = {
            "platform": new.platform,
            "title": new.title,
            "config": json.dumps(dict(new.config)),
            "secrets": self._seal_secrets(new.secrets, place),
            "disconnected_at": None,
        }
        if tokens is not None:
            values["tokens"] = self._seal_tokens(tokens, place)
        if standing is not None:
            values["standing"] = adapter(Standing).dump_json(standing).decode()
        with self._database.write() as connection:
            own = {"organization_id": organization_id, "role": new.role, "identity": new.identity}
            add = upsert(connection, connections).values(**own, created_at=datetime.now(UTC), **values)
            key = [connections.c[name] for name in own]
            connection.execute(add.on_conflict_do_update(index_elements=key, set_=values))
            saved = self._find(connection, organization_id, new.role, new.identity)
        if saved is None:
            raise AssertionError("a connection just saved is not there")
        return _record(saved)

    def all(self, organization_id: int, role: str | None = None) -> list[ConnectionRecord]:
        """Every connection, oldest first."""
        query = select(connections).where(connections.c.organization_id == organization_id).order_by(connections.c.id)
        if role is not None:
            query = query.where(connections.c.role == role)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query)]

    def connected(self, organization_id: int, role: str | None = None) -> list[ConnectionRecord]:
        """Every connection that was not disconnected, oldest first."""
        return [each for each in self.all(organization_id, role) if each.disconnected_at is None]

    def everywhere(self, role: str) -> list[ConnectionRecord]:
        """The connections of every organization that were not disconnected, oldest first."""
        own = (connections.c.role == role) & connections.c.disconnected_at.is_(None)
        with self._database.read() as connection:
            rows = connection.execute(select(connections).where(own).order_by(connections.c.id))
            return [_record(row) for row in rows]

    def of_account(self, role: str, identity: str) -> list[ConnectionRecord]:
        """The connections of every organization to this account that were not disconnected."""
        own = (connections.c.role == role) & (connections.c.identity == identity)
        query = select(connections).where(own, connections.c.disconnected_at.is_(None)).order_by(connections.c.id)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query)]

    def company_of(self, store: ConnectionRecord) -> ConnectionRecord | None:
        """The company that a store is kept in: the chosen one, else the first; None where none is connected.

        The chosen one also when it was disconnected: what is there stays readable, and nothing goes elsewhere instead.
        """
        ledgers = self.all(store.organization_id, LEDGER)
        living = [each for each in ledgers if each.disconnected_at is None]
        chosen = [each for each in ledgers if each.id == store.ledger_connection_id] or living
        return chosen[0] if chosen else None

    def connected_company_of(self, store: ConnectionRecord) -> ConnectionRecord | None:
        """The company that a store is kept in; None where that one was disconnected."""
        company = self.company_of(store)
        return company if company is not None and company.disconnected_at is None else None

    def get(self, connection_id: int) -> ConnectionRecord:
        """The connection; it must exist."""
        with self._database.read() as connection:
            return _record(connection.execute(select(connections).where(connections.c.id == connection_id)).one())

    def secrets(self, record: ConnectionRecord) -> dict[str, str]:
        """The secrets of a connection, opened."""
        with self._database.read() as connection:
            sealed = connection.execute(select(connections.c.secrets).where(connections.c.id == record.id)).scalar_one()
        secrets: dict[str, str] = json.loads(self._vault.unseal(sealed, _place(record.role, record.identity)))
        return secrets

    def save_settings(self, connection_id: int, settings: Settings, ledger_connection_id: int) -> None:
        """Put a store connection's settings in force. With an earlier start date the store is read from there anew.

        So it is with the first settings: what was read for the set-up was only the last days.
        """
        values: dict[str, Any] = {
            "settings": adapter(Settings).dump_json(settings).decode(),
            "ledger_connection_id": ledger_connection_id,
        }
        with self._database.write() as connection:
            row = select(connections).where(connections.c.id == connection_id).with_for_update(key_share=True)
            known = _record(connection.execute(row).one())
            if known.settings is None or settings.start_date < known.settings.start_date:
                values |= {"cursor": None, "cursor_until": None, "fetched_until": None}
            connection.execute(update(connections).where(connections.c.id == connection_id).values(**values))

    def choose_company(self, connection_id: int, ledger_connection_id: int) -> None:
        """Keep a store in this company from now on; what lies in another one stays there."""
        with self._database.write() as connection:
            connection.execute(
                update(connections)
                .where(connections.c.id == connection_id)
                .values(ledger_connection_id=ledger_connection_id)
            )

    def save_standing(self, connection_id: int, standing: Standing) -> None:
        """What a test of the connection found."""
        with self._database.write() as connection:
            connection.execute(
                update(connections)
                .where(connections.c.id == connection_id, connections.c.disconnected_at.is_(None))
                .values(standing=adapter(Standing).dump_json(standing).decode())
            )

    def disconnect(self, record: ConnectionRecord, at: datetime, kept: Mapping[str, str] | None = None) -> None:
        """Delete the secrets and the tokens of a connection; its settings and what was read and posted stay.

        `kept` is the secret that the platform still signs with what it has to say; it goes with `forget_kept`.
        """
        values = {
            "secrets": self._seal_secrets(kept or {}, _place(record.role, record.identity)),
            "tokens": None,
            "standing": None,
            "disconnected_at": at,
        }
        with self._database.write() as connection:
            connection.execute(update(connections).where(connections.c.id == record.id).values(**values))

    def ended_of_account(self, role: str, identity: str, since: datetime) -> list[ConnectionRecord]:
        """The connections of every organization to this account that were disconnected since then."""
        own = (connections.c.role == role) & (connections.c.identity == identity)
        query = select(connections).where(own, connections.c.disconnected_at >= since).order_by(connections.c.id)
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(query)]

    def forget_kept(self, before: datetime) -> int:
        """Delete what was kept of connections that were disconnected before then; answers of how many."""
        nothing = len(self._seal_secrets({}, ""))
        query = select(connections).where(
            connections.c.disconnected_at < before, func.length(connections.c.secrets) > nothing
        )
        with self._database.read() as connection:
            found = [_record(row) for row in connection.execute(query)]
        for record in found:
            sealed = self._seal_secrets({}, _place(record.role, record.identity))
            with self._database.write() as connection:
                connection.execute(
                    update(connections)
                    .where(connections.c.id == record.id, connections.c.disconnected_at < before)
                    .values(secrets=sealed)
                )
        return len(found)

    def save_sweep(self, connection: Connection, connection_id: int, at: datetime) -> None:
        """The store was asked which of its records are gone."""
        connection.execute(update(connections).where(connections.c.id == connection_id).values(swept_at=at))

    def seen_until(self, organization_id: int, company: str) -> datetime | None:
        """Until when, by the ledger's own clock, the company was asked what changed in it; None where it never was."""
        with self._database.read() as connection:
            row = self._find(connection, organization_id, LEDGER, company)
        return row.fetched_until if row is not None else None

    def save_seen(self, connection: Connection, organization_id: int, company: str, until: datetime) -> None:
        """The company was asked what changed in it until then."""
        connection.execute(
            update(connections)
            .where(
                connections.c.organization_id == organization_id,
                connections.c.role == LEDGER,
                connections.c.identity == company,
            )
            .values(fetched_until=until)
        )

    def tokens(self, record: ConnectionRecord) -> SealedTokenStore:
        """The token store of a connection."""
        return SealedTokenStore(self._database, self._vault, record)

    def _find(self, connection: Connection, organization_id: int, role: str, identity: str) -> Row[Any] | None:
        return connection.execute(
            select(connections).where(
                connections.c.organization_id == organization_id,
                connections.c.role == role,
                connections.c.identity == identity,
            )
        ).one_or_none()

    def _seal_secrets(self, secrets: Mapping[str, str], place: str) -> bytes:
        return self._vault.seal(json.dumps(dict(secrets)).encode(), place)

    def _seal_tokens(self, tokens: Tokens, place: str) -> bytes:
        return self._vault.seal(adapter(Tokens).dump_json(tokens), place)


@dataclass(slots=True)
class _Turn:
    """Whose turn it is to renew the tokens of one connection: one thread of this process, with the fence it holds."""

    mutex: RLock
    fence: Fence | None = None


_turns: dict[tuple[str, int], _Turn] = {}
"""By database and connection, for every token store of this process."""


class SealedTokenStore:
    """Tokens of one connection, sealed in its row; renewed by one thread of one process on one machine at a time."""

    def __init__(self, database: Database, vault: Vault, record: ConnectionRecord) -> None:
        self._database = database
        self._vault = vault
        self._record = record
        self._place = _place(record.role, record.identity)
        self._turn = _turns.setdefault((database.url, record.id), _Turn(RLock()))

    def load(self) -> Tokens | None:
        """The tokens last saved."""
        query = select(connections.c.tokens).where(connections.c.id == self._record.id)
        with self._database.read() as connection:
            sealed = connection.execute(query).scalar_one()
        if sealed is None:
            return None
        tokens: Tokens = adapter(Tokens).validate_json(self._vault.unseal(sealed, self._place))
        return tokens

    def save(self, tokens: Tokens) -> None:
        """Keep `tokens`; they are on disk when this returns.

        Raises FenceLostError inside `lock` where another process took over: its tokens are newer and stay.
        """
        sealed = self._vault.seal(adapter(Tokens).dump_json(tokens), self._place)
        with self._turn.mutex:
            fence = self._turn.fence
            with fence.writing() if fence is not None else self._database.write() as connection:
                connection.execute(
                    update(connections)
                    .where(connections.c.id == self._record.id, connections.c.disconnected_at.is_(None))
                    .values(tokens=sealed)
                )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One renewal at a time; whoever waited loads what the other one saved.

        Others wait as long as the holder lives, and no longer than its lease after it died. The call that renews is
        made in no transaction.
        """
        with self._turn.mutex:
            if self._turn.fence is not None:  # this thread's own
                yield
                return
            with self._held() as fence:
                self._turn.fence = fence
                try:
                    yield
                finally:
                    self._turn.fence = None

    @contextmanager
    def _held(self) -> Iterator[Fence]:
        subject = f"tokens:{self._record.id}"
        while True:
            with hold(self._database, subject, PROCESS, self._record.organization_id, alone=False) as fence:
                if fence is not None:
                    yield fence
                    return
            time.sleep(TURN_POLL_SECONDS)


def open_vault(database: Database, key_file: Path) -> Vault:
    """The vault of what this database holds; its key file is made while nothing is sealed yet.

    Raises VaultError where the key file is missing, damaged, or another database's.
    """
    query = select(connections.c.role, connections.c.identity, connections.c.secrets).order_by(connections.c.id)
    with database.read() as connection:
        sealed = connection.execute(query.limit(1)).first()
    if sealed is None:
        return Vault.open(key_file)
    if not key_file.exists():
        raise VaultError(
            Message(
                "The key file {file} is missing: without it nothing that is stored can be opened. Put back the copy "
                "from your backup, or name the file with COMPTOIR_KEY_FILE.",
                {"file": str(key_file)},
            )
        )
    vault = Vault.open(key_file)
    vault.unseal(sealed.secrets, _place(sealed.role, sealed.identity))
    return vault


def _first_organization(connection: Connection) -> int | None:
    found = connection.execute(select(organizations.c.id).order_by(organizations.c.id)).scalars().first()
    return None if found is None else int(found)


def _place(role: str, identity: str) -> str:
    return f"connections/{role}/{identity}"


def _record(row: Row[Any]) -> ConnectionRecord:
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    settings, standing = found["settings"], found["standing"]
    return ConnectionRecord(
        id=found["id"],
        organization_id=found["organization_id"],
        role=found["role"],
        platform=found["platform"],
        identity=found["identity"],
        title=found["title"],
        config=json.loads(found["config"]),
        settings=adapter(Settings).validate_json(settings) if settings else None,
        ledger_connection_id=found["ledger_connection_id"],
        cursor=found["cursor"],
        cursor_until=found["cursor_until"],
        fetched_until=found["fetched_until"],
        swept_at=found["swept_at"],
        standing=adapter(Standing).validate_json(standing) if standing else None,
        disconnected_at=found["disconnected_at"],
    )
