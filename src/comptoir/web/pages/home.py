"""Home: how each connection stands, in ten seconds; and a run asked for and followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from comptoir.engine.telling.overview import Overview, overview, overviews
from comptoir.storage.connections import ConnectionRecord
from comptoir.web.acting import MemberHand, synchronize
from comptoir.web.chart import DAYS, Chart, charts_of
from comptoir.web.doing import doing_of
from comptoir.web.guard import Desk, Reader, Writer
from comptoir.web.render import go, page, tongue_of
from comptoir.web.scope import store_of

router = APIRouter()
BY_HAND = "by hand"
POLL_SECONDS = 1
"""A run is followed by asking so often; streams would hold a thread each."""


@router.get("/")
def home(request: Request, desk: Reader) -> Response:
    """Every connection in a line, and what was posted day by day."""
    found = overviews(desk.app.books, desk.app.organization_id)
    charts = [(each, chart) for each in found for chart in _charts(request, desk, each)]
    return page(request, "home.html", overviews=found, charts=charts, **_going(request, found))


def _charts(request: Request, desk: Desk, each: Overview) -> Sequence[Chart]:
    """The last days of a store in which anything is in the books, a chart for each currency."""
    return charts_of(desk.app.books.journal.days(each.record.id, DAYS), tongue_of(request))


def _going(request: Request, found: Sequence[Overview]) -> dict[str, Any]:
    """What goes on here, and what was asked of the server's workers and has not begun."""
    doing = doing_of(request)
    steps = {each.record.id: doing.progress(each.record.id) for each in found}
    going = {identity: progress for identity, progress in steps.items() if progress is not None}
    awaited = {each.record.id for each in found if doing.awaits(each.record.id, each.schedule)}
    return {"going": going, "awaited": awaited}


@router.post("/stores/{connection_id}/sync")
def sync_now(request: Request, desk: Writer, hand: MemberHand, connection_id: int) -> Response:
    """Begin a run now; one that goes on already is followed instead."""
    record = store_of(desk, connection_id)
    synchronize(hand, record)
    if request.headers.get("hx-request"):
        return _line(request, desk, record)
    return go(request, "/")


@router.get("/stores/{connection_id}/progress")
def progress(request: Request, desk: Reader, connection_id: int) -> Response:
    """The line of one connection, as it is now."""
    return _line(request, desk, store_of(desk, connection_id))


def _line(request: Request, desk: Desk, record: ConnectionRecord) -> Response:
    found = overview(desk.app.books, record)
    return page(request, "parts/connection.html", each=found, **_going(request, [found]))
