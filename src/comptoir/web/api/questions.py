"""The questions of a set-up, a step at a time: read, answered, and an account made where an answer wants a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.answers import not_asked
from comptoir.engine.setup.filling import fill_in
from comptoir.engine.setup.making import question_of
from comptoir.engine.setup.steps import STEPS
from comptoir.engine.telling.shapes.setups import StepShape, step_shape
from comptoir.web.acting import ProgramHand
from comptoir.web.api.parts import Body, Saying, api_router
from comptoir.web.api.setup import HERE, NO_COMPANY, open_setup
from comptoir.web.api.trouble import ApiError
from comptoir.web.guard import NotFoundError, ReadingKey, WritingKey
from comptoir.web.scope import Number
from comptoir.web.setting_up import keep_answers, make_for

router = api_router()
LONGEST_NAME = 100
Slug = Annotated[str, Path(max_length=20)]


class Answers(Body):
    """Answers by their question: a text, or several where it takes several; a question that is left out stays as it is.

    "true" and "false" for yes and no, 2026-01-31 for a day, "" for nothing.
    """

    answers: dict[str, str | list[str]] = Field(
        examples=[{"orders.prefix": "WEB-", "orders.statuses": ["paid", "partially_paid"]}]
    )


class Making(Body):
    """What is made in the company for the answer of a question, under which name.

    `agencies`: to whom each rate of a tax code is owed, one of those that are offered for it, in their order.
    """

    question: str = Field(max_length=500, examples=["items.income_account"])
    name: str = Field(
        min_length=1, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$", examples=["Web sales"]
    )
    agencies: list[str] = Field(default_factory=list)


def _step(slug: str) -> str:
    if slug not in STEPS:
        raise NotFoundError
    return slug


@router.get(HERE + "/steps/{step}")
def ask(key: ReadingKey, say: Saying, connection_id: Number, step: Slug) -> StepShape:
    """A step's questions, each with what is offered, what we would choose, its answer, and what is wrong with that."""
    _, setup = open_setup(key, connection_id)
    return step_shape(setup, _step(step), say)


@router.put(HERE + "/steps/{step}")
def answer(
    key: WritingKey, hand: ProgramHand, say: Saying, connection_id: Number, step: Slug, given: Answers
) -> StepShape:
    """Answer questions of a step. Answers that can be read are kept, also where they do not fit yet: `fits` tells.

    Where one cannot be read, all of them are named and none is kept.
    """
    place, setup = open_setup(key, connection_id)
    texts = {name: [each] if isinstance(each, str) else each for name, each in given.answers.items()}
    problems = not_asked(STEPS[_step(step)](setup).questions, texts)
    found = fill_in(setup, step, texts)
    if found.draft is None or problems:
        unread = found.problems.values() if found.draft is None else ()
        raise _unreadable([*problems, *(each for those in unread for each in those)])
    keep_answers(hand, place, found.draft, step)
    _, setup = open_setup(key, connection_id)
    return step_shape(setup, step, say)


def _unreadable(problems: list[Problem]) -> ApiError:
    title = Message("The answers cannot be read")
    return ApiError(422, "answers", title, Message("Mend what is listed; nothing was changed."), problems)


@router.post(HERE + "/steps/{step}/make")
def make(
    key: WritingKey, hand: ProgramHand, say: Saying, connection_id: Number, step: Slug, wanted: Making
) -> StepShape:
    """Make the account or the tax code that a question offers to make, in the company, and answer with it.

    One of that name that is there already is taken.
    """
    place, setup = open_setup(key, connection_id)
    if place.company is None:
        raise NO_COMPANY
    question = question_of(STEPS[_step(step)](setup), wanted.question)
    if question is None or make_for(hand, place, setup, step, question, wanted.name.strip(), wanted.agencies) is None:
        raise _not_offered(wanted)
    _, setup = open_setup(key, connection_id)
    return step_shape(setup, step, say)


def _not_offered(wanted: Making) -> ApiError:
    problem = Problem(
        "making",
        Message("Nothing like this can be made for the question {question}.", {"question": wanted.question}),
        Message("Look at new_account and new_tax_code of the step's questions: one agency is named for each rate."),
        where=wanted.question,
        field=wanted.question,
    )
    return ApiError(
        422, "not-offered", Message("Nothing was made"), Message("Mend what is listed; nothing was changed."), [problem]
    )
