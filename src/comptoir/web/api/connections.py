"""Connections that are there: whether they let us in, where a store is kept, and their end."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from comptoir.engine.telling.shapes.common import said
from comptoir.engine.telling.shapes.connections import StoreShape, store_shape
from comptoir.engine.telling.shapes.standings import StandingShape, standing_shape
from comptoir.storage.database import LARGEST
from comptoir.web.acting import ProgramHand
from comptoir.web.api.parts import Body, Saying, api_router
from comptoir.web.api.stores import overview_of
from comptoir.web.connecting import choose_company, end, living_of
from comptoir.web.guard import OwningKey, ReadingKey, WritingKey
from comptoir.web.scope import Number, connection_of, store_of

router = api_router()


@dataclass(frozen=True, slots=True)
class DisconnectedShape:
    """A connection that was ended. `left_to_do`: what somebody has left to do at the platform, if anything."""

    connection: int
    title: str
    left_to_do: str | None


class Keeping(Body):
    """The company that keeps the store's books from now on."""

    company: int = Field(ge=1, le=LARGEST)


@router.get("/connections/{connection_id}/test")
def tested(key: ReadingKey, say: Saying, connection_id: Number) -> StandingShape:
    """What the latest test of a store or a company found; also of one that was disconnected."""
    return standing_shape(connection_of(key, connection_id), say)


@router.post("/connections/{connection_id}/test")
def test(key: WritingKey, say: Saying, connection_id: Number) -> StandingShape:
    """Ask the platform now whether it lets us in."""
    record = living_of(key, connection_id)
    key.app.look_at(record)
    return standing_shape(key.app.books.connections.get(record.id), say)


@router.put("/connections/{connection_id}/company")
def company(key: OwningKey, hand: ProgramHand, say: Saying, connection_id: Number, wanted: Keeping) -> StoreShape:
    """Choose the company that keeps a store's books. After a change, the store is to be switched on again."""
    choose_company(hand, store_of(key, connection_id), wanted.company)
    return store_shape(overview_of(key, connection_id), say)


@router.delete("/connections/{connection_id}")
def disconnect(key: OwningKey, hand: ProgramHand, say: Saying, connection_id: Number) -> DisconnectedShape:
    """End a connection: nothing runs by itself any more, and what lets us in is deleted. What was posted stays."""
    record = living_of(key, connection_id)
    return DisconnectedShape(record.id, record.title, said(end(hand, record), say))
