"""A demo begun from the pages of `comptoir serve`: posted, proven, removed, and gone with a server that is killed."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import httpx2
import pytest
from bench.chaos.journal import look
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


def simulators(home: Path) -> set[str]:
    """Where the shop and the company of the demo answer."""
    told = " ".join(each for (each,) in look(home, "SELECT config FROM connections"))
    return set(re.findall(r'"(?:base|api)_url": ?"(http://127[^"]+)"', told))


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/_control/log", timeout=5).is_success
    except httpx2.TransportError:
        return False


def test_a_demo_is_posted_proven_and_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    server, link = opened(Shell(tmp_path), home)
    try:
        with httpx2.Client(base_url=server.url, follow_redirects=True, timeout=30) as browser:
            code = link.rpartition("=")[2]
            first = post(browser, "/welcome", browser.get(link).text, code=code, **PERSON)
            assert "A shop opens on this machine" in post(browser, "/demo", first)
            until(lambda: "store = books" in browser.get("/").text, 3 * PATIENCE_SECONDS)
            assert look(home, "SELECT count(*) > 200 FROM postings WHERE state = 'posted'") == [(1,)]
            both = simulators(home)
            assert [answers(each) for each in both] == [True, True]
            assert "How do you want to begin?" in post(browser, "/demo/remove", browser.get("/").text)
            assert look(home, "SELECT count(*) FROM postings") == [(0,)]
            assert not any(answers(each) for each in both)
            assert "A shop opens on this machine" in post(browser, "/demo", browser.get("/").text)
            until(lambda: len(simulators(home)) == 2)
    finally:
        server.stop(signal.SIGKILL)
    until(lambda: not any(answers(each) for each in simulators(home)))
