"""What a posting is, its identity, and how one document points at another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from comptoir.books.facts import SourceId, StoreIdentity

LedgerId = NewType("LedgerId", str)
"""A ledger's id of one of its records."""


class Kind(StrEnum):
    """What a posting stands for, whatever form it takes in the ledger."""

    CUSTOMER = "customer"
    ITEM = "item"
    SALE = "sale"
    PAYMENT = "payment"
    REFUND = "refund"
    CASH_BACK = "cash_back"
    APPLICATION = "application"
    AMENDMENT = "amendment"
    VOID = "void"
    DEPOSIT = "deposit"
    JOURNAL = "journal"


class Wave(StrEnum):
    """The order of sending: a document is sent once all that it refers to is in the books."""

    LISTS = "lists"
    SALES = "sales"
    AMENDMENTS = "amend"
    MONEY = "money"
    APPLICATIONS = "apply"
    BANKING = "banking"


WAVE_OF = {
    Kind.CUSTOMER: Wave.LISTS,
    Kind.ITEM: Wave.LISTS,
    Kind.SALE: Wave.SALES,
    Kind.AMENDMENT: Wave.AMENDMENTS,
    Kind.VOID: Wave.AMENDMENTS,
    Kind.PAYMENT: Wave.MONEY,
    Kind.REFUND: Wave.MONEY,
    Kind.CASH_BACK: Wave.MONEY,
    Kind.APPLICATION: Wave.APPLICATIONS,
    Kind.DEPOSIT: Wave.BANKING,
    Kind.JOURNAL: Wave.BANKING,
}


@dataclass(frozen=True, slots=True, order=True)
class PostingKey:
    """The identity of a posting within a company: the same fact never makes two documents.

    `part` tells apart several documents of one fact ("" for the only one, "2" for the second). No "/" stands in
    `store` or `part`; `source_id` may hold any text.
    """

    store: StoreIdentity
    kind: Kind
    source_id: SourceId
    part: str = ""

    def __str__(self) -> str:
        """The key as one text, different for different keys: what the source says comes last, whatever is in it."""
        kind = f"{self.kind.value}:{self.part}" if self.part else self.kind.value
        return f"{self.store}/{kind}/{self.source_id}"


@dataclass(frozen=True, slots=True)
class Known:
    """A record that is in the ledger already."""

    id: LedgerId
    name: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A record that another posting of ours makes; known once that posting is in the books."""

    key: PostingKey


Reference = Known | Awaited
