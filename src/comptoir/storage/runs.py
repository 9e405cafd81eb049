"""Runs: one pass of a connection, what it did, and what its proof came to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from comptoir.books.documents.forgetting import telling_words
from comptoir.storage.database import Database, upsert
from comptoir.storage.nameless import nameless_json
from comptoir.storage.tables import runs
from comptoir.telemetry import events

BY_SCHEDULE = "schedule"
"""The trigger of a run that nobody asked for; every other is a person's wish."""
BY_HAND = "by hand"
"""The trigger of a run that a person asked for, as it is."""
LOOK, TRY_OUT = "look", "try out"
"""The triggers of a set-up's runs, which read the store and synchronize nothing."""
UNDO, REPOST = "undo", "repost"
"""The triggers of a run that takes documents out of the books, and of one that posts what was taken out."""
PROOF = "proof"
"""The trigger of a proof that somebody asked for: the books are read anew, and nothing else is done."""


ACCEPT, PREVIEW = "accept", "preview"
ERRANDS = frozenset({LOOK, TRY_OUT, UNDO, PROOF, ACCEPT, PREVIEW})
"""The triggers of runs that do something else than to synchronize."""


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


def went_well() -> ColumnElement[bool]:
    """The runs that went the whole road to its end: with a proof, or by schedule with nothing to prove."""
    whole = (runs.c.proof.is_not(None) & (runs.c.trigger != PROOF)) | (runs.c.trigger == BY_SCHEDULE)
    return (runs.c.state == RunState.FINISHED.value) & whole


@dataclass(frozen=True, slots=True)
class Run:
    """One pass. `posted` counts documents that this run put into the books, lists included."""

    id: int
    connection_id: int
    trigger: str
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    fetched: int
    decided: int
    posted: int
    problem: str
    proof: str | None
    """What its proof came to, as JSON (`engine.proving.outcome`); its rows stand apart (`storage.proof_pages`)."""
    report: str | None = None
    """What it came to, as JSON (`engine.report`); None for runs that only look, and those from before it was kept."""


class Runs:
    """Reads and writes runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, organization_id: int, connection_id: int, trigger: str) -> Run:
        """Begin a run, or join the one that is at work or that a stopped process left unfinished."""
        with self._database.write() as connection:
            run, resumed = self._begin(connection, organization_id, connection_id, trigger)
        return _told(events.Kind.RUN_STARTED, run, resumed=resumed)

    def _begin(
        self, connection: Connection, organization_id: int, connection_id: int, trigger: str
    ) -> tuple[Run, bool]:
        """The run that is under way, and whether it was before."""
        running = (runs.c.connection_id == connection_id) & (runs.c.state == RunState.RUNNING.value)
        while True:  # another process may begin one, or end it, between two statements
            left = connection.execute(select(runs).where(running)).one_or_none()
            if left is not None:
                return _run(left), True
            if trigger == BY_SCHEDULE and (quiet := self._reopen_quiet(connection, connection_id)) is not None:
                return quiet, False
            add = upsert(connection, runs).values(
                organization_id=organization_id,
                connection_id=connection_id,
                trigger=trigger,
                state=RunState.RUNNING.value,
                started_at=datetime.now(UTC),
            )
            made = connection.execute(add.on_conflict_do_nothing().returning(runs.c.id)).scalar_one_or_none()
            if made is not None:
                return self._get(connection, made), False

    def _reopen_quiet(self, connection: Connection, connection_id: int) -> Run | None:
        """The last run, begun anew, if the schedule started it and it found nothing: of such in a row one is kept.

        Or ten thousand stores would add a quarter of a million rows a day that say nothing.
        """
        last = select(func.max(runs.c.id)).where(runs.c.connection_id == connection_id).scalar_subquery()
        quiet = (runs.c.state == RunState.FINISHED.value) & (runs.c.trigger == BY_SCHEDULE)
        quiet &= (runs.c.fetched == 0) & (runs.c.decided == 0) & (runs.c.posted == 0)
        quiet &= runs.c.proof.is_(None) & runs.c.report.is_(None)  # what was told by e-mail stays as it is
        again = update(runs).where(runs.c.id == last, quiet)
        values = {"state": RunState.RUNNING.value, "started_at": datetime.now(UTC), "finished_at": None}
        row = connection.execute(again.values(**values).returning(runs)).one_or_none()
        return None if row is None else _run(row)

    def running(self, connection_id: int) -> Run | None:
        """The run of this connection that is at work, or that a stopped process left unfinished."""
        query = select(runs).where(runs.c.connection_id == connection_id, runs.c.state == RunState.RUNNING.value)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _run(row)

    def get(self, run_id: int) -> Run:
        """The run; it must exist."""
        with self._database.read() as connection:
            return self._get(connection, run_id)

    def find(self, organization_id: int, run_id: int) -> Run | None:
        """The run; None where the organization has no such one."""
        query = select(runs).where(runs.c.id == run_id, runs.c.organization_id == organization_id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return _run(row) if row is not None else None

    def latest(
        self, organization_id: int, limit: int, *, before: int | None = None, connection_id: int | None = None
    ) -> list[Run]:
        """The newest runs first: of one connection where it is named, behind the run `before`."""
        query = select(runs).where(runs.c.organization_id == organization_id)
        if before is not None:
            query = query.where(runs.c.id < before)
        if connection_id is not None:
            query = query.where(runs.c.connection_id == connection_id)
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query.order_by(runs.c.id.desc()).limit(limit))]

    def of_connection(self, connection_id: int, *where: Any) -> Run | None:
        """The newest run of a connection that meets `where`; None where there is none."""
        query = select(runs).where(runs.c.connection_id == connection_id, *where).order_by(runs.c.id.desc()).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _run(row)

    def count(self, connection: Connection, run_id: int, **more: int) -> None:
        """Add to a run's counters, in the transaction of what is counted."""
        values = {name: runs.c[name] + number for name, number in more.items()}
        connection.execute(update(runs).where(runs.c.id == run_id).values(**values))

    def finish(self, run_id: int, state: RunState, *, problem: str = "", proof: str | None = None) -> Run:
        """End a run."""
        with self._database.write() as connection:
            return self.end(connection, run_id, state, problem=problem, proof=proof)

    def end(
        self,
        connection: Connection,
        run_id: int,
        state: RunState,
        *,
        problem: str = "",
        proof: str | None = None,
        report: str | None = None,
    ) -> Run:
        """End a run in the caller's transaction."""
        connection.execute(
            update(runs)
            .where(runs.c.id == run_id)
            .values(state=state.value, finished_at=datetime.now(UTC), problem=problem, proof=proof, report=report)
        )
        run = self._get(connection, run_id)
        seconds = ((run.finished_at or run.started_at) - run.started_at).total_seconds()
        return _told(
            events.Kind.RUN_ENDED,
            run,
            state=run.state.value,
            fetched=run.fetched,
            decided=run.decided,
            posted=run.posted,
            seconds=round(seconds, 1),
        )

    def between(self, connection_id: int, first: int, last: int) -> list[Run]:
        """The runs of a connection from the one id to the other, oldest first."""
        query = select(runs).where(runs.c.connection_id == connection_id, runs.c.id.between(first, last))
        with self._database.read() as connection:
            return [_run(row) for row in connection.execute(query.order_by(runs.c.id))]

    def well_until(self, connection: Connection, connection_id: int) -> datetime | None:
        """When the last run of a connection came to its end; when its first one began, where none ever did."""
        mine = runs.c.connection_id == connection_id
        ended = select(func.max(runs.c.finished_at)).where(mine, runs.c.state == RunState.FINISHED.value)
        began = select(func.min(runs.c.started_at)).where(mine)
        found: datetime | None = connection.execute(ended).scalar() or connection.execute(began).scalar()
        return found

    def forget(self, connection: Connection, connection_id: int, texts: Collection[str]) -> None:
        """Remove these personal texts from the messages of what runs told: what was held may have named a person."""
        words = telling_words(texts)
        mine = select(runs.c.id, runs.c.proof, runs.c.report).where(runs.c.connection_id == connection_id)
        for row in connection.execute(mine.order_by(runs.c.id)).all() if words else ():
            told = {name: nameless_json(getattr(row, name), words) for name in ("proof", "report")}
            changed = {name: text for name, text in told.items() if text != getattr(row, name)}
            if changed:
                connection.execute(update(runs).where(runs.c.id == row.id).values(**changed))

    def _get(self, connection: Connection, run_id: int) -> Run:
        return _run(connection.execute(select(runs).where(runs.c.id == run_id)).one())


def _told(kind: events.Kind, run: Run, **values: events.Value) -> Run:
    """The run, once those who watch know of it."""
    events.emit(kind, run=run.id, connection=run.connection_id, trigger=run.trigger.replace(" ", "_"), **values)
    return run


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        connection_id=row.connection_id,
        trigger=row.trigger,
        state=RunState(row.state),
        started_at=row.started_at,
        finished_at=row.finished_at,
        fetched=row.fetched,
        decided=row.decided,
        posted=row.posted,
        problem=row.problem or "",
        proof=row.proof,
        report=row.report,
    )
