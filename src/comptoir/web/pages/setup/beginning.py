"""How a set-up begins: a look at the store, another store's settings, or a file; and how it is thrown away."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response

from comptoir.books.settings import Language, Settings
from comptoir.engine.setup.draft import keep_draft
from comptoir.engine.setup.settings_file import read_settings, write_settings
from comptoir.engine.setup.steps import FIRST, STEPS
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk, NotFoundError, Reader, Writer
from comptoir.web.pages.setup.place import PREFIX, start_page
from comptoir.web.render import go, page
from comptoir.web.scope import Chosen, Number, store_of
from comptoir.web.setting_up import (
    REVIEW,
    Place,
    begin_with,
    copied_from,
    discard,
    is_busy,
    look,
    mistakes_of,
    place_of,
)

router = APIRouter(prefix=PREFIX)
LARGEST_FILE = 200_000


@router.get("")
def begin(request: Request, desk: Reader, connection_id: Number) -> Response:
    """Where the person was; for a store that nobody set up, what to begin with."""
    place = place_of(desk, connection_id)
    if place.kept and place.looked and not is_busy(doing_of(request), desk, place.record):
        return go(request, f"{place.path}/{place.kept.draft.step or FIRST}")
    return start_page(request, desk, place)


@router.post("/look")
def begin_look(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    step: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Read the last days' orders and the company's lists; nothing is posted. Afterwards it goes on at `step`."""
    place = place_of(desk, connection_id)
    if place.kept is not None and step in {*STEPS, REVIEW}:
        keep_draft(desk.app.books.drafts, place.record, replace(place.kept.draft, step=step))
    return _look(request, desk, hand, place)


def _look(request: Request, desk: Desk, hand: Hand, place: Place) -> Response:
    look(hand, place, Language(desk.person.user.language))
    return start_page(request, desk, place_of(desk, place.record.id))


@router.get("/looking")
def looking(request: Request, desk: Reader, connection_id: Number) -> Response:
    """How far the look, or the dry run, is; the page that comes of it once it has ended."""
    place = place_of(desk, connection_id)
    if not is_busy(doing_of(request), desk, place.record):
        return go(request, place.path)
    progress = doing_of(request).progress(place.record.id)
    return page(request, "setup/looking.html", place=place, progress=progress)


@router.post("/copy")
def copy(request: Request, desk: Writer, hand: MemberHand, connection_id: Number, source: Chosen = 0) -> Response:
    """Begin with another store's settings; the start date and what accounts held then stay this store's own.

    So do numbers: a prefix that a store of the same company has is not taken over.
    """
    place = place_of(desk, connection_id)
    other = store_of(desk, source)
    if other.settings is None:
        raise NotFoundError
    return _begun_with(request, desk, hand, place, copied_from(desk, place, other.settings))


@router.post("/import")
def import_(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    file: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form(max_length=LARGEST_FILE)] = "",
) -> Response:
    """Begin with the settings of a file."""
    place = place_of(desk, connection_id)
    content = file.file.read(LARGEST_FILE).decode("utf-8", "replace") if file and file.filename else text
    reading = read_settings(content)
    if reading.settings is not None:
        return _begun_with(request, desk, hand, place, reading.settings)
    return start_page(request, desk, place, mistakes_of(desk, place, reading))


def _begun_with(request: Request, desk: Desk, hand: Hand, place: Place, settings: Settings) -> Response:
    """A draft of these settings; where the store was not looked at, that comes next."""
    begin_with(hand, place, settings)
    if place.looked is not None:
        return go(request, f"{place.path}/{REVIEW}")
    return _look(request, desk, hand, place)


@router.get("/file")
def file_(desk: Reader, connection_id: Number) -> Response:
    """The draft as a file; without one, the settings in force."""
    settings = place_of(desk, connection_id).settings
    if settings is None:
        raise NotFoundError
    headers = {"content-disposition": 'attachment; filename="settings.toml"'}
    return PlainTextResponse(write_settings(settings), headers=headers)


@router.post("/discard")
def throw_away(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Throw the draft away; what is in force stays."""
    discard(hand, place_of(desk, connection_id))
    return go(request, "/")
