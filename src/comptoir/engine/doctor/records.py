"""What the installation's own records tell, without any network: sign-ins, runs, the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from comptoir.books.problems import Message
from comptoir.engine.doctor.findings import Finding, Outcome, Page, Report
from comptoir.engine.doctor.installation import Installation
from comptoir.engine.telling.held import Standing, standing
from comptoir.engine.telling.metering import metered_problems
from comptoir.engine.telling.overview import stops_of
from comptoir.engine.telling.platforms import platform_name
from comptoir.engine.work import Books
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.executors import Executors
from comptoir.storage.fence import fetching_subject, posting_subject
from comptoir.storage.journal import JournalOwner
from comptoir.storage.postings import IN_FLIGHT, State
from comptoir.storage.runs import Run, RunState, went_well
from comptoir.storage.tables import batches, postings, runs

ENDS_SOON = timedelta(days=14)
"""Before the end of a sign-in that any run would renew."""
ENDS_FOR_GOOD_SOON = timedelta(days=60)
"""Before the end of one that only a person can renew."""
QUIET_TOO_LONG = timedelta(hours=26)
"""Since the last good run of a store without a schedule: a day and a little."""
MISSED_SLOTS = 3
"""So many intervals of its schedule a store may go without a good run."""
LATE = timedelta(minutes=15)
"""After a store was due."""
STUCK_AFTER = timedelta(hours=1)
IN_DOUBT_TOO_LONG = timedelta(minutes=15)
"""Since a batch was first sent; the ledger has forgotten its key by then."""
WAITING_TOO_LONG = timedelta(days=2)
CAUSES_SHOWN = 10

AGAIN = "Sign in again under Connections, or with: comptoir connect {platform}"
LIST_THEM = "See each cause with its remedy: comptoir problems"
_EACH_CAUSE = Message("See each cause with its remedy.")


def look_at_sign_in(installation: Installation, record: ConnectionRecord, now: datetime) -> Iterator[Finding]:
    """Whether the stored secrets open, and how long the sign-in lasts."""
    report = Report.on("sign-in", record)
    installation.books.connections.secrets(record)
    tokens = installation.books.connections.tokens(record).load()
    platform = record.platform
    for_good = installation.ends_for_good(record)
    ends = tokens.refresh_expires_at if tokens else None
    if for_good is not None and (ends is None or for_good < ends):
        ends = for_good
    if ends is not None and ends <= now:
        yield report.problem(
            "The sign-in ended on {day}: nothing can be read or posted.", AGAIN, day=_day(ends), platform=platform
        ).on_page(Page.SIGN_IN)
    elif for_good is not None and for_good - now < ENDS_FOR_GOOD_SOON:
        yield report.warning(
            "The sign-in ends on {day} and is not renewed beyond: only a new one by a person is.",
            AGAIN,
            day=_day(for_good),
            platform=platform,
        ).on_page(Page.SIGN_IN)
    elif ends is not None and ends - now < ENDS_SOON:
        yield report.warning(
            "The sign-in ends on {day} unless it is used before.", "Any run renews it: comptoir sync", day=_day(ends)
        ).on_page(Page.HOME, Message("Any run renews it."))
    elif ends is not None:
        yield report.ok("Its secrets open; the sign-in is good until {day}, and each run renews it.", day=_day(ends))
    else:
        yield report.ok("Its secrets open with the key file.")


def look_at_metered(installation: Installation, now: datetime) -> Iterator[Finding]:
    """What the platforms count by the month; nothing where nothing was counted yet."""
    report = Report("reads")
    counted = installation.books.meter.standing(installation.organization_id, now)
    for problem in metered_problems(installation.books, installation.organization_id, now):
        yield report.of(problem, Outcome.WARNING).on_page(Page.HOME, problem.remedy)
    for each in counted:
        if not each.is_close:
            yield report.ok(
                "This month {reads} of the {allowed} free reads of the {platform} app were used, by everybody who is "
                "connected through it.",
                reads=f"{each.reads:,}",
                allowed=f"{each.allowed:,}",
                platform=platform_name(each.platform),
            )


def look_at_runs(installation: Installation, record: ConnectionRecord, now: datetime) -> Iterator[Finding]:
    """The last good run of a store, the last failed one, and one that was left unfinished."""
    report = Report.on("runs", record)
    found = installation.books.runs
    good = found.of_connection(record.id, went_well())
    last = found.of_connection(record.id)
    if good is None:
        yield report.warning(
            "Nothing was synchronized yet.", "See what would be posted (comptoir preview), then post it: comptoir sync"
        ).on_page(Page.SET_UP, Message("Look at what would be posted, in the dry run of the set-up; then synchronize."))
    else:
        yield _since_last(report, good, now, _quiet_at_most(installation.books, record))
    if last is not None and last.state is RunState.FAILED:
        yield from _stopped(report, last)
    elif _is_stuck(installation, record, last, now):
        yield report.warning(
            "Run {run} began {age} ago and nobody is at work on it: it was cut off.",
            "The next run goes on where it stopped: comptoir sync",
            run=str(last.id) if last else "",
            age=_age(now - last.started_at) if last else "",
        ).on_page(Page.HOME, Message("The next run goes on where it stopped."))


def _stopped(report: Report, last: Run) -> Iterator[Finding]:
    """What ended the last run before its end, each with its remedy where the run left one."""
    for stop in stops_of(last):
        found = replace(report.of(stop, Outcome.PROBLEM), extent=Message("run {run}", {"run": str(last.id)}))
        yield found if found.setting else found.on_page(Page.HOME, stop.remedy)
    if not stops_of(last):
        yield report.problem(
            "The last run, {run}, ended early: {problem}",
            "Mend what it says; what is left is done by the next one: comptoir sync",
            run=str(last.id),
            problem=last.problem,
        ).on_page(Page.HOME, Message("Mend what it says; what is left is done by the next run."))


def look_at_schedule(installation: Installation, record: ConnectionRecord, now: datetime) -> Iterator[Finding]:
    """Whether a store runs by itself, and whether anybody is there to run it."""
    report = Report.on("schedule", record)
    schedule = installation.books.schedules.get(record.id)
    if schedule is None or not schedule.enabled:
        yield report.ok("None is on: it is synchronized when somebody asks for it.")
    elif not Executors(installation.books.database).living():
        yield report.problem(
            "It is on, and no server is at work: nothing is synchronized by itself.", "Start one: comptoir serve"
        ).on_page(Page.MACHINE)
    elif schedule.due_at is not None and now - schedule.due_at > LATE:
        yield report.warning(
            "It has been due for {age}, and nobody has begun.",
            "Is the server overloaded? More workers share the work; its log says what it does.",
            age=_age(now - schedule.due_at),
        ).on_page(Page.MACHINE)
    else:
        yield report.ok("It is on, and a server is at work.")


def _quiet_at_most(books: Books, record: ConnectionRecord) -> timedelta:
    schedule = books.schedules.get(record.id)
    if schedule is None or not schedule.enabled:
        return QUIET_TOO_LONG
    return max(MISSED_SLOTS * timedelta(seconds=schedule.period_seconds), LATE)


def _since_last(report: Report, good: Run, now: datetime, at_most: timedelta) -> Finding:
    age = now - (good.finished_at or good.started_at)
    if age > at_most:
        found = report.warning("The last good run was {age} ago.", "Run now: comptoir sync", age=_age(age))
        return found.on_page(Page.HOME, Message("Start one."))
    return report.ok("The last good run was {age} ago.", age=_age(age))


def _is_stuck(installation: Installation, record: ConnectionRecord, last: Run | None, now: datetime) -> bool:
    """Begun long ago, not ended, and no worker's lease on the store or its company is alive."""
    if last is None or last.state is not RunState.RUNNING or now - last.started_at < STUCK_AFTER:
        return False
    subjects = [fetching_subject(record.id), posting_subject(installation.ledger_record(record).identity)]
    return not _is_worked_on(installation.books, subjects)


def _is_worked_on(books: Books, subjects: list[str]) -> bool:
    executors = Executors(books.database)
    return any(executors.holds(each) for each in subjects)


def look_at_journal(
    installation: Installation, record: ConnectionRecord, now: datetime, *, with_causes: bool
) -> Iterator[Finding]:
    """What is held, strayed, in doubt or waits too long; the causes one by one where the company cannot be asked."""
    books = installation.books
    company = installation.ledger_record(record).identity
    owner = JournalOwner(record.organization_id, record.id, company)
    found = standing(books, owner)
    yield from _held(Report.on("held", record), found, with_causes=with_causes)
    yield from _in_flight(Report.on("documents", record), books, owner, now)
    waiting = _old(books, owner, [State.WAITING], now - WAITING_TOO_LONG)
    if waiting:
        yield (
            Report.on("documents", record)
            .warning(
                "Documents that wait for another one, for more than two days: {count}.", LIST_THEM, count=f"{waiting:,}"
            )
            .on_page(Page.TO_FIX, _EACH_CAUSE)
        )
    if found.straying:
        yield (
            Report.on("books", record)
            .warning(
                "Documents that somebody changed or deleted in the books: {count}.",
                "Look at each (comptoir problems); then keep it so (comptoir accept ORDER) or post it again (comptoir "
                "retry ORDER).",
                count=f"{found.straying:,}",
            )
            .on_page(Page.TO_FIX, Message("Look at each, and say whether it stays so or is posted again."))
        )


def _held(report: Report, found: Standing, *, with_causes: bool) -> Iterator[Finding]:
    if not found.held:
        yield report.ok("Nothing is held.")
        return
    count, amounts = f"{found.held:,}", ", ".join(map(str, found.amounts))
    if amounts:
        told = report.warning("Held: {count} ({amounts}).", LIST_THEM, count=count, amounts=amounts)
    else:
        told = report.warning("Held: {count}.", LIST_THEM, count=count)
    yield told.on_page(Page.TO_FIX, _EACH_CAUSE)
    if with_causes:
        for cause in found.causes[:CAUSES_SHOWN]:
            yield report.of(cause.problem, Outcome.WARNING)


def _in_flight(report: Report, books: Books, owner: JournalOwner, now: datetime) -> Iterator[Finding]:
    long_ago = int((now - IN_DOUBT_TOO_LONG).timestamp())
    mine = (postings.c.connection_id == owner.connection_id) & (postings.c.company == owner.company)
    old = select(batches.c.id).where(batches.c.company == owner.company, batches.c.first_sent_at < long_ago)
    states = postings.c.state.in_([state.value for state in IN_FLIGHT])
    with books.database.read() as connection:
        count = books.journal.count(connection, mine, states, postings.c.batch_id.in_(old))
    if count and not _is_worked_on(books, [posting_subject(owner.company)]):
        yield report.warning(
            "Documents that were sent and got no answer: {count}.",
            "The next run asks the books what became of them, before it sends anything: comptoir sync",
            count=f"{count:,}",
        ).on_page(Page.HOME, Message("The next run asks the books what became of them, before it sends anything."))
    elif not count:
        yield report.ok("None is in doubt.")


def _old(books: Books, owner: JournalOwner, states: list[State], before: datetime) -> int:
    """How many postings in these states were put there by a run that began before."""
    earlier = select(runs.c.id).where(runs.c.connection_id == owner.connection_id, runs.c.started_at < before)
    with books.database.read() as connection:
        return books.journal.count(
            connection,
            postings.c.connection_id == owner.connection_id,
            postings.c.company == owner.company,
            postings.c.state.in_([state.value for state in states]),
            postings.c.run_id.in_(earlier),
        )


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _age(age: timedelta) -> str:
    """How long, in the largest unit that says something."""
    minutes = int(age.total_seconds() // 60)
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}" + ("" if count == 1 else "s")
    return "less than a minute"
