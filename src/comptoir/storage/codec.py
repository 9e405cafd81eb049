"""Values of `books/` to JSON and back, unchanged: documents, problems, settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from pydantic import TypeAdapter

from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    DepositDocument,
    Document,
    ItemDocument,
    JournalDocument,
    PaymentDocument,
    RefundDocument,
    SaleDocument,
    VoidDocument,
)
from comptoir.books.money import Money, minor_unit
from comptoir.books.problems import Message, Problem, cause_of

DOCUMENT_TYPES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        CustomerDocument,
        ItemDocument,
        SaleDocument,
        PaymentDocument,
        RefundDocument,
        CashBackDocument,
        ApplicationDocument,
        AmendmentDocument,
        VoidDocument,
        DepositDocument,
        JournalDocument,
    )
}


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def adapter(kind: Any) -> TypeAdapter[Any]:
    """The reader and writer of a type, built once."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def document_to_json(document: Document) -> bytes:
    """The document as JSON; amounts as text, so that nothing passes through a float."""
    encoded: bytes = adapter(type(document)).dump_json(document)
    return encoded


def document_from_json(type_name: str, text: bytes) -> Document:
    """The document that `document_to_json` wrote."""
    document: Document = adapter(DOCUMENT_TYPES[type_name]).validate_json(text)
    return document


def problems_to_json(problems: tuple[Problem, ...]) -> str:
    """Problems as JSON."""
    return adapter(tuple[Problem, ...]).dump_json(problems).decode()


def problems_from_json(text: str) -> tuple[Problem, ...]:
    """The problems that `problems_to_json` wrote."""
    problems: tuple[Problem, ...] = adapter(tuple[Problem, ...]).validate_json(text)
    return problems


def causes_digest(problems: Iterable[Problem]) -> str | None:
    """What is the same for all records that are held for the same causes; None for what nothing holds."""
    causes = sorted({cause_of(each) for each in problems})
    return hashlib.sha256(json.dumps(causes).encode()).hexdigest() if causes else None


def notes_to_json(notes: tuple[Message, ...]) -> str:
    """Warnings as JSON."""
    return adapter(tuple[Message, ...]).dump_json(notes).decode()


def notes_from_json(text: str) -> tuple[Message, ...]:
    """The warnings that `notes_to_json` wrote."""
    notes: tuple[Message, ...] = adapter(tuple[Message, ...]).validate_json(text)
    return notes


def said_to_text(said: tuple[Message, ...]) -> str:
    """What is to be said of something, as it is kept; "" where that is nothing."""
    return notes_to_json(said) if said else ""


def said_from_text(text: str | None) -> tuple[Message, ...]:
    """Messages as `said_to_text` wrote them; a text from before they were kept as messages stands for itself."""
    if not text:
        return ()
    return notes_from_json(text) if text.startswith('[{"template"') else (Message.verbatim(text),)


def to_minor(money: Money) -> int:
    """Whole minor units; the amount is rounded first."""
    return int(money.rounded().amount / minor_unit(money.currency))


def from_minor(minor: int, currency: str) -> Money:
    """The amount of so many minor units."""
    return Money(minor * minor_unit(currency), currency)


def keys_to_json(keys: Iterable[object]) -> str:
    """Keys as a sorted JSON list of their texts."""
    return json.dumps(sorted(map(str, keys)))


def keys_from_json(text: str) -> list[str]:
    """The keys that `keys_to_json` wrote."""
    keys: list[str] = msgspec.json.decode(text)
    return keys
