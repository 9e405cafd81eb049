"""JSON into the dataclasses of a cart: every mistake is found, with its place."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING: Any = None
"""Stands for a value that could not be read; its mistake is noted."""


class Decoder:
    """Reads values and collects mistakes ("orders[0].lines[1].quantity: 'two' is no whole number")."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def note(self, place: str, message: str) -> Any:
        """Note a mistake; return `NOTHING`."""
        self.mistakes.append(f"{place}: {message}")
        return NOTHING

    def read(self, kind: Any, value: Any, place: str) -> Any:
        """Return `value` as `kind`: dataclass, tuple[X, ...], X | None, Literal, Decimal, datetime, int, bool, str."""
        origin = get_origin(kind)
        if origin in {types.UnionType, Union}:
            inner = next(each for each in get_args(kind) if each is not types.NoneType)
            return None if value is None else self.read(inner, value, place)
        if origin is tuple:
            return self._list(get_args(kind)[0], value, place)
        if origin is Literal:
            allowed = get_args(kind)
            return value if value in allowed else self.note(place, f"{value!r} is none of {', '.join(allowed)}")
        if is_dataclass(kind):
            return self.object(kind, value, place)
        return self._leaf(kind, value, place)

    def object(self, kind: Any, value: Any, place: str) -> Any:
        """Return `value` as the dataclass `kind`; unknown and missing members are mistakes."""
        if not isinstance(value, dict):
            return self.note(place, f"{value!r} is no object")
        before, known = len(self.mistakes), hints(kind)
        for name in sorted(set(value) - set(known)):
            self.note(place, f"unknown member {name!r}; known: {', '.join(known)}")
        for name in required(kind):
            if name not in value:
                self.note(place, f"{name} is missing")
        read = {name: self.read(known[name], each, f"{place}.{name}") for name, each in value.items() if name in known}
        return NOTHING if len(self.mistakes) > before else kind(**read)

    def _list(self, kind: Any, value: Any, place: str) -> Any:
        if not isinstance(value, list | tuple):
            return self.note(place, f"{value!r} is no list")
        return tuple(self.read(kind, each, f"{place}[{at}]") for at, each in enumerate(value))

    def _leaf(self, kind: Any, value: Any, place: str) -> Any:
        if kind in {str, bool}:
            return value if isinstance(value, kind) else self.note(place, f"{value!r} is no {NAMES[kind]}")
        try:
            return READERS[kind](value)
        except (ValueError, TypeError, InvalidOperation):
            return self.note(place, f"{value!r} is no {NAMES[kind]}")


def _amount(value: Any) -> Decimal:
    # A float has already lost what was written; whole numbers are exact.
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise TypeError(value)
    amount = Decimal(value)
    if not amount.is_finite():
        raise ValueError(value)
    return amount


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(value)
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment.astimezone(UTC)


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise TypeError(value)
    return float(value)


READERS: dict[Any, Callable[[Any], Any]] = {Decimal: _amount, int: _whole, datetime: _moment, float: _seconds}
NAMES = {
    float: "number of seconds",
    Decimal: "amount (a decimal number in quotes)",
    int: "whole number",
    datetime: "time with an offset (2026-11-22T12:00:00Z)",
    str: "text",
    bool: "true or false",
}


@cache
def hints(kind: Any) -> dict[str, Any]:
    """Return the member types of a dataclass, in the order they are declared."""
    found = get_type_hints(kind)
    return {field.name: found[field.name] for field in fields(kind)}


@cache
def required(kind: Any) -> tuple[str, ...]:
    """Return the members of a dataclass that have no default."""
    return tuple(field.name for field in fields(kind) if field.default is MISSING and field.default_factory is MISSING)
