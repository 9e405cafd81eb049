"""What the company's settings and lists mean for the settings here, for what is planned, and for the newest orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from comptoir.books.checks import Resolved, resolve
from comptoir.books.checks.advice import advice
from comptoir.books.checks.contradictions import Surroundings
from comptoir.books.company import Company, ItemRecord
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import NumberSource, Settings
from comptoir.books.uses import ACCOUNT, ITEM, TAX_CODE, Used, uses
from comptoir.engine.doctor.findings import Finding, Outcome, Page, Report
from comptoir.engine.doctor.installation import Installation
from comptoir.engine.doctor.products import look_at_products
from comptoir.engine.knowledge import Knowledge, index_lists
from comptoir.engine.ports import Ledger
from comptoir.engine.preview import Previewer
from comptoir.engine.setup.fitting import misfits
from comptoir.engine.work import Work, zone_named
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.postings import Posting, State
from comptoir.storage.runs import Run, RunState
from comptoir.storage.tables import postings

NEWEST_ORDERS = 1000
"""So many are decided for a look; a second or two."""
PLANNED_LOOKED_AT = 1000
CAUSES_SHOWN = 10
AUTO_APPLY = "refunds.record"
"""Where the advice on automatic application stands; the connection's own test has said it already."""


def look_at_settings(record: ConnectionRecord, company: Company, around: Surroundings) -> Iterator[Finding]:
    """Every mistake of the settings in force, and what their owner should know."""
    report = Report.on("settings", record)
    settings = record.settings
    if settings is None:
        yield report.problem(
            "It has no settings yet.",
            "Look through a proposal (comptoir settings export FILE) and import it (comptoir settings import FILE).",
        ).on_page(Page.SET_UP, Message("Set it up."))
        return
    wrong = misfits(settings, company, around)
    if wrong:
        yield from (report.of(each, Outcome.PROBLEM) for each in wrong)
        return
    yield report.ok('They fit the company "{company}".', company=company.name)
    found = advice(settings, company, around)
    yield from (report.of(each, Outcome.WARNING) for each in found if each.where != AUTO_APPLY)
    yield from _numbers(report, settings, company)


def _numbers(report: Report, settings: Settings, company: Company) -> Iterator[Finding]:
    if settings.orders.number is NumberSource.STORE and not company.custom_numbers:
        yield report.warning(
            "The company {company} numbers its sales by itself, and so does not notice a number that is there twice.",
            "In QuickBooks: the gear, Account and settings, Sales, Sales form content, Custom transaction numbers: on.",
            company=company.name,
        )


def look_at_orders(
    installation: Installation, record: ConnectionRecord, ledger: Ledger, company: Company, now: datetime
) -> Iterator[Finding]:
    """What stands in the way of the newest orders and of what is planned, as the company is now."""
    items = list(ledger.read_items())
    work = Work(installation.books, record, installation.store(record), ledger, _no_run(record, now))
    yield from _planned(work, company, items)
    resolved = record.settings and resolve(record.settings, company, zone_named(record.settings.time_zone))
    if not isinstance(resolved, Resolved):
        return  # the settings are the finding
    yield from look_at_products(record, resolved.settings, items)
    knowledge = Knowledge(company, resolved, index_lists(items, ledger.read_customers()))
    yield from _newest(work, Previewer(work, knowledge))


def _no_run(record: ConnectionRecord, now: datetime) -> Run:
    """A look is no run: nothing is written for it."""
    return Run(0, record.id, "doctor", RunState.RUNNING, now, None, 0, 0, 0, "", None)


def _newest(work: Work, previewer: Previewer) -> Iterator[Finding]:
    """The causes that hold the newest orders, the most frequent first."""
    report = Report.on("orders", work.record)
    facts = work.books.facts.newest(work.record.id, NEWEST_ORDERS)
    counts: Counter[str] = Counter()
    first: dict[str, Problem] = {}
    for found in previewer.problems(facts):
        problems = {each.cause: each for each in found}
        counts.update(problems.keys())
        first = problems | first
    looked_at = f"{len(facts):,}"
    if facts and not counts:
        yield report.ok("Nothing stands in the way of the newest orders ({count} looked at).", count=looked_at)
    for cause, count in counts.most_common(CAUSES_SHOWN):
        extent = Message("{count} of the newest {all} orders", {"count": f"{count:,}", "all": looked_at})
        yield replace(report.of(first[cause], Outcome.WARNING), extent=extent)
    if len(counts) > CAUSES_SHOWN:
        yield report.warning(
            "More causes that hold orders: {count}.",
            "See all of them: comptoir preview",
            count=str(len(counts) - CAUSES_SHOWN),
        ).on_page(Page.TO_FIX, Message("See all of them."))


def _planned(work: Work, company: Company, items: Iterable[ItemRecord]) -> Iterator[Finding]:
    """What is ready to be sent and would be refused: its period was closed since, or a record it uses was put away."""
    report = Report.on("planned documents", work.record)
    rows = _planned_rows(work)
    closed = _latest(company.books_closed_until, company.tax_filed_until)
    late = [row for row in rows if closed is not None and row.dated is not None and row.dated <= closed]
    if late:
        yield report.warning(
            "Planned documents of a period that is closed, or whose sales tax is filed, until {closed}: {count}.",
            "Open the period in QuickBooks (the gear, Account and settings, Advanced, Close the books), or set "
            'closed_periods to "first_open_day".',
            closed=str(closed),
            count=f"{len(late):,}",
        ).on_page(
            Page.SET_UP,
            Message(
                "Open the period in QuickBooks (the gear, Account and settings, Advanced, Close the books); or let "
                "what is late be dated by the first open day."
            ),
        )
    put_away = _put_away(company, items)
    used = Counter(each for row in rows for each in uses(work.books.journal.document(row)) if each in put_away)
    most_used = sorted(used.items(), key=lambda it: (-it[1], it[0]))
    for (kind, identity), count in most_used[:CAUSES_SHOWN]:
        yield report.warning(
            'The {kind} "{name}" is inactive, and planned documents use it: {count}.',
            "Make it active again in QuickBooks, or choose another in the settings; the next run decides anew.",
            kind=kind,
            name=put_away[kind, identity],
            count=f"{count:,}",
        ).on_page(
            Page.SET_UP,
            Message(
                "Make it active again in QuickBooks, or choose another in the settings; the next run decides anew."
            ),
        )


def _planned_rows(work: Work) -> list[Posting]:
    with work.books.database.read() as connection:
        return work.books.journal.select(
            connection,
            postings.c.connection_id == work.record.id,
            postings.c.company == work.ledger.identity,
            postings.c.state.in_([State.PLANNED.value, State.WAITING.value]),
            postings.c.document.is_not(None),
            limit=PLANNED_LOOKED_AT,
        )


def _latest(*days: date | None) -> date | None:
    return max((each for each in days if each is not None), default=None)


def _put_away(company: Company, items: Iterable[ItemRecord]) -> dict[Used, str]:
    """The names of the records that are inactive."""
    return {
        **{(ITEM, each.id): each.name for each in items if not each.active},
        **{(TAX_CODE, each.id): each.name for each in company.tax_codes if not each.active},
        **{(ACCOUNT, each.id): each.name for each in company.accounts if not each.active},
    }
