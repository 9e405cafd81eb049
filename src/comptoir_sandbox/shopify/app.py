"""The shop as a web application: token endpoint, GraphQL endpoint, control routes."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from comptoir_sandbox.control.answers import answer_with_fault
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.control.log import LoggedRequest, RequestLog
from comptoir_sandbox.control.routes import control_routes
from comptoir_sandbox.shopify import faults
from comptoir_sandbox.shopify.api import MISSING_QUERY, GraphQLApi, GraphQLRequest, read_body
from comptoir_sandbox.shopify.bulk.operations import PATH as BULK_PATH
from comptoir_sandbox.shopify.bulk.operations import BulkPace
from comptoir_sandbox.shopify.consent import Consent, install_link
from comptoir_sandbox.shopify.dump import dump_lines, plain
from comptoir_sandbox.shopify.edits import EditError, edit_order
from comptoir_sandbox.shopify.edits_money import decoded
from comptoir_sandbox.shopify.hooks.deliveries import WebhookSettings
from comptoir_sandbox.shopify.oauth import TOKEN_LIFETIME_SECONDS, App, Tokens
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES
from comptoir_sandbox.shopify.seed import parse_account, parse_orders
from comptoir_sandbox.shopify.services import ServiceConfig, Services
from comptoir_sandbox.shopify.shop import Shop, ShopSeed
from comptoir_sandbox.shopify.throttle import BUCKET_POINTS, RESTORE_POINTS_PER_SECOND, Bucket

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from comptoir_sandbox.control.faults import FaultRule

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")
"""Supported versions, oldest first. All are answered with the schema of the newest."""
RETIRED_VERSION = re.compile(r"20(19|2[0-5])-(01|04|07|10)")
DENIED_FILE = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error>"


@dataclass(frozen=True, kw_only=True)
class ShopifyConfig:
    """How one sandbox shop behaves."""

    seed: ShopSeed = field(default_factory=ShopSeed)
    client_id: str = "sandbox-client-id"
    client_secret: str = "shpss_sandbox"  # noqa: S105 # a made-up secret of a sandbox
    static_token: str | None = None
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    installed: bool = True
    redirect_uris: tuple[str, ...] = ()
    """Addresses that the app may be sent back to; none: any address of this machine."""
    app_url: str | None = None
    """Where the app lives: GET /_control/install makes a signed install link of it."""
    consent_page: bool = False
    """Whether a person has to consent, or installing is granted at once."""
    token_lifetime_seconds: int = TOKEN_LIFETIME_SECONDS
    throttle: bool = True
    bucket_points: int = BUCKET_POINTS
    restore_points_per_second: int = RESTORE_POINTS_PER_SECOND
    index_lag_seconds: float = 0
    customer_data: bool = True
    """Whether the app was approved to see who buys (protected customer data, §2.5)."""
    summary: Mapping[str, Any] | None = None
    """What GET /_control/summary answers: the account of the data file that the seed came from."""
    clock: Clock | None = None
    services: ServiceConfig = field(default_factory=ServiceConfig)


def build_app(config: ShopifyConfig) -> Starlette:
    """Build the application. CartError when the seed contradicts itself. `app.state.sandbox` is its `Sandbox`."""
    sandbox = Sandbox(config)
    application = Starlette(routes=[*sandbox.routes()])
    application.state.sandbox = sandbox
    return application


class Sandbox:
    """One shop with its tokens, bucket, clock, faults and log."""

    def __init__(self, config: ShopifyConfig) -> None:
        self.clock = config.clock or Clock()
        self.log = RequestLog()
        self.faults = Faults()
        self.shop = Shop(
            config.seed, self.clock, index_lag_seconds=config.index_lag_seconds, approved=config.customer_data
        )
        self.tokens = Tokens(
            App(config.client_id, config.client_secret, config.scopes, config.installed, config.redirect_uris),
            self.clock,
            lifetime_seconds=config.token_lifetime_seconds,
            static=config.static_token,
        )
        self.bucket = Bucket(
            self.clock,
            maximum=config.bucket_points,
            restore_rate=config.restore_points_per_second,
            limited=config.throttle,
        )
        self.services = Services(
            self.shop, self.clock, config.services, secret=config.client_secret, account=config.seed.payments
        )
        self.api = GraphQLApi(self.services, self.bucket)
        self._consent = Consent(self.tokens, config.seed.facts.domain, page=config.consent_page)
        self._app_url = config.app_url
        self._summary = config.summary

    def routes(self) -> list[Any]:
        """Return all routes."""
        extra = [
            Route("/summary", self._read_summary, methods=["GET"]),
            Route("/edit_order", self._edit_order, methods=["POST"]),
            Route("/orders", self._put_orders, methods=["POST"]),
            Route("/orders/{number:int}", self._delete_order, methods=["DELETE"]),
            Route("/bulk", self._body(self._set_bulk), methods=["POST"]),
            Route("/payouts", self._body(self._set_payouts), methods=["POST"]),
            Route("/webhooks", self._read_webhooks, methods=["GET"]),
            Route("/webhooks", self._body(self._set_webhooks), methods=["POST"]),
            Route("/install", self._install, methods=["GET"]),
            Route("/uninstall", self._uninstall, methods=["POST"]),
        ]
        return [
            Route("/admin/oauth/authorize", self._authorize, methods=["GET"]),
            Route("/admin/oauth/access_token", self._token, methods=["POST"]),
            Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
            Route(f"{BULK_PATH}/{{number:int}}.jsonl", self._bulk_file, methods=["GET"]),
            control_routes(
                clock=self.clock,
                log=self.log,
                faults=self.faults,
                reset=self._reset,
                dump=self._dump,
                kinds=faults.KINDS,
                codes=faults.CODES,
                extra=extra,
            ),
        ]

    def _reset(self) -> None:
        self.services.reset()
        self.tokens.reset()
        self.bucket.refill()

    def _dump(self, parameters: QueryParams) -> Iterator[str]:
        self.services.work()
        return dump_lines(self.shop, with_lines=parameters.get("lines") == "1")

    def _read_summary(self, _request: Request) -> Response:
        return JSONResponse(self._summary, status_code=HTTPStatus.OK if self._summary else HTTPStatus.NOT_FOUND)

    async def _edit_order(self, request: Request) -> Response:
        try:
            wanted = json.loads(await request.body())
            self.services.work()
            node = await run_in_threadpool(edit_order, self.shop, wanted)
        except (EditError, ValueError) as error:
            return JSONResponse({"error": str(error)}, status_code=HTTPStatus.BAD_REQUEST)
        return JSONResponse(node)

    async def _put_orders(self, request: Request) -> Response:
        try:
            carts = parse_orders(json.loads(await request.body()), self.shop.facts)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=HTTPStatus.BAD_REQUEST)
        for cart in carts:
            self.shop.put_new(cart)
        return JSONResponse([plain(self.shop.rendered(cart.id).node) for cart in carts])

    def _delete_order(self, request: Request) -> Response:
        with self.shop.lock:
            if self.shop.find_order(request.path_params["number"]) is None:
                return JSONResponse({"error": "no such order: give its numeric id"}, status_code=HTTPStatus.NOT_FOUND)
            self.shop.delete(request.path_params["number"])
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _install(self, request: Request) -> Response:
        app_url = request.query_params.get("app_url") or self._app_url
        if not app_url:
            return JSONResponse({"error": "give app_url"}, status_code=HTTPStatus.BAD_REQUEST)
        secret, domain = self.tokens.app.client_secret, self.shop.facts.domain
        return JSONResponse({"url": install_link(app_url, domain, secret, self.clock.now())})

    def _uninstall(self, _request: Request) -> Response:
        self.tokens.uninstall()
        self.services.uninstalled()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _authorize(self, request: Request) -> Response:
        async def work() -> Response:
            return self._consent.answer(request.query_params, self.clock.now())

        return await self._carry_out(request, "authorize", b"", self.faults.take("authorize"), work)

    async def _token(self, request: Request) -> Response:
        body = await request.body()

        async def work() -> Response:
            status, answer = self.tokens.exchange(body, request.headers.get("content-type", ""))
            return JSONResponse(answer, status_code=status)

        return await self._carry_out(request, "token", body, self.faults.take("token"), work)

    async def _graphql(self, request: Request) -> Response:
        body = await request.body()
        version = _served_version(request.path_params["version"])
        asked = read_body(body, request.headers.get("content-type", ""))
        operation = await run_in_threadpool(self.api.operation_name, asked) if asked else "graphql"
        rule = self.faults.take(operation)

        async def work() -> Response:
            return await run_in_threadpool(self._around, request, version, asked, rule)

        response = await self._carry_out(request, operation, body, rule, work)
        if version is not None:
            response.headers["X-Shopify-API-Version"] = version
        return response

    def _around(
        self, request: Request, version: str | None, asked: GraphQLRequest | None, rule: FaultRule | None
    ) -> Response:
        """Answer, with the faults that need to know the question."""
        if rule is not None and rule.kind == "half_json":
            return faults.half(self._answer(request, version, asked, rule))
        if rule is None or rule.kind not in {"code", "code_after_commit"} or asked is None:
            return self._answer(request, version, asked, rule)
        if rule.kind == "code_after_commit":
            self._answer(request, version, asked, rule)
        root, cost = self.api.outline(asked)
        return faults.coded(rule, root, cost, str(uuid.uuid4()))

    def _answer(
        self, request: Request, version: str | None, asked: GraphQLRequest | None, rule: FaultRule | None
    ) -> Response:
        if version is None:
            return JSONResponse(faults.NOT_FOUND, status_code=HTTPStatus.NOT_FOUND)
        token = request.headers.get("x-shopify-access-token")
        if rule is not None and rule.kind == "expired_token":
            self.tokens.revoke(token)
        granted = self.tokens.granted(token)
        if granted is None:
            return JSONResponse(faults.BAD_TOKEN, status_code=HTTPStatus.UNAUTHORIZED)
        if asked is None:
            return JSONResponse(MISSING_QUERY, status_code=HTTPStatus.BAD_REQUEST)
        if rule is not None and rule.kind == "throttle":
            return JSONResponse(self.api.throttled(asked))
        debug = request.headers.get("shopify-search-query-debug") == "1"
        answer = self.api.answer(asked, granted, search_debug=debug, base_url=str(request.base_url))
        if answer.get("errors"):
            request.state.fault = answer["errors"][0].get("extensions", {}).get("code")
        return JSONResponse(answer)

    async def _bulk_file(self, request: Request) -> Response:
        rule = self.faults.take("bulk_file")

        async def work() -> Response:
            given = request.query_params
            file = self.services.bulk.file(
                request.path_params["number"], given.get("Expires", ""), given.get("Signature", "")
            )
            if file is None:
                return Response(DENIED_FILE, status_code=HTTPStatus.FORBIDDEN, media_type="application/xml")
            if rule is not None and rule.kind == "half_json":
                return faults.half(Response(b"".join(file.read())))
            return StreamingResponse(file.read(), media_type="application/jsonl")

        return await self._carry_out(request, "bulk_file", b"", rule, work)

    def _set_bulk(self, _request: Request, wanted: Any) -> Any:
        self.services.bulk.pace = decoded(BulkPace, wanted, "bulk")
        return vars(self.services.bulk.pace)

    def _read_webhooks(self, _request: Request) -> Response:
        return JSONResponse(self.services.hooks.as_json())

    def _set_payouts(self, _request: Request, wanted: Any) -> Any:
        self.services.payments.account = parse_account(wanted)
        return {"payouts": self.services.payments.account is not None}

    def _set_webhooks(self, _request: Request, wanted: Any) -> Any:
        self.services.hooks.settings = decoded(WebhookSettings, wanted, "webhooks")
        return self.services.hooks.as_json()["settings"]

    def _body(self, change: Callable[[Request, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
        """Make an endpoint of a change that takes the body's JSON and says ValueError when it is wrong."""

        async def endpoint(request: Request) -> Response:
            try:
                made = change(request, json.loads(await request.body() or b"{}"))
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=HTTPStatus.BAD_REQUEST)
            return JSONResponse(made)

        return endpoint

    async def _carry_out(
        self,
        request: Request,
        operation: str,
        body: bytes,
        rule: FaultRule | None,
        work: Callable[[], Awaitable[Response]],
    ) -> Response:
        request_id = str(uuid.uuid4())
        response = await answer_with_fault(rule, work, self.faults.latency_seconds)
        if response.status_code:
            response.headers["X-Request-Id"] = request_id
        self.log.add(
            LoggedRequest(
                at=self.clock.now(),
                method=request.method,
                path=request.url.path,
                query="",
                operation=operation,
                status=response.status_code,
                fault=rule.kind if rule else getattr(request.state, "fault", None),
                request_id=request_id,
                size_bytes=len(body),
            )
        )
        return response


def _served_version(wanted: str) -> str | None:
    """Return the version that answers: a retired one is served by the oldest supported; None for an unknown string."""
    if wanted in VERSIONS:
        return wanted
    if wanted == "unstable":
        return wanted
    return VERSIONS[0] if RETIRED_VERSION.fullmatch(wanted) else None
