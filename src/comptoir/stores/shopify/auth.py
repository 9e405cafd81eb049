"""How Comptoir gets into a shop (shopify.md §1, §2): the name a person types, and the grants that give tokens.

Client credentials give a token of a day. A consent in the browser gives one of an hour with a refresh token, which is
replaced at each use. A pasted token of an older app never ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, Reconnect, Refused
from comptoir.http.oauth import Tokens
from comptoir.http.transport import (
    Answer,
    MalformedBody,
    Request,
    Transport,
    Unreachable,
    retry_after_seconds,
    utc_now,
)
from comptoir.stores.shopify.errors import UNREACHABLE, UNREADABLE, Circumstances, from_status, is_passing, make

DOMAIN_SUFFIX = ".myshopify.com"
ADMIN_HOST = "admin.shopify.com"
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
OK_STATUS = 200
TOKEN_LIFE_SECONDS = 3600
"""Assumed when an answer does not say how long its token lives; shorter than any that Shopify gives."""
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a token that does not end."""

_SCHEME = re.compile(r"^https?://")
_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]*")

_REFUSED_NAME = Message(
    "“{typed}” is not a Shopify shop name. Type the shop's name as in NAME.myshopify.com; in Shopify it is shown under "
    "Settings, Domains."
)


def shop_domain(typed: str) -> str:
    """The shop's lasting name, NAME.myshopify.com, from what a person types; Refused, with the remedy, for the rest.

    Accepted: NAME, NAME.myshopify.com, either with https:// and any path, and the address of a page of the shop's
    administration (admin.shopify.com/store/NAME/...). A shop's own domain is refused: it may move to another shop.
    """
    host, *path = _SCHEME.sub("", typed.strip().lower()).split("/")
    if host == ADMIN_HOST and path[:1] == ["store"] and len(path) > 1:
        host = path[1].partition("?")[0] + DOMAIN_SUFFIX
    if host and "." not in host:
        host += DOMAIN_SUFFIX
    handle = host.removesuffix(DOMAIN_SUFFIX)
    if handle == host or not _HANDLE.fullmatch(handle):
        raise Refused(Message(_REFUSED_NAME.template, {"typed": typed.strip()}), code="shop_name")
    return host


def is_safe(url: str) -> bool:
    """Whether secrets may travel to `url`: https, or this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)


class _Granted(msgspec.Struct, frozen=True):
    """Shopify's answer to any grant; only expiring offline tokens have a refresh token (shopify.md §2.2 (5), §2.4)."""

    access_token: str
    scope: str = ""
    expires_in: int | None = None
    refresh_token: str | None = None
    refresh_token_expires_in: int | None = None


_OTHER_ORGANISATION = (
    "Shopify does not give this app access to {shop}. The app must be installed in the shop, and both must belong to "
    "the same organisation in Shopify's Dev Dashboard. Install it there, then connect again."
)
_WRONG_SECRET = (
    "Shopify does not accept the client ID and secret for {shop}. Copy both again from the app's settings in the Dev "  # noqa: S105
    "Dashboard, then connect again."
)
_CODE_SPENT = "The sign-in at {shop} took too long or was used twice. Start connecting the shop once more."
_ENDED = (
    "The sign-in at {shop} has ended: the app was taken off the shop, or nothing was read from it for 90 days. Connect "
    "the shop again under Connections, or with: comptoir connect shopify --browser"
)
_NO_OLD_TOKEN = (
    "Shopify does not exchange the access token of {shop} for one that is renewed. Check that it belongs to this app "  # noqa: S105
    "and is still good, or connect again under Connections, or with: comptoir connect shopify --browser"
)
_WRONG_APP = {
    "application_cannot_be_found": _WRONG_SECRET,
    "invalid_client": _WRONG_SECRET,
    "unauthorized_client": _WRONG_SECRET,
}
CREDENTIALS_REFUSALS = {
    **_WRONG_APP,
    "shop_not_permitted": _OTHER_ORGANISATION,
    "app_not_installed": _OTHER_ORGANISATION,
    "invalid_request": _WRONG_SECRET,
}
CODE_REFUSALS = {**_WRONG_APP, "invalid_request": _CODE_SPENT, "invalid_grant": _CODE_SPENT}
REFRESH_REFUSALS = {**_WRONG_APP, "invalid_grant": _ENDED, "invalid_request": _ENDED}
EXCHANGE_REFUSALS = {
    **_WRONG_APP,
    "invalid_subject_token": _NO_OLD_TOKEN,
    "invalid_request": _NO_OLD_TOKEN,
    "invalid_grant": _NO_OLD_TOKEN,
}
"""TABLES: why no token is given, by the `error` of the answer; each ends in Reconnect."""
GRANT_REFUSED_STATUSES = frozenset({400, 401, 403})

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant
OFFLINE_TOKEN = "urn:shopify:params:oauth:token-type:offline-access-token"  # noqa: S105 - the name of a kind of token


@dataclass(frozen=True, slots=True)
class Door:
    """Where one shop gives tokens to one app; `base_url` has no trailing slash."""

    shop: str
    client_id: str
    client_secret: str = field(repr=False)
    transport: Transport
    base_url: str
    clock: Callable[[], datetime] = utc_now

    def ask(self, asked: Mapping[str, str], refusals: Mapping[str, str]) -> tuple[Tokens, str]:
        """The tokens of a grant and their scopes. Raises Reconnect, RetryLater or Unexpected.

        Asking again after no answer does no harm: credentials stay what they are, and a refresh token works until its
        replacement is first used (shopify.md §2.3). A code that was spent by an answer that never came is refused, and
        the person signs in again.
        """
        body = {**asked, "client_id": self.client_id, "client_secret": self.client_secret}
        request = Request(
            method="POST",
            url=f"{self.base_url}/admin/oauth/access_token",
            headers={"content-type": "application/json", "accept": "application/json"},
            body=msgspec.json.encode(body),
            operation="access_token",
        )
        asked_at = self.clock()
        try:
            answer = self.transport.read(request, should_retry=_retry_faults)
            if answer.status != OK_STATUS:
                raise self._refusal(answer, refusals)
            granted = msgspec.convert(answer.json(), _Granted)
        except Unreachable as error:
            raise make(UNREACHABLE, self._around(), detail=error.detail) from error
        except (MalformedBody, msgspec.ValidationError) as error:
            raise make(UNREADABLE, self._around(), detail=f"access_token: {type(error).__name__}") from error
        return _tokens(granted, asked_at), granted.scope

    def ended(self, reason: str) -> Reconnect:
        """The error of an authorization that only a person can renew."""
        return Reconnect(Message(_ENDED, {"shop": self.shop}), detail=reason, code="ended")

    def _refusal(self, answer: Answer, refusals: Mapping[str, str]) -> HouseError:
        reason = _reason(answer)
        if answer.status in GRANT_REFUSED_STATUSES:
            message = Message(refusals.get(reason, _WRONG_SECRET), {"shop": self.shop})
            detail = f"HTTP {answer.status}: {answer.excerpt()}"
            return Reconnect(message, detail=detail, code=reason or str(answer.status))
        around = self._around(wait_seconds=retry_after_seconds(answer, now=self.clock()))
        return from_status(answer.status, around, detail=answer.excerpt())

    def _around(self, *, wait_seconds: float = 0.0) -> Circumstances:
        return Circumstances(shop=self.shop, now=self.clock(), wait_seconds=wait_seconds)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The grant of an app that the merchant made: a token of 24 hours, asked for again when it ends; nothing else."""

    door: Door

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """A new token; this grant has no refresh token: it starts from the secret each time."""
        del tokens
        return self.door.ask({"grant_type": "client_credentials"}, CREDENTIALS_REFUSALS)[0]


@dataclass(frozen=True, slots=True)
class OfflineGrant:
    """The grant of a consent in the browser: tokens of an hour, and a refresh token that is replaced at each use.

    Both are saved together by the token source before the new one is used. The pair lives 90 days without use.
    """

    door: Door

    def redeem(self, code: str) -> tuple[Tokens, str]:
        """The first tokens, for the code of the callback (good once), and the scopes that were granted."""
        return _lasting(*self.door.ask({"code": code, "expiring": "1"}, CODE_REFUSALS))

    def exchange(self, token: str) -> tuple[Tokens, str]:
        """Expiring tokens for one of the same app that never ends, and their scopes; the old one is dead afterwards."""
        asked = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": token,
            "subject_token_type": OFFLINE_TOKEN,
            "requested_token_type": OFFLINE_TOKEN,
            "expiring": "1",
        }
        return _lasting(*self.door.ask(asked, EXCHANGE_REFUSALS))

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """The next pair; Reconnect where there is no refresh token that is still good."""
        if tokens is None or tokens.refresh_token is None:
            raise self.door.ended("no refresh token is stored")
        if tokens.refresh_expires_at is not None and tokens.refresh_expires_at <= self.door.clock():
            raise self.door.ended("the refresh token was not used in its 90 days")
        asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        return self.door.ask(asked, REFRESH_REFUSALS)[0]


def _lasting(tokens: Tokens, scope: str) -> tuple[Tokens, str]:
    """An offline token without a refresh token is one that never ends (shopify.md §2.2 (5))."""
    return (tokens if tokens.refresh_token else replace(tokens, access_expires_at=NEVER)), scope


def _tokens(granted: _Granted, asked_at: datetime) -> Tokens:
    """With their times. A token without a stated life is taken for short-lived."""
    rest = granted.refresh_token_expires_in
    return Tokens(
        access_token=granted.access_token,
        access_expires_at=asked_at + timedelta(seconds=granted.expires_in or TOKEN_LIFE_SECONDS),
        refresh_token=granted.refresh_token,
        refresh_expires_at=None if rest is None else asked_at + timedelta(seconds=rest),
    )


def _retry_faults(answer: Answer) -> float | None:
    return 0.0 if is_passing(answer.status) else None


def _reason(answer: Answer) -> str:
    """The `error` of a refused grant; "" when the body says none."""
    try:
        body = answer.json()
    except MalformedBody:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


@dataclass(frozen=True, slots=True)
class PastedToken:
    """A static token of an older custom app (`shpat_...`): it never ends, and once refused only a person can help."""

    shop: str
    token: str = field(repr=False)

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """The token that was pasted; Reconnect when Shopify refused just that one."""
        if tokens is not None and tokens.access_token == self.token:
            raise from_status(401, Circumstances(shop=self.shop, now=utc_now()), detail="the pasted token was refused")
        return Tokens(self.token, NEVER)
