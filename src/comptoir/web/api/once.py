"""Idempotency-Key: a write that is repeated under the name its caller gave it is carried out once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from comptoir.books.problems import Message
from comptoir.storage.answers import AnotherRequest, Answered, Answers, AtWork, Named
from comptoir.web.api.trouble import ApiError
from comptoir.web.guard import SAFE_METHODS, key_of

HEADER = "idempotency-key"
LONGEST_KEY = 200
FAULTY = 500
TITLE = Message("The Idempotency-Key does not fit")
TOO_LONG = ApiError(
    422,
    "idempotency-key-invalid",
    TITLE,
    Message("An Idempotency-Key has between 1 and 200 printable characters of ASCII."),
)
TAKEN = ApiError(
    422,
    "idempotency-key-reused",
    TITLE,
    Message("This Idempotency-Key stood for another request within the last day. Take a new one for this request."),
)
AT_WORK = ApiError(
    409,
    "idempotency-key-in-use",
    TITLE,
    Message("The same request is being carried out. Ask again in a moment under the same Idempotency-Key."),
)


class OnceRoute(APIRoute):
    """A route whose writes heed the header Idempotency-Key; without it nothing is remembered."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, asked once for each name."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            name = request.headers.get(HEADER)
            if name is None or request.method in SAFE_METHODS:
                return await handle(request)
            named = await _named(request, name)
            answers: Answers = request.app.state.answers
            before = await run_in_threadpool(answers.begin, named)
            if before is not None:
                return _told_before(before)
            answer = None
            try:
                answer = await handle(request)
            finally:
                await run_in_threadpool(_settle, answers, named, answer)
            return answer

        return once


async def _named(request: Request, name: str) -> Named:
    """The request under its name; the token is looked at first, for names belong to tokens."""
    key = await run_in_threadpool(key_of, request)
    if not 0 < len(name) <= LONGEST_KEY or not (name.isascii() and name.isprintable()):
        raise TOO_LONG
    body = await request.body()
    parts = (request.method.encode(), request.url.path.encode(), request.url.query.encode(), body)
    return Named(key.token, name, hashlib.sha256(b"\n".join(parts)).hexdigest())


def _told_before(before: Answered | AtWork | AnotherRequest) -> Response:
    match before:
        case Answered(status, body):
            headers = {"idempotency-replayed": "true"}
            return Response(body, status, headers, media_type="application/json")
        case AtWork():
            raise AT_WORK
        case AnotherRequest():  # pragma: no branch
            raise TAKEN


def _settle(answers: Answers, named: Named, answer: Any) -> None:
    """Remember what was done; what was refused, or failed, may be asked again."""
    if isinstance(answer, Response) and answer.status_code < FAULTY:
        answers.keep(named, Answered(answer.status_code, bytes(answer.body)))
    else:
        answers.drop(named)
