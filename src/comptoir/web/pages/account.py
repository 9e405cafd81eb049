"""One's own account: name, language, looks, password, two-factor codes, and where one is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from comptoir.books.problems import Message
from comptoir.web.access import two_factor
from comptoir.web.access.accounts import RefusedError
from comptoir.web.guard import NotFoundError, Person, Rooms, SignedIn, session_of
from comptoir.web.language import LANGUAGES
from comptoir.web.render import go, page, with_session
from comptoir.web.scope import Chosen, Number
from comptoir.web.words import THEMES

router = APIRouter(prefix="/account")
BAD_REQUEST = 400
Text = Annotated[str, Form(max_length=1000)]
Secret = Annotated[str, Form(max_length=1000)]
TotpSecret = Annotated[str, Form(pattern="^[A-Z2-7]{32}$")]
PROFILE, PASSWORD, CODES, RECOVERY = "profile", "password", "codes", "recovery"
"""The forms of the page: a problem is shown in its own."""


def _show(request: Request, found: Person, rooms: Rooms, problem: Message | None = None, where: str = "") -> Response:
    return page(
        request,
        "account.html",
        BAD_REQUEST if problem else 200,
        sessions=rooms.sessions.of(found.user.id),
        problem=problem,
        where=where,
        saved=request.query_params.get("saved", ""),
        recovery_left=rooms.recovery.left(found.user.id) if found.user.has_two_factor else 0,
    )


@router.get("")
def account(request: Request, found: SignedIn, rooms: Rooms) -> Response:
    """Everything about oneself."""
    return _show(request, found, rooms)


@router.post("/profile")
def profile(
    request: Request, found: SignedIn, rooms: Rooms, name: Text = "", language: Text = "", theme: Text = ""
) -> Response:
    """Name, language, and light or dark."""
    language = language if language in LANGUAGES else found.user.language
    theme = theme if theme in THEMES else found.user.theme
    try:
        rooms.change_profile(found.user, name, language, theme)
    except RefusedError as error:
        return _show(request, found, rooms, error.message, PROFILE)
    return go(request, "/account?saved=profile")


@router.post("/password")
def password(request: Request, found: SignedIn, rooms: Rooms, old: Secret = "", new: Secret = "") -> Response:
    """Another password; every other browser is signed out."""
    try:
        done = rooms.change_password(found.user, old, new, found.session.device)
    except RefusedError as error:
        return _show(request, found, rooms, error.message, PASSWORD)
    return with_session(request, go(request, "/account?saved=password"), done.token)


@router.get("/two-factor")
def two_factor_form(request: Request, found: SignedIn) -> Response:
    """A new secret, as a picture for the telephone."""
    if found.user.has_two_factor:
        return go(request, "/account")
    return _picture(request, found, two_factor.new_secret(), None)


def _picture(request: Request, found: Person, secret: str, problem: Message | None) -> Response:
    address = two_factor.address_of(secret, found.user.email)
    picture = Markup(two_factor.picture_of(secret, found.user.email))  # noqa: S704 - the library's own SVG
    status = BAD_REQUEST if problem else 200
    return page(request, "two_factor.html", status, secret=secret, picture=picture, address=address, problem=problem)


@router.post("/two-factor")
def two_factor_on(
    request: Request,
    found: SignedIn,
    rooms: Rooms,
    secret: TotpSecret,
    code: Secret = "",
) -> Response:
    """Ask for codes from now on."""
    if found.user.has_two_factor:
        raise NotFoundError
    try:
        codes = rooms.start_two_factor(found.user, secret, code)
    except RefusedError as error:
        return _picture(request, found, secret, error.message)
    return page(request, "recovery.html", codes=codes, is_first=True)


@router.post("/two-factor/recovery")
def recovery_anew(request: Request, found: SignedIn, rooms: Rooms, password: Secret = "") -> Response:
    """Other recovery codes, shown now and never again."""
    if not found.user.has_two_factor:
        raise NotFoundError
    try:
        codes = rooms.renew_recovery(found.user, password)
    except RefusedError as error:
        return _show(request, found, rooms, error.message, RECOVERY)
    return page(request, "recovery.html", codes=codes, is_first=False)


@router.post("/two-factor/off")
def two_factor_off(request: Request, found: SignedIn, rooms: Rooms, password: Secret = "") -> Response:
    """Ask for codes no longer."""
    try:
        rooms.stop_two_factor(found.user, password)
    except RefusedError as error:
        return _show(request, found, rooms, error.message, CODES)
    return go(request, "/account?saved=codes")


@router.post("/sessions/{session_id}/end")
def end_session(request: Request, found: SignedIn, rooms: Rooms, session_id: Number) -> Response:
    """Sign another browser out."""
    if not rooms.sessions.end_one(found.user.id, session_id):
        raise NotFoundError
    return go(request, "/account" if session_of(request) else "/sign-in")


@router.post("/organization")
def look_at(request: Request, found: SignedIn, rooms: Rooms, organization_id: Chosen) -> Response:
    """Turn to another organization of one's own."""
    if organization_id not in {each.organization_id for each in found.memberships}:
        raise NotFoundError
    rooms.sessions.look_at(found.session.id, organization_id)
    return go(request, "/")


@router.post("/organizations")
def add_organization(request: Request, found: SignedIn, rooms: Rooms, name: Text = "") -> Response:
    """Make another organization and turn to it."""
    try:
        made = rooms.add_organization(found.user, name)
    except RefusedError as error:
        return _show(request, found, rooms, error.message, "organizations")
    rooms.sessions.look_at(found.session.id, made)
    return go(request, "/")
