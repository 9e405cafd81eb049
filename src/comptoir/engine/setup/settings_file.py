"""Settings as one readable file (T6): TOML, with every mistake reported at once."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import tomli_w
from pydantic import ValidationError

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import (
    DueSettings,
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    RefundSettings,
    ReportSettings,
    Settings,
    TaxSettings,
)
from comptoir.storage.codec import adapter

SECTION_WORDS = {
    "items": "Which item each line is booked to, and how new items are made.",
    "orders": "Which orders become sales, in which form, and for which customer.",
    "payments": 'Where each payment method\'s money is held; "*" stands for every other method.',
    "refunds": "How refunds are recorded.",
    "taxes": "The store's taxes, by name, and the company's tax codes for them.",
    "report": 'The report by e-mail: "never", after "each_run", "daily", or on "problems" only.',
}
HEADING = """\
# Settings of one store connection. Accounts, items, tax codes and payment methods are named as your company names them
# (an account with its parents: "Sales:Shipping"). Check with: comptoir settings check FILE
"""


def write_settings(settings: Settings) -> str:
    """The file's text: the general settings first, then a section each, every choice written out."""
    values = plain(settings)
    sections = {name: values.pop(name) for name in SECTION_WORDS}
    parts = [HEADING, tomli_w.dumps(values)]
    for name, words in SECTION_WORDS.items():
        parts.append(f"# {words}\n{tomli_w.dumps({name: sections[name]})}")
    return "\n".join(parts)


def read_settings(text: str) -> Settings | list[Problem]:
    """The settings, or everything that is wrong with the file."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        return [
            _problem(
                "settings-syntax",
                "",
                "The settings file cannot be read: {detail}.",
                "Correct the file at that place; text stands in double quotes, a list in square brackets.",
                detail=str(error),
            )
        ]
    return read_values(values)


def read_values(values: Mapping[str, Any]) -> Settings | list[Problem]:
    """The settings that these values are (`plain`), or everything that is wrong with them."""
    try:
        settings: Settings = adapter(Settings).validate_python(values)
    except ValidationError as error:
        return [_mistake(dict(each)) for each in error.errors(include_url=False)]
    return settings


def plain(value: Any) -> Any:
    """What TOML can hold: enumerations as their text, whole decimals as integers."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _problem(code: str, where: str, what: str, remedy: str, **values: str) -> Problem:
    values = {"where": where, **values}
    return Problem(code, Message(what, values), Message(remedy, values), where=where, field=where, cause=where)


def _mistake(error: Mapping[str, Any]) -> Problem:
    path = [str(part) for part in error["loc"]]
    where = ".".join(path)
    match error["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return _unknown(where, path)
        case "missing" | "missing_argument":
            return _problem("setting-missing", where, 'The setting "{where}" is missing.', 'Add "{where}" to the file.')
        case "enum":
            return _problem(
                "setting-value",
                where,
                'The setting "{where}" cannot be "{value}".',
                "Choose one of: {choices}.",
                value=str(error["input"]),
                choices=str(error["ctx"]["expected"]),
            )
        case _:
            return _problem(
                "setting-value",
                where,
                'The setting "{where}" cannot be "{value}": {detail}.',
                'Correct the value of "{where}".',
                value=str(error["input"]),
                detail=str(error["msg"])[:1].lower() + str(error["msg"])[1:],
            )


def _unknown(where: str, path: list[str]) -> Problem:
    close = difflib.get_close_matches(path[-1], known_names(path[:-1]), n=1)
    return _problem(
        "setting-unknown",
        where,
        'There is no setting "{where}".',
        'Did you mean "{close}"?' if close else 'Take "{where}" out; `comptoir settings export` shows every setting.',
        close=".".join([*path[:-1], *close]),
    )


SECTIONS = {
    "items": ItemSettings,
    "orders": OrderSettings,
    "payments": PaymentSettings,
    "refunds": RefundSettings,
    "taxes": TaxSettings,
    "report": ReportSettings,
}


def known_names(path: list[str]) -> list[str]:
    """The settings there are under `path`; none where the user makes the names (payment methods, taxes)."""
    if not path:
        return [each.name for each in fields(Settings)]
    if path[:2] == ["payments", "methods"]:
        return [each.name for each in fields(MethodSettings)]
    if path == ["orders", "due"]:
        return [each.name for each in fields(DueSettings)]
    section = SECTIONS.get(path[0]) if len(path) == 1 else None
    return [each.name for each in fields(section)] if section else []
