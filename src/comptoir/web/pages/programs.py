"""Programs: the tokens by which they come in through the API, made and ended by owners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.storage.people.api_tokens import Scope
from comptoir.web.access.accounts import RefusedError
from comptoir.web.api.app import PREFIX
from comptoir.web.api.described import calls_by_topic, shapes
from comptoir.web.guard import Desk, NotFoundError, Owner, Rooms
from comptoir.web.render import go, own_address, page
from comptoir.web.scope import Number

router = APIRouter(prefix="/settings/programs")
BAD_REQUEST = 400
SCOPES: Mapping[Scope, Message] = {
    Scope.READ: Message("May look at everything"),
    Scope.WRITE: Message("May also sync, fix, undo and change settings"),
    Scope.OWN: Message("May also connect platforms and change who belongs here, while whoever made it is an owner"),
}
LIVES: Mapping[int, Message] = {
    30: Message("30 days"),
    90: Message("90 days"),
    365: Message("One year"),
    0: Message("Until somebody ends it"),
}
"""How long a token is good, in days; 0: it does not end by itself."""
FIRST_LIFE = 365


def _show(
    request: Request, desk: Desk, rooms: Rooms, problem: Message | None = None, secret: str = "", name: str = ""
) -> Response:
    return page(
        request,
        "programs.html",
        BAD_REQUEST if problem else 200,
        tokens=rooms.api_tokens.of(desk.app.organization_id),
        members={each.user.id: each.user.name for each in rooms.users.members(desk.app.organization_id)},
        scopes=SCOPES,
        lives=LIVES,
        first_life=FIRST_LIFE,
        prefix=PREFIX,
        problem=problem,
        secret=secret,
        name=name,
    )


@router.get("")
def programs(request: Request, desk: Owner, rooms: Rooms) -> Response:
    """The tokens that open this organization."""
    return _show(request, desk, rooms)


@router.get("/api")
def described(request: Request, desk: Owner) -> Response:
    """The API for people: what can be asked, with what, and what is answered."""
    description = request.app.state.api.openapi()
    answers = shapes(description)
    return page(
        request,
        "api.html",
        topics=calls_by_topic(description),
        shapes=answers,
        named={each.name for each in answers},
        about=description["info"]["description"],
        address=own_address(request, PREFIX),
    )


@router.post("")
def make(
    request: Request,
    desk: Owner,
    rooms: Rooms,
    name: Annotated[str, Form(max_length=1000)] = "",
    scope: Annotated[Scope, Form()] = Scope.READ,
    days: Annotated[int, Form(ge=0, le=max(LIVES))] = FIRST_LIFE,
) -> Response:
    """Make a token; its secret is shown now and never again."""
    if days not in LIVES:
        raise NotFoundError
    try:
        secret = rooms.make_api_token(desk.app.organization_id, name, scope, days or None, desk.person.actor)
    except RefusedError as error:
        return _show(request, desk, rooms, error.message, name=name)
    return _show(request, desk, rooms, secret=secret)


@router.post("/{token_id}/end")
def end(request: Request, desk: Owner, rooms: Rooms, token_id: Number) -> Response:
    """Let a token open nothing any more."""
    if not rooms.revoke_api_token(desk.app.organization_id, token_id, desk.person.actor):
        raise NotFoundError
    return go(request, "/settings/programs")
