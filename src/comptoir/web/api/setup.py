"""A store's set-up: where it stands, the look that it begins with, its draft of settings taken out and put in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from pydantic import Field

from comptoir.books.problems import Message
from comptoir.books.settings import Language
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.settings_file import plain, write_settings
from comptoir.engine.telling.shapes.common import ProblemShape, Say, problem_shapes
from comptoir.engine.telling.shapes.setups import FoundShape, StepSummaryShape, found_shape, step_summaries
from comptoir.storage.database import LARGEST
from comptoir.storage.runs import LOOK
from comptoir.web.acting import ProgramHand
from comptoir.web.api.parts import Body, ProgressShape, Saying, StartedShape, api_router, progress_shape
from comptoir.web.api.settings import BODIES, IN_FORCE, PROPOSED, TOML, Given, SettingsShape
from comptoir.web.api.trouble import ApiError, language_asked, settings_error
from comptoir.web.doing import Doing, TheDoing
from comptoir.web.guard import Key, NotFoundError, ReadingKey, WritingKey
from comptoir.web.scope import Number, store_of
from comptoir.web.setting_up import (
    Place,
    begin_with,
    copied_from,
    discard,
    is_busy,
    look,
    mistakes_of,
    place_of,
    setup_of,
    stops_now,
)

router = api_router()
HERE = "/connections/{connection_id}/setup"
NO_COMPANY = ApiError(
    409,
    "no-company",
    Message("The store has no company yet"),
    Message("Connect the company that keeps its books, and choose it for the store."),
)
NOT_LOOKED = ApiError(
    409,
    "not-looked",
    Message("The store was not looked at yet"),
    Message("Begin the set-up with a look at the store and the company, and wait until it has ended."),
)


class Next(StrEnum):
    """What a set-up waits for."""

    COMPANY = "company"
    """The store is kept in no company yet."""
    LOOK = "look"
    WAIT = "wait"
    """A run of the store is at work."""
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class SetupShape:
    """Where a store's set-up stands. `next`: what it waits for: "company", "look", "wait" (for a run), or "answers".

    `step`: where its questions were left. `stops`: what ended the last look, or dry run, before its end. `found`: what
    the last look found. `copies`: stores whose settings may be copied.
    """

    connection: int
    company: int | None
    next: str
    progress: ProgressShape | None
    step: str | None
    steps: list[StepSummaryShape]
    has_draft: bool
    has_settings: bool
    stops: list[ProblemShape]
    found: FoundShape | None
    copies: list[int]


class Copying(Body):
    """The store whose settings are copied; the start date and opening balances stay the store's own."""

    source: int = Field(ge=1, le=LARGEST)


@router.get(HERE)
def setup(key: ReadingKey, say: Saying, doing: TheDoing, connection_id: Number) -> SetupShape:
    """Where the set-up of a store stands. Nothing of it is in force before it is switched on."""
    return setup_shape(key, say, doing, place_of(key, connection_id))


def setup_shape(key: Key, say: Say, doing: Doing, place: Place) -> SetupShape:
    """A set-up as it stands."""
    made = setup_of(key, place)
    stores = key.app.stores()
    return SetupShape(
        connection=place.record.id,
        company=place.company.id if place.company else None,
        next=_next(key, doing, place).value,
        progress=progress_shape(doing, place.record.id),
        step=(place.kept.draft.step or None) if place.kept else None,
        steps=step_summaries(made, say) if made is not None else [],
        has_draft=place.kept is not None,
        has_settings=place.record.settings is not None,
        stops=problem_shapes(stops_now(key, place.record), say),
        found=found_shape(place.looked) if place.looked is not None else None,
        copies=[each.id for each in stores if each.settings and each.id != place.record.id],
    )


def _next(key: Key, doing: Doing, place: Place) -> Next:
    if place.company is None:
        return Next.COMPANY
    if is_busy(doing, key, place.record):
        return Next.WAIT
    return Next.ANSWERS if place.looked is not None else Next.LOOK


def open_setup(key: Key, connection_id: int) -> tuple[Place, Setup]:
    """A set-up whose store was looked at; ApiError before that."""
    place = place_of(key, connection_id)
    made = setup_of(key, place)
    if made is None:
        raise NOT_LOOKED
    return place, made


@router.post(HERE + "/look", status_code=202)
def begin_look(request: Request, key: WritingKey, hand: ProgramHand, connection_id: Number) -> StartedShape:
    """Read the orders of the last 30 days and the company's lists; nothing is posted.

    A first look proposes an answer to every question, with items named in the language of Accept-Language.
    """
    place = place_of(key, connection_id)
    if place.company is None:
        raise NO_COMPANY
    return StartedShape(place.record.id, LOOK, look(hand, place, Language(language_asked(request))))


@router.post(HERE + "/copy")
def copy(
    key: WritingKey, hand: ProgramHand, say: Saying, doing: TheDoing, connection_id: Number, wanted: Copying
) -> SetupShape:
    """Draft another store's settings for this one."""
    place = place_of(key, connection_id)
    other = store_of(key, wanted.source)
    if other.settings is None:
        raise NotFoundError
    begin_with(hand, place, copied_from(key, place, other.settings))
    return setup_shape(key, say, doing, place_of(key, connection_id))


@router.get(
    HERE + "/settings",
    response_model=SettingsShape,
    responses={200: {"content": {TOML: {"schema": {"type": "string"}}}}},
)
def export(request: Request, key: ReadingKey, connection_id: Number) -> SettingsShape | Response:
    """The draft as settings; without one, those in force. `Accept: application/toml` gives a file."""
    place = place_of(key, connection_id)
    if place.settings is None:
        raise NOT_LOOKED
    if request.headers.get("accept", "").startswith(TOML):
        return PlainTextResponse(write_settings(place.settings), media_type=TOML)
    return SettingsShape(PROPOSED if place.kept else IN_FORCE, plain(place.settings))


@router.put(HERE + "/settings", openapi_extra=BODIES)
def put(
    key: WritingKey, hand: ProgramHand, say: Saying, doing: TheDoing, connection_id: Number, reading: Given
) -> SetupShape:
    """Draft these settings. What can be read is kept, also where it does not fit yet: the review tells."""
    place = place_of(key, connection_id)
    if reading.settings is None:
        raise settings_error(mistakes_of(key, place, reading))
    begin_with(hand, place, reading.settings)
    return setup_shape(key, say, doing, place_of(key, connection_id))


@router.delete(HERE)
def throw_away(key: WritingKey, hand: ProgramHand, say: Saying, doing: TheDoing, connection_id: Number) -> SetupShape:
    """Throw the draft away; what is in force stays."""
    discard(hand, place_of(key, connection_id))
    return setup_shape(key, say, doing, place_of(key, connection_id))
