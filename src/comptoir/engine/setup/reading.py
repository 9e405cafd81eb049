"""PURE: settings read key by key: what can be read is, and every mistake is told, whatever else there is.

A key that cannot be read does not keep the others from being checked: something stands in for it, one thing after
another, and what is wrong whichever it is, is wrong whatever was meant.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from comptoir.books.problems import Problem
from comptoir.books.settings import Settings
from comptoir.engine.setup.misread import MOST_DIGITS, missing, no_list, no_section, no_table, not_that, unknown

TURNS = 5
"""So many things stand in for a key, one after another: as many as any single choice has."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read. `may_be`: what the settings may be, one alone where all could be read, none where nothing could.

    `unread`: the keys that could not be read, with everything under them.
    """

    problems: tuple[Problem, ...]
    may_be: tuple[Settings, ...] = ()
    unread: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> Reading:
        """Settings that were read before."""
        return cls((), (settings,))

    @property
    def settings(self) -> Settings | None:
        """The settings, where nothing is wrong with how they are written."""
        return None if self.problems else self.may_be[0]

    def mistakes(self, check: Callable[[Settings], Sequence[Problem]]) -> list[Problem]:
        """What is wrong with how they are written, and whatever `check` finds in what could be read."""
        found = [check(each) for each in self.may_be]
        sure = [each for each in (found[0] if found else ()) if all(each in other for other in found)]
        return [*self.problems, *(each for each in sure if not self._is_unread(each.where))]

    def _is_unread(self, where: str) -> bool:
        return any(where == each or where.startswith(f"{each}.") for each in self.unread)


def reading_of(values: Mapping[str, Any]) -> Reading:
    """The settings that these values are."""
    readers = [_Reader(turn) for turn in range(TURNS)]
    made = [reader.read(Settings, values, ()) for reader in readers]
    unread = readers[0].unread
    return Reading(tuple(readers[0].problems), tuple(made if unread else made[:1]), frozenset(unread))


@dataclass(slots=True)
class _Reader:
    """Reads values as their types ask; `turn` says what stands in for those that cannot be read."""

    turn: int
    problems: list[Problem] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def read(self, kind: Any, value: Any, path: Path) -> Any:
        """The value as this type."""
        if is_dataclass(kind):
            return self._record(kind, value, path)
        if get_origin(kind) is tuple:
            return self._list(get_args(kind)[0], value, path)
        if get_origin(kind) is dict:
            return self._table(get_args(kind)[1], value, path)
        found = _SIMPLE[Enum if issubclass(kind, Enum) else kind](kind, value)
        if found is None:
            self._wrong(not_that(kind, value, ".".join(path)), path)
            return self._stand_in(kind)
        return found

    def _record(self, kind: Any, value: Any, path: Path) -> Any:
        if not isinstance(value, Mapping):
            self._wrong(no_section(value, ".".join(path)), path)
            return self._stand_in(kind)
        known = {each.name: each for each in fields(kind)}
        self._strangers([name for name in value if name not in known], known, value, path)
        hints, made = _types(kind), {}
        for name, each in known.items():
            where = (*path, name)
            if name in value:
                made[name] = self.read(hints[name], value[name], where)
            elif _is_needed(each):
                self._wrong(missing(".".join(where)), where)
                made[name] = self._stand_in(hints[name])
            elif ".".join(where) in self.unread:
                made[name] = self._stand_in(hints[name])
        return kind(**made)

    def _strangers(self, names: Sequence[Any], known: Mapping[str, Any], value: Mapping[str, Any], path: Path) -> None:
        """Keys that no setting has; the one that was likely meant is then not known."""
        for name in names:
            close = difflib.get_close_matches(str(name), known, n=1)
            meant = ".".join((*path, *close)) if close else ""
            self.problems.append(unknown(".".join((*path, str(name))), meant))
            if close and close[0] not in value:
                self.unread.add(meant)

    def _list(self, kind: Any, value: Any, path: Path) -> tuple[Any, ...]:
        if isinstance(value, str) or not isinstance(value, Sequence):
            self._wrong(no_list(value, ".".join(path)), path)
            return ()
        return tuple(self.read(kind, each, path) for each in value)

    def _table(self, kind: Any, value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            self._wrong(no_table(value, ".".join(path)), path)
            return {}
        return {str(name): self.read(kind, each, (*path, str(name))) for name, each in value.items()}

    def _wrong(self, problem: Problem, path: Path) -> None:
        self.problems.append(problem)
        self.unread.add(".".join(path))

    def _stand_in(self, kind: Any) -> Any:
        """Something of this type, another at each turn as far as there are several."""
        if is_dataclass(kind):
            make = cast("Callable[..., Any]", kind)
            hints = _types(make)
            return make(**{each.name: self._stand_in(hints[each.name]) for each in fields(kind)})
        if get_origin(kind) in {tuple, dict}:
            return get_origin(kind)()
        if issubclass(kind, Enum):
            return list(kind)[self.turn % len(kind)]
        return {
            bool: self.turn % 2 == 0,
            int: self.turn,
            Decimal: Decimal(self.turn),
            date: date(2020, 1, 1) + timedelta(days=self.turn),
            str: f"?{self.turn}",
        }[kind]


@cache
def _types(kind: Any) -> dict[str, Any]:
    """What each of its fields takes."""
    return get_type_hints(kind)


def _is_needed(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


# The simple types: the value, or None for what is none of that type


def _choice(kind: Any, value: Any) -> Any:
    return next((each for each in kind if isinstance(value, str) and value == each.value), None)


def _text(_kind: Any, value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _switch(_kind: Any, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(_kind: Any, value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and abs(value) < 10**MOST_DIGITS else None


def _number(_kind: Any, value: Any) -> Decimal | None:
    """Digits in quotes too: so the API gives decimals out, which lose nothing in that way."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    exponent = found.as_tuple().exponent
    if not isinstance(exponent, int) or found.adjusted() >= MOST_DIGITS or exponent < -MOST_DIGITS:
        return None
    return found


def _date(_kind: Any, value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str) or DAY.fullmatch(value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


_SIMPLE: Mapping[Any, Callable[[Any, Any], Any]] = {
    Enum: _choice,
    str: _text,
    bool: _switch,
    int: _whole,
    Decimal: _number,
    date: _date,
}
