"""Hints: a platform says that something happened. Nothing of it is believed; it asks for a look a little earlier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from comptoir.books.documents import LedgerId
from comptoir.books.facts import SourceId
from comptoir.engine.work import Books
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.postings import State

SOON_SECONDS = 30
"""A store is looked at so long after a hint: what comes in the meantime is met by the same run."""
OWN_WORK = timedelta(minutes=10)
"""A change of a document told so near to our own work on its order is that work."""
LISTS = frozenset(
    {"Account", "Item", "Customer", "TaxCode", "Term", "Class", "Department", "PaymentMethod", "Preferences"}
)
"""What may hold a record back, and may have been mended."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A record of the ledger to which something happened; `at` (aware) where it is told."""

    type: str
    id: LedgerId
    at: datetime | None


def store_changed(books: Books, store: ConnectionRecord) -> bool:
    """Something is new in a store: its next run comes soon, where it runs by itself at all; whether it does."""
    return books.schedules.hint(store.id, SOON_SECONDS)


def company_changed(books: Books, company: ConnectionRecord, touched: Iterable[Touched]) -> list[ConnectionRecord]:
    """Records of a company changed: the stores that have something to look at run soon; answers them.

    That is where somebody changed a document of ours, or where something is held and a list changed. What our own
    posting stirs up is no news.
    """
    touched = list(touched)
    orders = {order for each in touched for order in _orders(books, company.identity, each)}
    lists = any(each.type in LISTS for each in touched)
    stores = [each for each in books.connections.connected(company.organization_id, STORE) if each.settings]
    found = []
    for store in stores:
        kept_in = books.connections.company_of(store)
        if kept_in is None or kept_in.id != company.id:
            continue
        own = [order for place, order in orders if place == store.id]
        if own:
            with books.database.write() as connection:
                books.facts.decide_again(connection, store.id, own)
        if own or (lists and books.figures.standing(store.id, {State.HELD})[State.HELD]):
            books.lists.look_soon(company.organization_id, company.identity)
            if store_changed(books, store):
                found.append(store)
    return found


def _orders(books: Books, company: str, touched: Touched) -> list[tuple[int, SourceId]]:
    around = (touched.at - OWN_WORK, touched.at + OWN_WORK) if touched.at is not None else None
    return books.journal.orders_of_record(company, touched.type, touched.id, around)
