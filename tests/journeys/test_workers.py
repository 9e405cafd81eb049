"""Workers as processes, on PostgreSQL: the work of a dead one is taken over, and one that only slept writes nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.conftest import Cluster
from tests.journeys.conftest import PATIENCE_SECONDS, Floor, Shell

pytestmark = pytest.mark.journey

TAKE_OVER_SECONDS = 20.0
"""From the death of a worker until another holds what it held: a lease, and a moment."""
LATENCY_SECONDS = 0.4


@dataclass(frozen=True)
class Worker:
    """A process, and the name that it has in the database."""

    process: subprocess.Popen[str]
    name: str

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        _, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert "Traceback" not in err
        return self.process.returncode


@dataclass
class Farm:
    """An installation on PostgreSQL, and its processes."""

    url: str
    home: Path
    shell: Shell

    def look(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def owner(self) -> str:
        """The process that posts now; "" where none does."""
        found = self.look("SELECT owner FROM fences WHERE subject LIKE 'post:%'")
        return str(found[0][0]).split("/")[0] if found else ""

    def executors(self) -> set[str]:
        return {str(subject).split(":")[1] for (subject,) in self.look(LIVING)}

    def is_sending(self) -> bool:
        return bool(self.look("SELECT 1 FROM postings WHERE state = 'sending' LIMIT 1"))

    def journal(self) -> list[tuple[Any, ...]]:
        """Everything that a worker can write."""
        return [row for query in EVERYTHING for row in self.look(query)]

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker that is at work."""
        before = self.executors()
        process = self.shell.start("worker", "--home", self.home)
        try:
            until(lambda: process.poll() is not None or self.executors() - before)
            assert process.poll() is None, process.communicate()
            (name,) = self.executors() - before
            yield Worker(process, name)
        finally:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.communicate()


TABLES = ("postings", "batches", "events", "facts", "runs", "connections")
EVERYTHING = [f"SELECT * FROM {table} ORDER BY id" for table in TABLES]  # noqa: S608 - names of our own
LIVING = "SELECT subject FROM fences WHERE subject LIKE 'executor:%' AND lease_until > extract(epoch FROM now())"


def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not come"
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def farm(floor: Floor, home: Path, cluster: Cluster, tmp_path: Path) -> Iterator[Farm]:
    url = cluster.empty()
    floor.shell.run("move", "--to", url, "--home", home).well()
    shell = Shell(tmp_path)
    shell.environment["COMPTOIR_DATABASE_URL"] = url
    yield Farm(url, home, shell)
    cluster.drop(url)


def slow(floor: Floor) -> None:
    floor.faults({"kind": "slow", "operation": "batch", "delay_seconds": LATENCY_SECONDS, "times": 10_000})


def test_the_work_of_a_killed_worker_is_taken_over_and_the_books_are_the_same(
    floor: Floor, farm: Farm, undisturbed: str
) -> None:
    slow(floor)
    with farm.worker() as first:
        asked = farm.shell.start("sync", "--json", "--home", farm.home)
        until(farm.is_sending)
        with farm.worker() as second:
            first.process.kill()
            took = until(lambda: farm.owner() == second.name)
            told = farm.shell.end(asked)
            assert told.code == 0, told.all
            assert json.loads(told.out.splitlines()[-1])["agrees"]
            assert second.stop() == 0
    print(f"taken over after {took:.1f} s")  # noqa: T201 - a figure for a report
    assert took < TAKE_OVER_SECONDS
    assert floor.canonical() == undisturbed
    assert farm.look("SELECT state FROM runs") == [("finished",)]
    assert {subject for (subject,) in farm.look("SELECT subject FROM fences")} <= {f"executor:{first.name}"}


def test_a_worker_that_slept_through_its_lease_writes_nothing_more(floor: Floor, farm: Farm, undisturbed: str) -> None:
    slow(floor)
    with farm.worker() as one, farm.worker() as two:
        asked = farm.shell.start("sync", "--json", "--home", farm.home)
        until(farm.is_sending)
        sleeper, other = (one, two) if farm.owner() == one.name else (two, one)
        sleeper.process.send_signal(signal.SIGSTOP)
        took = until(lambda: farm.owner() == other.name)
        told = farm.shell.end(asked)
        assert told.code == 0, told.all
        before = farm.journal()
        sleeper.process.send_signal(signal.SIGCONT)
        until(lambda: sleeper.name in farm.executors())
        time.sleep(2)
        assert farm.journal() == before
        assert [sleeper.stop(), other.stop()] == [0, 0]
    print(f"taken over after {took:.1f} s")  # noqa: T201 - a figure for a report
    assert took < TAKE_OVER_SECONDS
    assert floor.canonical() == undisturbed
