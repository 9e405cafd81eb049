"""The house's laws about the repository itself: nothing of a machine in it, nothing undocumented, no dead link."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main
from packaging.requirements import Requirement

from comptoir.cli.main import app

ROOT = Path(__file__).parents[2]
LOCKS = ("build", "node", "run", "test")

# Written in pieces, so that this file passes its own test.
REGISTRY_HOSTS = (
    "py" + "pi.org",
    "python" + "hosted",
    "npm" + "js",
    "deb." + "debian",
    "crates" + ".io",
    "jfrog" + ".io",
)
MACHINE_PATH = re.compile(r"(?<![\w./~$}-])/(?:root|home|Users|work|farm|opt|tmp|mnt)/[\w.]")
SECRETS = {
    "a private key": re.compile("-----BEGIN [A-Z ]*PRIVATE " + "KEY-----"),
    "a Shopify token or secret": re.compile(r"\bshp(?:at|rt|ss|ca|pa)_[0-9a-fA-F]{32}\b"),
    "a GitHub token": re.compile(r"\b(?:ghp|gho|ghs|github_pat)_\w{30,}"),
    "an AWS key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a signed token": re.compile(r"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{20,}"),
    "a password in an address": re.compile(r"://[\w.%-]+:[\w.%-]+@"),
}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MONEY_WORDS = re.compile(r"amount|price|total|tax", re.IGNORECASE)
FLOAT = re.compile(r"\bfloat\(|:\s*float\b|->\s*float\b")


def repository_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False, text=True
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked archive: no git here, and no .venv tracked either
        paths = [
            path for top in ("src", "tests", "docs", "scripts", "requirements") for path in (ROOT / top).rglob("*")
        ]
    return sorted(path for path in paths if path.is_file() and "__pycache__" not in path.parts)


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data[:8000] else data.decode()


def lines_that(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return table


def pins(name: str) -> dict[str, str]:
    """Package to pinned version; every pin must carry a hash."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    found = re.findall(
        r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; [^\n]*?)? \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE
    )
    assert len(found) == len(re.findall(r"^[^\s#]", text, re.MULTILINE)), "a line of the lock is no pin with a hash"
    return dict(found)


def inputs(name: str) -> list[Requirement]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def wanted() -> dict[str, list[Requirement]]:
    return {
        "run": [Requirement(text) for text in project()["dependencies"]],
        "build": inputs("build"),
        "test": inputs("test"),
        "server": inputs("server"),
        "node": inputs("node"),
    }


def test_no_registry_host() -> None:
    pattern = re.compile("|".join(map(re.escape, REGISTRY_HOSTS)))
    assert lines_that(pattern, repository_files()) == []


def test_no_path_of_a_machine() -> None:
    assert lines_that(MACHINE_PATH, repository_files()) == []


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret(kind: str) -> None:
    assert lines_that(SECRETS[kind], repository_files()) == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert MACHINE_PATH.search("home = /ro" + "ot/.pyenv")
    assert not MACHINE_PATH.search("https://example.com/home/page and docs/work/page and ~/.comptoir")
    assert SECRETS["a Shopify token or secret"].search("shpat" + "_" + "0123456789abcdef" * 2)
    assert SECRETS["a password in an address"].search("https://user:" + "secret@example.com")
    assert FLOAT.search("total = float(text)")


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_file(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.search(r"://|file:| @ |^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_what_is_asked_for(name: str) -> None:
    locked = pins(name)
    for requirement in wanted()[name]:
        assert requirement.name in locked, f"{requirement.name} is not in requirements/{name}.txt: run `make lock`"
        assert requirement.specifier.contains(locked[requirement.name]), f"{requirement}: run `make lock`"


def test_the_locks_agree() -> None:
    together: dict[str, str] = {}
    for name in LOCKS:
        for package, version in pins(name).items():
            assert together.setdefault(package, version) == version


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_has_its_reason(name: str) -> None:
    documented = re.findall(r"^\| `([^`]+)` \| \S", (ROOT / "docs/reference/dependencies.md").read_text(), re.MULTILINE)
    assert {requirement.name for requirement in wanted()[name]} <= set(documented)


def test_every_documented_dependency_is_one() -> None:
    documented = re.findall(r"^\| `([^`]+)` \|", (ROOT / "docs/reference/dependencies.md").read_text(), re.MULTILINE)
    from_npm = json.loads((ROOT / "frontend" / "package.json").read_text())
    packages = {*from_npm["dependencies"], *from_npm["devDependencies"]}
    assert set(documented) == {requirement.name for each in wanted().values() for requirement in each} | packages


def test_packages_of_npm_are_pinned_with_hashes_and_without_hosts() -> None:
    asked = json.loads((ROOT / "frontend" / "package.json").read_text())
    exact = re.compile(r"\d+\.\d+\.\d+")
    assert all(exact.fullmatch(each) for kind in ("dependencies", "devDependencies") for each in asked[kind].values())
    locked = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    packages = {name: entry for name, entry in locked.items() if name and not entry.get("inBundle")}
    assert len(packages) > 10
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "://" not in "".join(entry.get("resolved", "") for entry in locked.values())


def test_no_float_in_the_books() -> None:
    books = sorted((ROOT / "src/comptoir/books").rglob("*.py"))
    assert books
    assert lines_that(FLOAT, books) == []


def test_no_float_near_money() -> None:
    lines = lines_that(FLOAT, sorted((ROOT / "src").rglob("*.py")))
    # Shopify states a tax's rate, which is no money, as a Float: its simulator has to as well.
    said = [line.split(":", 2)[2] for line in lines if not (line.startswith("src/comptoir_sandbox") and "rate" in line)]
    assert [line for line in said if MONEY_WORDS.search(line)] == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def pages() -> list[Path]:
    return [path for path in repository_files() if path.suffix == ".md"]


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    dead = []
    for page in pages():
        for target in LINK.findall(text_of(page)):
            if "://" in target or target.startswith("mailto:"):
                continue
            name, _, anchor = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            if not path.exists() or (anchor and anchor not in anchors(path)):
                dead.append(f"{page.relative_to(ROOT)}: {target}")
    assert dead == []


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(index.read_text())}
    assert {page for page in (ROOT / "docs").rglob("*.md") if page != index} <= reached


def test_every_connector_has_its_page() -> None:
    manifests = sorted((ROOT / "src/comptoir").glob("*/*/manifest.toml"))
    assert manifests
    missing = [
        str(path.parent.name) for path in manifests if not (ROOT / tomllib.loads(path.read_text())["docs"]).is_file()
    ]
    assert missing == []


def test_the_readme_names_the_commands_there_are() -> None:
    table = re.findall(r"^\| (`comptoir .+?) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    named = {re.findall(r"`comptoir ([a-z]+)", row)[0] for row in table}
    command = typer.main.get_command(app)
    assert named == set(getattr(command, "commands", {}))


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## \[(.+?)\]", changelog, re.MULTILINE)
    assert headings[:1] == ["Unreleased"]
    section = changelog.split("## [Unreleased]", 1)[1].split("\n## [", 1)[0]
    assert re.search(r"^### (Added|Changed|Deprecated|Removed|Fixed|Security)$", section, re.MULTILINE)


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 == 0o111
    assert script.read_text().rstrip().endswith("exec make test")


def test_the_licence_is_there_in_full() -> None:
    assert project()["license"] == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text()
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence


def test_the_demonstration_data_is_attributed() -> None:
    for name in ("README.md", "NOTICE"):
        text = (ROOT / name).read_text()
        assert "Online Retail" in text
        assert "CC BY 4.0" in text
