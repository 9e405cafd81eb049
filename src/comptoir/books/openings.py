"""What accounts held at the start: one journal entry, dated the day before it (posting rules, section 7).

Money of earlier sales that reaches the bank later, and gift cards sold before that are spent later, come off accounts
on which Comptoir never booked them. Without an opening balance these would end below zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from comptoir.books.checks import Resolved
from comptoir.books.checks.names import LIABILITY_TYPES
from comptoir.books.choices import Choice, by_hand
from comptoir.books.company import Company
from comptoir.books.context import Decided, Outcome, outcome_of
from comptoir.books.documents import JournalDocument, JournalLine, Kind, LedgerId, PostingKey, Side
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ClosedPeriods
from comptoir.books.text import marker

OPENING = "OPENING"
"""What stands in an order's place: by it the entry is explained, undone and let go on."""
SOURCE = SourceId("opening-balances")
"""There is one a store, whatever the amounts are."""
WORDS = "Opening balance"
ONE_DAY = timedelta(days=1)


def opening_key(store: StoreIdentity) -> PostingKey:
    """The key of a store's opening balances."""
    return PostingKey(store, Kind.JOURNAL, SOURCE)


def opening_day(resolved: Resolved) -> date:
    """The day before the start."""
    return resolved.settings.start_date - ONE_DAY


def opening_entry(
    resolved: Resolved, company: Company, store: StoreIdentity, generation: int
) -> JournalDocument | None:
    """The entry that the settings ask for, on its own day; None where nothing is to be booked.

    `generation`: how often one was taken out before.
    """
    lines = [_line(account, amount, company) for account, amount in resolved.openings.items()]
    if not lines:
        return None
    key = opening_key(store)
    return JournalDocument(
        number=f"{resolved.settings.orders.prefix}{OPENING}",
        dated=opening_day(resolved),
        currency=company.currency,
        lines=(*lines, *_other_side(lines, resolved.opening_equity, company.currency)),
        private_note=f"{store} opening balances",
        marker=marker(key, generation),
    )


def _line(account: LedgerId, amount: Money, company: Company) -> JournalLine:
    """What was yours is a debit, what you owed is a credit; below zero it is the other way round."""
    found = company.account(account)
    is_credit = (found.type in LIABILITY_TYPES) is not (amount < zero(amount.currency))
    return JournalLine(Side.CREDIT if is_credit else Side.DEBIT, account, abs(amount), WORDS)


def _other_side(lines: list[JournalLine], equity: LedgerId | None, currency: str) -> Iterator[JournalLine]:
    """What makes both sides the same: nothing where they are by themselves."""
    if equity is None:
        raise AssertionError("settings with opening balances are resolved with the account against which they stand")
    rest = total((each.signed for each in lines), currency)
    if not rest.is_zero:
        yield JournalLine(Side.CREDIT if rest > zero(currency) else Side.DEBIT, equity, abs(rest), WORDS)


def decide_opening(
    resolved: Resolved, company: Company, store: StoreIdentity, *, generation: int = 0, choice: Choice | None = None
) -> Decided | None:
    """The entry to post, or what holds it; None where nothing is to be booked."""
    entry = opening_entry(resolved, company, store, generation)
    if entry is None:
        return None
    closed = company.books_closed_until
    is_closed = closed is not None and entry.dated <= closed
    outcome: Outcome = entry
    if choice is not None:
        day = choice.made_at.astimezone(resolved.zone).date()
        outcome = outcome_of(by_hand(OPENING, choice, day))
    elif closed is not None and is_closed and resolved.settings.closed_periods is ClosedPeriods.FIRST_OPEN_DAY:
        outcome = _moved(entry, closed + ONE_DAY)
    elif closed is not None and is_closed:
        outcome = (_closed(entry.dated, closed),)
    dated = outcome.dated if isinstance(outcome, JournalDocument) else entry.dated
    return Decided(opening_key(store), outcome, OPENING, dated, entry.total)


def _moved(entry: JournalDocument, day: date) -> JournalDocument:
    return JournalDocument(
        entry.number,
        day,
        entry.currency,
        entry.lines,
        f"{entry.private_note}; its own date is {entry.dated.isoformat()}",
        entry.marker,
    )


def _closed(dated: date, closed: date) -> Problem:
    values = {"dated": dated.isoformat(), "closed": closed.isoformat(), "open": (closed + ONE_DAY).isoformat()}
    return Problem(
        code="books-closed",
        what=Message("The opening balances are of {dated}, and the books are closed until {closed}.", values),
        remedy=Message(
            'Open the period in the company, then retry; or set closed_periods to "first_open_day": they are dated '
            "{open}; or take their amounts out of the settings and enter them by hand.",
            values,
        ),
        where=OPENING,
        field="date",
        cause=f"closed:{closed}",
    )


def says_the_same(
    posted: JournalDocument, wanted: JournalDocument | None, company: Company, resolved: Resolved
) -> bool:
    """Whether the entry in the books is the one that the settings ask for now, however it is worded.

    One that was moved out of a closed period stays where it is while its own day is closed still.
    """
    if wanted is None or _amounts(posted) != _amounts(wanted):
        return False
    closed = company.books_closed_until
    moves = resolved.settings.closed_periods is ClosedPeriods.FIRST_OPEN_DAY
    is_moved = moves and closed is not None and wanted.dated <= closed and posted.dated > wanted.dated
    return posted.dated == wanted.dated or is_moved


def _amounts(entry: JournalDocument) -> dict[LedgerId, Money]:
    return {line.account: line.signed for line in entry.lines}
