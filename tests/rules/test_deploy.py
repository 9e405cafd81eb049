"""The files of `deploy/` name what there is: commands and their options, ports, paths."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from comptoir.cli.main import app
from comptoir.cli.serve import PORT

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINER = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
UNITS = sorted(DEPLOY.glob("*.service"))
STOP_SECONDS = 10
"""After which a process leaves what is still on the line."""


def commands() -> list[list[str]]:
    """Every command line of ours."""
    found = [json.loads(text) for text in re.findall(r"^CMD (\[.*\])$", CONTAINER, re.MULTILINE)]
    found += [json.loads(text) for text in re.findall(r"^ +command: (\[.*\])$", COMPOSE, re.MULTILINE)]
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=\S+/comptoir (.+)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        found.append(line.split())
    return found


def test_there_are_commands_everywhere() -> None:
    assert sorted(words[0] for words in commands()) == ["serve", "serve", "serve", "worker", "worker"]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_one(words: list[str]) -> None:
    group: Any = typer.main.get_command(app)
    filled = [re.sub(r"\$\{.*\}", "http://books.example", word).replace("%i", "8801") for word in words]
    command = group.commands[filled[0]]
    with click.Context(command) as context:
        command.parse_args(context, filled[1:])


def test_the_port_is_the_one_that_the_server_takes() -> None:
    assert f"EXPOSE {PORT}\n" in CONTAINER
    assert f"http://127.0.0.1:{PORT}/healthz" in CONTAINER
    assert set(re.findall(r"\b87\d\d\b", COMPOSE)) == {str(PORT)}


def test_what_is_copied_is_there_and_not_ignored() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line]
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        name for sources in re.findall(r"^COPY (?!--)(.+) \S+$", CONTAINER, re.MULTILINE) for name in sources.split()
    }
    assert copied == allowed
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert any(fnmatch("src/comptoir/web/static/built", line) for line in lines), (
        "built in the container, not taken along"
    )


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.name)
def test_a_unit_waits_for_what_is_on_the_line_and_is_alone(unit: Path) -> None:
    said = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE))
    assert int(said["TimeoutStopSec"]) > STOP_SECONDS
    assert (said["DynamicUser"], said["NoNewPrivileges"], said["ProtectSystem"]) == ("yes", "yes", "strict")
    assert said["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda it: it.name)
def test_a_unit_names_its_data_directory(unit: Path) -> None:
    """Its user is made for it and has no home directory."""
    assert re.search(r"^Environment=COMPTOIR_HOME=%[St]/comptoir", unit.read_text(encoding="utf-8"), re.MULTILINE)


def test_nothing_of_a_secret_is_in_the_files() -> None:
    assert not re.search(r"PASSWORD: (?!\$\{)", COMPOSE)
