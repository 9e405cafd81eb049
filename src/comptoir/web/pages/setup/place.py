"""Where a store's set-up stands, and what its pages have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from comptoir.books.problems import Problem
from comptoir.engine.setup.draft import Kept, Looked, Setup, kept_draft
from comptoir.engine.setup.filling import by_step, mistakes
from comptoir.engine.setup.fitting import neighbours
from comptoir.engine.setup.look import LOOK_DAYS
from comptoir.engine.setup.steps import steps_of
from comptoir.engine.telling.overview import stops_of
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.storage.runs import LOOK, TRY_OUT, RunState
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk
from comptoir.web.render import page
from comptoir.web.scope import store_of

PREFIX = "/stores/{connection_id}/setup"
BAD_REQUEST = 400
REVIEW, PREVIEW, ON = "review", "preview", "on"
AFTER = (REVIEW, PREVIEW, ON)
"""The pages after the questions."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store's set-up as it stands."""

    record: ConnectionRecord
    company: ConnectionRecord | None
    kept: Kept | None

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"/stores/{self.record.id}/setup"

    @property
    def looked(self) -> Looked | None:
        """What the last look found; None before the first one."""
        return self.kept.looked if self.kept else None


def place_of(desk: Desk, connection_id: int) -> Place:
    """How the set-up of this store stands. NotFoundError where the organization has no such store."""
    record = store_of(desk, connection_id)
    books = desk.app.books
    return Place(record, books.connections.connected_company_of(record), kept_draft(books.drafts, record))


def setup_of(desk: Desk, place: Place) -> Setup | None:
    """What the questions are made of; None where the store must be looked at first."""
    if place.kept is None or place.looked is None:
        return None
    return Setup(
        draft=place.kept.draft,
        looked=place.looked,
        in_force=place.record.settings,
        statuses=_statuses(desk, place.record),
        others=neighbours(desk.app.books, place.record, place.company) if place.company else (),
    )


def _statuses(desk: Desk, record: ConnectionRecord) -> tuple[str, ...]:
    platform = desk.app.connectables().get(record.platform)
    return platform.manifest.statuses if platform is not None else ()


def start_page(request: Request, desk: Desk, place: Place, problems: Sequence[Problem] = ()) -> Response:
    """What to begin with; `problems` are a file's."""
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    return page(
        request,
        "setup/start.html",
        BAD_REQUEST if problems else 200,
        place=place,
        busy=is_busy(request, desk, place.record),
        progress=doing_of(request).progress(place.record.id),
        stops=stops_now(desk, place.record),
        others=[each for each in stores if each.settings and each.id != place.record.id],
        problems=problems,
        days=LOOK_DAYS,
    )


def is_busy(request: Request, desk: Desk, record: ConnectionRecord) -> bool:
    """Whether a run of this store is at work, here or elsewhere."""
    return doing_of(request).progress(record.id) is not None or desk.app.books.runs.running(record.id) is not None


def stops_now(desk: Desk, record: ConnectionRecord) -> Sequence[Problem]:
    """What ended the last look, or dry run, before its end."""
    last = desk.app.books.runs.of_connection(record.id)
    is_ours = last is not None and last.trigger in {LOOK, TRY_OUT} and last.state is RunState.FAILED
    return stops_of(last) if is_ours else ()


def around(setup: Setup, here: str) -> dict[str, Any]:
    """What stands around every page of the set-up: its steps, and which of them need somebody."""
    return {"steps": steps_of(setup), "marks": by_step(setup, mistakes(setup)), "here": here}
