"""The set-up of a store: a look at it, step by step to its settings, a dry run, and switched on (C5, Y1 to Y6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Language, Settings
from comptoir.engine.errors import HouseError
from comptoir.engine.service.schedule import accept_terms, accepted_terms, switch_on
from comptoir.engine.setup.draft import Kept, Looked, SettingsDraft, Setup, keep_draft, kept_draft
from comptoir.engine.setup.filling import by_step, fill_in, mistakes, next_step, shown, worth_knowing
from comptoir.engine.setup.look import LOOK_DAYS, look_for_setup
from comptoir.engine.setup.making import chosen, question_of, with_account
from comptoir.engine.setup.questions import Step
from comptoir.engine.setup.settings_file import read_settings, write_settings
from comptoir.engine.setup.steps import FIRST, STEPS, step_mending, steps_of
from comptoir.engine.setup.terms import TERMS
from comptoir.engine.setup.trial import digest_of, kept_trial, try_draft
from comptoir.engine.telling.overview import stops_of
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.runs import LOOK, TRY_OUT, RunState
from comptoir.web.access.accounts import Accounts
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk, NotFoundError, Reader, Rooms, Writer
from comptoir.web.pages.home import BY_HAND
from comptoir.web.render import go, page
from comptoir.web.scope import store_of

router = APIRouter(prefix="/stores/{connection_id}/setup")
BAD_REQUEST = 400
REVIEW, PREVIEW, ON = "review", "preview", "on"
AFTER = (REVIEW, PREVIEW, ON)
"""The pages after the questions."""
LARGEST_FILE = 200_000


async def filled(request: Request) -> Mapping[str, Sequence[str]]:
    """What a form holds: its fields are the questions', whatever these are."""
    form = await request.form()
    return {name: [each for each in form.getlist(name) if isinstance(each, str)] for name in form}


Filled = Annotated[Mapping[str, Sequence[str]], Depends(filled)]


@dataclass(frozen=True, slots=True)
class _Place:
    """A store's set-up as it stands."""

    record: ConnectionRecord
    company: ConnectionRecord | None
    kept: Kept | None

    @property
    def path(self) -> str:
        return f"/stores/{self.record.id}/setup"

    @property
    def looked(self) -> Looked | None:
        return self.kept.looked if self.kept else None


def _place(desk: Desk, connection_id: int) -> _Place:
    record = store_of(desk, connection_id)
    books = desk.app.books
    company = books.connections.company_of(record)
    is_there = company is not None and company.disconnected_at is None
    return _Place(record, company if is_there else None, kept_draft(books.drafts, record))


def _setup(desk: Desk, place: _Place) -> Setup | None:
    """What the questions are made of; None where the store must be looked at first."""
    if place.kept is None or place.looked is None:
        return None
    others = [each for each in desk.app.books.connections.all(desk.app.organization_id, STORE) if each.settings]
    return Setup(
        draft=place.kept.draft,
        looked=place.looked,
        in_force=place.record.settings,
        statuses=desk.app.order_statuses(place.record),
        prefixes=tuple(each.settings.orders.prefix for each in others if each.settings and each.id != place.record.id),
    )


# The beginning


@router.get("")
def begin(request: Request, desk: Reader, connection_id: int) -> Response:
    """Where the person was; for a store that nobody set up, what to begin with."""
    place = _place(desk, connection_id)
    if place.kept and place.looked and not _is_busy(request, desk, place.record):
        return go(request, f"{place.path}/{place.kept.draft.step or FIRST}")
    return _start_page(request, desk, place)


def _start_page(request: Request, desk: Desk, place: _Place, problems: Sequence[Problem] = ()) -> Response:
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    return page(
        request,
        "setup/start.html",
        BAD_REQUEST if problems else 200,
        place=place,
        busy=_is_busy(request, desk, place.record),
        progress=doing_of(request).progress(place.record.id),
        stops=_stops(desk, place.record),
        others=[each for each in stores if each.settings and each.id != place.record.id],
        problems=problems,
        days=LOOK_DAYS,
    )


def _is_busy(request: Request, desk: Desk, record: ConnectionRecord) -> bool:
    """Whether a run of this store is at work, here or elsewhere."""
    return doing_of(request).progress(record.id) is not None or desk.app.books.runs.running(record.id) is not None


def _stops(desk: Desk, record: ConnectionRecord) -> Sequence[Problem]:
    """What ended the last look, or dry run, before its end."""
    last = desk.app.books.runs.of_connection(record.id)
    is_ours = last is not None and last.trigger in {LOOK, TRY_OUT} and last.state is RunState.FAILED
    return stops_of(last) if is_ours else ()


@router.post("/look")
def look(
    request: Request,
    desk: Writer,
    rooms: Rooms,
    connection_id: int,
    step: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Read the last days' orders and the company's lists; nothing is posted. Afterwards it goes on at `step`."""
    place = _place(desk, connection_id)
    if place.kept is not None and step in {*STEPS, REVIEW}:
        keep_draft(desk.app.books.drafts, place.record, replace(place.kept.draft, step=step))
    if place.company is not None and not _is_busy(request, desk, place.record):
        body = partial(look_for_setup, language=Language(desk.person.user.language))
        doing_of(request).start(desk.app, place.record, LOOK, body)
        rooms.record("looked for the set-up", desk.person.actor, desk.app.organization_id, place.record.title)
    return _start_page(request, desk, _place(desk, connection_id))


@router.get("/looking")
def looking(request: Request, desk: Reader, connection_id: int) -> Response:
    """How far the look, or the dry run, is; the page that comes of it once it has ended."""
    place = _place(desk, connection_id)
    if not _is_busy(request, desk, place.record):
        return go(request, place.path)
    progress = doing_of(request).progress(place.record.id)
    return page(request, "setup/looking.html", place=place, progress=progress)


@router.post("/copy")
def copy(
    request: Request, desk: Writer, rooms: Rooms, connection_id: int, source: Annotated[int, Form()] = 0
) -> Response:
    """Begin with another store's settings; the start date stays this store's own."""
    place = _place(desk, connection_id)
    other = store_of(desk, source)
    if other.settings is None:
        raise NotFoundError
    mine = place.kept.draft.settings if place.kept else place.record.settings
    settings = replace(other.settings, start_date=mine.start_date) if mine else other.settings
    return _begun_with(request, desk, rooms, place, settings)


@router.post("/import")
def import_(
    request: Request,
    desk: Writer,
    rooms: Rooms,
    connection_id: int,
    file: Annotated[UploadFile | None, File()] = None,
    text: Annotated[str, Form(max_length=LARGEST_FILE)] = "",
) -> Response:
    """Begin with the settings of a file."""
    place = _place(desk, connection_id)
    content = file.file.read(LARGEST_FILE).decode("utf-8", "replace") if file and file.filename else text
    settings = read_settings(content)
    if isinstance(settings, Settings):
        return _begun_with(request, desk, rooms, place, settings)
    return _start_page(request, desk, place, settings)


def _begun_with(request: Request, desk: Desk, rooms: Accounts, place: _Place, settings: Settings) -> Response:
    """A draft of these settings; where the store was not looked at, that comes next."""
    draft = (
        replace(place.kept.draft, settings=settings) if place.kept else SettingsDraft(settings, place.record.settings)
    )
    keep_draft(desk.app.books.drafts, place.record, draft)
    rooms.record("set-up filled in", desk.person.actor, desk.app.organization_id, place.record.title)
    if place.looked is not None:
        return go(request, f"{place.path}/{REVIEW}")
    return look(request, desk, rooms, place.record.id)


@router.get("/file")
def file_(request: Request, desk: Reader, connection_id: int) -> Response:
    """The draft as a file; without one, the settings in force."""
    place = _place(desk, connection_id)
    settings = place.kept.draft.settings if place.kept else place.record.settings
    if settings is None:
        raise NotFoundError
    headers = {"content-disposition": 'attachment; filename="settings.toml"'}
    return PlainTextResponse(write_settings(settings), headers=headers)


@router.post("/discard")
def discard(request: Request, desk: Writer, rooms: Rooms, connection_id: int) -> Response:
    """Throw the draft away; what is in force stays."""
    place = _place(desk, connection_id)
    desk.app.books.drafts.drop(place.record)
    rooms.record("set-up thrown away", desk.person.actor, desk.app.organization_id, place.record.title)
    return go(request, "/")


def _around(setup: Setup, here: str) -> dict[str, Any]:
    """What stands around every page of the set-up: its steps, and which of them need somebody."""
    return {"steps": steps_of(setup), "marks": by_step(setup, mistakes(setup)), "here": here}


# After the questions


@router.get("/review")
def review(request: Request, desk: Reader, connection_id: int) -> Response:
    """Every choice on one page, and what does not fit the company, each at its step."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if setup is None:
        return _start_page(request, desk, place)
    return _review(request, place, setup, mistakes(setup))


def _review(
    request: Request, place: _Place, setup: Setup, problems: Sequence[Problem], trouble: Message | None = None
) -> Response:
    steps = steps_of(setup)
    return page(
        request,
        "setup/review.html",
        BAD_REQUEST if trouble else 200,
        place=place,
        setup=setup,
        rows={step.slug: [shown(setup, each) for each in step.asked] for step in steps},
        problems=by_step(setup, problems),
        advice=by_step(setup, worth_knowing(setup)),
        refusal=trouble,
        days=LOOK_DAYS,
        **_around(setup, REVIEW),
    )


@router.get("/preview")
def preview(request: Request, desk: Reader, connection_id: int) -> Response:
    """The last days in dry run, with the totals that would come of them."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if setup is None or place.kept is None:
        return _start_page(request, desk, place)
    trial = kept_trial(place.kept.trial)
    steps = steps_of(setup)
    return page(
        request,
        "setup/preview.html",
        place=place,
        setup=setup,
        trial=trial,
        held=[(each, step_mending(steps, each.problem)) for each in trial.held] if trial else [],
        is_stale=trial is not None and trial.under != digest_of(setup.settings),
        busy=_is_busy(request, desk, place.record),
        progress=doing_of(request).progress(place.record.id),
        stops=_stops(desk, place.record),
        days=LOOK_DAYS,
        **_around(setup, PREVIEW),
    )


@router.post("/preview")
def try_(request: Request, desk: Writer, rooms: Rooms, connection_id: int) -> Response:
    """Begin the dry run; nothing is posted."""
    place = _place(desk, connection_id)
    if place.kept is None:
        raise NotFoundError
    draft = replace(place.kept.draft, step=PREVIEW)
    keep_draft(desk.app.books.drafts, place.record, draft)
    if not _is_busy(request, desk, place.record):
        doing_of(request).start(desk.app, place.record, TRY_OUT, partial(try_draft, settings=draft.settings))
        rooms.record("set-up tried out", desk.person.actor, desk.app.organization_id, place.record.title)
    return go(request, f"{place.path}/{PREVIEW}")


@router.get("/on")
def on(request: Request, desk: Reader, connection_id: int) -> Response:
    """The terms of use, and the switch."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if setup is None:
        return _start_page(request, desk, place)
    return _on(request, desk, place, setup)


def _on(request: Request, desk: Desk, place: _Place, setup: Setup, trouble: Message | None = None) -> Response:
    schedule = desk.app.books.schedules.get(place.record.id)
    return page(
        request,
        "setup/on.html",
        BAD_REQUEST if trouble else 200,
        place=place,
        setup=setup,
        terms=TERMS,
        accepted=accepted_terms(schedule),
        schedule=schedule,
        refusal=trouble,
        **_around(setup, ON),
    )


@router.post("/on")
def put_on(
    request: Request,
    desk: Writer,
    rooms: Rooms,
    connection_id: int,
    accept: Annotated[str, Form(max_length=10)] = "",
    how: Annotated[str, Form(max_length=10)] = "on",
) -> Response:
    """Put the draft in force, and switch the store on unless only that was asked for."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if setup is None or place.company is None:
        raise NotFoundError
    terms = accepted_terms(desk.app.books.schedules.get(place.record.id))
    if how == "on" and terms is None and not accept:
        return _on(request, desk, place, setup, Message("Read the terms of use and accept them first."))
    try:
        desk.app.put_in_force(place.record, setup.settings)
    except SettingsProblemsError as error:
        return _review(request, place, setup, error.problems, Message("These settings do not fit the company yet."))
    except HouseError as error:
        return _on(request, desk, place, setup, error.message)
    rooms.record("settings in force", desk.person.actor, desk.app.organization_id, place.record.title)
    if how == "on":
        draft = setup.draft
        terms = terms or accept_terms(desk.person.user.email)
        switch_on(desk.app.books.schedules, place.record, minutes=draft.every_minutes, at=draft.at_minute, terms=terms)
        rooms.record("switched on", desk.person.actor, desk.app.organization_id, place.record.title)
        doing_of(request).ask(desk.app, desk.app.books.connections.get(place.record.id), BY_HAND)
    desk.app.books.drafts.drop(place.record)
    return go(request, "/")


# The questions


@router.get("/{step}")
def ask(request: Request, desk: Reader, connection_id: int, step: str) -> Response:
    """One step."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if step not in STEPS:
        raise NotFoundError
    if setup is None:
        return _start_page(request, desk, place)
    was_done = step in setup.draft.done
    problems = by_step(setup, mistakes(setup)).get(step, {}) if was_done else {}
    return _step_page(request, place, setup, STEPS[step](setup), problems=problems)


def _step_page(
    request: Request,
    place: _Place,
    setup: Setup,
    step: Step,
    *,
    given: Mapping[str, Sequence[str]] | None = None,
    problems: Mapping[str, Sequence[Problem]],
    status: int = 200,
) -> Response:
    rows = [shown(setup, each, given) for each in step.asked]
    return page(
        request,
        "setup/step.html",
        status,
        place=place,
        setup=setup,
        step=step,
        rows=[each for each in rows if not each.question.is_more],
        more=[each for each in rows if each.question.is_more],
        problems=problems,
        following=next_step(step.slug, AFTER),
        **_around(setup, step.slug),
    )


@router.post("/{step}")
def answer(request: Request, desk: Writer, rooms: Rooms, form: Filled, connection_id: int, step: str) -> Response:
    """Keep the answers of a step, and go on; where something is wrong with them, say it there."""
    place = _place(desk, connection_id)
    setup = _setup(desk, place)
    if step not in STEPS or setup is None:
        raise NotFoundError
    found = fill_in(setup, step, form)
    if found.draft is not None:
        _keep(desk, rooms, place, found.draft, step)
        setup = replace(setup, draft=found.draft)
    wanted = form.get("make", [""])[-1]
    if wanted and found.draft is not None:
        return _make(request, desk, rooms, place, setup, step, wanted, form)
    if found.problems:
        made = STEPS[step](setup)
        return _step_page(request, place, setup, made, given=form, problems=found.problems, status=BAD_REQUEST)
    to_review = form.get("go", [""])[-1] == REVIEW
    return go(request, f"{place.path}/{REVIEW if to_review else next_step(step, AFTER)}")


def _make(
    request: Request,
    desk: Desk,
    rooms: Accounts,
    place: _Place,
    setup: Setup,
    step: str,
    key: str,
    form: Mapping[str, Sequence[str]],
) -> Response:
    """Make an account for the answer of a question, and choose it; the step is shown again."""
    question = question_of(STEPS[step](setup), key)
    name = form.get(f"name:{key}", [""])[-1].strip()
    if question is None or question.new_account is None or place.company is None or not name:
        raise NotFoundError
    try:
        account = desk.app.ledger(place.company).make_account(name, question.new_account.type)
    except HouseError as error:
        remedy = Message("Nothing was made. Try again, or choose an account that is there.")
        problems = {key: [Problem("account", error.message, remedy, where=key, field=key, cause=key)]}
        made = STEPS[step](setup)
        return _step_page(request, place, setup, made, given=form, problems=problems, status=BAD_REQUEST)
    looked = with_account(setup.looked, account)
    setup = replace(setup, looked=looked)
    again = question_of(STEPS[step](setup), key)
    draft = replace(chosen(setup, again or question, account), step=step)
    keep_draft(desk.app.books.drafts, place.record, draft, looked)
    rooms.record("account made", desk.person.actor, desk.app.organization_id, account.name)
    return go(request, f"{place.path}/{step}")


def _keep(desk: Desk, rooms: Accounts, place: _Place, draft: SettingsDraft, step: str) -> None:
    following = replace(draft, step=next_step(step, AFTER))
    keep_draft(desk.app.books.drafts, place.record, following)
    rooms.record("set-up saved", desk.person.actor, desk.app.organization_id, place.record.title, step=step)
