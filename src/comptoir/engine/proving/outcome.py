"""What a proof came to, kept apart from its rows: whoever tells the one never reads the others.

PURE: a proof in, its outcome and pages out, and the way back. Rows are kept in pages of their own part (`Part`), so
that ten thousand held orders of an old run cost its page nothing, and a page of them as much as a page of ten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comptoir.books.documents import Kind
from comptoir.books.money import Money, sums
from comptoir.engine.proving.figures import DayByDay, ProvenDay, Totals
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, SkippedRow, Warned
from comptoir.storage.codec import adapter
from comptoir.storage.proof_pages import ProofPage

PAGE = 50
"""Rows of a page."""

Rows = Mapping[str, Sequence[Any]]
"""Rows of a proof by their part; a part that has none may be missing."""


class Part(StrEnum):
    """The parts of a proof whose rows are kept, beside the days of each currency (`days_in`)."""

    DIFFERENCES = "differences"
    HELD = "held"
    SKIPPED = "skipped"
    WARNINGS = "warnings"
    KEPT = "kept"


_DAYS = "days "
_TYPES: Mapping[str, type[Any]] = {
    Part.DIFFERENCES: Difference,
    Part.HELD: HeldRow,
    Part.SKIPPED: SkippedRow,
    Part.WARNINGS: Warned,
    Part.KEPT: Kept,
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Records of one kind that one rule leaves out."""

    rule: str
    kind: Kind
    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a proof came to: the figures of the company's own currency and of each other one, and how many rows of what.

    It is as long as there are currencies and rules, whatever was proven.
    """

    own: Totals
    foreign: tuple[Totals, ...]
    agrees: bool
    counts: Mapping[str, int]
    """Rows of each part that has some."""
    left_out: tuple[LeftOut, ...]
    unsettled: int
    posted: Mapping[Kind, int]

    @property
    def currencies(self) -> tuple[Totals, ...]:
        """The figures of every currency that has some, the company's own first; its own alone where there are none."""
        has_own = self.count(days_in(self.own.currency)) or not self.foreign
        return (self.own, *self.foreign) if has_own else self.foreign

    def count(self, part: str) -> int:
        """How many rows a part has."""
        return self.counts.get(part, 0)

    def pages(self, part: str) -> int:
        """How many pages they fill."""
        return -(-self.count(part) // PAGE)


def days_in(currency: str) -> str:
    """The part of the days in a currency."""
    return f"{_DAYS}{currency}"


def outcome_of(proof: Proof) -> Outcome:
    """What a proof came to, without its rows."""
    return Outcome(
        own=_without_days(proof),
        foreign=tuple(map(_without_days, proof.foreign)),
        agrees=proof.agrees,
        counts={part: len(rows) for part, rows in rows_of(proof).items() if rows},
        left_out=left_out(proof.skipped),
        unsettled=proof.unsettled,
        posted=proof.posted,
    )


def rows_of(proof: Proof) -> Rows:
    """Every row of a proof, as its reader turns its pages: days the latest first."""
    days = {days_in(each.currency): each.days[::-1] for each in (proof, *proof.foreign)}
    return {
        **days,
        Part.DIFFERENCES: proof.differences,
        Part.HELD: proof.held,
        Part.SKIPPED: proof.skipped,
        Part.WARNINGS: proof.warnings,
        Part.KEPT: proof.kept,
    }


def pages_of(proof: Proof) -> Iterator[ProofPage]:
    """The same, as it is kept."""
    for part, rows in rows_of(proof).items():
        for number, first in enumerate(range(0, len(rows), PAGE), start=1):
            text = _of_rows(part).dump_json(tuple(rows[first : first + PAGE])).decode()
            yield ProofPage(part, number, text)


def rows_in(page: ProofPage) -> tuple[Any, ...]:
    """The rows of a page that `pages_of` made."""
    found: tuple[Any, ...] = _of_rows(page.part).validate_json(page.rows)
    return found


def proof_from(outcome: Outcome, pages: Iterable[ProofPage]) -> Proof:
    """The whole proof again, from what it came to and all of its pages, in their order."""
    rows: dict[str, list[Any]] = defaultdict(list)
    for page in pages:
        rows[page.part] += rows_in(page)
    own, *foreign = (_with_days(each, rows[days_in(each.currency)]) for each in (outcome.own, *outcome.foreign))
    return Proof(
        currency=own.currency,
        days=own.days,
        sales=own.sales,
        refunds=own.refunds,
        payments=own.payments,
        marketplace_tax=own.marketplace_tax,
        redeemed=own.redeemed,
        foreign=tuple(foreign),
        differences=tuple(rows[Part.DIFFERENCES]),
        held=tuple(rows[Part.HELD]),
        skipped=tuple(rows[Part.SKIPPED]),
        warnings=tuple(rows[Part.WARNINGS]),
        kept=tuple(rows[Part.KEPT]),
        unsettled=outcome.unsettled,
        posted=outcome.posted,
    )


def left_out(rows: Iterable[SkippedRow]) -> tuple[LeftOut, ...]:
    """What rules leave out, by rule and kind."""
    return added_out(LeftOut(row.rule, row.kind, 1, sums([row.amount])) for row in rows)


def added_out(parts: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """The records of all parts, by rule and kind."""
    groups: dict[tuple[str, Kind], list[LeftOut]] = defaultdict(list)
    for each in parts:
        groups[each.rule, each.kind].append(each)
    return tuple(
        LeftOut(rule, kind, sum(each.count for each in found), sums(m for each in found for m in each.amounts))
        for (rule, kind), found in sorted(groups.items())
    )


def _of_rows(part: str) -> Any:
    """What reads and writes the rows of a part."""
    return adapter(tuple[_TYPES.get(part, ProvenDay), ...])  # type: ignore[misc]


def _without_days(totals: DayByDay) -> Totals:
    return Totals(
        currency=totals.currency,
        sales=totals.sales,
        refunds=totals.refunds,
        payments=totals.payments,
        marketplace_tax=totals.marketplace_tax,
        redeemed=totals.redeemed,
    )


def _with_days(totals: Totals, latest_first: Sequence[ProvenDay]) -> DayByDay:
    return DayByDay(
        currency=totals.currency,
        days=tuple(latest_first[::-1]),
        sales=totals.sales,
        refunds=totals.refunds,
        payments=totals.payments,
        marketplace_tax=totals.marketplace_tax,
        redeemed=totals.redeemed,
    )
