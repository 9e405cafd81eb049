"""One order as its reader sees it: what the store says beside the documents of it, from the database alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from comptoir.books.choices import Choice
from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    DocumentLine,
    LedgerId,
    OrderDocument,
    Reference,
    RefundDocument,
    SaleDocument,
    references,
)
from comptoir.books.facts import Order, Untranslatable
from comptoir.books.money import Money
from comptoir.engine.by_hand.choosing import postings_of
from comptoir.engine.by_hand.fate import Fate, fate_of
from comptoir.engine.ports import Store
from comptoir.engine.telling.differences import Difference, order_differences
from comptoir.engine.telling.held import STRAYED
from comptoir.engine.work import Books, order_of
from comptoir.storage.facts import StoredFact
from comptoir.storage.journal import WITHDRAWN, JournalOwner
from comptoir.storage.postings import IN_BOOKS, Posting

VERSIONS_SHOWN = 6
"""The latest words of the store that are compared."""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a document with its product's name."""

    item: str
    line: DocumentLine


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A posting with what its document says; `customer` and `lines` are empty where it has none."""

    row: Posting
    number: str
    customer: str
    lines: tuple[LineView, ...]
    tax: Money | None

    @property
    def is_proven(self) -> bool:
        """Whether the store's figure, what was meant and the books are one."""
        row = self.row
        figures = {each for each in (row.store_total, row.meant, row.ledger_total) if each is not None}
        return row.state in IN_BOOKS and row.ledger_total is not None and len(figures) == 1


@dataclass(frozen=True, slots=True)
class Changed:
    """What the store changed between two of its words."""

    before: datetime
    after: datetime
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order: the store's side, the books' side, and the user's own word on it."""

    fact: StoredFact
    order: Order | Untranslatable
    documents: tuple[DocumentView, ...]
    fate: Fate
    choice: Choice | None
    changes: tuple[Changed, ...] = ()
    """What the store changed since it was first read, the latest change first."""

    @property
    def is_strayed(self) -> bool:
        """Whether somebody changed or deleted a document of it in the books."""
        return any(each.row.state in STRAYED for each in self.documents)


def order_view(books: Books, store: Store, owner: JournalOwner | None, fact: StoredFact) -> OrderView:
    """What is known of an order; nothing is asked of store or company. `owner` is None where no company is chosen."""
    rows = postings_of(books, owner, [fact.source_id]) if owner else []
    told = [row for row in rows if row.rule != WITHDRAWN]
    documents = {row.id: _document(books, row) for row in told}
    names = _names(books, owner.company, [each for each in documents.values() if each]) if owner else {}
    return OrderView(
        fact=fact,
        order=order_of(store, fact),
        documents=tuple(_view(row, documents[row.id], names) for row in told),
        fate=fate_of(rows),
        choice=books.choices.one(fact.connection_id, fact.source_id),
        changes=_changes(books, store, fact),
    )


def _changes(books: Books, store: Store, fact: StoredFact) -> tuple[Changed, ...]:
    """Each version that can be read beside the one before it, where they differ in what is shown."""
    versions = books.facts.versions(fact.connection_id, fact.source_id, VERSIONS_SHOWN)
    if len(versions) == 1:
        return ()
    told = [(order_of(store, each.fact), each.at) for each in versions]
    read = [(order, at) for order, at in told if isinstance(order, Order)]
    found = (Changed(before[1], after[1], order_differences(before[0], after[0])) for after, before in pairwise(read))
    return tuple(each for each in found if each.differences)


def _document(books: Books, row: Posting) -> OrderDocument | AmendmentDocument | None:
    if row.document_type is None:
        return None
    document = books.journal.document(row)
    return document if isinstance(document, OrderDocument | AmendmentDocument) else None


def _names(
    books: Books, company: str, documents: Sequence[OrderDocument | AmendmentDocument]
) -> Mapping[str, tuple[str, LedgerId | None]]:
    """What the customers and products of these documents are called, by the keys of their postings."""
    keys = {str(each.key) for document in documents for each in references(document) if isinstance(each, Awaited)}
    with books.database.read() as connection:
        rows = books.journal.by_keys(connection, company, sorted(keys))
    return {key: (row.number, row.ledger_id) for key, row in rows.items()}


def _view(
    row: Posting,
    document: OrderDocument | AmendmentDocument | None,
    names: Mapping[str, tuple[str, LedgerId | None]],
) -> DocumentView:
    form = document.sale if isinstance(document, AmendmentDocument) else document
    number = form.number if isinstance(form, SaleDocument | RefundDocument) else row.number
    if form is None or not isinstance(form, SaleDocument | RefundDocument):
        customer = _name(form.customer, names) if form is not None else ""
        return DocumentView(row, number, customer, (), None)
    lines = tuple(LineView(_name(line.item, names), line) for line in form.lines)
    return DocumentView(row, number or row.number, _name(form.customer, names), lines, form.tax)


def _name(reference: Reference, names: Mapping[str, tuple[str, LedgerId | None]]) -> str:
    """What a customer or product is called; its id where only the company could tell."""
    if isinstance(reference, Awaited):
        return names.get(str(reference.key), (reference.key.source_id, None))[0]
    return reference.name or reference.id
