"""Problems are values: what stands in the way of a record, where, and what would remove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for the user. `template` is the English text and the key of its translations."""

    template: str
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def verbatim(cls, text: str) -> Message:
        """Words that are nobody's to translate: a person's own, or a platform's."""
        return cls("{text}", {"text": text})

    def __str__(self) -> str:
        return self.template.format_map(self.values)


class ToldError(Exception):
    """An error whose message is for a person: whoever catches it says it in their language."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a record is held.

    `code` names the rule and never changes; `cause` groups records that one act of the user frees together;
    `where` names the record as its reader knows it (an order's number), `field` the part of it. `detail` is for whoever
    looks closer: a platform's own words, its reference for its support.
    """

    code: str
    what: Message
    remedy: Message
    where: str = ""
    field: str = ""
    cause: str = ""
    detail: Message | None = None


def cause_of(problem: Problem) -> str:
    """What one act of the user frees together."""
    return problem.cause or problem.code


def distinct(found: Sequence[Found]) -> tuple[Found, ...]:
    """What was found, in its order and each once: ten lines that miss the same tax code are one thing to mend."""
    return tuple(each for place, each in enumerate(found) if each not in found[:place])


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that a rule leaves out of the books on purpose, with the rule."""

    rule: str
    why: Message
