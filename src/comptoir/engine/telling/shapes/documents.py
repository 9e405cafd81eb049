"""Documents of orders for a machine: a row of the journal, and what an undo would take out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from comptoir.engine.posting.undo import Stays, Undoing
from comptoir.engine.telling.shapes.common import ProblemShape, Say, plain_or_none, problem_shapes
from comptoir.storage.postings import Posting


@dataclass(frozen=True, slots=True)
class DocumentShape:
    """A document that is planned, held, left out, or in the books."""

    kind: str
    state: str
    number: str
    ledger_type: str
    ledger_id: str | None
    dated: str | None
    amount: str | None
    currency: str | None
    rule: str
    why: str
    notes: list[str]
    problems: list[ProblemShape]


def document_shape(row: Posting, say: Say = str) -> DocumentShape:
    """A row of the journal for a machine; `rule` and, in words, `why` it is left out."""
    amount = row.meant or row.store_total
    return DocumentShape(
        kind=row.key.kind.value,
        state=row.state.value,
        number=row.number,
        ledger_type=row.ledger_type,
        ledger_id=row.ledger_id,
        dated=row.dated.isoformat() if row.dated else None,
        amount=plain_or_none(amount),
        currency=amount.currency if amount else None,
        rule=row.rule,
        why=say(row.why) if row.why else "",
        notes=[say(each) for each in row.notes],
        problems=problem_shapes(row.problems, say),
    )


def documents_told(rows: Iterable[Posting], say: Say = str) -> list[dict[str, Any]]:
    """Rows of the journal, each as a mapping."""
    return [asdict(document_shape(row, say)) for row in rows]


@dataclass(frozen=True, slots=True)
class StraysShape:
    """A document that somebody changed in the books, or deleted there."""

    kind: str
    order: str
    number: str
    ledger_type: str
    ledger_id: str | None
    meant: str | None
    in_the_books: str | None


def strays_shape(row: Posting) -> StraysShape:
    """A document that is not as it was left."""
    return StraysShape(
        row.key.kind.value,
        row.order_number,
        row.number,
        row.ledger_type,
        row.ledger_id,
        plain_or_none(row.meant),
        plain_or_none(row.ledger_total),
    )


@dataclass(frozen=True, slots=True)
class StaysShape:
    """An order whose documents stay in the books, and why."""

    order: str
    problems: list[ProblemShape]


@dataclass(frozen=True, slots=True)
class UndoingShape:
    """What an undo would take out, and what would stay."""

    would_go: list[DocumentShape]
    stays: list[StaysShape]


def stays_shapes(stays: Iterable[Stays], say: Say = str) -> list[StaysShape]:
    """The orders that stay."""
    return [StaysShape(each.order_number, problem_shapes(each.problems, say)) for each in stays]


def undoing_shape(undoing: Undoing, say: Say = str) -> UndoingShape:
    """What an undo would do, for a machine."""
    return UndoingShape([document_shape(row, say) for row in undoing.documents], stays_shapes(undoing.stays, say))
