"""The reference of logs and metrics names every event, every field that is written, and every metric."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from comptoir.storage.database import Database
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.telemetry.events import Kind
from comptoir.telemetry.metrics import Metrics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/logs-and-metrics.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)`", PAGE))


def emitted() -> set[str]:
    """The name of every value that is told anywhere in the product."""
    found: set[str] = set()
    for path in (ROOT / "src/comptoir").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node) in {"emit", "about", "_told"}:
                found |= {each.arg for each in node.keywords if each.arg}
    return found


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_every_event_is_named() -> None:
    rows = set(re.findall(r"^\| `([a-z_]+)` \| (?:debug|info|warning|error|its own)", PAGE, re.MULTILINE))
    assert rows == {each.value for each in Kind} | {"message"}


def test_every_value_that_is_told_is_named() -> None:
    assert len(emitted()) > 20
    assert emitted() - NAMED == set()


def test_every_metric_is_named(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    upgrade(database)
    metrics = Metrics(database, lambda: 0)
    lines = metrics.text().decode().splitlines()
    metrics.close()
    database.close()
    there = {line.split()[2] for line in lines if line.startswith("# TYPE") and "_created" not in line}
    assert len(there) > 15
    assert there == set(re.findall(r"comptoir_[a-z_]+", PAGE))
