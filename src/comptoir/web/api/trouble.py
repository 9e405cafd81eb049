"""What a program is told that does not get what it asked for: one form of answer (RFC 9457), in its own language."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError, RetryLater, Unexpected
from comptoir.engine.telling.shapes.common import ProblemShape, Say, problem_shapes
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.database import DatabaseUnreachableError
from comptoir.web.access.accounts import RefusedError
from comptoir.web.guard import (
    NotAllowedError,
    NotFoundError,
    NotInDemoError,
    OwnersOnlyError,
    TokenNeededError,
    TooManyError,
)
from comptoir.web.language import DEFAULT, Tongue, negotiated

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:comptoir:problem:"


class ApiError(Exception):
    """A request that cannot be carried out as it is; `code` never changes, `message` is for whoever reads it."""

    def __init__(
        self, status: int, code: str, title: Message, detail: Message, problems: Sequence[Problem] = ()
    ) -> None:
        super().__init__(str(detail))
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TroubleShape:
    """A problem as RFC 9457 has it. `code` never changes; `problems` names each record and field with its remedy."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    problems: list[ProblemShape] = field(default_factory=list)


def language_asked(request: Request) -> str:
    """The language that the program prefers."""
    return negotiated(request.headers.get("accept-language", "")) or DEFAULT


def say_to(request: Request) -> Say:
    """Says things in the language that the program prefers."""
    return Tongue(language_asked(request)).say


NOT_DONE = Message("That did not work")
NOT_ALLOWED = ApiError(
    403,
    "read-only",
    Message("This token may only read"),
    Message("Make a token that may write, on the page Settings, Programs."),
)
OWNERS_ONLY = ApiError(
    403,
    "owners-only",
    Message("This takes an owner's token"),
    Message(
        "Make a token that may do what an owner does, on the page Settings, Programs. It does so while its maker is an "
        "owner."
    ),
)
NOT_IN_DEMO = ApiError(
    403,
    "demo",
    Message("Not in the demo"),
    Message("Everything in the demo is made up, and nothing real comes in: so it can be thrown away."),
)
NOT_FOUND = ApiError(
    404,
    "not-found",
    Message("There is nothing here"),
    Message("The address does not exist, or belongs to another organization than the token."),
)
NO_TOKEN = ApiError(
    401,
    "token-needed",
    Message("No token opened the door"),
    Message("Send a good one: Authorization: Bearer TOKEN. An owner makes them on the page Settings, Programs."),
)
TOO_MANY = ApiError(
    429,
    "too-many-requests",
    Message("Too many requests"),
    Message("Wait as many seconds as the header Retry-After says, then go on."),
)
UNREADABLE = ApiError(
    422,
    "not-understood",
    Message("The request cannot be understood"),
    Message("Mend what is listed and send it again."),
)
BAD_BODY = ApiError(
    400,
    "body-unreadable",
    Message("The body cannot be read"),
    Message("Send JSON as UTF-8, with the header Content-Type: application/json."),
)
TOO_LARGE = ApiError(
    413, "body-too-large", NOT_DONE, Message("The body is larger than anything that this takes. Send less at once.")
)
NO_LENGTH = ApiError(411, "length-needed", NOT_DONE, Message("Say how long the body is: send a Content-Length."))
FAULT = ApiError(
    500,
    "fault",
    NOT_DONE,
    Message("A fault in the program. Nothing is lost. The server's own messages tell more."),
)
BUSY = ApiError(503, "database", NOT_DONE, Message("The database cannot be reached now. Try again in a moment."))
FIELD = Message("The field {field} does not fit: {detail}.")
FIELD_REMEDY = Message("Look it up in the description of the API: /api/v1/openapi.json")


def told(request: Request, error: ApiError) -> Response:
    """The answer that tells of a problem."""
    say = say_to(request)
    shape = TroubleShape(
        type=TYPE + error.code,
        title=say(error.title),
        status=error.status,
        detail=say(error.detail),
        code=error.code,
        problems=problem_shapes(error.problems, say),
    )
    headers = {"content-language": language_asked(request), "vary": "Accept-Language"}
    return JSONResponse(asdict(shape), error.status, headers, MEDIA_TYPE)


def tell_errors(api: FastAPI) -> None:
    """Every error of the API as such an answer."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, _handler(answer))


def _handler(answer: Callable[[Request, Any], Response]) -> Callable[[Request, Exception], Response]:
    def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    return handle


def _no_token(request: Request, _error: TokenNeededError) -> Response:
    answer = told(request, NO_TOKEN)
    answer.headers["www-authenticate"] = 'Bearer realm="Comptoir"'
    return answer


def _too_many(request: Request, error: TooManyError) -> Response:
    return _later(told(request, TOO_MANY), error.seconds)


def _unreachable(request: Request, _error: DatabaseUnreachableError) -> Response:
    return _later(told(request, BUSY), 5)


def settings_error(problems: Sequence[Problem]) -> ApiError:
    """Settings that do not fit, or that cannot be read."""
    title = Message("The settings do not fit")
    return ApiError(422, "settings", title, Message("Mend what is listed; nothing was changed."), problems)


def _later(answer: Response, seconds: float) -> Response:
    answer.headers["retry-after"] = str(math.ceil(seconds))
    return answer


def _refused(request: Request, error: HouseError) -> Response:
    """One of the six: what the platform, or the state of things, says to what was asked."""
    if isinstance(error, RetryLater):
        return _later(told(request, ApiError(503, error.next_step, NOT_DONE, error.message)), 60)
    status = 502 if isinstance(error, Unexpected) else 409
    return told(request, ApiError(status, error.next_step, NOT_DONE, error.message))


def _http_error(error: HTTPException) -> ApiError:
    match error.status_code:
        case 404:
            return NOT_FOUND
        case 400:
            return BAD_BODY
        case status:
            words = Message("The server cannot do this (HTTP {code}).", {"code": str(status)})
            return ApiError(status, f"http-{status}", NOT_DONE, words)


def _not_understood(error: RequestValidationError) -> ApiError:
    """Each field that does not fit. An address with an impossible number in it leads nowhere."""
    found = error.errors()
    if any(each["loc"][:1] == ("path",) for each in found):
        return NOT_FOUND
    if any(each["type"] == "json_invalid" for each in found):
        return BAD_BODY
    problems = [_field_problem(".".join(map(str, each["loc"][1:])), str(each["msg"])) for each in found]
    return ApiError(UNREADABLE.status, UNREADABLE.code, UNREADABLE.title, UNREADABLE.detail, problems)


def _field_problem(name: str, detail: str) -> Problem:
    what = Message(FIELD.template, {"field": name or "body", "detail": detail[:1].lower() + detail[1:]})
    return Problem("field", what, FIELD_REMEDY, where=name, field=name)


ANSWERS: Mapping[type[Exception], Callable[[Request, Any], Response]] = {
    ApiError: told,
    TokenNeededError: _no_token,
    TooManyError: _too_many,
    NotAllowedError: lambda request, _error: told(request, NOT_ALLOWED),
    OwnersOnlyError: lambda request, _error: told(request, OWNERS_ONLY),
    NotInDemoError: lambda request, _error: told(request, NOT_IN_DEMO),
    RefusedError: lambda request, error: told(request, ApiError(409, "refused", NOT_DONE, error.message)),
    NotFoundError: lambda request, _error: told(request, NOT_FOUND),
    RequestValidationError: lambda request, error: told(request, _not_understood(error)),
    HouseError: _refused,
    SettingsProblemsError: lambda request, error: told(request, settings_error(error.problems)),
    DatabaseUnreachableError: _unreachable,
    HTTPException: lambda request, error: told(request, _http_error(error)),
    Exception: lambda request, _error: told(request, FAULT),
}
