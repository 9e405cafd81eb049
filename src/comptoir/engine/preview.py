"""Preview: the road, stopped before the journal. What a run would post, line by line and account by account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from comptoir.books.company import ItemRecord, fold
from comptoir.books.context import Decided
from comptoir.books.documents import (
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
)
from comptoir.books.items import STOCKED
from comptoir.books.ledger_lines import Effect, SoldItem, ledger_effect, tax_by_rate
from comptoir.books.problems import Skipped
from comptoir.engine.decide import Decider, Knowledge
from comptoir.engine.work import Work
from comptoir.storage.facts import StoredFact
from comptoir.storage.journal import OPEN, Posting


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
        self._work = work
        self._decider = Decider(work, knowledge)
        self._decider.recall()
        self._items = _by_id(knowledge)
        self._made: dict[PostingKey, ItemDocument | CustomerDocument] = {}
        self._lists: dict[PostingKey, Posting | None] = {}

    def every(self) -> Iterator[Previewed]:
        """Every order at hand, oldest first; nothing is written and nothing is sent."""
        for fact in self._work.books.facts.every(self._work.record.id):
            yield self.one(fact)

    def one(self, fact: StoredFact) -> Previewed:
        """One order."""
        decided = self._decider.preview(fact)
        for each in decided:
            if isinstance(each.outcome, ItemDocument | CustomerDocument):
                self._made.setdefault(each.key, each.outcome)
        with self._work.books.database.read() as connection:
            keys = [str(each.key) for each in decided]
            rows = self._work.books.journal.by_keys(connection, self.company.identity, keys)
        return Previewed(fact.number, tuple(self._shown(each, rows.get(str(each.key))) for each in decided))

    def _shown(self, decided: Decided, row: Posting | None) -> Shown:
        if row is not None and row.state not in OPEN and row.document_type is not None:
            decided = replace(decided, outcome=self._work.books.journal.document(row))
        outcome = decided.outcome
        if isinstance(outcome, tuple | Skipped | CustomerDocument | ItemDocument):
            return Shown(decided, row)
        taxes = tax_by_rate(outcome, self.company) if isinstance(outcome, SaleDocument | RefundDocument) else ()
        return Shown(decided, row, ledger_effect(outcome, self.company, self.item), taxes)

    def is_new(self, reference: Reference) -> bool:
        """Whether the record would be created."""
        if not isinstance(reference, Awaited):
            return False
        row = self._list_row(reference.key)
        return row is None or row.state in OPEN

    def name(self, reference: Reference) -> str:
        """What a customer or item is called."""
        if not isinstance(reference, Awaited):
            record = self._items.get(reference.id)
            return reference.name or (record.name if record else reference.id)
        made = self._made.get(reference.key)
        row = self._list_row(reference.key)
        return made.name if made else row.number if row else reference.key.source_id

    def item(self, reference: Reference) -> SoldItem:
        """What a line with this item books."""
        if not isinstance(reference, Awaited):
            return self._known(reference.id, self.name(reference))
        row = self._list_row(reference.key)
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

    def _list_row(self, key: PostingKey) -> Posting | None:
        """The journal's row of a customer or item that an earlier run planned."""
        if key not in self._lists:
            with self._work.books.database.read() as connection:
                found = self._work.books.journal.by_keys(connection, self.company.identity, [str(key)])
            self._lists[key] = found.get(str(key))
        return self._lists[key]


def _by_id(knowledge: Knowledge) -> dict[LedgerId, ItemRecord]:
    return {record.id: record for group in knowledge.known.items_by_name.values() for record in group}
