"""What a person fills in to connect a platform; the same shape for every connector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.books.problems import Message

SIGN_IN = "sign_in"
"""The value that names the way in."""
REDIRECT_URI = "redirect_uri"
"""The field for where a platform sends people back to: a page fills it in, for it knows its own address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a field's allowed values. `simulated`: of use with a simulator only."""

    value: str
    words: Message
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a connection form. A secret one is never shown again once it is saved.

    `choices` are the allowed values, none for free text. `ways` are the ways in that ask for it, none for all of them.
    `simulated`: for a simulator only.
    """

    name: str
    label: Message
    help: Message
    secret: bool = False
    required: bool = True
    choices: tuple[Choice, ...] = ()
    default: str = ""
    ways: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way into a platform: how a person shows that they may. `steps`: where each value is found, click by click.

    `here`: the form alone lets us in, with no page of the platform's to go to.
    """

    name: str
    title: Message
    help: Message
    steps: tuple[Message, ...]
    here: bool = True


def asked_in(fields: Sequence[FormField], way: str) -> tuple[FormField, ...]:
    """The fields that this way in asks for, in their order."""
    return tuple(each for each in fields if not each.ways or way in each.ways)
