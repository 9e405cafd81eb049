"""One data directory, one process at work in it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from comptoir.storage.home import Home, HomeBusyError, HomeUnusableError

HOLDER = """
import sys
from pathlib import Path
from comptoir.storage.home import Home
with Home(Path(sys.argv[1])).working():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "deep" / "home")
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert Home.at(home.path) == home


def test_where_nothing_is_said_the_environment_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_HOME", str(tmp_path / "chosen"))
    assert Home.at().path == tmp_path / "chosen"
    assert Home.at(tmp_path / "given").path == tmp_path / "given"
    monkeypatch.delenv("COMPTOIR_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Home.at().path == tmp_path / ".comptoir"


def test_everything_lies_in_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.database_url == f"sqlite:///{tmp_path}/comptoir.sqlite"
    assert home.queue_url == f"sqlite:///{tmp_path}/queue.sqlite"
    assert home.key_file == tmp_path / "secret.key"


def test_a_place_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HomeUnusableError, match=r"cannot be made .*--home or COMPTOIR_HOME"):
        Home.at(tmp_path / "file" / "home")


def test_a_place_that_cannot_be_written_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()  # also root cannot open a directory for writing
    with (
        pytest.raises(HomeUnusableError, match=r"cannot be written .*--home or COMPTOIR_HOME"),
        Home(tmp_path).working(),
    ):
        pass


def test_a_second_process_is_turned_away_until_the_first_is_dead(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(HomeBusyError, match="Another Comptoir process"), Home(tmp_path).working():
            pass
        other.kill()
        other.wait()
    with Home(tmp_path).working(), pytest.raises(HomeBusyError), Home(tmp_path).working():
        pass
    with Home(tmp_path).working():
        pass
