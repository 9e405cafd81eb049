"""Decide: facts that changed, or wait for a remedy, become postings in the journal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import Connection, select

from comptoir.books.choices import ChoiceKind, left_out_by_hand
from comptoir.books.company import fold
from comptoir.books.context import Context, Decided, Link, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    CustomerDocument,
    Document,
    ItemDocument,
    ItemType,
    Kind,
    PostingKey,
    RefundDocument,
    SaleDocument,
    Wave,
    awaited,
)
from comptoir.books.edits import is_of_sale
from comptoir.books.explain import explain_order
from comptoir.books.facts import Order, SourceId, Untranslatable
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem, Skipped
from comptoir.books.refunds import EXCHANGE, is_out_of_credit
from comptoir.books.rules import Step as RuleStep
from comptoir.books.settings import OpeningQuantity, Settings
from comptoir.books.uses import customer_named, money_account
from comptoir.engine.knowledge import Knowledge
from comptoir.engine.work import Step, Work, translated
from comptoir.storage.codec import adapter, document_to_json, keys_from_json
from comptoir.storage.facts import StoredFact
from comptoir.storage.fence import Fence
from comptoir.storage.journal import of_lists
from comptoir.storage.postings import IN_BOOKS, IN_FLIGHT, Plan, Posting, State, by_order
from comptoir.storage.tables import postings

FORMS = frozenset({SaleDocument.__name__, RefundDocument.__name__})
"""What a sale can be in the books."""
RULES_VERSION = 12
"""Raised whenever the rules of `books/` answer differently for the same fact and settings."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What one order has in the books or on its way there; as `Context` has it."""

    parts: tuple[PostedPart, ...] = ()
    applications: tuple[ApplicationDocument, ...] = ()
    refunded: Mapping[SourceId, RefundDocument | SaleDocument] = field(default_factory=dict)
    credit_paid: Mapping[SourceId, Money] = field(default_factory=dict)
    received: Mapping[SourceId, Money] = field(default_factory=dict)
    amendments: int = 0
    is_amending: bool = False
    generations: Mapping[PostingKey, int] = field(default_factory=dict)


NOTHING_POSTED = Posted()


class Decider:
    """Decides orders one after the other: each knows the lists that the ones before it plan."""

    def __init__(self, work: Work, knowledge: Knowledge) -> None:
        self._work = work
        self._knowledge = knowledge
        self._linked: dict[PostingKey, Link] = {}
        self._names: dict[str, PostingKey] = {}
        self._opened: set[PostingKey] = set()
        self._oldest: date | None = None
        self._choices = work.books.choices.all(work.record.id)
        self._done = self._total = 0
        self.under = digest(work)

    def begin(self, fence: Fence) -> None:
        """Look at what earlier runs left, and at how much waits."""
        self.recall()
        self._put_up_held(fence)
        self._count()

    def look_again(self) -> bool:
        """Look at what the store said since; whether anything is planned of an order that waits to be decided now."""
        self._count()
        work = self._work
        planned = select(postings.c.order_source_id).where(
            postings.c.connection_id == work.record.id, postings.c.state == State.PLANNED.value
        )
        return work.books.facts.is_any_undecided(work.record.id, self.under, planned)

    def _count(self) -> None:
        self._total = self._done + self._work.books.facts.undecided(self._work.record.id, self.under)

    @property
    def waiting(self) -> int:
        """How many orders of those that waited at the beginning still do."""
        return max(0, self._total - self._done)

    def go_on(self, fence: Fence) -> int | None:
        """Decide some of what waited at the beginning; answers how many documents that plans, None for nothing left."""
        work = self._work
        if self._done >= self._total:  # what a run puts up again itself is the next one's
            return None
        with fence.writing() as connection:
            most = work.ledger.batch_limits.documents + self._done  # few at first: a batch can go soon
            chunk = work.books.facts.next_undecided(connection, work.record.id, self.under, most)
            if not chunk:
                return None
            self._choices = work.books.choices.all(work.record.id)  # a person may have said something since
            sales = self._posted_sales(chunk)
            plans = [plan for fact in chunk for plan in self._plans(fact, sales)]
            work.books.journal.plan(connection, work.owner, plans, work.run.id)
            orders, keys = [fact.source_id for fact in chunk], {str(plan.key) for plan in plans}
            work.books.journal.withdraw(connection, work.owner, orders, keys)
            work.books.facts.mark_decided(connection, [fact.id for fact in chunk], self.under)
            work.books.proofs.doubt(connection, work.record.organization_id, work.record.id, orders)
            work.books.runs.count(connection, work.run.id, decided=len(chunk))
        self._done += len(chunk)
        work.watch(Step("decide", self._done, self._total))
        return sum(plan.state is State.PLANNED for plan in plans)

    def preview(self, some: Sequence[StoredFact]) -> Iterator[tuple[Decided, ...]]:
        """What the rules say of these records now, one after the other; writes nothing. The road before the journal."""
        sales = self._posted_sales(some)
        for fact in some:
            order = translated(self._work, fact)
            if isinstance(order, Untranslatable):
                yield (self._untranslatable(order),)
            else:
                yield self._decide(order, sales)

    def recall(self) -> None:
        """Load what earlier runs planned: later decisions build on it. Writes nothing."""
        work = self._work
        company = work.ledger.identity
        with work.books.database.read() as connection:
            self._linked = work.books.journal.links(connection, company)
            planned = work.books.journal.select(connection, *of_lists(company), postings.c.kind == Kind.CUSTOMER.value)
            self._names = {fold(posting.number): posting.key for posting in planned}
            self._opened = self._opened_items(connection)
            oldest = work.books.facts.oldest(connection, work.record.organization_id, work.record.id)
            self._oldest = oldest.astimezone(self._knowledge.resolved.zone).date() if oldest else None

    def _put_up_held(self, fence: Fence) -> None:
        """Put what was held up for decision again: its cause may be gone."""
        held = select(postings.c.order_source_id).where(
            postings.c.connection_id == self._work.record.id, postings.c.state == State.HELD.value
        )
        with fence.writing() as connection:
            self._work.books.facts.decide_again(connection, self._work.record.id, held)

    def _opened_items(self, connection: Connection) -> set[PostingKey]:
        """The items that a sale of ours in the books uses: these have had their opening quantity."""
        settings = self._work.settings.items
        if settings.create_as is not ItemType.INVENTORY or settings.opening_quantity is not OpeningQuantity.WAIT:
            return set()
        used = connection.scalars(
            select(postings.c.awaits).where(
                postings.c.company == self._work.ledger.identity,
                postings.c.kind == Kind.SALE.value,
                postings.c.state.in_([state.value for state in IN_BOOKS]),
            )
        )
        keys = {key for awaits in used for key in keys_from_json(awaits)}
        return {key for key in self._linked if str(key) in keys}

    def _posted_sales(self, chunk: Sequence[StoredFact]) -> dict[SourceId, Posted]:
        """What of each sale has left the house, the sale itself first: later decisions keep to it."""
        work = self._work
        with work.books.database.read() as connection:
            rows = work.books.journal.select(
                connection,
                postings.c.company == work.ledger.identity,
                postings.c.connection_id == work.record.id,
                postings.c.order_source_id.in_([fact.source_id for fact in chunk]),  # indexed: this chunk's alone
                postings.c.wave != Wave.LISTS.value,
                postings.c.state.in_([state.value for state in IN_BOOKS | IN_FLIGHT | {State.HELD}])
                | (postings.c.generation > 0),
            )
        return {SourceId(order): self._posted(found) for order, found in by_order(rows).items()}

    def _posted(self, rows: Sequence[Posting]) -> Posted:
        """What one order has in the books or on its way there."""
        rewritings = [row for row in rows if row.wave is Wave.AMENDMENTS]
        left = [row for row in rows if row.wave is not Wave.AMENDMENTS and row.state in IN_BOOKS | IN_FLIGHT]
        own = (row for row in left if is_of_sale(row.key) and row.key.source_id == row.order_source_id)
        sales = [row for row in own if row.document_type in FORMS]
        is_alone = left == sales and not any(row.state is State.HELD for row in rewritings)
        return Posted(
            parts=tuple(self._part(row, is_alone=is_alone) for row in sales),
            applications=tuple(self._applications(left)),
            refunded=dict(self._refunded(left)),
            credit_paid=_credit_paid(left),
            received={row.key.source_id: row.meant for row in left if row.key.kind is Kind.PAYMENT and row.meant},
            amendments=sum(row.key.kind is Kind.AMENDMENT and row.state in IN_BOOKS for row in rewritings),
            is_amending=any(row.state in IN_FLIGHT for row in rewritings),
            generations={row.key: row.generation for row in rows if row.generation},
        )

    def _applications(self, rows: Iterable[Posting]) -> Iterator[ApplicationDocument]:
        """What joined the order's credits with its invoices."""
        documents = (self._work.books.journal.document(row) for row in rows if row.key.kind is Kind.APPLICATION)
        return (document for document in documents if isinstance(document, ApplicationDocument))

    def _refunded(self, rows: Iterable[Posting]) -> Iterator[tuple[SourceId, RefundDocument | SaleDocument]]:
        """What each refund is, by its id."""
        for row in rows:
            if row.key.part == EXCHANGE or (row.key.kind is Kind.REFUND and not row.key.part):
                document = self._work.books.journal.document(row)
                if isinstance(document, RefundDocument | SaleDocument):
                    yield row.key.source_id, document

    def _part(self, row: Posting, *, is_alone: bool) -> PostedPart:
        document = self._work.books.journal.document(row)
        if not isinstance(document, SaleDocument | RefundDocument):
            raise TypeError(f"{row.key} is no sale")
        total = row.store_total or document.total
        as_left = row.state in {State.POSTED, State.ADOPTED} and bool(row.fingerprint) and row.accepted is None
        return PostedPart(
            row.key, total if row.key.kind is Kind.SALE else -total, document, is_untouched=is_alone and as_left
        )

    def _plans(self, fact: StoredFact, sales: Mapping[SourceId, Posted]) -> list[Plan]:
        order = translated(self._work, fact)
        if isinstance(order, Untranslatable):
            return [plan_of(self._untranslatable(order), fact.source_id)]
        return [plan_of(decided, fact.source_id) for decided in self._decide(order, sales)]

    def explain(self, fact: StoredFact) -> tuple[RuleStep, ...]:
        """The rules as they apply to one record now; none for one that cannot be read. Writes nothing."""
        order = translated(self._work, fact)
        if isinstance(order, Untranslatable):
            return ()
        return explain_order(order, self._context(order, self._posted_sales([fact])))

    def _decide(self, order: Order, sales: Mapping[SourceId, Posted]) -> tuple[Decided, ...]:
        decided = decide_order(order, self._context(order, sales))
        for each in decided:
            if each.key.kind in {Kind.CUSTOMER, Kind.ITEM}:
                self._linked.setdefault(each.key, Link(each.number))
            if isinstance(each.outcome, CustomerDocument):
                self._names.setdefault(fold(each.outcome.name), each.key)
        return decided

    def _context(self, order: Order, sales: Mapping[SourceId, Posted]) -> Context:
        """What the decision of one order may look at."""
        posted = sales.get(order.source_id, NOTHING_POSTED)
        sale = next((part.document for part in posted.parts if isinstance(part.document, SaleDocument)), None)
        return Context(
            resolved=self._knowledge.resolved,
            company=self._knowledge.company,
            known=self._knowledge.known,
            linked=self._linked,
            names_taken=self._names,
            posted_form=sale.form if sale else None,
            posted=posted.parts,
            amendments=posted.amendments,
            is_amending=posted.is_amending,
            generations=posted.generations,
            redeemed=frozenset(sale.redeemed) if sale else None,
            oldest_order=self._oldest,
            opened=self._opened,
            applications=posted.applications,
            refunded=posted.refunded,
            credit_paid=posted.credit_paid,
            received=posted.received,
            choice=self._choices.get(order.source_id),
            guest_key=self._work.books.guest_key,
        )

    def _untranslatable(self, record: Untranslatable) -> Decided:
        values = {"number": record.number, "field": record.field, "detail": record.detail}
        problem = Problem(
            code="unreadable",
            what=Message('The store\'s answer for order {number} is not readable at "{field}": {detail}', values),
            remedy=Message("Nothing to do: it is read again when the order changes. Report it if it stays.", values),
            where=record.number,
            field=record.field,
            cause=f"unreadable:{record.field}",
        )
        key = PostingKey(self._work.store.identity, Kind.SALE, record.source_id)
        choice = self._choices.get(record.source_id)
        if choice is None or choice.kind is not ChoiceKind.SKIP:
            return Decided(key, (problem,), record.number)
        day = choice.made_at.astimezone(self._knowledge.resolved.zone).date()
        return Decided(key, left_out_by_hand(record.number, choice, day), record.number)


def _credit_paid(rows: Iterable[Posting]) -> dict[SourceId, Money]:
    """What each refund gave back of money that was paid beyond the sales, by its id."""
    found: dict[SourceId, Money] = {}
    for row in rows:
        if row.meant is not None and is_out_of_credit(row.key):
            known = found.get(row.key.source_id)
            found[row.key.source_id] = row.meant if known is None else known + row.meant
    return found


def plan_of(decided: Decided, order_source_id: str) -> Plan:
    """A decision as a row of the journal."""
    plan = Plan(
        key=decided.key,
        order_source_id=order_source_id,
        order_number=decided.number,
        dated=decided.dated,
        store_total=decided.total,
    )
    outcome = decided.outcome
    if isinstance(outcome, tuple):
        return replace(plan, problems=outcome)
    if isinstance(outcome, Skipped):
        return replace(plan, rule=outcome.rule, why=outcome.why)
    after = frozenset({decided.after} if decided.after else ())
    return replace(
        plan,
        document_type=type(outcome).__name__,
        document=document_to_json(outcome),
        awaits=awaited(outcome) | after,
        line_count=len(outcome.lines) if isinstance(outcome, SaleDocument | RefundDocument) else 1,
        number=outcome.name if isinstance(outcome, CustomerDocument | ItemDocument) else outcome.number,
        notes=decided.notes,
        redeemed=outcome.redeemed if isinstance(outcome, SaleDocument) else (),
        marker=_marker(outcome),
        meant=None if isinstance(outcome, CustomerDocument | ItemDocument) else outcome.total,
        account=money_account(outcome),
        customer=customer_named(outcome),
    )


def _marker(document: Document) -> str | None:
    match document:
        case CustomerDocument():
            return document.note
        case ItemDocument():
            return None
        case _:
            return document.marker


def digest(work: Work) -> str:
    """What a decision depends on besides the fact: when any of it changes, everything is decided anew."""
    settings = json.loads(adapter(Settings).dump_json(work.settings))
    del settings["report"]  # whom to tell of a run changes nothing in it
    del settings["opening"]  # what accounts held before says nothing of any order
    parts = [
        settings,
        work.store.translator_version,
        RULES_VERSION,
        work.ledger.identity,
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
