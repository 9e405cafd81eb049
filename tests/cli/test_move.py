"""`comptoir move`: to a PostgreSQL server, proved; and work goes on there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.conftest import Cluster
from tests.engine.conftest import make_order

from comptoir.storage.database import Database, DatabaseUnreachableError
from comptoir.storage.upkeep.home import Home


@pytest.fixture
def server(cluster: Cluster) -> Iterator[str]:
    url = cluster.empty()
    yield url
    cluster.drop(url)


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_everything_is_there_and_work_goes_on_there(
    desk: Desk, server: str, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.store.orders = [make_order(number, "10.00") for number in range(1, 6)]
    posted = desk.json("sync")["posted_now"]
    told = desk.json("problems"), desk.json("explain", "3"), desk.json("runs")
    before = digest(desk.home / "comptoir.sqlite")
    moved = desk.json("move", "--to", server)
    assert moved["moved_to"] == f"{cluster.server.folder}/{cluster.name(server)}"
    assert {each["table"]: each["rows"] for each in moved["tables"]}["postings"] == posted
    assert digest(desk.home / "comptoir.sqlite") == before, "the old database is as it was"

    for command in ("sync", "runs", "problems", "preview"):
        refused = desk.run(command)
        assert refused.exit_code == 1
        assert "was moved to a PostgreSQL database" in refused.stderr
        assert "COMPTOIR_DATABASE_URL" in refused.stderr
    doctor = desk.run("doctor", "--offline")
    assert doctor.exit_code == 1
    assert "was moved to a PostgreSQL database" in doctor.stdout

    monkeypatch.setenv("COMPTOIR_DATABASE_URL", server)
    assert (desk.json("problems"), desk.json("explain", "3"), desk.json("runs")) == told
    desk.store.orders.append(replace(make_order(6, "10.00"), updated_at=datetime.now(UTC)))
    assert desk.json("sync")["agrees"]
    assert desk.json("prove")["agrees"]
    assert sorted(entry.number for entry in desk.ledger.entries.values() if entry.kind == "sale") == list("123456")


def test_a_move_that_broke_off_is_begun_again(desk: Desk, server: str) -> None:
    Home(desk.home).note_moved("2026-01-10", "somewhere")  # the note is written before the commit
    assert desk.json("move", "--to", server)["tables"]
    again = desk.run("move", "--to", server)
    assert again.exit_code == 1
    assert "holds data of Comptoir already" in again.stderr


def test_a_server_that_is_lost_at_the_very_end_is_told_as_that(
    desk: Desk, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_source: Database, _target: Database, *, before_commit: Callable[[], None], **_how: object) -> None:
        before_commit()
        raise DatabaseUnreachableError("db.example", "no answer")

    monkeypatch.setattr("comptoir.cli.move.transfer", lost)
    result = desk.run("move", "--to", server)
    assert result.exit_code == 1
    assert "begin the move again, and it says whether everything had arrived" in result.stderr


def test_nothing_is_moved_from_under_another_process(desk: Desk, server: str) -> None:
    with Home(desk.home).working():
        refused = desk.run("move", "--to", server)
    assert refused.exit_code == 1
    assert "Another Comptoir command is at work" in refused.stderr
    assert not Home(desk.home).moved_file.exists()


def test_what_cannot_be_moved_is_told(desk: Desk, tmp_path: Path, server: str) -> None:
    nowhere = desk.run("move", "--to", server, "--home", str(tmp_path / "empty"))
    assert "nothing was ever set up there" in nowhere.stderr
    unclear = desk.run("move", "--to", "mysql://db.example/books")
    assert "postgresql://user:<password>@host" in unclear.stderr
    gone = desk.run("move", "--to", f"postgresql://postgres@/books?host={tmp_path}")
    assert "cannot be reached" in gone.stderr
    assert f"Nothing was moved: everything is in {desk.home} as before" in " ".join(gone.stderr.split())
    assert "the next run" not in gone.stderr
    assert [each.exit_code for each in (nowhere, unclear, gone)] == [1, 1, 1]
    assert not Home(desk.home).moved_file.exists()
