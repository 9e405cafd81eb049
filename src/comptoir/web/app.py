"""The application: routes joined, errors as pages, and the headers that every answer carries."""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as AsgiMessage

from comptoir.books.problems import Message
from comptoir.demo.demos import Demos
from comptoir.storage.answers import Answers
from comptoir.storage.consents import Consents
from comptoir.web import hooks
from comptoir.web.access.accounts import Accounts
from comptoir.web.api import app as api
from comptoir.web.api.trouble import NO_LENGTH, TOO_LARGE, told
from comptoir.web.doing import Doing
from comptoir.web.following import Following
from comptoir.web.guard import (
    ForgedFormError,
    NotAllowedError,
    NotFoundError,
    NotInDemoError,
    SignInNeededError,
    UnfitFormError,
    access_of,
    checked_form,
    person,
)
from comptoir.web.mails import Postbox
from comptoir.web.pages import (
    account,
    connecting,
    connections,
    demo,
    entrance,
    fixing,
    health,
    home,
    members,
    mending,
    orders,
    privacy,
    programs,
    runs,
    setup,
    undoing,
)
from comptoir.web.rates import Rates, shared
from comptoir.web.render import STATIC, is_secure, trouble
from comptoir.wiring import App

LARGEST_BODY = 256 * 1024
"""Bytes of a form; ours are far smaller."""
KEPT_FOR_EVER = "public, max-age=31536000, immutable"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
PAGES = (
    entrance,
    home,
    demo,
    *setup.PAGES,
    orders,
    fixing,
    mending,
    runs,
    undoing,
    health,
    connecting,
    connections,
    account,
    members,
    programs,
    privacy,
)


def create_app(app: App, *, public_url: str = "", simulators: bool = False, demos: Demos | None = None) -> FastAPI:
    """The pages of an installation. `public_url`: how people reach it, for the links in mails; "": no such mails.

    `simulators`: whether connections may be made to addresses that a person types, as simulators have them. Not on an
    installation that others reach: they could make it call what only it can reach. `demos`: where people may try the
    product with made-up data; None where they cannot.

    Whoever serves it gives the set-up link out: `Accounts.setup_token`.
    """
    made = FastAPI(
        title="Comptoir", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(checked_form)]
    )
    made.state.comptoir = app
    made.state.accounts = Accounts.open(app.books.database, app.vault)
    made.state.doing = Doing()
    made.state.following = Following()
    made.state.consents = Consents(app.books.database, app.vault)
    made.state.simulators = simulators
    made.state.postbox = Postbox(public_url.rstrip("/"))
    made.state.rates = Rates() if app.alone else Rates(shared(app.books.database))
    made.state.demos = demos
    made.state.answers = Answers(app.books.database, app.vault)
    for each in PAGES:
        made.include_router(each.router)
    for route in page_routes():
        access_of(route)
    made.state.api = api.create_api(made.state)
    made.mount(api.PREFIX, made.state.api)
    made.mount(hooks.PREFIX, hooks.create_hooks(made.state))
    made.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    _answer_errors(made)
    made.add_middleware(WithHeaders)
    made.add_middleware(SmallBodies)
    return made


def page_routes() -> list[APIRoute]:
    """Every route of every page."""
    return [route for each in PAGES for route in each.router.routes if isinstance(route, APIRoute)]


def _answer_errors(made: FastAPI) -> None:
    @made.exception_handler(SignInNeededError)
    def sign_in(request: Request, error: SignInNeededError) -> Response:
        return entrance.to_sign_in(request, half=error.half)

    @made.exception_handler(NotAllowedError)
    def not_allowed(request: Request, _error: NotAllowedError) -> Response:
        words = Message("Your role here lets you look, and not do this. An owner can change that.")
        return trouble(request, 403, Message("Not with your role"), words)

    @made.exception_handler(NotInDemoError)
    def not_in_demo(request: Request, _error: NotInDemoError) -> Response:
        words = Message(
            "Everything in the demo is made up, and nothing real comes in: so it can be thrown away. Turn to your own "
            "organization, in the menu at the top, and do it there."
        )
        return trouble(request, 403, Message("Not in the demo"), words)

    @made.exception_handler(ForgedFormError)
    def forged(request: Request, _error: ForgedFormError) -> Response:
        _know(request)
        words = Message("The page was open too long, or the form came from elsewhere. Go back, reload, and try again.")
        return trouble(request, 403, Message("Nothing was changed"), words)

    @made.exception_handler(UnfitFormError)
    def unfit(request: Request, _error: UnfitFormError) -> Response:
        _know(request)
        words = Message("The form holds a character that cannot be kept. Go back, type the text anew, and try again.")
        return trouble(request, 400, Message("Nothing was changed"), words)

    @made.exception_handler(RequestValidationError)
    @made.exception_handler(NotFoundError)
    def not_found(request: Request, _error: Exception) -> Response:
        return trouble(request, 404, *NOT_FOUND)

    @made.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.NOT_FOUND:
            _know(request)
            return trouble(request, 404, *NOT_FOUND)
        words = Message("The server cannot do this (HTTP {code}).", {"code": str(error.status_code)})
        return trouble(request, error.status_code, Message("That did not work"), words)

    @made.exception_handler(Exception)
    def fault(request: Request, _error: Exception) -> Response:
        words = Message(
            "A fault in the program. Nothing is lost. Try again; if it comes again, tell whoever runs this server: its "
            "own messages say more."
        )
        answer = trouble(request, 500, Message("That did not work"), words)
        answer.headers.update({**HEADERS, "cache-control": "no-store"})
        return answer


def _know(request: Request) -> None:
    """Look for who asks where no route did: they are told in their language, on a page of theirs."""
    with suppress(SignInNeededError):
        person(request)


NOT_FOUND = (
    Message("There is nothing here"),
    Message("The page does not exist, or belongs to another organization of yours."),
)


def _refused_body(request: Request, status: int) -> Response:
    """Nothing for a browser, which sends no such thing; for a program, what is wrong."""
    if request.url.path.startswith(api.PREFIX):
        return told(request, TOO_LARGE if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else NO_LENGTH)
    return Response(status_code=status)


class WithHeaders:
    """Add to every answer the headers that browsers are kept in bounds by, and whether it may be kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with more headers."""

        async def send_more(message: AsgiMessage) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_headers_of(Request(scope), message["status"]))
            await send(message)

        await self._app(scope, receive, send_more if scope["type"] == "http" else send)


def _headers_of(request: Request, status: int) -> dict[str, str]:
    is_file = request.url.path.startswith("/static/") and status == HTTPStatus.OK
    kept = KEPT_FOR_EVER if is_file and request.url.query else "no-store"
    secure = {"strict-transport-security": "max-age=31536000"} if is_secure(request) else {}
    return {**HEADERS, "cache-control": kept, **secure}


class SmallBodies:
    """Refuse a body that is larger than any form of ours, before it is read; and one that does not say how large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 411 or 413."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            headers = dict(scope["headers"])
            length = headers.get(b"content-length", b"" if b"transfer-encoding" in headers else b"0")
            most = hooks.LARGEST_BODY if scope["path"].startswith(hooks.PREFIX) else LARGEST_BODY
            if not length.isdigit() or int(length) > most:
                answer = _refused_body(Request(scope), 413 if length.isdigit() else 411)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)
