"""The questions of a set-up, a step a page: asked, answered, and an account made where an answer wants a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.filling import by_step, fill_in, mistakes, next_step, shown
from comptoir.engine.setup.making import question_of
from comptoir.engine.setup.questions import Step
from comptoir.engine.setup.steps import STEPS
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.guard import NotFoundError, Reader, Writer
from comptoir.web.pages.setup.place import BAD_REQUEST, PREFIX, around, start_page
from comptoir.web.render import go, page
from comptoir.web.scope import Number
from comptoir.web.setting_up import AFTER, REVIEW, Place, keep_answers, make_for, place_of, setup_of

router = APIRouter(prefix=PREFIX)


async def filled(request: Request) -> Mapping[str, Sequence[str]]:
    """What a form holds: its fields are the questions', whatever these are."""
    form = await request.form()
    return {name: [each for each in form.getlist(name) if isinstance(each, str)] for name in form}


Filled = Annotated[Mapping[str, Sequence[str]], Depends(filled)]


@router.get("/{step}")
def ask(request: Request, desk: Reader, connection_id: Number, step: str) -> Response:
    """One step."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if step not in STEPS:
        raise NotFoundError
    if setup is None:
        return start_page(request, desk, place)
    was_done = step in setup.draft.done
    problems = by_step(setup, mistakes(setup)).get(step, {}) if was_done else {}
    return _step_page(request, place, setup, STEPS[step](setup), problems=problems)


def _step_page(
    request: Request,
    place: Place,
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
        **around(setup, step.slug),
    )


@router.post("/{step}")
def answer(
    request: Request, desk: Writer, hand: MemberHand, form: Filled, connection_id: Number, step: str
) -> Response:
    """Keep the answers of a step, and go on; where something is wrong with them, say it there."""
    place = place_of(desk, connection_id)
    setup = setup_of(desk, place)
    if step not in STEPS or setup is None:
        raise NotFoundError
    found = fill_in(setup, step, form)
    if found.draft is not None:
        keep_answers(hand, place, found.draft, step)
        setup = replace(setup, draft=found.draft)
    wanted = form.get("make", [""])[-1]
    if wanted and found.draft is not None:
        return _make(request, hand, place, setup, step, wanted, form)
    if found.problems:
        made = STEPS[step](setup)
        return _step_page(request, place, setup, made, given=form, problems=found.problems, status=BAD_REQUEST)
    to_review = form.get("go", [""])[-1] == REVIEW
    return go(request, f"{place.path}/{REVIEW if to_review else next_step(step, AFTER)}")


def _make(
    request: Request,
    hand: Hand,
    place: Place,
    setup: Setup,
    step: str,
    key: str,
    form: Mapping[str, Sequence[str]],
) -> Response:
    """Make an account or a tax code for the answer of a question, and choose it; the step is shown again."""
    question = question_of(STEPS[step](setup), key)
    name = form.get(f"name:{key}", [""])[-1].strip()
    if question is None:
        raise NotFoundError
    try:
        found = make_for(hand, place, setup, step, question, name, form.get(f"agency:{key}", []))
    except HouseError as error:
        remedy = Message("Nothing was made. Try again, or choose one that is there.")
        problems = {key: [Problem("making", error.message, remedy, where=key, field=key, cause=key)]}
        made = STEPS[step](setup)
        return _step_page(request, place, setup, made, given=form, problems=problems, status=BAD_REQUEST)
    if found is None:
        raise NotFoundError
    return go(request, f"{place.path}/{step}")
