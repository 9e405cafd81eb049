"""How a set-up begins: a look at the store, another store's settings, or a file; and how it is thrown away."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response

from comptoir.books.problems import Problem
from comptoir.books.settings import Language, OpeningSettings, Settings
from comptoir.engine.setup.draft import SettingsDraft, keep_draft
from comptoir.engine.setup.fitting import misfits, neighbours
from comptoir.engine.setup.look import look_for_setup
from comptoir.engine.setup.reading import Reading
from comptoir.engine.setup.settings_file import read_settings, write_settings
from comptoir.engine.setup.steps import FIRST, STEPS
from comptoir.storage.runs import LOOK
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk, NotFoundError, Reader, Writer
from comptoir.web.pages.setup.place import PREFIX, REVIEW, Place, is_busy, place_of, start_page
from comptoir.web.render import go, page
from comptoir.web.scope import Chosen, Number, store_of

router = APIRouter(prefix=PREFIX)
LARGEST_FILE = 200_000


@router.get("")
def begin(request: Request, desk: Reader, connection_id: Number) -> Response:
    """Where the person was; for a store that nobody set up, what to begin with."""
    place = place_of(desk, connection_id)
    if place.kept and place.looked and not is_busy(request, desk, place.record):
        return go(request, f"{place.path}/{place.kept.draft.step or FIRST}")
    return start_page(request, desk, place)


@router.post("/look")
def look(
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
    if place.company is not None and not is_busy(request, desk, place.record):
        body = partial(look_for_setup, language=Language(desk.person.user.language))
        hand.doing.start(desk.app, place.record, LOOK, body)
        hand.note("looked for the set-up", place.record.title)
    return start_page(request, desk, place_of(desk, connection_id))


@router.get("/looking")
def looking(request: Request, desk: Reader, connection_id: Number) -> Response:
    """How far the look, or the dry run, is; the page that comes of it once it has ended."""
    place = place_of(desk, connection_id)
    if not is_busy(request, desk, place.record):
        return go(request, place.path)
    progress = doing_of(request).progress(place.record.id)
    return page(request, "setup/looking.html", place=place, progress=progress)


@router.post("/copy")
def copy(request: Request, desk: Writer, hand: MemberHand, connection_id: Number, source: Chosen = 0) -> Response:
    """Begin with another store's settings; the start date and what accounts held then stay this store's own."""
    place = place_of(desk, connection_id)
    other = store_of(desk, source)
    if other.settings is None:
        raise NotFoundError
    mine = place.kept.draft.settings if place.kept else place.record.settings
    settings = replace(other.settings, opening=mine.opening if mine else OpeningSettings())
    settings = replace(settings, start_date=mine.start_date) if mine else settings
    return _begun_with(request, desk, hand, place, settings)


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
    return start_page(request, desk, place, _mistakes(desk, place, reading))


def _mistakes(desk: Desk, place: Place, reading: Reading) -> list[Problem]:
    """What is wrong with how a file is written, and with the rest of it, as far as the company is known."""
    if place.looked is None or place.company is None:
        return list(reading.problems)
    company = place.looked.company
    around = place.looked.around(neighbours(desk.app.books, place.record, place.company))
    return reading.mistakes(lambda settings: misfits(settings, company, around))


def _begun_with(request: Request, desk: Desk, hand: Hand, place: Place, settings: Settings) -> Response:
    """A draft of these settings; where the store was not looked at, that comes next."""
    draft = (
        replace(place.kept.draft, settings=settings) if place.kept else SettingsDraft(settings, place.record.settings)
    )
    keep_draft(desk.app.books.drafts, place.record, draft)
    hand.note("set-up filled in", place.record.title)
    if place.looked is not None:
        return go(request, f"{place.path}/{REVIEW}")
    return look(request, desk, hand, place.record.id)


@router.get("/file")
def file_(request: Request, desk: Reader, connection_id: Number) -> Response:
    """The draft as a file; without one, the settings in force."""
    place = place_of(desk, connection_id)
    settings = place.kept.draft.settings if place.kept else place.record.settings
    if settings is None:
        raise NotFoundError
    headers = {"content-disposition": 'attachment; filename="settings.toml"'}
    return PlainTextResponse(write_settings(settings), headers=headers)


@router.post("/discard")
def discard(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Throw the draft away; what is in force stays."""
    place = place_of(desk, connection_id)
    desk.app.books.drafts.drop(place.record)
    hand.note("set-up thrown away", place.record.title)
    return go(request, "/")
