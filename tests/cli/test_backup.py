"""`comptoir backup` and `comptoir restore` as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import make_order

from comptoir.storage.upkeep.home import Home


def test_a_backup_is_put_back_and_what_was_posted_since_is_not_posted_again(desk: Desk, tmp_path: Path) -> None:
    desk.store.orders = [make_order(number, "10.00") for number in range(1, 4)]
    desk.well("sync")
    file = tmp_path / "one.backup"
    made = desk.json("backup", str(file))
    assert made["bytes"] == file.stat().st_size
    assert "is there already" in desk.run("backup", str(file)).stderr
    desk.store.orders += [make_order(number, "10.00") for number in range(4, 9)]
    desk.well("sync", "--deleted")
    books = desk.ledger.canonical()

    refused = desk.run("restore", str(file))
    assert refused.exit_code == 1
    assert "say --replace" in refused.stderr
    told = desk.well("restore", str(file), "--replace")
    assert "nothing is posted twice" in told
    assert "comptoir connect quickbooks" in told
    again = desk.json("sync")
    assert again["agrees"]
    assert desk.ledger.canonical() == books


def test_a_backup_while_a_run_is_at_work(desk: Desk, tmp_path: Path) -> None:
    with Home(desk.home).working():
        assert "read again and whole" in desk.well("backup", str(tmp_path / "one.backup"))
        refused = desk.run("restore", str(tmp_path / "one.backup"), "--replace")
    assert refused.exit_code == 1
    assert "Another Comptoir command is at work" in refused.stderr


def test_into_an_empty_directory(desk: Desk, tmp_path: Path) -> None:
    desk.well("backup", str(tmp_path / "one.backup"))
    elsewhere = tmp_path / "elsewhere"
    told = json.loads(
        desk.well("restore", str(tmp_path / "one.backup"), "--home", str(elsewhere), "--json").splitlines()[-1]
    )
    assert (told["home"], told["aside"], told["format"]) == (str(elsewhere), None, 1)
    assert desk.run("runs", "--home", str(elsewhere)).exit_code == 0


def test_what_cannot_be_done_is_told(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = desk.run("backup", str(tmp_path / "one.backup"), "--home", str(tmp_path / "empty"))
    assert "nothing was ever set up there" in nothing.stderr
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", "postgresql://postgres@/books?host=/nowhere")
    monkeypatch.setenv("COMPTOIR_KEY_FILE", str(tmp_path / "the.key"))
    server = desk.run("backup", str(tmp_path / "one.backup"))
    assert 'pg_dump --format=custom --file=comptoir.dump "$COMPTOIR_DATABASE_URL"' in server.stderr
    assert str(tmp_path / "the.key") in server.stderr
    back = desk.run("restore", str(tmp_path / "one.backup"))
    assert "on a PostgreSQL server" in back.stderr
    assert [each.exit_code for each in (nothing, server, back)] == [1, 1, 1]


def test_a_key_file_that_is_gone_is_told_and_no_other_is_made(desk: Desk) -> None:
    Home(desk.home).key_file.unlink()
    result = desk.run("runs")
    assert result.exit_code == 1
    assert "is missing" in result.stderr
    assert "COMPTOIR_KEY_FILE" in result.stderr
    assert not Home(desk.home).key_file.exists()
