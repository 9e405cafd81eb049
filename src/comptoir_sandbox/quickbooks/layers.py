"""First in, first out: what lies there, what it cost, and what was sold before it came (§17). Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from comptoir_sandbox.quickbooks.values import ZERO, rounded


@dataclass(slots=True)
class Layers:
    """Quantity and value of what lies there, and of what was sold before it came."""

    unit: Decimal
    """The last known cost of one."""
    held: deque[tuple[Decimal, Decimal]] = field(default_factory=deque)
    owed: deque[tuple[Decimal, Decimal]] = field(default_factory=deque)

    @property
    def value(self) -> Decimal:
        """Σ layers less what is owed to them."""
        return sum((each for _, each in self.held), ZERO) - sum((each for _, each in self.owed), ZERO)

    def copy(self) -> Self:
        """The same layers, to go on from."""
        return type(self)(self.unit, self.held.copy(), self.owed.copy())

    def take(self, quantity: Decimal) -> Decimal:
        """Cost of that many leaving."""
        cost = ZERO
        while quantity and self.held:
            layer, value = self.held.popleft()
            if layer > quantity:
                part = rounded(value * quantity / layer)
                self.held.appendleft((layer - quantity, value - part))
                return cost + part
            quantity -= layer
            cost += value
        if quantity:
            provisional = rounded(quantity * self.unit)
            self.owed.append((quantity, provisional))
            cost += provisional
        return cost

    def put(self, quantity: Decimal, value: Decimal) -> Decimal:
        """That many arriving at that value; the correction of what was sold before at a guess."""
        self.unit = value / quantity
        correction = ZERO
        while quantity and self.owed:
            missing, guess = self.owed.popleft()
            filled = min(missing, quantity)
            part = rounded(value * filled / quantity)
            charged = guess if filled == missing else rounded(guess * filled / missing)
            if filled < missing:
                self.owed.appendleft((missing - filled, guess - charged))
            correction += part - charged
            quantity, value = quantity - filled, value - part
        if quantity:
            self.held.append((quantity, value))
        else:
            correction += value
        return correction
