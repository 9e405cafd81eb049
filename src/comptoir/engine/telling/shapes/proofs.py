"""A proof for a machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from comptoir.engine.proving.figures import ProvenDay, Totals, Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import Outcome, Part, Rows, days_in, outcome_of, rows_of
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, Warned
from comptoir.engine.telling.shapes.common import (
    ProblemShape,
    Say,
    plain,
    plain_or_none,
    problem_shapes,
)


@dataclass(frozen=True, slots=True)
class FigureShape:
    """One figure three times."""

    store: str
    journal: str
    ledger: str


@dataclass(frozen=True, slots=True)
class DayShape:
    """A day in the books."""

    day: str
    orders: int
    sales: FigureShape
    refunds: FigureShape


@dataclass(frozen=True, slots=True)
class HeldShape:
    """A record that is held."""

    kind: str
    number: str
    amount: str | None
    problems: list[ProblemShape]


@dataclass(frozen=True, slots=True)
class ForeignShape:
    """The figures of a currency that is not the company's own."""

    currency: str
    sales: FigureShape
    refunds: FigureShape
    payments: dict[str, str]


@dataclass(frozen=True, slots=True)
class WarningShape:
    """What is posted all the same, and worth a look."""

    kind: str
    number: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class DifferenceShape:
    """A record whose three figures are not one; None where one side does not have it."""

    kind: str
    number: str
    store: str | None
    journal: str
    ledger: str | None


@dataclass(frozen=True, slots=True)
class KeptShape:
    """A document that is kept as the books have it."""

    number: str
    less: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofShape:
    """Store, journal and books side by side. `rows` are the records that differ, `differences` how many.

    `page`: which page of the lists this is, of `pages`; `counts`: how many rows each list has on all of them.
    """

    currency: str
    agrees: bool
    store_total: str
    journal_total: str
    ledger_total: str
    sales: FigureShape
    refunds: FigureShape
    days: list[DayShape]
    marketplace_tax: str | None
    redeemed: str | None
    payments: dict[str, str]
    posted: dict[str, int]
    held: list[HeldShape]
    skipped: dict[str, int]
    foreign: list[ForeignShape]
    warnings: list[WarningShape]
    differences: int
    rows: list[DifferenceShape]
    kept: list[KeptShape]
    unsettled: int
    page: int
    pages: int
    counts: dict[str, int]


def proof_shape(proof: Proof, say: Say = str) -> ProofShape:
    """The whole proof for a machine: all of it is one page."""
    return _shape(outcome_of(proof), rows_of(proof), say, page=1, pages=1)


def page_shape(outcome: Outcome, rows: Rows, page: int, say: Say = str) -> ProofShape:
    """A proof for a machine with a page of its rows."""
    pages = max(outcome.pages(part) for part in lists_of(outcome).values())
    return _shape(outcome, rows, say, page=page, pages=max(1, pages))


def lists_of(outcome: Outcome) -> Mapping[str, str]:
    """The parts of a proof that are told row by row, by the name of their list."""
    return {
        "days": days_in(outcome.own.currency),
        "held": Part.HELD,
        "rows": Part.DIFFERENCES,
        "warnings": Part.WARNINGS,
        "kept": Part.KEPT,
    }


def _shape(outcome: Outcome, rows: Rows, say: Say, *, page: int, pages: int) -> ProofShape:
    own, lists = outcome.own, lists_of(outcome)
    return ProofShape(
        currency=own.currency,
        agrees=outcome.agrees,
        store_total=plain(own.net.store),
        journal_total=plain(own.net.journal),
        ledger_total=plain(own.net.ledger),
        sales=_figure(own.sales),
        refunds=_figure(own.refunds),
        days=[_day(each) for each in reversed(rows[lists["days"]])],
        marketplace_tax=plain(own.marketplace_tax) if own.marketplace_tax else None,
        redeemed=plain(own.redeemed) if own.redeemed else None,
        payments=_payments(own),
        posted={kind.value: count for kind, count in outcome.posted.items()},
        held=[_held(row, say) for row in rows[Part.HELD]],
        skipped=_by_rule(outcome),
        foreign=[_foreign(each) for each in outcome.foreign],
        warnings=[_warning(row, say) for row in rows[Part.WARNINGS]],
        differences=outcome.count(Part.DIFFERENCES),
        rows=[_difference(row) for row in rows[Part.DIFFERENCES]],
        kept=[_kept(row) for row in rows[Part.KEPT]],
        unsettled=outcome.unsettled,
        page=page,
        pages=pages,
        counts={name: outcome.count(part) for name, part in lists.items()},
    )


def _day(each: ProvenDay) -> DayShape:
    return DayShape(each.day.isoformat(), each.orders, _figure(each.sales), _figure(each.refunds))


def _by_rule(outcome: Outcome) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in outcome.left_out:
        found[each.rule] += each.count
    return dict(sorted(found.items()))


def _figure(triple: Triple) -> FigureShape:
    return FigureShape(plain(triple.store), plain(triple.journal), plain(triple.ledger))


def _payments(totals: Totals) -> dict[str, str]:
    return {name: plain(amount) for name, amount in totals.payments.items()}


def _held(row: HeldRow, say: Say) -> HeldShape:
    amount = plain_or_none(row.amount)
    return HeldShape(row.kind.value, row.number, amount, problem_shapes(row.problems, say))


def _foreign(totals: Totals) -> ForeignShape:
    return ForeignShape(totals.currency, _figure(totals.sales), _figure(totals.refunds), _payments(totals))


def _warning(row: Warned, say: Say) -> WarningShape:
    return WarningShape(row.kind.value, row.number, [say(note) for note in row.notes])


def _difference(row: Difference) -> DifferenceShape:
    return DifferenceShape(
        row.kind.value, row.number, plain_or_none(row.store), plain(row.journal), plain_or_none(row.ledger)
    )


def _kept(row: Kept) -> KeptShape:
    return KeptShape(row.number, plain(row.less), row.less.currency)
