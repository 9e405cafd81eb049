"""Make `.venv` hold what the lock files name, and Comptoir itself: `setup.py run` or `setup.py test`.

Started by `scripts/setup.sh`, which picks the interpreter. Uses the standard library alone: nothing is installed yet.
A stamp in `.venv` (a hash of the lock files and `pyproject.toml`) lets the next call end at once. Everything it says
goes to standard error, so that the standard output of `make demo` is the demo's own. The reasons are in
docs/decisions/0003-locks-and-set-up.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
LOCKS_OF_SET = {"run": ("build", "run"), "test": ("build", "run", "test")}
"""Which files of requirements/ each set installs; a set whose files another set holds too is contained in it."""
PYTHON_NAMES = ("python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python")
REPORT_EVERY = 10
"""A line of progress each so many packages."""


class SetupError(Exception):
    """Set-up cannot go on; the message says what the user can do."""


def say(text: str) -> None:
    """Print one line of progress on standard error."""
    print(f"set-up: {text}", file=sys.stderr, flush=True)


def child_environment() -> dict[str, str]:
    """Return the environment for child processes, without what would point them away from `.venv`."""
    dropped = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_PYTHON", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"}


def succeeds(command: Sequence[str]) -> bool:
    """Say whether a command exists and ends with exit code 0, its output thrown away."""
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=child_environment())
    except OSError:
        return False
    return done.returncode == 0


class Checkout:
    """One checkout of the repository and the virtual environment in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / "bin" / "python"

    def lock(self, name: str) -> Path:
        """Return the path of one lock file: build, run or test."""
        return self.root / "requirements" / f"{name}.txt"

    def stamp(self, set_name: str) -> Path:
        """Return where the stamp of a finished set-up lies."""
        return self.venv / f"comptoir-{set_name}.stamp"

    def stamp_text(self, set_name: str) -> str:
        """Return what the stamp says when `.venv` is up to date: the hash of its inputs, and the checkout's place."""
        digest = hashlib.sha256()
        for path in (*map(self.lock, LOCKS_OF_SET[set_name]), self.root / "pyproject.toml"):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return f"{digest.hexdigest()}\n{self.root}\n"

    def is_ready(self, set_name: str) -> bool:
        """Say whether the set is installed already: its stamp is right and the interpreter still starts."""
        stamp = self.stamp(set_name)
        return stamp.is_file() and stamp.read_text() == self.stamp_text(set_name) and self.python_fits()

    def python_fits(self) -> bool:
        """Say whether `.venv` has a working Python of 3.11 or newer (an upgrade of the system can break it)."""
        return succeeds([str(self.python), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])

    def was_moved(self) -> bool:
        """Say whether a stamp tells of another place: scripts in `.venv` name their interpreter by its full path."""
        places = [self.stamp(name).read_text().splitlines()[-1:] for name in LOCKS_OF_SET if self.stamp(name).is_file()]
        return any(place != [str(self.root)] for place in places)

    def write_stamps(self, set_name: str) -> None:
        """Record that a set, and each set contained in it, is installed."""
        for name, locks in LOCKS_OF_SET.items():
            if set(locks) <= set(LOCKS_OF_SET[set_name]):
                self.stamp(name).write_text(self.stamp_text(name))

    def remove_stamps(self) -> None:
        """Forget every finished set-up: from here on, `.venv` is in between."""
        for name in LOCKS_OF_SET:
            self.stamp(name).unlink(missing_ok=True)


def make_venv(checkout: Checkout) -> None:
    """Create `.venv` without pip, unless a good one is there; a broken or moved one is made anew."""
    if checkout.venv.exists():
        if checkout.python_fits() and not checkout.was_moved():
            return
        if not (checkout.venv / "pyvenv.cfg").is_file():
            raise SetupError(f"{checkout.venv} is in the way and is no virtual environment. Move it and try again.")
        say("the virtual environment was moved, is broken or too old: made anew")
        shutil.rmtree(checkout.venv)
    if importlib.util.find_spec("venv") is None:
        install_system_package()
    version = ".".join(map(str, sys.version_info[:3]))
    say(f"virtual environment in .venv (Python {version} from {sys.executable})")
    run([sys.executable, "-m", "venv", "--without-pip", str(checkout.venv)], "the virtual environment")


def system_package() -> str:
    """Name Debian's package that gives this interpreter its venv and ensurepip."""
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def remedy() -> str:
    """Return the one command that gives this machine a pip."""
    if shutil.which("apt-get"):
        return f"sudo sh -c 'apt-get update && apt-get install -y {system_package()}'"
    if shutil.which("dnf"):
        return "sudo dnf install -y python3-pip"
    if shutil.which("apk"):
        return "sudo apk add py3-pip"
    return f"{sys.executable} -m ensurepip --user"


def install_system_package() -> None:
    """Install Debian's venv package when allowed to (root, apt, the system's own Python), else name the one command."""
    message = f"this Python has no pip and no ensurepip. Run this one command, then try again:\n\n    {remedy()}\n"
    own = Path(sys.base_prefix) == Path("/usr")
    if os.geteuid() != 0 or shutil.which("apt-get") is None or not own:
        raise SetupError(message)
    say(f"installing {system_package()} with apt-get (this Python came without ensurepip)")
    environment = child_environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", system_package()]):
        done = subprocess.run(["apt-get", *arguments], check=False, env=environment, stdout=sys.stderr)
        if done.returncode != 0:
            raise SetupError(f"apt-get could not install {system_package()} (see above); {message}")


def find_pip(checkout: Checkout) -> list[str]:
    """Return a command that installs into `.venv`: its own pip, ensurepip's, another interpreter's, or apt's."""
    own = [str(checkout.python), "-m", "pip"]
    ensurepip = [str(checkout.python), "-m", "ensurepip"]
    if succeeds([*own, "--version"]) or (succeeds(ensurepip) and succeeds([*own, "--version"])):
        return own
    for pip in other_pips():
        # An old pip does not know --python (22.3), or does not run on a newer interpreter: both fail here.
        command = [*pip, "--python", str(checkout.python)]
        if succeeds([*command, "--version"]):
            say(f"this Python came without ensurepip; using {' '.join(pip)}")
            return command
    install_system_package()
    if succeeds(ensurepip) and succeeds([*own, "--version"]):
        return own
    raise SetupError(f"{system_package()} is installed, yet {sys.executable} has no ensurepip. Try another PYTHON=...")


def other_pips() -> Iterator[list[str]]:
    """Yield the pips of this machine, the nearest first."""
    yield [sys.executable, "-m", "pip"]
    for name in PYTHON_NAMES:
        path = shutil.which(name)
        if path is not None:
            yield [path, "-m", "pip"]
    for name in ("pip3", "pip"):
        path = shutil.which(name)
        if path is not None:
            yield [path]


def run(command: Sequence[str], what: str, *, total: int = 0) -> None:
    """Run a command, show pip's progress in short, and show all it said if it fails.

    `total` is the number of packages to come, for the progress; 0: none is shown.
    """
    said: list[str] = []
    count = 0
    with subprocess.Popen(
        command, cwd=ROOT, env=child_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if total and re.match(r"(Collecting|Processing|Requirement already satisfied:) ", line):
                count += 1
                if count % REPORT_EVERY == 0:
                    say(f"  {count} of {total} packages")
            elif line.startswith("Installing collected packages"):
                say("  unpacking")
    if process.returncode != 0:
        sys.stderr.writelines(said)
        raise SetupError(f"{what} could not be installed; the lines above say why. Then run the same command again.")


def count_pins(lock: Path) -> int:
    """Count the packages a lock file names for a Linux or macOS machine, near enough for a line of progress."""
    pins = re.findall(r"^[a-z0-9].*==.*$", lock.read_text(), flags=re.MULTILINE)
    return sum("sys_platform ==" not in pin for pin in pins)


def install(checkout: Checkout, set_name: str) -> None:
    """Install the locked packages, then Comptoir itself, editable, with the locked build tool."""
    pip = find_pip(checkout)
    locks = [checkout.lock(name) for name in LOCKS_OF_SET[set_name]]
    total = sum(map(count_pins, locks))
    say(f"{total} locked packages: {', '.join(str(lock.relative_to(checkout.root)) for lock in locks)}")
    named = [word for lock in locks for word in ("-r", str(lock))]
    run([*pip, "install", "--require-hashes", "--no-deps", *named], "the locked packages", total=total)
    say("Comptoir itself")
    run([*pip, "install", "--no-deps", "--no-index", "--no-build-isolation", "-e", str(checkout.root)], "Comptoir")


def set_up(checkout: Checkout, set_name: str) -> None:
    """Bring `.venv` to the state the lock files name. Raises SetupError with what to do."""
    if checkout.is_ready(set_name):
        return
    started = time.monotonic()
    make_venv(checkout)
    checkout.remove_stamps()
    install(checkout, set_name)
    checkout.write_stamps(set_name)
    say(f"ready in {time.monotonic() - started:.0f} s")


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; return the exit code."""
    if list(arguments) not in [[name] for name in LOCKS_OF_SET]:
        say(f"usage: scripts/setup.sh {'|'.join(LOCKS_OF_SET)}")
        return 2
    checkout = Checkout(ROOT)
    try:
        with checkout.lock("run").open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # two `make` side by side take turns
            set_up(checkout, arguments[0])
    except SetupError as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
