"""The simulators as processes, data directories connected to them, and the product as a person starts it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2

from bench.shop import EXPENSE_ACCOUNT, INCOME_ACCOUNT, SHOP, Buyer, Sale, Thing
from comptoir.cli.settings import settings_from
from comptoir.demo import simulators
from comptoir.demo.simulators import Simulator, running
from comptoir.engine.road import fetch_connection
from comptoir.engine.sync import errand
from comptoir.wiring import open_app

COMPTOIR = str(Path(sys.executable).with_name("comptoir"))
PATIENCE_SECONDS = 300.0
BATCH_ITEMS = 30
MINUTE_SECONDS = 61
"""After which the service has forgotten every request that its limits count."""
OK = 200
TOO_MANY = 429
DOCUMENTS = frozenset({"SalesReceipt", "Invoice", "Payment", "RefundReceipt", "CreditMemo"})


class BenchError(Exception):
    """A measurement that cannot be made, or whose work was not done right. The message says why."""


@dataclass(frozen=True)
class Call:
    """One request as a simulator wrote it down. `at`: its clock, when it answered."""

    at: datetime
    operation: str
    items: int
    status: int
    request_id: str | None

    @property
    def is_write(self) -> bool:
        """Whether it sent documents: reads carry no request id, not even those in a batch."""
        return self.operation == "batch" and self.request_id is not None


def calls_of(simulator: Simulator) -> list[Call]:
    """Every request since the log was cleared, sign-in included."""
    entries = json.loads(simulator.control("log"))["entries"]
    return [
        Call(datetime.fromisoformat(each["at"]), each["operation"], each["items"], each["status"], each["request_id"])
        for each in entries
    ]


def tell(simulator: Simulator, path: str, *, method: str = "POST", body: object = None) -> None:
    """Ask something of a simulator's control API that is no question."""
    httpx2.request(method, f"{simulator.url}/_control/{path}", json=body, timeout=PATIENCE_SECONDS).raise_for_status()


def clear_log(simulator: Simulator) -> None:
    """From here on the log begins anew."""
    tell(simulator, "log", method="DELETE")


def pass_time(simulator: Simulator, seconds: float) -> None:
    """Let the simulator's clock jump."""
    tell(simulator, "clock", body={"advance_seconds": seconds})


def objects(company: Simulator, *kinds: str) -> list[dict[str, Any]]:
    """What the company holds of these kinds, with exact amounts."""
    rows = (json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in company.control("dump").splitlines())
    return [row["object"] for row in rows if row["type"] in kinds]


def totals(company: Simulator, kind: str) -> dict[str, Decimal]:
    """Document number -> total, of the documents of one kind. BenchError where a number stands twice."""
    found: dict[str, Decimal] = {}
    for each in objects(company, kind):
        number = str(each["DocNumber"])
        if number in found:
            raise BenchError(f"{number} stands in the books twice")
        found[number] = Decimal(each["TotalAmt"])
    return found


def check_totals(company: Simulator, kind: str, wanted: Iterable[Sale], prefix: str) -> None:
    """BenchError unless the company holds exactly these sales, to the cent, by its own dump."""
    expected = {f"{prefix}{sale.number}": sale.total for sale in wanted}
    found = totals(company, kind)
    if found != expected:
        missing, surplus = sorted(expected.keys() - found.keys()), sorted(found.keys() - expected.keys())
        wrong = [number for number in expected.keys() & found.keys() if expected[number] != found[number]]
        raise BenchError(f"{len(missing)} {kind} missing {missing[:3]}, {len(surplus)} too many, {len(wrong)} wrong")


@contextmanager
def shop_of(
    folder: Path, sold: Iterable[Sale], *, paid: bool = True, options: Sequence[str] = ()
) -> Iterator[Simulator]:
    """A shop that has these orders."""
    seed = folder / f"seed-{time.monotonic_ns()}.json"
    with seed.open("w", encoding="utf-8") as file:
        json.dump({"shop": SHOP, "orders": [sale.as_seed(paid=paid) for sale in sold]}, file)
    with running("shopify", ["--seed", str(seed), "--no-throttle", *options]) as shop:
        yield shop


@contextmanager
def company_of(options: Sequence[str] = ()) -> Iterator[Simulator]:
    """A British company with nothing in its books."""
    with running("quickbooks", ["--profile", "uk", "--auto-approve", *options]) as company:
        yield company


class Clerk:
    """Somebody else's application in the same company: what was there before the product came."""

    def __init__(self, company: Simulator) -> None:
        answer = httpx2.post(f"{company.url}/_control/token", json={}, timeout=PATIENCE_SECONDS).raise_for_status()
        self.token = str(answer.json()["access_token"])
        self._company = company
        self._url = f"{company.url}/v3/company/{company.facts['realm_id']}"

    def query(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        found = self._call("GET", "query", params={"query": statement})["QueryResponse"]
        return next((rows for rows in found.values() if isinstance(rows, list)), [])

    def id_of(self, kind: str, name: str) -> str:
        """The id of a record by its name."""
        return str(self.query(f"select Id from {kind} where Name = '{name}'")[0]["Id"])  # noqa: S608 - our own names

    def create(self, kind: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Make many records, in their order."""
        made: list[dict[str, Any]] = []
        for chunk in _batched(rows):
            items = [{"bId": str(at), "operation": "create", kind: row} for at, row in enumerate(chunk)]
            answers = self._call("POST", "batch", json={"BatchItemRequest": items})["BatchItemResponse"]
            by_id = {int(each["bId"]): each for each in answers}
            made += [by_id[at][kind] for at in range(len(items))]
        return made

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        answer = httpx2.request(method, f"{self._url}/{path}", headers=headers, timeout=PATIENCE_SECONDS, **more)
        if answer.status_code == TOO_MANY:  # what was there before is not measured: time simply passes
            pass_time(self._company, MINUTE_SECONDS)
            return self._call(method, path, **more)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def _batched(rows: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    for at in range(0, len(rows), BATCH_ITEMS):
        yield rows[at : at + BATCH_ITEMS]


@dataclass(frozen=True)
class Known:
    """Ids in the company: of customers by e-mail, of items by SKU."""

    customers: dict[str, str]
    items: dict[str, str]


def make_known(company: Simulator, *, buyers: int, things: int) -> Known:
    """Customers and items that the company has before anything is posted."""
    clerk = Clerk(company)
    wanted = [Buyer(number) for number in range(1, buyers + 1)]
    customers = clerk.create(
        "Customer",
        [
            {"DisplayName": each.name, "GivenName": each.first_name, "PrimaryEmailAddr": {"Address": each.email}}
            for each in wanted
        ],
    )
    goods = [Thing(number) for number in range(1, things + 1)]
    accounts = {
        "IncomeAccountRef": {"value": clerk.id_of("Account", INCOME_ACCOUNT)},
        "ExpenseAccountRef": {"value": clerk.id_of("Account", EXPENSE_ACCOUNT)},
    }
    items = clerk.create(
        "Item", [{"Name": each.name, "Sku": each.sku, "Type": "NonInventory", **accounts} for each in goods]
    )
    pass_time(company, MINUTE_SECONDS)
    return Known(
        {each.email: str(row["Id"]) for each, row in zip(wanted, customers, strict=True)},
        {each.sku: str(row["Id"]) for each, row in zip(goods, items, strict=True)},
    )


def connect(home: Path, shop: Simulator, company: Simulator, settings: str, *, clock_times: str = "1") -> None:
    """Connect a data directory to both and put the settings in force, as a person does."""
    with open_app(home) as app:
        record, _ = simulators.connect_shop(app, shop)
        simulators.connect_company(app, company, clock_times)
        app.put_in_force(app.books.connections.get(record.id), settings_from(settings))


def connect_company(home: Path, company: Simulator, *, clock_times: str = "1") -> None:
    """Connect another company of the same id in the place of the first."""
    with open_app(home) as app:
        simulators.connect_company(app, company, clock_times)


def fetch(home: Path) -> None:
    """Read everything from the store, and stop there: what is measured next begins with the facts at hand."""
    with open_app(home) as app:
        (record,) = app.stores()
        with errand(app.books, record, "bench", app.work) as work:
            fetch_connection(work, alone=True)


def copy_of(home: Path, to: Path) -> Path:
    """A data directory of its own with the same content."""
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(home, to))


@dataclass(frozen=True)
class Ran:
    """A process that has ended: what it said last, and how long it took from its start, in seconds."""

    said: dict[str, Any]
    seconds: float
    cpu_seconds: float


def comptoir(*words: str | Path) -> Ran:
    """Run a command of the product to its end. BenchError with its own words when it fails."""
    return run([COMPTOIR, *map(str, words)])


def compile_once() -> None:
    """Let the processes that follow keep what they compile, as an installed package does.

    An environment that forbids it would have each of them compile the product anew, a second of work at every start.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(tempfile.gettempdir()) / f"comptoir-compiled-{os.getuid()}")


def run(command: Sequence[str]) -> Ran:
    """Run a program to its end. Its last line of output is JSON."""
    before = os.times()
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    after = os.times()
    if done.returncode != 0:
        raise BenchError(
            f"{' '.join(command[:3])} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return Ran(json.loads(done.stdout.splitlines()[-1]), seconds, cpu)
