"""Somebody is invited: a link for them, mailed where that is possible."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from comptoir.storage.people.users import Membership, Role, User
from comptoir.web.access.accounts import Accounts, Actor
from comptoir.web.guard import postbox_of
from comptoir.web.mails import invite_letter
from comptoir.web.render import own_address


@dataclass(frozen=True, slots=True)
class Invited:
    """The link and its secret, to be shown once; `mailed`: it is on its way as well."""

    token: str = field(repr=False)
    link: str = field(repr=False)
    mailed: bool


@dataclass(frozen=True, slots=True)
class Inviter:
    """Who invites to which organization, and how the trail names them."""

    user: User
    membership: Membership
    actor: Actor


def invite(request: Request, rooms: Accounts, by: Inviter, email: str, role: Role) -> Invited:
    """Make a link that lets its holder join as `role`. Raises RefusedError."""
    mails = postbox_of(request)
    token = rooms.invite(by.membership.organization_id, email, role, by.actor)
    path = f"/join/{token}"
    if mails.is_open:
        letter = invite_letter(email.strip(), mails.link(path), by.user.name, by.membership.organization)
        mails.send(letter, by.user.language)
    return Invited(token, own_address(request, path), mails.is_open)
