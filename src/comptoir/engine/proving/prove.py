"""Prove: what the store says, the journal meant and the books hold, side by side, with the rows that differ.

An order is reckoned when something of it changed since the last proof; of all others the figures are kept, and the
database adds them up. So a proof costs what is new in it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, or_

from comptoir.books.checks import Resolved
from comptoir.books.documents import WAVE_OF, Kind, SaleDocument, Wave
from comptoir.books.facts import SourceId, Untranslatable
from comptoir.engine.decide import digest
from comptoir.engine.ports import Entry
from comptoir.engine.proving.figures import Counted, Sums, Triple, What
from comptoir.engine.proving.order import Difference, OrderProof, Reread, Told, prove_order
from comptoir.engine.proving.proof import HeldRow, Kept, Proof, SkippedRow, Warned
from comptoir.engine.work import Step, Work, translated
from comptoir.storage.codec import adapter, from_minor, to_minor
from comptoir.storage.database import in_chunks
from comptoir.storage.fence import Fence
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import IN_BOOKS, ON_THE_WAY, Posting, State, by_order
from comptoir.storage.proofs import Figure, Proven
from comptoir.storage.tables import postings

RULES_VERSION = 1
"""Raised whenever an order's figures come out differently for the same fact, journal and settings."""
_WITHDRAWN = {
    State.VOIDED: "The order was cancelled, and its invoice voided.",
    State.UNDONE: "It was undone.",
}
"""What was in the books and is there no more by our own doing."""


def prove(work: Work, fence: Fence, resolved: Resolved, currency: str) -> Proof:
    """The proof of everything that this connection has in the books; what was reckoned for it is kept.

    The store's figures come from its facts, translated anew; the journal's from what was meant; the ledger's from its
    answers. `currency`: the company's. Raises FenceLostError.
    """
    proofs, under = work.books.proofs, _under(work, currency)
    while _prove_some(work, fence, resolved, currency, under):
        pass
    sums = Sums()
    sums.count(_counted(figure) for figure in proofs.sums(work.record.id))
    differences = [each for text in proofs.differences(work.record.id) for each in _differences_of(text)]
    return _proof(work, currency, sums, differences)


def prove_anew(work: Work, resolved: Resolved, currency: str, entries: Iterable[Entry] | None = None) -> Proof:
    """The same proof with every order reckoned now; nothing that is kept is looked at, or changed.

    With `entries` the ledger's figures come from its documents as they are now.
    """
    reread = None if entries is None else {(entry.type, entry.id): entry for entry in entries}
    sums, differences = Sums(), list[Difference]()
    orders, done = _every_order(work), 0
    for some in in_chunks(orders):
        work.watch(Step("prove", done, len(orders)))
        done += len(some)
        with work.books.database.read() as connection:
            proven = _reckoned(work, connection, some, resolved, currency, reread)
        for each in proven.values():
            sums.count(each.counted)
            differences += each.differences
    return _proof(work, currency, sums, differences)


def forget_proofs(work: Work, fence: Fence) -> None:
    """Whatever is kept of earlier proofs is up for the next run to reckon anew."""
    for some in in_chunks(_every_order(work)):
        with fence.writing() as connection:
            work.books.proofs.doubt(connection, work.record.organization_id, work.record.id, some)


def _under(work: Work, currency: str) -> str:
    """What the proof of an order depends on besides the order: when any of it changes, each is reckoned anew."""
    return hashlib.sha256(f"{RULES_VERSION} {digest(work)} {currency}".encode()).hexdigest()


def _prove_some(work: Work, fence: Fence, resolved: Resolved, currency: str, under: str) -> bool:
    """Reckon some of the orders that are up for it; False where none is."""
    proofs = work.books.proofs
    with fence.writing() as connection:
        due = proofs.next_due(connection, work.record.id, under)
        reckoned = _reckoned(work, connection, due, resolved, currency, None)
        proven = {order: _kept(each) for order, each in reckoned.items()}
        proofs.keep(connection, work.record.organization_id, work.record.id, proven, under)
    return bool(due)


def _reckoned(
    work: Work,
    connection: Connection,
    orders: Sequence[SourceId],
    resolved: Resolved,
    currency: str,
    reread: Reread | None,
) -> dict[SourceId, OrderProof]:
    """The proof of each of these orders (source ids), from its fact and its rows of the journal."""
    if not orders:
        return {}
    rows = work.books.journal.outlines(
        connection,
        postings.c.connection_id == work.record.id,
        postings.c.order_source_id.in_(orders),
        postings.c.wave != Wave.LISTS.value,
    )
    of_order, told = by_order(rows), _told_by_documents(work, connection, rows)
    facts = {fact.source_id: fact for fact in work.books.facts.of_orders(connection, work.record.id, orders)}
    found = {}
    for order in orders:
        read = translated(work, facts[order]) if order in facts else None
        fact = None if isinstance(read, Untranslatable) else read
        found[order] = prove_order(fact, of_order.get(order, ()), resolved, currency, reread=reread, told=told)
    return found


def _told_by_documents(work: Work, connection: Connection, rows: Iterable[Posting]) -> Told:
    """The tenders that are lines of sales whose rows are from before that was kept beside the document."""
    keys = [str(row.key) for row in rows if row.key.kind is Kind.SALE and row.redeemed is None and row.document_type]
    whole = work.books.journal.by_keys(connection, work.ledger.identity, keys)
    documents = ((row.key, work.books.journal.document(row)) for row in whole.values())
    return {key: frozenset(each.redeemed) for key, each in documents if isinstance(each, SaleDocument)}


def _every_order(work: Work) -> set[SourceId]:
    """Every order (source id) of which there is a fact or a posting."""
    with work.books.database.read() as connection:
        posted = work.books.journal.orders(connection, work.record.id)
        return {*work.books.facts.sources(connection, work.record.id), *posted}


# Kept figures


def _kept(proven: OrderProof) -> Proven:
    told = adapter(tuple[Difference, ...]).dump_json(proven.differences).decode() if proven.differences else ""
    return Proven(tuple(map(_figure, proven.counted)), told)


def _figure(each: Counted) -> Figure:
    store, journal, ledger = map(to_minor, (each.figures.store, each.figures.journal, each.figures.ledger))
    currency = each.figures.store.currency
    return Figure(currency, each.what.value, each.day, each.name, each.orders, store, journal, ledger)


def _counted(figure: Figure) -> Counted:
    store, journal, ledger = (
        from_minor(minor, figure.currency) for minor in (figure.store, figure.journal, figure.ledger)
    )
    return Counted(What(figure.what), Triple(store, journal, ledger), figure.day, figure.name, figure.orders)


def _differences_of(text: str) -> tuple[Difference, ...]:
    found: tuple[Difference, ...] = adapter(tuple[Difference, ...]).validate_json(text)
    return found


# What a proof tells besides


def _proof(work: Work, currency: str, sums: Sums, differences: Sequence[Difference]) -> Proof:
    own, foreign = sums.totals(currency)
    with work.books.database.read() as connection:
        counts = work.books.figures.counts(connection, work.record.id)
        return Proof(
            currency=currency,
            days=own.days,
            sales=own.sales,
            refunds=own.refunds,
            payments=own.payments,
            marketplace_tax=own.marketplace_tax,
            redeemed=own.redeemed,
            foreign=foreign,
            differences=tuple(differences),
            held=tuple(_held(work, connection)),
            skipped=tuple(_skipped(work, connection)),
            warnings=tuple(_warned(work, connection)),
            kept=tuple(_accepted(work, connection)),
            unsettled=_unsettled(counts),
            posted=_posted(counts),
        )


def _posted(counts: Mapping[tuple[Kind, State], int]) -> Counter[Kind]:
    found: Counter[Kind] = Counter()
    for (kind, state), count in counts.items():
        if state in IN_BOOKS and WAVE_OF[kind] is not Wave.LISTS:
            found[kind] += count
    return found


def _unsettled(counts: Mapping[tuple[Kind, State], int]) -> int:
    return sum(
        count for (kind, state), count in counts.items() if state in ON_THE_WAY and WAVE_OF[kind] is not Wave.LISTS
    )


def _held(work: Work, connection: Connection) -> Iterator[HeldRow]:
    for row in _rows(work, connection, postings.c.state == State.HELD.value):
        yield HeldRow(row.key.kind, row.order_number, row.dated, row.store_total, row.problems)


def _skipped(work: Work, connection: Connection) -> Iterator[SkippedRow]:
    """What a rule left out, and then what was in the books and was taken out again."""
    by_rule = or_(postings.c.rule.is_(None), postings.c.rule != WITHDRAWN)
    for row in _rows(work, connection, postings.c.state == State.SKIPPED.value, by_rule):
        yield SkippedRow(row.key.kind, row.order_number, row.dated, row.store_total, row.rule, str(row.why or ""))
    for row in _rows(work, connection, postings.c.state.in_([state.value for state in _WITHDRAWN])):
        if row.wave is not Wave.AMENDMENTS:
            why = _WITHDRAWN[row.state]
            yield SkippedRow(row.key.kind, row.order_number, row.dated, row.store_total, row.state.value, why)


def _warned(work: Work, connection: Connection) -> Iterator[Warned]:
    told = [state.value for state in IN_BOOKS | ON_THE_WAY]
    for row in _rows(work, connection, postings.c.notes.is_not(None), postings.c.state.in_(told)):
        yield Warned(row.key.kind, row.order_number, row.dated, row.notes)


def _accepted(work: Work, connection: Connection) -> Iterator[Kept]:
    for row in _rows(work, connection, postings.c.accepted_minor.is_not(None)):
        if row.wave is not Wave.AMENDMENTS and row.accepted is not None and not row.accepted.is_zero:
            yield Kept(row.key.kind, row.order_number, row.dated, row.accepted)


def _rows(work: Work, connection: Connection, *where: object) -> list[Posting]:
    """The connection's rows of orders that fit."""
    mine = postings.c.connection_id == work.record.id, postings.c.wave != Wave.LISTS.value
    return work.books.journal.outlines(connection, *mine, *where)
