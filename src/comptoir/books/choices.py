"""What the user decides of one order: to hold it back, or to leave it out for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from comptoir.books.company import fold
from comptoir.books.documents import Kind
from comptoir.books.problems import Message, Problem, Skipped

HELD_BY_HAND = "held-by-hand"
"""The problem of what the user holds back."""
LEFT_OUT_BY_HAND = "left-out-by-hand"
"""The rule of what the user leaves out."""


class ChoiceKind(StrEnum):
    """What the user can decide."""

    HOLD = "hold"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision of the user's, which every later decision of the rules respects. `reason` may be empty."""

    kind: ChoiceKind
    reason: str
    made_at: datetime


def concerns(kind: Kind, *, is_posted: bool) -> bool:
    """Whether a choice says something of postings of this kind; `is_posted`: the order's sale has left the house.

    Customers and items belong to no order alone; payments are nothing without their sale.
    """
    if kind in {Kind.CUSTOMER, Kind.ITEM}:
        return False
    return is_posted or kind in {Kind.SALE, Kind.REFUND, Kind.JOURNAL}


def held_by_hand(number: str, choice: Choice, day: date) -> Problem:
    """The problem of an order held back on `day`, in the account's own time."""
    values = {"number": number, "day": day.isoformat(), "reason": choice.reason}
    what = "Order {number} is held by hand since {day}: {reason}" if choice.reason else _HELD
    return Problem(
        code=HELD_BY_HAND,
        what=Message(what, values),
        remedy=Message("Let it go on with: comptoir retry {number}", values),
        where=number,
        cause=f"{HELD_BY_HAND}:{fold(choice.reason)}" if choice.reason else HELD_BY_HAND,
    )


def is_by_hand(cause: str) -> bool:
    """Whether the cause that holds an order is the user's own word."""
    return cause.partition(":")[0] == HELD_BY_HAND


def left_out_by_hand(number: str, choice: Choice, day: date) -> Skipped:
    """The rule that leaves an order out since `day`, in the account's own time."""
    values = {"number": number, "day": day.isoformat(), "reason": choice.reason}
    why = "Order {number} was left out by hand on {day}: {reason}" if choice.reason else _LEFT_OUT
    return Skipped(LEFT_OUT_BY_HAND, Message(why, values))


_HELD = "Order {number} is held by hand since {day}."
_LEFT_OUT = "Order {number} was left out by hand on {day}."
