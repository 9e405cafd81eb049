"""After the questions: every choice on one page, the last days in dry run, the terms of use, and on (C5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError
from comptoir.engine.service.schedule import accepted_terms
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.filling import by_step, mistakes, shown, worth_knowing
from comptoir.engine.setup.look import LOOK_DAYS
from comptoir.engine.setup.steps import step_mending, steps_of
from comptoir.engine.setup.terms import TERMS
from comptoir.engine.setup.trial import digest_of, kept_trial
from comptoir.engine.work import SettingsProblemsError
from comptoir.web.acting import MemberHand
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk, NotFoundError, Reader, Writer
from comptoir.web.pages.setup.place import BAD_REQUEST, PREFIX, around, start_page
from comptoir.web.render import go, page
from comptoir.web.scope import Number
from comptoir.web.setting_up import (
    ON,
    PREVIEW,
    REVIEW,
    Place,
    finish,
    is_busy,
    place_of,
    setup_of,
    stops_now,
    try_out,
)

router = APIRouter(prefix=PREFIX)


@router.get("/review")
def review(request: Request, desk: Reader, connection_id: Number) -> Response:
    """Every choice on one page, and what does not fit the company, each at its step."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if setup is None:
        return start_page(request, desk, place)
    return _review(request, place, setup, mistakes(setup))


def _review(
    request: Request, place: Place, setup: Setup, problems: Sequence[Problem], trouble: Message | None = None
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
        **around(setup, REVIEW),
    )


@router.get("/preview")
def preview(request: Request, desk: Reader, connection_id: Number) -> Response:
    """The last days in dry run, with the totals that would come of them."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if setup is None or place.kept is None:
        return start_page(request, desk, place)
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
        busy=is_busy(doing_of(request), desk, place.record),
        progress=doing_of(request).progress(place.record.id),
        stops=stops_now(desk, place.record),
        days=LOOK_DAYS,
        **around(setup, PREVIEW),
    )


@router.post("/preview")
def try_(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Begin the dry run; nothing is posted."""
    place = place_of(desk, connection_id)
    if place.kept is None:
        raise NotFoundError
    try_out(hand, place, place.kept.draft)
    return go(request, f"{place.path}/{PREVIEW}")


@router.get("/on")
def on(request: Request, desk: Reader, connection_id: Number) -> Response:
    """The terms of use, and the switch."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if setup is None:
        return start_page(request, desk, place)
    return _on(request, desk, place, setup)


def _on(request: Request, desk: Desk, place: Place, setup: Setup, trouble: Message | None = None) -> Response:
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
        **around(setup, ON),
    )


@router.post("/on")
def put_on(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    accept: Annotated[str, Form(max_length=10)] = "",
    how: Annotated[str, Form(max_length=10)] = "on",
) -> Response:
    """Put the draft in force, and switch the store on unless only that was asked for."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if setup is None or place.company is None:
        raise NotFoundError
    terms = accepted_terms(desk.app.books.schedules.get(place.record.id))
    if how == "on" and terms is None and not accept:
        return _on(request, desk, place, setup, Message("Read the terms of use and accept them first."))
    try:
        finish(hand, place, setup.draft, terms, on=how == "on")
    except SettingsProblemsError as error:
        return _review(request, place, setup, error.problems, Message("These settings do not fit the company yet."))
    except HouseError as error:
        return _on(request, desk, place, setup, error.message)
    return go(request, "/")
