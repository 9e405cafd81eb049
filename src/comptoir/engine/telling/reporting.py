"""The end of a run: what it came to is kept, and whoever asked to be told by e-mail will be, in one transaction.

`finish_run`, `finish_quiet_run` and `fail_run` end a run (`engine.sync` and `.worker` call them). They plan its
report where the settings ask for one; what is planned is sent later, outside of any transaction (`App.send_reports`). A
report that cannot be made never keeps a run from its end.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import Connection

from comptoir.books.money import sums
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ReportSettings, ReportWhen
from comptoir.engine.errors import HouseError
from comptoir.engine.proving.outcome import LeftOut, Outcome, added_out, outcome_of, pages_of
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.clearing import Clearing, clearing_of
from comptoir.engine.telling.held import standing
from comptoir.engine.telling.report import Counted, Did, Report, Walk, added, noted, report_of
from comptoir.engine.work import Books, SettingsProblemsError, Work, utc_now, zone_of
from comptoir.storage.brought import left_out_by, notes_of, settled_by
from comptoir.storage.codec import adapter
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.journal import JournalOwner
from comptoir.storage.outbox import MailPlace, PlannedMail
from comptoir.storage.runs import Run, RunState

REMINDER = timedelta(hours=23, minutes=30)
"""After so long what was told and still lasts is told again; a little less than a day, for runs are never on time."""
PASSING = timedelta(hours=3)
"""How long a platform may be out of reach before a person is told: the runs try again by themselves."""

FAULT = Problem(
    "fault",
    Message(
        "A fault in the program stopped this run. Nothing is lost: the next run goes on from here. "
        "The program's own messages tell more."
    ),
    Message("If it comes again, report it with those messages."),
)
"""What a run's row says of an exception that is none of the six."""

_log = logging.getLogger(__name__)


def finish_run(work: Work, proof: Proof) -> Run:
    """End a run that came to its proof, and plan its report."""
    end = _End(work.books, work.run, work.clock())
    return end.write(RunState.FINISHED, end.report(proof=proof), proof=proof)


def finish_quiet_run(work: Work) -> Run:
    """End a run that found nothing to do. Its report is planned as any other's, where one is wanted at all."""
    if work.settings.report.when is ReportWhen.NEVER:
        return work.books.runs.finish(work.run.id, RunState.FINISHED)
    end = _End(work.books, work.run, work.clock())
    return end.write(RunState.FINISHED, end.report())


def fail_run(books: Books, run: Run, error: Exception, now: datetime | None = None) -> Run:
    """End a run that `error` stopped, and plan its report: what was posted is recorded, the rest stays planned."""
    if isinstance(error, SettingsProblemsError):
        text, stops = str(error), tuple(error.problems)
    elif isinstance(error, HouseError):
        text = str(error.message)
        stops = (Problem(error.next_step, error.message, Message("Until then nothing can be posted.")),)
    else:
        text, stops = str(FAULT.what), (FAULT,)
    end = _End(books, run, now or utc_now())
    return end.write(RunState.FAILED, end.report(stops=stops), problem=text)


@dataclass(frozen=True, slots=True)
class _End:
    """A run at its end."""

    books: Books
    run: Run
    now: datetime

    def report(self, *, proof: Proof | None = None, stops: tuple[Problem, ...] = ()) -> Report | None:
        """What the run came to; None where that cannot be told, which the log says."""
        try:
            record = self.books.connections.get(self.run.connection_id)
            company = self.books.connections.company_of(record)
            owner = JournalOwner(record.organization_id, record.id, company.identity if company else "")
            return report_of(
                Walk(self.run.id, self.run.started_at, datetime.now(UTC), failed=bool(stops)),
                proof=proof,
                standing=standing(self.books, owner),
                did=self._did(),
                stops=stops,
                clearing=self._clearing(record, owner),
            )
        except Exception:  # noqa: BLE001 - whatever it is, the run ends
            _log.exception("what run %s came to cannot be told", self.run.id)
            return None

    def write(self, state: RunState, report: Report | None, *, problem: str = "", proof: Proof | None = None) -> Run:
        """End the run and plan its report, both or neither but for a report that cannot be planned."""
        text = adapter(Report).dump_json(report).decode() if report else None
        outcome = adapter(Outcome).dump_json(outcome_of(proof)).decode() if proof else None
        with self.books.database.write() as connection:
            run = self.books.runs.end(connection, self.run.id, state, problem=problem, proof=outcome, report=text)
            if proof is not None:
                place = self.books.connections.get(run.connection_id).organization_id
                self.books.proof_pages.keep(connection, place, run.id, pages_of(proof))
            if report is not None:
                try:
                    with connection.begin_nested():
                        self._plan(connection, report)
                except Exception:  # noqa: BLE001 - whatever it is, the run ends
                    _log.exception("the report of run %s cannot be planned", run.id)
        return run

    def _clearing(self, record: ConnectionRecord, owner: JournalOwner) -> tuple[Clearing, ...]:
        """What went through the accounts; nothing where the company is not known."""
        known = self.books.lists.company(record.organization_id, owner.company)
        if known is None or record.settings is None:
            return ()
        figures = self.books.figures
        moved, openings = figures.money(record.id), figures.openings(record.id)
        return clearing_of(moved, record.settings, known.company, openings)

    def _did(self) -> Did | None:
        """What the run put into the books, and what it was the first to leave out; None where it did neither."""
        run = self.books.runs.get(self.run.id)
        if not (run.decided or run.posted):
            return None
        with self.books.database.read() as connection:
            posted, out = settled_by(connection, run), left_out_by(connection, run)
            notes = noted(notes_of(connection, run))
        return Did(
            added(Counted(each.kind, each.count, sums([each.amount])) for each in posted),
            added_out(LeftOut(each.rule, each.kind, each.count, sums([each.amount])) for each in out),
            notes,
        )

    def _plan(self, connection: Connection, report: Report) -> None:
        """Put the report into the outbox where it is wanted; what is mended since the last one is forgotten."""
        record = self.books.connections.get(self.run.connection_id)
        if record.settings is None:
            return
        settings = record.settings.report
        outbox = self.books.outbox
        last = outbox.latest(connection, record.id)
        well = self.books.runs.well_until(connection, record.id)
        occasion = Occasion(report, last, self.now, is_lasting=well is None or self.now - well >= PASSING)
        if not is_wanted(settings, occasion):
            if last is not None:
                outbox.forget(connection, last, occasion.hands)
        elif settings.when is ReportWhen.DAILY and last is not None and last.takes_more:
            outbox.extend(connection, last, self.run.id, settings, occasion.hands)
        else:
            due = due_at(settings, self.now, zone_of(record))
            place = MailPlace(record.organization_id, record.id, self.run.id)
            outbox.plan(connection, place, settings, occasion.hands, planned_at=self.now, due_at=due)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What is known when a run ended: its report, what was told last, and the time."""

    report: Report
    last: PlannedMail | None
    now: datetime
    is_lasting: bool
    """Whether a platform that is out of reach has been so for long."""

    @property
    def hands(self) -> frozenset[str]:
        """What needs a hand now."""
        return self.report.needs_a_hand(is_lasting=self.is_lasting)

    @property
    def has_news(self) -> bool:
        """Whether something needs a hand that was not told yet, or was told so long ago that it bears repeating."""
        if self.last is None:
            return bool(self.hands)
        is_due = self.now - self.last.planned_at >= REMINDER
        return bool(self.hands - self.last.told) or (is_due and bool(self.hands))


def is_wanted(settings: ReportSettings, occasion: Occasion) -> bool:
    """Whether the run that ended is to be told by e-mail.

    After each run: those that posted or left out something, or have news of what needs a hand; an hourly "nothing" is
    no report. Daily: every day that had a run, so that silence means something. On problems: news of them alone.
    """
    match settings.when:
        case ReportWhen.NEVER:
            return False
        case ReportWhen.DAILY:
            return True
        case ReportWhen.PROBLEMS:
            return occasion.has_news
        case ReportWhen.EACH_RUN:  # pragma: no branch
            return occasion.report.did_something or occasion.has_news


def due_at(settings: ReportSettings, now: datetime, zone: tzinfo) -> datetime:
    """When a report planned now is to go: at once, or when the hour of the daily one strikes next in `zone`."""
    if settings.when is not ReportWhen.DAILY:
        return now
    local = now.astimezone(zone)
    strikes = local.replace(hour=settings.hour, minute=0, second=0, microsecond=0, fold=0)
    if strikes <= local:
        strikes = (strikes.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return strikes.astimezone(UTC)
