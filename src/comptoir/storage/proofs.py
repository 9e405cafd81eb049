"""What was proven of each order, kept until something of the order changes: a proof reckons anew only what did.

Whoever writes postings of an order, or decides it, puts it up for proof in the same transaction (`doubt`,
`doubt_postings`); a figure that is kept is therefore never older than what it was reckoned from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, null, select, union_all, update

from comptoir.books.documents import Wave
from comptoir.books.facts import SourceId
from comptoir.storage.database import Database, in_chunks, looked_at, upsert
from comptoir.storage.tables import postings, proven_figures, proven_orders

CHUNK = 100
"""Orders proven in one transaction."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, three times, in minor units of its currency; of which day, and by which name, where it has these."""

    currency: str
    what: str
    day: date | None
    name: str
    orders: int
    store: int
    journal: int
    ledger: int


@dataclass(frozen=True, slots=True)
class Proven:
    """What the proof of one order came to. `differences`: what differs, as text; "" where nothing does."""

    figures: tuple[Figure, ...]
    differences: str = ""


_KEEP = (
    update(proven_orders)
    .where(proven_orders.c.connection_id == bindparam("place"), proven_orders.c.order_source_id == bindparam("order"))
    .values(proven_under=bindparam("under"), differences=bindparam("different"))
)


class Proofs:
    """Every reading and writing of proven orders; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def doubt(self, connection: Connection, organization_id: int, connection_id: int, orders: Collection[str]) -> None:
        """Put these orders (source ids) up for proof."""
        rows = [
            {"organization_id": organization_id, "connection_id": connection_id, "order_source_id": order}
            for order in sorted(orders)
        ]
        if rows:
            connection.execute(_doubting(upsert(connection, proven_orders)), rows)

    def next_due(self, connection: Connection, connection_id: int, under: str) -> list[SourceId]:
        """Some of the orders (source ids) of which no proof made under `under` is kept.

        They stay as they are until the commit: who changes one waits, and puts it up again after it was kept.
        """
        mine, was = proven_orders.c.connection_id == connection_id, proven_orders.c.proven_under
        spans = (was.is_(None), was < under, was > under)  # of an index: by what it is not, every order is looked at
        some = union_all(*(select(proven_orders.c.order_source_id).where(mine, span) for span in spans)).limit(CHUNK)
        query = select(proven_orders.c.order_source_id).where(mine, proven_orders.c.order_source_id.in_(some))
        query = query.order_by(proven_orders.c.order_source_id).with_for_update()
        return [SourceId(order) for order in connection.scalars(query)]

    def keep(
        self,
        connection: Connection,
        organization_id: int,
        connection_id: int,
        proven: Mapping[SourceId, Proven],
        under: str,
    ) -> None:
        """Keep what was proven of these orders, by their source ids; `next_due` gave them in this transaction."""
        orders = [
            {"place": connection_id, "order": order, "under": under, "different": each.differences or None}
            for order, each in proven.items()
        ]
        if not orders:
            return
        connection.execute(_KEEP, orders)
        own = (proven_figures.c.connection_id == connection_id) & proven_figures.c.order_source_id.in_(proven)
        connection.execute(delete(proven_figures).where(own))
        mine = {"organization_id": organization_id, "connection_id": connection_id}
        figures = [
            {**mine, "order_source_id": order, **_values(figure)}
            for order, each in proven.items()
            for figure in each.figures
        ]
        if figures:
            connection.execute(insert(proven_figures), figures)

    def sums(self, connection_id: int) -> list[Figure]:
        """All figures of a connection that are kept, added up by currency, day and name."""
        by = (proven_figures.c.currency, proven_figures.c.what, proven_figures.c.day, proven_figures.c.name)
        added = [
            func.sum(proven_figures.c[name]) for name in ("orders", "store_minor", "journal_minor", "ledger_minor")
        ]
        query = select(*by, *added).where(proven_figures.c.connection_id == connection_id).group_by(*by)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Figure(currency, what, day, name, *map(int, sums)) for currency, what, day, name, *sums in rows]

    def differences(self, connection_id: int) -> list[str]:
        """What differs, order by order."""
        query = select(proven_orders.c.differences).where(
            proven_orders.c.connection_id == connection_id, proven_orders.c.differences.is_not(None)
        )
        query = query.order_by(looked_at(proven_orders.c.order_source_id))  # few are: sorted, not looked for in order
        with self._database.read() as connection:
            return [text for text in connection.scalars(query) if text]


def doubt_postings(connection: Connection, ids: Iterable[int]) -> None:
    """Put the orders of these postings (ids) up for proof; customers and items are no order's."""
    for chunk in in_chunks(list(ids)):
        orders: Select[Any] = (
            select(postings.c.organization_id, postings.c.connection_id, postings.c.order_source_id, null(), null())
            .where(postings.c.id.in_(chunk), postings.c.wave != Wave.LISTS.value)
            .distinct()
            .order_by(postings.c.order_source_id)  # as everybody locks them: nobody waits in a circle
        )
        names = ["organization_id", "connection_id", "order_source_id", "proven_under", "differences"]
        connection.execute(_doubting(upsert(connection, proven_orders).from_select(names, orders)))


def _doubting(statement: Any) -> Any:
    """The order is there, and nothing is proven of it."""
    keys = [proven_orders.c.connection_id, proven_orders.c.order_source_id]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={"proven_under": None}, where=proven_orders.c.proven_under.is_not(None)
    )


def _values(figure: Figure) -> dict[str, Any]:
    return {
        "currency": figure.currency,
        "what": figure.what,
        "day": figure.day,
        "name": figure.name,
        "orders": figure.orders,
        "store_minor": figure.store,
        "journal_minor": figure.journal,
        "ledger_minor": figure.ledger,
    }
