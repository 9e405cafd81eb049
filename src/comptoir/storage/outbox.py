"""The outbox: reports that are to go by e-mail, planned in the transaction of what they tell, sent later.

A row is *planned* until every address has it (*sent*) or it is of no use any more (*given up*). Whoever sends it claims
it first, for a while: a crash between the sending and the note of it sends it once more, and never loses it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from comptoir.books.problems import Problem
from comptoir.books.settings import ReportSettings, ReportWhen
from comptoir.storage.codec import adapter, problems_from_json, problems_to_json
from comptoir.storage.database import Database, inserted_id
from comptoir.storage.tables import reports


class MailState(StrEnum):
    """Where a report by e-mail stands."""

    PLANNED = "planned"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class PlannedMail:
    """A report by e-mail. `recipients` are those that have not got it yet; `told` the causes that it tells of."""

    id: int
    connection_id: int
    first_run_id: int
    last_run_id: int
    settings: ReportSettings
    told: frozenset[str]
    state: MailState
    recipients: tuple[str, ...]
    planned_at: datetime
    due_at: datetime
    attempts: int
    problems: tuple[Problem, ...]

    @property
    def takes_more(self) -> bool:
        """Whether a later run may still be told in it: it is a daily one, and nobody tried to send it."""
        is_daily = self.settings.when is ReportWhen.DAILY
        return is_daily and self.state is MailState.PLANNED and self.attempts == 0


@dataclass(frozen=True, slots=True)
class MailPlace:
    """Whose report it is, and of which run."""

    organization_id: int
    connection_id: int
    run_id: int


class Outbox:
    """Every reading and writing of planned reports; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(
        self,
        connection: Connection,
        place: MailPlace,
        settings: ReportSettings,
        told: Collection[str],
        *,
        planned_at: datetime,
        due_at: datetime,
    ) -> int:
        """Plan the report of a run. Answers its id."""
        done = connection.execute(
            insert(reports).values(
                organization_id=place.organization_id,
                connection_id=place.connection_id,
                first_run_id=place.run_id,
                last_run_id=place.run_id,
                settings=adapter(ReportSettings).dump_json(settings).decode(),
                told=json.dumps(sorted(told)),
                state=MailState.PLANNED.value,
                recipients=json.dumps(list(dict.fromkeys(settings.to))),
                planned_at=planned_at,
                due_at=due_at,
                next_try_at=due_at,
                attempts=0,
            )
        )
        return inserted_id(done)

    def extend(
        self, connection: Connection, mail: PlannedMail, run_id: int, settings: ReportSettings, told: Collection[str]
    ) -> None:
        """Tell one more run in a report that nobody has tried to send yet."""
        connection.execute(
            update(reports)
            .where(reports.c.id == mail.id)
            .values(
                last_run_id=run_id,
                settings=adapter(ReportSettings).dump_json(settings).decode(),
                recipients=json.dumps(list(dict.fromkeys(settings.to))),
                told=json.dumps(sorted(told)),
            )
        )

    def forget(self, connection: Connection, mail: PlannedMail, lasting: Collection[str]) -> None:
        """What a report told and is mended since will be news when it comes back."""
        if not mail.told <= set(lasting):
            told = json.dumps(sorted(mail.told & set(lasting)))
            connection.execute(update(reports).where(reports.c.id == mail.id).values(told=told))

    def latest(self, connection: Connection, connection_id: int) -> PlannedMail | None:
        """The newest report of a store connection."""
        mine = select(reports).where(reports.c.connection_id == connection_id)
        row = connection.execute(mine.order_by(reports.c.id.desc()).limit(1)).first()
        return _mail(row) if row is not None else None

    def claim(self, now: datetime, until: datetime, limit: int) -> list[PlannedMail]:
        """Take the oldest reports that are due, for this process alone until then."""
        due = (reports.c.state == MailState.PLANNED.value) & (reports.c.next_try_at <= now)
        with self._database.read() as connection:
            if connection.execute(select(reports.c.id).where(due).limit(1)).first() is None:
                return []  # looked at every few seconds: what has nothing to do takes no lock
        found = []
        with self._database.write() as connection:
            for row in connection.execute(select(reports).where(due).order_by(reports.c.id).limit(limit)).all():
                claimed = update(reports).where(reports.c.id == row.id, due)
                if connection.execute(claimed.values(next_try_at=until, attempts=row.attempts + 1)).rowcount:
                    found.append(_mail(row))
        return found

    def settle(self, mail: PlannedMail, state: MailState, problems: Sequence[Problem], now: datetime) -> None:
        """A report is sent, or given up; what went wrong with it stays to be seen."""
        self._note(mail, state=state.value, settled_at=now, problems=_or_none(problems), recipients="[]")

    def postpone(
        self, mail: PlannedMail, recipients: Sequence[str], problems: Sequence[Problem], next_try_at: datetime
    ) -> None:
        """These addresses have not got it: try again then."""
        self._note(mail, recipients=json.dumps(recipients), problems=_or_none(problems), next_try_at=next_try_at)

    def troubles(self, organization_id: int) -> list[PlannedMail]:
        """The newest report of each connection, where it or an address of it could not be reached."""
        mine = select(reports).where(
            reports.c.organization_id == organization_id,
            (reports.c.attempts > 0) | (reports.c.state != MailState.PLANNED.value),
        )
        newest: dict[int, PlannedMail] = {}
        with self._database.read() as connection:
            for row in connection.execute(mine.order_by(reports.c.id.desc())):
                newest.setdefault(row.connection_id, _mail(row))
        return [mail for mail in newest.values() if mail.problems]

    def _note(self, mail: PlannedMail, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(update(reports).where(reports.c.id == mail.id).values(**values))


def _or_none(problems: Sequence[Problem]) -> str | None:
    return problems_to_json(tuple(problems)) if problems else None


def _mail(row: Row[Any]) -> PlannedMail:
    return PlannedMail(
        id=row.id,
        connection_id=row.connection_id,
        first_run_id=row.first_run_id,
        last_run_id=row.last_run_id,
        settings=adapter(ReportSettings).validate_json(row.settings),
        told=frozenset(json.loads(row.told)),
        state=MailState(row.state),
        recipients=tuple(json.loads(row.recipients)),
        planned_at=row.planned_at,
        due_at=row.due_at,
        attempts=row.attempts,
        problems=problems_from_json(row.problems) if row.problems else (),
    )
