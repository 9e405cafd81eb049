"""Privacy: what people asked of their data, what was done about it; and forgetting by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from comptoir.books.problems import Message, Problem
from comptoir.engine.telling.shapes.common import moment
from comptoir.storage.database import LARGEST
from comptoir.storage.privacy import PrivacyRequest
from comptoir.web.acting import ProgramHand
from comptoir.web.api.parts import Body, api_router
from comptoir.web.api.trouble import ApiError
from comptoir.web.forgetting import answered, forget_everybody, forget_order, kept_of, question_of
from comptoir.web.guard import Key, OwningKey
from comptoir.web.scope import Number, known_store_of

router = api_router()
SHOWN = 200
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class PrivacyRequestShape:
    """What a person asked: `kind` is "tell", "forget" or "forget_all" (everybody of a store). No word of who it is.

    `records`: of how many records the personal part was removed, or told.
    """

    request: int
    connection: int
    kind: str
    received_at: str
    due_at: str
    done_at: str | None
    records: int


@dataclass(frozen=True, slots=True)
class PrivacyShape:
    """What people asked of their data, the latest first."""

    requests: list[PrivacyRequestShape]


@dataclass(frozen=True, slots=True)
class KeptOfPersonShape:
    """Everything that is kept of the person who asked."""

    request: int
    data: Any


class Forgetting(Body):
    """Whose person is to be forgotten: the store, and the number of an order of it."""

    connection: int = Field(ge=1, le=LARGEST)
    order: str = Field(min_length=1, max_length=LONGEST, examples=["1042"])


class ForgettingAll(Body):
    """The store of which everybody is to be forgotten; `confirmed` is its title, letter by letter."""

    connection: int = Field(ge=1, le=LARGEST)
    confirmed: str = Field(max_length=LONGEST, examples=["Quay Goods"])


@router.get("/privacy")
def privacy(key: OwningKey) -> PrivacyShape:
    """What people asked of their data, and what was done about it."""
    return _told(key)


@router.get("/privacy/{request_id}/data")
def data(key: OwningKey, request_id: Number) -> KeptOfPersonShape:
    """Everything that is kept of the person who asked to be told."""
    found = question_of(key, request_id)
    return KeptOfPersonShape(found.id, kept_of(key, found))


@router.post("/privacy/{request_id}/done")
def done(key: OwningKey, hand: ProgramHand, request_id: Number) -> PrivacyShape:
    """The person was told: who it was is forgotten here."""
    answered(hand, question_of(key, request_id))
    return _told(key)


@router.post("/privacy/forget")
def forget(key: OwningKey, hand: ProgramHand, wanted: Forgetting) -> PrivacyShape:
    """Forget the person of one order. Figures stay: the books stay proven."""
    if not forget_order(hand, known_store_of(key, wanted.connection), wanted.order):
        what = Message("No order of this number was read from the store.")
        raise _not_forgotten(Problem("order", what, Message("Look at the number and try again."), field="order"))
    return _told(key)


@router.post("/privacy/forget-all")
def forget_all(key: OwningKey, hand: ProgramHand, wanted: ForgettingAll) -> PrivacyShape:
    """Forget everybody of a store."""
    if not forget_everybody(hand, known_store_of(key, wanted.connection), wanted.confirmed):
        what = Message("This is not the store's name.")
        raise _not_forgotten(Problem("confirmed", what, Message("Send the title that it has here."), field="confirmed"))
    return _told(key)


def _not_forgotten(problem: Problem) -> ApiError:
    title = Message("Nobody was forgotten")
    return ApiError(422, "forget", title, Message("Mend what is listed; nothing was changed."), [problem])


def _told(key: Key) -> PrivacyShape:
    return PrivacyShape([_request(each) for each in key.app.privacy.of(key.app.organization_id, SHOWN)])


def _request(each: PrivacyRequest) -> PrivacyRequestShape:
    return PrivacyRequestShape(
        request=each.id,
        connection=each.connection_id,
        kind=each.kind,
        received_at=each.received_at.isoformat(),
        due_at=each.due_at.isoformat(),
        done_at=moment(each.done_at),
        records=each.records,
    )
