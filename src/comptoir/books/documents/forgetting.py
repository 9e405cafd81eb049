"""A document without what is personal in it: what it says of money, goods and dates stays."""

from __future__ import annotations

from dataclasses import replace

from comptoir.books.documents import Document
from comptoir.books.documents.lists import CustomerDocument
from comptoir.books.documents.refunds import RefundDocument
from comptoir.books.documents.sales import AmendmentDocument, SaleDocument

NOBODY = "—"
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
