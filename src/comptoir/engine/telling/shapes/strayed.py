"""Documents that somebody changed or deleted in the books, beside what we left there, for a machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.engine.telling.differences import Difference, Shown
from comptoir.engine.telling.shapes.common import Say
from comptoir.engine.telling.shapes.documents import StraysShape, strays_shape
from comptoir.engine.telling.strayed import StrayedNow


@dataclass(frozen=True, slots=True)
class DiffersShape:
    """What is not as it was left; None where one side has nothing."""

    what: str
    left: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class StrayedNowShape:
    """A document that strayed, as the books hold it now. `there`: it was not deleted.

    Without differences something was changed that the books tell in no figure, such as a line.
    """

    document: StraysShape
    there: bool
    differences: list[DiffersShape]


@dataclass(frozen=True, slots=True)
class BooksNowShape:
    """The documents of an order that are not as they were left."""

    strayed: list[StrayedNowShape]


def books_now_shape(found: Iterable[StrayedNow], say: Say = str) -> BooksNowShape:
    """What strayed of an order."""
    return BooksNowShape(
        [
            StrayedNowShape(strays_shape(each.row), each.is_there, [_differs(one, say) for one in each.differences])
            for each in found
        ]
    )


def _differs(each: Difference, say: Say) -> DiffersShape:
    return DiffersShape(say(each.what), _side(each.before, say), _side(each.after, say))


def _side(shown: Shown, say: Say) -> str | None:
    match shown:
        case None:
            return None
        case Message():
            return say(shown)
        case Money():
            return f"{shown.rounded().amount:f} {shown.currency}"
        case date():
            return shown.isoformat()
        case text:
            return text
