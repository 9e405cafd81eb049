"""`comptoir schedule`, and the wishes that go to the server: what is written, what is said."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI
from tests.cli.conftest import Desk

from comptoir.books.problems import Message
from comptoir.cli import following, serve
from comptoir.cli.errors import CommandError
from comptoir.engine.errors import HouseError, Unexpected
from comptoir.engine.sync import ending_told, sync
from comptoir.storage.executors import TICKER
from comptoir.storage.fence import hold
from comptoir.storage.runs import RunState
from comptoir.storage.schedule import Schedule
from comptoir.wiring import App, open_app


def schedule_of(desk: Desk) -> Schedule | None:
    with open_app(desk.home, to_read=True) as app:
        return app.books.schedules.get(app.stores()[0].id)


def test_the_terms_come_first(desk: Desk) -> None:
    refused = desk.run("schedule", "on")
    assert refused.exit_code == 1
    assert "read the terms of use in docs/terms.md (version 1)" in refused.stderr
    assert schedule_of(desk) is None
    said = desk.well("schedule", "on", "--accept-terms")
    assert "Shop is synchronized every hour at minute" in said
    assert "start the server with comptoir serve" in said
    made = schedule_of(desk)
    assert made is not None
    assert made.terms is not None
    assert made.terms.version == "1"
    assert abs((made.terms.accepted_at - datetime.now(UTC)).total_seconds()) < 60
    assert made.terms.accepted_by
    desk.well("schedule", "on", "--every", "30")
    again = schedule_of(desk)
    assert again is not None
    assert again.terms == made.terms, "accepted once"


def test_other_terms_are_accepted_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.well("schedule", "on", "--accept-terms")
    monkeypatch.setattr("comptoir.engine.service.schedule.TERMS_VERSION", "2")
    assert desk.run("schedule", "on").exit_code == 1
    desk.well("schedule", "on", "--accept-terms")
    made = schedule_of(desk)
    assert made is not None
    assert made.terms is not None
    assert made.terms.version == "2"


def test_nobody_is_known_by_name_where_the_system_knows_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("comptoir.cli.schedule.getpass.getuser", nobody)
    told = desk.json("schedule", "on", "--accept-terms")
    assert told["terms"]["by"] == "unknown"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--every", "15"), "every 15 minutes"),
        (("--at", "5"), "every hour at minute 5"),
        (("--every", "180", "--at", "5"), "every 3 hours at minute 5"),
        (("--every", "1440", "--at", "59"), "every day at minute 59"),
    ],
)
def test_how_often_is_said_as_it_is(desk: Desk, options: tuple[str, ...], words: str) -> None:
    assert f"Shop is synchronized {words}, next at " in desk.well("schedule", "on", "--accept-terms", *options)


def test_an_interval_that_divides_no_day_is_refused(desk: Desk) -> None:
    refused = desk.run("schedule", "on", "--accept-terms", "--every", "7")
    assert refused.exit_code == 1
    assert "--every takes 5, 10, 15" in refused.stderr
    assert desk.run("schedule", "on", "--accept-terms", "--at", "60").exit_code == 2


def test_show_and_off(desk: Desk) -> None:
    told = desk.json("schedule", "show")
    assert told["server_at_work"] is False
    assert [(row["store"], row["on"], row["due_at"], row["terms"]) for row in told["stores"]] == [
        ("Shop", False, None, None)
    ]
    desk.well("schedule", "on", "--accept-terms", "--at", "5")
    said = desk.well("schedule", "show")
    assert "every hour at minute 5" in said
    assert re.search(r":05 [ap]\.m\. (GMT|BST)", said)
    assert "No server is at work" in said
    assert "no longer synchronized by itself" in desk.well("schedule", "off")
    told = desk.json("schedule", "show")
    assert [(row["on"], row["due_at"], row["every_minutes"]) for row in told["stores"]] == [(False, None, None)]
    assert told["stores"][0]["terms"]["version"] == "1"


# Wishes


@contextmanager
def a_server(desk: Desk) -> Iterator[App]:
    """An installation in which somebody is the ticker, who holds the directory."""
    with open_app(desk.home) as app, hold(app.books.database, TICKER, "server", app.organization_id, alone=True):
        yield app


def serve_one_wish(app: App, ending: str) -> threading.Thread:
    """Whatever is due at once is done, the way the server does it."""

    def work() -> None:
        while not (due := app.books.schedules.due(1)[1]):
            pass
        record = app.stores()[0]
        run = app.books.runs.start(record.organization_id, record.id, "by hand")
        assert due[0].due_at
        app.books.schedules.begin(record.id, due[0].due_at, run.id)
        with app.books.database.write() as connection:
            app.books.schedules.advance(connection, [(due[0], None)])
        try:
            with ending_told(app.books, run):
                if ending == "fails":
                    raise Unexpected(Message("The shop is closed."))
                if ending == "says nothing":
                    app.books.runs.finish(run.id, RunState.FINISHED)
                else:
                    sync(app.work(record, run), alone=True)
        except HouseError:
            pass

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("well", 0, "A server is at work: it does this run."),
        ("fails", 1, "The shop is closed."),
        ("says nothing", 1, "The run ended without a proof"),
    ],
)
def test_a_sync_beside_a_server_is_handed_over_and_followed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, ending: str, code: int, words: str
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.01)
    with a_server(desk) as app:
        thread = serve_one_wish(app, ending)
        result = desk.run("sync", "--json", "--deleted")
        thread.join()
    assert result.exit_code == code, result.output
    assert words in result.output
    if ending == "well":
        assert '"agrees": true' in result.stdout


def test_a_sync_beside_another_command_is_refused_as_ever(desk: Desk) -> None:
    with open_app(desk.home):
        result = desk.run("sync")
    assert result.exit_code == 1
    assert "Another Comptoir command is at work" in result.stderr


def test_a_server_that_goes_away_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(following, "PATIENCE_SECONDS", 0.05)
    with open_app(desk.home) as app, pytest.raises(CommandError, match="The server stopped"):
        following.by_the_server(app, app.stores()[0], deleted=False)


def test_whoever_no_longer_follows_is_told_that_the_server_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(following, "time", SimpleNamespace(sleep=interrupted, monotonic=time.monotonic))
    with a_server(desk) as app, pytest.raises(CommandError, match="The server goes on with the run"):
        following.by_the_server(app, app.stores()[0], deleted=False)


# Starting


def test_several_workers_need_a_server_s_database(desk: Desk) -> None:
    refused = desk.run("worker")
    assert refused.exit_code == 1
    assert "COMPTOIR_DATABASE_URL" in refused.stderr
    assert "comptoir serve" in refused.stderr


@pytest.mark.parametrize(("options", "demos"), [((), True), (("--no-demos",), False)])
def test_a_server_offers_demos_unless_its_operator_says_no(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], demos: bool
) -> None:
    offered: list[bool] = []

    def made(*_args: Any, **given: Any) -> FastAPI:
        offered.append(given["demos"] is not None)
        raise CommandError(Message("enough"))

    monkeypatch.setattr("comptoir.web.app.create_app", made)
    desk.run("serve", "--port", "0", *options)
    assert offered == [demos]


def test_a_port_that_is_taken_ends_the_start(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = desk.run("serve", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 1
    assert "Choose another with --host and --port" in refused.stderr
    assert serve.PORT == 8700
