"""Documents in a line: what each is called, its number, day and amount."""

from __future__ import annotations

from datetime import date

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.cli.speech import spoken, text, told
from comptoir.engine.telling.words import KINDS, document_name
from comptoir.language import Plural
from comptoir.storage.postings import Posting

MORE = Plural("and {count} more.", "and {count} more.")
"""Of a list that is not told whole."""


def title(row: Posting) -> str:
    """A posting in a line: its kind or form, number, date and amount."""
    return dated(numbered(row), row.dated, row.meant or row.store_total)


def numbered(row: Posting) -> str:
    """A posting by its form, or its kind where it has none yet, and its number."""
    name = told(document_name(row.ledger_type, row.key.kind))
    return f"{name} {row.number}" if row.number else name


def of_kind(kind: Kind, number: str) -> str:
    """A document by its kind and its number."""
    return f"{told(KINDS[kind])} {number}"


def dated(name: str, day: date | None, amount: Money | None) -> str:
    """A document with its day and its amount, as far as they are known."""
    name = text("{document} of {date}", document=name, date=spoken().day(day)) if day else name
    return f"{name}, {spoken().money(amount)}" if amount else name
