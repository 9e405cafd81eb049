"""The proof of one order: what the store says of it, the journal meant and the books hold.

PURE: an order and its rows in, figures and differences out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from comptoir.books.checks import Resolved
from comptoir.books.currency import as_booked
from comptoir.books.documents import Kind, LedgerId, PostingKey, Wave
from comptoir.books.edits import is_of_sale
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, total, zero
from comptoir.books.payments import credit_source
from comptoir.books.refunds import is_out_of_credit
from comptoir.books.refunds.value import settlements
from comptoir.books.shares import piece_id
from comptoir.books.tenders import marketplace_tax, money_tenders, with_given
from comptoir.engine.ports import Entry
from comptoir.engine.proving.figures import Counted, Triple, What, nothing
from comptoir.storage.postings import IN_BOOKS, Posting, State


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
class OrderProof:
    """What one order adds to the figures, and its postings whose three figures are not one."""

    counted: tuple[Counted, ...] = ()
    differences: tuple[Difference, ...] = ()


Reread = Mapping[tuple[str, LedgerId], Entry]
"""The ledger's documents as they were read anew, by type and id."""
Told = Mapping[PostingKey, frozenset[SourceId]]
"""The tenders that are lines of a sale, where its row does not say so."""

_COUNTED = frozenset({Kind.SALE, Kind.PAYMENT, Kind.REFUND})
_LEFT = IN_BOOKS | {State.GONE}
"""What was left in the books, whether or not somebody deleted it since."""


def prove_order(
    order: Order | None,
    rows: Sequence[Posting],
    resolved: Resolved,
    home: str,
    *,
    reread: Reread | None = None,
    told: Told,
) -> OrderProof:
    """The proof of one order: None where its record cannot be read or is not there.

    `rows`: everything that the journal has of it; `home`: the company's currency. The ledger's figures come from its
    answers or, with `reread`, from its documents as they are now.
    """
    journal = _rows_of(rows, reread, told)
    tally = _Tally()
    if order is not None:
        booked = as_booked(order, resolved.settings.orders.currency, home, journal.currency_of(order))
        _prove(tally, with_given(booked, resolved), journal, resolved)
    for row in rows:
        if row.key.kind is Kind.JOURNAL:  # no order's: what it was decided to be is what there is to compare
            _prove_part(tally, row, journal)
    _add_unshown(tally, (row for row in rows if row.wave is not Wave.AMENDMENTS), journal, home)
    return OrderProof(tuple(tally.counted), tuple(tally.differences))


@dataclass(slots=True)
class _Tally:
    """Figures as they come up, the rows that differ, and the ids of all that were compared."""

    counted: list[Counted] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    proven: set[int] = field(default_factory=set)

    def count(self, what: What, day: date, figures: Triple, orders: int = 0) -> None:
        """A sale or refund of a day."""
        self.counted.append(Counted(what, figures, day, orders=orders))

    def note(self, what: What, amount: Money, name: str = "") -> None:
        """A figure of the store's alone."""
        none = zero(amount.currency)
        if not amount.is_zero or what is What.PAYMENT:
            self.counted.append(Counted(what, Triple(amount, none, none), name=name))


def _rows_of(rows: Sequence[Posting], reread: Reread | None, told: Told) -> _Rows:
    rewritings = [row for row in rows if row.wave is Wave.AMENDMENTS]
    documents = [row for row in rows if row.wave is not Wave.AMENDMENTS]
    return _Rows(
        known={(row.key.kind, row.key.source_id): row for row in documents if not row.key.part},
        parts=_by_source(row for row in documents if row.key.part or row.key.kind not in _COUNTED),
        rewritings=_by_source(row for row in rewritings if row.state not in IN_BOOKS | {State.SKIPPED}),
        reread=reread,
        told=told,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the journal has of one order."""

    known: Mapping[tuple[Kind, SourceId], Posting]
    """The first document of each fact."""
    parts: Mapping[SourceId, Sequence[Posting]]
    """Everything else, by its source: further documents of a fact, and what only joins others."""
    rewritings: Mapping[SourceId, Sequence[Posting]]
    """What is to write a sale anew and has not done so yet, by its source."""
    reread: Reread | None
    told: Told

    def currency_of(self, order: Order) -> str:
        """The currency of the order's documents in the books, of a refund where the sale is not; "" without any."""
        own = (
            self.in_books(Kind.SALE, order.source_id),
            *(self.in_books(Kind.REFUND, r.source_id) for r in order.refunds),
        )
        return next((row.meant.currency for row in own if row is not None and row.meant is not None), "")

    def edited(self, order: Order) -> Money:
        """What edits since the sale was posted added to it by documents of their own, less what they took off."""
        none = zero(order.currency)
        rows = [row for row in self.parts.get(order.source_id, ()) if is_of_sale(row.key)]
        amounts = ((row, row.store_total or none) for row in rows if row.state is not State.SKIPPED)
        own = total((amount if row.key.kind is Kind.SALE else -amount for row, amount in amounts), order.currency)
        sale = self.known[Kind.SALE, order.source_id].store_total or none
        waits = (row for row in self.rewritings.get(order.source_id, ()) if row.key.kind is Kind.AMENDMENT)
        return own + total(((row.store_total or sale) - sale for row in waits), order.currency)

    def parts_of(self, order: Order) -> Iterator[Posting]:
        """The further documents of the order's sale and of its refunds."""
        for source in (order.source_id, *(refund.source_id for refund in order.refunds)):
            yield from self.parts.get(source, ())

    def redeemed(self, sale: Posting, order: Order) -> Money:
        """The tenders of `order` that are lines of its sale: document total + tender lines = reference total."""
        lines = self.told.get(sale.key, frozenset()) if sale.redeemed is None else sale.redeemed
        return total((tender.amount for tender in order.tenders if tender.source_id in lines), order.currency)

    def in_books(self, kind: Kind, source_id: SourceId) -> Posting | None:
        row = self.known.get((kind, source_id))
        return row if row is not None and row.state in _LEFT else None

    def ledger_total(self, row: Posting) -> Money | None:
        if row.state is State.GONE:
            return None
        if self.reread is None:
            return row.ledger_total
        entry = self.reread.get((row.ledger_type, row.ledger_id)) if row.ledger_id else None
        return entry.total if entry else None


def _prove(tally: _Tally, order: Order, journal: _Rows, resolved: Resolved) -> None:
    if (Kind.SALE, order.source_id) not in journal.known:
        none = zero(order.currency)
        day = order.placed_at.astimezone(resolved.zone).date()
        tally.differences.append(Difference(Kind.SALE, order.number, day, order.total, none, None))
    if journal.currency_of(order) not in {"", order.currency}:
        return  # the store no longer tells it in the currency of its documents: they have no figure to agree with
    sale = journal.in_books(Kind.SALE, order.source_id)
    if sale is not None:
        used = journal.redeemed(sale, order)
        tally.note(What.REDEEMED, used)
        tally.note(What.MARKETPLACE_TAX, marketplace_tax(order))
        figure = order.total - used - journal.edited(order)
        triple = _compare(tally, sale, figure.in_books(), journal)
        tally.count(What.SALE, sale.dated or order.placed_at.astimezone(resolved.zone).date(), triple, orders=1)
        for tender in money_tenders(order, resolved):
            _prove_tender(tally, tender, order, journal)
    _prove_used_later(tally, order, journal, resolved)
    _prove_refunds(tally, order, journal, resolved)
    credits_ = (credit_source(tender.source_id) for tender in order.tenders)
    for row in (*journal.parts_of(order), *(row for source in credits_ for row in journal.parts.get(source, ()))):
        _prove_part(tally, row, journal)


def _prove_used_later(tally: _Tally, order: Order, journal: _Rows, resolved: Resolved) -> None:
    """Gift cards and store credit used after the sale was posted: their credit memos lower the sales, as lines do."""
    for tender in order.tenders:
        row = journal.in_books(Kind.REFUND, credit_source(tender.source_id))
        if row is not None:
            tally.note(What.REDEEMED, tender.amount)
            triple = _compare(tally, row, tender.amount.in_books(), journal)
            tally.count(What.SALE, tender.at.astimezone(resolved.zone).date(), nothing(order.currency) - triple)


def _prove_refunds(tally: _Tally, order: Order, journal: _Rows, resolved: Resolved) -> None:
    """Each refund that is in the books: a receipt is its cash, a credit memo what came off the invoice too."""
    settled = settlements(order, order.total - order.paid)
    for refund in order.refunds:
        row = journal.in_books(Kind.REFUND, refund.source_id)
        if row is not None:
            settlement = settled[refund.source_id]
            others = journal.parts.get(refund.source_id, ())
            is_credit = any(each.key.kind is Kind.APPLICATION for each in others)
            figure = settlement.total if is_credit else settlement.cash
            apart = (each for each in others if each.key.kind is Kind.REFUND or is_out_of_credit(each.key))
            own = (each.store_total for each in apart if each.store_total)
            figure -= total(own, order.currency)
            triple = _compare(tally, row, figure.in_books(), journal)
            tally.count(What.REFUND, row.dated or refund.at.astimezone(resolved.zone).date(), triple)


def _prove_part(tally: _Tally, row: Posting, journal: _Rows) -> None:
    """A further document: what it was decided to be is the store's figure, and the first one bears the rest."""
    if row.state not in _LEFT or row.store_total is None or row.dated is None:
        return
    triple = _compare(tally, row, row.store_total.in_books(), journal)
    if row.key.kind is Kind.SALE:
        tally.count(What.SALE, row.dated, triple)
    elif row.key.kind is Kind.REFUND:
        tally.count(What.REFUND, row.dated, triple)


def _by_source(rows: Iterable[Posting]) -> dict[SourceId, list[Posting]]:
    found: dict[SourceId, list[Posting]] = {}
    for row in rows:
        found.setdefault(row.key.source_id, []).append(row)
    return found


def _add_unshown(tally: _Tally, rows: Iterable[Posting], journal: _Rows, home: str) -> None:
    """What is in the books although no order that can be read asks for it now."""
    tally.differences.extend(
        Difference(
            kind=row.key.kind,
            number=row.order_number,
            dated=row.dated,
            store=None,
            journal=row.meant or zero(home),
            ledger=journal.ledger_total(row),
        )
        for row in rows
        if row.state in _LEFT and row.id not in tally.proven
    )


def _prove_tender(tally: _Tally, tender: Tender, order: Order, journal: _Rows) -> None:
    """A payment is its tender; of one that pays several sales each piece is what it was decided to be."""
    tally.note(What.PAYMENT, tender.amount, tender.method_name or tender.method)
    further = sum(row.key.kind is Kind.SALE for row in journal.parts_of(order))
    pieces = (piece_id(tender.source_id, place) for place in range(1, further + 3))
    rows = [row for piece in pieces if (row := journal.in_books(Kind.PAYMENT, piece)) is not None]
    for row in rows:
        is_piece = further or len(rows) > 1 or row.key.source_id != tender.source_id
        amount = row.store_total if is_piece and row.store_total is not None else tender.amount
        _compare(tally, row, amount.in_books(), journal)


def _compare(tally: _Tally, row: Posting, store: Money, journal: _Rows) -> Triple:
    none = zero(store.currency)
    tally.proven.add(row.id)
    store -= row.accepted or none
    meant = row.meant or none
    held = journal.ledger_total(row)
    if not (store == meant == held):
        tally.differences.append(Difference(row.key.kind, row.order_number, row.dated, store, meant, held))
    return Triple(store, meant, held or none)
