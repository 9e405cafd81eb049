"""The HTTP surface: API, OAuth pages, control (§1, §2, §22.1)."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from comptoir_sandbox.control.answers import answer_with_fault
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.control.log import LoggedRequest, RequestLog
from comptoir_sandbox.quickbooks.attachments import fetch
from comptoir_sandbox.quickbooks.call import Call
from comptoir_sandbox.quickbooks.given import Given
from comptoir_sandbox.quickbooks.limits import BATCH, GENERAL, Limit, Limiter
from comptoir_sandbox.quickbooks.oauth import Authority
from comptoir_sandbox.quickbooks.oauth_pages import OAuthPages
from comptoir_sandbox.quickbooks.opening import open_given
from comptoir_sandbox.quickbooks.profile import Options, load
from comptoir_sandbox.quickbooks.room import ControlRoom
from comptoir_sandbox.quickbooks.seed import open_company
from comptoir_sandbox.quickbooks.service import ITEM_FAULTS, SERVICE_KINDS, Service
from comptoir_sandbox.quickbooks.webhooks import Webhooks

if TYPE_CHECKING:
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
        company = self.fresh(self.given)
        # Not for secrecy: the order of a batch's answers is only meant to be no order.
        shuffle = random.Random(0) if self.config.shuffle_batches else None  # noqa: S311
        return Service(
            company,
            self.faults,
            memory_seconds=self.config.request_id_memory_seconds,
            shuffle=shuffle,
            webhooks=self.webhooks,
        )

    def fresh(self, given: Given | None) -> Company:
        """A company as it is before any request: of given lists, else of the profile."""
        if given is not None:
            return open_given(self.config.realm_id, given, self.clock)
        profile = self.config.options.applied(load(self.config.profile))
        return open_company(self.config.realm_id, profile, self.clock)

    def reset(self) -> None:
        """A fresh company; consents stay, so that a connected client can go on."""
        self.service = self._open()
        self.limiter.reset()
        self.webhooks.reset()

    def app(self) -> Starlette:
        """The application."""
        control = ControlRoom(self).routes()
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
        call = Call(self, request, await request.body())
        rule = self.faults.take(call.operation, replay=call.is_replay(), besides=(*ITEM_FAULTS, *SERVICE_KINDS))

        async def work() -> Response:
            refusal = call.injected(rule) if rule is not None else None
            return refusal if refusal is not None else await run_in_threadpool(call.answer)

        # What comes late is late after its answer, not before it.
        waiting = replace(rule, delay_seconds=0.0) if rule is not None and rule.kind == "late_commit" else rule
        response = await answer_with_fault(waiting, work, self.faults.latency_seconds)
        if call.service is self.service:
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


def build_app(config: Config | None = None) -> Starlette:
    """The application of one sandbox company."""
    return Sandbox(config or Config()).app()
