"""A store's settings: taken out, checked, put in force; as JSON or as the file's own TOML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import PlainTextResponse, Response

from comptoir.books.problems import Message
from comptoir.books.settings import Settings
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.reading import Reading, reading_of
from comptoir.engine.setup.settings_file import plain, read_settings, write_settings
from comptoir.engine.telling.shapes.common import ProblemShape, problem_shapes
from comptoir.web.acting import ProgramHand, put_in_force
from comptoir.web.api.parts import Saying, api_router, is_text
from comptoir.web.api.trouble import BAD_BODY, ApiError
from comptoir.web.guard import Key, ReadingKey, WritingKey
from comptoir.web.scope import Number, store_of

router = api_router()
TOML = "application/toml"
IN_FORCE, PROPOSED = "in force", "proposed"
BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            TOML: {"schema": {"type": "string"}},
        },
    }
}


@dataclass(frozen=True, slots=True)
class SettingsShape:
    """A store's settings. `state`: "in force", or "proposed" where none are yet."""

    state: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CheckedShape:
    """The settings fit the company; `advice` is what is no mistake and worth knowing."""

    fits: bool
    advice: list[ProblemShape]


async def given_settings(request: Request) -> Reading:
    """What the body says, JSON or TOML, with everything that is wrong with how it is written."""
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", TOML}:
        raise ApiError(
            415,
            "settings-form",
            Message("The settings have no known form"),
            Message("Send them as application/json or as application/toml."),
        )
    return _read(body, is_json=kind != TOML)


def _read(body: bytes, *, is_json: bool) -> Reading:
    try:
        text = body.decode()
        if not is_json:
            return read_settings(text)
        values = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BAD_BODY from error
    if not isinstance(values, dict) or not is_text(values):
        raise BAD_BODY
    return reading_of(values)


Given = Annotated[Reading, Depends(given_settings)]


@router.get(
    "/connections/{connection_id}/settings",
    response_model=SettingsShape,
    responses={200: {"content": {TOML: {"schema": {"type": "string"}}}}},
)
def export(request: Request, key: ReadingKey, connection_id: Number) -> SettingsShape | Response:
    """The settings in force, else a proposal, for which the company is asked.

    `Accept: application/toml` gives the file that `comptoir settings export` writes.
    """
    settings, state = _of(key, connection_id)
    if request.headers.get("accept", "").startswith(TOML):
        return PlainTextResponse(write_settings(settings), media_type=TOML)
    return SettingsShape(state, plain(settings))


def _of(key: Key, connection_id: int) -> tuple[Settings, str]:
    app, record = key.app, store_of(key, connection_id)
    if record.settings is not None:
        return record.settings, IN_FORCE
    company = app.ledger(app.ledger_record(record)).read_company()
    return propose_settings(app.store(record).describe(), company, datetime.now(UTC).date()), PROPOSED


@router.post("/connections/{connection_id}/settings/check", openapi_extra=BODIES)
def check(key: ReadingKey, say: Saying, connection_id: Number, reading: Given) -> CheckedShape:
    """Find every mistake in the settings at once; the company is asked, nothing is changed."""
    fitting = key.app.check_settings(store_of(key, connection_id), reading)
    return CheckedShape(True, problem_shapes(fitting.advice, say))


@router.put("/connections/{connection_id}/settings", openapi_extra=BODIES)
def put(key: WritingKey, hand: ProgramHand, say: Saying, connection_id: Number, reading: Given) -> CheckedShape:
    """Put the settings in force, if every one of them fits the company."""
    fitting = put_in_force(hand, store_of(key, connection_id), reading)
    return CheckedShape(True, problem_shapes(fitting.advice, say))
