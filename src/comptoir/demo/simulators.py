"""Simulators as processes of their own: started, connected as real platforms are, asked for their truth, stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from comptoir.books.problems import Message, ToldError
from comptoir.engine.setup.connecting import authorized, keep
from comptoir.ledgers.quickbooks.apps import CLOCK_SPEED
from comptoir.ledgers.quickbooks.connect import SIMULATOR
from comptoir.storage.connections import ConnectionRecord, Standing
from comptoir.wiring import QUICKBOOKS, SHOPIFY, App

STOP_SECONDS = 10
BACK = "http://127.0.0.1:9/signed-in"
"""Where a sign-in at a simulator ends; nobody listens there, the address alone tells what it came to."""


class SimulatorError(ToldError):
    """A simulator did not start, or refused."""


def simulator_command(platform: str, *options: str) -> list[str]:
    """The command that starts a simulator. It is a program of its own: the product never imports it."""
    return [sys.executable, "-m", "comptoir_sandbox", platform, *options]


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator: its address and what it announced."""

    url: str
    facts: dict[str, Any]

    def control(self, path: str) -> str:
        """What the simulator itself says: its log, its dump, its own books; never the product's counters."""
        answer = httpx2.get(f"{self.url}/_control/{path}", timeout=120)
        answer.raise_for_status()
        return answer.text

    def tell(self, path: str, body: object) -> None:
        """Something done at the platform itself, by its control API. SimulatorError with the simulator's own words."""
        answer = httpx2.post(f"{self.url}/_control/{path}", json=body, timeout=120)
        if answer.is_error:
            raise SimulatorError(Message("The simulator refused {path}: {said}", {"path": path, "said": answer.text}))

    def calls(self) -> int:
        """How many requests the platform received."""
        return len(json.loads(self.control("log"))["entries"])


@contextmanager
def running(platform: str, options: Sequence[str]) -> Iterator[Simulator]:
    """A simulator for the block. Its messages go to the terminal; SimulatorError when it does not start.

    It ends with the program that started it, however that ends, and not before it by a Ctrl-C of the terminal.
    """
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        simulator_command(platform, *options, "--ends-with-input"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise SimulatorError(
                Message(
                    "The simulator of {platform} did not start (exit code {code}); see above.",
                    {"platform": platform, "code": str(process.wait())},
                )
            )
        facts = json.loads(line)
        threading.Thread(target=_drain, args=(process,), daemon=True).start()
        yield Simulator(url=facts["url"], facts=facts)
    finally:
        _stop(process)


def connect_shop(app: App, shop: Simulator) -> tuple[ConnectionRecord, Standing]:
    """Connect a simulated shop, by its secret."""
    form = {name: str(shop.facts[name]) for name in ("shop", "client_id", "client_secret")}
    return _connect(app, SHOPIFY, {**form, "base_url": shop.url})


def connect_company(app: App, company: Simulator, clock_times: str) -> ConnectionRecord:
    """Connect a simulated company that approves by itself and whose clock runs so many times faster than ours."""
    form = {
        "client_id": company.facts["client_id"],
        "client_secret": company.facts["client_secret"],
        "redirect_uri": BACK,
        "environment": SIMULATOR,
        "discovery_url": company.facts["discovery_url"],
        "api_url": company.facts["api_url"],
        CLOCK_SPEED: clock_times,
    }
    return _connect(app, QUICKBOOKS, form)[0]


def _connect(app: App, slug: str, form: Mapping[str, str]) -> tuple[ConnectionRecord, Standing]:
    found = authorized(app.connectables()[slug], form, lambda page, _state: approved(page))
    return keep(app.books, app.organization_id, found), found.standing


def approved(page: str) -> str:
    """What the consent page of a simulator that approves by itself sends back: the query of its answer."""
    answer = httpx2.get(page, follow_redirects=False, timeout=30)
    if not answer.is_redirect:
        raise SimulatorError(Message("The simulator did not let us in: {said}", {"said": answer.text}))
    return urlsplit(answer.headers["location"]).query


def _drain(process: subprocess.Popen[str]) -> None:
    for _ in process.stdout or ():
        pass


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
