"""A document without what is personal in it: what it says of money, goods and dates stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from comptoir.books.documents import Document
from comptoir.books.documents.lists import CustomerDocument
from comptoir.books.documents.refunds import RefundDocument
from comptoir.books.documents.sales import AmendmentDocument, SaleDocument

NOBODY = "—"
SHORTEST_TEXT = 3
"""A shorter text is no name: "ON", "12"."""
"""Stands in the place of a name that was forgotten."""


def without_person(document: Document) -> Document:
    """The document with no name, address, e-mail address, telephone number or note of a person."""
    match document:
        case SaleDocument():
            return _sale(document)
        case AmendmentDocument():
            return replace(document, sale=_sale(document.sale))
        case RefundDocument():
            return replace(document, billing=None)
        case CustomerDocument():
            return CustomerDocument(name=NOBODY, currency=document.currency, note=document.note)
        case _:
            return document


def _sale(document: SaleDocument) -> SaleDocument:
    return replace(document, email="", billing=None, shipping=None, memo="")


def telling_words(texts: Iterable[str]) -> list[str]:
    """Those of these personal texts that are looked for, the longest first."""
    return sorted((each for each in texts if len(each) >= SHORTEST_TEXT), key=len, reverse=True)


def nameless(text: str, words: Sequence[str]) -> str:
    """A text without these personal words."""
    for each in words:
        text = text.replace(each, NOBODY)
    return text
