"""The proof of a store connection, as values: the figures, what differs, and what stands apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.engine.proving.figures import DayByDay
from comptoir.engine.proving.order import Difference


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A sale, payment or refund that is held, with everything that holds it."""

    kind: Kind
    number: str
    dated: date | None
    amount: Money | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A sale or refund that a rule leaves out."""

    kind: Kind
    number: str
    dated: date | None
    amount: Money | None
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A posting that is in the books, or on its way there, and what its reader should know of it."""

    kind: Kind
    number: str
    dated: date | None
    notes: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that the user keeps as the books have it; `less` is how much less than the store's figure that is."""

    kind: Kind
    number: str
    dated: date | None
    less: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof(DayByDay):
    """The report of a run: the figures in the company's currency, and in each other one, and what differs.

    What is held or left out stands apart from the figures.
    """

    differences: tuple[Difference, ...]
    held: tuple[HeldRow, ...]
    skipped: tuple[SkippedRow, ...]
    unsettled: int
    """Postings that are planned, waiting or without an answer."""
    posted: Mapping[Kind, int]
    foreign: tuple[DayByDay, ...] = ()
    """The other currencies, by their codes."""
    warnings: tuple[Warned, ...] = ()
    kept: tuple[Kept, ...] = ()
    """Documents of which the user accepts another amount; the store's figures are told without the difference."""

    @property
    def currencies(self) -> tuple[DayByDay, ...]:
        """The figures of every currency that has some, the company's own first; its own alone where there are none."""
        return (self, *self.foreign) if self.days or not self.foreign else self.foreign

    @property
    def agrees(self) -> bool:
        """Whether the store, the journal and the books say the same, row by row and in every currency."""
        return not self.differences and self.net.agrees and all(each.net.agrees for each in self.foreign)
