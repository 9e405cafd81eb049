"""Real processes: the simulators, the command line, a person at the browser, and a client of the books of its own."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from tests.ports import free_port

COMPTOIR = str(Path(sys.executable).with_name("comptoir"))
PATIENCE_SECONDS = 180.0
"""For anything that must come in the end; a loaded machine is slow, not broken."""
POLL_SECONDS = 0.008
COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
SHOP_SECRET = "shpss_journeys_0123456789"
INTUIT_SECRET = "journeys-intuit-secret-0123456789"
DEMO_SETTINGS = Path(__file__).parents[2] / "src" / "comptoir" / "cli" / "demo" / "online_retail.toml"
BORN_WITH = 3
"""Items that a company of the simulator has from the start."""
SALES, REFUNDS = ("SalesReceipt", "Invoice"), ("RefundReceipt", "CreditMemo")
OF_RUNS = ("Customer", "Item", "Payment", *SALES, *REFUNDS)

Row = tuple[str, str, str, int, str, str, str, str]


# Data


def retail_rows() -> list[Row]:
    """Forty documents of every kind that the loader knows: orders, refunds, a fee, a document of zero."""
    rows: list[Row] = []
    for place, number in enumerate((*range(536400, 536434), 536447)):
        when = f"2010-12-{1 + place // 3:02d} {9 + place % 8:02d}:15:00"
        customer = "" if place % 5 == 4 else str(13000 + place % 11)
        country = ("United Kingdom", "France", "EIRE")[place % 3]
        for line in range(4 + place % 7):
            code = 20000 + (place * 5 + line) % 75
            price = f"{1 + (code % 9) * Decimal('0.85'):.2f}"
            rows.append((str(number), f"{code}B", f"THING No {code}", 1 + line, when, price, customer, country))
        if place % 6 == 2:
            rows.append((str(number), "POST", "POSTAGE", 1, when, "15.00", customer, country))
        if place % 9 == 5:
            rows.append((str(number), "D", "Discount", -1, when, "1.37", customer, country))
    rows += [
        ("C536440", "20000B", "THING No 20000", -1, "2010-12-14 10:00:00", _price(20000), "13000", "United Kingdom"),
        ("C536441", "20011B", "THING No 20011", -1, "2010-12-14 11:00:00", _price(20011), "13002", "EIRE"),
        ("C536442", "29999B", "SOLD LAST YEAR", -3, "2010-12-15 11:00:00", "4.25", "14999", "France"),
        ("536443", "AMAZONFEE", "AMAZON FEE", 1, "2010-12-15 12:00:00", "100.55", "", "United Kingdom"),
        ("536444", "20001B", "THING No 20001", 1, "2010-12-15 12:30:00", "0.00", "", "United Kingdom"),
    ]
    return rows


def _price(code: int) -> str:
    return f"{1 + (code % 9) * Decimal('0.85'):.2f}"


def write_retail(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    return path


def sum_of_file(path: Path) -> Decimal:
    with path.open(encoding="utf-8", newline="") as file:
        return sum((int(row["Quantity"]) * Decimal(row["UnitPrice"]) for row in csv.DictReader(file)), Decimal(0))


# Processes


def environment(folder: Path) -> dict[str, str]:
    """What a person's shell would hold, and nothing of this one's own choices."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "SSL_CERT_FILE"}}
    if sys.dont_write_bytecode:  # compiled once for all processes, beside the tests' other files
        kept["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    # A wide terminal, so that sentences stay whole; a browser that does nothing: the test is the person.
    return {
        **kept,
        "HOME": str(folder),
        "COLUMNS": "250",
        "BROWSER": "true",
        "PYTHONWARNINGS": "error::ResourceWarning",
    }


@dataclass(frozen=True)
class Told:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> dict[str, Any]:
        """The last line."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found

    def well(self) -> Told:
        assert self.code == 0, self.all
        return self


class Shell:
    """Runs commands; remembers everything they said, to look for secrets in it."""

    def __init__(self, folder: Path, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.environment = environment(folder)
        self.patience_seconds = patience_seconds
        self.said: list[str] = []

    def start(self, *words: str | Path, secret: str = "") -> subprocess.Popen[str]:
        given = {"COMPTOIR_SHOPIFY_SECRET": secret, "COMPTOIR_QUICKBOOKS_SECRET": secret} if secret else {}
        return subprocess.Popen(
            [COMPTOIR, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**self.environment, **given},
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str]) -> Told:
        try:
            out, err = process.communicate(timeout=self.patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            raise AssertionError(f"{process.args!r} did not end:\n{out}\n{err}") from None
        self.said += [out, err]
        return Told(process.returncode, out, err)

    def run(self, *words: str | Path, secret: str = "") -> Told:
        return self.end(self.start(*words, secret=secret))


@contextmanager
def simulator(folder: Path, platform: str, *options: str | Path) -> Iterator[dict[str, Any]]:
    """A simulator for the block; what it announced."""
    process = subprocess.Popen(
        [sys.executable, "-m", "comptoir_sandbox", platform, *map(str, options)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(folder),
        start_new_session=True,
    )
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line, f"the {platform} simulator ended with code {process.wait()}"
        yield json.loads(line)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


# The platforms as others see them


def control(url: str, path: str, *, method: str = "GET", body: object = None) -> str:
    answer = httpx2.request(method, f"{url}/_control/{path}", json=body, timeout=PATIENCE_SECONDS)
    answer.raise_for_status()
    return answer.text


def decide(page: str, *, approve: bool) -> httpx2.Response:
    """A person at the consent page: looks at it, presses a button, is sent back to the product."""
    httpx2.get(page, timeout=PATIENCE_SECONDS).raise_for_status()
    parts = urlsplit(page)
    form = {**dict(parse_qsl(parts.query)), "decision": "approve" if approve else "refuse"}
    there = f"{parts.scheme}://{parts.netloc}{parts.path}"
    return httpx2.post(there, data=form, follow_redirects=True, timeout=PATIENCE_SECONDS)


@dataclass
class Client:
    """Someone else's application with the same company: changes what it likes; signs in for itself without a token."""

    company: dict[str, Any]
    token: str = field(default="")

    def __post_init__(self) -> None:
        if self.token:
            return
        back = "http://127.0.0.1:9/elsewhere"
        asked = {
            "client_id": self.company["client_id"],
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": back,
            "state": "s",
            "decision": "approve",
        }
        sent = httpx2.post(f"{self.company['url']}/connect/oauth2", data=asked, timeout=PATIENCE_SECONDS)
        code = dict(parse_qsl(urlsplit(sent.headers["location"]).query))["code"]
        answer = httpx2.post(
            f"{self.company['url']}/oauth2/v1/tokens/bearer",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": back},
            auth=(self.company["client_id"], self.company["client_secret"]),
            timeout=PATIENCE_SECONDS,
        )
        self.token = answer.raise_for_status().json()["access_token"]

    def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        answer = httpx2.request(
            method,
            f"{self.company['url']}/v3/company/{self.company['realm_id']}/{path}",
            headers={"authorization": f"Bearer {self.token}", "accept": "application/json"},
            timeout=PATIENCE_SECONDS,
            **more,
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def delete(self, kind: str, number: str) -> None:
        asked = f"select * from {kind} where DocNumber = '{number}'"  # noqa: S608 - the platform's query language
        (found,) = self.call("GET", "query", params={"query": asked})["QueryResponse"][kind]
        wanted = {"Id": found["Id"], "SyncToken": found["SyncToken"]}
        self.call("POST", kind.lower(), params={"operation": "delete"}, json=wanted)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> bool:
    """Until the condition holds (True) or the process has ended (False)."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if condition():
            return True
        if process.poll() is not None:
            return False
        time.sleep(POLL_SECONDS)
    raise AssertionError("it neither came nor ended")


# The floor: everything that a journey needs


@dataclass(frozen=True)
class Floor:
    """A shop and a company that stay up, and data directories connected to them."""

    folder: Path
    shell: Shell
    shop: dict[str, Any]
    company: dict[str, Any]

    def connect_shop(self, home: Path, *, secret: str = SHOP_SECRET) -> Told:
        return self.shell.run(
            *("connect", "shopify", "--shop", self.shop["shop"], "--client-id", self.shop["client_id"]),
            *("--url", self.shop["url"], "--home", home),
            secret=secret,
        )

    def connect_company(
        self, home: Path, *, secret: str = INTUIT_SECRET, approve: bool = True, port: int | None = None
    ) -> Told:
        """The command, and the person who reads the address it prints."""
        process = self.shell.start(
            *("connect", "quickbooks", "--client-id", self.company["client_id"], "--environment", "simulator"),
            *("--redirect-uri", f"http://127.0.0.1:{port or free_port()}/callback"),
            *("--discovery-url", self.company["discovery_url"], "--api-url", self.company["api_url"], "--home", home),
            secret=secret,
        )
        assert process.stdout
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("http"):
                decide(line.strip(), approve=approve)
                break
        told = self.shell.end(process)
        return Told(told.code, "".join(printed) + told.out, told.err)

    def import_settings(self, home: Path, text: str) -> Told:
        file = self.folder / f"settings-{time.monotonic_ns()}.toml"
        file.write_text(text, encoding="utf-8")
        return self.shell.run("settings", "import", file, "--home", home)

    def sync(self, home: Path) -> dict[str, Any]:
        return self.shell.run("sync", "--json", "--home", home).well().json

    def dump(self) -> list[dict[str, Any]]:
        lines = control(self.company["url"], "dump").splitlines()
        return [json.loads(line, parse_float=Decimal, parse_int=Decimal) for line in lines]

    def canonical(self) -> str:
        return control(self.company["url"], "dump?canonical=1")

    def documents(self) -> Counter[str]:
        """What the company holds beside what it was born with."""
        found = Counter(str(row["type"]) for row in self.dump() if row["type"] in OF_RUNS)
        found["Item"] -= BORN_WITH
        return +found

    def faults(self, *rules: dict[str, object]) -> None:
        """The company's, and no others: none at all where none is named."""
        control(self.company["url"], "faults", method="DELETE")
        control(self.company["url"], "faults", method="POST", body=list(rules))

    def log(self, platform: dict[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(control(platform["url"], "log"))["entries"]
        return found


def full_settings() -> str:
    return DEMO_SETTINGS.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("journeys")


@pytest.fixture(scope="session")
def retail_file(folder: Path) -> Path:
    return write_retail(folder / "retail.csv", retail_rows())


@dataclass(frozen=True)
class Running:
    floor: Floor
    connected: Path
    """A data directory with both connections and settings in force, never synchronized: to be copied."""


@pytest.fixture(scope="session")
def running(folder: Path, retail_file: Path) -> Iterator[Running]:
    with ExitStack() as stack:
        shop = stack.enter_context(
            simulator(folder, "shopify", "--data", retail_file, "--client-secret", SHOP_SECRET, "--no-throttle")
        )
        company = stack.enter_context(
            simulator(folder, "quickbooks", "--client-secret", INTUIT_SECRET, "--no-limits", "--clock-speed", "1")
        )
        floor = Floor(folder, Shell(folder), shop, company)
        home = folder / "connected"
        floor.connect_shop(home).well()
        floor.connect_company(home).well()
        floor.import_settings(home, full_settings()).well()
        yield Running(floor, home)


@pytest.fixture
def floor(running: Running) -> Floor:
    """The shop and an empty company."""
    control(running.floor.company["url"], "reset", method="POST")
    control(running.floor.shop["url"], "faults", method="DELETE")
    control(running.floor.shop["url"], "log", method="DELETE")
    running.floor.shell.said.clear()
    return running.floor


@pytest.fixture
def home(running: Running, floor: Floor, tmp_path: Path) -> Path:  # noqa: ARG001 - the company is emptied first
    """A data directory that is connected and has settings, and has not been synchronized."""
    return copy_of(running.connected, tmp_path / "home")


def copy_of(home: Path, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(home, to)
    return to


@pytest.fixture(scope="session")
def undisturbed(running: Running, folder: Path) -> str:
    """The books of a history in which nothing went wrong; in their canonical form."""
    control(running.floor.company["url"], "reset", method="POST")
    proof = running.floor.sync(copy_of(running.connected, folder / "undisturbed"))
    assert proof["agrees"]
    assert proof["unsettled"] == 0
    return running.floor.canonical()
