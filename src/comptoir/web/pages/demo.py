"""The demo: begun from the first page, in an organization of its own, and thrown away by one click."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.demo.demos import HERE, Demos, DemoState, TooManyDemosError
from comptoir.storage.people.users import User
from comptoir.web.access.accounts import Accounts
from comptoir.web.doing import TheDoing
from comptoir.web.guard import NotFoundError, Owner, OwnerOfDemo, Reader, Rooms, TheDemos, demo_of
from comptoir.web.render import go, page, tongue_of, trouble

router = APIRouter(prefix="/demo")
BUSY = 503
NAME = Message("Demo")
ALIVE = HERE | {DemoState.ELSEWHERE}


@router.post("")
def begin(request: Request, desk: Owner, rooms: Rooms, demos: TheDemos, doing: TheDoing) -> Response:
    """Begin a demo and turn to it: to the one that the person has, where it still runs; what is left of others goes."""
    if demos is None:
        raise NotFoundError
    person, own = desk.person, [each.organization_id for each in desk.person.memberships if each.is_demo]
    place = next((each for each in own if demos.state(each) in ALIVE), None)
    if place is None:
        if not demos.has_room():
            return _full(request)
        for each in own:
            _remove(rooms, demos, person.user, each)
        place = rooms.add_demo(person.user, tongue_of(request).say(NAME))
        try:
            demos.begin(place, doing.ask)
        except TooManyDemosError:
            _remove(rooms, demos, person.user, place)
            return _full(request)
    rooms.sessions.look_at(person.session.id, place)
    return go(request, "/")


def _remove(rooms: Accounts, demos: Demos | None, user: User, place: int) -> None:
    if demos is not None:
        demos.end(place)
    rooms.remove_demo(user, place)


def _full(request: Request) -> Response:
    title = Message("Others are trying the demo now")
    words = Message("This server runs only a few demos at once. Try again later, or when one of them is removed.")
    return trouble(request, BUSY, title, words)


@router.get("/progress")
def progress(request: Request, desk: Reader) -> Response:
    """Whether the demo has begun; a page that waits for it goes on to Home then."""
    if demo_of(request, desk) is not DemoState.STARTING:
        return go(request, "/")
    return page(request, "parts/demo_starting.html")


@router.post("/remove")
def remove(request: Request, desk: OwnerOfDemo, rooms: Rooms, demos: TheDemos) -> Response:
    """End the demo and remove everything in it."""
    _remove(rooms, demos, desk.person.user, desk.app.organization_id)
    return go(request, "/")
