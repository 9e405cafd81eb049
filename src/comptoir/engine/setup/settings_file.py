"""Settings as one readable file (T6): TOML, with every mistake reported at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import tomli_w

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.engine.setup.reading import Reading, reading_of

SECTION_WORDS = {
    "items": "Which item each line is booked to, and how new items are made.",
    "orders": "Which orders become sales, in which form, and for which customer.",
    "payments": 'Where each payment method\'s money is held; "*" stands for every other method.',
    "refunds": "How refunds are recorded.",
    "taxes": "The store's taxes, by name, and the company's tax codes for them.",
    "opening": "What accounts held on the day before start_date and the books do not: booked once, as a journal entry.",
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


def read_settings(text: str) -> Reading:
    """The settings of a file, with everything that is wrong with how they are written."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and numbers of thousands of digits
        return Reading((_no_toml(error),))
    return reading_of(values)


def _no_toml(error: Exception) -> Problem:
    place = PLACE.search(str(error))
    if place is None:
        what = Message("The settings file cannot be read to its end: a text or a list in it may not be closed.")
    else:
        where = {"line": place["line"], "column": place["column"]}
        what = Message("The settings file cannot be read from line {line}, character {column} on.", where)
    remedy = Message("Correct the file at that place; text stands in double quotes, a list in square brackets.")
    return Problem("settings-syntax", what, remedy)


PLACE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
"""Where tomllib says that it came to a stop; what it expected there it says in English alone."""


def read_values(values: Mapping[str, Any]) -> Settings | list[Problem]:
    """The settings that these values are (`plain`), or everything that is wrong with how they are written."""
    reading = reading_of(values)
    return reading.settings or list(reading.problems)


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
