"""After the questions of a set-up: its review, the last days in dry run, and on."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.service.schedule import accepted_terms
from comptoir.engine.setup.steps import steps_of
from comptoir.engine.setup.trial import digest_of, kept_trial
from comptoir.engine.telling.shapes.common import ProblemShape, problem_shapes
from comptoir.engine.telling.shapes.schedules import ScheduleShape, schedule_shape
from comptoir.engine.telling.shapes.setups import ReviewShape, review_shape
from comptoir.engine.telling.shapes.trials import TrialShape, trial_shape
from comptoir.storage.runs import TRY_OUT
from comptoir.web.acting import ProgramHand
from comptoir.web.api.parts import Body, ProgressShape, Saying, StartedShape, api_router, progress_shape
from comptoir.web.api.setup import HERE, NO_COMPANY, open_setup
from comptoir.web.api.terms import check_accepted
from comptoir.web.doing import TheDoing
from comptoir.web.guard import ReadingKey, WritingKey
from comptoir.web.scope import Number
from comptoir.web.setting_up import finish, is_busy, stops_now, try_out

router = api_router()


@dataclass(frozen=True, slots=True)
class DryRunShape:
    """The dry run of a draft. `outdated`: the choices were changed since. `trial` is None where there was none yet.

    `stops`: what ended the last one before its end.
    """

    busy: bool
    progress: ProgressShape | None
    outdated: bool
    stops: list[ProblemShape]
    trial: TrialShape | None


@dataclass(frozen=True, slots=True)
class InForceShape:
    """The draft is in force; `advice` is what is no mistake and worth knowing."""

    advice: list[ProblemShape]
    schedule: ScheduleShape


class Finishing(Body):
    """Whether the store is switched on besides, at the times of its draft; for which the terms are accepted once."""

    switch_on: bool = True
    accept_terms: bool = False


@router.get(HERE + "/review")
def review(key: ReadingKey, say: Saying, connection_id: Number) -> ReviewShape:
    """Everything in the draft that does not fit, each with the step and the question that mend it."""
    _, setup = open_setup(key, connection_id)
    return review_shape(setup, say)


@router.get(HERE + "/dry-run")
def dry_run(key: ReadingKey, say: Saying, doing: TheDoing, connection_id: Number) -> DryRunShape:
    """What the last 30 days would come to under the draft: documents, accounts and taxes with their totals."""
    place, setup = open_setup(key, connection_id)
    trial = kept_trial(place.kept.trial) if place.kept is not None else None
    return DryRunShape(
        busy=is_busy(doing, key, place.record),
        progress=progress_shape(doing, place.record.id),
        outdated=trial is not None and trial.under != digest_of(setup.settings),
        stops=problem_shapes(stops_now(key, place.record), say),
        trial=trial_shape(trial, steps_of(setup), say) if trial is not None else None,
    )


@router.post(HERE + "/dry-run", status_code=202)
def begin_dry_run(key: WritingKey, hand: ProgramHand, connection_id: Number) -> StartedShape:
    """Begin the dry run of the draft; nothing is posted."""
    place, setup = open_setup(key, connection_id)
    if place.company is None:
        raise NO_COMPANY
    return StartedShape(place.record.id, TRY_OUT, try_out(hand, place, setup.draft))


@router.post(HERE + "/on")
def put_on(
    key: WritingKey, hand: ProgramHand, say: Saying, connection_id: Number, wanted: Finishing | None = None
) -> InForceShape:
    """Put the draft in force where all of it fits the company, and switch the store on: its first run begins at once.

    With `"switch_on": false` it is only put in force.
    """
    place, setup = open_setup(key, connection_id)
    if place.company is None:
        raise NO_COMPANY
    wanted = wanted or Finishing()
    schedules = key.app.books.schedules
    terms = accepted_terms(schedules.get(place.record.id))
    if wanted.switch_on:
        check_accepted(terms, wanted.accept_terms)
    fitting = finish(hand, place, setup.draft, terms, on=wanted.switch_on)
    schedule = schedule_shape(place.record, schedules.get(place.record.id))
    return InForceShape(problem_shapes(fitting.advice, say), schedule)
