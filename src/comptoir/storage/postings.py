"""What a row of the journal is: its state, a decision before it is written, and a posting as it is kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from comptoir.books.documents import Kind, LedgerId, PostingKey, Wave
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.storage.codec import from_minor, keys_from_json, notes_from_json, problems_from_json, said_from_text


class State(StrEnum):
    """Where a posting stands."""

    PLANNED = "planned"
    WAITING = "waiting"
    HELD = "held"
    SKIPPED = "skipped"
    SENDING = "sending"
    UNKNOWN = "unknown"
    POSTED = "posted"
    ADOPTED = "adopted"
    CHANGED = "changed"
    GONE = "gone"
    VOIDED = "voided"
    UNDOING = "undoing"
    UNDONE = "undone"


OPEN = frozenset({State.PLANNED, State.WAITING, State.HELD, State.SKIPPED})
"""States that a new decision may replace: nothing has left the house."""
IN_BOOKS = frozenset({State.POSTED, State.ADOPTED, State.CHANGED})
IN_FLIGHT = frozenset({State.SENDING, State.UNKNOWN})
ON_THE_WAY = frozenset({State.PLANNED, State.WAITING, State.UNDOING}) | IN_FLIGHT
"""Into the books, or out of them: a run ends that."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A posting as decided, ready to be written. One alone of `document`, `problems`, `rule` says what it is.

    `why` goes with a rule; `redeemed` are the tenders that are lines of a sale; `notes` warn of what is posted anyway.
    """

    key: PostingKey
    order_source_id: str
    order_number: str
    dated: date | None
    store_total: Money | None
    document_type: str | None = None
    document: bytes | None = None
    awaits: frozenset[PostingKey] = frozenset()
    line_count: int = 1
    number: str | None = None
    marker: str | None = None
    meant: Money | None = None
    problems: tuple[Problem, ...] = ()
    rule: str | None = None
    why: Message | None = None
    notes: tuple[Message, ...] = ()
    redeemed: tuple[SourceId, ...] = ()
    account: LedgerId | None = None
    """Which account its money goes into or leaves."""
    customer: str = ""
    """Whom it is for (`books.uses.customer_named`)."""

    @property
    def state(self) -> State:
        """The state it starts in."""
        if self.document is not None:
            return State.PLANNED
        return State.HELD if self.problems else State.SKIPPED


@dataclass(frozen=True, slots=True)
class Posting:
    """A row of the journal. `redeemed` is None in rows from before it was kept: the document says it."""

    id: int
    key: PostingKey
    generation: int
    state: State
    wave: Wave
    connection_id: int
    order_source_id: str
    order_number: str
    number: str
    marker: str
    dated: date | None
    store_total: Money | None
    meant: Money | None
    ledger_total: Money | None
    ledger_type: str
    ledger_id: LedgerId | None
    ledger_version: str
    fingerprint: str
    accepted: Money | None
    """By how much less than was meant the user accepts the books' own version; None where they accepted none."""
    awaits: tuple[str, ...]
    line_count: int
    looked_up: bool
    slot: str
    document_type: str | None
    problems: tuple[Problem, ...]
    rule: str
    why: Message | None
    """Why a rule leaves it out; None where none does."""
    notes: tuple[Message, ...]
    redeemed: frozenset[SourceId] | None
    sealed_document: bytes | None

    @property
    def record(self) -> tuple[str, LedgerId]:
        """Type and id of what the ledger made of it. AssertionError where it never left the house."""
        if self.ledger_id is None:
            raise AssertionError(f"{self.key} is in the books without an id")
        return self.ledger_type, self.ledger_id


def posting_of(row: Row[Any], sealed_document: bytes | None) -> Posting:
    """A posting as its row keeps it. `sealed_document`: None where that was not read."""
    return Posting(
        id=row.id,
        key=PostingKey(StoreIdentity(row.store), Kind(row.kind), SourceId(row.source_id), row.part),
        generation=row.generation,
        state=State(row.state),
        wave=Wave(row.wave),
        connection_id=row.connection_id,
        order_source_id=row.order_source_id,
        order_number=row.order_number,
        number=row.number or "",
        marker=row.marker or "",
        dated=row.dated,
        store_total=_money(row.store_minor, row.currency),
        meant=_money(row.meant_minor, row.currency),
        ledger_total=_money(row.ledger_minor, row.currency),
        ledger_type=row.ledger_type or "",
        ledger_id=LedgerId(row.ledger_id) if row.ledger_id else None,
        ledger_version=row.ledger_version or "",
        fingerprint=row.fingerprint or "",
        accepted=_money(row.accepted_minor, row.currency),
        awaits=tuple(keys_from_json(row.awaits)),
        line_count=row.line_count,
        looked_up=row.looked_up,
        slot=row.slot or "",
        document_type=row.document_type,
        problems=problems_from_json(row.problems) if row.problems else (),
        rule=row.rule or "",
        why=next(iter(said_from_text(row.rule_text)), None),
        notes=notes_from_json(row.notes) if row.notes else (),
        redeemed=None if row.redeemed is None else frozenset(map(SourceId, keys_from_json(row.redeemed))),
        sealed_document=sealed_document,
    )


def _money(minor: int | None, currency: str | None) -> Money | None:
    return None if minor is None or currency is None else from_minor(minor, currency)


def by_order(rows: Iterable[Posting]) -> dict[str, list[Posting]]:
    """The rows of each order, by its source id, in the order in which they come."""
    found: dict[str, list[Posting]] = {}
    for row in rows:
        found.setdefault(row.order_source_id, []).append(row)
    return found
