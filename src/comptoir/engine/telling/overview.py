"""How each store connection stands, at a glance: its last run and proof, what is held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from comptoir.books.problems import Message, Problem
from comptoir.engine.proving.outcome import Outcome, Part, Rows, proof_from, rows_in
from comptoir.engine.proving.proof import HeldRow, Proof
from comptoir.engine.telling.clearing import Clearing
from comptoir.engine.telling.held import STRAYED, by_cause
from comptoir.engine.telling.report import Report
from comptoir.engine.work import Books
from comptoir.storage.codec import adapter
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.postings import State
from comptoir.storage.runs import LOOK, PROOF, TRY_OUT, Run, RunState
from comptoir.storage.schedule import Schedule
from comptoir.storage.tables import runs


class Health(StrEnum):
    """What a connection asks of its user."""

    NO_COMPANY = "no company"
    NO_SETTINGS = "no settings"
    NEVER_RUN = "never run"
    RUNNING = "running"
    FAILED = "failed"
    DIFFERS = "differs"
    HELD = "held"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Overview:
    """One store connection.

    `company`: where it is connected. `last`: its last run but for those of a set-up, and for proofs. `proven`: the
    last proven run; `report`: its own. `proving`: a proof that somebody asked for since the last run.
    """

    record: ConnectionRecord
    company: ConnectionRecord | None
    last: Run | None
    proven: Run | None
    report: Report | None
    schedule: Schedule | None
    held: int
    strayed: int
    proving: Run | None = None

    @property
    def agrees(self) -> bool | None:
        """What the last proof said; None where there is none."""
        return _agrees(self.report)

    @property
    def clearing(self) -> tuple[Clearing, ...]:
        """What went through the accounts that hold the store's money, as of that proof."""
        return self.report.clearing if self.report is not None else ()

    @property
    def next_at(self) -> datetime | None:
        """When it is synchronized by itself; None where it is not."""
        return self.schedule.due_at if self.schedule is not None and self.schedule.enabled else None

    @property
    def stops(self) -> tuple[Problem, ...]:
        """What ended the last run before its end."""
        return stops_of(self.last)

    @property
    def unproven(self) -> tuple[Problem, ...]:
        """Why the proof that was asked for last came to no end."""
        return stops_of(self.proving)

    @property
    def health(self) -> Health:
        """The first thing that is to be done, if any."""
        state = self.last.state if self.last else None
        asked = (
            (self.company is None, Health.NO_COMPANY),
            (self.record.settings is None, Health.NO_SETTINGS),
            (state is None, Health.NEVER_RUN),
            (RunState.RUNNING in {state, self.proving.state if self.proving else None}, Health.RUNNING),
            (state is RunState.FAILED, Health.FAILED),
            (self.strayed > 0 or self.agrees is False, Health.DIFFERS),
            (self.held > 0, Health.HELD),
        )
        return next((health for is_so, health in asked if is_so), Health.WELL)


def outcome_of_run(run: Run | None) -> Outcome | None:
    """What the proof of a run came to; None where it left none."""
    return adapter(Outcome).validate_json(run.proof) if run is not None and run.proof else None


def proof_of(books: Books, run: Run) -> Proof | None:
    """The whole proof that a run left; None where it left none."""
    outcome = outcome_of_run(run)
    return proof_from(outcome, books.proof_pages.all(run.id)) if outcome is not None else None


def rows_of_run(books: Books, run: Run, wanted: Mapping[str, int]) -> Rows:
    """A page of the rows of some parts of a run's proof: by the part, which page."""
    found = {page.part: rows_in(page) for page in books.proof_pages.some(run.id, list(wanted.items()))}
    return {part: found.get(part, ()) for part in wanted}


def held_by(books: Books, run: Run) -> list[tuple[Problem, int]]:
    """What held records when a run ended, and how many each."""
    report = report_of_run(run)
    if report is not None:
        return [(each.problem, each.count) for each in report.held]
    pages = books.proof_pages.all(run.id, Part.HELD)  # of a run from before they kept a report
    held = (row for page in pages for row in rows_in(page))
    return [(problem, len(rows)) for problem, rows in by_cause(held, _problems).values()]


def _problems(row: HeldRow) -> tuple[Problem, ...]:
    return row.problems


def report_of_run(run: Run | None) -> Report | None:
    """What a run came to; None for one that only looked."""
    return adapter(Report).validate_json(run.report) if run is not None and run.report else None


def agrees(run: Run | None) -> bool | None:
    """What the proof of a run said; None where it left none."""
    return _agrees(report_of_run(run))


def _agrees(report: Report | None) -> bool | None:
    return report.agrees if report is not None and report.balances else None


def why_stopped(run: Run) -> tuple[Message, ...]:
    """What ended a run before its end, in words; as it was told then, where the run left no report."""
    stops = tuple(each.what for each in stops_of(run))
    return stops or ((Message.verbatim(run.problem),) if run.problem else ())


def stops_of(run: Run | None) -> tuple[Problem, ...]:
    """What ended a run before its end, with what to do about it."""
    report = report_of_run(run)
    return report.stops if report is not None else ()


def overviews(books: Books, organization_id: int) -> list[Overview]:
    """Every connected store of an organization, from the database alone."""
    return [overview(books, record) for record in books.connections.connected(organization_id, STORE)]


def overview(books: Books, record: ConnectionRecord) -> Overview:
    """How one store connection stands."""
    proven = books.runs.of_connection(record.id, runs.c.proof.is_not(None))
    counts = books.figures.standing(record.id, {State.HELD} | STRAYED)
    latest = books.runs.of_connection(record.id, runs.c.trigger.not_in([LOOK, TRY_OUT]))
    proving = latest if latest is not None and latest.trigger == PROOF else None
    syncs = runs.c.trigger.not_in([LOOK, TRY_OUT, PROOF])
    return Overview(
        record=record,
        company=books.connections.connected_company_of(record),
        last=latest if proving is None else books.runs.of_connection(record.id, syncs),
        proven=proven,
        report=report_of_run(proven),
        schedule=books.schedules.get(record.id),
        held=counts[State.HELD],
        strayed=sum(counts[state] for state in STRAYED),
        proving=proving,
    )
