"""Prove: what the store says, the journal meant and the books hold, side by side, with the rows that differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from comptoir.books.checks import Resolved
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.facts import Order, SourceId, Tender, Untranslatable
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Problem
from comptoir.engine.ports import Entry
from comptoir.engine.work import Work
from comptoir.storage.journal import IN_BOOKS, WITHDRAWN, Posting, State
from comptoir.storage.tables import postings


@dataclass(frozen=True, slots=True)
class Triple:
    """One figure three times: the store's, the journal's, the ledger's."""

    store: Money
    journal: Money
    ledger: Money

    def __add__(self, other: Triple) -> Triple:
        return Triple(self.store + other.store, self.journal + other.journal, self.ledger + other.ledger)

    def __sub__(self, other: Triple) -> Triple:
        return Triple(self.store - other.store, self.journal - other.journal, self.ledger - other.ledger)

    @property
    def agrees(self) -> bool:
        """Whether the three are one."""
        return self.store == self.journal == self.ledger


@dataclass(frozen=True, slots=True)
class ProvenDay:
    """Sales and refunds of one day in the books."""

    day: date
    orders: int
    sales: Triple
    refunds: Triple


@dataclass(frozen=True, slots=True)
class Difference:
    """A posting whose three figures are not one.

    `store` is None where the store no longer shows what was posted, `ledger` where the books no longer hold it.
    """

    kind: Kind
    number: str
    dated: date | None
    store: Money | None
    journal: Money
    ledger: Money | None


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A sale, payment or refund that is held, with everything that holds it."""

    kind: Kind
    number: str
    dated: date | None
    amount: Money | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A sale or refund that a rule leaves out."""

    kind: Kind
    number: str
    dated: date | None
    amount: Money | None
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The report of a run. Amounts of `sales` and `refunds` are what is in the books; held ones stand apart."""

    currency: str
    days: tuple[ProvenDay, ...]
    sales: Triple
    refunds: Triple
    payments: Mapping[str, Money]
    """Money taken for the orders in the books, by the store's payment method."""
    differences: tuple[Difference, ...]
    held: tuple[HeldRow, ...]
    skipped: tuple[SkippedRow, ...]
    unsettled: int
    """Postings that are planned, waiting or without an answer."""
    posted: Mapping[Kind, int]

    @property
    def net(self) -> Triple:
        """Sales less refunds."""
        return self.sales - self.refunds

    @property
    def agrees(self) -> bool:
        """Whether the store, the journal and the books say the same, row by row."""
        return not self.differences and self.net.agrees


@dataclass(slots=True)
class _Tally:
    """Figures as they add up."""

    currency: str
    days: dict[date, tuple[int, Triple, Triple]] = field(default_factory=dict)
    payments: dict[str, Money] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    proven: set[int] = field(default_factory=set)

    def nothing(self) -> Triple:
        none = zero(self.currency)
        return Triple(none, none, none)

    def add(self, day: date, *, sale: Triple | None = None, refund: Triple | None = None) -> None:
        orders, sales, refunds = self.days.get(day, (0, self.nothing(), self.nothing()))
        self.days[day] = (
            orders + (1 if sale else 0),
            sales + (sale or self.nothing()),
            refunds + (refund or self.nothing()),
        )


def prove(work: Work, resolved: Resolved, currency: str, entries: Iterable[Entry] | None = None) -> Proof:
    """The proof of everything this connection has in the books.

    The store's figures come from its facts, translated anew; the journal's from what was meant; the ledger's from
    its answers or, with `entries`, from the documents as the ledger holds them now.
    """
    with work.books.database.read() as connection:
        rows = work.books.journal.select(
            connection,
            postings.c.connection_id == work.record.id,
            postings.c.kind.in_([Kind.SALE.value, Kind.PAYMENT.value, Kind.REFUND.value]),
        )
    journal = _Rows(
        known={(row.key.kind, row.key.source_id): row for row in rows},
        reread=None if entries is None else {(entry.type, entry.id): entry for entry in entries},
    )
    tally = _Tally(currency)
    for fact in work.books.facts.every(work.record.id):
        order = work.store.translate(fact.payload)
        if not isinstance(order, Untranslatable):
            _prove_order(tally, order, journal, resolved)
    _add_unshown(tally, rows, journal)
    days = tuple(ProvenDay(day, *tally.days[day]) for day in sorted(tally.days))
    return Proof(
        currency=currency,
        days=days,
        sales=sum((day.sales for day in days), start=tally.nothing()),
        refunds=sum((day.refunds for day in days), start=tally.nothing()),
        payments=dict(sorted(tally.payments.items())),
        differences=tuple(tally.differences),
        held=tuple(
            HeldRow(row.key.kind, row.order_number, row.dated, row.store_total, row.problems)
            for row in rows
            if row.state is State.HELD
        ),
        skipped=tuple(
            SkippedRow(row.key.kind, row.order_number, row.dated, row.store_total, row.rule, row.rule_text)
            for row in rows
            if row.state is State.SKIPPED and row.rule != WITHDRAWN
        ),
        unsettled=sum(row.state in {State.PLANNED, State.WAITING, State.SENDING, State.UNKNOWN} for row in rows),
        posted=Counter(row.key.kind for row in rows if row.state in IN_BOOKS),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The journal's rows of the connection; `reread`: the ledger's documents where they were read anew."""

    known: Mapping[tuple[Kind, SourceId], Posting]
    reread: Mapping[tuple[str, LedgerId], Entry] | None

    def in_books(self, kind: Kind, source_id: SourceId) -> Posting | None:
        row = self.known.get((kind, source_id))
        return row if row is not None and row.state in IN_BOOKS else None

    def ledger_total(self, row: Posting) -> Money | None:
        if self.reread is None:
            return row.ledger_total
        entry = self.reread.get((row.ledger_type, row.ledger_id)) if row.ledger_id else None
        return entry.total if entry else None


def _prove_order(tally: _Tally, order: Order, journal: _Rows, resolved: Resolved) -> None:
    if (Kind.SALE, order.source_id) not in journal.known:
        none = zero(order.currency)
        day = order.placed_at.astimezone(resolved.zone).date()
        tally.differences.append(Difference(Kind.SALE, order.number, day, order.total, none, None))
    sale = journal.in_books(Kind.SALE, order.source_id)
    if sale is not None:
        triple = _compare(tally, sale, order.total, journal)
        tally.add(order.placed_at.astimezone(resolved.zone).date(), sale=triple)
        for tender in order.tenders:
            _prove_tender(tally, tender, journal)
    for refund in order.refunds:
        row = journal.in_books(Kind.REFUND, refund.source_id)
        if row is not None:
            cash = total((tender.amount for tender in refund.tenders), order.currency)
            tally.add(refund.at.astimezone(resolved.zone).date(), refund=_compare(tally, row, cash, journal))


def _add_unshown(tally: _Tally, rows: Iterable[Posting], journal: _Rows) -> None:
    """What is in the books although no order that can be read asks for it now."""
    tally.differences.extend(
        Difference(
            kind=row.key.kind,
            number=row.order_number,
            dated=row.dated,
            store=None,
            journal=row.meant or zero(tally.currency),
            ledger=journal.ledger_total(row),
        )
        for row in rows
        if row.state in IN_BOOKS and row.id not in tally.proven
    )


def _prove_tender(tally: _Tally, tender: Tender, journal: _Rows) -> None:
    name = tender.method_name or tender.method
    tally.payments[name] = tally.payments.get(name, zero(tally.currency)) + tender.amount
    payment = journal.in_books(Kind.PAYMENT, tender.source_id)
    if payment is not None:
        _compare(tally, payment, tender.amount, journal)


def _compare(tally: _Tally, row: Posting, store: Money, journal: _Rows) -> Triple:
    none = zero(tally.currency)
    tally.proven.add(row.id)
    meant = row.meant or none
    held = journal.ledger_total(row)
    if not (store == meant == held):
        tally.differences.append(Difference(row.key.kind, row.order_number, row.dated, store, meant, held))
    return Triple(store, meant, held or none)
