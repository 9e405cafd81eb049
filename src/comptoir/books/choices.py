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
class Deed:
    """What else the user did that leaves an order out.

    `what` is "deleted" where they accepted that it was deleted in the books; else what they took out of the books: an
    "order", a "run", a "day", or everything of one of `TAKEN`, called `name`.
    """

    what: str
    name: str = ""

    @property
    def told(self) -> Message:
        """It alone, after whose order it is was said."""
        return Message(_DEEDS.get(self.what, _DEED_OF_NAMED), self._values)

    def left_out(self, number: str, day: date) -> Message:
        """That it leaves the order out since `day`."""
        return Message(
            _LEFT_OUT_BY.get(self.what, _LEFT_OUT_BY_NAMED), {"number": number, "day": day.isoformat(), **self._values}
        )

    @property
    def _values(self) -> dict[str, str]:
        match self.what:
            case "day":
                return {"dated": self.name}
            case "run":
                return {"name": self.name}
            case known if known in TAKEN:
                return {"taken": TAKEN[known], "name": self.name}
            case _:
                return {}


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision of the user's, which every later decision of the rules respects.

    `reason`: in their own words, which may be none; `deed`: instead of these, what they did that says it.
    """

    kind: ChoiceKind
    reason: str
    made_at: datetime
    deed: Deed | None = None

    @property
    def why(self) -> Message | None:
        """Its reason, to be read alone; None for none."""
        if self.deed is not None:
            return self.deed.told
        return Message.verbatim(self.reason) if self.reason else None


def concerns(kind: Kind, *, is_posted: bool) -> bool:
    """Whether a choice says something of postings of this kind; `is_posted`: the order's sale has left the house.

    Customers and items belong to no order alone; payments are nothing without their sale.
    """
    if kind in {Kind.CUSTOMER, Kind.ITEM}:
        return False
    return is_posted or kind in {Kind.SALE, Kind.REFUND, Kind.JOURNAL}


def by_hand(number: str, choice: Choice, day: date) -> Problem | Skipped:
    """What a choice says of an order since `day`, in the account's own time."""
    says = left_out_by_hand if choice.kind is ChoiceKind.SKIP else held_by_hand
    return says(number, choice, day)


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
    if choice.deed is not None:
        return Skipped(LEFT_OUT_BY_HAND, choice.deed.left_out(number, day))
    values = {"number": number, "day": day.isoformat(), "reason": choice.reason}
    why = "Order {number} was left out by hand on {day}: {reason}" if choice.reason else _LEFT_OUT
    return Skipped(LEFT_OUT_BY_HAND, Message(why, values))


_HELD = "Order {number} is held by hand since {day}."
_LEFT_OUT = "Order {number} was left out by hand on {day}."

TAKEN = {
    "tax": "tax",
    "method": "payment method",
    "tax-code": "tax code",
    "account": "account",
    "item": "item",
    "customer": "customer",
}
"""What everything of can be taken out of the books at once, in words."""
_DEEDS = {
    "order": "taken out of the books",
    "run": "taken out of the books with run {name}",
    "day": "taken out of the books with everything of {dated}",
    "deleted": "deleted in the books, and accepted",
}
_DEED_OF_NAMED = 'taken out of the books with everything of the {taken} "{name}"'
_LEFT_OUT_BY = {
    "order": "Order {number} was taken out of the books by hand on {day}.",
    "run": "Order {number} was taken out of the books by hand on {day}, with run {name}.",
    "day": "Order {number} was taken out of the books by hand on {day}, with everything of {dated}.",
    "deleted": "Order {number} was deleted in the books, and that was accepted on {day}.",
}
_LEFT_OUT_BY_NAMED = (
    'Order {number} was taken out of the books by hand on {day}, with everything of the {taken} "{name}".'
)
