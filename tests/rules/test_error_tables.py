"""Every row of every connector's error table is met by a test of that connector: a new row without one fails here."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from comptoir.engine.errors import HouseError

ROOT = Path(__file__).parents[2]
CONNECTORS = sorted(
    path.parent.relative_to(ROOT / "src" / "comptoir") for path in (ROOT / "src" / "comptoir").glob("*/*/errors.py")
)
WORD = re.compile(r"-?\w+")


def rows(table: object) -> list[tuple[object, object]]:
    """What a table holds, by code or, where a code means something of its own with a certain text, by that pattern."""
    if isinstance(table, Mapping):
        found = list(table.items())
    elif isinstance(table, tuple):
        found = [(each[1], each[2]) for each in table if isinstance(each, tuple) and isinstance(each[1], re.Pattern)]
    else:
        found = []
    is_table = bool(found) and all(issubclass(getattr(row, "error", object), HouseError) for _, row in found)
    return found if is_table else []


def tables(module: ModuleType) -> Iterator[tuple[str, list[tuple[object, object]]]]:
    for name, value in vars(module).items():
        if found := rows(value):
            yield name, found


def test_every_connector_has_a_table_of_errors() -> None:
    slugs = {path.parent for path in (ROOT / "src" / "comptoir").glob("*/*/manifest.toml")}
    assert {ROOT / "src" / "comptoir" / connector for connector in CONNECTORS} == slugs


@pytest.mark.parametrize("connector", CONNECTORS, ids=str)
def test_every_row_is_met_by_a_test(connector: Path) -> None:
    module = importlib.import_module(".".join(("comptoir", *connector.parts, "errors")))
    found = dict(tables(module))
    assert found, f"{module.__name__} has no table"
    text = "\n".join(path.read_text() for path in sorted((ROOT / "tests" / connector).glob("test_*.py")))
    words = set(WORD.findall(text))
    missing = [
        f"{name}: {key.pattern if isinstance(key, re.Pattern) else key}"
        for name, table in found.items()
        for key, _ in table
        if not (key.search(text) if isinstance(key, re.Pattern) else str(key) in words)
    ]
    assert missing == []


def test_a_row_that_no_test_names_would_be_found() -> None:
    assert rows({"1": HouseError}) == []
    row = type("Row", (), {"error": HouseError})()
    assert rows({"1": row}) == [("1", row)]
    assert rows((("1", re.compile("a"), row),)) == [(re.compile("a"), row)]
    assert rows("text") == []
