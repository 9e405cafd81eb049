"""The set-up script: when it has nothing to do, where it takes a pip from, and what it says when it cannot go on."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LOCK = "alembic==1.0 \\\n    --hash=sha256:0\ncolorama==0.4 ; sys_platform == 'win32' \\\n    --hash=sha256:1\n"

WriteScript = Callable[[str, str], Path]


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("comptoir_setup", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout_root(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    (root / "requirements").mkdir(parents=True)
    for name in ("build", "run", "test"):
        (root / "requirements" / f"{name}.txt").write_text(f"# {name}\n{LOCK}")
    (root / "pyproject.toml").write_text("[project]\n")
    (root / ".venv" / "bin").mkdir(parents=True)
    return root


@pytest.fixture
def write_script(tmp_path: Path) -> WriteScript:
    """Write an executable shell script into a folder that can serve as the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def write(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


def put_python(root: Path, body: str) -> None:
    python = root / ".venv" / "bin" / "python"
    python.write_text(f"#!/bin/sh\n{body}\n")
    python.chmod(0o755)


def test_an_untouched_environment_is_ready(setup: ModuleType, checkout_root: Path) -> None:
    checkout = setup.Checkout(checkout_root)
    put_python(checkout_root, "exit 0")
    assert not checkout.is_ready("run")
    checkout.write_stamps("run")
    assert checkout.is_ready("run")
    assert not checkout.is_ready("test")


def test_the_set_of_the_tests_contains_that_of_the_run(setup: ModuleType, checkout_root: Path) -> None:
    checkout = setup.Checkout(checkout_root)
    put_python(checkout_root, "exit 0")
    checkout.write_stamps("test")
    assert checkout.is_ready("run")
    assert checkout.is_ready("test")


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/build.txt", "pyproject.toml"])
def test_a_changed_input_asks_for_set_up(setup: ModuleType, checkout_root: Path, name: str) -> None:
    checkout = setup.Checkout(checkout_root)
    put_python(checkout_root, "exit 0")
    checkout.write_stamps("test")
    (checkout_root / name).write_text("changed\n")
    assert not checkout.is_ready("run")
    assert not checkout.is_ready("test")


def test_a_lock_of_the_tests_leaves_the_run_alone(setup: ModuleType, checkout_root: Path) -> None:
    checkout = setup.Checkout(checkout_root)
    put_python(checkout_root, "exit 0")
    checkout.write_stamps("test")
    (checkout_root / "requirements/test.txt").write_text("changed\n")
    assert checkout.is_ready("run")
    assert not checkout.is_ready("test")


def test_a_broken_interpreter_asks_for_set_up(setup: ModuleType, checkout_root: Path) -> None:
    checkout = setup.Checkout(checkout_root)
    checkout.write_stamps("run")
    assert not checkout.is_ready("run")


def test_a_moved_environment_is_made_anew(setup: ModuleType, checkout_root: Path) -> None:
    checkout = setup.Checkout(checkout_root)
    put_python(checkout_root, "exit 0")
    checkout.write_stamps("run")
    assert not checkout.was_moved()
    moved = checkout_root.rename(checkout_root.with_name("elsewhere"))
    (moved / ".venv" / "pyvenv.cfg").write_text("home = nowhere\n")
    checkout = setup.Checkout(moved)
    assert checkout.was_moved()
    assert not checkout.is_ready("run")
    setup.make_venv(checkout)
    assert checkout.python_fits()
    assert not checkout.was_moved()


def test_a_folder_that_is_no_environment_is_left_alone(setup: ModuleType, checkout_root: Path) -> None:
    with pytest.raises(setup.SetupError, match="is in the way"):
        setup.make_venv(setup.Checkout(checkout_root))
    assert (checkout_root / ".venv" / "bin").is_dir()


def test_its_own_pip_comes_first(setup: ModuleType, checkout_root: Path) -> None:
    put_python(checkout_root, "exit 0")
    checkout = setup.Checkout(checkout_root)
    assert setup.find_pip(checkout) == [str(checkout.python), "-m", "pip"]


def test_without_ensurepip_another_pip_serves(
    setup: ModuleType, checkout_root: Path, write_script: WriteScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_python(checkout_root, "exit 1")
    other = write_script("pip3", '[ "$1" = --python ] && [ "$3" = --version ]')
    monkeypatch.setenv("PATH", str(other.parent))
    checkout = setup.Checkout(checkout_root)
    assert setup.find_pip(checkout) == [str(other), "--python", str(checkout.python)]


def test_with_no_pip_at_all_the_one_command_is_named(
    setup: ModuleType, checkout_root: Path, write_script: WriteScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_python(checkout_root, "exit 1")
    too_old = write_script("pip3", "echo no such option: --python; exit 2")
    monkeypatch.setenv("PATH", str(too_old.parent))
    with pytest.raises(setup.SetupError, match="Run this one command"):
        setup.find_pip(setup.Checkout(checkout_root))


def test_on_debian_without_root_the_command_is_apts(
    setup: ModuleType, write_script: WriteScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = write_script("apt-get", "exit 1")
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(setup.SetupError, match=f"apt-get install -y python{version}-venv"):
        setup.install_system_package()


@pytest.mark.parametrize("fails", ["update", "install", "nothing"])
def test_apt_as_root(
    setup: ModuleType, write_script: WriteScript, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fails: str
) -> None:
    said = tmp_path / "said"
    apt = write_script("apt-get", f'echo "$1" >> {said}; [ "$1" != {fails} ]')
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    if fails == "nothing":
        setup.install_system_package()
    else:
        with pytest.raises(setup.SetupError, match="apt-get could not install"):
            setup.install_system_package()
    assert said.read_text().split() == (["update"] if fails == "update" else ["update", "install"])


def test_a_failed_installation_shows_why(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "print('Collecting a'); print('no network'); raise SystemExit(1)"]
    with pytest.raises(setup.SetupError, match="the locked packages could not be installed"):
        setup.run(command, "the locked packages", total=1)
    assert "no network" in capsys.readouterr().err


def test_progress_is_short(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    program = "for n in range(25): print('Collecting', n)\nprint('Installing collected packages: all')"
    setup.run([sys.executable, "-c", program], "the locked packages", total=25)
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":", 1)[1].strip() for line in said] == ["10 of 25 packages", "20 of 25 packages", "unpacking"]


def test_packages_of_other_systems_are_not_counted(setup: ModuleType, checkout_root: Path) -> None:
    assert setup.count_pins(checkout_root / "requirements" / "run.txt") == 1


@pytest.mark.parametrize("arguments", [[], ["all"], ["run", "test"]])
def test_wrong_arguments(setup: ModuleType, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert setup.main(arguments) == 2
    assert "run|test" in capsys.readouterr().err


def find_python(path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    shell = shutil.which("sh") or "sh"
    return subprocess.run(
        [shell, str(ROOT / "scripts" / "setup.sh"), "not-a-set"],
        env={"PATH": str(path), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_with_an_old_python(write_script: WriteScript) -> None:
    old = write_script("python3", 'if [ "$1" = --version ]; then echo Python 3.9.2; exit 0; fi; exit 1')
    write_script("dirname", f'exec {shutil.which("dirname")} "$@"')
    done = find_python(old.parent)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; this machine has Python 3.9.2" in done.stderr


def test_a_newer_python_beside_an_old_one(write_script: WriteScript) -> None:
    write_script("python3", "exit 1")
    newer = write_script("python3.13", f'exec {sys.executable} "$@"')
    write_script("dirname", f'exec {shutil.which("dirname")} "$@"')
    done = find_python(newer.parent)
    assert (done.returncode, "usage:" in done.stderr) == (2, True)


def test_a_python_chosen_by_hand_that_does_not_fit(write_script: WriteScript) -> None:
    wrong = write_script("wrong", "exit 1")
    write_script("dirname", f'exec {shutil.which("dirname")} "$@"')
    done = find_python(wrong.parent, PYTHON=str(wrong))
    assert done.returncode == 1
    assert "is not a working Python 3.11 or newer" in done.stderr
