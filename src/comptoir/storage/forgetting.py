"""Persons forgotten in the journal: what is personal leaves documents and histories, and the amounts stay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select, update

from comptoir.books.documents import Document, Kind
from comptoir.books.documents.forgetting import NOBODY, nameless, telling_words, without_person
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.storage.codec import said_from_text, said_to_text
from comptoir.storage.journal import WITHDRAWN, Journal
from comptoir.storage.postings import OPEN, Posting
from comptoir.storage.tables import events, postings

GENERIC = "generic:"
"""What the source id of the one customer for everybody begins with (`books.customers`)."""


def documents_of(journal: Journal, connection_id: int, order: SourceId) -> list[Document]:
    """Every document that was ever made of an order, with the customer that was made for it."""
    return [journal.document(row) for row in rows_of(journal, connection_id, order) if row.document_type is not None]


def rows_of(journal: Journal, connection_id: int, order: SourceId) -> list[Posting]:
    """The postings of an order, with the customer that was made for it."""
    mine = (postings.c.connection_id == connection_id) & (postings.c.order_source_id == order)
    with journal.database.read() as connection:
        return journal.select(connection, mine, postings.c.kind != Kind.ITEM.value)


def forget_documents(
    connection: Connection, journal: Journal, connection_id: int, orders: Collection[str], texts: Collection[str]
) -> None:
    """Remove what is personal of these orders from their documents and their history.

    `texts` are the personal texts themselves. The one customer that stands for everybody is nobody's.
    """
    mine = (postings.c.connection_id == connection_id) & postings.c.order_source_id.in_(orders)
    rows = [row for row in journal.select(connection, mine) if not row.key.source_id.startswith(GENERIC)]
    for row in rows:
        _forget(connection, journal, row)
    words = telling_words(texts)
    for event in connection.execute(select(events).where(events.c.posting_id.in_([row.id for row in rows]))):
        told = said_to_text(tuple(_nameless(each, words) for each in said_from_text(event.detail)))
        if told != event.detail:
            connection.execute(update(events).where(events.c.id == event.id).values(detail=told))


def _forget(connection: Connection, journal: Journal, row: Posting) -> None:
    """One row; a customer's row bears their name twice, and one who has not left the house yet never does."""
    if row.document_type is not None:
        journal.reseal(connection, row, without_person(journal.document(row)))
    if row.key.kind is not Kind.CUSTOMER:
        return
    connection.execute(update(postings).where(postings.c.id == row.id).values(number=NOBODY, order_number=NOBODY))
    if row.state in OPEN:
        journal.leave_out(connection, row, WITHDRAWN, Message("its person was forgotten"), problems=())


def _nameless(said: Message, words: Sequence[str]) -> Message:
    """The message without these personal words, which only its values can hold."""
    return replace(said, values={name: nameless(value, words) for name, value in said.values.items()})
