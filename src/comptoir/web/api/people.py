"""The organization and its people: who belongs to it as what, who is invited, and who belongs no longer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, Field

from comptoir.storage.people.links import Link
from comptoir.storage.people.users import Member, Role
from comptoir.web.access.accounts import NAME_LIMIT, is_email
from comptoir.web.api.parts import Body, api_router
from comptoir.web.guard import Key, NotFoundError, OwningKey, OwningKeyOfRealBooks, ReadingKey, Rooms
from comptoir.web.inviting import Inviter, invite
from comptoir.web.scope import Number, member_of

router = api_router()


@dataclass(frozen=True, slots=True)
class OrganizationShape:
    """The organization of the token."""

    organization: int
    name: str


@dataclass(frozen=True, slots=True)
class MemberShape:
    """A person who belongs to the organization. `role`: "owner", "accountant" or "viewer"."""

    user: int
    name: str
    email: str
    role: str
    two_factor: bool


@dataclass(frozen=True, slots=True)
class MembersShape:
    """Who belongs to the organization, by name."""

    members: list[MemberShape]


@dataclass(frozen=True, slots=True)
class InvitationShape:
    """Somebody who is invited and has not come yet."""

    invitation: int
    email: str
    role: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class InvitationsShape:
    """Who is invited and has not come yet, the latest first."""

    invitations: list[InvitationShape]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedShape(InvitationShape):
    """An invitation that was just made. `link` is told this once; `mailed`: it is on its way by e-mail as well."""

    link: str
    mailed: bool


def _email(text: str) -> str:
    tidy = text.strip()
    if not is_email(tidy):
        raise ValueError("it is no e-mail address; write it like name@example.com")
    return tidy


class Renaming(Body):
    """What the organization is called from now on."""

    name: str = Field(min_length=1, max_length=NAME_LIMIT, pattern=r"\S")


class Inviting(Body):
    """Who is invited, and as what: "owner", "accountant" or "viewer"."""

    email: Annotated[str, AfterValidator(_email)] = Field(examples=["ada@example.com"])
    role: Role


class Changing(Body):
    """What a member is from now on."""

    role: Role


@router.get("/organization")
def organization(key: ReadingKey, rooms: Rooms) -> OrganizationShape:
    """The organization that the token opens."""
    place = key.app.organization_id
    return OrganizationShape(place, rooms.users.organization_name(place))


@router.put("/organization")
def rename(key: OwningKey, rooms: Rooms, wanted: Renaming) -> OrganizationShape:
    """Call the organization otherwise."""
    rooms.rename_organization(key.app.organization_id, wanted.name, key.actor)
    return organization(key, rooms)


@router.get("/members")
def members(key: ReadingKey, rooms: Rooms) -> MembersShape:
    """Who belongs to the organization."""
    return MembersShape([_member(each) for each in rooms.users.members(key.app.organization_id)])


@router.put("/members/{user_id}")
def set_role(key: OwningKey, rooms: Rooms, user_id: Number, wanted: Changing) -> MemberShape:
    """Give a member another role; the last owner stays one."""
    found = member_of(key, rooms, user_id)
    rooms.set_role(key.app.organization_id, found.user, wanted.role, key.actor)
    return _member(member_of(key, rooms, user_id))


@router.delete("/members/{user_id}")
def remove(key: OwningKey, rooms: Rooms, user_id: Number) -> MembersShape:
    """Let a member in no longer; the last owner stays."""
    rooms.remove(key.app.organization_id, member_of(key, rooms, user_id).user, key.actor)
    return members(key, rooms)


@router.get("/invitations")
def invitations(key: OwningKey, rooms: Rooms) -> InvitationsShape:
    """Who is invited and has not come yet."""
    return _invitations(key, rooms)


@router.post("/invitations", status_code=201)
def send_invitation(request: Request, key: OwningKeyOfRealBooks, rooms: Rooms, wanted: Inviting) -> InvitedShape:
    """Invite somebody: a link that works once, for a week; an earlier one for the same address dies."""
    by = Inviter(key.user, key.membership, key.actor)
    made = invite(request, rooms, by, wanted.email, wanted.role)
    found = _invitation(rooms.invitation(made.token))
    return InvitedShape(**asdict(found), link=made.link, mailed=made.mailed)


@router.delete("/invitations/{invitation_id}")
def withdraw(key: OwningKey, rooms: Rooms, invitation_id: Number) -> InvitationsShape:
    """Take an invitation back."""
    if not rooms.withdraw_invitation(key.app.organization_id, invitation_id, key.actor):
        raise NotFoundError
    return _invitations(key, rooms)


def _invitations(key: Key, rooms: Rooms) -> InvitationsShape:
    found = rooms.links.invitations(key.app.organization_id)
    return InvitationsShape([_invitation(each) for each in found])


def _invitation(link: Link) -> InvitationShape:
    return InvitationShape(link.id, link.email, link.role.value if link.role else "", link.expires_at.isoformat())


def _member(member: Member) -> MemberShape:
    user = member.user
    return MemberShape(user.id, user.name, user.email, member.role.value, user.has_two_factor)
