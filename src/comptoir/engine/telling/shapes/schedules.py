"""A store's schedule for a machine."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.shapes.common import moment
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.schedule import Schedule


@dataclass(frozen=True, slots=True)
class TermsShape:
    """The terms of use as they were accepted."""

    version: str
    accepted_at: str
    by: str


@dataclass(frozen=True, slots=True)
class ScheduleShape:
    """When a store is synchronized by itself."""

    store: str
    on: bool
    every_minutes: int | None
    due_at: str | None
    failures: int
    terms: TermsShape | None


def schedule_shape(record: ConnectionRecord, schedule: Schedule | None) -> ScheduleShape:
    """A store's schedule; one that never had any is off."""
    on = schedule if schedule is not None and schedule.enabled else None
    terms = schedule.terms if schedule is not None else None
    return ScheduleShape(
        store=record.title,
        on=on is not None,
        every_minutes=on.period_seconds // 60 if on else None,
        due_at=moment(on.due_at) if on else None,
        failures=schedule.failures if schedule else 0,
        terms=TermsShape(terms.version, terms.accepted_at.isoformat(), terms.accepted_by) if terms else None,
    )
