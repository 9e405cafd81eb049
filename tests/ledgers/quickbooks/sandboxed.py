"""What tests over a real socket share: a sandbox of their own, the way into it, and what a person does there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2

from comptoir.books.company import Company
from comptoir.books.documents import LedgerId
from comptoir.books.facts import Address
from comptoir.books.money import Money
from comptoir.engine.errors import HouseError
from comptoir.engine.ports import Answered, Entry, NoAnswer, NotSent, Slot
from comptoir.http.oauth import Tokens
from comptoir.http.transport import Transport
from comptoir.ledgers.quickbooks.connect import Connector, Settings, settings_of
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.limits import Limits

HOME = Address("Jo Doe", "", "1 High St", "", "Leeds", "", "LS1 1AA", "GB")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def entry(outcome: Entry | HouseError) -> Entry:
    assert isinstance(outcome, Entry), getattr(outcome, "detail", outcome)
    return outcome


@dataclass
class Books:
    connector: Connector
    store: Any
    ledger: QuickBooksLedger
    company: Company
    url: str
    api_url: str
    realm: str
    count: int = 0

    def account(self, type_name: str) -> LedgerId:
        return next(account.id for account in self.company.accounts if account.type.value == type_name)

    def untaxed(self) -> LedgerId:
        return next(code.id for code in self.company.tax_codes if not code.rates and code.active)

    def number(self) -> str:
        self.count += 1
        return f"T{self.count:04d}"

    def make(self, *documents: Any, resolved: Any = None, versions: Any = None) -> list[Entry | HouseError]:
        outcome = self.send(*documents, resolved=resolved, versions=versions)
        assert isinstance(outcome, Answered), outcome
        return [result.outcome for result in outcome.results]

    def send(self, *documents: Any, resolved: Any = None, versions: Any = None) -> Answered | NoAnswer | NotSent:
        slots = [Slot(str(at), document, resolved or {}, versions or {}) for at, document in enumerate(documents)]
        return self.ledger.send(f"request-{self.number()}", self.ledger.freeze(slots))

    def read(self, made: Entry) -> Entry | None:
        """A record of ours as the ledger holds it now."""
        return self.ledger.reread([(made.type, made.id)]).get((made.type, made.id))

    def by_hand(self, entity: str, record: dict[str, Any], **params: str) -> dict[str, Any]:
        """What a person does in QuickBooks' own pages."""
        answer = httpx2.post(
            f"{self.api_url}/v3/company/{self.realm}/{entity.lower()}",
            json=record,
            params=params,
            headers={"authorization": f"Bearer {self.store.tokens.access_token}", "accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json()[entity])

    def change_by_hand(self, made: Entry, **members: Any) -> dict[str, Any]:
        """A sparse update of a record as it stands now."""
        now = self.read(made)
        assert now is not None
        return self.by_hand(made.type, {"Id": now.id, "SyncToken": now.version, "sparse": True, **members})

    def delete_by_hand(self, made: Entry) -> None:
        """A deletion of a record as it stands now."""
        now = self.read(made)
        assert now is not None
        self.by_hand(made.type, {"Id": now.id, "SyncToken": now.version}, operation="delete")

    def pass_time(self, seconds: float) -> None:
        httpx2.post(f"{self.url}/_control/clock", json={"advance_seconds": seconds}).raise_for_status()

    def fault(self, kind: str, operation: str = "batch", **more: Any) -> None:
        rules = [{"kind": kind, "operation": operation, **more}]
        httpx2.post(f"{self.url}/_control/faults", json=rules).raise_for_status()


@contextmanager
def running(*options: str) -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; what it announces."""
    command = [sys.executable, "-m", "comptoir_sandbox", "quickbooks", "--auto-approve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def plain(value: Any) -> Any:
    """Decimals as floats, for a request that a person's page sends."""
    match value:
        case dict():
            return {name: plain(member) for name, member in value.items()}
        case list():
            return [plain(member) for member in value]
        case str() | bool():
            return value
        case _:
            return float(value)


def settings(announced: dict[str, Any]) -> Settings:
    """What the form of a connection is filled in with."""
    form = {
        "client_id": announced["client_id"],
        "client_secret": announced["client_secret"],
        "redirect_uri": "http://127.0.0.1:1/callback",
        "environment": "simulator",
        "discovery_url": announced["discovery_url"],
        "api_url": announced["api_url"],
    }
    return settings_of(form)


def connect(
    announced: dict[str, Any],
    client: httpx2.Client,
    limits: Limits | None = None,
    transport: Transport | None = None,
) -> tuple[Connector, Tokens]:
    """Through the consent page, as a browser would."""
    given = None if limits is None else lambda _realm, _patient: limits
    connector = Connector(settings(announced), transport or Transport(client, user_agent="comptoir/test"), limits=given)
    answer = client.get(connector.authorize_url("st4te"))
    assert answer.status_code in {302, 303}, answer.text
    callback = httpx2.URL(answer.headers["location"])
    assert callback.params["state"] == "st4te"
    tokens, identity = connector.finish(callback.params["code"], callback.params["realmId"])
    assert identity == f"quickbooks:{announced['realm_id']}"
    return connector, tokens
