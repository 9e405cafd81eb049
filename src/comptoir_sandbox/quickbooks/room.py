"""The control API of the QuickBooks sandbox: its company, state, books, notifications and tokens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from comptoir_sandbox.control.routes import control_routes
from comptoir_sandbox.quickbooks import dump, reports
from comptoir_sandbox.quickbooks.call import GATEWAY_KINDS
from comptoir_sandbox.quickbooks.codes import CODES
from comptoir_sandbox.quickbooks.given import CompanyFileError
from comptoir_sandbox.quickbooks.given import read as read_company
from comptoir_sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from comptoir_sandbox.quickbooks.service import ITEM_FAULTS, SERVICE_KINDS
from comptoir_sandbox.quickbooks.state import changed as changed_state
from comptoir_sandbox.quickbooks.summary import tax_summary
from comptoir_sandbox.quickbooks.taxseed import switch_code
from comptoir_sandbox.quickbooks.webhooks import CLOUD_EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.datastructures import QueryParams
    from starlette.requests import Request

    from comptoir_sandbox.quickbooks.app import Sandbox


class ControlRoom:
    """The endpoints below /_control."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Mount:
        """What every simulator has, and what this one has besides."""
        return control_routes(
            clock=self._sandbox.clock,
            log=self._sandbox.log,
            faults=self._sandbox.faults,
            reset=self._sandbox.reset,
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
                Route("/token", self.person_token, methods=["POST"]),
                Route("/expire_tokens", self.expire_tokens, methods=["POST"]),
            ],
        )

    async def set_company(self, request: Request) -> Response:
        """/_control/company: the lists of a real company; what was in the books is gone. 400 with every mistake."""
        try:
            given = read_company(await request.body())
            self._sandbox.fresh(given)
        except CompanyFileError as error:
            mistakes = [{"place": each.place, "problem": each.problem} for each in error.mistakes]
            return JSONResponse({"error": "the company cannot be opened", "mistakes": mistakes}, status_code=400)
        self._sandbox.given = given
        self._sandbox.reset()
        return JSONResponse({kind: len(rows) for kind, rows in given.rows.items()})

    def drop_company(self, _request: Request) -> Response:
        """/_control/company: back to the profile the sandbox was started with."""
        self._sandbox.given = self._sandbox.config.company
        self._sandbox.reset()
        return Response(status_code=204)

    def dump(self, parameters: QueryParams) -> Iterable[str]:
        """Lines of /_control/dump."""
        with self._sandbox.company.lock:
            if parameters.get("canonical") == "1":
                return dump.canonical(self._sandbox.company)
            return dump.plain_lines(self._sandbox.company)

    def trial_balance(self, _request: Request) -> Response:
        """/_control/trial_balance."""
        with self._sandbox.company.lock:
            return JSONResponse(reports.trial_balance_rows(self._sandbox.company))

    def tax_summary(self, request: Request) -> Response:
        """/_control/tax_summary: base and tax per rate, from `start` to `end` (ISO dates)."""
        start = request.query_params.get("start", reports.EARLIEST)
        end = request.query_params.get("end", reports.LATEST)
        with self._sandbox.company.lock:
            return JSONResponse(tax_summary(self._sandbox.company, start, end))

    def read_webhooks(self, _request: Request) -> Response:
        """/_control/webhooks: the address and what was delivered."""
        return JSONResponse(self._sandbox.webhooks.as_json())

    async def set_webhooks(self, request: Request) -> Response:
        """/_control/webhooks: {"url": ..., "verifier_token": ..., "format": ...}; {} delivers what is due."""
        try:
            wanted = await request.json()
        except ValueError:
            return JSONResponse({"error": "not JSON"}, status_code=400)
        if not isinstance(wanted, dict) or set(wanted) - {"url", "verifier_token", "format"}:
            return JSONResponse({"error": "the webhook takes url, verifier_token and format"}, status_code=400)
        if wanted:
            token, form = (
                str(wanted.get("verifier_token") or self._sandbox.webhooks.token),
                wanted.get("format", CLOUD_EVENTS),
            )
            try:
                self._sandbox.webhooks.configure(wanted.get("url"), token, form)
            except ValueError as error:
                return JSONResponse({"error": str(error)}, status_code=400)
        await run_in_threadpool(self._sandbox.webhooks.deliver_due)
        return self.read_webhooks(request)

    async def switch_tax_code(self, request: Request) -> Response:
        """/_control/tax_code: {"name": ..., "active": true or false}, as its page in the company does it."""
        try:
            wanted = await request.json()
            switch_code(self._sandbox.company, str(wanted["name"]), active=bool(wanted["active"]))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return Response(status_code=204)

    def read_state(self, _request: Request) -> Response:
        """/_control/state: what befell the company from outside the API."""
        return JSONResponse(self._sandbox.company.state.as_json())

    async def set_state(self, request: Request) -> Response:
        """/_control/state: members left out stay as they are."""
        try:
            wanted = await request.json()
            with self._sandbox.company.lock:
                self._sandbox.company.state = changed_state(self._sandbox.company.state, wanted, self._sandbox.company)
        except (ValueError, TypeError, AttributeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return self.read_state(request)

    async def person_token(self, request: Request) -> Response:
        """/_control/token: an access token of another application and user, as for one who works by hand.

        {"scopes": [...]} by default the accounting scope; {} will do. Its changes do not go through the client's OAuth.
        """
        try:
            wanted = json.loads(await request.body() or b"{}")
            scopes = frozenset(str(each) for each in wanted.get("scopes", [ACCOUNTING_SCOPE]))
        except (ValueError, TypeError, AttributeError):
            return JSONResponse({"error": "the token takes scopes"}, status_code=400)
        return JSONResponse(self._sandbox.authority.grant(self._sandbox.config.realm_id, scopes))

    def expire_tokens(self, _request: Request) -> Response:
        """/_control/expire_tokens: every access token ends now."""
        self._sandbox.authority.expire_access_tokens()
        return Response(status_code=204)
