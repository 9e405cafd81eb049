"""A report as a letter: plain texts in one language, arranged; how they look is the renderers' business.

Every word of the e-mail is here, so that its plain text and its HTML say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Problem
from comptoir.engine.setup.remedies import remedy_in_plain_words
from comptoir.engine.telling.held import HeldCause
from comptoir.engine.telling.report import RULE_WORDS, Balance, Counted, Report, Strayed, passes
from comptoir.language import Plural, Words

DOCUMENTS_SHOWN = 500
"""Documents told one by one; a letter of a backfill would not open on a telephone."""
CAUSES_SHOWN = 20
CURRENCIES_ABREAST = 2
"""So many columns of millions fit on a telephone."""


class Tone(StrEnum):
    """How the letter begins: all is well, somebody has to look, or the figures are not proved."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the first column is text, the others are figures. `is_sum`: the last row is the result."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A thing to look at, what to do about it, and what hangs on it."""

    what: str
    remedy: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the letter under its heading."""

    heading: str
    grids: tuple[Grid, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """The whole of it. `language` is a code for the reader's program ("fr-CA")."""

    language: str
    subject: str
    tone: Tone
    headline: str
    lead: str
    parts: tuple[Part, ...]
    footer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """A document that the runs put into the books."""

    kind: Kind
    number: str
    order: str
    dated: date | None
    amount: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a letter needs beside the report: whose it is, in whose time, what is asked for."""

    store: str
    zone: tzinfo
    next_run: datetime | None = None
    """None where no run is scheduled."""
    documents: tuple[Posted, ...] | None = None
    """None where they are not asked for."""
    has_pages: bool = False
    """Whether the reader has the pages before them, and no terminal: what to do is then told in their words."""
    notices: tuple[Problem, ...] = ()
    """What the reader should hear in time, and no run is at fault for: an allowance that is nearly used up."""


def letter(report: Report, around: Circumstances, words: Words) -> Letter:
    """The report of one run, or of several joined, as a letter."""
    tone, headline = _headline(report, words)
    parts = (
        _stops(report, around, words),
        _proof(report, words, around.zone),
        _hands(report, around, words),
        _strayed(report, around, words),
        _differences(report, words),
        _posted(report, words),
        _noted(report, words),
        _notices(around, words),
        _left_out(report, words),
        _kept(report, words),
        _documents(around, words),
    )
    return Letter(
        language=str(words.locale).replace("_", "-"),
        subject=words.text("{store}: {outcome}", store=one_line(around.store), outcome=headline),
        tone=tone,
        headline=headline,
        lead=_lead(report, around, words),
        parts=tuple(part for part in parts if part is not None),
        footer=tuple(_footer(around, words)),
    )


def trial(words: Words) -> Letter:
    """A letter that tells nothing, to see that letters arrive."""
    headline = words.text("the mail server takes the reports")
    return Letter(
        language=str(words.locale).replace("_", "-"),
        subject=words.text("{store}: {outcome}", store="Comptoir", outcome=headline),
        tone=Tone.GOOD,
        headline=headline,
        lead=words.text("This is a test. Reports will look like this message and come from the same address."),
        parts=(),
        footer=(words.text("It was sent with: {command}", command="comptoir mail test"),),
    )


def one_line(text: str) -> str:
    """A name from outside, fit for a subject: on one line, without what cannot be seen."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _headline(report: Report, words: Words) -> tuple[Tone, str]:
    if report.stops:
        if all(passes(each) for each in report.stops):
            return Tone.ATTENTION, words.text("the run was put off; it will be tried again")
        return Tone.BAD, words.text("the run stopped, and needs you")
    if report.balances and not report.agrees:
        return Tone.BAD, words.text("the books and the store do not agree")
    hands = report.held_records + report.straying
    if hands:
        return Tone.ATTENTION, words.plural("{count} record needs a hand", "{count} records need a hand", hands)
    return Tone.GOOD, _good_news(report, words)


def _good_news(report: Report, words: Words) -> str:
    count = sum(each.count for each in report.posted)
    if count:
        return words.plural(
            "{count} document posted, and the books agree", "{count} documents posted, and the books agree", count
        )
    return words.text("nothing new, and the books agree" if report.balances else "nothing new")


def _lead(report: Report, around: Circumstances, words: Words) -> str:
    first, last = report.walks[0], report.last
    if len(report.walks) == 1:
        return words.text("Run {run}, {at}", run=words.number(last.run_id), at=words.moment(last.ended_at, around.zone))
    return words.plural(
        "{count} run from {first} to {last}",
        "{count} runs from {first} to {last}",
        len(report.walks),
        first=words.moment(first.started_at, around.zone),
        last=words.moment(last.ended_at, around.zone),
    )


def _stops(report: Report, around: Circumstances, words: Words) -> Part | None:
    if not report.stops:
        return None
    return Part(words.text("What stopped the run"), notes=tuple(_note(each, around, words) for each in report.stops))


def _note(problem: Problem, around: Circumstances, words: Words) -> Note:
    place = f"{problem.where}: " if problem.where and problem.where == problem.field else ""
    return Note(f"{place}{words.say(problem.what)}", _remedy(problem, around, words))


def _remedy(problem: Problem, around: Circumstances, words: Words) -> str:
    return words.say(remedy_in_plain_words(problem) if around.has_pages else problem.remedy)


def _proof(report: Report, words: Words, zone: tzinfo) -> Part:
    heading = words.text("The proof")
    if not report.balances:
        return Part(heading, lines=(words.text("No run came as far as a proof yet."),))
    equal = words.text("Store, journal and books agree, row by row.")
    unequal = words.text("Store, journal and books do not agree.")
    lines = [equal if report.agrees else unequal]
    if report.proved_at is not None and report.proved_at < report.last.ended_at:
        at = words.moment(report.proved_at, zone)
        lines.append(words.text("This was proved at the end of an earlier run, {at}.", at=at))
    if report.unsettled:
        lines.append(
            words.plural(
                "{count} document is still on the way; the next run goes on.",
                "{count} documents are still on the way; the next run goes on.",
                report.unsettled,
            )
        )
    grids = (
        _balance_grid(report.balances[at : at + CURRENCIES_ABREAST], words)
        for at in range(0, len(report.balances), CURRENCIES_ABREAST)
    )
    return Part(heading, tuple(grids), lines=tuple(lines))


def _balance_grid(balances: Sequence[Balance], words: Words) -> Grid:
    headings = (words.text("Sales less refunds"), *(each.currency for each in balances))
    return Grid(headings, _balance_rows(balances, words), is_sum=True)


def _balance_rows(balances: Sequence[Balance], words: Words) -> tuple[tuple[str, ...], ...]:
    rows = (
        (words.text("Store"), [each.net.store for each in balances]),
        (words.text("Journal"), [each.net.journal for each in balances]),
        (words.text("Books"), [each.net.ledger for each in balances]),
        (words.text("Difference"), [each.difference for each in balances]),
    )
    return tuple((name, *map(words.figure, amounts)) for name, amounts in rows)


def _hands(report: Report, around: Circumstances, words: Words) -> Part | None:
    if not report.held:
        return None
    lines = []
    if len(report.held) > CAUSES_SHOWN:
        more = len(report.held) - CAUSES_SHOWN
        place = words.text("To fix") if around.has_pages else "comptoir problems"
        lines.append(words.plural("{count} more cause: see", "{count} more causes: see", more) + f" {place}")
    notes = tuple(_held_note(each, around, words) for each in report.held[:CAUSES_SHOWN])
    return Part(words.text("What needs a hand"), notes=notes, lines=tuple(lines))


def _held_note(cause: HeldCause, around: Circumstances, words: Words) -> Note:
    kinds = [count_of(kind, cause.kinds[kind], words) for kind in Kind if cause.kinds.get(kind)]
    parts = [", ".join(kinds), _amounts(cause.amounts, words)]
    numbers = list(dict.fromkeys(cause.orders.values()))
    if numbers:
        more = ", …" if cause.count > len(numbers) else ""
        parts.append(
            words.plural("order {numbers}", "orders {numbers}", len(numbers), numbers=", ".join(numbers) + more)
        )
    return Note(
        words.say(cause.problem.what), _remedy(cause.problem, around, words), " · ".join(part for part in parts if part)
    )


def _strayed(report: Report, around: Circumstances, words: Words) -> Part | None:
    if not report.strayed:
        return None
    lines = [words.text("Open each order in Comptoir and say which is right.")] if around.has_pages else _ways(words)
    if report.straying > len(report.strayed):
        more = report.straying - len(report.strayed)
        lines.insert(0, words.plural("{count} more.", "{count} more.", more))
    notes = tuple(_strayed_note(each, words) for each in report.strayed)
    return Part(words.text("Changed or deleted in the books"), notes=notes, lines=tuple(lines))


def _ways(words: Words) -> list[str]:
    """What to type about what strayed."""
    return [
        words.text("If it is right as it is in the books: {command}", command="comptoir accept ORDER"),
        words.text("To have it again as the store says: {command}", command="comptoir retry ORDER"),
    ]


def _strayed_note(row: Strayed, words: Words) -> Note:
    name = _document(row.kind, row.number, words)
    order = words.text("order {number}", number=row.order)
    meant = words.money(row.meant) if row.meant else ""
    if row.is_gone:
        return Note(words.text("{document} was deleted in the books.", document=name), detail=f"{order} · {meant}")
    if row.ledger is not None and row.ledger != row.meant:
        there = words.text("{amount} in the books, {meant} was meant", amount=words.money(row.ledger), meant=meant)
        return Note(words.text("{document} was changed in the books.", document=name), detail=f"{order} · {there}")
    return Note(words.text("{document} was changed in the books.", document=name), detail=f"{order} · {meant}")


def _differences(report: Report, words: Words) -> Part | None:
    if not report.differences:
        return None
    none = words.text("not there")
    rows = tuple(
        (
            _document(row.kind, row.number, words),
            words.money(row.store) if row.store is not None else none,
            words.money(row.journal),
            words.money(row.ledger) if row.ledger is not None else none,
        )
        for row in report.differences
    )
    headings = (words.text("Document"), words.text("Store"), words.text("Journal"), words.text("Books"))
    more = report.differing - len(report.differences)
    lines = (words.plural("{count} more.", "{count} more.", more),) if more else ()
    return Part(words.text("What differs"), (Grid(headings, rows),), lines=lines)


def _posted(report: Report, words: Words) -> Part:
    heading = words.text("Posted")
    if not report.posted:
        return Part(heading, lines=(words.text("Nothing new."),))
    return Part(heading, (Grid(("", "", ""), tuple(_posted_row(each, words) for each in report.posted)),))


def _posted_row(row: Counted, words: Words) -> tuple[str, ...]:
    return (kind_words(row.kind, row.count, words), words.number(row.count), _amounts(row.amounts, words))


def _noted(report: Report, words: Words) -> Part | None:
    if not report.noted:
        return None
    notes = tuple(
        Note(
            words.say(each.note),
            detail=words.plural("and {count} more like it", "and {count} more like it", each.count - 1)
            if each.count > 1
            else "",
        )
        for each in report.noted[:CAUSES_SHOWN]
    )
    return Part(words.text("Posted, and worth a look"), notes=notes)


def _notices(around: Circumstances, words: Words) -> Part | None:
    if not around.notices:
        return None
    return Part(words.text("Good to know"), notes=tuple(_note(each, around, words) for each in around.notices))


def _left_out(report: Report, words: Words) -> Part | None:
    if not report.left_out:
        return None
    rows = tuple(
        (
            words.say(RULE_WORDS[each.rule]) if each.rule in RULE_WORDS else each.rule,
            count_of(each.kind, each.count, words),
            _amounts(each.amounts, words),
        )
        for each in report.left_out
    )
    return Part(words.text("Left out by a rule"), (Grid(("", "", ""), rows),))


def _kept(report: Report, words: Words) -> Part | None:
    if not report.kept:
        return None
    rows = tuple((_document(row.kind, row.number, words), words.money(row.less)) for row in report.kept)
    headings = (words.text("Document"), words.text("Less than the store says"))
    more = (report.keeping or 0) - len(report.kept)
    lines = (words.plural("{count} more.", "{count} more.", more),) if more > 0 else ()
    return Part(words.text("Kept as the books have it"), (Grid(headings, rows),), lines=lines)


def _documents(around: Circumstances, words: Words) -> Part | None:
    if not around.documents:
        return None
    rows = tuple(
        (
            _document(each.kind, each.number or each.order, words),
            words.day(each.dated) if each.dated else "",
            words.money(each.amount) if each.amount is not None else "",
        )
        for each in around.documents[:DOCUMENTS_SHOWN]
    )
    more = len(around.documents) - DOCUMENTS_SHOWN
    lines = (words.plural("{count} more document.", "{count} more documents.", more),) if more > 0 else ()
    headings = (words.text("Document"), words.text("Date"), words.text("Amount"))
    return Part(words.text("Every document"), (Grid(headings, rows),), lines=lines)


def _footer(around: Circumstances, words: Words) -> Sequence[str]:
    lines = []
    if around.next_run is not None:
        lines.append(words.text("Next run: {at}", at=words.moment(around.next_run, around.zone)))
    store = one_line(around.store)
    if around.has_pages:
        why = "Comptoir sends this because the settings of {store} ask for it; the step Report by e-mail changes that."
    else:
        why = "Comptoir sends this because the settings of {store} ask for it; their section [report] changes that."
    lines.append(words.text(why, store=store))
    return lines


def _amounts(amounts: Sequence[Money], words: Words) -> str:
    return " + ".join(map(words.money, amounts))


def _document(kind: Kind, number: str, words: Words) -> str:
    return f"{kind_words(kind, 1, words)} {number}"


def count_of(kind: Kind, number: int, words: Words) -> str:
    """How many of a kind: "3 orders"."""
    return f"{words.number(number)}\xa0{kind_words(kind, number, words).lower()}"


KINDS = {
    Kind.CUSTOMER: Plural("Customer", "Customers"),
    Kind.ITEM: Plural("Item", "Items"),
    Kind.SALE: Plural("Sale", "Sales"),
    Kind.PAYMENT: Plural("Payment", "Payments"),
    Kind.REFUND: Plural("Refund", "Refunds"),
    Kind.CASH_BACK: Plural("Cash back", "Cash backs"),
    Kind.APPLICATION: Plural("Credit applied", "Credits applied"),
    Kind.AMENDMENT: Plural("Updated sale", "Updated sales"),
    Kind.VOID: Plural("Voided invoice", "Voided invoices"),
    Kind.DEPOSIT: Plural("Deposit", "Deposits"),
    Kind.JOURNAL: Plural("Journal entry", "Journal entries"),
}


def kind_words(kind: Kind, number: int, words: Words) -> str:
    """What postings of a kind are called."""
    return words.plural(*KINDS[kind], number)
