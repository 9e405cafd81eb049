"""Send what the outbox has: each report claimed, made, handed over and noted; what fails is tried again for a day.

Nothing here happens inside a transaction of the road, and nothing here raises because of a mail server. A process that
dies between the handing over and the note of it sends the report once more, under the same Message-ID.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from comptoir.books.documents import Wave
from comptoir.books.problems import Message, Problem, distinct
from comptoir.books.settings import ReportDetail, ReportSettings
from comptoir.engine.telling.metering import metered_problems
from comptoir.engine.telling.overview import report_of_run
from comptoir.engine.telling.report import Report, joined, with_proof_of
from comptoir.engine.work import Books, zone_of
from comptoir.language import words_in
from comptoir.mail.letter import Circumstances, Letter, Posted, letter
from comptoir.mail.message import compose, message_id
from comptoir.mail.server import REFUSED, Conversation, Delivery, MailServer, conversation
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.outbox import MailState, PlannedMail
from comptoir.storage.postings import IN_BOOKS
from comptoir.storage.runs import Run
from comptoir.storage.tables import memberships, postings, runs

CLAIM = timedelta(minutes=15)
"""How long a report belongs to the process that took it: longer than a server may keep one waiting at every word."""
AT_ONCE = 20
"""Reports taken at a time."""
PAUSES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 30, 60))
"""After the first, second, ... failure; after the last one of them always that long."""
GIVE_UP = timedelta(hours=24)
"""So long after it was due a report is no news any more."""

UNWRITTEN = Problem(
    "mail-unwritten",
    Message("A report could not be written, and was given up."),
    Message("See it with: comptoir report. The program's own messages tell more."),
    cause="mail-unwritten",
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one sending: reports that left, reports that did not, and why."""

    sent: int = 0
    failed: int = 0
    problems: tuple[Problem, ...] = ()

    def __add__(self, other: Sent) -> Sent:
        return Sent(self.sent + other.sent, self.failed + other.failed, distinct([*self.problems, *other.problems]))


def send_due(books: Books, server: MailServer | Problem, now: datetime) -> Sent:
    """Send every planned report that is due at `now`. A `Problem` in the server's place is why none can be sent."""
    done = Sent()
    if isinstance(server, Problem):
        while mails := books.outbox.claim(now, now + CLAIM, AT_ONCE):
            for mail in mails:
                _later(books, mail, mail.recipients, [server], now)
            done += Sent(failed=len(mails), problems=(server,))
        return done
    with conversation(server) as talk:
        while mails := books.outbox.claim(now, now + CLAIM, AT_ONCE):
            done += _send_all(books, mails, server, talk, now)
    return done


def _send_all(
    books: Books, mails: Sequence[PlannedMail], server: MailServer, talk: Conversation, now: datetime
) -> Sent:
    """Send these; once the server cannot be reached, the rest of them waits without asking it again."""
    done = Sent()
    unreachable: Problem | None = None
    for mail in mails:
        if unreachable is not None:
            _later(books, mail, mail.recipients, [unreachable], now)
            done += Sent(failed=1)
            continue
        written = _written(books, mail)
        if written is None:
            books.outbox.settle(mail, MailState.GIVEN_UP, (UNWRITTEN,), now)
            done += Sent(failed=1, problems=(UNWRITTEN,))
            continue
        name = message_id(server, books.connections.get(mail.connection_id).identity, mail.id, mail.planned_at)
        message = compose(written, server, mail.settings.to, name=name, at=now)
        delivery = talk.deliver(message, mail.recipients)
        done += _note(books, mail, delivery, now)
        if not delivery.reached and delivery.failure is not None:
            unreachable = delivery.failure.problem
    return done


def _note(books: Books, mail: PlannedMail, delivery: Delivery, now: datetime) -> Sent:
    """Write down what came of it: sent, given up, or to be tried again for those who have not got it."""
    if delivery.failure is not None:
        why = (delivery.failure.problem,)
        if delivery.failure.is_final:
            books.outbox.settle(mail, MailState.GIVEN_UP, why, now)
        else:
            _later(books, mail, mail.recipients, why, now)
        return Sent(failed=1, problems=why)
    refused = [*_refused_before(mail), *(each.problem for each in delivery.refused.values() if each.is_final)]
    waiting = {address: each.problem for address, each in delivery.refused.items() if not each.is_final}
    problems = (*refused, *waiting.values())
    if waiting:
        _later(books, mail, tuple(waiting), problems, now)
        return Sent(failed=1, problems=problems)
    is_lost = len(refused) == len(set(mail.settings.to))
    books.outbox.settle(mail, MailState.GIVEN_UP if is_lost else MailState.SENT, problems, now)
    return Sent(sent=int(not is_lost), failed=int(is_lost), problems=problems)


def _refused_before(mail: PlannedMail) -> list[Problem]:
    """Addresses that the server refused for good when this report was tried before."""
    return [
        each for each in mail.problems if each.code == REFUSED and each.what.values["address"] not in mail.recipients
    ]


def _later(
    books: Books, mail: PlannedMail, recipients: Sequence[str], problems: Sequence[Problem], now: datetime
) -> None:
    """Try again after a pause that grows; give up after a day."""
    pause = PAUSES[min(mail.attempts, len(PAUSES) - 1)]
    if now + pause >= mail.due_at + GIVE_UP:
        books.outbox.settle(mail, MailState.GIVEN_UP, problems, now)
    else:
        books.outbox.postpone(mail, recipients, problems, now + pause)


def _written(books: Books, mail: PlannedMail) -> Letter | None:
    """The letter of a planned report; None where it cannot be made, which must not keep the others."""
    try:
        told = books.runs.between(mail.connection_id, mail.first_run_id, mail.last_run_id)
        record = books.connections.get(mail.connection_id)
        return letter_of(books, record, told, mail.settings, has_pages=_has_members(books, record.organization_id))
    except Exception:  # noqa: BLE001
        _log.exception("report %s cannot be written", mail.id)
        return None


def _has_members(books: Books, organization_id: int) -> bool:
    """Whether anybody comes in by the pages."""
    query = select(memberships.c.user_id).where(memberships.c.organization_id == organization_id).limit(1)
    with books.database.read() as connection:
        return connection.execute(query).first() is not None


def letter_of(
    books: Books, record: ConnectionRecord, of: Sequence[Run], settings: ReportSettings, *, has_pages: bool = False
) -> Letter | None:
    """The letter that tells of these runs of a store, as `settings` wants it; to a reader who `has_pages`, or not."""
    reports = [report for report in map(report_of_run, of) if report is not None]
    if not reports:
        return None
    report = joined(reports)
    if not report.balances:
        report = with_proof_of(report, _last_proof(books, record, report) or report)
    currency = report.balances[0].currency if report.balances else ""
    around = Circumstances(
        store=record.title,
        zone=zone_of(record),
        next_run=_next_run(books, record),
        has_pages=has_pages,
        notices=tuple(metered_problems(books, record.organization_id, report.last.ended_at)),
        documents=_documents(books, record, report) if settings.what is ReportDetail.DOCUMENTS else None,
    )
    return letter(report, around, words_in(settings.language, currency))


def _next_run(books: Books, record: ConnectionRecord) -> datetime | None:
    """When the store is synchronized next by itself; None where nobody set that, or it is at once."""
    schedule = books.schedules.get(record.id)
    due = schedule.due_at if schedule is not None and schedule.enabled else None
    return due if due is not None and due > books.schedules.now() else None


def _last_proof(books: Books, record: ConnectionRecord, report: Report) -> Report | None:
    """The report of the last run before these that came to its proof: what it proved stands where nothing was done."""
    earlier = (runs.c.id < report.walks[0].run_id, runs.c.proof.is_not(None), runs.c.report.is_not(None))
    run = books.runs.of_connection(record.id, *earlier)
    return report_of_run(run)


def _documents(books: Books, record: ConnectionRecord, report: Report) -> tuple[Posted, ...]:
    """Every document that these runs put into the books and that is there still, in the order of planning."""
    first, last = report.walks[0].started_at, report.last.ended_at
    came = (postings.c.connection_id == record.id) & postings.c.settled_at.between(first, last)
    in_books = postings.c.state.in_([state.value for state in IN_BOOKS]) & (postings.c.wave != Wave.LISTS.value)
    with books.database.read() as connection:
        rows = books.journal.outlines(connection, came, in_books)
    return tuple(
        Posted(row.key.kind, row.number, row.order_number, row.dated, row.ledger_total or row.meant) for row in rows
    )
