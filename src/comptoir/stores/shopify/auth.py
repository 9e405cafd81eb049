"""How Comptoir gets into a shop: the name a person types, client credentials, a pasted token (shopify.md §1, §2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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
from comptoir.stores.shopify.errors import RETRIED_STATUSES, UNREACHABLE, UNREADABLE, Circumstances, from_status, make

DOMAIN_SUFFIX = ".myshopify.com"
ADMIN_HOST = "admin.shopify.com"
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


class _Granted(msgspec.Struct, frozen=True):
    """Shopify's answer to a client credentials grant (shopify.md §2.4)."""

    access_token: str
    expires_in: int = TOKEN_LIFE_SECONDS


_OTHER_ORGANISATION = (
    "Shopify does not give this app access to {shop}. The app must be installed in the shop, and both must belong to "
    "the same organisation in Shopify's Dev Dashboard. Install it there, then connect again."
)
_WRONG_SECRET = (
    "Shopify does not accept the client ID and secret for {shop}. Copy both again from the app's settings in the Dev "  # noqa: S105
    "Dashboard, then connect again."
)
GRANT_REFUSALS = {
    "shop_not_permitted": _OTHER_ORGANISATION,
    "app_not_installed": _OTHER_ORGANISATION,
    "application_cannot_be_found": _WRONG_SECRET,
    "invalid_client": _WRONG_SECRET,
    "invalid_request": _WRONG_SECRET,
    "unauthorized_client": _WRONG_SECRET,
}
"""TABLE: why no token is given, by the `error` of the answer; each ends in Reconnect."""
GRANT_REFUSED_STATUSES = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """The grant of an app that the merchant made: a token of 24 hours, asked for again when it ends; nothing else."""

    shop: str
    client_id: str
    client_secret: str = field(repr=False)
    transport: Transport
    base_url: str
    clock: Callable[[], datetime] = utc_now

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """A new token; asking twice does no harm. Raises Reconnect, RetryLater or Unexpected."""
        del tokens  # this grant has no refresh token: it starts from the secret each time
        body = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
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
                raise self._refusal(answer)
            granted = msgspec.convert(answer.json(), _Granted)
        except Unreachable as error:
            raise make(UNREACHABLE, self._around(), detail=error.detail) from error
        except (MalformedBody, msgspec.ValidationError) as error:
            raise make(UNREADABLE, self._around(), detail=f"access_token: {type(error).__name__}") from error
        return Tokens(granted.access_token, asked_at + timedelta(seconds=granted.expires_in))

    def _refusal(self, answer: Answer) -> HouseError:
        reason = _reason(answer)
        if answer.status in GRANT_REFUSED_STATUSES:
            message = Message(GRANT_REFUSALS.get(reason, _WRONG_SECRET), {"shop": self.shop})
            detail = f"HTTP {answer.status}: {answer.excerpt()}"
            return Reconnect(message, detail=detail, code=reason or str(answer.status))
        around = self._around(wait_seconds=retry_after_seconds(answer, now=self.clock()))
        return from_status(answer.status, around, detail=answer.excerpt())

    def _around(self, *, wait_seconds: float = 0.0) -> Circumstances:
        return Circumstances(shop=self.shop, now=self.clock(), wait_seconds=wait_seconds)


def _retry_faults(answer: Answer) -> float | None:
    return 0.0 if answer.status in RETRIED_STATUSES else None


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
