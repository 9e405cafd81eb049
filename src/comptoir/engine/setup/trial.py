"""A dry run of the last days under settings that are still a draft: what would be posted, held and left out.

The road stopped before the journal, as every preview is: nothing is written to the journal and nothing is sent.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from comptoir.books.context import Decided
from comptoir.books.documents import (
    AmendmentDocument,
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    Document,
    ItemDocument,
    JournalDocument,
    Kind,
    PaymentDocument,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    VoidDocument,
)
from comptoir.books.ledger_lines import Totals
from comptoir.books.money import Money, sums
from comptoir.books.problems import Message, Problem, Skipped, cause_of
from comptoir.books.settings import Settings
from comptoir.engine.preview import Previewer, Shown
from comptoir.engine.road import preview
from comptoir.engine.setup.draft import read_kept
from comptoir.engine.setup.look import LOOK_DAYS
from comptoir.engine.work import SettingsProblemsError, Step, Work, zone_named
from comptoir.storage.codec import adapter

NUMBERS_SHOWN = 8
SIGN_EVERY = 20
"""Orders between two signs of life."""
TRY_OUT = "decide"

FORMS: Mapping[type[object], str] = {
    PaymentDocument: "Payment",
    CashBackDocument: "Purchase",
    ApplicationDocument: "CreditApplied",
    CustomerDocument: "Customer",
    ItemDocument: "Item",
    AmendmentDocument: "Amendment",
    VoidDocument: "Void",
    JournalDocument: "JournalEntry",
}


@dataclass(frozen=True, slots=True)
class Documents:
    """Documents of one form: how many, and their sums, one a currency."""

    form: str
    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class AccountRow:
    """What an account would be debited and credited. `words`: ours, where the company does not name it."""

    account: str
    debit: Money
    credit: Money
    words: Message | None = None


@dataclass(frozen=True, slots=True)
class TaxRow:
    """The tax at one rate, refunds taken off."""

    rate: str
    agency: str
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class Waiting:
    """Records that one cause would hold, with some orders of them."""

    problem: Problem
    count: int
    amounts: tuple[Money, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaving:
    """Records that a rule would leave out."""

    rule: str
    kind: Kind
    count: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What the days from `since` to `until` would come to. `under`: a digest of the settings that were tried.

    `problems`: the settings do not fit the company, and nothing was tried. `in_books`: documents that are there
    already.
    """

    at: datetime
    since: date
    until: date
    under: str
    orders: int = 0
    in_books: int = 0
    documents: tuple[Documents, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    taxes: tuple[TaxRow, ...] = ()
    held: tuple[Waiting, ...] = ()
    left_out: tuple[Leaving, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def debits(self) -> tuple[Money, ...]:
        """The sum of all debits, one a currency; that of the credits is the same."""
        return sums(each.debit for each in self.accounts)


def digest_of(settings: Settings) -> str:
    """What a trial depends on: the settings but for the report."""
    values = json.loads(adapter(Settings).dump_json(settings))
    del values["report"]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def try_out(work: Work, settings: Settings) -> Trial:
    """Decide the last days' orders as a run under `settings` would, as though it began with them.

    The last days are those before the newest order: a shop that sold nothing lately has something to look at too.
    """
    zone = zone_named(settings.time_zone) or zone_named("UTC")
    newest = work.books.facts.newest(work.record.id, 1)
    until = (newest[0].placed_at if newest else work.clock()).astimezone(zone).date()
    since = until - timedelta(days=LOOK_DAYS)
    blank = Trial(work.clock(), since, until, digest_of(settings))
    tried = replace(settings, start_date=min(settings.start_date, since))
    try:
        previewer = preview(replace(work, record=replace(work.record, settings=tried)))
    except SettingsProblemsError as error:
        return replace(blank, problems=tuple(error.problems))
    opening = previewer.opening(settings.start_date)
    return _tried(work, previewer, blank, datetime.combine(since, time.min, zone), opening.shown if opening else ())


def _tried(work: Work, previewer: Previewer, blank: Trial, since: datetime, opening: Sequence[Shown]) -> Trial:
    totals, count = Totals(), _Count()
    for shown in opening:
        count.add(shown.decided, has_left=shown.has_left)
        shown.add_to(totals)
    for previewed in previewer.each(work.books.facts.every(work.record.id, since)):
        for shown in previewed.shown:
            count.add(shown.decided, has_left=shown.has_left)
            shown.add_to(totals)
        count.orders += 1
        if count.orders % SIGN_EVERY == 0:
            work.watch(Step(TRY_OUT, count.orders))
    return replace(
        blank,
        orders=count.orders,
        in_books=count.in_books,
        documents=tuple(Documents(form, len(found), sums(found)) for form, found in count.documents.items()),
        accounts=tuple(
            AccountRow(name, debit, credit, totals.words.get(name)) for name, debit, credit in totals.accounts()
        ),
        taxes=tuple(
            TaxRow(rate.name, rate.agency, tax.base, tax.amount) for rate, tax in totals.by_rate(previewer.company)
        ),
        held=tuple(map(_waiting, count.held.values())),
        left_out=tuple(Leaving(rule, kind, many) for (rule, kind), many in count.left_out.items()),
    )


@dataclass(slots=True)
class _Count:
    """What was decided, counted."""

    orders: int = 0
    in_books: int = 0
    documents: dict[str, list[Money | None]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, list[tuple[Decided, Problem]]] = field(default_factory=lambda: defaultdict(list))
    left_out: dict[tuple[str, Kind], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, decided: Decided, *, has_left: bool) -> None:
        outcome = decided.outcome
        if has_left:
            self.in_books += 1
        elif isinstance(outcome, tuple):
            problem = outcome[0]
            self.held[cause_of(problem)].append((decided, problem))
        elif isinstance(outcome, Skipped):
            self.left_out[outcome.rule, decided.key.kind] += 1
        elif isinstance(outcome, CustomerDocument | ItemDocument):
            self.documents[form_of(outcome)].append(None)
        else:
            self.documents[form_of(outcome)].append(outcome.total)


def form_of(document: Document) -> str:
    """The name of a document's form in the ledger."""
    if isinstance(document, SaleDocument):
        return "SalesReceipt" if document.form is SaleForm.RECEIPT else "Invoice"
    if isinstance(document, RefundDocument):
        return "CreditMemo" if document.form is RefundForm.CREDIT_MEMO else "RefundReceipt"
    return FORMS[type(document)]


def _waiting(found: Sequence[tuple[Decided, Problem]]) -> Waiting:
    numbers = dict.fromkeys(decided.number for decided, _ in found)
    return Waiting(found[0][1], len(found), sums(decided.total for decided, _ in found), tuple(numbers)[:NUMBERS_SHOWN])


def try_draft(work: Work, settings: Settings) -> None:
    """Try the settings of a draft out and keep what came of it with the draft."""
    trial = try_out(work, settings)
    work.books.drafts.keep_trial(work.record, adapter(Trial).dump_json(trial).decode())


def kept_trial(text: str) -> Trial | None:
    """The trial that is kept; None where there is none."""
    return read_kept(Trial, text)
