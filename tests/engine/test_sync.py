"""A whole run; the run's row tells how it ended, also when it raises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.settings import ItemSettings
from comptoir.engine.errors import Reconnect
from comptoir.engine.ports import Answered, NotSent
from comptoir.engine.proving.proof import Proof
from comptoir.engine.sync import ending_told, sync
from comptoir.engine.telling.overview import proof_of
from comptoir.engine.telling.reporting import FAULT
from comptoir.engine.work import SettingsProblemsError, Work
from comptoir.storage.fence import FenceLostError
from comptoir.storage.runs import Run, RunState


def ended(work: Work) -> tuple[Run, Proof]:
    """The run, from its beginning to what its row says of it."""
    with ending_told(work.books, work.run):
        return sync(work, alone=True)


def prepared(road: Any, build: Any) -> Any:
    road.store.orders = [build["make_order"](1), build["make_order"](2, "20.00", paid="5.00")]
    return road.work()


def test_a_run_ends_finished_with_its_proof_and_its_counts(road: Any, build: Any) -> None:
    run, proof = ended(prepared(road, build))
    assert proof.agrees
    assert proof.posted == {Kind.SALE: 2, Kind.PAYMENT: 1}
    assert (run.state, run.problem) == (RunState.FINISHED, "")
    assert (run.fetched, run.decided, run.posted) == (2, 2, 6)
    assert run.finished_at is not None
    assert proof_of(road.work().books, run) == proof
    road.now += build["HOUR"]
    again, _ = ended(road.work())
    assert (again.id, again.fetched, again.decided, again.posted) == (run.id + 1, 0, 0, 0)


@pytest.mark.parametrize("half", ["fetch", "post"])
def test_a_failed_run_says_why(road: Any, build: Any, half: str) -> None:
    work = prepared(road, build)
    error = Reconnect(Message("Sign in to {where} again.", {"where": "Shop"}))

    def fetch_orders(*_args: object, **_bounds: object) -> None:
        raise error

    if half == "fetch":
        road.store.fetch_orders = fetch_orders
    else:
        road.ledger.faults = [lambda _work: NotSent(error)]
    with pytest.raises(Reconnect) as caught:
        ended(work)
    assert caught.value is error, "the error itself, with all that the user must read"
    run = road.books.runs.get(work.run.id)
    assert (run.state, run.problem, run.proof) == (RunState.FAILED, "Sign in to Shop again.", None)
    assert bool(run.fetched) is (half == "post")


def test_settings_that_do_not_fit_fail_the_run_with_every_mistake(road: Any, build: Any) -> None:
    road.set(replace(build["SETTINGS"], time_zone="Nowhere/Land", items=ItemSettings("None")))
    work = prepared(road, build)
    with pytest.raises(SettingsProblemsError):
        ended(work)
    run = road.books.runs.get(work.run.id)
    assert run.state is RunState.FAILED
    assert "Nowhere/Land" in run.problem
    assert 'no account named "None"' in run.problem


def test_a_fault_of_the_program_ends_the_run_and_says_so(road: Any, build: Any) -> None:
    work = prepared(road, build)

    def broken(_work: Any) -> Answered:
        raise ZeroDivisionError

    road.ledger.faults = [broken]
    with pytest.raises(ZeroDivisionError):
        ended(work)
    run = road.books.runs.get(work.run.id)
    assert (run.state, run.problem) == (RunState.FAILED, str(FAULT.what))
    again, proof = ended(road.work())
    assert again.id == run.id + 1
    assert proof.agrees, "what was on its way is settled by the next run"


def test_a_run_that_is_stopped_from_outside_stays_to_be_gone_on_with(road: Any, build: Any) -> None:
    work = prepared(road, build)

    def stopped(_work: Any) -> Answered:
        raise KeyboardInterrupt

    road.ledger.faults = [stopped]
    with pytest.raises(KeyboardInterrupt):
        ended(work)
    assert road.books.runs.get(work.run.id).state is RunState.RUNNING
    assert road.work().run.id == work.run.id


def test_a_run_that_another_worker_took_over_is_left_running_and_joined(road: Any, build: Any) -> None:
    work = prepared(road, build)

    def stolen(_work: Any) -> Answered:
        raise FenceLostError("taken over")

    road.ledger.faults = [stolen]
    with pytest.raises(FenceLostError):
        ended(work)
    assert road.books.runs.get(work.run.id).state is RunState.RUNNING
    joined = road.work()
    assert joined.run.id == work.run.id
    run, proof = ended(joined)
    assert (run.id, run.state) == (work.run.id, RunState.FINISHED)
    assert proof.agrees
