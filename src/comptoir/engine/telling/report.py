"""What a report of runs says, as values: the proof first, then what was posted, what needs a hand, what was left out.

PURE: everything here is reckoned from values. The command line, the e-mail and a machine tell the same report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from comptoir.books.choices import LEFT_OUT_BY_HAND
from comptoir.books.documents import Kind
from comptoir.books.money import Money, sums
from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import RetryLater
from comptoir.engine.proving.figures import Triple
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import LeftOut, added_out
from comptoir.engine.proving.proof import Kept, Proof
from comptoir.engine.telling.clearing import Clearing
from comptoir.engine.telling.held import HeldCause, Standing
from comptoir.storage.postings import Posting, State

SAMPLES = 3
"""Order numbers told of one cause."""
ROWS_SHOWN = 20
"""Rows that differ, documents that strayed or that are kept, told one by one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Documents of one kind: how many, and their sums, one a currency."""

    kind: Kind
    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """A warning about what is posted all the same: the first one's words, and how many are like it."""

    note: Message
    count: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The figures of one currency: sales less refunds, three times."""

    currency: str
    net: Triple

    @property
    def difference(self) -> Money:
        """What the books hold beyond the store's figure; below zero where they hold less."""
        return self.net.ledger - self.net.store


@dataclass(frozen=True, slots=True)
class Strayed:
    """A document that somebody changed in the books, or deleted there."""

    kind: Kind
    number: str
    order: str
    is_gone: bool
    meant: Money | None
    ledger: Money | None


@dataclass(frozen=True, slots=True)
class Walk:
    """One run: when, and whether it came to its end."""

    run_id: int
    started_at: datetime
    ended_at: datetime
    failed: bool


@dataclass(frozen=True, slots=True)
class Did:
    """What one run did: put into the books, left out, and put there although it bears a look."""

    posted: tuple[Counted, ...]
    left_out: tuple[LeftOut, ...]
    noted: tuple[Noted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What runs came to. Figures of the proof and what needs a hand are those after the last of them.

    `balances` is empty where no run came as far as its proof: it stopped before, or found nothing to do.
    """

    walks: tuple[Walk, ...]
    balances: tuple[Balance, ...] = ()
    proved_at: datetime | None = None
    """When the proof was made that `balances` and what follows it tell."""
    agrees: bool = False
    differing: int = 0
    """Rows in which the three do not say the same; the first ones are in `differences`."""
    differences: tuple[Difference, ...] = ()
    posted: tuple[Counted, ...] = ()
    stops: tuple[Problem, ...] = ()
    """What ended the last run before its end."""
    held: tuple[HeldCause, ...] = ()
    held_records: int = 0
    straying: int = 0
    strayed: tuple[Strayed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    noted: tuple[Noted, ...] = ()
    kept: tuple[Kept, ...] = ()
    """The first of the documents that the user keeps as the books have them."""
    keeping: int | None = None
    """How many there are; None in a report from before only the first ones were told: those are all."""
    unsettled: int = 0
    """Documents still on the way: the next run goes on."""
    clearing: tuple[Clearing, ...] = ()
    """What went through the accounts that hold the store's money."""

    @property
    def last(self) -> Walk:
        """The last run."""
        return self.walks[-1]

    @property
    def did_something(self) -> bool:
        """Whether the runs put anything into the books, or left anything out."""
        return bool(self.posted or self.left_out)

    def needs_a_hand(self, *, is_lasting: bool = True) -> frozenset[str]:
        """What a person has to look at, each by a name that stays the same while it lasts.

        A platform that is busy or out of reach for a moment needs nobody: it counts only where `is_lasting`.
        """
        stops = {f"stopped:{each.code}:{each.what}" for each in self.stops if is_lasting or not passes(each)}
        held = {f"held:{each.cause}" for each in self.held}
        differ = {f"differs:{each.kind.value}:{each.number}" for each in self.differences}
        strayed = {f"strayed:{each.kind.value}:{each.number}:{each.is_gone}" for each in self.strayed}
        return frozenset(stops | held | differ | strayed)


def passes(problem: Problem) -> bool:
    """Whether a problem is one that time mends: the next run tries again by itself."""
    return problem.code == RetryLater.next_step


def report_of(
    walk: Walk,
    *,
    proof: Proof | None,
    standing: Standing,
    did: Did | None = None,
    stops: Sequence[Problem] = (),
    clearing: Sequence[Clearing] = (),
) -> Report:
    """The report of one run."""
    did = did or Did((), (), ())
    return Report(
        walks=(walk,),
        balances=tuple(Balance(each.currency, each.net) for each in proof.currencies) if proof else (),
        proved_at=walk.ended_at if proof else None,
        agrees=bool(proof and proof.agrees),
        differing=len(proof.differences) if proof else 0,
        differences=proof.differences[:ROWS_SHOWN] if proof else (),
        posted=did.posted,
        stops=tuple(stops),
        held=tuple(_sampled(cause) for cause in standing.causes),
        held_records=standing.held,
        straying=standing.straying,
        strayed=tuple(_strayed(row) for row in standing.strayed[:ROWS_SHOWN]),
        left_out=did.left_out,
        noted=did.noted,
        kept=proof.kept[:ROWS_SHOWN] if proof else (),
        keeping=len(proof.kept) if proof else 0,
        unsettled=proof.unsettled if proof else 0,
        clearing=tuple(clearing),
    )


def joined(reports: Sequence[Report]) -> Report:
    """One report of several runs, oldest first: what they did adds up, and what stands is what stands now."""
    last = reports[-1]
    proved = next((each for each in reversed(reports) if each.balances), last)
    return replace(
        with_proof_of(last, proved),
        walks=tuple(walk for each in reports for walk in each.walks),
        posted=added(each for report in reports for each in report.posted),
        left_out=added_out(each for report in reports for each in report.left_out),
        noted=_noted_in_all(each for report in reports for each in report.noted),
    )


def with_proof_of(report: Report, proved: Report) -> Report:
    """The report with the proof of another one: the last that was made, where its own run made none."""
    return replace(
        report,
        balances=proved.balances,
        proved_at=proved.proved_at,
        agrees=proved.agrees,
        differing=proved.differing,
        differences=proved.differences,
        kept=proved.kept,
        keeping=proved.keeping,
        unsettled=proved.unsettled,
    )


def added(parts: Iterable[Counted]) -> tuple[Counted, ...]:
    """The documents of all parts, in the order of the kinds."""
    groups: dict[Kind, list[Counted]] = defaultdict(list)
    for each in parts:
        groups[each.kind].append(each)
    return tuple(
        Counted(kind, sum(each.count for each in groups[kind]), sums(m for each in groups[kind] for m in each.amounts))
        for kind in Kind
        if kind in groups
    )


def noted(notes: Iterable[Message]) -> tuple[Noted, ...]:
    """Warnings, those that differ in their values only taken together; the most frequent first."""
    return _noted_in_all(Noted(note, 1) for note in notes)


def _noted_in_all(parts: Iterable[Noted]) -> tuple[Noted, ...]:
    found: dict[str, Noted] = {}
    for each in parts:
        alike = found.get(each.note.template)
        found[each.note.template] = replace(alike, count=alike.count + each.count) if alike else each
    return tuple(sorted(found.values(), key=lambda each: -each.count))


def _sampled(cause: HeldCause) -> HeldCause:
    """The cause with its first orders only: a report names examples, `comptoir problems` all."""
    return replace(cause, orders=dict(list(cause.orders.items())[:SAMPLES]))


def _strayed(row: Posting) -> Strayed:
    return Strayed(row.key.kind, row.number, row.order_number, row.state is State.GONE, row.meant, row.ledger_total)


RULE_WORDS = {
    "before-start": Message("Dated before the start date"),
    "test-order": Message("Test orders"),
    "cancelled": Message("Cancelled before they were posted"),
    "deleted": Message("Deleted in the store before they were posted"),
    "voided": Message("Cancelled after they were posted, and voided"),
    "undone": Message("Undone"),
    "status": Message("In a status that is not posted yet"),
    "undated": Message("Without the day that dates them yet"),
    "empty": Message("Emptied before they were posted"),
    "credit-before-start": Message("Goods of earlier orders that came back without money"),
    "nothing-moved": Message("Neither goods nor money moved"),
    LEFT_OUT_BY_HAND: Message("Left out by hand"),
}
"""The rules that leave records out, as their reader knows them."""
