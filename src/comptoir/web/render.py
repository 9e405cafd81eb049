"""A template becomes a page: in its reader's language, with their forms' token, and nothing kept by caches."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context

from comptoir import __version__
from comptoir.books.problems import Message
from comptoir.engine.work import zone_named
from comptoir.storage.connections import STORE
from comptoir.web.guard import (
    FORM_FIELD,
    SESSION_COOKIE,
    VISIT_COOKIE,
    Desk,
    Person,
    carrier_of,
    demo_of,
    demos_of,
    form_token,
    language_of,
    postbox_of,
)
from comptoir.web.language import LANGUAGES, TONGUE_FILTERS, Tongue, translations
from comptoir.web.words import WORDS

HERE = Path(__file__).parent
STATIC = HERE / "static"
SEE_OTHER = 303
FAULT = 500
COOKIE_SECONDS = 90 * 24 * 3600


@cache
def environment(language: str) -> Environment:
    """The templates of a language. A name that a page does not know is a fault, not an empty place."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(["html"], default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {name: _filter(name) for name in TONGUE_FILTERS}
    made.globals |= {"version": __version__, "languages": LANGUAGES, "static": static_address, "words": WORDS}
    return made


def _filter(name: str) -> Any:
    """A way to say something, in the language of the page that asks."""

    @pass_context
    def said(context: Context, value: Any) -> str:
        return str(getattr(context["tongue"], name)(value))

    return said


@cache
def static_address(name: str) -> str:
    """Where a browser finds a file; the address changes with the file, so that it may be kept for ever."""
    file = STATIC / name
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "missing"
    return f"/static/{name}?{mark}"


def tongue_of(request: Request) -> Tongue:
    """How to speak to whoever asks: times are told in the zone of the organization's first store."""

    @cache
    def zone() -> ZoneInfo | None:
        desk = getattr(request.state, "desk", None)
        if not isinstance(desk, Desk):
            return None
        stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
        return next((zone_named(each.settings.time_zone) for each in stores if each.settings), None)

    return Tongue(language_of(request), zone)


def page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The page, or the part of one, that a template makes of these values."""
    tongue = tongue_of(request)
    carrier = carrier_of(request)
    visit = "" if carrier else secrets.token_urlsafe(32)
    desk, person = getattr(request.state, "desk", None), getattr(request.state, "person", None)
    answer = HTMLResponse(
        environment(tongue.language)
        .get_template(template)
        .render(
            request=request,
            path=request.url.path,
            language=tongue.language,
            tongue=tongue,
            form_field=FORM_FIELD,
            form_token=form_token(carrier or visit),
            desk=desk if isinstance(desk, Desk) else None,
            demo=demo_of(request, desk) if isinstance(desk, Desk) else None,
            may_try=demos_of(request) is not None,
            person=person if isinstance(person, Person) else None,
            **values,
        ),
        status_code=status,
    )
    if visit:
        _keep(request, answer, VISIT_COOKIE, visit, None)
    return answer


def own_address(request: Request, path: str) -> str:
    """The whole address of a page of ours: as the operator says that people reach us, else as this browser does."""
    base = postbox_of(request).public_url or str(request.base_url).rstrip("/")
    return f"{base}{path}"


def is_part(request: Request) -> bool:
    """Whether a part of a page asks, and not the browser for a page."""
    return bool(request.headers.get("hx-request"))


def trouble(request: Request, status: int, title: Message, words: Message) -> Response:
    """What went wrong and what to do: as a page, or as a notice on the page whose part asked.

    What is there stays, and the notice stands at the page's foot. Only a part that asked for itself, to know how far
    something is or to be read when the page is there, gives its place to it: it would wait for ever, or ask on.
    """
    if not is_part(request):
        again = status >= FAULT and request.method == "GET"  # nothing is done twice
        return page(request, "trouble.html", status, title=title, words=words, again=again)
    answer = page(request, "parts/trouble.html", status, title=title, words=words)
    if request.headers.get("hx-source") != request.headers.get("hx-target"):
        answer.headers.update({"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"})
    return answer


def go(request: Request, path: str) -> Response:
    """On to another page of ours; a part of a page takes the whole page there."""
    if is_part(request):
        return Response(status_code=204, headers={"HX-Redirect": path})
    return RedirectResponse(path, SEE_OTHER)


def with_session(request: Request, answer: Response, token: str) -> Response:
    """Sign the browser in: whatever secret it brought along is worth nothing from here on."""
    _keep(request, answer, SESSION_COOKIE, token, COOKIE_SECONDS)
    answer.delete_cookie(VISIT_COOKIE, path="/")
    return answer


def without_session(request: Request, answer: Response) -> Response:
    """Sign the browser out."""
    answer.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=is_secure(request))
    return answer


def is_secure(request: Request) -> bool:
    """Whether the browser came by https; behind a proxy, as the proxy says."""
    return request.url.scheme == "https"


def _keep(request: Request, answer: Response, name: str, value: str, seconds: int | None) -> None:
    answer.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=is_secure(request))
