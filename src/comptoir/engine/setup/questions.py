"""PURE: what the set-up asks, described: a page renders any question from its description and knows none by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from comptoir.books.company import AccountType
from comptoir.books.problems import Message

Path = tuple[str, ...]
Label = Message | str
"""A sentence of ours, or a name of the user's, which is never translated."""

SCHEDULE = "schedule"
"""What is chosen beside the settings: how often a store is synchronized by itself."""


class Control(StrEnum):
    """How a question is answered."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    """An amount of money, or nothing."""
    DAY = "day"
    ONE = "one"
    """One of a few, all in sight."""
    LIST = "list"
    """One of many."""
    SEVERAL = "several"
    LINES = "lines"
    """Texts, one a line."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. `is_suggested`: what we would choose."""

    value: str
    label: Label
    note: Message | None = None
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that can be made for the answer."""

    type: AccountType
    name: Label


@dataclass(frozen=True, slots=True)
class NewRate:
    """A rate of a tax code that can be made: a fraction, owed to one of these agencies, the likely first.

    `charges` is the rate as its owner writes it.
    """

    name: str
    rate: Decimal
    charges: str
    agencies: Sequence[str]


@dataclass(frozen=True, slots=True)
class NewCode:
    """A tax code that can be made for the answer; `charges` is what its rates come to, as their owner writes it."""

    name: str
    charges: str
    rates: Sequence[NewRate]


@dataclass(frozen=True, slots=True)
class Question:
    """One choice. `path` is where it stands in the settings' values.

    `example` shows it on the user's own data. `hidden` says why it is not asked; it then keeps its value. `is_more`:
    rarely changed, and folded away.
    """

    path: Path
    label: Label
    why: Message
    control: Control
    options: Sequence[Option] = ()
    example: Message | None = None
    hidden: Message | None = None
    is_more: bool = False
    new_account: NewAccount | None = None
    new_code: NewCode | None = None
    ideas: Sequence[str] = ()
    """Names to choose from where another may be typed as well."""
    find: Message | None = None
    """Where the user finds the answer."""

    @property
    def key(self) -> str:
        """Its name in forms, and where the checks of settings say that something is wrong."""
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Step:
    """A page of questions that belong together. `nothing`: what to say where none of them is asked."""

    slug: str
    title: Message
    words: Message
    questions: Sequence[Question]
    nothing: Message | None = None

    @property
    def asked(self) -> list[Question]:
        """The questions that are asked."""
        return [each for each in self.questions if each.hidden is None]

    @property
    def hidden(self) -> list[Question]:
        """The questions that are not asked, each with its reason."""
        return [each for each in self.questions if each.hidden is not None]


def value_at(values: Mapping[str, Any], path: Path) -> Any:
    """What the values hold there; "" for nothing."""
    found: Any = values
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return ""
        found = found[name]
    return found


def texts_at(values: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    """The same as a form holds it: texts, one or several."""
    match value_at(values, path):
        case bool() as switch:
            return ("true" if switch else "false",)
        case list() as several:
            return tuple(map(str, several))
        case other:
            return (str(other),)


YES_NO = (("true", Message("Yes")), ("false", Message("No")))


def yes_or_no(*, suggested: bool) -> tuple[Option, ...]:
    """The options of a switch."""
    return tuple(Option(value, words, is_suggested=(value == "true") is suggested) for value, words in YES_NO)
