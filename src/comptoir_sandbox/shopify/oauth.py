"""Access tokens: client credentials, authorization code, refresh, migration (shopify.md §2.2 to 2.4)."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from comptoir_sandbox.control.clock import Clock

TOKEN_LIFETIME_SECONDS = 86_399
"""Of client credentials and online tokens."""
EXPIRING_LIFETIME_SECONDS = 3_600
REFRESH_LIFETIME = timedelta(days=90)
REFRESH_GRACE = timedelta(days=30)
"""How long after its own first use a refresh token can be used again, while its replacement was not."""
CODE_LIFETIME = timedelta(seconds=60)
TOKEN_PREFIX = "shpat_"  # noqa: S105 # the prefix every access token has
REFRESH_PREFIX = "shprt_"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 # the name of a grant
OFFLINE_TOKEN = "urn:shopify:params:oauth:token-type:offline-access-token"  # noqa: S105 # the name of a kind of token
BAD_REQUEST, UNAUTHORIZED, OK = 400, 401, 200

Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True)
class App:
    """An app as the Dev Dashboard knows it, and whether it is installed on this shop."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    installed: bool = True
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Token:
    expires_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class _Code:
    expires_at: datetime
    scopes: tuple[str, ...]
    online: bool


@dataclass
class _Refresh:
    expires_at: datetime
    scopes: tuple[str, ...]
    replaces: str | None = None
    first_used_at: datetime | None = None


@dataclass
class _Given:
    """Everything given out so far."""

    tokens: dict[str, _Token] = field(default_factory=dict)
    codes: dict[str, _Code] = field(default_factory=dict)
    refreshes: dict[str, _Refresh] = field(default_factory=dict)


class Tokens:
    """The tokens given out. Safe to use from several threads."""

    def __init__(
        self, app: App, clock: Clock, *, lifetime_seconds: int = TOKEN_LIFETIME_SECONDS, static: str | None = None
    ) -> None:
        self.app = app
        self._clock = clock
        self._lifetime = lifetime_seconds
        self._static = static
        self._lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget all tokens but the static one, and whether the app was installed since."""
        with self._lock:
            self._installed = self.app.installed
            self._given = _Given()
            if self._static:
                self._given.tokens[self._static] = _Token(None, self.app.scopes)

    def granted(self, token: str | None) -> frozenset[str] | None:
        """Return the scopes of a token that is alive, else None."""
        with self._lock:
            known = self._given.tokens.get(token or "")
        if known is None or (known.expires_at is not None and known.expires_at <= self._clock.now()):
            return None
        return frozenset(known.scopes)

    def revoke(self, token: str | None) -> None:
        """End a token now (the "expired_token" fault)."""
        with self._lock:
            self._given.tokens.pop(token or "", None)

    def uninstall(self) -> None:
        """Take the app off the shop: all tokens die at once, the static one too (§2.4)."""
        with self._lock:
            self._installed = False
            self._given = _Given()

    def issue_code(self, asked: Collection[str], *, online: bool) -> str:
        """Install the app and return a code for what was asked and may be granted; it is good once, for a minute."""
        code = secrets.token_hex(16)
        granted = compressed([scope for scope in asked if scope in self.app.scopes])
        with self._lock:
            self._installed = True
            self._given.codes[code] = _Code(self._clock.now() + CODE_LIFETIME, granted, online)
        return code

    def exchange(self, body: bytes, content_type: str) -> Answer:
        """Answer POST /admin/oauth/access_token: (HTTP status, JSON)."""
        fields = _fields(body, content_type)
        if fields is None:
            return _refusal(BAD_REQUEST, "invalid_request", "The request's body cannot be read.")
        grant = fields.get("grant_type") or ("authorization_code" if fields.get("code") else "")
        missing = [name for name in ("client_id", "client_secret") if not fields.get(name)]
        missing += [] if grant else ["grant_type"]
        if missing:
            return _refusal(BAD_REQUEST, "invalid_request", f"Missing parameter: {', '.join(missing)}.")
        if not (
            _same(fields["client_id"], self.app.client_id) and _same(fields["client_secret"], self.app.client_secret)
        ):
            return _refusal(UNAUTHORIZED, "invalid_client", "Unknown client id or wrong client secret.")
        with self._lock:
            return self._grant(grant, fields)

    def _grant(self, grant: str, fields: Mapping[str, str]) -> Answer:
        if grant == "client_credentials":
            return self._client_credentials()
        if grant == "authorization_code":
            return self._authorization_code(fields)
        if grant == "refresh_token":
            return self._refresh(fields.get("refresh_token", ""))
        if grant == TOKEN_EXCHANGE:
            return self._migrate(fields)
        return _refusal(BAD_REQUEST, "unsupported_grant_type", f"This sandbox does not grant {grant!r}.")

    def _client_credentials(self) -> Answer:
        if not self._installed:
            return _refusal(BAD_REQUEST, "shop_not_permitted", "The app is not installed on this shop.")
        token = self._new_token(self.app.scopes, self._lifetime)
        return OK, {"access_token": token, "scope": ",".join(self.app.scopes), "expires_in": self._lifetime}

    def _authorization_code(self, fields: Mapping[str, str]) -> Answer:
        code = self._given.codes.pop(fields.get("code", ""), None)
        if code is None or code.expires_at <= self._clock.now():
            description = "The authorization code was not found or was already used"
            return _refusal(BAD_REQUEST, "invalid_request", description)
        if code.online:
            return OK, self._online(code.scopes)
        return OK, self._offline(code.scopes, expiring=fields.get("expiring") == "1")

    def _online(self, scopes: tuple[str, ...]) -> dict[str, Any]:
        return {
            "access_token": self._new_token(scopes, self._lifetime),
            "scope": ",".join(scopes),
            "expires_in": self._lifetime,
            "associated_user_scope": ",".join(scopes),
            "associated_user": {
                "id": 1,
                "first_name": "Sandbox",
                "last_name": "Owner",
                "email": "owner@retail-demo.example",
                "email_verified": True,
                "account_owner": True,
                "locale": "en",
                "collaborator": False,
            },
        }

    def _offline(self, scopes: tuple[str, ...], *, expiring: bool, replaces: str | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "access_token": self._new_token(scopes, EXPIRING_LIFETIME_SECONDS if expiring else None),
            "scope": ",".join(scopes),
        }
        if expiring:
            refresh = REFRESH_PREFIX + secrets.token_hex(16)
            self._given.refreshes[refresh] = _Refresh(self._clock.now() + REFRESH_LIFETIME, scopes, replaces)
            answer["expires_in"] = EXPIRING_LIFETIME_SECONDS
            answer["refresh_token"] = refresh
            answer["refresh_token_expires_in"] = int(REFRESH_LIFETIME.total_seconds())
        return answer

    def _refresh(self, token: str) -> Answer:
        """Give a new pair. The old refresh token works again until the new one is used (§2.3)."""
        if not token:
            return _refusal(BAD_REQUEST, "invalid_request", "Missing parameter: refresh_token.")
        known, now = self._given.refreshes.get(token), self._clock.now()
        used_up = known is not None and known.first_used_at is not None and known.first_used_at + REFRESH_GRACE <= now
        if known is None or used_up or known.expires_at <= now:
            return _refusal(BAD_REQUEST, "invalid_grant", "The refresh token is not valid any more.")
        known.first_used_at = known.first_used_at or now
        self._given.refreshes.pop(known.replaces or "", None)
        return OK, self._offline(known.scopes, expiring=True, replaces=token)

    def _migrate(self, fields: Mapping[str, str]) -> Answer:
        """Change a token that never expires for a pair that does; the old one dies (§2.3)."""
        if (
            fields.get("subject_token_type") != OFFLINE_TOKEN
            or fields.get("requested_token_type") != OFFLINE_TOKEN
            or fields.get("expiring") != "1"
        ):
            return _refusal(BAD_REQUEST, "invalid_request", "This sandbox only makes offline tokens expiring.")
        old = self._given.tokens.get(fields.get("subject_token", ""))
        if old is None or old.expires_at is not None:
            return _refusal(BAD_REQUEST, "invalid_subject_token", "That is no token without expiry.")
        del self._given.tokens[fields["subject_token"]]
        return OK, self._offline(old.scopes, expiring=True)

    def _new_token(self, scopes: tuple[str, ...], lifetime_seconds: int | None) -> str:
        token = TOKEN_PREFIX + secrets.token_hex(16)
        expires_at = None if lifetime_seconds is None else self._clock.now() + timedelta(seconds=lifetime_seconds)
        self._given.tokens[token] = _Token(expires_at, scopes)
        return token


def compressed(scopes: Collection[str]) -> tuple[str, ...]:
    """Return the scopes without the read_ ones that a write_ one implies (§2.2)."""
    implied = {scope.replace("write_", "read_", 1) for scope in scopes if scope.startswith("write_")}
    return tuple(scope for scope in dict.fromkeys(scopes) if scope not in implied)


def _fields(body: bytes, content_type: str) -> dict[str, str] | None:
    try:
        text = body.decode("utf-8")
        raw = json.loads(text) if content_type.startswith("application/json") else dict(parse_qsl(text))
    except ValueError:
        return None
    if not isinstance(raw, dict):
        return None
    return {str(name): value for name, value in raw.items() if isinstance(value, str)}


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(), known.encode())


def _refusal(status: int, error: str, description: str) -> Answer:
    return status, {"error": error, "error_description": description}
