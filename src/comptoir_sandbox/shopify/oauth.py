"""Access tokens: the client credentials grant and a static token (shopify.md §2.4)."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.control.clock import Clock

TOKEN_LIFETIME_SECONDS = 86_399
TOKEN_PREFIX = "shpat_"  # noqa: S105 # the prefix every access token has
BAD_REQUEST, UNAUTHORIZED, OK = 400, 401, 200


@dataclass(frozen=True)
class App:
    """An app as the Dev Dashboard knows it, and whether it is installed on this shop."""

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    installed: bool = True


@dataclass(frozen=True)
class _Token:
    expires_at: datetime | None
    scopes: frozenset[str]


class Tokens:
    """The tokens given out. Safe to use from several threads."""

    def __init__(
        self, app: App, clock: Clock, *, lifetime_seconds: int = TOKEN_LIFETIME_SECONDS, static: str | None = None
    ) -> None:
        self._app = app
        self._clock = clock
        self._lifetime = lifetime_seconds
        self._static = static
        self._lock = threading.Lock()
        self._tokens: dict[str, _Token] = {}
        self.reset()

    def reset(self) -> None:
        """Forget all tokens but the static one."""
        with self._lock:
            self._tokens = {self._static: _Token(None, frozenset(self._app.scopes))} if self._static else {}

    def granted(self, token: str | None) -> frozenset[str] | None:
        """Return the scopes of a token that is alive, else None."""
        with self._lock:
            known = self._tokens.get(token or "")
        if known is None or (known.expires_at is not None and known.expires_at <= self._clock.now()):
            return None
        return known.scopes

    def revoke(self, token: str | None) -> None:
        """End a token now (the "expired_token" fault)."""
        with self._lock:
            self._tokens.pop(token or "", None)

    def exchange(self, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
        """Answer POST /admin/oauth/access_token: (HTTP status, JSON)."""
        fields = _fields(body, content_type)
        if fields is None:
            return _refusal(BAD_REQUEST, "invalid_request", "The request's body cannot be read.")
        missing = [name for name in ("client_id", "client_secret", "grant_type") if not fields.get(name)]
        if missing:
            return _refusal(BAD_REQUEST, "invalid_request", f"Missing parameter: {', '.join(missing)}.")
        if not (
            _same(fields["client_id"], self._app.client_id) and _same(fields["client_secret"], self._app.client_secret)
        ):
            return _refusal(UNAUTHORIZED, "invalid_client", "Unknown client id or wrong client secret.")
        if fields["grant_type"] != "client_credentials":
            return _refusal(BAD_REQUEST, "unsupported_grant_type", "This sandbox grants client_credentials only.")
        if not self._app.installed:
            return _refusal(BAD_REQUEST, "shop_not_permitted", "The app is not installed on this shop.")
        return OK, self._grant()

    def _grant(self) -> dict[str, Any]:
        token = TOKEN_PREFIX + secrets.token_hex(16)
        expires_at = self._clock.now() + timedelta(seconds=self._lifetime)
        with self._lock:
            self._tokens[token] = _Token(expires_at, frozenset(self._app.scopes))
        return {"access_token": token, "scope": ",".join(self._app.scopes), "expires_in": self._lifetime}


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


def _refusal(status: int, error: str, description: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": error, "error_description": description}
