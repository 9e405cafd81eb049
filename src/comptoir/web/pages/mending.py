"""Mending a cause: the answer goes into the settings, what it held is put up again, and a run begins; in one press."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.errors import HouseError
from comptoir.engine.setup.asks import Ask, Path, ask, path_named, setting_of
from comptoir.engine.setup.repairs import Repair
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.guard import Desk, NotFoundError, Writer
from comptoir.web.mending import make_code, mend, mending_of, with_answers
from comptoir.web.pages.orders import order_path
from comptoir.web.render import go, page
from comptoir.web.scope import Number, company_of, store_of

router = APIRouter(prefix="/to-fix")
CAUSE = "cause"
CAUSES_SHOWN = 30
"""Causes of a store that are shown at first, and so many more each time that more are asked for."""
LONGEST_VALUE = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the answers of a form were not taken: the store's card shows it again with what was given.

    `more` are settings that do not fit either, though the form did not ask for them.
    """

    connection_id: int
    cause: str
    given: Mapping[Path, str]
    words: Message | None = None
    mistakes: tuple[Problem, ...] = ()
    more: tuple[Ask, ...] = ()
    is_stray: bool = False
    """Whether the form is on the page no more: what it held went on meanwhile."""

    def of(self, path: Path) -> list[Problem]:
        """What is wrong with one answer."""
        return [each for each in self.mistakes if (each.field or each.where) == ".".join(path)]

    def concerns(self, repair: Repair) -> bool:
        """Whether the answers are those of this form; a cause may have several."""
        return bool({*repair.sets, *(each.path for each in repair.asks)} & self.given.keys())

    @property
    def others(self) -> list[Problem]:
        """What is wrong and stands beside no question."""
        paths = () if self.is_stray else (*self.given, *(each.path for each in self.more))
        asked = {".".join(path) for path in paths}
        return [each for each in self.mistakes if (each.field or each.where) not in asked]


async def given_form(request: Request) -> FormData:
    """What was filled in; its fields are named by the settings that were asked for."""
    return await request.form()


def field_name(path: Path) -> str:
    """What the field of a setting is called in a form."""
    return json.dumps(path, ensure_ascii=False)


def show_to_fix(request: Request, desk: Desk, trouble: Trouble | None = None, shown: int | None = None) -> Response:
    """The causes of every store, the largest amount first, with the forms that mend them; `shown`: so many a store."""
    stores = desk.app.books.connections.connected(desk.app.organization_id, STORE)
    found = [mending_of(desk, record, shown) for record in stores if desk.app.books.connections.company_of(record)]
    if trouble is not None:
        theirs = next(each for each in found if each.record.id == trouble.connection_id)
        trouble = replace(trouble, is_stray=not any(map(trouble.concerns, theirs.forms)))
    return page(
        request,
        "to_fix.html",
        400 if trouble else 200,
        found=found,
        order_path=order_path,
        field_name=field_name,
        wrong=trouble,
        more_shown=(shown or 0) + CAUSES_SHOWN,
    )


@router.post("/{connection_id}/settings")
def answer(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    form: Annotated[FormData, Depends(given_form)],
) -> Response:
    """Put the answers in force where they fit the company, and let go on what waited for them."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    if record.settings is None:
        raise NotFoundError
    answers = Trouble(record.id, str(form.get(CAUSE, "")), _answers(form))
    return _mended(request, desk, hand, record, record.settings, answers)


@router.post("/{connection_id}/tax-code")
def answer_with_new_code(
    request: Request,
    desk: Writer,
    hand: MemberHand,
    connection_id: Number,
    cause: Annotated[str, Form(max_length=LONGEST_VALUE)],
    setting: Annotated[str, Form(max_length=LONGEST_VALUE)],
    name: Annotated[str, Form(max_length=LONGEST_VALUE)],
    agency: Annotated[list[str], Form()],
) -> Response:
    """Make the tax code that a form offers for a tax, in the company, and answer with it."""
    record = store_of(desk, connection_id)
    company = company_of(desk, record)
    path = _path(setting)
    if record.settings is None:
        raise NotFoundError
    try:
        made = make_code(hand, record, company, cause, path, name, agency)
    except HouseError as error:
        return show_to_fix(request, desk, Trouble(record.id, cause, {path: ""}, error.message))
    if made is None:
        raise NotFoundError
    return _mended(request, desk, hand, record, record.settings, Trouble(record.id, cause, {path: made.name}))


def _mended(
    request: Request, desk: Desk, hand: Hand, record: ConnectionRecord, settings: Settings, answers: Trouble
) -> Response:
    """Put the answers in force, and let go on what they held; or show what is wrong with them, all at once."""
    try:
        made = with_answers(settings, answers.given)
    except SettingsProblemsError as error:
        return show_to_fix(request, desk, replace(answers, mistakes=tuple(error.problems)))
    try:
        mend(hand, record, made, answers.cause, answers.given)
    except SettingsProblemsError as error:
        more = _more(desk, record, made, error, answers.given)
        return show_to_fix(request, desk, replace(answers, mistakes=tuple(error.problems), more=more))
    except HouseError as error:
        return show_to_fix(request, desk, replace(answers, words=error.message))
    return go(request, "/")


def _answers(form: FormData) -> dict[Path, str]:
    """The settings that a form names, with their answers; NotFoundError where it names none or another one."""
    found: dict[Path, str] = {}
    for name, value in form.multi_items():
        if name.startswith("[") and isinstance(value, str):
            found[_path(name)] = value.strip()[:LONGEST_VALUE]
    if not found:
        raise NotFoundError
    return found


def _path(name: str) -> Path:
    try:
        parts = json.loads(name)
    except ValueError:
        raise NotFoundError from None
    path = tuple(parts) if all(isinstance(each, str) for each in parts) else ()
    if setting_of(path) is None:
        raise NotFoundError
    return path


def _more(
    desk: Desk, record: ConnectionRecord, settings: Settings, error: SettingsProblemsError, given: Mapping[Path, str]
) -> tuple[Ask, ...]:
    """Questions for the settings that do not fit and that the form did not ask for."""
    known = desk.app.books.lists.company(record.organization_id, desk.app.owner(record).company)
    paths = [path for each in error.problems if (path := path_named(each.where)) is not None and path not in given]
    return tuple(ask(path, settings, known.company) for path in dict.fromkeys(paths)) if known else ()
