"""OAuth 2: consent, code exchange, rotating refresh values, revocation, discovery (§1). State without HTTP."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection

    from comptoir_sandbox.control.clock import Clock

CODE_LIFETIME_SECONDS = 300
REFRESH_LIFETIME_SECONDS = 8_726_400
HARD_LIFETIME_SECONDS = 157_680_000
ACCOUNTING_SCOPE = "com.intuit.quickbooks.accounting"
OPEN_SCOPES = frozenset({"openid", "email", "profile", "address", "phone"})
KNOWN_SCOPES = OPEN_SCOPES | {ACCOUNTING_SCOPE, "com.intuit.quickbooks.payment"}
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class OAuthError(Exception):
    """Refused by the token endpoint: error word, description, HTTP status."""

    def __init__(self, error: str, description: str = "", *, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The JSON answer."""
        return {"error": self.error, **({"error_description": self.description} if self.description else {})}


@dataclass
class Grant:
    """A user's consent for one company."""

    realm_id: str
    scopes: frozenset[str]
    begun: datetime
    refresh_token: str
    refresh_issued: datetime
    """When the present refresh value was first given."""
    refresh_used: datetime
    """The rolling window counts from here."""
    access_tokens: dict[str, datetime] = field(default_factory=dict)
    """Token -> end of its life."""


@dataclass(frozen=True)
class _Code:
    realm_id: str
    redirect_uri: str
    scopes: frozenset[str]
    ends: datetime


class Authority:
    """The authorization server of one development application. Thread-safe."""

    def __init__(
        self,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        redirect_uris: Collection[str] = (),
        access_lifetime_seconds: int = 3600,
        rotation_seconds: int = 86_400,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.client_id = client_id
        self._client_secret = client_secret
        self._redirect_uris = frozenset(redirect_uris)
        self._access_lifetime_seconds = access_lifetime_seconds
        self._rotation_seconds = rotation_seconds
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}

    def reset(self) -> None:
        """Forget all codes, grants and tokens."""
        with self._lock:
            for table in (self._codes, self._refresh, self._access):
                table.clear()

    def accepts_redirect(self, uri: str) -> bool:
        """A registered value, or plain http on this machine, which development keys may use."""
        parts = urlsplit(uri)
        return uri in self._redirect_uris or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)

    def check_client(self, client_id: str, client_secret: str) -> None:
        """invalid_client (401) unless these are the application's keys."""
        known = secrets.compare_digest(client_id.encode(), self.client_id.encode())
        if not known or not secrets.compare_digest(client_secret.encode(), self._client_secret.encode()):
            raise OAuthError("invalid_client", status=401)

    def issue_code(self, realm_id: str, redirect_uri: str, scopes: frozenset[str]) -> str:
        """A single-use code for a consent just given."""
        code = "AB" + secrets.token_urlsafe(36)
        ends = self._clock.now() + timedelta(seconds=CODE_LIFETIME_SECONDS)
        with self._lock:
            self._codes[code] = _Code(realm_id, redirect_uri, scopes, ends)
        return code

    def grant(self, realm_id: str, scopes: frozenset[str]) -> dict[str, object]:
        """Tokens without a page: the consent somebody gave to another application. They end as all tokens do."""
        with self._lock:
            now = self._clock.now()
            grant = Grant(realm_id, scopes, now, _refresh_value(), now, now)
            self._refresh[grant.refresh_token] = grant
            return self._tokens(grant, now, hard=False)

    def exchange(self, code: str, redirect_uri: str, *, hard: bool = False) -> dict[str, object]:
        """Tokens for a code; invalid_grant when it is unknown, used, late or of another redirect address."""
        with self._lock:
            found = self._codes.pop(code, None)
            now = self._clock.now()
            if found is None or found.ends < now or found.redirect_uri != redirect_uri:
                raise OAuthError("invalid_grant", "Invalid authorization code")
            grant = Grant(found.realm_id, found.scopes, now, _refresh_value(), now, now)
            self._refresh[grant.refresh_token] = grant
            return self._tokens(grant, now, hard=hard)

    def refresh(self, token: str, *, hard: bool = False) -> dict[str, object]:
        """New access token; the refresh value changes when it is older than the rotation time."""
        with self._lock:
            now = self._clock.now()
            grant = self._refresh.get(token)
            if grant is None or self._ended(grant, now):
                raise OAuthError("invalid_grant", "Incorrect or invalid refresh token")
            grant.refresh_used = now
            if (now - grant.refresh_issued).total_seconds() > self._rotation_seconds:
                del self._refresh[token]
                grant.refresh_token, grant.refresh_issued = _refresh_value(), now
                self._refresh[grant.refresh_token] = grant
            return self._tokens(grant, now, hard=hard)

    def _ended(self, grant: Grant, now: datetime) -> bool:
        idle, age = (now - grant.refresh_used).total_seconds(), (now - grant.begun).total_seconds()
        return idle > REFRESH_LIFETIME_SECONDS or age > HARD_LIFETIME_SECONDS

    def _tokens(self, grant: Grant, now: datetime, *, hard: bool) -> dict[str, object]:
        access = "eyJ" + secrets.token_urlsafe(384)
        grant.access_tokens = {each: ends for each, ends in grant.access_tokens.items() if ends > now}
        grant.access_tokens[access] = now + timedelta(seconds=self._access_lifetime_seconds)
        self._access[access] = grant
        answer: dict[str, object] = {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": grant.refresh_token,
            "expires_in": self._access_lifetime_seconds,
            "x_refresh_token_expires_in": REFRESH_LIFETIME_SECONDS,
        }
        if hard:
            answer["x_refresh_token_hard_expires_in"] = HARD_LIFETIME_SECONDS - int((now - grant.begun).total_seconds())
        return answer

    def revoke(self, token: str) -> None:
        """End the grant of either of its tokens; invalid_request for an unknown one."""
        with self._lock:
            grant = self._refresh.get(token) or self._access.get(token)
            if grant is None:
                raise OAuthError("invalid_request", "Token invalid")
            self._refresh.pop(grant.refresh_token, None)
            for access in grant.access_tokens:
                self._access.pop(access, None)

    def expire_access_tokens(self) -> None:
        """Make every access token invalid now (control API)."""
        with self._lock:
            self._access.clear()

    def grant_of(self, access_token: str) -> Grant | None:
        """The live grant of a bearer token, or None."""
        with self._lock:
            grant = self._access.get(access_token)
            if grant is None or grant.access_tokens.get(access_token, grant.begun) <= self._clock.now():
                return None
            return grant


def _refresh_value() -> str:
    return "AB1" + secrets.token_urlsafe(48)
