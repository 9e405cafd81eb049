"""The pages and endpoints of the authorization server over HTTP (§1)."""

from __future__ import annotations

import base64
import binascii
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from comptoir_sandbox.control.answers import answer_with_fault
from comptoir_sandbox.quickbooks.oauth import KNOWN_SCOPES, OPEN_SCOPES, OAuthError

if TYPE_CHECKING:
    from starlette.requests import Request

    from comptoir_sandbox.quickbooks.app import Sandbox

UNAUTHORIZED = 401


class OAuthPages:
    """The pages and endpoints of the authorization server."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def discovery(self, request: Request) -> Response:
        """The discovery document; its addresses point to this server."""
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": sorted(OPEN_SCOPES),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            }
        )

    def consent(self, request: Request) -> Response:
        """The page where the user chooses the company and approves."""
        asked = dict(request.query_params)
        refusal = self._refused(asked)
        if refusal is not None:
            return refusal
        if self._sandbox.config.auto_approve:
            return self._approve(asked, self._sandbox.config.realm_id)
        hidden = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
        )
        info = self._sandbox.company.records["CompanyInfo"]["1"].data
        company, realm = escape(str(info["CompanyName"])), escape(self._sandbox.config.realm_id)
        return HTMLResponse(
            "<!doctype html><html lang=en><head><meta charset=utf-8><title>Connect to the sandbox company</title>"
            "</head><body><h1>Connect an application to your company</h1>"
            f"<form method=post action=/connect/oauth2>{hidden}<label>Company "
            f"<select name=realm_id><option value={realm}>{company}</option></select></label> "
            "<button name=decision value=approve>Connect</button> "
            "<button name=decision value=refuse>No, thanks</button></form></body></html>"
        )

    async def decide(self, request: Request) -> Response:
        """The user's answer: back to the application with a code, or with access_denied."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        refusal = self._refused(form)
        if refusal is not None:
            return refusal
        if form.get("decision") != "approve":
            return _back(form, {"error": "access_denied"})
        realm = form.get("realm_id", self._sandbox.config.realm_id)
        if realm != self._sandbox.config.realm_id:
            return HTMLResponse("<h1>Unknown company</h1>", status_code=400)
        return self._approve(form, realm)

    def _approve(self, asked: dict[str, str], realm: str) -> Response:
        scopes = frozenset(asked.get("scope", "").split())
        code = self._sandbox.authority.issue_code(realm, asked["redirect_uri"], scopes)
        extra = {"realmId": realm} if scopes - OPEN_SCOPES else {}
        return _back(asked, {"code": code, **extra})

    def _refused(self, asked: dict[str, str]) -> Response | None:
        """A page for requests that must not be sent back to an address; a redirect for the rest."""
        authority = self._sandbox.authority
        if asked.get("client_id") != authority.client_id:
            return HTMLResponse("<h1>The client_id is unknown</h1>", status_code=400)
        if not authority.accepts_redirect(asked.get("redirect_uri", "")):
            return HTMLResponse("<h1>The redirect_uri query parameter value is invalid</h1>", status_code=400)
        if asked.get("response_type") != "code" or not asked.get("state"):
            return _back(asked, {"error": "invalid_request"})
        scopes = set(asked.get("scope", "").split())
        if not scopes or scopes - KNOWN_SCOPES:
            return _back(asked, {"error": "invalid_scope"})
        return None

    async def token(self, request: Request) -> Response:
        """Code exchange and refresh."""
        body = await request.body()
        form = {name: str(value) for name, value in (await request.form()).items()}
        rule = self._sandbox.faults.take("token")

        async def work() -> Response:
            try:
                if rule is not None and rule.kind == "invalid_grant":
                    raise OAuthError("invalid_grant", "Token invalid")  # noqa: TRY301 # an injected refusal
                return JSONResponse(self._tokens(request, form), headers={"Cache-Control": "no-store"})
            except OAuthError as error:
                return JSONResponse(error.body(), status_code=error.status)

        response = await answer_with_fault(rule, work, self._sandbox.faults.latency_seconds)
        self._sandbox.record(request, "token", response, size=len(body))
        return response

    def _tokens(self, request: Request, form: dict[str, str]) -> dict[str, object]:
        self._sandbox.authority.check_client(*_client_keys(request, form))
        hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
        grant_type = form.get("grant_type")
        if grant_type == "authorization_code":
            if not form.get("code"):
                raise OAuthError("invalid_request", "code is missing")
            return self._sandbox.authority.exchange(form["code"], form.get("redirect_uri", ""), hard=hard)
        if grant_type == "refresh_token":
            if not form.get("refresh_token"):
                raise OAuthError("invalid_request", "refresh_token is missing")
            return self._sandbox.authority.refresh(form["refresh_token"], hard=hard)
        raise OAuthError("unsupported_grant_type" if grant_type else "invalid_request")

    async def revoke(self, request: Request) -> Response:
        """End a grant by either of its tokens."""
        body = await request.body()
        response: Response = Response(status_code=200)
        try:
            self._sandbox.authority.check_client(*_client_keys(request, {}))
            try:
                token = str(msgspec.json.decode(body)["token"])
            except (msgspec.DecodeError, KeyError, TypeError) as error:
                raise OAuthError("invalid_request", "token is missing") from error
            self._sandbox.authority.revoke(token)
        except OAuthError as error:
            response = JSONResponse(error.body(), status_code=error.status)
        self._sandbox.record(request, "revoke", response, size=len(body))
        return response

    def user_info(self, request: Request) -> Response:
        """The user behind a bearer token."""
        token = request.headers.get("authorization", "").partition(" ")[2]
        grant = self._sandbox.authority.grant_of(token)
        if grant is None or not grant.scopes & OPEN_SCOPES:
            return JSONResponse({"error": "invalid_token"}, status_code=UNAUTHORIZED)
        return JSONResponse({"sub": "sandbox-user", "email": "user@sandbox.invalid", "emailVerified": True})

    def keys(self, _request: Request) -> Response:
        """No keys: the sandbox issues no id tokens."""
        return JSONResponse({"keys": []})


def _back(asked: dict[str, str], answer: dict[str, str]) -> Response:
    uri = asked["redirect_uri"]
    joined = urlencode({**answer, "state": asked.get("state", "")})
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{joined}", status_code=302)


def _client_keys(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise OAuthError("invalid_client", status=UNAUTHORIZED) from None
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")
