"""What a run knows of the company before it decides: its settings and lists, from a copy that is looked at anew.

The lists are read whole once a day, and kept. In between the ledger is asked what changed since, in a call or two, and
only where there is something to decide or to send. Where it cannot tell, everything is read whole again. A company for
which nothing waits is asked nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from comptoir.books.checks import Resolved
from comptoir.books.company import Company, CustomerRecord, ItemRecord, ListNews, Lists, Matchables, fold
from comptoir.engine.openings import is_opening_due, opening_row
from comptoir.engine.ports import Changes
from comptoir.engine.work import SettingsProblemsError, Work, resolved_settings
from comptoir.storage.postings import IN_BOOKS, IN_FLIGHT, State
from comptoir.storage.runs import BY_SCHEDULE
from comptoir.storage.tables import postings

OVERLAP = timedelta(minutes=5)
"""How far a look reaches back over the one before: a change may be told a little after its time."""
FIRST_LOOK = timedelta(days=1)
"""How far the first look reaches back: nothing of ours is older in books that we never wrote to."""
WHOLE_EVERY = timedelta(days=1)
HELD_EVERY = timedelta(minutes=50)
"""How often the schedule looks whether what holds a record is gone; a little below its hour."""
WORKING = frozenset({State.PLANNED, State.UNDOING}) | IN_FLIGHT
RESTING = frozenset({State.HELD, State.WAITING})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a run knows of the company before it decides: read once, at its start."""

    company: Company
    resolved: Resolved
    known: Matchables


@dataclass(frozen=True, slots=True)
class Look:
    """The lists as they are now, and what changed in the company since the last look.

    `changes` is None where the ledger cannot tell, or where it was not asked since nothing of ours is in its books. It
    tells of the lists too, unless these were read whole.
    """

    lists: Lists
    changes: Changes | None

    @property
    def news(self) -> ListNews | None:
        """What became of the lists that are kept; None where they were read whole."""
        return self.changes.lists if self.changes else None

    @property
    def until(self) -> datetime:
        """From when to ask next time, by the ledger's clock."""
        if self.changes is None:
            return self.lists.at
        return self.changes.until if self.news else min(self.changes.until, self.lists.at)


def knowledge_of(work: Work, lists: Lists) -> Knowledge:
    """The settings in the company's terms, and its lists by what they are matched by.

    Raises SettingsProblemsError when the settings do not fit the company.
    """
    resolved = resolved_settings(work.settings, lists.company)
    return Knowledge(lists.company, resolved, index_lists(lists.items, lists.customers))


def learn(work: Work) -> Knowledge:
    """What the company is now, for a look at what would be; nothing is kept of it."""
    return knowledge_of(work, look(work).lists)


def look(work: Work) -> Look:
    """Ask the ledger what the company is now. Writes nothing. Raises a house error."""
    organization, company = work.record.organization_id, work.ledger.identity
    known = work.books.lists.company(organization, company)
    seen_until = work.books.connections.seen_until(organization, company)
    if known is not None and seen_until is not None and work.clock() - known.read_at < WHOLE_EVERY:
        lists = work.books.lists.lists(organization, known)
        changes = work.ledger.changes(seen_until - OVERLAP, lists)
        if changes is not None and changes.lists is not None:
            return Look(lists.renewed(changes.lists), changes)
    lists = work.ledger.read_lists()
    is_asked = has_left_something(work)
    return Look(lists, work.ledger.changes((seen_until or work.clock() - FIRST_LOOK) - OVERLAP) if is_asked else None)


def remembered(work: Work) -> tuple[Resolved, Company] | None:
    """The settings and the company as they were last known, for a proof; None where the ledger must be asked."""
    known = work.books.lists.company(work.record.organization_id, work.ledger.identity)
    if known is None:
        return None
    try:
        return resolved_settings(work.settings, known.company), known.company
    except SettingsProblemsError:  # it may have been mended in the ledger since
        return None


def is_idle(work: Work, under: str) -> bool:
    """Whether nothing waits to be decided (`under` these settings), sent or taken back: the ledger is not asked.

    What is held or waits for it is looked at again in every run that a person started, and once an hour by the
    schedule.
    """
    if work.books.facts.undecided(work.record.id, under):
        return False
    if _has(work, WORKING) or _has_wrong(work) or _has_opening(work):
        return False
    return not ((_has(work, RESTING) or _has_told_opening(work)) and _is_due(work))


def is_unfinished(work: Work) -> bool:
    """Whether anything of the company is at work, or waits, since before this run."""
    return _has(work, WORKING | {State.WAITING}) or _has_wrong(work)


def _has(work: Work, states: Collection[State]) -> bool:
    is_ours = postings.c.company == work.ledger.identity
    with work.books.database.read() as connection:
        return work.books.journal.any(connection, is_ours, postings.c.state.in_([state.value for state in states]))


def _has_wrong(work: Work) -> bool:
    """Whether anything is in the books that must be taken out again."""
    is_ours = postings.c.company == work.ledger.identity
    wrong = (postings.c.state == State.CHANGED.value) & postings.c.problems.is_not(None)
    with work.books.database.read() as connection:
        return work.books.journal.any(connection, is_ours, wrong)


def _has_opening(work: Work) -> bool:
    """Whether opening balances are to be booked, or booked anew; settings that do not fit have a run to say so."""
    if not work.settings.opening.balances and opening_row(work) is None:
        return False
    known = remembered(work)
    return known is None or is_opening_due(work, *known)


def _has_told_opening(work: Work) -> bool:
    """Whether opening balances in the books say others than the settings: what is in the way may be gone."""
    row = opening_row(work)
    return row is not None and row.state in IN_BOOKS and bool(row.notes)


def _is_due(work: Work) -> bool:
    known = work.books.lists.company(work.record.organization_id, work.ledger.identity)
    if known is None or work.run.trigger != BY_SCHEDULE:
        return True
    return work.clock() - known.looked_at >= HELD_EVERY


def has_left_something(work: Work) -> bool:
    """Whether anything of ours may be in the company's books that somebody can have changed."""
    with work.books.database.read() as connection:
        return work.books.journal.any(
            connection,
            postings.c.company == work.ledger.identity,
            postings.c.state.in_([state.value for state in IN_BOOKS]),
        )


def index_lists(items: Iterable[ItemRecord], customers: Iterable[CustomerRecord]) -> Matchables:
    """The ledger's lists by what they are matched by. Inactive customers match nothing; what is inactive is told."""
    items, customers = list(items), list(customers)
    active = [customer for customer in customers if customer.active]
    return Matchables(
        items_by_sku=_index(items, lambda item: item.sku),
        items_by_name=_index(items, lambda item: item.name),
        customers_by_email=_index(active, lambda customer: customer.email),
        customers_by_name=_index(active, lambda customer: customer.name),
        inactive_items=frozenset(item.id for item in items if not item.active),
        inactive_customers=frozenset(customer.id for customer in customers if not customer.active),
    )


def _index(records: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    found: dict[str, list[T]] = {}
    for record in records:
        if key(record).strip():
            found.setdefault(fold(key(record)), []).append(record)
    return {name: tuple(group) for name, group in found.items()}
