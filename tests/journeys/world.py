"""A small world: a shop of given orders, a company of one profile, and a data directory connected to both."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.journeys.conftest import Client, control

from comptoir.cli.settings import settings_from
from comptoir.demo.simulators import Simulator, connect_company, connect_shop, running
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import fetch_connection, post_to_company, prove_again
from comptoir.engine.work import Work
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.postings import Posting
from comptoir.storage.runs import RunState
from comptoir.storage.tables import postings
from comptoir.wiring import App, open_app

SALES_FORMS = ("Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt")
DEFAULT_DAY = "2026-02-02T12:00:00Z"


@dataclass(frozen=True)
class World:
    """The running simulators and the product beside them."""

    store: Simulator
    company: Simulator
    app: App
    record_id: int

    @property
    def record(self) -> ConnectionRecord:
        return self.app.books.connections.get(self.record_id)

    def begin(self) -> Work:
        """The work of a run that has just begun."""
        record = self.record
        return self.app.work(record, self.app.books.runs.start(record.organization_id, record.id, "test"))

    def run(self) -> Proof:
        """One run, without the queue."""
        work = self.begin()
        fetch_connection(work, alone=True)
        proof = post_to_company(work, alone=True)
        self.app.books.runs.finish(work.run.id, RunState.FINISHED)
        return proof

    def reread(self) -> Proof:
        """The proof with every document read anew from the company."""
        work = self.begin()
        proof = prove_again(work, alone=True)
        self.app.books.runs.finish(work.run.id, RunState.FINISHED)
        return proof

    def configure(self, settings: str) -> None:
        self.app.put_in_force(self.record, settings_from(settings))

    def by_hand(self) -> Client:
        """Another person, of another application, who works in the same company."""
        token = json.loads(control(self.company.url, "token", method="POST", body={}))["access_token"]
        return Client({**self.company.facts, "url": self.company.url}, token)

    def rows(self, number: str = "") -> list[Posting]:
        """The journal of the store: of one order, or all of it."""
        where = postings.c.connection_id == self.record_id
        with self.app.books.database.read() as connection:
            found = self.app.books.journal.select(connection, where)
        return [row for row in found if number in {"", row.order_number}]

    def objects(self, *kinds: str) -> list[tuple[str, dict[str, Any]]]:
        """What the company itself holds of these kinds, with exact amounts; everything without kinds."""
        lines = self.company.control("dump").splitlines()
        rows = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]
        return [(row["type"], row["object"]) for row in rows if not kinds or row["type"] in kinds]

    def balances(self) -> dict[str, Decimal]:
        """Account -> debit less credit, in the company's currency, by its own trial balance."""
        rows = json.loads(self.company.control("trial_balance"))
        return {row["account"]: Decimal(str(row["debit"])) - Decimal(str(row["credit"])) for row in rows}


def write_seed(folder: Path, shop: dict[str, Any], orders: Sequence[dict[str, Any]]) -> Path:
    """The orders as the shop's simulator reads them: numbered from 1001, each with a buyer of its own."""
    rows = [
        {
            "number": 1001 + place,
            "created_at": DEFAULT_DAY,
            "customer": {
                "id": 7001 + place,
                "first_name": "Ada",
                "last_name": f"Tremblay {place}",
                "email": f"ada{place}@example.com",
            },
            **order,
        }
        for place, order in enumerate(orders)
    ]
    path = folder / "seed.json"
    path.write_text(json.dumps({"shop": shop, "orders": rows}), encoding="utf-8")
    return path


def connect(app: App, store: Simulator, company: Simulator) -> ConnectionRecord:
    """Both connections, as a person makes them."""
    record, _ = connect_shop(app, store)
    connect_company(app, company, "1")
    return record


@contextmanager
def open_world(folder: Path, profile: str, shop: dict[str, Any], orders: Sequence[dict[str, Any]]) -> Iterator[World]:
    """Both simulators up and connected; settings are still to be put in force."""
    with (
        running("shopify", ["--seed", str(write_seed(folder, shop, orders)), "--no-throttle"]) as store,
        running("quickbooks", ["--profile", profile, "--auto-approve", "--no-limits"]) as company,
        open_app(folder / "home") as app,
    ):
        yield World(store, company, app, connect(app, store, company).id)
