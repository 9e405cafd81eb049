"""What is held, by its cause; and every order of a cause at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import Field

from comptoir.books.problems import Message
from comptoir.engine.telling.held import held_by_cause, page_of, standing
from comptoir.engine.telling.shapes.causes import CauseShape, HeldPageShape, cause_shapes, held_page_shape
from comptoir.engine.telling.shapes.common import by_currency
from comptoir.engine.telling.shapes.documents import StraysShape, strays_shape
from comptoir.storage.database import LARGEST
from comptoir.storage.postings import State
from comptoir.web.acting import Act, ProgramHand, act_on_cause, go_on_all
from comptoir.web.api.parts import Reason, Saying, api_router
from comptoir.web.api.trouble import ApiError
from comptoir.web.guard import ReadingKey, WritingKey
from comptoir.web.scope import Number, store_of

router = api_router()


class OfCause(StrEnum):
    """What can be done with every order of a cause."""

    HOLD = Act.HOLD.value
    SKIP = Act.SKIP.value
    RETRY = Act.RETRY.value


class Caused(Reason):
    """A cause, as `problems` names it."""

    cause: str = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class ProblemsShape:
    """What a store leaves to its user: causes, the largest amount first, and documents that strayed.

    `changed` and `gone` are the first of them; `documents_strayed`: how many there are. Of all of them, a page at a
    time, the orders are told where orders are asked for that were changed.
    """

    held: list[CauseShape]
    records_held: int
    amounts: dict[str, str]
    changed: list[StraysShape]
    gone: list[StraysShape]
    documents_strayed: int


@dataclass(frozen=True, slots=True)
class DoneShape:
    """How many orders were held back, left out or let go on."""

    cause: str
    orders: int


@dataclass(frozen=True, slots=True)
class AllShape:
    """How many orders were let go on."""

    orders: int


@router.get("/connections/{connection_id}/problems")
def problems(key: ReadingKey, say: Saying, connection_id: Number) -> ProblemsShape:
    """What is held, by its cause, with what to do about it; and what somebody changed or deleted in the books."""
    found = standing(key.app.books, key.app.owner(store_of(key, connection_id)))
    return ProblemsShape(
        held=cause_shapes(found, say),
        records_held=found.held,
        amounts=by_currency(found.amounts),
        changed=[strays_shape(row) for row in found.strayed if row.state is State.CHANGED],
        gone=[strays_shape(row) for row in found.strayed if row.state is State.GONE],
        documents_strayed=found.straying,
    )


@router.get("/connections/{connection_id}/problems/records")
def records(
    key: ReadingKey,
    connection_id: Number,
    cause: Annotated[str, Query(max_length=1000)] = "",
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> HeldPageShape:
    """Everything that a cause holds, the oldest first, a page at a time."""
    found = page_of(key.app.books, key.app.owner(store_of(key, connection_id)), cause, after)
    if found is None:
        raise _no_such_cause()
    return held_page_shape(found)


@router.post("/connections/{connection_id}/problems/retry-all")
def everything(key: WritingKey, hand: ProgramHand, connection_id: Number) -> AllShape:
    """Let go on whatever is held, whatever holds it; what somebody holds back by hand stays."""
    record = store_of(key, connection_id)
    key.app.ledger_record(record)
    return AllShape(go_on_all(hand, record))


@router.post("/connections/{connection_id}/problems/{act}")
def all_of_a_cause(
    key: WritingKey, hand: ProgramHand, connection_id: Number, act: OfCause, wanted: Caused
) -> DoneShape:
    """Let every order that a cause holds go on (retry), hold them all back, or leave them all out (skip)."""
    record = store_of(key, connection_id)
    held = held_by_cause(key.app.books, key.app.owner(record), wanted.cause)
    if held is None:
        raise _no_such_cause()
    return DoneShape(held.cause, act_on_cause(hand, record, held, Act(act.value), wanted.reason))


def _no_such_cause() -> ApiError:
    return ApiError(
        404, "no-such-cause", Message("Nothing is held for this cause"), Message("Look at the problems again.")
    )
