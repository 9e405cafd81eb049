"""One data directory, one process at work in it."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from comptoir.storage.upkeep.home import Home, HomeBusyError, HomeUnusableError

SIGNED_IN = "ann" + ":hidden@"  # in pieces: no file of ours holds an address with a password
HOLDER = """
import sys
from pathlib import Path
from comptoir.storage.upkeep.home import Home
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


def test_with_a_server_the_directory_holds_the_key_and_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", f"postgres://{SIGNED_IN}db.example/books")
    home = Home.at(tmp_path / "home")
    assert not home.is_local
    assert home.database_url == home.queue_url == f"postgresql+psycopg://{SIGNED_IN}db.example/books"
    assert home.key_file == tmp_path / "home" / "secret.key"
    assert "hidden" not in repr(home)
    with home.working(), home.working():
        pass


def test_with_a_server_and_a_key_file_no_directory_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", "postgresql://ann@db.example/books")
    monkeypatch.setenv("COMPTOIR_KEY_FILE", str(tmp_path / "key"))
    home = Home.at(tmp_path / "home")
    assert home.key_file == tmp_path / "key"
    assert not home.path.exists()


def test_what_is_local_minds_no_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPTOIR_DATABASE_URL", "postgresql://ann@db.example/books")
    monkeypatch.setenv("COMPTOIR_KEY_FILE", str(tmp_path / "key"))
    home = Home.local(tmp_path / "home")
    assert home == Home(tmp_path / "home")
    assert home.is_local
    assert home.path.is_dir()


def test_a_place_that_cannot_be_made_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HomeUnusableError, match=r"cannot be made .*--home or COMPTOIR_HOME"):
        Home.at(tmp_path / "file" / "home")


def test_a_user_without_a_home_directory_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("COMPTOIR_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(HomeUnusableError, match=r"no home directory.*--home or COMPTOIR_HOME"):
        Home.named()


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
        with pytest.raises(HomeBusyError, match="Another Comptoir command"), Home(tmp_path).working():
            pass
        other.kill()
        other.wait()
    with Home(tmp_path).working(), pytest.raises(HomeBusyError), Home(tmp_path).working():
        pass
    with Home(tmp_path).working():
        pass


def test_a_server_leaves_word_where_its_pages_are_and_the_next_holder_takes_it_back(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.pages == ""
    with home.working():
        home.tell_pages("https://books.example/")
        for _ in range(2):
            with pytest.raises(HomeBusyError, match=r"at https://books\.example;") as caught, home.working():
                pass
            assert caught.value.pages == "https://books.example"
    with home.working():
        assert home.pages == ""


def test_with_a_database_server_no_word_is_left(tmp_path: Path) -> None:
    home = Home(tmp_path, server="postgresql://db.example/books")
    home.tell_pages("https://books.example")
    assert not (tmp_path / "lock").exists()
