"""Home: how each connection stands, in ten seconds; and a run asked for and followed."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from comptoir.engine.telling.overview import Overview, overview, overviews
from comptoir.web.acting import MemberHand, begin_proof, synchronize
from comptoir.web.chart import DAYS, Chart, charts_of
from comptoir.web.doing import doing_of
from comptoir.web.following import Line, following_of, line_of
from comptoir.web.guard import Desk, NotFoundError, Reader, Writer
from comptoir.web.render import go, is_part, page, tongue_of
from comptoir.web.scope import Number, company_of, store_of

router = APIRouter()


@router.get("/")
def home(request: Request, desk: Reader) -> Response:
    """Every connection in a line, and what was posted day by day."""
    found = overviews(desk.app.books, desk.app.organization_id)
    charts = [(each, chart) for each in found for chart in _charts(request, desk, each)]
    lines = [line_of(doing_of(request), each) for each in found]
    return page(request, "home.html", lines=lines, overviews=found, charts=charts)


def _charts(request: Request, desk: Desk, each: Overview) -> Sequence[Chart]:
    """The last days of a store in which anything is in the books, a chart for each currency."""
    return charts_of(desk.app.books.figures.days(each.record.id, DAYS), tongue_of(request))


@router.post("/stores/{connection_id}/sync")
def sync_now(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Begin a run now; one that goes on already is followed instead."""
    record = store_of(desk, connection_id)
    synchronize(hand, record)
    if is_part(request):
        return _line(request, line_of(doing_of(request), overview(desk.app.books, record)))
    return go(request, "/")


@router.post("/stores/{connection_id}/prove")
def prove_now(request: Request, desk: Writer, hand: MemberHand, connection_id: Number) -> Response:
    """Read everything of ours from the books anew and prove it; followed like a run."""
    record = store_of(desk, connection_id)
    company_of(desk, record)
    if record.settings is None or desk.app.books.runs.of_connection(record.id) is None:
        raise NotFoundError
    begin_proof(hand, record)
    return go(request, "/")


@router.get("/stores/{connection_id}/progress")
def progress(request: Request, desk: Reader, connection_id: Number) -> Response:
    """How far the run of one connection is; its whole line, in place of the one that was followed, once it ended."""

    def read() -> Overview:
        return overview(desk.app.books, store_of(desk, connection_id))

    stands = following_of(request).stands(desk.app.organization_id, connection_id, read)
    line = line_of(doing_of(request), stands)
    if line.is_busy:
        return page(request, "parts/progress.html", line=line)
    answer = page(request, "parts/connection.html", line=line, ended=True)  # what stands below it is read anew too
    answer.headers["hx-retarget"] = f"#connection-{connection_id}"
    return answer


def _line(request: Request, line: Line) -> Response:
    return page(request, "parts/connection.html", line=line)
