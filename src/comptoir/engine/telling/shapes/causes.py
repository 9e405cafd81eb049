"""What is held, by its cause, for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.held import HeldCause, HeldPage, Standing
from comptoir.engine.telling.shapes.common import Say, by_currency, plain_or_none, said
from comptoir.storage.held import HeldRow

SAMPLES = 3
"""Order numbers told of one cause; every record is counted."""


@dataclass(frozen=True, slots=True)
class CauseShape:
    """Records that one act frees together."""

    cause: str
    code: str
    what: str
    remedy: str
    records: int
    kinds: dict[str, int]
    orders: list[str]
    amounts: dict[str, str]
    detail: str | None = None
    """A platform's own words of the first record, where it said any."""


@dataclass(frozen=True, slots=True)
class HeldRowShape:
    """A record that a cause holds, or that waits for one that it holds."""

    order: str
    number: str
    kind: str
    dated: str | None
    amount: str | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class HeldPageShape:
    """Records of a cause, the oldest first; `after` asks for the next page, 0 at the end."""

    records: list[HeldRowShape]
    after: int


def cause_shape(each: HeldCause, say: Say = str) -> CauseShape:
    """A cause for a machine, with some of its orders' numbers."""
    return CauseShape(
        cause=each.cause,
        code=each.problem.code,
        what=say(each.problem.what),
        remedy=say(each.problem.remedy),
        records=each.count,
        kinds={kind.value: count for kind, count in each.kinds.items()},
        orders=list(dict.fromkeys(each.orders.values()))[:SAMPLES],
        amounts=by_currency(each.amounts),
        detail=said(each.problem.detail, say),
    )


def held_page_shape(found: HeldPage) -> HeldPageShape:
    """A page of what a cause holds."""
    return HeldPageShape([_row_shape(row) for row in found.rows], found.after)


def _row_shape(row: HeldRow) -> HeldRowShape:
    return HeldRowShape(
        order=row.source_id,
        number=row.number,
        kind=row.kind.value,
        dated=row.dated.isoformat() if row.dated else None,
        amount=plain_or_none(row.amount),
        currency=row.amount.currency if row.amount else None,
    )


def cause_shapes(found: Standing, say: Say = str) -> list[CauseShape]:
    """Every cause, the largest amount first."""
    return [cause_shape(each, say) for each in found.causes]
