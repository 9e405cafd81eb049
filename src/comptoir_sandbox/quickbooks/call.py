"""One API request: its name, injected faults, access, and the work in the order of §22.1."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from comptoir_sandbox.quickbooks import answers, attachments, changes, rates, reports
from comptoir_sandbox.quickbooks.codes import GATEWAY_CODES, fault_of
from comptoir_sandbox.quickbooks.company import ENTITY_OF_PATH
from comptoir_sandbox.quickbooks.faults import MESSAGES, FaultError
from comptoir_sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from comptoir_sandbox.quickbooks.operations import Wanted, verb_of
from comptoir_sandbox.quickbooks.record import decode
from comptoir_sandbox.quickbooks.service import ITEM_FAULTS
from comptoir_sandbox.quickbooks.state import check_subscription

if TYPE_CHECKING:
    from starlette.requests import Request

    from comptoir_sandbox.control.faults import FaultRule
    from comptoir_sandbox.quickbooks.app import Sandbox
    from comptoir_sandbox.quickbooks.values import Object


GATEWAY_KINDS = ("throttle", "expired_token", "forbidden", "xml_error", "timeout", "late_commit")
"""Fault kinds that answer a whole request.

late_commit: the answer is a time-out, the work is done `delay_seconds` (real ones) later.
"""
OK = 200
UNAUTHORIZED = 401
TIMEOUT_PAGE = "<html><head><title>504 Gateway Time-out</title></head><body>504 Gateway Time-out</body></html>"


class Call:
    """One API request: what it is, and its answer in the order of checks of §22.1."""

    def __init__(self, sandbox: Sandbox, request: Request, body: bytes) -> None:
        self._sandbox = sandbox
        self.service = sandbox.service
        """The company that was asked: what waits through a reset reaches no later one."""
        self._request = request
        self.body = body
        self._parameters = request.query_params
        self._xml = "json" not in request.headers.get("accept", "")
        self.fault: str | None = None
        self.items = 1
        path = [step for step in request.path_params["rest"].split("/") if step]
        self._head = path[0] if path else ""
        self._tail = path[1] if len(path) > 1 else None
        self._action = path[2] if len(path) > 2 else None  # noqa: PLR2004 # entity, id, action
        self._include = frozenset((self._parameters.get("include") or "").split(",")) - {""}
        self._kind = ENTITY_OF_PATH.get(self._head)
        self._parsed: Any = None
        self._unparsable: FaultError | None = None
        if request.method == "POST" and self._head not in {"query", "upload"} and self._action != "send":
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
        if self._action is not None:
            return f"{self._action} {self._kind}"
        if self._request.method == "GET":
            return f"read {self._kind}"
        return f"{verb_of(self._parsed, self._parameters.get('operation'), self._include)} {self._kind}"

    def is_replay(self) -> bool:
        """Whether the request's idempotency key is already known."""
        return self.service.is_replay(self._parameters.get("requestid"))

    def injected(self, rule: FaultRule) -> Response | None:
        """The answer of a fault by code or of the gateway, None for kinds that let the work go on."""
        if rule.kind == "code":
            return self._coded(str(rule.code))
        made = {
            "throttle": lambda: self._throttled(rule.retry_after_seconds),
            "expired_token": lambda: self._unauthorized("Token expired: AB01"),
            "forbidden": self._forbidden,
            "timeout": self._timed_out,
            "late_commit": lambda: self._late(rule.delay_seconds),
            "xml_error": self._xml_error,
        }.get(rule.kind)
        return made() if made is not None else None

    def _late(self, seconds: float) -> Response:
        timer = threading.Timer(seconds, self.answer)
        timer.daemon = True
        timer.start()
        return self._timed_out()

    def _timed_out(self) -> Response:
        self.fault = "timeout"
        return HTMLResponse(TIMEOUT_PAGE, status_code=504)

    def _xml_error(self) -> Response:
        self.fault = "10000"
        body = ITEM_FAULTS["system_fault"]().body()
        return answers.answer({"Fault": body}, status=500, moment=self._sandbox.clock.now(), xml=True)

    def _coded(self, code: str) -> Response:
        self.fault = code
        moment = self._sandbox.clock.now()
        if code == "3001":
            return answers.throttled(moment)
        fault = fault_of(code)
        if code in GATEWAY_CODES:
            return answers.gateway_fault(
                status=fault.status,
                name=MESSAGES[code],
                code=code,
                detail=fault.detail,
                kind=fault.kind,
                moment=moment,
            )
        return answers.answer({"Fault": fault.body()}, status=fault.status, moment=moment, xml=self._xml)

    def answer(self) -> Response:
        """The real answer."""
        moment = self._sandbox.clock.now()
        refusal = self._checked_access()
        if refusal is not None:
            return refusal
        try:
            if self._head == "download" and self._request.method == "GET":
                return self._download()
            if self._action == "pdf" and self._kind is not None:
                content = self.service.pdf(self._kind, self._tail or "")
                return Response(content, headers=answers.headers(moment), media_type="application/pdf")
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

    def _throttled(self, retry_after_seconds: int | None = None) -> Response:
        self.fault = "3001"
        return answers.throttled(self._sandbox.clock.now(), retry_after_seconds)

    def _work(self) -> tuple[int, Object]:
        check_subscription(self.service.company)
        read = {"query": self._query, "reports": self._report, "cdc": self._changes}.get(self._head)
        if read is not None and (self._head == "query" or self._request.method == "GET"):
            return OK, read()
        if self._unparsable is not None:
            raise self._unparsable
        special = {
            "upload": self._upload,
            "batch": self._batch,
            "taxservice": self._tax_code,
            "exchangerate": self._rate,
        }.get(self._head)
        if special is not None:
            return OK, special()
        if self._kind is None or self._action not in {None, "send"}:
            raise self._no_resource()
        if self._action == "send":
            return OK, self.service.send(self._kind, self._tail or "", self._parameters.get("sendTo"))
        if self._request.method == "GET":
            return OK, self.service.read(self._kind, self._tail)
        verb = verb_of(self._parsed, self._parameters.get("operation"), self._include)
        wanted = Wanted(verb=verb, kind=self._kind, raw=self._parsed, include=self._include)
        return self.service.single(wanted, self._parameters.get("requestid"))

    def _upload(self) -> Object:
        parts = attachments.parts_of(self._request.headers.get("content-type", ""), self.body)
        service = self.service
        return service.once(self._parameters.get("requestid"), lambda: service.upload(parts))

    def _download(self) -> Response:
        base = str(self._request.base_url).rstrip("/")
        address = self.service.download(self._tail or "", base)
        return PlainTextResponse(address, headers=answers.headers(self._sandbox.clock.now()))

    def _no_resource(self) -> FaultError:
        path = self._request.url.path
        return FaultError("500", f"Operation Could not find resource for relative : {path} is not supported.")

    def _query(self) -> Object:
        return self.service.query(self._query_text())

    def _report(self) -> Object:
        with self.service.company.lock:
            return reports.report(self.service.company, self._tail or "", self._parameters)

    def _changes(self) -> Object:
        with self.service.company.lock:
            return changes.capture(self.service.company, self._parameters)

    def _batch(self) -> Object:
        if self._request.method != "POST":
            raise self._no_resource()
        return self.service.batch(self._parsed, self._parameters.get("requestid"))

    def _tax_code(self) -> Object:
        if self._request.method != "POST" or self._tail != "taxcode":
            raise self._no_resource()
        service = self.service
        return service.once(self._parameters.get("requestid"), lambda: service.tax_code(self._parsed))

    def _rate(self) -> Object:
        if self._request.method == "POST":
            return self.service.exchange_rate(self._parsed)
        code, day = self._parameters.get("sourcecurrencycode", ""), self._parameters.get("asofdate")
        with self.service.company.lock:
            return {"ExchangeRate": rates.read(self.service.company, code, day)}

    def _query_text(self) -> str:
        if self._request.method == "GET":
            text = self._parameters.get("query", "")
        else:
            text = self.body.decode("utf-8", errors="replace")
        if not text.strip():
            raise FaultError("4000", 'QueryParserError: Encountered " "<EOF>"" at line 1, column 1.')
        return text
