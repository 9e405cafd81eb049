"""A rule of the books: what it asks, and how it is told. Deciding walks lists of rules; explaining tells that walk.

What a rule objects is told with it, always: an explanation cannot say otherwise than what was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Generic, TypeVar

from comptoir.books.problems import Message, Problem, Skipped, distinct

Objection = Problem | Skipped
Subject = TypeVar("Subject")
"""What a rule is asked of."""
Objecting = TypeVar("Objecting", bound=Problem | Skipped)
"""What a rule can answer: problems that hold, or that something is left out."""


class RuleName(StrEnum):
    """What the rules are about, in the order in which they are told."""

    SENT_ALREADY = "Sent already?"
    TEST_ORDER = "Test order?"
    CANCELLED = "Cancelled before it was posted?"
    START_DATE = "Start date"
    EMPTY = "Empty?"
    STATUS = "Status"
    DATED = "Dated"
    NUMBER = "Number"
    PERIOD = "Period"
    CURRENCY = "Currency"
    CUSTOMER = "Customer"
    ITEM = "Item"
    TAX = "Tax"
    TOTAL = "Total"
    FORM = "Form"
    PAID = "Paid"
    PAYMENT = "Payment"
    EDIT = "Edit"
    CANCELLATION = "Cancellation"
    REFUND = "Refund"
    CHOICE = "Your choice"


@dataclass(frozen=True, slots=True)
class Step:
    """A rule as it is told: what it is about, what it looked at, and what it said: nothing where it has no objection.

    `stops`: it holds or leaves something out.
    """

    rule: RuleName
    saw: Message
    said: tuple[Message, ...] = ()
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a rule looked at, what it found, and which of the rule's objections are to just this."""

    saw: Message
    found: tuple[Message, ...] = ()
    objections: tuple[Objection, ...] = ()

    def step(self, rule: RuleName) -> Step:
        """The step that says so: what was found only where nothing is objected to."""
        said = tuple(_words(each) for each in distinct(self.objections))
        return Step(rule, self.saw, said or self.found, stops=bool(said))


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject, Objecting]):
    """`ask` answers what stands in the way, and notes on its subject what the rules after it need.

    `tell` says afterwards what it looked at, at least one thing; it decides nothing. `is_quiet`: a rule that is worth a
    word only where it objects.
    """

    name: RuleName
    ask: Callable[[Subject], Sequence[Objecting]]
    tell: Callable[[Subject], Iterable[Told]]
    is_quiet: bool = False

    def steps(self, subject: Subject, objections: Sequence[Objecting]) -> Iterator[Step]:
        """The rule as it was asked and answered; what no part of it claims is told with the last."""
        if self.is_quiet and not objections:
            return
        *others, last = self.tell(subject)
        claimed = [objection for each in (*others, last) for objection in each.objections]
        rest = tuple(each for each in objections if each not in claimed)
        for each in others:
            yield each.step(self.name)
        yield Told(last.saw, last.found, (*last.objections, *rest)).step(self.name)


class Walk:
    """The rules that one decision asked, in their order, to be told afterwards."""

    def __init__(self) -> None:
        self.objections: list[Objection] = []
        self._told: list[Callable[[], Iterator[Step]]] = []

    def ask(self, rule: Rule[Subject, Objecting], subject: Subject) -> Sequence[Objecting]:
        """What `rule` objects to `subject`."""
        objections = rule.ask(subject)
        self.objections += objections
        self._told.append(partial(rule.steps, subject, objections))
        return objections

    def steps(self) -> Iterator[Step]:
        """The rules as they are told."""
        return (step for told in self._told for step in told())


def _words(objection: Objection) -> Message:
    return objection.what if isinstance(objection, Problem) else objection.why
