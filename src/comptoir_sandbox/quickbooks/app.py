"""The HTTP surface: API, OAuth pages, control (§1, §2, §22.1)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comptoir_sandbox.control.answers import answer_with_fault
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.control.log import LoggedRequest, RequestLog
from comptoir_sandbox.control.routes import control_routes
from comptoir_sandbox.quickbooks import dump, reports
from comptoir_sandbox.quickbooks.attachments import Part, fetch
from comptoir_sandbox.quickbooks.call import GATEWAY_KINDS, Call
from comptoir_sandbox.quickbooks.codes import CODES
from comptoir_sandbox.quickbooks.given import CompanyFileError, Given
from comptoir_sandbox.quickbooks.given import read as read_company
from comptoir_sandbox.quickbooks.limits import BATCH, GENERAL, Limit, Limiter
from comptoir_sandbox.quickbooks.oauth import Authority
from comptoir_sandbox.quickbooks.oauth_pages import OAuthPages
from comptoir_sandbox.quickbooks.opening import open_given
from comptoir_sandbox.quickbooks.profile import Options, load
from comptoir_sandbox.quickbooks.seed import open_company
from comptoir_sandbox.quickbooks.service import ITEM_FAULTS, SERVICE_KINDS, Service
from comptoir_sandbox.quickbooks.state import changed as changed_state
from comptoir_sandbox.quickbooks.summary import tax_summary
from comptoir_sandbox.quickbooks.taxseed import switch_code
from comptoir_sandbox.quickbooks.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from comptoir_sandbox.quickbooks.company import Company


@dataclass(frozen=True, kw_only=True)
class Config:
    """What a sandbox is started with. Times are seconds of the sandbox's clock."""

    realm_id: str = "9130357849012345"
    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105 # the public secret of a simulator
    profile: str = "uk"
    options: Options = field(default_factory=Options)
    """Settings that differ from the profile's."""
    company: Given | None = None
    """A company's own lists and settings: then profile and options say nothing."""
    redirect_uris: tuple[str, ...] = ()
    auto_approve: bool = False
    limits: bool = True
    general_limits: tuple[Limit, ...] = GENERAL
    batch_limits: tuple[Limit, ...] = BATCH
    token_lifetime_seconds: int = 3600
    rotation_seconds: int = 86_400
    request_id_memory_seconds: float = 900.0
    shuffle_batches: bool = True
    webhook_url: str | None = None
    """Where notifications go; none are sent without one."""
    webhook_token: str = "sandbox-verifier"  # noqa: S105 # the public secret of a simulator
    clock: Clock = field(default_factory=Clock)


class Sandbox:
    """The simulator's state and endpoints."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = config.clock
        self.log = RequestLog()
        self.faults = Faults()
        self.given = config.company
        """The lists of a given company, in the place of a profile's."""
        self.authority = Authority(
            self.clock,
            client_id=config.client_id,
            client_secret=config.client_secret,
            redirect_uris=config.redirect_uris,
            access_lifetime_seconds=config.token_lifetime_seconds,
            rotation_seconds=config.rotation_seconds,
        )
        self.limiter = Limiter(self.clock, general=config.general_limits, batch=config.batch_limits, on=config.limits)
        self.webhooks = Webhooks(self.clock, realm_id=config.realm_id)
        self.webhooks.configure(config.webhook_url, config.webhook_token)
        self.service = self._open()

    @property
    def company(self) -> Company:
        """The one company."""
        return self.service.company

    def _open(self) -> Service:
        company = self._fresh(self.given)
        # Not for secrecy: the order of a batch's answers is only meant to be no order.
        shuffle = random.Random(0) if self.config.shuffle_batches else None  # noqa: S311
        return Service(
            company,
            self.faults,
            memory_seconds=self.config.request_id_memory_seconds,
            shuffle=shuffle,
            webhooks=self.webhooks,
        )

    def _fresh(self, given: Given | None) -> Company:
        if given is not None:
            return open_given(self.config.realm_id, given, self.clock)
        profile = self.config.options.applied(load(self.config.profile))
        return open_company(self.config.realm_id, profile, self.clock)

    async def set_company(self, request: Request) -> Response:
        """/_control/company: the lists of a real company; what was in the books is gone. 400 with every mistake."""
        try:
            given = read_company(await request.body())
            self._fresh(given)
        except CompanyFileError as error:
            mistakes = [{"place": each.place, "problem": each.problem} for each in error.mistakes]
            return JSONResponse({"error": "the company cannot be opened", "mistakes": mistakes}, status_code=400)
        self.given = given
        self.reset()
        return JSONResponse({kind: len(rows) for kind, rows in given.rows.items()})

    def drop_company(self, _request: Request) -> Response:
        """/_control/company: back to the profile the sandbox was started with."""
        self.given = self.config.company
        self.reset()
        return Response(status_code=204)

    def reset(self) -> None:
        """A fresh company; consents stay, so that a connected client can go on."""
        self.service = self._open()
        self.limiter.reset()
        self.webhooks.reset()

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

    def tax_summary(self, request: Request) -> Response:
        """/_control/tax_summary: base and tax per rate, from `start` to `end` (ISO dates)."""
        start = request.query_params.get("start", reports.EARLIEST)
        end = request.query_params.get("end", reports.LATEST)
        with self.company.lock:
            return JSONResponse(tax_summary(self.company, start, end))

    def read_webhooks(self, _request: Request) -> Response:
        """/_control/webhooks: the address and what was delivered."""
        return JSONResponse(self.webhooks.as_json())

    async def set_webhooks(self, request: Request) -> Response:
        """/_control/webhooks: {"url": ..., "verifier_token": ...}; {} delivers what is due."""
        try:
            wanted = await request.json()
        except ValueError:
            return JSONResponse({"error": "not JSON"}, status_code=400)
        if not isinstance(wanted, dict) or set(wanted) - {"url", "verifier_token"}:
            return JSONResponse({"error": "the webhook takes url and verifier_token"}, status_code=400)
        if wanted:
            self.webhooks.configure(wanted.get("url"), str(wanted.get("verifier_token") or self.webhooks.token))
        await run_in_threadpool(self.webhooks.deliver_due)
        return self.read_webhooks(request)

    async def switch_tax_code(self, request: Request) -> Response:
        """/_control/tax_code: {"name": ..., "active": true or false}, as its page in the company does it."""
        try:
            wanted = await request.json()
            switch_code(self.company, str(wanted["name"]), active=bool(wanted["active"]))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    def read_state(self, _request: Request) -> Response:
        """/_control/state: what befell the company from outside the API."""
        return JSONResponse(self.company.state.as_json())

    async def set_state(self, request: Request) -> Response:
        """/_control/state: members left out stay as they are."""
        try:
            wanted = await request.json()
            with self.company.lock:
                self.company.state = changed_state(self.company.state, wanted, self.company)
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return self.read_state(request)

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
            kinds=(*ITEM_FAULTS, *SERVICE_KINDS, *GATEWAY_KINDS, "invalid_grant", "code"),
            codes=CODES,
            extra=[
                Route("/trial_balance", self.trial_balance, methods=["GET"]),
                Route("/tax_summary", self.tax_summary, methods=["GET"]),
                Route("/webhooks", self.read_webhooks, methods=["GET"]),
                Route("/webhooks", self.set_webhooks, methods=["POST"]),
                Route("/state", self.read_state, methods=["GET"]),
                Route("/state", self.set_state, methods=["POST"]),
                Route("/company", self.set_company, methods=["POST"]),
                Route("/company", self.drop_company, methods=["DELETE"]),
                Route("/tax_code", self.switch_tax_code, methods=["POST"]),
                Route("/expire_tokens", self.expire_tokens, methods=["POST"]),
            ],
        )
        pages = OAuthPages(self)
        return Starlette(
            routes=[
                control,
                Route("/v3/company/{realm}/{rest:path}", self.api, methods=["GET", "POST"]),
                Route("/_files/{token}", self.file),
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

    def file(self, request: Request) -> Response:
        """A temporary address of an attached file."""
        with self.company.lock:
            found = fetch(self.company, request.path_params["token"])
        return Response(found[0], media_type=found[1]) if found is not None else Response(status_code=404)

    # --- the API

    async def api(self, request: Request) -> Response:
        """Every request below /v3/company."""
        call = Call(self, request, await request.body(), await _parts_of(request))
        rule = self.faults.take(call.operation, replay=call.is_replay(), besides=(*ITEM_FAULTS, *SERVICE_KINDS))

        async def work() -> Response:
            refusal = call.injected(rule) if rule is not None else None
            return refusal if refusal is not None else await run_in_threadpool(call.answer)

        # What comes late is late after its answer, not before it.
        waiting = replace(rule, delay_seconds=0.0) if rule is not None and rule.kind == "late_commit" else rule
        response = await answer_with_fault(waiting, work)
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


async def _parts_of(request: Request) -> dict[str, Part] | None:
    """The parts of a multipart form (§19), None for any other request."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return None
    parts = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, str):
                parts[name] = Part("", "text/plain", value.encode())
            else:
                parts[name] = Part(value.filename or "", value.content_type or "", await value.read())
    return parts


def build_app(config: Config | None = None) -> Starlette:
    """The application of one sandbox company."""
    return Sandbox(config or Config()).app()
