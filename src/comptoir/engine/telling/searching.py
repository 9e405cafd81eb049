"""Which orders are looked for: what a person typed and chose, as what storage looks up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from comptoir.books.problems import Message
from comptoir.engine.telling.held import STRAYED
from comptoir.engine.work import Books
from comptoir.storage.orders import OrderPage, Orders, Wanted
from comptoir.storage.postings import IN_BOOKS, ON_THE_WAY, State

LONGEST_SEARCH = 100
"""Characters; whatever is typed beyond them is not looked for."""


class Filter(StrEnum):
    """Which orders are looked at, as an address says it."""

    EVERY = ""
    HELD = "held"
    CHANGED = "changed"
    ON_THE_WAY = "on-the-way"
    POSTED = "posted"
    LEFT_OUT = "left-out"
    TAKEN_OUT = "taken-out"


UNSETTLED = ON_THE_WAY | {State.HELD}
FILTERS: Mapping[Filter, tuple[Message, Wanted]] = {
    Filter.EVERY: (Message("Every order"), Wanted()),
    Filter.HELD: (Message("Needs you"), Wanted(with_any=frozenset({State.HELD}))),
    Filter.CHANGED: (Message("Changed in the books"), Wanted(with_any=STRAYED)),
    Filter.ON_THE_WAY: (
        Message("On its way"),
        Wanted(with_any=ON_THE_WAY, without=frozenset({State.HELD})),
    ),
    Filter.POSTED: (Message("In the books"), Wanted(with_any=IN_BOOKS, without=UNSETTLED)),
    Filter.LEFT_OUT: (
        Message("Left out"),
        Wanted(with_any=frozenset({State.SKIPPED}), without=frozenset(State) - {State.SKIPPED}),
    ),
    Filter.TAKEN_OUT: (
        Message("Taken out"),
        Wanted(with_any=frozenset({State.UNDONE, State.VOIDED, State.GONE}), without=UNSETTLED | IN_BOOKS),
    ),
}


def search(books: Books, organization_id: int, words: str, which: Filter = Filter.EVERY, after: str = "") -> OrderPage:
    """A page of the orders that fit, the latest first; `after` is where it begins, "" for the beginning."""
    rooms = Orders(books.database)
    tidy = words.replace("\x00", "").strip()[:LONGEST_SEARCH]
    return rooms.page(organization_id, _wanted(books, rooms, organization_id, tidy, FILTERS[which][1]), after)


def _wanted(books: Books, rooms: Orders, organization_id: int, words: str, base: Wanted) -> Wanted:
    """What was typed, as a number, an amount or a part of a customer's name: whatever it may be."""
    number = words.lstrip("#").strip()
    is_name = bool(re.search(r"[^\W\d]{2}", words))
    plain = re.sub(r"[^\d.,-]", "", words).replace(",", ".")
    amount = Decimal(plain) if not is_name and re.fullmatch(r"-?\d{1,12}(\.\d{1,3})?", plain) else None
    customers: frozenset[str] = frozenset()
    if is_name:
        customers = rooms.customers(organization_id, words) | books.lists.customers_named(organization_id, words)
    return Wanted(number, amount, customers, base.with_any, base.without)
