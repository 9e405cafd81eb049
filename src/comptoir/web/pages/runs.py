"""Runs: what was done, each with its proof; and posting again what was taken out of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from comptoir.books.facts import SourceId
from comptoir.engine.by_hand.choosing import undone_of
from comptoir.engine.proving.figures import ProvenDay
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import Outcome, Part, Rows, days_in
from comptoir.engine.telling.overview import agrees, held_by, outcome_of_run, rows_of_run, stops_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.database import LARGEST
from comptoir.storage.runs import Run
from comptoir.storage.tables import runs as runs_table
from comptoir.web.acting import MemberHand, post_again
from comptoir.web.guard import Desk, Reader, Writer
from comptoir.web.render import go, page
from comptoir.web.scope import Number, RowsPage, company_of, run_of

router = APIRouter(prefix="/runs")
SHOWN = 50
"""Of an id."""
DAYS_OPEN = 31
"""So many days are told at once; of more, whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a proof came to, with the page of its days and the page of its differences that are shown."""

    outcome: Outcome
    rows: Rows
    days_page: int
    differences_page: int

    def days(self, currency: str) -> Sequence[ProvenDay]:
        """The days of a currency that are shown."""
        return self.rows[days_in(currency)]

    def days_pages(self, currency: str) -> int:
        """How many pages they fill."""
        return self.outcome.pages(days_in(currency))

    def is_open(self, currency: str) -> bool:
        """Whether the days are told without being asked for."""
        return self.days_page > 1 or self.outcome.count(days_in(currency)) <= DAYS_OPEN

    @property
    def differences(self) -> Sequence[Difference]:
        """The rows that differ that are shown."""
        return self.rows[Part.DIFFERENCES]

    @property
    def differences_pages(self) -> int:
        """How many pages they fill."""
        return self.outcome.pages(Part.DIFFERENCES)


@router.get("")
def runs(request: Request, desk: Reader, before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None) -> Response:
    """The latest runs of every store, or those behind one, a page at a time."""
    found = desk.app.books.runs.latest(desk.app.organization_id, SHOWN + 1, before=before)
    shown = found[:SHOWN]
    titles = {each.id: each.title for each in desk.app.books.connections.all(desk.app.organization_id)}
    return page(
        request,
        "runs.html",
        runs=[(run, agrees(run)) for run in shown],
        titles=titles,
        more=shown[-1].id if len(found) > SHOWN else 0,
    )


@router.get("/{run_id}")
def run(request: Request, desk: Reader, run_id: Number, days: RowsPage = 1, rows: RowsPage = 1) -> Response:
    """One run with its proof: a page of its days, the latest first, and a page of the rows that differ."""
    found, record = run_of(desk, run_id)
    outcome, company = outcome_of_run(found), desk.app.books.connections.company_of(record)
    return page(
        request,
        "run.html",
        run=found,
        record=record,
        proof=_shown(desk, found, outcome, days, rows) if outcome else None,
        stops=stops_of(found),
        held=held_by(desk.app.books, found) if outcome else [],
        undone=len(_undone(desk, found, record, company)),
        is_latest=_is_latest_proof(desk, found, record, company),
    )


def _shown(desk: Desk, run: Run, outcome: Outcome, days: int, differences: int) -> Shown:
    """What a page tells of a proof."""
    of_days = {days_in(each.currency): days for each in outcome.currencies}
    wanted = {**of_days, Part.DIFFERENCES: differences}
    return Shown(outcome, rows_of_run(desk.app.books, run, wanted), days, differences)


def _undone(desk: Desk, found: Run, record: ConnectionRecord, company: ConnectionRecord | None) -> Sequence[SourceId]:
    """The orders of which something of this run is out of the books again."""
    return () if company is None else undone_of(desk.app.books, desk.app.owner(record), found.id)


def _is_latest_proof(desk: Desk, found: Run, record: ConnectionRecord, company: ConnectionRecord | None) -> bool:
    """Whether the run's proof is the store's last one, and can be made anew."""
    if not found.proof or record.settings is None or company is None or company.disconnected_at is not None:
        return False
    latest = desk.app.books.runs.of_connection(record.id, runs_table.c.proof.is_not(None))
    return latest is not None and latest.id == found.id


@router.post("/{run_id}/repost")
def repost(request: Request, desk: Writer, hand: MemberHand, run_id: Number) -> Response:
    """Post what was taken out again, under the settings of now; followed like a run."""
    found, record = run_of(desk, run_id)
    company_of(desk, record)
    post_again(hand, record, found)
    return go(request, "/")
