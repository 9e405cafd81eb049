"""What the user decided of single orders; kept until it is taken back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from comptoir.books.choices import Choice, ChoiceKind, Deed
from comptoir.books.facts import SourceId
from comptoir.storage.codec import adapter
from comptoir.storage.database import Database
from comptoir.storage.tables import choices

DEED = "\x1f"
"""Begins what is no words of the user's own: nobody types it (`by_hand.choosing` takes it for a space)."""


class Choices:
    """Every reading and writing of choices; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(
        self, connection: Connection, organization_id: int, connection_id: int, order: str, choice: Choice
    ) -> None:
        """Keep the choice of an order (its source id), in the place of an earlier one."""
        self.take_back(connection, connection_id, [order])
        connection.execute(
            insert(choices).values(
                organization_id=organization_id,
                connection_id=connection_id,
                order_source_id=order,
                choice=choice.kind.value,
                reason=_kept(choice),
                made_at=choice.made_at,
            )
        )

    def take_back(self, connection: Connection, connection_id: int, orders: Collection[str]) -> int:
        """Forget the choices of orders (their source ids); answers how many there were."""
        own = (choices.c.connection_id == connection_id) & choices.c.order_source_id.in_(orders)
        return connection.execute(delete(choices).where(own)).rowcount

    def one(self, connection_id: int, order: str) -> Choice | None:
        """The choice of an order (its source id); None where the user made none."""
        query = select(choices).where(choices.c.connection_id == connection_id, choices.c.order_source_id == order)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return _choice(row) if row is not None else None

    def all(self, connection_id: int) -> dict[SourceId, Choice]:
        """The choices of a store connection, by the order's source id."""
        query = select(choices).where(choices.c.connection_id == connection_id)
        with self._database.read() as connection:
            return {SourceId(row.order_source_id): _choice(row) for row in connection.execute(query)}


def _choice(row: Row[Any]) -> Choice:
    deed = _deed(row.reason)
    return Choice(ChoiceKind(row.choice), "" if deed else row.reason, row.made_at, deed)


def _kept(choice: Choice) -> str:
    """The reason as it is kept: the user's own words, or their deed as JSON."""
    return choice.reason if choice.deed is None else DEED + adapter(Deed).dump_json(choice.deed).decode()


def _deed(text: str) -> Deed | None:
    """The deed that was kept as a reason; None for somebody's own words."""
    if not text.startswith(DEED):
        return None
    found: Deed = adapter(Deed).validate_json(text.removeprefix(DEED))
    return found
