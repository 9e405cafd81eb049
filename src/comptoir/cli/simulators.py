"""Simulators as processes of their own: started, connected as real platforms are, asked for their truth, stopped."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from comptoir.cli.connect import connect
from comptoir.cli.errors import CommandError
from comptoir.cli.sandbox import simulator_command
from comptoir.ledgers.quickbooks.connect import SIMULATOR
from comptoir.storage.connections import ConnectionRecord, Standing
from comptoir.wiring import CLOCK_SPEED, QUICKBOOKS, SHOPIFY, App

STOP_SECONDS = 10


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
        """Something done at the platform itself, by its control API. CommandError with the simulator's own words."""
        answer = httpx2.post(f"{self.url}/_control/{path}", json=body, timeout=120)
        if answer.is_error:
            raise CommandError(f"The simulator refused {path}: {answer.text}")

    def calls(self) -> int:
        """How many requests the platform received."""
        return len(json.loads(self.control("log"))["entries"])


@contextmanager
def running(platform: str, options: Sequence[str]) -> Iterator[Simulator]:
    """A simulator for the block. Its messages go to the terminal; CommandError when it does not start."""
    process = subprocess.Popen(  # noqa: S603 - our own program, no shell
        simulator_command(platform, *options), stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise CommandError(f"The {platform} simulator did not start (exit code {process.wait()}); see above.")
        facts = json.loads(line)
        threading.Thread(target=_drain, args=(process,), daemon=True).start()
        yield Simulator(url=facts["url"], facts=facts)
    finally:
        _stop(process)


def connect_shop(app: App, shop: Simulator) -> tuple[ConnectionRecord, Standing]:
    """Connect a simulated shop, by its secret."""
    form = {name: str(shop.facts[name]) for name in ("shop", "client_id", "client_secret")}
    return connect(app, SHOPIFY, {**form, "base_url": shop.url})


def connect_company(app: App, company: Simulator, clock_times: str) -> ConnectionRecord:
    """Connect a simulated company that approves by itself and whose clock runs so many times faster than ours."""
    form = {
        "client_id": company.facts["client_id"],
        "client_secret": company.facts["client_secret"],
        "redirect_uri": f"http://127.0.0.1:{free_port()}/callback",
        "environment": SIMULATOR,
        "discovery_url": company.facts["discovery_url"],
        "api_url": company.facts["api_url"],
        CLOCK_SPEED: clock_times,
    }
    return connect(app, QUICKBOOKS, form, _consent)[0]


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _consent(page: str) -> None:
    """A person at the consent page of a simulator that approves by itself."""
    httpx2.get(page, follow_redirects=True, timeout=30).raise_for_status()


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
    if process.stdout:
        process.stdout.close()
