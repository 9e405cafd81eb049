"""A request commits whole or not at all: each change of a table remembers how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Key = TypeVar("Key")
Value = TypeVar("Value")
_ABSENT: Any = object()


class Undo:
    """The changes of the request under way. Not thread-safe: the company's lock is held meanwhile."""

    def __init__(self) -> None:
        self._steps: list[tuple[dict[Any, Any] | None, Any, Any]] = []

    def assign(self, table: dict[Key, Value], key: Key, value: Value) -> None:
        """`table[key] = value`, remembered."""
        self._steps.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def remove(self, table: dict[Key, Value], key: Key) -> None:
        """`del table[key]` if it is there, remembered."""
        if key in table:
            self._steps.append((table, key, table.pop(key)))

    def defer(self, take_back: Callable[[], object]) -> None:
        """Remember a change of something that is no table by the function that takes it back."""
        self._steps.append((None, take_back, None))

    def commit(self) -> None:
        """Keep everything done so far."""
        self._steps.clear()

    def roll_back(self) -> None:
        """Take back everything since the last commit, newest first."""
        while self._steps:
            table, key, former = self._steps.pop()
            if table is None:
                key()
            elif former is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = former
