"""Connections for a machine: how each stands, and no secret."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.telling.overview import Overview
from comptoir.engine.telling.shapes.common import ProblemShape, Say, moment, problem_shapes
from comptoir.engine.telling.shapes.runs import RunShape, run_shape
from comptoir.engine.telling.shapes.schedules import ScheduleShape, schedule_shape
from comptoir.storage.connections import ConnectionRecord


@dataclass(frozen=True, slots=True)
class ConnectionShape:
    """An account on a platform, as it is named."""

    connection: int
    role: str
    platform: str
    title: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreShape(ConnectionShape):
    """A store and how it stands. `state` is the first thing to be done about it, or "well"."""

    state: str
    company: int | None
    has_settings: bool
    fetched_until: str | None
    held: int
    strayed: int
    stops: list[ProblemShape]
    last_run: RunShape | None
    schedule: ScheduleShape


def connection_shape(record: ConnectionRecord) -> ConnectionShape:
    """A connection as it is named."""
    return ConnectionShape(record.id, record.role, record.platform, record.title, record.identity)


def store_shape(overview: Overview, say: Say = str) -> StoreShape:
    """A store with how it stands."""
    record, company = overview.record, overview.company
    return StoreShape(
        connection=record.id,
        role=record.role,
        platform=record.platform,
        title=record.title,
        identity=record.identity,
        state=overview.health.value,
        company=company.id if company else None,
        has_settings=record.settings is not None,
        fetched_until=moment(record.fetched_until),
        held=overview.held,
        strayed=overview.strayed,
        stops=problem_shapes(overview.stops, say),
        last_run=run_shape(overview.last) if overview.last else None,
        schedule=schedule_shape(record, overview.schedule),
    )
