"""The way in: taking a fresh installation, signing in and out, invitations, a password forgotten."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.storage.people.links import Purpose
from comptoir.web.access.accounts import LINK_IS_SPENT, NewPerson, RefusedError, SignedIn
from comptoir.web.guard import (
    SESSION_COOKIE,
    Anybody,
    Mails,
    NotFoundError,
    Person,
    Rooms,
    person,
    safe_path,
    session_of,
)
from comptoir.web.language import DEFAULT, LANGUAGES
from comptoir.web.mails import reset_letter
from comptoir.web.render import go, page, with_session, without_session

router = APIRouter()
BAD_REQUEST = 400
Text = Annotated[str, Form(max_length=1000)]
Secret = Annotated[str, Form(max_length=1000)]


def to_sign_in(request: Request, *, half: bool) -> Response:
    """On to where one signs in, and back here afterwards; on a fresh installation, to its beginning."""
    if half:
        return go(request, "/sign-in/code")
    if not request.app.state.accounts.users.any():
        return go(request, "/welcome")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = f"?next={quote(here)}" if request.method == "GET" and here != "/" else ""
    return go(request, f"/sign-in{wanted}")


def _let_in(request: Request, done: SignedIn, wanted: str = "/") -> Response:
    wanted = safe_path(wanted)
    on = f"/sign-in/code?next={quote(wanted)}" if done.needs_code else wanted
    return with_session(request, go(request, on), done.token)


def _language(wanted: str) -> str:
    return wanted if wanted in LANGUAGES else DEFAULT


# A fresh installation


@router.get("/welcome")
def welcome(request: Request, visitor: Anybody, rooms: Rooms, code: str = "") -> Response:
    """Take a fresh installation: the form for whoever has the link, else where the link is found."""
    if rooms.users.any():
        return go(request, "/sign-in")
    is_good = rooms.links.find(code, Purpose.SETUP) is not None
    given = {"language": visitor.language}
    return page(request, "welcome.html", code=code, is_good=is_good, problem=None, given=given)


@router.post("/welcome")
def take(
    request: Request,
    visitor: Anybody,
    rooms: Rooms,
    code: Text = "",
    organization: Text = "",
    name: Text = "",
    email: Text = "",
    password: Secret = "",
    language: Text = "",
) -> Response:
    """Make the owner, and let them in."""
    new = NewPerson(email=email, name=name, password=password, language=_language(language))
    try:
        user = rooms.take(code, organization, new)
    except RefusedError as error:
        given = {"organization": organization, "name": name, "email": email, "language": new.language}
        is_good = rooms.links.find(code, Purpose.SETUP) is not None
        return page(
            request, "welcome.html", BAD_REQUEST, code=code, is_good=is_good, problem=error.message, given=given
        )
    return _let_in(request, rooms.begin(user, visitor.device))


# Signing in and out


@router.get("/sign-in")
def sign_in_form(request: Request, visitor: Anybody, rooms: Rooms, next: str = "/") -> Response:  # noqa: A002 - the address's own word
    """Where one signs in."""
    if not rooms.users.any():
        return go(request, "/welcome")
    return page(request, "sign_in.html", next=safe_path(next), problem=None, email="")


@router.post("/sign-in")
def sign_in(
    request: Request,
    visitor: Anybody,
    rooms: Rooms,
    email: Text = "",
    password: Secret = "",
    next: Text = "/",  # noqa: A002 - the address's own word
) -> Response:
    """Let in whoever knows the password; the session that the browser had before ends."""
    try:
        done = rooms.sign_in(email, password, visitor.address, visitor.device)
    except RefusedError as error:
        return page(request, "sign_in.html", BAD_REQUEST, next=safe_path(next), problem=error.message, email=email)
    rooms.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    return _let_in(request, done, next)


@router.get("/sign-in/code")
def code_form(request: Request, visitor: Anybody, next: str = "/") -> Response:  # noqa: A002 - the address's own word
    """Where the second factor is given."""
    if session_of(request) is None:
        return go(request, "/sign-in")
    return page(request, "code.html", next=safe_path(next), problem=None, by_recovery=False)


@router.post("/sign-in/code")
def give_code(
    request: Request,
    visitor: Anybody,
    rooms: Rooms,
    code: Secret = "",
    next: Text = "/",  # noqa: A002 - the address's own word
    by_recovery: Annotated[bool, Form()] = False,
) -> Response:
    """Let in whoever has the telephone too, or a recovery code: `by_recovery` is the form that is shown again."""
    session = session_of(request)
    if session is None:
        return go(request, "/sign-in")
    try:
        done = rooms.give_code(request.cookies[SESSION_COOKIE], session, code)
    except RefusedError as error:
        values = {"next": safe_path(next), "problem": error.message, "by_recovery": by_recovery}
        return page(request, "code.html", BAD_REQUEST, **values)
    return _let_in(request, done, next)


@router.post("/sign-out")
def sign_out(request: Request, visitor: Anybody, rooms: Rooms) -> Response:
    """End the session of this browser."""
    rooms.sessions.end(request.cookies.get(SESSION_COOKIE, ""))
    return without_session(request, go(request, "/sign-in"))


# A password forgotten


@router.get("/forgotten")
def forgotten(request: Request, visitor: Anybody, mails: Mails) -> Response:
    """What to do about a forgotten password."""
    return page(request, "forgotten.html", by_mail=mails.is_open, asked=False, problem=None)


@router.post("/forgotten")
def ask_for_link(request: Request, visitor: Anybody, rooms: Rooms, mails: Mails, email: Text = "") -> Response:
    """Mail a link to whoever signs in with this address; the answer is the same where nobody does."""
    if not mails.is_open:
        raise NotFoundError
    try:
        token = rooms.ask_for_reset(email, visitor.address)
    except RefusedError as error:
        return page(request, "forgotten.html", BAD_REQUEST, by_mail=True, asked=False, problem=error.message)
    user = rooms.users.by_email(email) if token else None
    if user is not None:
        mails.send(reset_letter(user.email, mails.link(f"/reset/{token}")), user.language)
    return page(request, "forgotten.html", by_mail=True, asked=True, problem=None)


@router.get("/reset/{token}")
def reset_form(request: Request, visitor: Anybody, rooms: Rooms, token: str) -> Response:
    """Where the holder of a link chooses a new password."""
    try:
        user = rooms.person_of_reset(token)
    except RefusedError as error:
        return page(request, "spent.html", 404, problem=error.message)
    return page(request, "reset.html", token=token, email=user.email, problem=None)


@router.post("/reset/{token}")
def reset(request: Request, visitor: Anybody, rooms: Rooms, token: str, password: Secret = "") -> Response:
    """Change the password and let its owner in."""
    try:
        user = rooms.person_of_reset(token)
        done = rooms.reset_password(token, password, visitor.device)
    except RefusedError as error:
        if error.message == LINK_IS_SPENT:
            return page(request, "spent.html", 404, problem=error.message)
        return page(request, "reset.html", BAD_REQUEST, token=token, email=user.email, problem=error.message)
    return _let_in(request, done)


# Invitations


def _signed_in(request: Request) -> Person | None:
    session = session_of(request)
    return person(request) if session is not None and session.is_complete else None


@router.get("/join/{token}")
def join_form(request: Request, visitor: Anybody, rooms: Rooms, token: str) -> Response:
    """Where somebody who was invited joins: with the account they have, or a new one."""
    return _join_page(request, rooms, token, None, {"name": "", "language": visitor.language})


def _join_page(
    request: Request,
    rooms: Rooms,
    token: str,
    problem: Message | None,
    given: dict[str, str],
) -> Response:
    try:
        link = rooms.invitation(token)
    except RefusedError as error:
        return page(request, "spent.html", 404, problem=error.message)
    if link.organization_id is None:
        raise NotFoundError
    known = _signed_in(request)
    return page(
        request,
        "join.html",
        BAD_REQUEST if problem else 200,
        token=token,
        invitation=link,
        organization=rooms.users.organization_name(link.organization_id),
        known=known,
        has_account=rooms.users.by_email(link.email) is not None,
        problem=problem,
        given=given,
    )


@router.post("/join/{token}")
def join(
    request: Request,
    visitor: Anybody,
    rooms: Rooms,
    token: str,
    name: Text = "",
    password: Secret = "",
    language: Text = "",
) -> Response:
    """Join, and let in."""
    known = _signed_in(request)
    given = {"name": name, "language": _language(language)}
    try:
        if known is not None:
            rooms.sessions.look_at(known.session.id, rooms.join(token, known.user))
            return go(request, "/")
        new = NewPerson(email="", name=name, password=password, language=given["language"])
        user = rooms.join_anew(token, new)
    except RefusedError as error:
        return _join_page(request, rooms, token, error.message, given)
    return _let_in(request, rooms.begin(user, visitor.device))
