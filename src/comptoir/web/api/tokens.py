"""Tokens of programs: which there are, and their end. No token makes another one."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.shapes.common import moment
from comptoir.storage.people.api_tokens import ApiToken
from comptoir.web.api.parts import api_router
from comptoir.web.guard import Key, NotFoundError, OwningKey, Rooms
from comptoir.web.scope import Number

router = api_router()


@dataclass(frozen=True, slots=True)
class TokenShape:
    """A token that still opens something, by its first letters. `scope`: "read", "write" or "own".

    `made_by`: the user who made it, None where their account went.
    """

    token: int
    name: str
    beginning: str
    scope: str
    made_by: int | None
    created_at: str
    expires_at: str | None
    used_at: str | None


@dataclass(frozen=True, slots=True)
class TokensShape:
    """The tokens that still open the organization, the latest first."""

    tokens: list[TokenShape]


@router.get("/tokens")
def tokens(key: OwningKey, rooms: Rooms) -> TokensShape:
    """The tokens that open the organization. No secrets."""
    return _tokens(key, rooms)


@router.delete("/tokens/{token_id}")
def end(key: OwningKey, rooms: Rooms, token_id: Number) -> TokensShape:
    """Let a token open nothing any more, also the one that asks."""
    if not rooms.revoke_api_token(key.app.organization_id, token_id, key.actor):
        raise NotFoundError
    return _tokens(key, rooms)


def _tokens(key: Key, rooms: Rooms) -> TokensShape:
    return TokensShape([_token(each) for each in rooms.api_tokens.of(key.app.organization_id)])


def _token(each: ApiToken) -> TokenShape:
    return TokenShape(
        token=each.id,
        name=each.name,
        beginning=each.beginning,
        scope=each.scope.value,
        made_by=each.made_by,
        created_at=each.created_at.isoformat(),
        expires_at=moment(each.expires_at),
        used_at=moment(each.used_at),
    )
