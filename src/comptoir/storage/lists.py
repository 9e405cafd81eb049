"""The ledger's lists as they were last read, whole: the company in one row, each item and customer in one, sealed.

A copy to spare calls, never the truth: who decides by it asks the ledger first what changed since (engine/knowledge).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import islice

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, update

from comptoir import __version__
from comptoir.books.company import Company, CustomerRecord, ItemRecord, ListNews, Lists, fold
from comptoir.books.documents import LedgerId
from comptoir.storage.codec import adapter
from comptoir.storage.database import Database, in_chunks
from comptoir.storage.tables import known_companies, known_records
from comptoir.storage.vault import Vault

ITEM, CUSTOMER = "item", "customer"
CUSTOMERS_FOUND = 500
"""So many that a name fits are looked for; more is no search."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Record = ItemRecord | CustomerRecord


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """What is kept of a company. `read_at`: when all was read whole; `looked_at`: when changes were asked for."""

    company: Company
    told_at: datetime
    read_at: datetime
    looked_at: datetime


class ListCache:
    """Every reading and writing of the copy; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._names: dict[tuple[int, str], tuple[datetime, tuple[tuple[str, LedgerId], ...]]] = {}
        """What customers are called, by organization and company, as of a look: opening all of them takes its time."""

    def company(self, organization_id: int, company: str) -> KnownCompany | None:
        """What is kept of the company; None where nothing is, or where another release kept it."""
        with self._database.read() as connection:
            row = connection.execute(select(known_companies).where(*_own(organization_id, company))).one_or_none()
        if row is None or row.shape != shape():
            return None
        content: Company = adapter(Company).validate_json(row.content)
        return KnownCompany(content, row.told_at, row.read_at, row.looked_at)

    def lists(self, organization_id: int, known: KnownCompany) -> Lists:
        """The company with its items and customers."""
        identity = known.company.identity
        query = select(known_records).where(
            known_records.c.organization_id == organization_id, known_records.c.company == identity
        )
        found: dict[str, list[Record]] = {ITEM: [], CUSTOMER: []}
        with self._database.read() as connection:
            for row in connection.execute(query.order_by(known_records.c.kind, known_records.c.ledger_id)):
                found[row.kind].append(self._open(row))
        items = tuple(record for record in found[ITEM] if isinstance(record, ItemRecord))
        customers = tuple(record for record in found[CUSTOMER] if isinstance(record, CustomerRecord))
        return Lists(known.company, items, customers, known.told_at)

    def customers_named(self, organization_id: int, part: str) -> frozenset[LedgerId]:
        """The customers of the organization's companies whose name has this part, as last known."""
        query = select(known_companies.c.company, known_companies.c.looked_at).where(
            known_companies.c.organization_id == organization_id
        )
        with self._database.read() as connection:
            companies = connection.execute(query).all()
        names = (each for row in companies for each in self._customers(organization_id, row.company, row.looked_at))
        wanted = fold(part)
        return frozenset(islice((identity for name, identity in names if wanted in name), CUSTOMERS_FOUND))

    def _customers(self, organization_id: int, company: str, looked_at: datetime) -> Iterable[tuple[str, LedgerId]]:
        known = self._names.get((organization_id, company))
        if known is None or known[0] != looked_at:
            own = (known_records.c.organization_id == organization_id, known_records.c.company == company)
            query = select(known_records).where(*own, known_records.c.kind == CUSTOMER)
            with self._database.read() as connection:
                people = [self._open(row) for row in connection.execute(query)]
            known = looked_at, tuple((fold(each.name), each.id) for each in people)
            self._names[organization_id, company] = known
        return known[1]

    def item_names(self, organization_id: int, company: str, most: int) -> tuple[str, ...]:
        """What the active items are called, in their order; of more than `most`, some."""
        own = (known_records.c.organization_id == organization_id, known_records.c.company == company)
        query = select(known_records).where(*own, known_records.c.kind == ITEM).limit(most)
        with self._database.read() as connection:
            records = [self._open(row) for row in connection.execute(query)]
        return tuple(sorted(each.name for each in records if each.active))

    def look_soon(self, organization_id: int, company: str) -> None:
        """Whatever is held is looked at again by the next run: something changed in the company."""
        with self._database.write() as connection:
            connection.execute(
                update(known_companies).where(*_own(organization_id, company)).values(looked_at=LONG_AGO)
            )

    def keep_whole(self, connection: Connection, organization_id: int, lists: Lists, at: datetime) -> None:
        """Keep these lists in the place of whatever was kept before. `at`: our own time."""
        company = lists.company.identity
        own = (known_records.c.organization_id == organization_id, known_records.c.company == company)
        connection.execute(delete(known_records).where(*own))
        connection.execute(delete(known_companies).where(*_own(organization_id, company)))
        self._insert(connection, organization_id, company, (*lists.items, *lists.customers))
        connection.execute(
            insert(known_companies).values(
                organization_id=organization_id,
                company=company,
                shape=shape(),
                content=_text(lists.company),
                told_at=lists.at,
                read_at=at,
                looked_at=at,
            )
        )

    def keep_news(self, connection: Connection, organization_id: int, news: ListNews, at: datetime) -> None:
        """Keep what became of the lists. `at`: our own time."""
        company = news.company.identity
        self._delete(connection, organization_id, company, ITEM, news.gone_items | {each.id for each in news.items})
        customers = news.gone_customers | {each.id for each in news.customers}
        self._delete(connection, organization_id, company, CUSTOMER, customers)
        items = {each.id: each for each in news.items if each.id not in news.gone_items}
        people = {each.id: each for each in news.customers if each.id not in news.gone_customers}
        self._insert(connection, organization_id, company, (*items.values(), *people.values()))
        connection.execute(
            update(known_companies)
            .where(*_own(organization_id, company))
            .values(content=_text(news.company), looked_at=at)
        )

    def _insert(self, connection: Connection, organization_id: int, company: str, records: Iterable[Record]) -> None:
        rows = [
            {
                "organization_id": organization_id,
                "company": company,
                "kind": _kind(record),
                "ledger_id": record.id,
                "content": self._vault.seal(
                    adapter(type(record)).dump_json(record), _place(company, _kind(record), record.id)
                ),
            }
            for record in records
        ]
        if rows:
            connection.execute(insert(known_records), rows)

    def _delete(
        self, connection: Connection, organization_id: int, company: str, kind: str, ids: Collection[LedgerId]
    ) -> None:
        for some in in_chunks(ids):
            connection.execute(
                delete(known_records).where(
                    known_records.c.organization_id == organization_id,
                    known_records.c.company == company,
                    known_records.c.kind == kind,
                    known_records.c.ledger_id.in_(some),
                )
            )

    def _open(self, row: Row[tuple[object, ...]]) -> Record:
        content = self._vault.unseal(row.content, _place(row.company, row.kind, row.ledger_id))
        record: Record = adapter(ItemRecord if row.kind == ITEM else CustomerRecord).validate_json(content)
        return record


@cache
def shape() -> str:
    """A digest of what is kept and how: a release that keeps more, or reads it otherwise, reads everything anew."""
    schema = json.dumps(adapter(Lists).json_schema(), sort_keys=True)
    return hashlib.sha256(f"{__version__}:{schema}".encode()).hexdigest()


def _own(organization_id: int, company: str) -> tuple[ColumnElement[bool], ...]:
    return (known_companies.c.organization_id == organization_id, known_companies.c.company == company)


def _text(company: Company) -> str:
    return adapter(Company).dump_json(company).decode()


def _kind(record: Record) -> str:
    return ITEM if isinstance(record, ItemRecord) else CUSTOMER


def _place(company: str, kind: str, ledger_id: LedgerId) -> str:
    return f"known_records/{company}/{kind}/{ledger_id}"
