"""QuickBooks: the ledger suite's words as calls of its simulator (docs/reference/quickbooks-sandbox.md)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx2
from tests.contract.ledger.harness import BUSY_SECONDS, CompanyKind, Fault, Hand, Role
from tests.ledgers.quickbooks.conftest import MemoryStore
from tests.ledgers.quickbooks.sandboxed import Books, connect, plain, settings

from comptoir.books.documents import LedgerId
from comptoir.engine.ports import Entry, Ledger
from comptoir.http.transport import Transport, open_client
from comptoir.ledgers.quickbooks.client import QuickBooksClient
from comptoir.ledgers.quickbooks.connect import Connector
from comptoir_sandbox.quickbooks.app import Config, Sandbox
from comptoir_sandbox.server import ThreadedServer

Json = dict[str, Any]

PROFILES = {
    CompanyKind.TAX_PER_CODE: "uk",
    CompanyKind.TWO_TAXES: "quebec",
    CompanyKind.US_OWN_RATES: "us-manual",
    CompanyKind.US_AUTOMATED: "us-automated",
    CompanyKind.MULTICURRENCY: "multicurrency",
}
TYPES = {
    Role.BANK: "bank",
    Role.RECEIVABLE: "accounts_receivable",
    Role.INCOME: "income",
    Role.COST: "cost_of_goods_sold",
    Role.FEES: "expense",
    Role.OWED: "other_current_liability",
    Role.OPENING: "equity",
}
HELD = "Undeposited Funds"
NOBODY = "http://127.0.0.1:1"
"""Nobody listens there."""
FAULTS: dict[Fault, Json] = {
    Fault.BUSY: {"kind": "throttle"},
    Fault.BUSY_UNTIL: {"kind": "throttle", "retry_after_seconds": BUSY_SECONDS},
    Fault.MAINTENANCE: {"kind": "code", "code": "150"},
    Fault.ACCESS_MISSING: {"kind": "forbidden"},
    Fault.NO_ANSWER: {"kind": "malformed"},
    Fault.CUT_BEFORE: {"kind": "cut"},
    Fault.CUT_AFTER: {"kind": "cut_after_commit"},
    Fault.TIMEOUT_AFTER: {"kind": "after_commit", "status": 504},
    Fault.BROKEN: {"kind": "status", "status": 502},
    Fault.HALF_DONE: {"kind": "half_batch", "operation": "batch"},
}


@contextlib.contextmanager
def opened(kind: CompanyKind) -> Iterator[QuickBooks]:
    """A company that listens."""
    sandbox = Sandbox(Config(profile=PROFILES[kind], limits=False, auto_approve=True))
    with ThreadedServer(sandbox.app()) as server, open_client() as http:
        yield QuickBooks(sandbox.config, server.url, http)


class QuickBooks:
    """One company of the simulator."""

    slug = "quickbooks"

    def __init__(self, config: Config, url: str, http: httpx2.Client) -> None:
        self._config = config
        self._url = url
        self._http = http
        self._transport = Transport(http, user_agent="comptoir/test", sleep=lambda _seconds: None)
        self._announced = {
            "client_id": config.client_id,
            "client_secret": config.client_secret,
            "realm_id": config.realm_id,
            "discovery_url": f"{url}/.well-known/openid_sandbox_configuration",
            "api_url": url,
        }
        self._store = MemoryStore()
        self._books = self._connected()

    def empty(self) -> None:
        self._post("reset")
        self.recover()

    def ledger(self, *, reachable: bool = True) -> Ledger:
        connector = self._books.connector
        if not reachable:
            connector = Connector(settings({**self._announced, "api_url": NOBODY}), self._transport)
        return connector.ledger(self._config.realm_id, self._store)

    def now(self) -> datetime:
        return datetime.fromisoformat(self._http.get(f"{self._url}/_control/clock").json()["now"])

    def account(self, role: Role, currency: str = "") -> LedgerId:
        company = self._books.company
        return next(
            each.id
            for each in company.accounts
            if (each.name.startswith(HELD) if role is Role.HELD else each.type.value == TYPES[role])
            and (each.is_opening_equity or role is not Role.OPENING)
            and each.active
            and each.currency == (currency or company.currency)
        )

    def item(self) -> LedgerId:
        return next(each.id for each in self._books.ledger.read_items() if each.type == "Service" and each.active)

    def invoice_by_hand(self, number: str, customer: LedgerId) -> LedgerId:
        detail = {"ItemRef": {"value": self.item()}, "TaxCodeRef": {"value": self._books.untaxed()}}
        line = {"Amount": 7.5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
        wanted = {"DocNumber": number, "CustomerRef": {"value": customer}, "Line": [line]}
        wanted |= {"TxnDate": self.now().date().isoformat(), "GlobalTaxCalculation": "NotApplicable"}
        return LedgerId(self._books.by_hand("Invoice", wanted)["Id"])

    def change_by_hand(self, entry: Entry, hand: Hand) -> None:
        row = plain(self._client().read(entry.type, entry.id))
        self._books.by_hand(entry.type, {**row, **CHANGES[hand](row)})

    def delete_by_hand(self, entry: Entry) -> None:
        self._books.delete_by_hand(entry)

    def deactivate_by_hand(self, entry: Entry) -> None:
        self._books.change_by_hand(entry, Active=False)

    def fault(self, kind: Fault) -> None:
        if kind is Fault.SIGNED_OUT:
            assert self._store.tokens is not None
            self._books.connector.revoke(self._store.tokens)
        else:
            self._post("faults", {**FAULTS[kind], "times": 1000})

    def recover(self) -> None:
        self._http.delete(f"{self._url}/_control/faults").raise_for_status()
        self._books = self._connected()

    def _connected(self) -> Books:
        """Through the consent page, as a person would."""
        connector, self._store.tokens = connect(self._announced, self._http, transport=self._transport)
        realm = self._config.realm_id
        ledger = connector.ledger(realm, self._store)
        return Books(connector, self._store, ledger, ledger.read_company(), self._url, self._url, realm)

    def _client(self) -> QuickBooksClient:
        return self._books.connector.client(self._config.realm_id, self._store)

    def _post(self, path: str, body: Any = None) -> None:
        answer = self._http.post(f"{self._url}/_control/{path}", json=body)
        assert answer.is_success, answer.text


def _more(row: Json) -> Json:
    """A unit more on every line; what a person's page reckons from it follows."""
    lines = []
    for line in row["Line"]:
        if line["DetailType"] == "SubTotalLineDetail":
            continue
        lines.append({**line, "Amount": line["Amount"] + 1})
    return {"Line": lines, "TxnTaxDetail": None}


def _renumbered(row: Json) -> Json:
    field = "PaymentRefNum" if "PaymentRefNum" in row else "DocNumber"
    return {field: f"{row[field]}X"}


CHANGES: dict[Hand, Callable[[Json], Json]] = {
    Hand.AMOUNT: _more,
    Hand.DATE: lambda _row: {"TxnDate": "2026-03-02"},
    Hand.NUMBER: _renumbered,
    Hand.NOTE: lambda row: {"PrivateNote": f"{row.get('PrivateNote', '')} and more"},
    Hand.NOT_OURS: lambda _row: {"EmailStatus": "NeedToSend", "PrintStatus": "NeedToPrint"},
}
