"""What people ask of their data, on whichever platform: to be told what is kept of them, or to be forgotten.

Forgetting removes the personal parts of what the store said, and of the documents and their history here. Keys,
numbers, dates and amounts stay: the books stay proven. What lies in the ledger is the books themselves, and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from comptoir.books.documents import Document
from comptoir.books.facts import SourceId
from comptoir.storage.codec import adapter
from comptoir.storage.drafts import forget_look
from comptoir.storage.fence import beside, posting_subject
from comptoir.storage.forgetting import documents_of, forget_documents, rows_of

if TYPE_CHECKING:
    from comptoir.engine.work import Books
    from comptoir.storage.connections import ConnectionRecord
    from comptoir.storage.privacy import PrivacyRequests

ORDERS_AT_ONCE = 100
"""Orders forgotten in one transaction."""


class PrivacyKind(StrEnum):
    """What is asked: to tell what is kept of a person, to forget them, or everybody of a store."""

    TELL = "tell"
    FORGET = "forget"
    FORGET_ALL = "forget_all"


@dataclass(frozen=True, slots=True)
class PrivacyAsk:
    """A request: the person as the platform names them, and their orders (source ids)."""

    kind: PrivacyKind
    orders: tuple[SourceId, ...] = ()
    person: Mapping[str, str] = field(default_factory=dict)


def carry_out(books: Books, requests: PrivacyRequests) -> int:
    """Forget whoever asked to be forgotten and is not yet; answers how many requests that were."""
    waiting = requests.waiting((PrivacyKind.FORGET.value, PrivacyKind.FORGET_ALL.value))
    for each in waiting:
        record = books.connections.get(each.connection_id)
        is_everybody = each.kind == PrivacyKind.FORGET_ALL.value
        records = forget_all(books, record) if is_everybody else forget(books, record, each.orders)
        with books.database.write() as connection:
            requests.done(connection, each.id, records)
    return len(waiting)


def forget(books: Books, record: ConnectionRecord, orders: Sequence[SourceId]) -> int:
    """Remove what is personal of these orders; answers of how many records of the store there was anything to remove.

    What of them has not left the house is decided anew, for the generic customer.
    """
    removed = 0
    for start in range(0, len(orders), ORDERS_AT_ONCE):
        some = orders[start : start + ORDERS_AT_ONCE]
        with _beside_the_run(books, record) as connection:
            texts = books.facts.personal_texts(connection, record.id, some)
            removed += books.facts.forget(connection, record.id, some)
            forget_documents(connection, books.journal, record.id, some, texts)
            books.batches.forget(connection, record.id, some)
            forget_look(connection, record.id)
            books.exchanges.forget(connection, record.id, some)
            books.runs.forget(connection, record.id, texts)
            books.proof_pages.forget(connection, record.id, texts)
    return removed


def _beside_the_run(books: Books, record: ConnectionRecord) -> AbstractContextManager[Connection]:
    """A run may be at work on the same orders: it decides them anew, and sends nothing that is not planned any more."""
    company = books.connections.company_of(record)
    if company is None:
        return books.database.write()
    return beside(books.database, posting_subject(company.identity), record.organization_id)


def forget_all(books: Books, record: ConnectionRecord) -> int:
    """Remove what is personal of every order of a store."""
    return forget(books, record, books.facts.every_id(record.id))


def collected(books: Books, record: ConnectionRecord, ask: PrivacyAsk) -> dict[str, Any]:
    """Everything that is kept of a person's orders.

    What the store said, the documents that were made of it, what happened to them, and what the ledger answered.
    """
    return {
        "store": record.title,
        "person": dict(ask.person),
        "orders": [each for order in ask.orders if (each := _collected(books, record, order))],
    }


def _collected(books: Books, record: ConnectionRecord, order: SourceId) -> dict[str, Any] | None:
    fact = books.facts.one(record.organization_id, record.id, order)
    if fact is None:
        return None
    documents = documents_of(books.journal, record.id, order)
    rows = rows_of(books.journal, record.id, order)
    exchanges = (books.exchanges.of(record.organization_id, row.id) for row in rows)
    return {
        "order": order,
        "number": fact.number,
        "placed_at": fact.placed_at.isoformat(),
        "what_the_store_said": fact.payload,
        "documents": [_plain(each) for each in documents],
        "history": [
            {"at": at.isoformat(), "document": row.number or row.key.kind.value, "state": state.value, "told": told}
            for row in rows
            for at, state, said in books.journal.history(row.id)
            if (told := " ".join(map(str, said)))
        ],
        "the_ledger_answered": [
            {"at": each.at.isoformat(), "answer": each.answer} for each in exchanges if each is not None
        ],
    }


def _plain(document: Document) -> dict[str, Any]:
    return {"document": type(document).__name__, **adapter(type(document)).dump_python(document, mode="json")}
