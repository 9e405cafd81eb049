"""Preview: the road, stopped before the journal. What a run would post, line by line and account by account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from comptoir.books.chain import FORM
from comptoir.books.chain import Step as RuleStep
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
from comptoir.books.problems import Message, Skipped
from comptoir.engine.decide import Decider
from comptoir.engine.knowledge import Knowledge
from comptoir.engine.openings import opening_row
from comptoir.engine.work import Work
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

    @property
    def decided(self) -> tuple[Decided, ...]:
        """The decisions alone."""
        return tuple(each.decided for each in self.shown)


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
        for fact in self._work.books.facts.every(self._work.record.id):
            yield self.one(fact)

    def rules(self, fact: StoredFact) -> tuple[RuleStep, ...]:
        """The rules that apply to an order now, in their order."""
        return self._decider.explain(fact)

    def reason(self, fact: StoredFact) -> Message | None:
        """Why the sale takes its form, receipt or invoice; None where there is no sale to post."""
        return next((step.saw for step in self.rules(fact) if step.rule == FORM), None)

    def one(self, fact: StoredFact) -> Previewed:
        """One order."""
        decided = self._decider.preview(fact)
        for each in decided:
            if isinstance(each.outcome, ItemDocument | CustomerDocument):
                self._made.setdefault(each.key, each.outcome)
        return self._previewed(fact.number, decided)

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
        return None if decided is None else self._previewed(OPENING, [decided])

    def _previewed(self, number: str, decided: Sequence[Decided]) -> Previewed:
        with self._work.books.database.read() as connection:
            keys = [str(each.key) for each in decided]
            rows = self._work.books.journal.by_keys(connection, self.company.identity, keys)
        return Previewed(number, tuple(self._shown(each, rows.get(str(each.key))) for each in decided))

    def _shown(self, decided: Decided, row: Posting | None) -> Shown:
        if row is not None and row.state not in OPEN and row.document_type is not None:
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


def _by_id(knowledge: Knowledge) -> dict[LedgerId, ItemRecord]:
    return {record.id: record for group in knowledge.known.items_by_name.values() for record in group}
