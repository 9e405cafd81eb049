"""A sandbox company on a socket and a small client that speaks to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.quickbooks.app import Config, Sandbox
from comptoir_sandbox.server import ThreadedServer

START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
REDIRECT = "http://127.0.0.1:9/callback"
SCOPE = "com.intuit.quickbooks.accounting"


@dataclass
class Answer:
    status: int
    headers: httpx2.Headers
    body: Any

    @property
    def fault(self) -> str | None:
        found = self.body.get("Fault") or self.body.get("fault")
        if found is None:
            return None
        error = (found.get("Error") or found.get("error"))[0]
        return str(error["code"])

    @property
    def detail(self) -> str:
        return str(self.body["Fault"]["Error"][0]["Detail"])


@dataclass
class Client:
    """Speaks to one sandbox; every call returns the answer with decimals."""

    sandbox: Sandbox
    http: httpx2.Client
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return f"/v3/company/{self.sandbox.config.realm_id}"

    def code(self, scope: str = SCOPE, redirect: str = REDIRECT) -> str:
        answer = self.http.post(
            "/connect/oauth2",
            data={
                "client_id": self.sandbox.config.client_id,
                "response_type": "code",
                "scope": scope,
                "redirect_uri": redirect,
                "state": "s",
                "decision": "approve",
            },
        )
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def token(self, **form: str) -> httpx2.Response:
        keys = (self.sandbox.config.client_id, self.sandbox.config.client_secret)
        return self.http.post("/oauth2/v1/tokens/bearer", data=form, auth=keys)

    def connect(self, scope: str = SCOPE) -> None:
        answer = self.token(grant_type="authorization_code", code=self.code(scope), redirect_uri=REDIRECT)
        assert answer.status_code == 200, answer.text
        self.tokens = answer.json()

    def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.tokens['access_token']}" if self.tokens else "None",
            "Accept": "application/json",
            **options.pop("headers", {}),
        }
        answer = self.http.request(method, self.base + path, headers=headers, **options)
        return Answer(answer.status_code, answer.headers, json.loads(answer.text, parse_float=Decimal))

    def post(self, path: str, body: Any, **params: str) -> Answer:
        return self.call("POST", path, json=body, params=params)

    def make(self, kind: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
        answer = self.post(f"/{kind.lower()}", body, **params)
        assert answer.status == 200, answer.body
        result: dict[str, Any] = answer.body[kind]
        return result

    def read(self, kind: str, identity: str) -> dict[str, Any]:
        answer = self.call("GET", f"/{kind.lower()}/{identity}")
        assert answer.status == 200, answer.body
        result: dict[str, Any] = answer.body[kind]
        return result

    def query(self, text: str) -> Answer:
        return self.call("GET", "/query", params={"query": text, "minorversion": "75"})

    def rows(self, text: str) -> list[dict[str, Any]]:
        answer = self.query(text)
        assert answer.status == 200, answer.body
        found = answer.body["QueryResponse"]
        kind = next((name for name in found if name[0].isupper()), None)
        return list(found[kind]) if kind else []

    def account(self, name: str) -> dict[str, str]:
        return {"value": self.rows(f"select * from Account where Name = '{name}'")[0]["Id"]}  # noqa: S608

    def code_ref(self, name: str = "20.0% S") -> dict[str, str]:
        return {"value": self.rows(f"select * from TaxCode where Name = '{name}'")[0]["Id"]}  # noqa: S608

    def customer(self, name: str = "Ada") -> dict[str, str]:
        return {"value": self.make("Customer", {"DisplayName": name})["Id"]}

    def line(self, amount: str, code: str = "No VAT", **detail: Any) -> dict[str, Any]:
        return {
            "Amount": amount,
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": "1"}, "TaxCodeRef": self.code_ref(code), **detail},
        }

    def balances(self) -> dict[str, Decimal]:
        rows = self.http.get("/_control/trial_balance").json()
        return {row["account"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows}

    def faults(self, *rules: dict[str, Any]) -> None:
        assert self.http.post("/_control/faults", json=list(rules)).status_code == 200

    def pass_time(self, seconds: float) -> None:
        self.http.post("/_control/clock", json={"advance_seconds": seconds})


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Sandbox, str]]:
    """One server for all tests of a run: starting one costs more than most tests."""
    sandbox = Sandbox(Config(clock=Clock(START), limits=False, shuffle_batches=False))
    with ThreadedServer(sandbox.app()) as server:
        yield sandbox, server.url


@pytest.fixture
def bare(served: tuple[Sandbox, str]) -> Iterator[Client]:
    """A fresh company, not yet connected."""
    sandbox, url = served
    sandbox.reset()
    sandbox.authority.reset()
    sandbox.log.clear()
    sandbox.faults.clear()
    with httpx2.Client(base_url=url, timeout=10) as http:
        yield Client(sandbox, http)


@pytest.fixture
def another() -> Iterator[Callable[..., Client]]:
    """Makes connected clients of sandboxes with other settings."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Client:
            sandbox = Sandbox(Config(**{"clock": Clock(START, speed=0), **settings}))
            server = stack.enter_context(ThreadedServer(sandbox.app()))
            client = Client(sandbox, stack.enter_context(httpx2.Client(base_url=server.url, timeout=10)))
            client.connect()
            return client

        yield start


@pytest.fixture
def books(bare: Client) -> Iterator[Client]:
    """Connected; after the test, the ledger's invariants must hold (§22.12)."""
    bare.connect()
    yield bare
    company = bare.sandbox.company
    assert sum(company.ledger.balances.values(), Decimal(0)) == 0
    receivable = company.ledger.balances.get(company.role("AccountsReceivable"), Decimal(0))
    assert receivable == sum(company.ledger.receivables.values(), Decimal(0))
    documents = [
        (record, 1 if kind == "Invoice" else -1)
        for kind in ("Invoice", "CreditMemo", "Payment")
        for record in company.records[kind].values()
    ]
    still_open = sum(
        (
            sign * Decimal(str(record.data.get("Balance", record.data.get("UnappliedAmt", 0))))
            for record, sign in documents
        ),
        Decimal(0),
    )
    assert receivable == still_open
