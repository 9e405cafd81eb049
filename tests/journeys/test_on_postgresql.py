"""The whole way on a PostgreSQL server: connected, killed, gone on with, two at once; and the books as ever."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.conftest import Cluster
from tests.journeys.conftest import Floor, Shell, full_settings, wait_for

pytestmark = pytest.mark.journey


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    made = cluster.empty()
    yield made
    cluster.drop(made)


@pytest.fixture
def served(floor: Floor, url: str) -> Floor:
    """The floor, with commands that know the server."""
    shell = Shell(floor.folder)
    shell.environment["COMPTOIR_DATABASE_URL"] = url
    return replace(floor, shell=shell)


def states(url: str) -> Counter[str]:
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT to_regclass('postings')").fetchone() == (None,):
            return Counter()
        return Counter(dict(connection.execute("SELECT state, count(*) FROM postings GROUP BY state").fetchall()))


def test_the_whole_way(served: Floor, undisturbed: str, tmp_path: Path, url: str) -> None:
    home = tmp_path / "home"
    served.connect_shop(home).well()
    served.connect_company(home).well()
    served.import_settings(home, full_settings()).well()
    process = served.shell.start("sync", "--home", home)
    assert wait_for(lambda: bool(states(url)["sending"]), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert states(url)["planned"], "it was killed on the way"

    waited = [served.shell.run("sync", "--json", "--home", home)]
    while waited[-1].code:  # the lease of the dead one runs out
        assert "Another worker is busy" in waited[-1].err
        time.sleep(3)
        waited.append(served.shell.run("sync", "--json", "--home", home))
    assert waited[-1].json["agrees"]
    assert waited[-1].json["unsettled"] == 0
    assert served.canonical() == undisturbed

    both = [served.shell.start("sync", "--json", "--home", home) for _ in range(2)]
    told = [served.shell.end(each) for each in both]
    assert any(each.code == 0 for each in told), told
    assert all("Another worker is busy" in each.err for each in told if each.code), told
    assert served.canonical() == undisturbed
    assert sorted(path.name for path in home.iterdir()) == ["secret.key"], "nothing but the key lies here"
