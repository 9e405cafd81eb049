"""PURE: what is said of settings that cannot be read: which key, what was found there, and what is possible."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from comptoir.books.problems import Message, Problem

MOST_DIGITS = 12
"""Before the point and after it, of a number in the settings."""
LONGEST_FOUND = 60
"""Characters of what was found that a message repeats."""
READABLE_BITS = 256
"""Of a number that is told in digits."""


def not_that(kind: Any, value: Any, where: str) -> Problem:
    """A value that is none of this simple type."""
    if issubclass(kind, Enum):
        return _mistake(
            where,
            'The setting "{where}" cannot be {value}.',
            "Choose one of: {choices}.",
            value=_found(value),
            choices=", ".join(f'"{each.value}"' for each in kind),
        )
    return _OF_TYPE[kind](value, where)


def _no_text(value: Any, where: str) -> Problem:
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is not text.',
        "Write the text between double quotes.",
        value=_found(value),
    )


def _no_switch(value: Any, where: str) -> Problem:
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is neither true nor false.',
        "Write true or false, in small letters and without quotes.",
        value=_found(value),
    )


def _no_whole_number(value: Any, where: str) -> Problem:
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is not a whole number of {most} digits or fewer.',
        "Write digits alone, without quotes, for example 5.",
        value=_found(value),
        most=str(MOST_DIGITS),
    )


def _no_number(value: Any, where: str) -> Problem:
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is not a number of {most} digits or fewer.',
        "Write digits alone, without quotes, and a point before decimals, for example 5 or 2.5.",
        value=_found(value),
        most=str(MOST_DIGITS),
    )


def _no_date(value: Any, where: str) -> Problem:
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is not a day of the calendar.',
        "Write year, month and day, for example 2026-01-31.",
        value=_found(value),
    )


_OF_TYPE = {str: _no_text, bool: _no_switch, int: _no_whole_number, Decimal: _no_number, date: _no_date}


def no_list(value: Any, where: str) -> Problem:
    """A single value where there may be several."""
    return _mistake(
        where,
        'The setting "{where}" is {value}, which is not a list.',
        "Write it between square brackets, each entry in double quotes with a comma between two; [] is an empty list.",
        value=_found(value),
    )


def no_table(value: Any, where: str) -> Problem:
    """A single value where names lead to values each."""
    return _mistake(
        where,
        'The setting "{where}" is {value}, which does not say what stands for what.',
        "Write [{where}] on a line of its own, and below it a line for each name: its name, =, and what stands for it.",
        value=_found(value),
    )


def no_section(value: Any, where: str) -> Problem:
    """A single value where there are settings of their own."""
    return _mistake(
        where,
        '"{where}" is {value}, and should hold settings of its own.',
        "Write [{where}] on a line of its own, and its settings below it, one a line.",
        value=_found(value),
    )


def missing(where: str) -> Problem:
    """A key that must be there."""
    return _problem("setting-missing", where, 'The setting "{where}" is missing.', 'Add "{where}" to the file.')


def unknown(where: str, meant: str) -> Problem:
    """A key that no setting has; `meant` is the one that comes close, or ""."""
    return _problem(
        "setting-unknown",
        where,
        'There is no setting "{where}".',
        'Did you mean "{close}"?' if meant else 'Take "{where}" out; `comptoir settings export` shows every setting.',
        close=meant,
    )


def _mistake(where: str, what: str, remedy: str, **values: str) -> Problem:
    return _problem("setting-value", where, what, remedy, **values)


def _problem(code: str, where: str, what: str, remedy: str, **values: str) -> Problem:
    values = {"where": where, **values}
    return Problem(code, Message(what, values), Message(remedy, values), where=where, field=where, cause=where)


def _found(value: Any) -> str:
    """What was found, as it is written: texts in quotes, so that "7" and 7 are told apart."""
    text = _written(value)
    return text if len(text) <= LONGEST_FOUND else f"{text[:LONGEST_FOUND]}…"


def _written(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > READABLE_BITS:
        return f"{value:#x}"
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_found(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_found, value)) + "]"
    return "null" if value is None else str(value)
