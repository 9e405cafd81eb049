"""A proof for a machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from comptoir.engine.proving.figures import Totals, Triple
from comptoir.engine.proving.order import Difference
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
    """Store, journal and books side by side. `rows` are the records that differ, `differences` how many."""

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


def proof_shape(proof: Proof, say: Say = str) -> ProofShape:
    """The proof for a machine."""
    return ProofShape(
        currency=proof.currency,
        agrees=proof.agrees,
        store_total=plain(proof.net.store),
        journal_total=plain(proof.net.journal),
        ledger_total=plain(proof.net.ledger),
        sales=_figure(proof.sales),
        refunds=_figure(proof.refunds),
        days=[
            DayShape(each.day.isoformat(), each.orders, _figure(each.sales), _figure(each.refunds))
            for each in proof.days
        ],
        marketplace_tax=plain(proof.marketplace_tax) if proof.marketplace_tax else None,
        redeemed=plain(proof.redeemed) if proof.redeemed else None,
        payments=_payments(proof),
        posted={kind.value: count for kind, count in proof.posted.items()},
        held=[_held(row, say) for row in proof.held],
        skipped=dict(sorted(Counter(row.rule for row in proof.skipped).items())),
        foreign=[_foreign(each) for each in proof.foreign],
        warnings=[_warning(row, say) for row in proof.warnings],
        differences=len(proof.differences),
        rows=[_difference(row) for row in proof.differences],
        kept=[_kept(row) for row in proof.kept],
        unsettled=proof.unsettled,
    )


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
