"""The API as one application beneath the pages': its routes, its description, its errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.datastructures import State

from comptoir import __version__
from comptoir.web.api import (
    causes,
    closing,
    connecting,
    connections,
    documents,
    installation,
    mending,
    orders,
    people,
    privacy,
    questions,
    runs,
    settings,
    setup,
    stores,
    terms,
    tokens,
    undoing,
)
from comptoir.web.api.trouble import MEDIA_TYPE, tell_errors
from comptoir.web.guard import access_of

PREFIX = "/api/v1"
TOPICS = (
    (stores, "Connections"),
    (connections, "Connections"),
    (connecting, "Connections"),
    (setup, "Set-up"),
    (questions, "Set-up"),
    (closing, "Set-up"),
    (terms, "Set-up"),
    (runs, "Runs"),
    (undoing, "Runs"),
    (orders, "Orders"),
    (documents, "Orders"),
    (mending, "Problems"),
    (causes, "Problems"),
    (settings, "Settings"),
    (people, "People"),
    (tokens, "People"),
    (privacy, "Privacy"),
    (installation, "Health and trail"),
)
DESCRIPTION = (
    "What the pages of Comptoir do, for programs. A token of an owner's making opens one organization: "
    "`Authorization: Bearer TOKEN`. Amounts are text, moments are ISO 8601 with their zone, words are in the language "
    "of Accept-Language. Writes heed `Idempotency-Key`. Errors are application/problem+json."
)
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "problems"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Never changes."},
        "problems": {"type": "array", "items": {"type": "object"}},
    },
}
TROUBLES = {
    400: "The body cannot be read.",
    401: "No token, or one that opens nothing.",
    403: "The token may not do this.",
    404: "There is nothing here, or it is another organization's.",
    409: "The state of things does not allow it.",
    413: "The body is too large.",
    415: "The body has a form that is not known.",
    422: "Something in the request does not fit.",
    429: "Too many requests: see Retry-After.",
    500: "A fault in the program.",
    502: "The platform gave an answer that nothing describes.",
    503: "The platform or the database is out of reach: see Retry-After.",
}


def create_api(state: State) -> FastAPI:
    """The API over the rooms that the pages have; `state` is theirs."""
    api = FastAPI(
        title="Comptoir",
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
        responses={status: _trouble(words) for status, words in TROUBLES.items()},
    )
    api.state = state
    for room, topic in TOPICS:
        api.include_router(room.router, tags=[topic])
    for route in api_routes():
        access_of(route)
    tell_errors(api)
    _describe(api)
    return api


def api_routes() -> list[APIRoute]:
    """Every route of the API, without the prefix."""
    return [route for room, _ in TOPICS for route in room.router.routes if isinstance(route, APIRoute)]


def _trouble(words: str) -> dict[str, Any]:
    return {"description": words, "content": {MEDIA_TYPE: {"schema": PROBLEM}}}


def _describe(api: FastAPI) -> None:
    """The description, with the one way in: a token."""
    made = api.openapi

    def described() -> dict[str, Any]:
        found = made()
        found["servers"] = [{"url": PREFIX}]
        found.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{"token": []}]
        return found

    api.openapi = described  # type: ignore[method-assign]
