"""The browser's part of the authorization code grant: the signed install link, consent, the signed callback (§2.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.datastructures import QueryParams

    from comptoir_sandbox.shopify.oauth import Tokens

CONSENT = "_consent"
"""The parameter that the consent page's button adds."""
ONLINE = "per-user"


def signed_query(parameters: Mapping[str, str], secret: str) -> str:
    """Return the query with its `hmac`: HMAC-SHA256, in hex, of the sorted, percent-encoded parameters."""
    text = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(parameters.items()))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{text}&hmac={digest}"


def install_link(app_url: str, domain: str, secret: str, now: datetime) -> str:
    """Return the app's address as the merchant opens it from the admin."""
    return f"{app_url}{_joint(app_url)}{signed_query(_common(domain, now), secret)}"


class Consent:
    """GET /admin/oauth/authorize. With `page`, a person has to press a button; else everything is granted at once."""

    def __init__(self, tokens: Tokens, domain: str, *, page: bool) -> None:
        self._tokens = tokens
        self._domain = domain
        self._page = page

    def answer(self, asked: QueryParams, now: datetime) -> Response:
        """Redirect to the app with a code, show the page, or refuse."""
        app = self._tokens.app
        if asked.get("client_id") != app.client_id:
            return _refused("Oauth error invalid_request: Could not find the application with the given client_id")
        redirect_uri = asked.get("redirect_uri", "")
        if not _registered(redirect_uri, app.redirect_uris):
            return _refused("Oauth error invalid_request: The redirect_uri is not whitelisted")
        if self._page and asked.get(CONSENT) != "1":
            return _page(asked, self._domain)
        scopes = [scope.strip() for scope in asked.get("scope", "").split(",") if scope.strip()]
        online = ONLINE in asked.getlist("grant_options[]")
        code = self._tokens.issue_code(scopes or app.scopes, online=online)
        callback = {**_common(self._domain, now), "code": code}
        if "state" in asked:
            callback["state"] = asked["state"]
        query = signed_query(callback, app.client_secret)
        return RedirectResponse(f"{redirect_uri}{_joint(redirect_uri)}{query}", status_code=HTTPStatus.FOUND)


def _registered(wanted: str, registered: tuple[str, ...]) -> bool:
    """Tell whether the address is registered exactly; nothing registered: any address of this machine."""
    if registered:
        return wanted in registered
    parts = urlsplit(wanted)
    return parts.scheme in {"http", "https"} and parts.hostname in {"127.0.0.1", "localhost", "::1"}


def _common(domain: str, now: datetime) -> dict[str, str]:
    host = base64.b64encode(f"admin.shopify.com/store/{domain.partition('.')[0]}".encode()).decode().rstrip("=")
    return {"host": host, "shop": domain, "timestamp": str(int(now.timestamp()))}


def _joint(address: str) -> str:
    return "&" if "?" in address else "?"


def _refused(message: str) -> Response:
    return HTMLResponse(f"<!doctype html><title>Error</title><p>{escape(message)}</p>", HTTPStatus.BAD_REQUEST)


def _page(asked: QueryParams, domain: str) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.multi_items()
    )
    return HTMLResponse(
        f"<!doctype html><title>Install app</title><h1>Install this app on {escape(domain)}?</h1>"
        f"<p>It asks for: {escape(asked.get('scope', ''))}</p>"
        f'<form method="get">{hidden}<button name="{CONSENT}" value="1">Install app</button></form>'
    )
