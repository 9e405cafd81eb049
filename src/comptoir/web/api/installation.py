"""Health: what the doctor finds; and the trail: who changed what."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from comptoir.engine.doctor import examine, worst
from comptoir.engine.telling.shapes.findings import FindingShape, finding_shape
from comptoir.web.api.parts import Saying, api_router
from comptoir.web.guard import ReadingKey, Rooms

router = api_router()


@dataclass(frozen=True, slots=True)
class HealthShape:
    """What the doctor finds; `outcome` is that of the worst finding."""

    outcome: str
    findings: list[FindingShape]


@dataclass(frozen=True, slots=True)
class EntryShape:
    """A change: who made it, when, and of what."""

    at: str
    who: str
    action: str
    subject: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True)
class TrailShape:
    """Changes, the latest first."""

    entries: list[EntryShape]


@router.get("/health")
def health(key: ReadingKey, say: Saying, offline: bool = False) -> HealthShape:
    """Everything that the doctor finds now; with `offline`, no platform is asked."""
    found = list(examine(key.app.home, lambda _home: nullcontext(key.app), datetime.now(UTC), offline=offline))
    return HealthShape(worst(found).value, [finding_shape(each, say) for each in found])


@router.get("/trail")
def trail(key: ReadingKey, rooms: Rooms, limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> TrailShape:
    """Who changed what, the latest first."""
    entries = rooms.trail.latest(key.app.organization_id, limit)
    return TrailShape(
        [EntryShape(each.at.isoformat(), each.who, each.action, each.subject, dict(each.detail)) for each in entries]
    )
