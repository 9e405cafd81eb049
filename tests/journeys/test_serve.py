"""`comptoir serve` as a process: wishes and schedules are served, a stop is graceful, a kill is gone on from."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from bench.chaos.journal import look, states
from tests.journeys.conftest import PATIENCE_SECONDS, Floor

pytestmark = pytest.mark.journey

AT_ONCE_SECONDS = 10.0
"""Half of what the answer takes that is not waited for."""
QUESTIONS = 5
"""Batches that only ask, before the first that is sent: no more than so many."""
STOP_SECONDS = 12.0
"""How long a stop may take: what is in flight gets eight seconds."""


@dataclass
class Server:
    """`comptoir serve` on a free port, with what it said first."""

    process: subprocess.Popen[str]
    url: str

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """The exit code and everything said."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out + err

    def get(self, path: str) -> tuple[int, Any]:
        answer = httpx2.get(f"{self.url}{path}", timeout=10)
        return answer.status_code, answer.json()


@contextmanager
def serving(floor: Floor, home: Path) -> Iterator[Server]:
    process = floor.shell.start("serve", "--port", "0", "--home", home)
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line.startswith("At work: http://127.0.0.1:"), line + (process.stderr.read() if process.stderr else "")
        server = Server(process, line.split()[2].rstrip("."))
        until(lambda: server.get("/readyz")[0] == 200)
        yield server
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def until(condition: Any, seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def runs(home: Path) -> list[tuple[str, str, int]]:
    return [tuple(row) for row in look(home, "SELECT trigger, state, posted FROM runs ORDER BY id")]


def due_now(home: Path) -> None:
    """The store's slot has come, as far as the schedule knows."""
    with closing(sqlite3.connect(home / "comptoir.sqlite", timeout=30)) as connection:
        connection.execute("UPDATE schedules SET due_at = strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')")
        connection.commit()


def one_more_run(home: Path) -> None:
    began = look(home, "SELECT max(started_at) FROM runs")
    due_now(home)
    until(lambda: look(home, "SELECT max(started_at) FROM runs") != began and runs(home)[-1][1] == "finished")


def test_a_wish_is_done_by_the_server_and_shown_as_ever(floor: Floor, home: Path, undisturbed: str) -> None:
    with serving(floor, home) as server:
        assert server.get("/healthz") == (200, {"ok": True, "checks": {"database": True}})
        code, ready = server.get("/readyz")
        assert (code, ready["ok"]) == (200, True)
        assert ready["checks"] == {"database": True, "migrations": True, "queue": True, "ticker": True}
        refused = floor.shell.run("undo", "--run", "1", "--home", home)
        assert refused.code == 1
        told = floor.shell.run("sync", "--json", "--home", home).well()
        assert "A server is at work" in told.out
        assert told.json["agrees"]
        assert told.json["posted_now"] > 30
        assert runs(home) == [("by hand", "finished", told.json["posted_now"])]
        assert floor.canonical() == undisturbed
        code, said = server.stop()
    assert code == 0, said
    assert look(home, "SELECT subject FROM fences") == [], "every lease is given back"
    assert "Traceback" not in said


def test_the_schedule_is_off_until_its_terms_are_accepted_and_then_served(floor: Floor, home: Path) -> None:
    refused = floor.shell.run("schedule", "on", "--home", home)
    assert refused.code == 1
    assert "terms of use" in refused.err
    with serving(floor, home) as server:
        told = floor.shell.run("schedule", "on", "--accept-terms", "--at", "17", "--json", "--home", home).well()
        assert (told.json["on"], told.json["every_minutes"]) == (True, 60)
        assert told.json["due_at"][14:16] == "17"
        assert runs(home) == []
        due_now(home)
        until(lambda: [row[:2] for row in runs(home)] == [("schedule", "finished")])
        assert runs(home)[0][2] > 30
        calls = len(floor.log(floor.company))
        for _ in range(2):
            one_more_run(home)
        assert len(runs(home)) == 2, "of quiet runs in a row one is kept"
        assert floor.log(floor.company)[calls:] == [], "nothing new: the company is not asked"
        shown = floor.shell.run("schedule", "show", "--json", "--home", home).well()
        assert shown.json["server_at_work"]
        assert shown.json["stores"][0]["due_at"][14:16] == "17"
        floor.shell.run("schedule", "off", "--home", home).well()
        assert server.stop(signal.SIGINT)[0] == 0
    assert look(home, "SELECT due_at, enabled FROM schedules") == [(None, 0)]


def test_a_stop_waits_for_the_batch_in_flight_and_the_next_start_goes_on(
    floor: Floor, home: Path, undisturbed: str
) -> None:
    floor.faults({"kind": "slow", "operation": "batch", "delay_seconds": 1.5, "times": 10_000})
    with serving(floor, home) as server:
        asked = floor.shell.start("sync", "--home", home)
        until(lambda: states(home)["sending"] > 0)
        began = time.monotonic()
        code, said = server.stop()
        assert time.monotonic() - began < STOP_SECONDS
        assert code == 0, said
    assert states(home)["sending"] == 0, "the batch in flight is recorded"
    assert states(home)["planned"] > 0, "and the rest stays planned"
    assert look(home, "SELECT subject FROM fences") == []
    assert [row[1] for row in runs(home)] == ["running"]
    floor.faults()
    with serving(floor, home) as server:
        told = floor.shell.end(asked)
        assert told.code == 0, told.all
        assert len(runs(home)) == 1, "the same run, gone on with"
        assert server.stop()[0] == 0
    assert floor.canonical() == undisturbed


def test_a_second_signal_ends_at_once(floor: Floor, home: Path) -> None:
    stuck = {"kind": "slow", "operation": "batch", "delay_seconds": 2 * AT_ONCE_SECONDS, "times": 10_000}
    floor.faults({**stuck, "skip": QUESTIONS})
    with serving(floor, home) as server:
        asked = floor.shell.start("sync", "--home", home)
        until(lambda: states(home)["sending"] > 0)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        code, _ = server.stop()
        assert code == 130
        assert time.monotonic() - began < AT_ONCE_SECONDS
        asked.kill()
        asked.communicate()


def test_what_a_killed_server_did_is_gone_on_with_at_the_next_start(floor: Floor, home: Path, undisturbed: str) -> None:
    floor.faults({"kind": "slow", "operation": "batch", "delay_seconds": 0.3, "times": 10_000})
    with serving(floor, home) as server:
        asked = floor.shell.start("sync", "--json", "--home", home)
        until(lambda: states(home)["sending"] > 0)
        server.process.kill()
    with serving(floor, home) as server:
        told = floor.shell.end(asked)
        assert told.code == 0, told.all
        assert json.loads(told.out.splitlines()[-1])["agrees"]
        assert server.stop()[0] == 0
    assert floor.canonical() == undisturbed
