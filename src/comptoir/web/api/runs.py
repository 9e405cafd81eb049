"""Runs: a page of them, one with its report and proof, and taking one back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from comptoir.engine.telling.overview import outcome_of_run, rows_of_run, stops_of
from comptoir.engine.telling.shapes.common import ProblemShape, problem_shapes
from comptoir.engine.telling.shapes.proofs import ProofShape, lists_of, page_shape
from comptoir.engine.telling.shapes.runs import RunShape, run_shape
from comptoir.storage.database import LARGEST
from comptoir.storage.runs import REPOST, Run
from comptoir.web.acting import ProgramHand, post_again
from comptoir.web.api.parts import Saying, StartedShape, api_router
from comptoir.web.guard import Key, ReadingKey, WritingKey
from comptoir.web.scope import Number, RowsPage, run_of

router = api_router()


@dataclass(frozen=True, slots=True)
class RunsShape:
    """Runs, the newest first; `before` asks for the next page, None at the end."""

    runs: list[RunShape]
    before: int | None


@dataclass(frozen=True, slots=True)
class FullRunShape:
    """A run with what stopped it, and its proof where it left one."""

    run: RunShape
    stops: list[ProblemShape]
    proof: ProofShape | None


@router.get("/runs")
def runs(
    key: ReadingKey,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    connection: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
) -> RunsShape:
    """The runs of every store, or of one, the newest first, a page at a time."""
    place = key.app.organization_id
    found = key.app.books.runs.latest(place, limit + 1, before=before, connection_id=connection)
    more = found[limit - 1].id if len(found) > limit else None
    return RunsShape([run_shape(each) for each in found[:limit]], more)


@router.get("/runs/{run_id}")
def run(key: ReadingKey, say: Saying, run_id: Number, page: RowsPage = 1) -> FullRunShape:
    """One run with its proof. The lists of a proof come 50 rows a page, those of the latest days first."""
    found, _ = run_of(key, run_id)
    return FullRunShape(run_shape(found), problem_shapes(stops_of(found), say), proof_page(key, say, found, page))


def proof_page(key: Key, say: Saying, run: Run, page: int) -> ProofShape | None:
    """A run's proof with a page of its rows; None where it left none."""
    outcome = outcome_of_run(run)
    if outcome is None:
        return None
    rows = rows_of_run(key.app.books, run, dict.fromkeys(lists_of(outcome).values(), page))
    return page_shape(outcome, rows, page, say)


@router.post("/runs/{run_id}/repost", status_code=202)
def repost(key: WritingKey, hand: ProgramHand, run_id: Number) -> StartedShape:
    """Post what was undone of the run once more, under the settings of now; `started` is false where nothing was."""
    found, record = run_of(key, run_id)
    key.app.ledger_record(record)
    return StartedShape(record.id, REPOST, post_again(hand, record, found))
