from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from comptoir.books.problems import Message, Problem
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.engine.errors import Conflict, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.upkeep.home import HomeBusyError, HomeUnusableError
from comptoir.storage.upkeep.upgrade import NewerDatabaseError
from comptoir.storage.vault import VaultError

SAID = Message("The shop says {what}.", {"what": "[no]"})
PROBLEMS = [
    Problem("a", Message("One thing is wrong."), Message("Mend the one."), where="orders.prefix"),
    Problem("b", Message("Another is [wrong]."), Message("Mend the other.")),
]

BOOKS = Path("/books")
PLAIN: dict[str, tuple[BaseException, str]] = {
    "retry later": (RetryLater(SAID), "The shop says [no]."),
    "reconnect": (Reconnect(SAID), "The shop says [no]."),
    "needs mapping": (NeedsMapping(SAID, what="x", where="y"), "The shop says [no]."),
    "refused": (Refused(SAID), "The shop says [no]."),
    "conflict": (Conflict(SAID, current="7"), "The shop says [no]."),
    "unexpected": (Unexpected(SAID, detail="a secret of the log"), "The shop says [no]."),
    "of a command": (CommandError(Message("Choose one.")), "Choose one."),
    "busy": (HomeBusyError(BOOKS), f"Another Comptoir command is at work in {BOOKS}. Try again when it is done."),
    "served": (
        HomeBusyError(BOOKS, "https://books.example"),
        (
            f"A Comptoir server is at work in {BOOKS}. What its pages offer is done there, at "
            "https://books.example; for anything else stop it first."
        ),
    ),
    "unusable": (HomeUnusableError(Message("No room.")), "No room."),
    "vault": (VaultError(Message("Another key.")), "Another key."),
    "newer": (NewerDatabaseError(Message("A newer release.")), "A newer release."),
    "stopped": (KeyboardInterrupt(), "Stopped. Nothing is lost: the next run goes on from here."),
}


def run(error: BaseException, *, as_json: bool = False) -> None:
    @reported
    def command(*, as_json: bool = False) -> None:
        assert as_json in {True, False}
        raise error

    command(as_json=as_json)


@pytest.mark.parametrize("name", PLAIN)
def test_a_message_and_a_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    error, words = PLAIN[name]
    with pytest.raises(typer.Exit) as ended:
        run(error)
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.err.strip() == words
    assert said.out == ""


@pytest.mark.parametrize("name", PLAIN)
def test_the_same_for_a_machine(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    error, words = PLAIN[name]
    with pytest.raises(typer.Exit):
        run(error, as_json=True)
    said = capsys.readouterr()
    assert json.loads(said.out) == {"error": words, "problems": []}
    assert said.err.strip() == words


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (SettingsProblemsError(PROBLEMS), "The settings do not fit the company:"),
        (ProblemsError(Message("The file has mistakes:"), PROBLEMS), "The file has mistakes:"),
    ],
    ids=["settings", "several"],
)
def test_every_problem_with_its_remedy(error: Exception, heading: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        run(error, as_json=True)
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        heading,
        "  • orders.prefix: One thing is wrong.",
        "    Mend the one.",
        "  • Another is [wrong].",
        "    Mend the other.",
    ]
    assert json.loads(said.out)["problems"] == [
        {"where": "orders.prefix", "what": "One thing is wrong.", "remedy": "Mend the one."},
        {"where": "", "what": "Another is [wrong].", "remedy": "Mend the other."},
    ]


def test_what_is_no_known_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        run(ZeroDivisionError())


def test_what_went_well_is_passed_on() -> None:
    assert reported(lambda: 7)() == 7


def test_a_message_is_said_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_LANGUAGE", "fr")
    with pytest.raises(typer.Exit):
        run(SettingsProblemsError([]), as_json=True)
    said = capsys.readouterr()
    assert said.err.startswith("Les paramètres ne conviennent pas")
    assert json.loads(said.out)["error"] == "The settings do not fit the company:"
