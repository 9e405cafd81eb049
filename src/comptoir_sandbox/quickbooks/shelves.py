"""One inventory item's movements in the order of their dates, with what lay there on the way (§17).

A document entered late must cost what it would have cost in time, so what follows it is replayed. Marks of the layers
along the way keep that from starting at the beginning each time; they grow sparser towards the past.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.layers import Layers
from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Key = tuple[str, str, int]
"""Kind and id of the document, and which of its movements."""
Place = tuple[str, int, Key]
"""Date, order of entry, key: where a movement stands."""
MARK_EVERY = 64
MOST_MARKS = 24


@dataclass(frozen=True, slots=True)
class Movement:
    """A quantity in (positive) or out of stock."""

    date: str
    order: int
    quantity: Decimal
    value: Decimal | None
    """What an arrival cost, home currency; None for the current cost."""
    account: str | None
    """The other side; None where the document itself has posted the value."""


@dataclass(slots=True)
class Shelf:
    """The movements of one item. `step` (in `replay`) posts one of them and alters the layers."""

    first_unit: Decimal
    """What one costs before anything has arrived."""
    movements: dict[Key, Movement] = field(default_factory=dict)
    quantity: Decimal = ZERO
    """On hand, whatever the dates."""
    _places: list[Place] = field(default_factory=list)
    _marks: list[tuple[int, Layers]] = field(default_factory=list)
    """How many movements, and the layers after them."""
    _last: tuple[int, Layers] | None = None
    """The same for the newest state, which is not copied but goes on."""

    def exchange(self, former: Mapping[Key, Movement], present: Mapping[Key, Movement]) -> int:
        """Put movements in the place of others; the number of movements before the first one concerned."""
        first = len(self._places)
        for key, movement in former.items():
            place = (movement.date, movement.order, key)
            position = bisect_left(self._places, place)
            first = min(first, position)
            del self._places[position], self.movements[key]
            self.quantity -= movement.quantity
        for key, movement in present.items():
            place = (movement.date, movement.order, key)
            first = min(first, bisect_left(self._places, place))
            insort(self._places, place)
            self.movements[key] = movement
            self.quantity += movement.quantity
        self._marks = [mark for mark in self._marks if mark[0] <= first]
        if self._last is not None and self._last[0] > first:
            self._last = None
        return first

    def replay(self, first: int, step: Callable[[Layers, Key, Movement], None] | None) -> Layers:
        """Go through the movements; `step` is called for those from `first` on."""
        start, layers = self._state(first)
        # What goes on in place is not the state after `start` any more, whatever happens on the way.
        self._last = None
        for position in range(start, len(self._places)):
            key = self._places[position][2]
            if step is not None and position >= first:
                step(layers, key, self.movements[key])
            else:
                move(layers, self.movements[key])
            if (position + 1) % MARK_EVERY == 0:
                self._mark(position + 1, layers)
        self._last = (len(self._places), layers)
        return layers

    def _state(self, first: int) -> tuple[int, Layers]:
        if self._last is not None and self._last[0] <= first:
            return self._last
        if self._marks:
            number, layers = self._marks[-1]
            return number, layers.copy()
        return 0, Layers(self.first_unit)

    def _mark(self, number: int, layers: Layers) -> None:
        if self._marks and self._marks[-1][0] >= number:
            return
        self._marks.append((number, layers.copy()))
        if len(self._marks) > MOST_MARKS:
            older, newer = self._marks[: MOST_MARKS // 2], self._marks[MOST_MARKS // 2 :]
            self._marks = [*older[::2], *newer]

    def earliest(self, *, besides: str) -> str | None:
        """The date of the first movement that is not of the kind `besides`."""
        return next((date for date, _, key in self._places if key[0] != besides), None)


def move(layers: Layers, movement: Movement) -> tuple[Decimal, Decimal]:
    """Carry out one movement: its value (a cost, or what arrived) and the correction of what was sold before."""
    if movement.quantity < 0:
        return layers.take(-movement.quantity), ZERO
    value = movement.value
    if value is None:
        value = rounded(movement.quantity * layers.unit)
    return value, layers.put(movement.quantity, value)
