"""A demo begun from the pages of `comptoir serve`: posted, proven, removed, and gone with a server that is killed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from bench.chaos.journal import look
from tests.conftest import Cluster
from tests.journeys.conftest import PATIENCE_SECONDS, Shell
from tests.journeys.test_serve import Server, until

pytestmark = pytest.mark.journey
PERSON = {
    "organization": "Mine",
    "name": "Ada",
    "email": "ada@example.com",
    "password": "correct horse",
    "language": "en",
}


def opened(shell: Shell, home: Path) -> tuple[Server, str]:
    """A server of a fresh installation, and the link that takes it."""
    process = shell.start("serve", "--port", "0", "--home", home)
    assert process.stdout
    url = process.stdout.readline().split()[2].rstrip(".")
    process.stdout.readline()
    return Server(process, url), process.stdout.readline().strip()


def post(browser: httpx2.Client, path: str, page: str, **fields: str) -> str:
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert token is not None
    return browser.post(path, data={"form_token": token[1], **fields}).text


@dataclass
class Installation:
    """Where a server is at work; `url`: its PostgreSQL database, "" for a data directory of its own."""

    shell: Shell
    home: Path
    url: str = ""

    def look(self, query: str) -> list[tuple[Any, ...]]:
        if not self.url:
            return look(self.home, query)
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, what: str) -> int:
        ((found,),) = self.look(f"SELECT count(*) FROM {what}")  # noqa: S608 - words of our own
        return int(found)

    def simulators(self) -> set[str]:
        """Where the shop and the company of the demo answer."""
        told = " ".join(each for (each,) in self.look("SELECT config FROM connections"))
        return set(re.findall(r'"(?:base|api)_url": ?"(http://127[^"]+)"', told))


@pytest.fixture
def alone(tmp_path: Path) -> Installation:
    return Installation(Shell(tmp_path), tmp_path / "home")


@pytest.fixture
def shared(tmp_path: Path, cluster: Cluster) -> Iterator[Installation]:
    """On PostgreSQL, where any number of workers may be at work beside."""
    url = cluster.empty()
    shell = Shell(tmp_path)
    shell.environment["COMPTOIR_DATABASE_URL"] = url
    yield Installation(shell, tmp_path / "home", url)
    cluster.drop(url)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/_control/log", timeout=5).is_success
    except httpx2.TransportError:
        return False


@pytest.mark.parametrize("where", ["alone", "shared"])
def test_a_demo_is_posted_proven_and_removed(where: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(where)
    server, link = opened(place.shell, place.home)
    try:
        with httpx2.Client(base_url=server.url, follow_redirects=True, timeout=30) as browser:
            code = link.rpartition("=")[2]
            first = post(browser, "/welcome", browser.get(link).text, code=code, **PERSON)
            assert "A shop opens on this machine" in post(browser, "/demo", first)
            until(lambda: "store = books" in browser.get("/").text, 3 * PATIENCE_SECONDS)
            assert place.count("postings WHERE state = 'posted'") > 200
            assert place.look("SELECT DISTINCT trigger FROM runs") == [("by hand",)]
            both = place.simulators()
            assert [answers(each) for each in both] == [True, True]
            assert "How do you want to begin?" in post(browser, "/demo/remove", browser.get("/").text)
            assert place.count("postings") == 0
            assert not any(answers(each) for each in both)
            assert "A shop opens on this machine" in post(browser, "/demo", browser.get("/").text)
            until(lambda: len(place.simulators()) == 2)
    finally:
        server.stop(signal.SIGKILL)
    until(lambda: not any(answers(each) for each in place.simulators()))
