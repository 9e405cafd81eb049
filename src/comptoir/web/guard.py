"""Who asks: every route names what its visitor must be allowed to, and gets their desk, scoped to one organization.

`Access` stands on each route (`access_of`); a route without one does not start. Pages know people by their session;
the check of forms (`checked_form`) applies to every request of theirs that changes something. Programs are known by a
token in the header (`Key`), and by nothing that a browser sends by itself; platforms by their signature alone.

What only looks at what is known already is `async`: it waits for nothing, and takes no thread of its own.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.routing import APIRoute

from comptoir.demo.demos import Demos, DemoState
from comptoir.storage.consents import Consents
from comptoir.storage.people.api_tokens import ApiToken, Scope
from comptoir.storage.people.known import known_by
from comptoir.storage.people.sessions import Session
from comptoir.storage.people.users import Membership, Role, User
from comptoir.web.access.accounts import NOUGHT, Accounts, Actor
from comptoir.web.language import DEFAULT, negotiated
from comptoir.web.mails import Postbox
from comptoir.web.rates import Rates
from comptoir.wiring import App

SESSION_COOKIE = "comptoir_session"
VISIT_COOKIE = "comptoir_visit"
FORM_FIELD = "form_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Access(StrEnum):
    """What a visitor must be: anybody, somebody with an account, or a member who may read, write, or own.

    PLATFORM: whoever comes is believed only as far as their signature goes, which the route itself checks.
    """

    VISITOR = "visitor"
    PLATFORM = "platform"
    PERSON = "person"
    READ = "read"
    WRITE = "write"
    OWN = "own"


class SignInNeededError(Exception):
    """Nobody is signed in; `half`: the password was right and the code is still to come."""

    def __init__(self, *, half: bool = False) -> None:
        super().__init__("sign in first")
        self.half = half


class NotAllowedError(Exception):
    """The person, or the program, may look, and not do this."""


class OwnersOnlyError(Exception):
    """The program's token may not do what an owner does, or whoever made it is no owner any more."""


class NotInDemoError(Exception):
    """Nothing real comes into a demo: what was asked for is done in an organization of one's own."""


class TokenNeededError(Exception):
    """No token came, or one that opens nothing (any more)."""


class TooManyError(Exception):
    """The program asks too often; after so many seconds it may ask again."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class NotFoundError(Exception):
    """There is no such thing for this person: it does not exist, or is another organization's."""


class UnfitFormError(Exception):
    """A form holds a character that PostgreSQL keeps in no text; no keyboard makes it."""


class ForgedFormError(Exception):
    """The form was not one of ours, or its page is too old."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who need not be signed in."""

    language: str
    address: str
    device: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    user: User
    session: Session
    memberships: tuple[Membership, ...]

    @property
    def actor(self) -> Actor:
        """The person as the trail names them."""
        return Actor.person(self.user)


@dataclass(frozen=True, slots=True)
class Desk:
    """A member at work in one organization. `app` sees nothing of any other one."""

    person: Person
    membership: Membership
    app: App

    @property
    def may_write(self) -> bool:
        """Whether they may do more than look."""
        return self.membership.role in {Role.OWNER, Role.ACCOUNTANT}

    @property
    def is_owner(self) -> bool:
        """Whether they may change who belongs here."""
        return self.membership.role is Role.OWNER


@dataclass(frozen=True, slots=True)
class Key:
    """A program at work in the organization of its token. `app` sees nothing of any other one."""

    token: ApiToken
    app: App

    @property
    def actor(self) -> Actor:
        """The program as the trail names it."""
        return Actor(f"API: {self.token.name}", self.token.made_by)


@dataclass(frozen=True, slots=True)
class OwnersKey(Key):
    """A program that does what an owner does. `user` made its token, and is an owner now."""

    user: User
    membership: Membership


def accounts_of(request: Request) -> Accounts:
    """The rooms of accounts."""
    found: Accounts = request.app.state.accounts
    return found


def postbox_of(request: Request) -> Postbox:
    """Where links are mailed from."""
    found: Postbox = request.app.state.postbox
    return found


def demos_of(request: Request) -> Demos | None:
    """The demos of the server; None where it can have none."""
    found: Demos | None = request.app.state.demos
    return found


def demo_of(request: Request, desk: Desk) -> DemoState | None:
    """How the demo that a desk stands in is; None where its books are real."""
    if not desk.membership.is_demo:
        return None
    demos = demos_of(request)
    return demos.state(desk.app.organization_id) if demos is not None else DemoState.ENDED


def consents_of(request: Request) -> Consents:
    """Who is at a platform's consent page."""
    found: Consents = request.app.state.consents
    return found


def session_of(request: Request) -> Session | None:
    """The living session of the request's cookie."""
    token = request.cookies.get(SESSION_COOKIE)
    return accounts_of(request).sessions.find(token) if token else None


async def visitor(request: Request) -> Visitor:
    """Whoever asks."""
    return Visitor(
        language=negotiated(request.headers.get("accept-language", "")),
        address=request.client.host if request.client else "",
        device=request.headers.get("user-agent", ""),
    )


def person(request: Request) -> Person:
    """Whoever is signed in, with the second factor where one is asked for."""
    token = request.cookies.get(SESSION_COOKIE)
    known = known_by(accounts_of(request).database, token) if token else None
    if known is None:
        raise SignInNeededError
    if not known.session.is_complete:
        raise SignInNeededError(half=True)
    found = Person(known.user, known.session, known.memberships)
    request.state.person = found
    request.state.desk = _desk_of(request, found)
    return found


def _desk_of(request: Request, found: Person) -> Desk | None:
    """The organization that the session looks at, else the person's first one; None where they have none."""
    if not found.memberships:
        return None
    looked_at = [each for each in found.memberships if each.organization_id == found.session.organization_id]
    membership = (looked_at or list(found.memberships))[0]
    app: App = request.app.state.comptoir
    return Desk(found, membership, replace(app, organization_id=membership.organization_id))


async def _desk(request: Request, _found: Annotated[Person, Depends(person)]) -> Desk:
    desk: Desk | None = request.state.desk
    if desk is None:
        raise NotFoundError
    return desk


async def reader(desk: Annotated[Desk, Depends(_desk)]) -> Desk:
    """A member of any role."""
    return desk


async def writer(desk: Annotated[Desk, Depends(_desk)]) -> Desk:
    """A member who may change things."""
    if not desk.may_write:
        raise NotAllowedError
    return desk


async def owner(desk: Annotated[Desk, Depends(_desk)]) -> Desk:
    """A member who may change who belongs here."""
    if not desk.is_owner:
        raise NotAllowedError
    return desk


def owner_of_real_books(desk: Annotated[Desk, Depends(owner)]) -> Desk:
    """An owner, and not of a demo: nothing real comes in there, so that it can be thrown away."""
    if desk.membership.is_demo:
        raise NotInDemoError
    return desk


def owner_of_demo(desk: Annotated[Desk, Depends(owner)]) -> Desk:
    """An owner of a demo: the only kind of organization that can be thrown away."""
    if not desk.membership.is_demo:
        raise NotFoundError
    return desk


def key_of(request: Request) -> Key:
    """The program that asks, by the token of its header; looked up, and counted, once a request."""
    known = getattr(request.state, "key", None)
    if isinstance(known, Key):
        return known
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    found = accounts_of(request).api_tokens.find(secret.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        raise TokenNeededError
    rates: Rates = request.app.state.rates
    seconds = rates.take(found.id, found.organization_id)
    if seconds:
        raise TooManyError(seconds)
    app: App = request.app.state.comptoir
    made = Key(found, replace(app, organization_id=found.organization_id))
    request.state.key = made
    return made


async def reading_key(key: Annotated[Key, Depends(key_of)]) -> Key:
    """A program whose token is good."""
    return key


async def writing_key(key: Annotated[Key, Depends(key_of)]) -> Key:
    """A program that may change things."""
    if key.token.scope is Scope.READ:
        raise NotAllowedError
    return key


def owning_key(request: Request, key: Annotated[Key, Depends(key_of)]) -> OwnersKey:
    """A program that may do what an owner does: no more than the person who made its token may do now."""
    token, users = key.token, accounts_of(request).users
    if token.scope is not Scope.OWN or token.made_by is None:
        raise OwnersOnlyError
    places = (each for each in users.memberships(token.made_by) if each.organization_id == token.organization_id)
    membership = next(places, None)
    if membership is None or membership.role is not Role.OWNER:
        raise OwnersOnlyError
    return OwnersKey(token, key.app, users.get(token.made_by), membership)


def owning_key_of_real_books(key: Annotated[OwnersKey, Depends(owning_key)]) -> OwnersKey:
    """The same, and not in a demo."""
    if key.membership.is_demo:
        raise NotInDemoError
    return key


async def platform(request: Request) -> None:
    """A platform, of which nothing is believed before its signature is checked."""


Anybody = Annotated[Visitor, Depends(visitor)]
SignedIn = Annotated[Person, Depends(person)]
Reader = Annotated[Desk, Depends(reader)]
Writer = Annotated[Desk, Depends(writer)]
Owner = Annotated[Desk, Depends(owner)]
OwnerOfRealBooks = Annotated[Desk, Depends(owner_of_real_books)]
OwnerOfDemo = Annotated[Desk, Depends(owner_of_demo)]
ReadingKey = Annotated[Key, Depends(reading_key)]
WritingKey = Annotated[Key, Depends(writing_key)]
OwningKey = Annotated[OwnersKey, Depends(owning_key)]
OwningKeyOfRealBooks = Annotated[OwnersKey, Depends(owning_key_of_real_books)]
FromPlatform = Annotated[None, Depends(platform)]
Rooms = Annotated[Accounts, Depends(accounts_of)]
Mails = Annotated[Postbox, Depends(postbox_of)]
TheDemos = Annotated[Demos | None, Depends(demos_of)]
UnderWay = Annotated[Consents, Depends(consents_of)]

GUARDS: dict[Callable[..., Any], Access] = {
    visitor: Access.VISITOR,
    person: Access.PERSON,
    reader: Access.READ,
    writer: Access.WRITE,
    owner: Access.OWN,
    owner_of_real_books: Access.OWN,
    owner_of_demo: Access.OWN,
    reading_key: Access.READ,
    writing_key: Access.WRITE,
    owning_key: Access.OWN,
    owning_key_of_real_books: Access.OWN,
    platform: Access.PLATFORM,
}


def access_of(route: APIRoute) -> Access:
    """What a route asks of its visitor. AssertionError where it asks nothing: somebody forgot."""
    named = [GUARDS[each.call] for each in route.dependant.dependencies if each.call in GUARDS]
    if not named:
        raise AssertionError(f"{route.path} does not say who may come in")
    return max(named, key=list(Access).index)


# Forms


def form_token(carrier: str) -> str:
    """What a form carries, derived from the cookie of whoever it was made for."""
    return hmac.new(carrier.encode(), b"form", hashlib.sha256).hexdigest()


def carrier_of(request: Request) -> str:
    """The cookie that the forms of this visitor belong to; "" where they have none yet."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(VISIT_COOKIE) or ""


async def checked_form(request: Request) -> None:
    """Refuse what changes something and does not come from a form of ours, in this visitor's own browser.

    And what no text can hold: what is read of a form is fit for either database.
    """
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForgedFormError
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ForgedFormError
    carrier = carrier_of(request)
    form = await request.form()
    given = form.get(FORM_FIELD)
    if (
        not carrier
        or not isinstance(given, str)
        or not hmac.compare_digest(given.encode(), form_token(carrier).encode())
    ):
        raise ForgedFormError
    if any(isinstance(text, str) and NOUGHT in text for pair in form.multi_items() for text in pair):
        raise UnfitFormError


def safe_path(wanted: str) -> str:
    """A path of ours to go on to; "/" for an address elsewhere, however it is disguised."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    parts = urlsplit(wanted) if plain else None
    return wanted if parts and not parts.scheme and not parts.netloc and "\\" not in wanted else "/"


def language_of(request: Request) -> str:
    """The language to answer in: the person's own, else the browser's."""
    known = getattr(request.state, "person", None)
    if isinstance(known, Person):
        return known.user.language
    return negotiated(request.headers.get("accept-language", "")) or DEFAULT
