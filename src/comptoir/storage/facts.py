"""What the store said, raw: kept once per content, compressed; personal parts sealed, apart."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, func, not_, select, union_all, update

from comptoir.books.facts import RawRecord, SourceId
from comptoir.storage.database import Database, in_chunks, looked_at, upsert
from comptoir.storage.tables import connections, facts, postings
from comptoir.storage.vault import Vault

CHUNK = 100
"""Facts decided in one transaction; whoever else writes waits for it."""
NUL = "\x00"
NUL_ESCAPED = b"\\u0000"


@dataclass(frozen=True, slots=True)
class FactSource:
    """Whose facts: the connection, and the store's lasting identity."""

    organization_id: int
    connection_id: int
    store: str
    personal_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A record as last said."""

    id: int
    connection_id: int
    source_id: SourceId
    number: str
    placed_at: datetime
    gone_at: datetime | None
    """When it was noticed that the store no longer has the record."""
    opened: Callable[[], dict[str, Any]] = field(repr=False, compare=False)
    """Opens what the store said: that takes longer than all else of a record, and not everybody looks at it."""

    @property
    def payload(self) -> dict[str, Any]:
        """What the store said, its personal parts joined again where they are still kept."""
        return self.opened()


@dataclass(frozen=True, slots=True)
class _Known:
    """What is there of a record: the latest time that any of its contents bears, and the digest of the current one."""

    latest: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Version:
    """A record as the store told it at a time, by the store's own clock."""

    fact: StoredFact
    at: datetime


class Facts:
    """Saves pages and hands out what is to be decided."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def save_page(
        self,
        connection: Connection,
        source: FactSource,
        records: Sequence[RawRecord],
        *,
        run_id: int,
        fetched_at: datetime,
    ) -> int:
        """Save the records that say something new; answers how many. The caller commits, with the cursor.

        Of several contents of one record the current one is the latest by the store's own time, in a tie the one that
        was read last.
        """
        _lock(connection, source.connection_id)
        known = _known(connection, source, {record.source_id for record in records})
        new = 0
        for record in records:
            digest = hashlib.sha256(record.payload).hexdigest()
            before = known.get(record.source_id)
            if before is None or before.digest != digest:  # what was read before says nothing new
                new += self._save(connection, source, record, digest, before, run_id, fetched_at)
                if before is None or record.updated_at >= before.latest:
                    known[record.source_id] = _Known(record.updated_at, digest)
        return new

    def _save(
        self,
        connection: Connection,
        source: FactSource,
        record: RawRecord,
        digest: str,
        before: _Known | None,
        run_id: int,
        fetched_at: datetime,
    ) -> bool:
        public, personal = _split(record.payload, source.personal_keys)
        place = _place(source.store, record.source_id, digest)
        values = {
            "organization_id": source.organization_id,
            "connection_id": source.connection_id,
            "store": source.store,
            "source_id": record.source_id,
            "number": record.number.replace(NUL, ""),
            "placed_at": record.placed_at,
            "updated_at": record.updated_at,
            "content_hash": digest,
            "raw": zlib.compress(public),
            "personal": self._vault.seal(zlib.compress(personal), place),
            "fetched_at": fetched_at,
            "run_id": run_id,
            "current": before is None,
        }
        add = upsert(connection, facts).values(**values).on_conflict_do_nothing().returning(facts.c.id)
        is_new = connection.execute(add).first() is not None
        if before is None or record.updated_at < before.latest:  # a store's copy that lags behind: kept, not believed
            return is_new
        own, this = _own(source) & (facts.c.source_id == record.source_id), facts.c.content_hash == digest
        connection.execute(update(facts).where(own, ~this, facts.c.current).values(current=False))
        turned = update(facts).where(own, this, ~facts.c.current).values(current=True, decided_under=None)
        return connection.execute(turned).rowcount == 1

    def undecided(self, connection_id: int, under: str) -> int:
        """How many records wait for a decision under the present settings."""
        with self._database.read() as connection:
            return int(
                connection.execute(
                    select(func.count()).select_from(facts).where(_undecided(connection_id, under))
                ).scalar_one()
            )

    def is_any_undecided(self, connection_id: int, under: str, orders: Select[tuple[str]]) -> bool:
        """Whether any of these orders (a query of source ids) waits for a decision under the present settings."""
        query = select(facts.c.id).where(_undecided(connection_id, under), facts.c.source_id.in_(orders))
        with self._database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def next_undecided(
        self, connection: Connection, connection_id: int, under: str, most: int | None = None
    ) -> list[StoredFact]:
        """Some records that wait for a decision, oldest orders first; they stay as they are until the commit.

        At most a chunk, or `most`.
        """
        _lock(connection, connection_id)
        rows = connection.execute(_oldest_undecided(connection_id, under).limit(min(CHUNK, most or CHUNK)))
        return [self._fact(row) for row in rows]

    def first_undecided(self, connection_id: int, under: str, most: int) -> list[StoredFact]:
        """The records that are decided next as things stand, for whoever looks ahead: nothing keeps them so."""
        with self._database.read() as connection:
            rows = connection.execute(_oldest_undecided(connection_id, under).limit(most)).all()
        return [self._fact(row) for row in rows]

    def fresh_numbers(self, connection_id: int, under: str, most: int) -> list[str]:
        """The store's numbers of orders that wait for a decision and of which nothing was ever planned, in no order."""
        planned = select(postings.c.id).where(
            postings.c.connection_id == connection_id, postings.c.order_source_id == facts.c.source_id
        )
        fresh = select(facts.c.number).where(_undecided(connection_id, under), ~planned.exists())
        with self._database.read() as connection:
            return list(connection.scalars(fresh.limit(most)))

    def oldest(self, connection: Connection, organization_id: int, connection_id: int) -> datetime | None:
        """When the first of the store's orders was placed, as last said; None without any."""
        query = select(facts.c.placed_at).where(
            facts.c.organization_id == organization_id,
            facts.c.current.is_(True),
            looked_at(facts.c.connection_id) == connection_id,
        )
        found: datetime | None = connection.scalar(query.order_by(facts.c.placed_at).limit(1))
        return found

    def mark_decided(self, connection: Connection, ids: Sequence[int], under: str) -> None:
        """The records are decided under these settings."""
        connection.execute(update(facts).where(facts.c.id.in_(ids)).values(decided_under=under))

    def decide_again(
        self, connection: Connection, connection_id: int, orders: Collection[str] | Select[tuple[str]]
    ) -> None:
        """Put these orders (source ids, or a query of them) up for decision once more."""
        _lock(connection, connection_id)
        connection.execute(
            update(facts)
            .where(
                facts.c.connection_id == connection_id,
                looked_at(facts.c.current).is_(True),
                facts.c.source_id.in_(orders),
            )
            .values(decided_under=None)
        )

    def ids(self, connection_id: int) -> list[SourceId]:
        """The source ids of every record that the store still has as far as is known, oldest first."""
        query = select(facts.c.source_id).where(
            facts.c.connection_id == connection_id, facts.c.current, facts.c.gone_at.is_(None)
        )
        with self._database.read() as connection:
            return [SourceId(each) for each in connection.scalars(query.order_by(facts.c.placed_at, facts.c.id))]

    def mark_gone(self, connection: Connection, connection_id: int, ids: Collection[SourceId], at: datetime) -> None:
        """The store no longer has these records: they are decided anew."""
        _lock(connection, connection_id)
        connection.execute(
            update(facts)
            .where(
                facts.c.connection_id == connection_id,
                looked_at(facts.c.current).is_(True),
                facts.c.source_id.in_(ids),
            )
            .values(gone_at=at, decided_under=None)
        )

    def every(self, connection_id: int, since: datetime | None = None) -> Iterator[StoredFact]:
        """Every record as last said, oldest order first, of orders placed from `since` on; for previews and proofs."""
        after: tuple[datetime, int] | None = (since, -1) if since is not None else None
        while True:
            query = _by_day(connection_id)
            if after is not None:
                at, last = after
                query = query.where(facts.c.placed_at >= at, not_((facts.c.placed_at == at) & (facts.c.id <= last)))
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(facts.c.placed_at, facts.c.id).limit(CHUNK)).all()
            if not rows:
                return
            for row in rows:
                yield self._fact(row)
            after = (rows[-1].placed_at, rows[-1].id)

    def newest(self, connection_id: int, limit: int) -> list[StoredFact]:
        """The records of the newest orders, as last said, oldest of them first."""
        query = _by_day(connection_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(facts.c.placed_at.desc(), facts.c.id.desc()).limit(limit)).all()
        return [self._fact(row) for row in reversed(rows)]

    def find(self, organization_id: int, number: str, connection_id: int | None = None) -> list[StoredFact]:
        """The records that bear this order number, as last said; those of one connection where it is named."""
        query = select(facts).where(
            facts.c.organization_id == organization_id, facts.c.number == number, looked_at(facts.c.current).is_(True)
        )
        if connection_id is not None:
            query = query.where(facts.c.connection_id == connection_id)
        with self._database.read() as connection:
            return [self._fact(row) for row in connection.execute(query)]

    def of_orders(self, connection: Connection, connection_id: int, orders: Collection[str]) -> list[StoredFact]:
        """The records of these orders (source ids), as last said."""
        rows = connection.execute(
            select(facts).where(
                facts.c.connection_id == connection_id,
                facts.c.source_id.in_(orders),
                looked_at(facts.c.current).is_(True),
            )
        )
        return [self._fact(row) for row in rows]

    def sources(self, connection: Connection, connection_id: int) -> Iterator[SourceId]:
        """The source ids of every record that was ever read."""
        query = select(facts.c.source_id).where(facts.c.connection_id == connection_id).distinct()
        return map(SourceId, connection.scalars(query))

    def one(self, organization_id: int, connection_id: int, source_id: str) -> StoredFact | None:
        """The record of an order, as last said; None where the organization has no such one."""
        query = select(facts).where(
            looked_at(facts.c.organization_id) == organization_id,
            facts.c.connection_id == connection_id,
            facts.c.source_id == source_id,
            looked_at(facts.c.current).is_(True),
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return self._fact(row) if row is not None else None

    def versions(self, connection_id: int, source_id: str, most: int) -> list[Version]:
        """What the store said of an order over time, the latest word first; each content once."""
        query = select(facts).where(facts.c.connection_id == connection_id, facts.c.source_id == source_id)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        rows = sorted(rows, key=lambda row: (row.current, row.updated_at, row.id), reverse=True)
        return [Version(self._fact(row), row.updated_at) for row in rows[:most]]

    # Forgetting

    def every_id(self, connection_id: int) -> list[SourceId]:
        """The source ids of every record ever read, gone ones too."""
        query = select(facts.c.source_id).where(facts.c.connection_id == connection_id).distinct()
        with self._database.read() as connection:
            return [SourceId(each) for each in connection.scalars(query.order_by(facts.c.source_id))]

    def personal_texts(self, connection: Connection, connection_id: int, orders: Collection[str]) -> set[str]:
        """Every text in the personal parts of these orders, in whichever of their contents."""
        found: set[str] = set()
        rows = connection.execute(select(facts).where(*_personal(connection_id, orders)))
        for row in rows:
            found.update(_texts(self._personal(row)))
        return found

    def forget(self, connection: Connection, connection_id: int, orders: Collection[str]) -> int:
        """Remove the personal parts of these orders, of every content; answers how many orders had any.

        They are decided anew: what has not left the house must not either.
        """
        _lock(connection, connection_id)
        theirs = _personal(connection_id, orders)
        had = set(connection.scalars(select(facts.c.source_id).where(*theirs)))
        connection.execute(update(facts).where(*theirs).values(personal=None, decided_under=None))
        return len(had)

    def _personal(self, row: Row[Any]) -> dict[str, Any]:
        place = _place(row.store, row.source_id, row.content_hash)
        found: dict[str, Any] = msgspec.json.decode(zlib.decompress(self._vault.unseal(row.personal, place)))
        return found

    def _payload(self, row: Row[Any]) -> dict[str, Any]:
        payload: dict[str, Any] = msgspec.json.decode(zlib.decompress(row.raw))
        return payload if row.personal is None else payload | self._personal(row)

    def _fact(self, row: Row[Any]) -> StoredFact:
        return StoredFact(
            id=row.id,
            connection_id=row.connection_id,
            source_id=SourceId(row.source_id),
            number=row.number,
            placed_at=row.placed_at,
            gone_at=row.gone_at,
            opened=partial(self._payload, row),
        )


def save_cursor(
    connection: Connection,
    connection_id: int,
    cursor: str | None,
    until: datetime | None,
    fetched_until: datetime | None,
) -> None:
    """How far the store has been read; in one transaction with the page that the cursor follows."""
    connection.execute(
        update(connections)
        .where(connections.c.id == connection_id)
        .values(cursor=cursor, cursor_until=until, fetched_until=fetched_until)
    )


def _own(source: FactSource) -> ColumnElement[bool]:
    """The facts of a store, whichever connection read them."""
    return (facts.c.organization_id == source.organization_id) & (facts.c.store == source.store)


def _known(connection: Connection, source: FactSource, ids: Collection[SourceId]) -> dict[str, _Known]:
    """What is there of these records (source ids); nothing of those that are new."""
    found: dict[str, _Known] = {}
    for chunk in in_chunks(ids):
        rows = connection.execute(
            select(facts.c.source_id, facts.c.updated_at, facts.c.content_hash, facts.c.current).where(
                _own(source), facts.c.source_id.in_(chunk)
            )
        )
        for source_id, updated_at, digest, current in rows:
            before = found.get(source_id)
            latest = updated_at if before is None else max(before.latest, updated_at)
            found[source_id] = _Known(latest, digest if current else before.digest if before else "")
    return found


def _lock(connection: Connection, connection_id: int) -> None:
    """Writers of a connection's facts take turns: what is fetched, decided and put up again are the same rows."""
    connection.execute(
        select(connections.c.id).where(connections.c.id == connection_id).with_for_update(key_share=True)
    ).all()


def _undecided(connection_id: int, under: str) -> ColumnElement[bool]:
    """What has no decision under these settings: three spans of an index.

    By what it is not, every fact of the store would be looked at.
    """
    mine = (facts.c.connection_id == connection_id, facts.c.current.is_(True))
    was = facts.c.decided_under
    spans = (was.is_(None), was < under, was > under)
    return facts.c.id.in_(union_all(*(select(facts.c.id).where(*mine, span) for span in spans)))


def _by_day(connection_id: int) -> Select[Any]:
    """The records of a store as last said, from the index by day of its organization: nothing is sorted for it."""
    own = select(connections.c.organization_id).where(connections.c.id == connection_id).scalar_subquery()
    return select(facts).where(
        facts.c.organization_id == own, facts.c.current.is_(True), looked_at(facts.c.connection_id) == connection_id
    )


def _oldest_undecided(connection_id: int, under: str) -> Select[Any]:
    return select(facts).where(_undecided(connection_id, under)).order_by(facts.c.placed_at, facts.c.id)


def _personal(connection_id: int, orders: Collection[str]) -> tuple[Any, ...]:
    return (facts.c.connection_id == connection_id, facts.c.source_id.in_(orders), facts.c.personal.is_not(None))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for each in value.values():
                yield from _texts(each)


def _without_nul(value: Any) -> Any:
    """The value without the character that no text of PostgreSQL can hold, nor any page show."""
    match value:
        case str():
            return value.replace(NUL, "")
        case list():
            return [_without_nul(each) for each in value]
        case dict():
            return {_without_nul(name): _without_nul(each) for name, each in value.items()}
        case _:
            return value


def _split(payload: bytes, personal_keys: frozenset[str]) -> tuple[bytes, bytes]:
    record = msgspec.json.decode(payload)
    if NUL_ESCAPED in payload:
        record = _without_nul(record)
    personal = {key: record.pop(key) for key in personal_keys & record.keys()}
    return msgspec.json.encode(record), msgspec.json.encode(personal)


def _place(store: str, source_id: str, digest: str) -> str:
    return f"facts/{store}/{source_id}/{digest}"
