"""What the pages of a set-up have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from comptoir.books.problems import Problem
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.filling import by_step, mistakes
from comptoir.engine.setup.look import LOOK_DAYS
from comptoir.engine.setup.steps import steps_of
from comptoir.storage.connections import STORE
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk
from comptoir.web.render import page
from comptoir.web.setting_up import Place, is_busy, stops_now

PREFIX = "/stores/{connection_id}/setup"
BAD_REQUEST = 400


def start_page(request: Request, desk: Desk, place: Place, problems: Sequence[Problem] = ()) -> Response:
    """What to begin with; `problems` are a file's."""
    stores = desk.app.books.connections.all(desk.app.organization_id, STORE)
    return page(
        request,
        "setup/start.html",
        BAD_REQUEST if problems else 200,
        place=place,
        busy=is_busy(doing_of(request), desk, place.record),
        progress=doing_of(request).progress(place.record.id),
        stops=stops_now(desk, place.record),
        others=[each for each in stores if each.settings and each.id != place.record.id],
        problems=problems,
        days=LOOK_DAYS,
    )


def around(setup: Setup, here: str) -> dict[str, Any]:
    """What stands around every page of the set-up: its steps, and which of them need somebody."""
    return {"steps": steps_of(setup), "marks": by_step(setup, mistakes(setup)), "here": here}
