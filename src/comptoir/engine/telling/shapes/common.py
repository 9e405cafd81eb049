"""What every shape uses: words, amounts, moments, and problems with their remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem

Say = Callable[[Message], str]
"""Turns a message into words: `str` for English."""


def plain(money: Money) -> str:
    """An amount for a machine: two decimals or as many as the currency has, no separator."""
    return f"{money.rounded().amount:f}"


def plain_or_none(money: Money | None) -> str | None:
    """The same of what may not be known."""
    return None if money is None else plain(money)


def moment(at: datetime | None) -> str | None:
    """A moment; None for none."""
    return None if at is None else at.isoformat()


def by_currency(found: Iterable[Money]) -> dict[str, str]:
    """Sums by their currency."""
    return {each.currency: plain(each) for each in found}


@dataclass(frozen=True, slots=True)
class ProblemShape:
    """One reason why something is held or refused. `where` names the record, `field` the part of it.

    `detail` is a platform's own words, where it said any.
    """

    code: str
    what: str
    remedy: str
    where: str
    field: str
    detail: str | None = None


def problem_shapes(problems: Iterable[Problem], say: Say = str) -> list[ProblemShape]:
    """Problems in the words that a reader gets."""
    return [
        ProblemShape(each.code, say(each.what), say(each.remedy), each.where, each.field, said(each.detail, say))
        for each in problems
    ]


def said(message: Message | None, say: Say = str) -> str | None:
    """A message in words; None for none."""
    return say(message) if message else None
