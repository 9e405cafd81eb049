"""The log: its forms and levels, and what never stands in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from comptoir.cli.main import app
from comptoir.telemetry import events, logs
from comptoir.telemetry.events import Kind

Start = Callable[..., Callable[[], list[Any]]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Begin to log; what it gives tells the lines since."""

    def begin(default: str = "", **environment: str) -> Callable[[], list[Any]]:
        stream = io.StringIO()
        logs.set_up(default, environment, stream)

        def lines() -> list[Any]:
            text = stream.getvalue()
            return [json.loads(line) if line.startswith("{") else line for line in text.splitlines()]

        return lines

    yield begin
    logs.close()


def call(status: int = 200, **values: events.Value) -> None:
    events.emit(Kind.CALL, platform="quickbooks", operation="batch", status=status, **values)


def test_quiet_unless_asked(start: Start) -> None:
    lines = start()
    call(500)
    logging.getLogger("library").error("it broke")
    assert lines() == []


def test_one_line_of_json_an_event(start: Start) -> None:
    lines = start(COMPTOIR_LOG="json")
    with events.about(run=3, company="quickbooks:91"):
        events.emit(Kind.WAITED, why="limit", seconds=1.5, request_id=None)
    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "waited",
        "level": "info",
        "run": 3,
        "company": "quickbooks:91",
        "why": "limit",
        "seconds": 1.5,
        "request_id": None,
    }


def test_for_the_eye(start: Start) -> None:
    lines = start("info", COMPTOIR_LOG="console")
    events.emit(Kind.WAITED, why="limit", seconds=1.5)
    (line,) = lines()
    assert "waited" in line
    assert "seconds=1.5 why=limit" in line


@pytest.mark.parametrize(
    ("environment", "default", "seen"),
    [
        ({}, "info", ["run_started", "call", "run_ended"]),
        ({"COMPTOIR_LOG_LEVEL": "debug"}, "info", ["call", "run_started", "call", "run_ended"]),
        ({"COMPTOIR_LOG_LEVEL": " WARNING "}, "info", ["call", "run_ended"]),
        ({"COMPTOIR_LOG_LEVEL": "error"}, "", ["run_ended"]),
    ],
)
def test_levels(environment: dict[str, str], default: str, seen: list[str], start: Start) -> None:
    lines = start(default, COMPTOIR_LOG="json", **environment)
    call(200)
    events.emit(Kind.RUN_STARTED)
    call(429)
    events.emit(Kind.RUN_ENDED, state="failed")
    assert [line["event"] for line in lines()] == seen


def test_begun_again_it_writes_once(start: Start) -> None:
    first = start("info", COMPTOIR_LOG="json")
    second = start("info", COMPTOIR_LOG="json")
    events.emit(Kind.RUN_STARTED)
    assert (len(first()), len(second())) == (0, 1)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("COMPTOIR_LOG", 'COMPTOIR_LOG cannot be "loud". Choose one of: json, console.'),
        ("COMPTOIR_LOG_LEVEL", 'COMPTOIR_LOG_LEVEL cannot be "loud". Choose one of: debug, info, warning, error.'),
    ],
)
def test_a_setting_that_is_none(name: str, words: str, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(logs.LogSettingsError) as error:
        start(**{name: "loud"})
    assert str(error.value) == words
    monkeypatch.setenv(name, "loud")
    result = CliRunner().invoke(app, ["runs"])
    assert result.exit_code == 2
    assert " ".join(words.split()) in " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1-6311fe10-20fabd787f7cb6145fb6fa91", "1-6311fe10-20fabd787f7cb6145fb6fa91"),
        ("quickbooks:9341453", "quickbooks:9341453"),
        ("Ada Tremblay", "***"),
        ("ada@example.com", "***"),
        ("shpat_0123456789abcdef", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.e30.abc", "***"),
        ("12 rue des Érables", "***"),
        ("x" * 121, "***"),
        (True, True),
        (12, 12),
    ],
)
def test_what_is_no_identifier_is_hidden(value: events.Value, written: object, start: Start) -> None:
    lines = start("debug", COMPTOIR_LOG="json")
    call(code=value)
    assert lines()[0]["code"] == written


@pytest.mark.parametrize("name", ["library", "dbos", "comptoir.somewhere"])
def test_what_others_say_goes_without_their_values(name: str, start: Start) -> None:
    lines = start("info", COMPTOIR_LOG="json")
    logger = logging.getLogger(name)
    try:
        int("Ada Tremblay")
    except ValueError:
        logger.exception("cannot read %s, token=abc123", "Ada Tremblay")
    (line,) = lines()
    assert line["logger"] == name
    said = "cannot read ***, token=***" if name.startswith("comptoir.") else "cannot read %s, token=***"
    assert line["said"] == said
    assert line["error"] == "ValueError"
    assert [each.split(":")[0] for each in line["frames"]] == ["test_logs.py"]
    assert "Tremblay" not in json.dumps(line)


def test_what_others_say_without_an_error(start: Start) -> None:
    lines = start("debug", COMPTOIR_LOG="json")
    logging.getLogger("library").warning("hm", stack_info=True)
    logging.getLogger("library").info("chatter")
    (line,) = lines()
    assert set(line) == {"event", "level", "at", "logger", "said"}


@pytest.mark.parametrize(
    ("words", "values", "said"),
    [
        ("%s: %s", ("post:quickbooks:91", ValueError("Ada Tremblay")), "post:quickbooks:91: ValueError"),
        ("%d jobs of %s", (3, "Ada Tremblay"), "3 jobs of ***"),
        ("nothing %(here)s", ({"here": "Ada"},), "nothing %(here)s"),
        ("all of it", (), "all of it"),
    ],
)
def test_our_own_words_are_filled_with_what_is_nobodys(
    words: str, values: tuple[object, ...], said: str, start: Start
) -> None:
    lines = start("info", COMPTOIR_LOG="json")
    logging.getLogger("comptoir.somewhere").warning(words, *values)
    assert lines()[0]["said"] == said


def test_words_that_their_values_do_not_fit_stay_as_they_are() -> None:
    record = logging.makeLogRecord({"name": "comptoir.somewhere", "msg": "%d jobs"})
    assert logs._said(record, ("three men",)) == "%d jobs"
