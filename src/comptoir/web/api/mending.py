"""How a cause is mended: the forms with what the company has to answer them with, the answers, a tax code made."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.setup.asks import setting_of
from comptoir.engine.telling.shapes.repairs import RepairsShape, repairs_shape
from comptoir.storage.connections import ConnectionRecord
from comptoir.web.acting import ProgramHand
from comptoir.web.api.causes import AllShape
from comptoir.web.api.parts import Body, Saying, api_router
from comptoir.web.api.trouble import ApiError, settings_error
from comptoir.web.guard import Key, ReadingKey, WritingKey
from comptoir.web.mending import Answers, make_code, mend, mending_of, with_answers
from comptoir.web.scope import Number, store_of

router = api_router()
HERE = "/connections/{connection_id}/problems"
FEW, MOST = 30, 1000
LONGEST = 500
PLAIN = r"^[^\x00-\x1f]*$"
Cause = Annotated[str, Field(max_length=1000)]
Name = Annotated[str, Field(max_length=LONGEST, pattern=PLAIN)]
Setting = Annotated[list[Name], Field(min_length=1, max_length=8)]


class Answer(Body):
    """The value of a setting."""

    setting: Setting = Field(examples=[["taxes", "codes", "GST"]])
    value: Name


class Mend(Body):
    """The cause that is mended, as `problems` names it; and the answers of one of its forms.

    `cause` is "" for the settings that stop the runs.
    """

    cause: Cause
    answers: list[Answer] = Field(min_length=1, max_length=100)


class NewTaxCode(Body):
    """The tax code that a form offers to make: for which setting, under which name, owed to which agency each rate."""

    cause: Cause
    setting: Setting
    name: Name = Field(min_length=1)
    agencies: list[Name] = Field(min_length=1)


@router.get(HERE + "/repairs")
def repairs(
    key: ReadingKey, say: Saying, connection_id: Number, limit: Annotated[int, Query(ge=1, le=MOST)] = FEW
) -> RepairsShape:
    """The forms that mend what a store leaves to its user, with what the company has to answer them with."""
    record, _ = _set_up(key, connection_id)
    return repairs_shape(mending_of(key, record, limit), say)


@router.post(HERE + "/mend")
def answer(key: WritingKey, hand: ProgramHand, connection_id: Number, wanted: Mend) -> AllShape:
    """Put the answers in force where they fit the company, let go on what the cause held, and begin a run."""
    record, settings = _set_up(key, connection_id)
    strange = [each.setting for each in wanted.answers if setting_of(tuple(each.setting)) is None]
    if strange:
        raise settings_error([_no_setting(each) for each in strange])
    answers = {tuple(each.setting): each.value.strip() for each in wanted.answers}
    return _mended(hand, record, settings, wanted.cause, answers)


@router.post(HERE + "/tax-code")
def answer_with_new_code(key: WritingKey, hand: ProgramHand, connection_id: Number, wanted: NewTaxCode) -> AllShape:
    """Make the tax code that a form offers for a tax, in the company, and answer with it."""
    record, settings = _set_up(key, connection_id)
    path, company = tuple(wanted.setting), key.app.ledger_record(record)
    made = make_code(hand, record, company, wanted.cause, path, wanted.name, wanted.agencies)
    if made is None:
        raise _not_offered(wanted)
    return _mended(hand, record, settings, wanted.cause, {path: made.name})


def _set_up(key: Key, connection_id: int) -> tuple[ConnectionRecord, Settings]:
    """A store with the settings that its causes are mended in; ApiError before it has any, or without a company."""
    record = store_of(key, connection_id)
    key.app.ledger_record(record)
    if record.settings is None:
        words = Message("Set the store up first.")
        raise ApiError(409, "no-settings", Message("The store has no settings yet"), words)
    return record, record.settings


def _mended(hand: ProgramHand, record: ConnectionRecord, settings: Settings, cause: str, answers: Answers) -> AllShape:
    return AllShape(mend(hand, record, with_answers(settings, answers), cause, answers))


def _no_setting(path: list[str]) -> Problem:
    name = ".".join(path)
    what = Message('No form asks for a setting "{name}".', {"name": name})
    return Problem("setting-unknown", what, Message("Look at what the repairs ask for and set."), name, name)


def _not_offered(wanted: NewTaxCode) -> ApiError:
    name = ".".join(wanted.setting)
    what = Message('No tax code like this can be made for "{name}".', {"name": name})
    remedy = Message("Look at new_tax_code of what the repairs ask for: one agency is named for each rate.")
    title, detail = Message("Nothing was made"), Message("Mend what is listed; nothing was changed.")
    return ApiError(422, "not-offered", title, detail, [Problem("making", what, remedy, name, name)])
