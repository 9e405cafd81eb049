"""Preview: the road, stopped before the journal. What a run would post, line by line and account by account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from comptoir.books.company import ItemRecord, fold
from comptoir.books.context import Decided
from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    CustomerDocument,
    Document,
    ItemDocument,
    ItemType,
    LedgerId,
    PostingKey,
    RateTax,
    Reference,
    RefundDocument,
    SaleDocument,
    VoidDocument,
)
from comptoir.books.items import STOCKED
from comptoir.books.ledger_lines import (
    Effect,
    SoldItem,
    Totals,
    ledger_effect,
    rewritten,
    rewritten_taxes,
    tax_by_rate,
)
from comptoir.books.openings import OPENING, SOURCE, decide_opening
from comptoir.books.problems import Message, Problem, Skipped
from comptoir.books.rules import RuleName
from comptoir.books.rules import Step as RuleStep
from comptoir.engine.decide import Decider
from comptoir.engine.knowledge import Knowledge
from comptoir.engine.openings import opening_row
from comptoir.engine.work import Work
from comptoir.storage.database import VALUES_PER_QUERY
from comptoir.storage.facts import StoredFact
from comptoir.storage.postings import OPEN, Posting


@dataclass(frozen=True, slots=True)
class Shown:
    """A posting as the rules want it; one that has left the house, as it left (`row` is its row of the journal).

    `effect` is None for lists and for what is held or left out.
    """

    decided: Decided
    row: Posting | None = None
    effect: Effect | None = None
    taxes: tuple[RateTax, ...] = ()

    @property
    def has_left(self) -> bool:
        """Whether it left the house before: it is not posted again."""
        return self.row is not None and self.row.state not in OPEN

    @property
    def document(self) -> Document | None:
        """The document; None where it is held or left out."""
        outcome = self.decided.outcome
        return None if isinstance(outcome, tuple | Skipped) else outcome

    def add_to(self, sums: Totals) -> None:
        """Add what it would do to the accounts; what left the house before has done it."""
        if self.effect is not None and not self.has_left:
            sums.add(self.effect, self.taxes, sign=-1 if isinstance(self.document, RefundDocument) else 1)

    @property
    def form(self) -> SaleDocument | RefundDocument | None:
        """The document as far as it has lines: that of a rewriting is what the sale becomes."""
        found = self.document.sale if isinstance(self.document, AmendmentDocument) else self.document
        return found if isinstance(found, SaleDocument | RefundDocument) else None


@dataclass(frozen=True, slots=True)
class Previewed:
    """What the rules say of one order now."""

    number: str
    shown: tuple[Shown, ...]


class Previewer:
    """Previews orders one after the other: each knows the lists that the ones before it would create."""

    def __init__(self, work: Work, knowledge: Knowledge) -> None:
        self.company = knowledge.company
        self._knowledge = knowledge
        self._work = work
        self._decider = Decider(work, knowledge)
        self._decider.recall()
        self._items = _by_id(knowledge)
        self._made: dict[PostingKey, ItemDocument | CustomerDocument] = {}
        self._rows: dict[PostingKey, Posting | None] = {}

    def every(self) -> Iterator[Previewed]:
        """The opening balances, then every order at hand, oldest first; nothing is written and nothing is sent."""
        opening = self.opening()
        if opening is not None:
            yield opening
        yield from self.each(self._work.books.facts.every(self._work.record.id))

    def each(self, facts: Iterable[StoredFact]) -> Iterator[Previewed]:
        """These orders, one after the other."""
        for some in _lots(facts):
            for fact, decided, rows in self._decided(some):
                yield self._previewed(fact.number, decided, rows)

    def rules(self, fact: StoredFact) -> tuple[RuleStep, ...]:
        """The rules that apply to an order now, in their order."""
        return self._decider.explain(fact)

    def reason(self, fact: StoredFact) -> Message | None:
        """Why the sale takes its form, receipt or invoice; None where there is no sale to post."""
        return next((step.saw for step in self.rules(fact) if step.rule is RuleName.FORM), None)

    def one(self, fact: StoredFact) -> Previewed:
        """One order."""
        return next(self.each([fact]))

    def problems(self, facts: Iterable[StoredFact]) -> Iterator[tuple[Problem, ...]]:
        """What stands in the way of each of these orders, in what of it has not left the house."""
        for some in _lots(facts):
            for _, decided, rows in self._decided(some):
                open_ones = (each.outcome for each in decided if not _has_left(rows.get(str(each.key))))
                yield tuple(problem for outcome in open_ones if isinstance(outcome, tuple) for problem in outcome)

    def _decided(
        self, some: Sequence[StoredFact]
    ) -> Iterator[tuple[StoredFact, tuple[Decided, ...], Mapping[str, Posting]]]:
        """What the rules say of some orders, each with the journal's rows of it: all are asked for at once."""
        found = list(zip(some, self._decider.preview(some), strict=True))
        for each in (each for _, decided in found for each in decided):
            if isinstance(each.outcome, ItemDocument | CustomerDocument):
                self._made.setdefault(each.key, each.outcome)
        rows = self._rows_of([each for _, decided in found for each in decided])
        yield from ((fact, decided, rows) for fact, decided in found)

    def _rows_of(self, decided: Iterable[Decided]) -> dict[str, Posting]:
        """What the journal has of these."""
        with self._work.books.database.read() as connection:
            keys = {str(each.key) for each in decided}
            return self._work.books.journal.by_keys(connection, self.company.identity, keys)

    def opening(self, start: date | None = None) -> Previewed | None:
        """The opening balances; None where none are booked. `start`: of these, where orders are tried with another."""
        resolved = self._knowledge.resolved
        if start is not None:
            resolved = replace(resolved, settings=replace(resolved.settings, start_date=start))
        work, row = self._work, opening_row(self._work)
        decided = decide_opening(
            resolved,
            self.company,
            work.store.identity,
            generation=row.generation if row is not None else 0,
            choice=work.books.choices.one(work.record.id, SOURCE),
        )
        return None if decided is None else self._previewed(OPENING, [decided], self._rows_of([decided]))

    def _previewed(self, number: str, decided: Sequence[Decided], rows: Mapping[str, Posting]) -> Previewed:
        return Previewed(number, tuple(self._shown(each, rows.get(str(each.key))) for each in decided))

    def _shown(self, decided: Decided, row: Posting | None) -> Shown:
        if row is not None and _has_left(row):
            decided = replace(decided, outcome=self._work.books.journal.document(row))
        outcome = decided.outcome
        if isinstance(outcome, tuple | Skipped | CustomerDocument | ItemDocument):
            return Shown(decided, row)
        if isinstance(outcome, AmendmentDocument | VoidDocument):
            return self._rewriting(Shown(decided, row), outcome.target)
        if isinstance(outcome, SaleDocument | RefundDocument):
            return Shown(decided, row, *self._entry(outcome))
        return Shown(decided, row, ledger_effect(outcome, self.company, self.item))

    def _rewriting(self, shown: Shown, target: Reference) -> Shown:
        """What changes where a sale in the books is written anew, or voided."""
        posted = self._row(target.key) if isinstance(target, Awaited) else None
        document = self._work.books.journal.document(posted) if posted else None
        before, taxes_before = self._entry(document if isinstance(document, SaleDocument) else None)
        after, taxes_after = self._entry(shown.form)
        return replace(shown, effect=rewritten(before, after), taxes=rewritten_taxes(taxes_before, taxes_after))

    def _entry(self, document: SaleDocument | RefundDocument | None) -> tuple[Effect, tuple[RateTax, ...]]:
        if document is None:
            return Effect(()), ()
        return ledger_effect(document, self.company, self.item), tax_by_rate(document, self.company)

    def is_new(self, reference: Reference) -> bool:
        """Whether the record would be created."""
        if not isinstance(reference, Awaited):
            return False
        row = self._row(reference.key)
        return row is None or row.state in OPEN

    def name(self, reference: Reference) -> str:
        """What a customer or item is called."""
        if not isinstance(reference, Awaited):
            record = self._items.get(reference.id)
            return reference.name or (record.name if record else reference.id)
        made = self._made.get(reference.key)
        row = self._row(reference.key)
        return made.name if made else row.number if row else reference.key.source_id

    def item(self, reference: Reference) -> SoldItem:
        """What a line with this item books."""
        if not isinstance(reference, Awaited):
            return self._known(reference.id, self.name(reference))
        row = self._row(reference.key)
        if row is not None and row.ledger_id is not None:
            return self._known(row.ledger_id, row.number)
        document = self._made.get(reference.key) or (self._work.books.journal.document(row) if row else None)
        if not isinstance(document, ItemDocument):
            return SoldItem(self.name(reference), None)
        return SoldItem(document.name, document.income_account, is_stocked=document.type is ItemType.INVENTORY)

    def _known(self, identity: LedgerId, name: str) -> SoldItem:
        record = self._items.get(identity)
        if record is None:
            return SoldItem(name, None)
        return SoldItem(record.name, record.income_account, is_stocked=fold(record.type) == STOCKED)

    def _row(self, key: PostingKey) -> Posting | None:
        """The journal's row of what an earlier run planned."""
        if key not in self._rows:
            with self._work.books.database.read() as connection:
                found = self._work.books.journal.by_keys(connection, self.company.identity, [str(key)])
            self._rows[key] = found.get(str(key))
        return self._rows[key]


def _has_left(row: Posting | None) -> bool:
    """Whether a document left the house: it is told as it left."""
    return row is not None and row.state not in OPEN and row.document_type is not None


def _lots(facts: Iterable[StoredFact]) -> Iterator[list[StoredFact]]:
    """The orders in their order, some hundreds at a time."""
    rest = iter(facts)
    while some := list(islice(rest, VALUES_PER_QUERY)):
        yield some


def _by_id(knowledge: Knowledge) -> dict[LedgerId, ItemRecord]:
    return {record.id: record for group in knowledge.known.items_by_name.values() for record in group}
