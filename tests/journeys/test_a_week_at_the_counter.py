"""What a person does between connecting and closing the month: look, post, ask why, prove, change their mind."""

from __future__ import annotations

import fcntl
import json
import shutil
import signal
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from bench.chaos.journal import look, states
from tests.journeys.conftest import SALES, Client, Floor, copy_of, full_settings, wait_for

pytestmark = pytest.mark.journey

POSTED, BY_CASH, EARLIER = "536400", "536403", "536442-E"
WRITES = ("create", "update", "delete", "void")


def without_cash() -> str:
    """Settings that name no account for cash, nor for any method they do not name."""
    text = full_settings()
    for name in ("cash", '"*"'):
        start = text.index(f"[payments.methods.{name}]")
        text = text[:start] + text[text.index("\n[", start + 1) + 1 :]
    return text


def test_look_post_ask_and_prove(floor: Floor, home: Path) -> None:  # noqa: PLR0915 - one story, told once
    shell = floor.shell
    floor.import_settings(home, without_cash()).well()

    # Look before anything is sent.
    told = shell.run("preview", "--json", "--home", home, "--limit", "5").well()
    counts = told.json["counts"]
    assert counts["sales receipt"] > 20
    assert counts["held"] > 0
    assert counts["left out"] == 1
    assert "held: " in told.out or "sales receipt" in told.out
    log = floor.log(floor.company)
    assert log
    assert not [each for each in log if each["request_id"] or each["operation"].startswith(WRITES)]
    assert floor.documents() == {}

    # Post.
    proof = floor.sync(home)
    assert proof["agrees"]
    held = {row["number"] for row in proof["held"]}
    assert BY_CASH in {number.lstrip("#") for number in held}
    assert all(problem["remedy"] for row in proof["held"] for problem in row["problems"])
    assert floor.documents()["SalesReceipt"] == counts["sales receipt"]

    # Ask why.
    told = shell.run("explain", f"#{POSTED}", "--json", "--home", home).well()
    (sale,) = [row for row in told.json["postings"] if row["kind"] == "sale"]
    assert (sale["state"], sale["ledger_type"], sale["number"]) == ("posted", "SalesReceipt", f"SH-{POSTED}")
    assert "in the books" in told.out
    assert "The store says: placed 2010-12-01" in told.out
    told = shell.run("explain", BY_CASH, "--json", "--home", home).well()
    (sale,) = [row for row in told.json["postings"] if row["kind"] == "sale"]
    assert sale["state"] == "held"
    assert "cash" in sale["problems"][0]["what"].lower()
    assert sale["problems"][0]["remedy"] in told.out
    told = shell.run("explain", EARLIER, "--json", "--home", home).well()
    assert [(row["state"], row["rule"]) for row in told.json["postings"] if row["kind"] == "sale"] == [
        ("skipped", "before-start")
    ]
    assert "Rule: " in told.out
    told = shell.run("explain", "999999", "--home", home)
    assert told.code == 1
    assert "Order 999999 was never read" in told.err
    assert "is read from 2010-12-01 on" in told.err
    assert "run comptoir sync" in told.err

    # A cause is removed: what was held goes into the books, and nothing else does.
    floor.import_settings(home, full_settings()).well()
    proof = floor.sync(home)
    assert (proof["agrees"], proof["held"]) == (True, [])
    assert sum(floor.documents()[name] for name in SALES) == 35

    # What was done, and what remains: two runs, both proved, and the preview that began the first.
    told = shell.run("runs", "--json", "--home", home).well()
    assert {run["state"] for run in told.json["runs"]} == {"finished"}
    assert [run["agrees"] for run in told.json["runs"]] == [True, True, None]
    assert "agrees" in told.out

    # Somebody deletes a document in the books.
    told = shell.run("prove", "--json", "--home", home).well()
    assert told.json["differences"] == 0
    total = Decimal(told.json["ledger_total"])
    Client(floor.company).delete("SalesReceipt", f"SH-{POSTED}")
    told = shell.run("prove", "--json", "--home", home)
    assert told.code == 1
    assert told.json["agrees"] is False
    assert told.json["differences"] == 1
    assert Decimal(told.json["ledger_total"]) < total
    (line,) = [line for line in told.out.splitlines() if POSTED in line and "{" not in line]
    assert "not there" in line


def test_a_proposal_is_exported_looked_through_and_imported(floor: Floor, home: Path, tmp_path: Path) -> None:
    fresh = copy_of(home, tmp_path / "fresh")
    with closing(sqlite3.connect(fresh / "comptoir.sqlite")) as connection, connection:
        connection.execute("UPDATE connections SET settings = NULL, ledger_connection_id = NULL")
    file = tmp_path / "proposal.toml"
    told = floor.shell.run("sync", "--home", fresh)
    assert told.code == 1
    assert "has no settings yet" in told.err
    told = floor.shell.run("settings", "export", file, "--home", fresh).well()
    assert "this is a proposal" in told.err
    assert 'time_zone = "Europe/London"' in file.read_text(encoding="utf-8")
    floor.shell.run("settings", "check", file, "--home", fresh).well()
    assert look(fresh, "SELECT settings FROM connections WHERE role = 'store'") == [(None,)]
    floor.shell.run("settings", "import", file, "--home", fresh).well()
    told = floor.shell.run("settings", "export", "--home", fresh).well()
    assert told.out.strip() == file.read_text(encoding="utf-8").strip()


def test_one_process_at_a_time(floor: Floor, home: Path) -> None:
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told = floor.shell.run("sync", "--json", "--home", home)
        assert floor.shell.run("runs", "--json", "--home", home).well().json == {"runs": []}  # looking is allowed
    assert told.code == 1
    assert "Another Comptoir command is at work in" in told.err
    assert json.loads(told.out)["problems"] == []
    assert floor.documents() == {}


def test_stopped_by_hand_and_gone_on(floor: Floor, undisturbed: str, home: Path) -> None:
    floor.faults({"kind": "slow", "operation": "batch", "delay_seconds": 2, "times": 10_000})
    process = floor.shell.start("sync", "--home", home)
    assert wait_for(lambda: bool(states(home)["sending"]), process)
    process.send_signal(signal.SIGINT)
    told = floor.shell.end(process)
    assert told.code == 1
    assert "Stopped. Nothing is lost: the next run goes on from here." in told.err
    assert "Traceback" not in told.all
    assert set(states(home)) & {"planned", "sending"}
    shutil.copytree(home, home.with_name("stopped"))  # what it left can be opened and copied
    assert floor.sync(home)["agrees"]
    assert floor.canonical() == undisturbed
