"""Taking something out of the books again: an order, a run, a day or what was mapped wrongly; after a look at it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from comptoir.engine.by_hand.taking_out import Named, What, scope_of
from comptoir.engine.road import look_at_undo
from comptoir.engine.telling.shapes.documents import UndoingShape, undoing_shape
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import UNDO
from comptoir.web.acting import ProgramHand, take_out
from comptoir.web.api.parts import Body, Saying, StartedShape, api_router
from comptoir.web.guard import Key, ReadingKey, WritingKey
from comptoir.web.scope import Number, store_of

router = api_router()
LONGEST_NAME = 500
PLAIN = r"^[^\x00-\x1f]*$"
Name = Annotated[str, Query(max_length=LONGEST_NAME, pattern=PLAIN)]


class TakeOut(Body):
    """What is to leave the books. `repost`: and is then posted again at once, under the settings of now."""

    what: What
    name: str = Field(min_length=1, max_length=LONGEST_NAME, pattern=PLAIN)
    repost: bool = False


@router.get("/connections/{connection_id}/undo")
def look(key: ReadingKey, say: Saying, connection_id: Number, what: What = What.ORDER, name: Name = "") -> UndoingShape:
    """What an undo would take out of the books, and what would stay and why; nothing is changed.

    `name`: the number of an order or a run, a day as 2026-01-31, or a name as the store or the company writes it.
    """
    record = _store(key, connection_id)
    run = key.app.books.runs.of_connection(record.id)
    if run is None:
        return UndoingShape([], [])
    work = key.app.work(record, run)
    return undoing_shape(look_at_undo(work, scope_of(work, Named(what, name))), say)


@router.post("/connections/{connection_id}/undo", status_code=202)
def undo(key: WritingKey, hand: ProgramHand, connection_id: Number, body: TakeOut) -> StartedShape:
    """Take it out of the books, and post it again where that is asked for."""
    record = _store(key, connection_id)
    named = Named(body.what, body.name)
    return StartedShape(record.id, UNDO, take_out(hand, record, named, repost=body.repost))


def _store(key: Key, connection_id: int) -> ConnectionRecord:
    """A store with the company that it is kept in; NeedsMapping where it has none."""
    record = store_of(key, connection_id)
    key.app.ledger_record(record)
    return record
