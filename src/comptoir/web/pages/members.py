"""Settings of the organization: its name, who belongs to it, who is invited, and who changed what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.storage.people.users import Role
from comptoir.web.access.accounts import RefusedError
from comptoir.web.guard import Desk, NotFoundError, Owner, OwnerOfRealBooks, Reader, Rooms
from comptoir.web.inviting import Inviter, invite
from comptoir.web.render import go, page
from comptoir.web.scope import Number, member_of

router = APIRouter(prefix="/settings")
BAD_REQUEST = 400
TRAIL_SHOWN = 200
Text = Annotated[str, Form(max_length=1000)]


def _show(
    request: Request,
    desk: Desk,
    rooms: Rooms,
    problem: Message | None = None,
    where: str = "",
    link: str = "",
    *,
    mailed: bool = False,
) -> Response:
    place = desk.app.organization_id
    return page(
        request,
        "members.html",
        BAD_REQUEST if problem else 200,
        members=rooms.users.members(place),
        invitations=rooms.links.invitations(place) if desk.is_owner else [],
        problem=problem,
        where=where,
        link=link,
        mailed=mailed,
    )


@router.get("")
def settings(request: Request, desk: Reader, rooms: Rooms) -> Response:
    """The organization and its people."""
    return _show(request, desk, rooms)


@router.post("/name")
def rename(request: Request, desk: Owner, rooms: Rooms, name: Text = "") -> Response:
    """Call the organization otherwise."""
    try:
        rooms.rename_organization(desk.app.organization_id, name, desk.person.actor)
    except RefusedError as error:
        return _show(request, desk, rooms, error.message, "name")
    return go(request, "/settings")


@router.post("/invitations")
def send_invitation(
    request: Request,
    desk: OwnerOfRealBooks,
    rooms: Rooms,
    email: Text = "",
    role: Annotated[Role, Form()] = Role.VIEWER,
) -> Response:
    """Make a link for somebody; it is mailed where that is possible, and shown once, to be handed over."""
    try:
        made = invite(request, rooms, Inviter(desk.person.user, desk.membership, desk.person.actor), email, role)
    except RefusedError as error:
        return _show(request, desk, rooms, error.message, "invite")
    return _show(request, desk, rooms, link=made.link, mailed=made.mailed)


@router.post("/invitations/{invitation_id}/withdraw")
def withdraw(request: Request, desk: Owner, rooms: Rooms, invitation_id: Number) -> Response:
    """Take an invitation back."""
    if not rooms.withdraw_invitation(desk.app.organization_id, invitation_id, desk.person.actor):
        raise NotFoundError
    return go(request, "/settings")


@router.post("/members/{user_id}/role")
def set_role(request: Request, desk: Owner, rooms: Rooms, user_id: Number, role: Annotated[Role, Form()]) -> Response:
    """Give a member another role."""
    user = member_of(desk, rooms, user_id).user
    try:
        rooms.set_role(desk.app.organization_id, user, role, desk.person.actor)
    except RefusedError as error:
        return _show(request, desk, rooms, error.message, "members")
    return go(request, "/settings")


@router.post("/members/{user_id}/remove")
def remove(request: Request, desk: Owner, rooms: Rooms, user_id: Number) -> Response:
    """Let a member in no longer."""
    user = member_of(desk, rooms, user_id).user
    try:
        rooms.remove(desk.app.organization_id, user, desk.person.actor)
    except RefusedError as error:
        return _show(request, desk, rooms, error.message, "members")
    return go(request, "/settings" if user.id != desk.person.user.id else "/")


@router.get("/trail")
def trail(request: Request, desk: Reader, rooms: Rooms) -> Response:
    """Who changed what, the latest first."""
    return page(request, "trail.html", entries=rooms.trail.latest(desk.app.organization_id, TRAIL_SHOWN))
