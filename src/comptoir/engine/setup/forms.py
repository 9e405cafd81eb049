"""What a person fills in to connect a platform; the same shape for every connector."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of a connection form. A secret one is never shown again once it is saved.

    `choices` are the allowed values, none for free text.
    """

    name: str
    label: str
    help: str
    secret: bool = False
    required: bool = True
    choices: tuple[str, ...] = ()
    default: str = ""
