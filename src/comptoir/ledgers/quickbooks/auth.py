"""Intuit's OAuth 2 (quickbooks-online.md §1): consent, code exchange, rotating refresh tokens, revocation."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, Reconnect, RetryLater, Unexpected
from comptoir.http.oauth import Tokens
from comptoir.http.redaction import redact
from comptoir.http.transport import Answer, MalformedBody, Request, Transport, Unreachable, utc_now

SCOPE = "com.intuit.quickbooks.accounting"
GRANT_LIFE = timedelta(days=5 * 365)
"""How long one sign-in lasts however often its tokens are renewed (quickbooks-online.md §1)."""

_UNREACHABLE = Message("Intuit's sign-in service did not answer. Nothing is lost; it will be asked again shortly.")
_ENDED = Message("QuickBooks no longer accepts this connection. Connect the company again to go on.")
_WRONG_APP = Message(
    "Intuit does not know this client ID and secret. Copy both again from the Keys page of your Intuit app "
    "(development keys for sandbox companies, production keys for real ones)."
)
_WRONG_CODE = Message("The sign-in took too long or was used twice. Start connecting QuickBooks once more.")
_ODD = Message("Intuit's sign-in service gave an answer that is not documented. Please report it with the log.")


@dataclass(frozen=True, slots=True)
class App:
    """The operator's own Intuit app; `redirect_uri` must equal a registered one byte for byte."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where consent, tokens and revocation are.

    The defaults are the published ones; people of sandbox companies sign in there too.
    """

    authorization: str = "https://appcenter.intuit.com/connect/oauth2"
    token: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
    revocation: str = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"


class _Discovery(msgspec.Struct):
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str


class _Granted(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: int
    x_refresh_token_expires_in: int | None = None


def is_safe(url: str) -> bool:
    """Whether secrets may travel to `url`: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"})


def discover(transport: Transport, url: str) -> Endpoints:
    """The endpoints that a discovery document names. Raises RetryLater or Unexpected."""
    request = Request("GET", url, {"accept": "application/json"}, operation="discovery")
    try:
        answer = transport.read(request, should_retry=lambda it: 0.0 if it.status in _BUSY else None)
        found = msgspec.convert(answer.json(), _Discovery)
    except Unreachable as error:
        raise RetryLater(_UNREACHABLE, detail=error.detail) from error
    except (MalformedBody, msgspec.ValidationError) as error:
        raise Unexpected(_ODD, detail=f"discovery document {url}: {error}") from error
    endpoints = Endpoints(found.authorization_endpoint, found.token_endpoint, found.revocation_endpoint)
    if not all(map(is_safe, (endpoints.authorization, endpoints.token, endpoints.revocation))):
        raise Unexpected(_ODD, detail=f"discovery document {url}: an endpoint is neither https nor local")
    return endpoints


_BUSY = frozenset({429, 500, 502, 503, 504})


class IntuitAuth:
    """The authorization of one app. As a `Grant` it exchanges refresh tokens."""

    def __init__(
        self,
        transport: Transport,
        app: App,
        endpoints: Endpoints | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._transport = transport
        self._app = app
        self._endpoints = endpoints or Endpoints()
        self._clock = clock

    def authorize_url(self, state: str) -> str:
        """The page where the user consents. `state` guards the callback against forgery: keep and compare it."""
        query = {
            "client_id": self._app.client_id,
            "response_type": "code",
            "scope": SCOPE,
            "redirect_uri": self._app.redirect_uri,
            "state": state,
        }
        joint = "&" if urlsplit(self._endpoints.authorization).query else "?"
        return f"{self._endpoints.authorization}{joint}{urlencode(query)}"

    def exchange(self, code: str) -> Tokens:
        """Tokens for the `code` of the callback (single use, minutes). Raises Reconnect, RetryLater, Unexpected."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._app.redirect_uri}
        return self._grant(form, refused=_WRONG_CODE)

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """New tokens; `invalid_grant` is final and becomes Reconnect, never a loop."""
        if tokens is None or tokens.refresh_token is None:
            raise Reconnect(_ENDED, detail="no refresh token is stored")
        form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        return self._grant(form, refused=_ENDED)

    def revoke(self, tokens: Tokens) -> None:
        """End the grant at Intuit. A token it no longer knows is as good as revoked. Raises RetryLater, Reconnect."""
        body = json.dumps({"token": tokens.refresh_token or tokens.access_token}).encode()
        answer = self._post(self._endpoints.revocation, body, "application/json", operation="revoke")
        if answer.status not in {200, 400}:
            raise self._error(answer, refused=_ENDED)

    def _grant(self, form: Mapping[str, str], *, refused: Message) -> Tokens:
        body = urlencode(form).encode()
        answer = self._post(self._endpoints.token, body, "application/x-www-form-urlencoded", operation="token")
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise self._error(answer, refused=refused)
        try:
            granted = msgspec.convert(answer.json(), _Granted)
        except (MalformedBody, msgspec.ValidationError) as error:
            raise Unexpected(_ODD, detail=f"token: {redact(str(error))}", request_id=_tid(answer)) from error
        now = self._clock()
        life = granted.x_refresh_token_expires_in
        return Tokens(
            access_token=granted.access_token,
            access_expires_at=now + timedelta(seconds=granted.expires_in),
            refresh_token=granted.refresh_token,
            refresh_expires_at=None if life is None else now + timedelta(seconds=life),
        )

    def _post(self, url: str, body: bytes, content_type: str, *, operation: str) -> Answer:
        """One attempt: a refresh sent twice with one value may end the grant."""
        pair = f"{self._app.client_id}:{self._app.client_secret}".encode()
        headers = {
            "authorization": f"Basic {base64.b64encode(pair).decode()}",
            "accept": "application/json",
            "content-type": content_type,
        }
        try:
            return self._transport.write(Request("POST", url, headers, body=body, operation=operation))
        except Unreachable as error:
            raise RetryLater(_UNREACHABLE, detail=error.detail) from error
        except MalformedBody as error:
            raise Unexpected(_ODD, detail=str(error)) from error

    def _error(self, answer: Answer, *, refused: Message) -> HouseError:
        code = _error_code(answer)
        detail = f"HTTP {answer.status}: {answer.excerpt()}"
        request_id = _tid(answer)
        if answer.status in _BUSY:
            return RetryLater(_UNREACHABLE, detail=detail, code=code, request_id=request_id)
        if code == "invalid_grant":
            return Reconnect(refused, detail=detail, code=code, request_id=request_id)
        if code == "invalid_client" or answer.status in {401, 403}:
            return Reconnect(_WRONG_APP, detail=detail, code=code, request_id=request_id)
        return Unexpected(_ODD, detail=detail, code=code, request_id=request_id)


def _error_code(answer: Answer) -> str:
    try:
        body = answer.json()
    except MalformedBody:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def _tid(answer: Answer) -> str:
    return answer.headers.get("intuit_tid", "")
