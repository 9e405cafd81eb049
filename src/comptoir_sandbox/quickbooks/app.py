"""The HTTP surface: API, OAuth pages, control (§1, §2, §22.1)."""

from __future__ import annotations

import base64
import binascii
import random
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from comptoir_sandbox.control.answers import answer_with_fault
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.control.log import LoggedRequest, RequestLog
from comptoir_sandbox.control.routes import control_routes
from comptoir_sandbox.quickbooks import answers, dump, reports
from comptoir_sandbox.quickbooks.company import ENTITY_OF_PATH
from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.limits import BATCH, GENERAL, Limit, Limiter
from comptoir_sandbox.quickbooks.oauth import (
    ACCOUNTING_SCOPE,
    KNOWN_SCOPES,
    OPEN_SCOPES,
    Authority,
    OAuthError,
)
from comptoir_sandbox.quickbooks.operations import Wanted, verb_of
from comptoir_sandbox.quickbooks.profile import load
from comptoir_sandbox.quickbooks.record import decode
from comptoir_sandbox.quickbooks.seed import open_company
from comptoir_sandbox.quickbooks.service import ITEM_FAULTS, Service

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.values import Object

GATEWAY_KINDS = ("throttle", "expired_token", "forbidden", "xml_error", "timeout")
OK = 200
UNAUTHORIZED = 401
TIMEOUT_PAGE = "<html><head><title>504 Gateway Time-out</title></head><body>504 Gateway Time-out</body></html>"


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a sandbox is started with. Times are seconds of the sandbox's clock."""

    realm_id: str = "9130357849012345"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105 # the public secret of a simulator
    profile: str = "uk"
    redirect_uris: tuple[str, ...] = ()
    auto_approve: bool = False
    limits: bool = True
    general_limits: tuple[Limit, ...] = GENERAL
    batch_limits: tuple[Limit, ...] = BATCH
    token_lifetime_seconds: int = 3600
    rotation_seconds: int = 86_400
    request_id_memory_seconds: float = 900.0
    shuffle_batches: bool = True
    clock: Clock = field(default_factory=Clock)


class Sandbox:
    """The simulator's state and endpoints."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = config.clock
        self.log = RequestLog()
        self.faults = Faults()
        self.profile = load(config.profile)
        self.authority = Authority(
            self.clock,
            client_id=config.client_id,
            client_secret=config.client_secret,
            redirect_uris=config.redirect_uris,
            access_lifetime_seconds=config.token_lifetime_seconds,
            rotation_seconds=config.rotation_seconds,
        )
        self.limiter = Limiter(self.clock, general=config.general_limits, batch=config.batch_limits, on=config.limits)
        self.service = self._open()

    @property
    def company(self) -> Company:
        """The one company."""
        return self.service.company

    def _open(self) -> Service:
        company = open_company(self.config.realm_id, self.profile, self.clock)
        # Not for secrecy: the order of a batch's answers is only meant to be no order.
        shuffle = random.Random(0) if self.config.shuffle_batches else None  # noqa: S311
        return Service(company, self.faults, memory_seconds=self.config.request_id_memory_seconds, shuffle=shuffle)

    def reset(self) -> None:
        """A fresh company; consents stay, so that a connected client can go on."""
        self.service = self._open()
        self.limiter.reset()

    def dump(self, parameters: QueryParams) -> Iterable[str]:
        """Lines of /_control/dump."""
        with self.company.lock:
            if parameters.get("canonical") == "1":
                return dump.canonical(self.company)
            return dump.plain_lines(self.company)

    def trial_balance(self, _request: Request) -> Response:
        """/_control/trial_balance."""
        with self.company.lock:
            return JSONResponse(reports.trial_balance_rows(self.company))

    def expire_tokens(self, _request: Request) -> Response:
        """/_control/expire_tokens: every access token ends now."""
        self.authority.expire_access_tokens()
        return Response(status_code=204)

    def app(self) -> Starlette:
        """The application."""
        control = control_routes(
            clock=self.clock,
            log=self.log,
            faults=self.faults,
            reset=self.reset,
            dump=self.dump,
            kinds=(*ITEM_FAULTS, *GATEWAY_KINDS, "invalid_grant"),
            extra=[
                Route("/trial_balance", self.trial_balance, methods=["GET"]),
                Route("/expire_tokens", self.expire_tokens, methods=["POST"]),
            ],
        )
        pages = OAuthPages(self)
        return Starlette(
            routes=[
                control,
                Route("/v3/company/{realm}/{rest:path}", self.api, methods=["GET", "POST"]),
                Route("/.well-known/openid_configuration", pages.discovery),
                Route("/.well-known/openid_sandbox_configuration", pages.discovery),
                Route("/connect/oauth2", pages.consent, methods=["GET"]),
                Route("/connect/oauth2", pages.decide, methods=["POST"]),
                Route("/oauth2/v1/tokens/bearer", pages.token, methods=["POST"]),
                Route("/v2/oauth2/tokens/revoke", pages.revoke, methods=["POST"]),
                Route("/v1/openid_connect/userinfo", pages.user_info, methods=["GET"]),
                Route("/op/v1/jwks", pages.keys, methods=["GET"]),
            ]
        )

    # --- the API

    async def api(self, request: Request) -> Response:
        """Every request below /v3/company."""
        call = Call(self, request, await request.body())
        rule = self.faults.take(call.operation, replay=call.is_replay(), besides=ITEM_FAULTS)

        async def work() -> Response:
            refusal = call.injected(rule.kind) if rule is not None else None
            return refusal if refusal is not None else await run_in_threadpool(call.answer)

        response = await answer_with_fault(rule, work)
        self.record(request, call.operation, response, size=len(call.body), items=call.items, fault=call.fault)
        return response

    def record(
        self,
        request: Request,
        operation: str,
        response: Response,
        *,
        size: int,
        items: int = 1,
        fault: str | None = None,
    ) -> None:
        """Write the request to the log."""
        self.log.add(
            LoggedRequest(
                at=self.clock.now(),
                method=request.method,
                path=request.url.path,
                query=request.url.query,
                operation=operation,
                items=items,
                status=response.status_code,
                fault=fault,
                request_id=request.query_params.get("requestid") or None,
                size_bytes=size,
            )
        )


class Call:
    """One API request: what it is, and its answer in the order of checks of §22.1."""

    def __init__(self, sandbox: Sandbox, request: Request, body: bytes) -> None:
        self._sandbox = sandbox
        self._request = request
        self.body = body
        self._parameters = request.query_params
        self._xml = "json" not in request.headers.get("accept", "")
        self.fault: str | None = None
        self.items = 1
        parts = [part for part in request.path_params["rest"].split("/") if part]
        self._head = parts[0] if parts else ""
        self._tail = parts[1] if len(parts) > 1 else None
        self._include = frozenset((self._parameters.get("include") or "").split(",")) - {""}
        self._kind = ENTITY_OF_PATH.get(self._head)
        self._parsed: Any = None
        self._unparsable: FaultError | None = None
        if request.method == "POST" and self._head != "query":
            self._parse()
        self.operation = self._name()

    def _parse(self) -> None:
        content_type = self._request.headers.get("content-type", "")
        if "json" not in content_type:
            self._unparsable = FaultError("1050", f"Content type {content_type or 'none'} is not supported")
            return
        try:
            self._parsed = decode(self.body)
        except msgspec.DecodeError as error:
            self._unparsable = FaultError("2010", f"Property Name:Malformed JSON: {error}")

    def _name(self) -> str:
        if self._head == "batch":
            if isinstance(self._parsed, dict) and isinstance(self._parsed.get("BatchItemRequest"), list):
                self.items = len(self._parsed["BatchItemRequest"])
            return "batch"
        if self._kind is None:
            return self._head or "unknown"
        if self._request.method == "GET":
            return f"read {self._kind}"
        return f"{verb_of(self._parsed, self._parameters.get('operation'), self._include)} {self._kind}"

    def is_replay(self) -> bool:
        """Whether the request's idempotency key is already known."""
        return self._sandbox.service.is_replay(self._parameters.get("requestid"))

    def injected(self, kind: str) -> Response | None:
        """The answer of a fault kind of the gateway, None for kinds that let the work go on."""
        moment = self._sandbox.clock.now()
        if kind == "throttle":
            return self._throttled()
        if kind == "expired_token":
            return self._unauthorized("Token expired: AB01")
        if kind == "forbidden":
            return self._forbidden()
        if kind == "timeout":
            self.fault = "timeout"
            return HTMLResponse(TIMEOUT_PAGE, status_code=504)
        if kind == "xml_error":
            self.fault = "10000"
            body = ITEM_FAULTS["system_fault"]().body()
            return answers.answer({"Fault": body}, status=500, moment=moment, xml=True)
        return None

    def answer(self) -> Response:
        """The real answer."""
        moment = self._sandbox.clock.now()
        refusal = self._checked_access()
        if refusal is not None:
            return refusal
        try:
            status, body = self._work()
        except FaultError as fault:
            status, body = fault.status, {"Fault": fault.body()}
        if "Fault" in body:
            self.fault = body["Fault"]["Error"][0]["code"]
        return answers.answer(body, status=status, moment=moment, xml=self._xml)

    def _checked_access(self) -> Response | None:
        scheme, _, token = self._request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return self._unauthorized("Malformed bearer token")
        grant = self._sandbox.authority.grant_of(token)
        if grant is None:
            return self._unauthorized(f"Token expired: {token[:4]}")
        if grant.realm_id != self._request.path_params["realm"] or ACCOUNTING_SCOPE not in grant.scopes:
            return self._forbidden()
        if not self._sandbox.limiter.admit(batch=self._head == "batch"):
            return self._throttled()
        return None

    def _unauthorized(self, detail: str) -> Response:
        self.fault = "3200"
        return answers.gateway_fault(
            status=UNAUTHORIZED,
            name="AuthenticationFailed",
            code="3200",
            detail=detail,
            kind="AUTHENTICATION",
            moment=self._sandbox.clock.now(),
        )

    def _forbidden(self) -> Response:
        self.fault = "3100"
        return answers.gateway_fault(
            status=403,
            name="ApplicationAuthorizationFailed",
            code="3100",
            detail="ApplicationAuthorizationFailed",
            kind="SERVICE",
            moment=self._sandbox.clock.now(),
        )

    def _throttled(self) -> Response:
        self.fault = "3001"
        return answers.throttled(self._sandbox.clock.now())

    def _work(self) -> tuple[int, Object]:
        service = self._sandbox.service
        if self._head == "query":
            return OK, service.query(self._query_text())
        if self._head == "reports" and self._request.method == "GET":
            with service.company.lock:
                return OK, reports.report(service.company, self._tail or "", self._parameters)
        if self._unparsable is not None:
            raise self._unparsable
        if self._head == "batch" and self._request.method == "POST":
            return OK, service.batch(self._parsed, self._parameters.get("requestid"))
        if self._kind is None:
            path = self._request.url.path
            raise FaultError("500", f"Operation Could not find resource for relative : {path} is not supported.")
        if self._request.method == "GET":
            return OK, service.read(self._kind, self._tail)
        verb = verb_of(self._parsed, self._parameters.get("operation"), self._include)
        wanted = Wanted(verb=verb, kind=self._kind, raw=self._parsed, include=self._include)
        return service.single(wanted, self._parameters.get("requestid"))

    def _query_text(self) -> str:
        if self._request.method == "GET":
            text = self._parameters.get("query", "")
        else:
            text = self.body.decode("utf-8", errors="replace")
        if not text.strip():
            raise FaultError("4000", 'QueryParserError: Encountered " "<EOF>"" at line 1, column 1.')
        return text


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
        company, realm = escape(self._sandbox.profile.company_name), escape(self._sandbox.config.realm_id)
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

        response = await answer_with_fault(rule, work)
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


def build_app(config: Config | None = None) -> Starlette:
    """The application of one sandbox company."""
    return Sandbox(config or Config()).app()
