"""What is held, by its cause, for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.held import HeldCause, Standing
from comptoir.engine.telling.shapes.common import Say, by_currency

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


def cause_shape(each: HeldCause, say: Say = str, samples: int | None = SAMPLES) -> CauseShape:
    """A cause for a machine, with so many of its orders' numbers; None: all."""
    return CauseShape(
        cause=each.cause,
        code=each.problem.code,
        what=say(each.problem.what),
        remedy=say(each.problem.remedy),
        records=each.count,
        kinds={kind.value: count for kind, count in each.kinds.items()},
        orders=list(dict.fromkeys(each.orders.values()))[:samples],
        amounts=by_currency(each.amounts),
    )


def cause_shapes(found: Standing, say: Say = str) -> list[CauseShape]:
    """Every cause, the largest amount first."""
    return [cause_shape(each, say) for each in found.causes]
