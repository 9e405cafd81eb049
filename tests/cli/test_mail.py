"""`comptoir mail`, `comptoir report`, and what `comptoir sync` does with the reports of its runs."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order
from tests.mail.conftest import Office, Room, part
from typer.testing import CliRunner

from comptoir.books.problems import Message
from comptoir.books.settings import ReportSettings, ReportWhen
from comptoir.cli.main import app as command_line
from comptoir.engine.errors import Reconnect
from comptoir.engine.sync import sync
from comptoir.wiring import open_app

TO = "books@example.com"


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A mail server that the environment names."""
    found = Room()
    controller = Office(found, hostname="127.0.0.1", port=0)
    controller.start()
    monkeypatch.setenv("COMPTOIR_SMTP_URL", f"smtp://127.0.0.1:{controller.port}?tls=off")
    monkeypatch.setenv("COMPTOIR_MAIL_FROM", "Comptoir <comptoir@example.com>")
    yield found
    controller.stop(no_assert=True)


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COMPTOIR_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "COMPTOIR_SMTP_URL", "COMPTOIR_MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def told(desk: Desk) -> Desk:
    """A store whose runs are told by e-mail."""
    desk.set(replace(SETTINGS, report=ReportSettings(when=ReportWhen.EACH_RUN, to=(TO,))))
    desk.store.orders = [make_order(1), make_order(2)]
    return desk


# The test message


def test_a_test_message_arrives(runner: CliRunner, room: Room) -> None:
    result = runner.invoke(command_line, ["mail", "test", "--to", TO, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["sent_to"] == TO
    assert room.only()["To"] == TO
    assert "This is a test." in part(room.only(), "plain")


@pytest.mark.parametrize("answer", ["550 No such user", "451 Later"])
def test_a_test_message_that_is_refused(runner: CliRunner, room: Room, answer: str) -> None:
    room.refuse = {TO: answer}
    result = runner.invoke(command_line, ["mail", "test", "--to", TO])
    assert result.exit_code == 1
    assert answer in result.stderr


def test_a_test_message_to_no_address(runner: CliRunner) -> None:
    result = runner.invoke(command_line, ["mail", "test", "--to", "Books"])
    assert result.exit_code == 1
    assert '"Books" is not an e-mail address' in result.stderr


def test_a_test_message_without_a_server(runner: CliRunner) -> None:
    result = runner.invoke(command_line, ["mail", "test", "--to", TO])
    assert result.exit_code == 1
    assert "No mail server is set" in result.stderr
    assert "Set COMPTOIR_SMTP_URL" in result.stderr


# The reports of runs


def test_a_run_sends_its_report(told: Desk, room: Room) -> None:
    told.well("sync")
    assert room.only()["Subject"] == "Shop: 2 documents posted, and the books agree"
    told.well("sync")
    assert len(room.arrived) == 1, "an idle run is not told"


def test_a_run_that_fails_sends_its_report_too(told: Desk, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_bounds: object) -> None:
        raise Reconnect(Message("Sign in to {shop} again.", {"shop": "Shop"}))

    monkeypatch.setattr(told.store, "fetch_orders", refused)
    result = told.run("sync")
    assert result.exit_code == 1
    assert room.only()["Subject"] == "Shop: the run stopped, and needs you"
    assert "Sign in to Shop again." in part(room.only(), "plain")


def test_a_report_that_cannot_be_sent_changes_nothing_in_the_run(told: Desk) -> None:
    result = told.run("sync")
    assert result.exit_code == 0
    assert "No mail server is set" in result.stderr
    assert "journal 20.00 GBP" in result.stdout


def test_what_was_not_sent_is_sent_later(told: Desk, room: Room) -> None:
    room.answers = ["451 Later"]
    assert "451 Later" in told.run("sync").stderr
    assert told.json("mail", "send") == {"sent": 0}
    with open_app(told.home) as app_:
        (trouble,) = app_.books.outbox.troubles(app_.organization_id)
        assert "451 Later" in str(trouble.problems[0].what)
    told_of = told.json("problems")["reports_unsent"]
    assert ["451 Later" in each["what"] for each in told_of] == [True]
    assert "The last report did not reach everybody" in told.well("problems")


def test_reports_that_are_due_are_sent_by_hand(told: Desk, room: Room) -> None:
    with open_app(told.home) as app_:
        sync(told.road(app_).work(), alone=True)
    assert told.json("mail", "send") == {"sent": 1}
    assert room.only()["To"] == TO


def test_sending_by_hand_says_what_went_wrong(told: Desk, room: Room) -> None:
    with open_app(told.home) as app_:
        sync(told.road(app_).work(), alone=True)
    room.answers = ["451 Later"]
    result = told.run("mail", "send")
    assert result.exit_code == 1
    assert "451 Later" in result.stderr


def test_the_password_is_in_no_output_and_no_log(
    told: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("COMPTOIR_SMTP_URL", "smtp://me:" + "s3cret-one@127.0.0.1:9")
    monkeypatch.setenv("COMPTOIR_MAIL_FROM", "comptoir@example.com")
    results = [told.run("sync"), told.run("mail", "send"), told.run("mail", "test", "--to", TO)]
    assert "cannot be reached" in results[0].stderr
    assert "s3cret-one" not in caplog.text + "".join(result.output for result in results)


# The last report


def test_the_last_report(told: Desk, tmp_path: Path) -> None:
    assert "No run of Shop has a report yet" in told.run("report").stderr
    told.well("sync")
    told.well("sync")
    text = told.well("report")
    assert "Run 2" in text
    assert "Nothing new, and the books agree" in text
    first = told.well("report", "--run", "1", "--documents", "--html", str(tmp_path / "report.html"))
    assert "Run 1" in first
    assert "Sale 2" in first
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "Run 1" in page
    assert told.json("report", "--run", "1") == {
        "run": 1,
        "subject": "Shop: 2 documents posted, and the books agree",
        "tone": "good",
    }


def test_no_such_run_and_a_run_without_a_report(told: Desk) -> None:
    told.well("preview")
    assert "There is no run 9 of Shop" in told.run("report", "--run", "9").stderr
    assert "Run 1 only looked" in told.run("report", "--run", "1").stderr


def test_a_page_that_cannot_be_written(told: Desk, tmp_path: Path) -> None:
    told.well("sync")
    result = told.run("report", "--html", str(tmp_path / "nowhere" / "report.html"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
