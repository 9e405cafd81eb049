"""A sandbox company on a socket and a small client that speaks to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.quickbooks import deposits, links, roles, stock
from comptoir_sandbox.quickbooks.app import Config, Sandbox
from comptoir_sandbox.quickbooks.company import Company
from comptoir_sandbox.quickbooks.operations import Wanted
from comptoir_sandbox.quickbooks.profile import Options, load
from comptoir_sandbox.quickbooks.record import ENCODER
from comptoir_sandbox.quickbooks.reports import trial_balance_rows
from comptoir_sandbox.quickbooks.seed import open_company
from comptoir_sandbox.quickbooks.service import Service
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


class RefusedError(Exception):
    """The code of a fault."""


@dataclass
class Desk:
    """One company without HTTP: requests go straight to the service."""

    service: Service

    @property
    def company(self) -> Company:
        return self.service.company

    def make(self, kind: str, body: dict[str, Any], verb: str = "create", *include: str) -> dict[str, Any]:
        """The object made; RefusedError with the fault's code."""
        raw = json.loads(json.dumps(body, default=str))
        status, answer = self.service.single(Wanted(verb=verb, kind=kind, raw=raw, include=frozenset(include)), None)
        if status != 200:
            raise RefusedError(answer["Fault"]["Error"][0]["code"])
        return self.plain(answer[kind])

    def refused(self, kind: str, body: dict[str, Any], verb: str = "create") -> str:
        with pytest.raises(RefusedError) as refused:
            self.make(kind, body, verb)
        return str(refused.value)

    @staticmethod
    def plain(found: Any) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(ENCODER.encode(found), parse_float=Decimal)
        return result

    def read(self, kind: str, identity: str) -> dict[str, Any]:
        return self.plain(self.service.read(kind, identity)[kind])

    def change(self, kind: str, identity: str, **fields: Any) -> dict[str, Any]:
        token = self.read(kind, identity)["SyncToken"]
        return self.make(kind, {"Id": identity, "SyncToken": token, "sparse": True, **fields}, "update")

    def end(self, kind: str, identity: str, verb: str = "delete") -> dict[str, Any]:
        return self.make(kind, {"Id": identity, "SyncToken": self.read(kind, identity)["SyncToken"]}, verb)

    def ref(self, kind: str, name: str) -> dict[str, str]:
        for record in self.company.records[kind].values():
            if name in {record.data.get("Name"), record.data.get("DisplayName")}:
                return {"value": record.id}
        raise LookupError(name)

    def account(self, name: str) -> dict[str, str]:
        return self.ref("Account", name)

    def customer(self, name: str = "Ada", **fields: Any) -> dict[str, str]:
        return {"value": self.make("Customer", {"DisplayName": name, **fields})["Id"]}

    def line(self, amount: str, code: str | None = None, **detail: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"ItemRef": {"value": "1"}, **detail}
        if code is not None:
            found["TaxCodeRef"] = {"value": code} if code in {"TAX", "NON"} else self.ref("TaxCode", code)
        return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": found}

    def shipping(self, amount: str, code: str | None = None) -> dict[str, Any]:
        return self.line(amount, code, ItemRef={"value": "SHIPPING_ITEM_ID"})

    def balance(self, name: str) -> Decimal:
        return self.company.ledger.balances.get(self.account(name)["value"], Decimal(0))

    def balances(self) -> dict[str, Decimal]:
        rows = trial_balance_rows(self.company)
        return {row["account"]: Decimal(row["debit"]) - Decimal(row["credit"]) for row in rows}

    def check(self) -> None:
        """The ledger's invariants (§22.12)."""
        check_ledger(self.company)


def check_ledger(company: Company) -> None:
    ledger = company.ledger
    assert sum(ledger.balances.values(), Decimal(0)) == 0
    for entry in ledger.entries.values():
        assert sum((each.amount for each in entry.postings), Decimal(0)) == 0
    home = [account for account, each in company.records["Account"].items() if is_receivable(each.data)]
    open_home, open_by = Decimal(0), dict.fromkeys(company.records["Customer"], Decimal(0))
    for kind, sign in (("Invoice", 1), ("Purchase", 1), ("CreditMemo", -1), ("JournalEntry", -1), ("Payment", -1)):
        for record in company.records[kind].values():
            if kind == "Payment":
                left = Decimal(record.data["UnappliedAmt"])
            else:
                left = links.capacity(record) - links.applied_total(company, (kind, record.id))
            if kind in {"Invoice", "CreditMemo"}:
                assert left == record.data["Balance"]
            assert left >= 0
            rate = Decimal(record.data.get("ExchangeRate", 1))
            open_home += sign * (left * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
            customer = record.data.get("CustomerRef", {}).get("value") or record.facts.get("customer")
            if customer is not None:
                open_by[customer] += sign * left
    assert sum((ledger.balances.get(each, Decimal(0)) for each in home), Decimal(0)) == open_home
    for customer, value in open_by.items():
        assert ledger.receivables.get(customer, Decimal(0)) == value
    check_payables(company)
    check_taxes(company)
    check_undeposited(company)
    items = [each for each in company.records["Item"].values() if each.data["Type"] == "Inventory"]
    value = sum((stock.layers_of(company, each.id).value for each in items), Decimal(0))
    held = company.accounts_by_role.get("Inventory", "")
    assert ledger.balances.get(held, Decimal(0)) == value


TAX_SIGNS = {"CreditMemo": 1, "RefundReceipt": 1, "Purchase": 1, "Bill": 1}
"""The side of a document's tax on the agencies' accounts; the other kinds credit it."""


def check_taxes(company: Company) -> None:
    """Every document posts to the agencies' accounts just the tax it shows, each agency's on its own (§18)."""
    accounts = {account for role, account in company.accounts_by_role.items() if role.startswith("tax agency")}
    for kind in ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Purchase", "Bill", "Deposit"):
        for record in company.records[kind].values():
            sign = TAX_SIGNS.get(kind, -1) * (-1 if record.data.get("Credit") else 1)
            expected: dict[str, Decimal] = {}
            for line in record.data.get("TxnTaxDetail", {}).get("TaxLine", []):
                account = roles.tax_account(company, line["TaxLineDetail"]["TaxRateRef"]["value"])
                expected[account] = expected.get(account, Decimal(0)) + sign * Decimal(line["Amount"])
            entry = company.ledger.entries.get((kind, record.id))
            posted: dict[str, Decimal] = {}
            for each in entry.postings if entry is not None else ():
                if each.account in accounts:
                    posted[each.account] = posted.get(each.account, Decimal(0)) + each.own
            assert {key: value for key, value in posted.items() if value} == {
                key: value for key, value in expected.items() if value
            }


def check_payables(company: Company) -> None:
    """A/P by vendor = unpaid bills less what was paid ahead, with the lines of journals and deposits there."""
    expected: dict[str, Decimal] = dict.fromkeys(company.records["Vendor"], Decimal(0))
    for kind, sign in (("Bill", -1), ("BillPayment", 1)):
        for record in company.records[kind].values():
            if kind == "Bill":
                left = links.capacity(record) - links.applied_total(company, (kind, record.id))
                assert left == record.data["Balance"]
            else:
                left = Decimal(record.data["TotalAmt"]) - links.used(links.applications(record))
            assert left >= 0
            expected[record.data["VendorRef"]["value"]] += sign * left
    for (kind, _), entry in company.ledger.entries.items():
        for each in entry.postings if kind in {"JournalEntry", "Deposit"} else ():
            if company.records["Account"][each.account].data["AccountType"] == "Accounts Payable":
                expected[str(each.party)] += each.own
    for vendor, value in expected.items():
        assert company.ledger.payables.get(vendor, Decimal(0)) == value


def is_receivable(data: dict[str, Any]) -> bool:
    return bool(data["AccountType"] == "Accounts Receivable")


def check_undeposited(company: Company) -> None:
    held = company.accounts_by_role.get("UndepositedFunds", "")
    expected = Decimal(0)
    for kind in deposits.MEMBERS:
        for record in company.records[kind].values():
            if (kind, record.id) not in company.deposited:
                total = deposits.held_amount(company, record) * Decimal(record.data.get("ExchangeRate", 1))
                expected += total.quantize(Decimal("0.01"), ROUND_HALF_UP)
    for record in company.records["Invoice"].values():
        if record.data.get("DepositToAccountRef", {}).get("value") == held:
            expected += Decimal(record.data.get("Deposit", 0))
    assert company.ledger.balances.get(held, Decimal(0)) == expected


@pytest.fixture(scope="session")
def open_desk() -> Callable[..., Desk]:
    """Opens a company of a profile with options; no server, no limits."""

    def start(profile: str = "uk", **options: Any) -> Desk:
        settled = Options(**options).applied(load(profile))
        return Desk(Service(open_company("1", settled, Clock(START, speed=0)), Faults()))

    start.refused = RefusedError  # type: ignore[attr-defined] # handed along: test modules cannot import this file
    return start


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Iterator[Callable[..., Desk]]:
    """The same; every company opened is checked at the end."""
    opened: list[Desk] = []

    def start(profile: str = "uk", **options: Any) -> Desk:
        opened.append(open_desk(profile, **options))
        return opened[-1]

    yield start
    for each in opened:
        each.check()


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
