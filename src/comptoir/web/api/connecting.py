"""Platforms, and a connection that is made or authorized anew: with values alone, or at a platform's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field

from comptoir.books.problems import Message, Problem
from comptoir.engine.telling.shapes.common import Say
from comptoir.engine.telling.shapes.platforms import PlatformShape, own_fields, platform_shape
from comptoir.engine.telling.shapes.standings import StandingShape, standing_shape
from comptoir.storage.consents import LIFE, Consents, Traveller
from comptoir.storage.database import LARGEST
from comptoir.storage.people.tokens import new_token
from comptoir.web.acting import Hand, ProgramHand
from comptoir.web.api.parts import Body, Saying, api_router
from comptoir.web.api.trouble import ApiError
from comptoir.web.connecting import (
    BEGUN,
    Draft,
    fields_of,
    filled,
    here_of,
    keep_found,
    new_connection,
    renewal,
)
from comptoir.web.guard import Key, OwningKeyOfRealBooks, ReadingKey, UnderWay
from comptoir.web.render import own_address
from comptoir.web.scope import Number

router = api_router()
ACCEPTED = 202
LONGEST = 10_000
Slug = Annotated[str, Path(max_length=32)]
_LOOK = Message("Look at the platform's ways and fields: GET /api/v1/platforms")
Value = Annotated[str, Field(max_length=LONGEST)]


@dataclass(frozen=True, slots=True)
class PlatformsShape:
    """Every platform that can be connected, and the address that its app must send people back to."""

    platforms: list[PlatformShape]
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class AuthorizedShape:
    """A connection that was tested and kept (201); or the `address` that an owner opens to allow it (202).

    They open it in a browser, sign in here, and go on at the platform's page; when they come back the connection is
    tested and kept. The address is good until `expires_at`.
    """

    connection: StandingShape | None
    address: str | None
    expires_at: str | None


class Authorizing(Body):
    """Which way in, and the values that the platform asks for in it; what it is known by already may be left out."""

    sign_in: str = Field("", max_length=32, examples=["token"])
    values: dict[str, Value] = Field(
        default_factory=dict, examples=[{"shop": "quay.myshopify.com", "token": "shpat_..."}]
    )


class Connecting(Authorizing):
    """Which way in, and the values that the platform asks for in it.

    `like`: a known connection whose app is shared: its secrets stand in for those that are left out.
    """

    like: int | None = Field(None, ge=1, le=LARGEST)


@router.get("/platforms")
def platforms(request: Request, key: ReadingKey, say: Saying) -> PlatformsShape:
    """The platforms that can be connected, each with its ways in, what it asks for, and where that is found."""
    here, known = here_of(request), key.app.connectables()
    found = [platform_shape(each, say, simulators=here.simulators) for each in known.values()]
    return PlatformsShape(found, here.callback)


@router.post("/platforms/{platform}/connections", status_code=201, responses={ACCEPTED: {"model": AuthorizedShape}})
def connect(
    request: Request,
    answer: Response,
    key: OwningKeyOfRealBooks,
    hand: ProgramHand,
    say: Saying,
    under_way: UnderWay,
    platform: Slug,
    wanted: Connecting,
) -> AuthorizedShape:
    """Connect a platform. It is tested before anything is kept; a way in by the browser answers where to go on."""
    draft = _filled(request, key, new_connection(key, platform, wanted.sign_in, wanted.like), wanted)
    return _authorize(request, answer, hand, say, under_way, draft)


@router.post(
    "/connections/{connection_id}/authorization", status_code=201, responses={ACCEPTED: {"model": AuthorizedShape}}
)
def authorize_anew(
    request: Request,
    answer: Response,
    key: OwningKeyOfRealBooks,
    hand: ProgramHand,
    say: Saying,
    under_way: UnderWay,
    connection_id: Number,
    wanted: Authorizing,
) -> AuthorizedShape:
    """Authorize the same account anew, also where it was disconnected; another account is refused."""
    draft = _filled(request, key, renewal(key, connection_id, wanted.sign_in), wanted)
    return _authorize(request, answer, hand, say, under_way, draft)


def _filled(request: Request, key: Key, draft: Draft, wanted: Authorizing) -> Draft:
    """The form with what was given, else what is known, else what is usual. ApiError names everything wrong with it."""
    here, known = here_of(request), draft.plain()
    fields = fields_of(draft, here)
    usual = {each.name: known.get(each.name) or each.default for each in fields}
    draft = filled(key, draft, {**usual, **wanted.values}, here)
    strange = [_no_field(name) for name in wanted.values if name not in {each.name for each in own_fields(fields)}]
    if wanted.sign_in and draft.way.name != wanted.sign_in:
        strange.insert(0, _no_way(draft, wanted.sign_in))
    problems = [*strange, *draft.platform.check(draft.values)]
    if problems:
        title = Message("The values do not fit")
        raise ApiError(422, "connection", title, Message("Mend what is listed; nothing was changed."), problems)
    return draft


def _no_field(name: str) -> Problem:
    words = Message('Nothing called "{name}" is asked for in this way in.', {"name": name})
    return Problem("field-unknown", words, _LOOK, where=name, field=name)


def _no_way(draft: Draft, name: str) -> Problem:
    ways = ", ".join(each.name for each in draft.platform.ways)
    words = Message('There is no way in called "{name}"; there are: {ways}.', {"name": name, "ways": ways})
    return Problem("sign-in-unknown", words, _LOOK, where="sign_in", field="sign_in")


def _authorize(
    request: Request, answer: Response, hand: Hand, say: Say, under_way: Consents, draft: Draft
) -> AuthorizedShape:
    """Test it and keep it; or keep the form, sealed, for the owner who goes on with it. Raises a HouseError."""
    if draft.platform.consent(draft.values, new_token()) is None:
        record = keep_found(hand, draft, draft.platform.enter(draft.values))
        return AuthorizedShape(standing_shape(hand.app.books.connections.get(record.id), say), None, None)
    token, now = new_token(), datetime.now(UTC)
    under_way.begin(Traveller(hand.app.organization_id, token), token, draft.consent, now)
    hand.note("sign-in begun", draft.platform.manifest.name)
    answer.status_code = ACCEPTED
    return AuthorizedShape(None, own_address(request, BEGUN.format(token=token)), (now + LIFE).isoformat())
