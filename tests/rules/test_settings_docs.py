"""Every setting is in docs/reference/settings.md, with its default and every word it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from comptoir.books.settings import MethodSettings, Settings

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
ROW = re.compile(r"^\| `([\w.]+)` \| (\S.*?) \| (\S.*?) \| (.*?) ?\|$", re.MULTILINE)


def rows() -> dict[str, tuple[str, str]]:
    """Setting -> its values and its default, as documented."""
    return {name: (values, default) for name, _meaning, values, default in ROW.findall(PAGE.read_text("utf-8"))}


def settings_of(section: type[Any], prefix: str = "") -> Iterator[tuple[str, Field[Any], Any]]:
    """Every setting with its dotted name, its field and its type."""
    types = get_type_hints(section)
    for each in fields(section):
        name = prefix + each.name
        if is_dataclass(types[each.name]):
            yield from settings_of(types[each.name], f"{name}.")
            continue
        yield name, each, types[each.name]
        if MethodSettings in get_args(types[each.name]):
            yield from settings_of(MethodSettings, f"{name}.NAME.")


SETTINGS = {name: (each, kind) for name, each, kind in settings_of(Settings)}


def as_written(each: Field[Any]) -> str:
    """A default as the page shows it: TOML in backquotes, empty for none."""
    if each.default_factory is not MISSING:
        return "none"
    if each.default is MISSING:
        return ""
    value = each.default
    if isinstance(value, tuple):
        return "`[" + ", ".join(json.dumps(part.value if isinstance(part, Enum) else part) for part in value) + "]`"
    if isinstance(value, Enum):
        value = value.value
    return f"`{json.dumps(value) if isinstance(value, str | bool) else value}`"


def test_the_page_has_every_setting_and_no_other() -> None:
    assert sorted(rows()) == sorted(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_default_is_documented(name: str) -> None:
    assert rows()[name][1] == as_written(SETTINGS[name][0])


@pytest.mark.parametrize("name", SETTINGS)
def test_every_choice_is_documented(name: str) -> None:
    kind = SETTINGS[name][1]
    choices = [one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, Enum)]
    said = set(re.findall(r'`"(\w+)"`', rows()[name][0]))
    for one in choices:
        assert said == {choice.value for choice in one}
