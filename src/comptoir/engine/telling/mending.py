"""What a store leaves to its user to mend: each cause with the forms that would, from the database alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from comptoir.books.company import Company
from comptoir.books.facts import Order, Untranslatable
from comptoir.books.problems import Problem
from comptoir.books.settings import Settings
from comptoir.engine.ports import Store
from comptoir.engine.setup.repairs import Repair, asks_for_items, repairs_of
from comptoir.engine.telling.held import HeldCause, Standing, standing
from comptoir.engine.telling.overview import stops_of
from comptoir.engine.work import Books, order_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.journal import JournalOwner
from comptoir.storage.runs import RunState

LOOKED_AT = 3
"""Orders of a cause from which the likely answer is read."""
ITEMS_OFFERED = 1000


@dataclass(frozen=True, slots=True)
class Mendable:
    """A cause with the forms that mend it: alternatives, none where the remedy lies elsewhere."""

    held: HeldCause
    repairs: tuple[Repair, ...]


@dataclass(frozen=True, slots=True)
class Mending:
    """One store, with its first causes. `stops` are the settings for which its last run ended before it posted."""

    record: ConnectionRecord
    standing: Standing
    causes: tuple[Mendable, ...]
    stops: tuple[Problem, ...]
    settings: tuple[Repair, ...]
    """One form for all the stops that a form can mend."""

    @property
    def forms(self) -> tuple[Repair, ...]:
        """Every form of the store."""
        return (*self.settings, *(one for each in self.causes for one in each.repairs))


def mending(
    books: Books, store: Store, record: ConnectionRecord, owner: JournalOwner, most: int | None = None
) -> Mending:
    """What this store leaves to its user; `most`: no more causes than so many, the largest amounts."""
    found = standing(books, owner)
    causes = found.causes[:most]
    stops = _stops(books, record)
    known = books.lists.company(record.organization_id, owner.company)
    if record.settings is None or known is None:
        return Mending(record, found, tuple(Mendable(each, ()) for each in causes), stops, ())
    look = _Look(books, store, record, record.settings, known.company)
    items = look.items() if asks_for_items(each.problem for each in causes) else ()
    return Mending(
        record=record,
        standing=found,
        causes=tuple(Mendable(each, look.repairs(each, items)) for each in causes),
        stops=stops,
        settings=tuple(one for each in stops for one in repairs_of(each, record.settings, known.company)),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """Where the answers of one store's forms come from."""

    books: Books
    store: Store
    record: ConnectionRecord
    settings: Settings
    company: Company

    def repairs(self, held: HeldCause, items: Sequence[str]) -> tuple[Repair, ...]:
        """The forms for a cause."""
        orders = self.orders(held) if held.problem.field == "taxes" else ()
        return repairs_of(held.problem, self.settings, self.company, orders=orders, items=items)

    def orders(self, held: HeldCause) -> list[Order]:
        """The first orders that a cause holds."""
        first = list(islice(held.orders, LOOKED_AT))
        with self.books.database.read() as connection:
            facts = self.books.facts.of_orders(connection, self.record.id, first)
        read = (order_of(self.store, fact) for fact in facts)
        return [order for order in read if not isinstance(order, Untranslatable)]

    def items(self) -> tuple[str, ...]:
        """What the company's active products are called, as last known."""
        return self.books.lists.item_names(self.record.organization_id, self.company.identity, ITEMS_OFFERED)


def _stops(books: Books, record: ConnectionRecord) -> tuple[Problem, ...]:
    """What ended the last run, where it was settings that do not fit the company."""
    last = books.runs.of_connection(record.id)
    if last is None or last.state is not RunState.FAILED:
        return ()
    return tuple(each for each in stops_of(last) if each.code == "settings")
