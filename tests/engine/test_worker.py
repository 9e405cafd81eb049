"""A worker's jobs over the small shop and ledger: what each end means for its run, its schedule, the next job."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from comptoir.books.problems import Message
from comptoir.books.settings import ItemSettings, ReportSettings, ReportWhen
from comptoir.engine.errors import NeedsMapping, Reconnect, RetryLater
from comptoir.engine.ports import Answered, NotSent
from comptoir.engine.service import worker as module
from comptoir.engine.service.jobs import COMPANIES, FETCH, OPEN, POST, THREADS, Job, Priority
from comptoir.engine.service.worker import REST_SECONDS, Worker
from comptoir.engine.telling.reporting import FAULT
from comptoir.engine.work import GiveWayError, Work
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.fence import FenceLostError, hold
from comptoir.storage.runs import PROOF, Run, RunState
from comptoir.storage.schedule import Schedule, Terms
from comptoir.storage.tables import reports

SLOT = datetime(2026, 2, 1, 10, tzinfo=UTC)
BUSY = Message("{where} is busy.", {"where": "Shop"})
TERMS = Terms("1", SLOT, "ann")


@dataclass
class Floor:
    """A worker over the small road, and the jobs that it queues."""

    road: Any
    worker: Worker
    queued: list[tuple[Job, float | None]] = field(default_factory=list)

    def fetch(self, slot: datetime = SLOT, priority: Priority = Priority.SCHEDULE) -> Job:
        return Job(FETCH, self.road.connection_id, slot, priority)

    def do(self, job: Job) -> Job | None:
        """Do a job; the one that it queued, if it did."""
        before = len(self.queued)
        self.worker.do(job)
        assert len(self.queued) <= before + 1
        return self.queued[-1][0] if len(self.queued) > before else None

    def both(self, job: Job) -> None:
        post = self.do(job)
        assert post is not None
        assert self.do(post) is None

    @property
    def runs(self) -> list[Run]:
        books = self.road.books
        found = [books.runs.get(each.id) for each in books.runs.latest(self.road.organization_id, 50)]
        return found[::-1]

    def ended(self) -> bool:
        """Whether the first run came to its proof; False while it goes on."""
        assert self.runs[0].state in {RunState.RUNNING, RunState.FINISHED}
        return self.runs[0].state is RunState.FINISHED

    @property
    def schedule(self) -> Schedule:
        found = self.road.books.schedules.get(self.road.connection_id)
        assert isinstance(found, Schedule)
        return found


@pytest.fixture
def floor(road: Any, build: Any, monkeypatch: pytest.MonkeyPatch) -> Floor:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.0)
    road.store.orders = [build["make_order"](number) for number in range(1, 10)]
    road.now += build["HOUR"]
    record = road.books.connections.get(road.connection_id)
    road.books.schedules.switch_on(
        record, period_seconds=3600, offset_seconds=0, terms=TERMS, due_at=datetime(2126, 1, 1, tzinfo=UTC)
    )

    def open_work(record: Any, run: Run, sleep: Callable[[float], None], pause_point: Callable[[], None]) -> Work:
        return Work(
            road.books,
            record,
            road.store,
            road.ledger,
            run,
            clock=lambda: road.now,
            sleep=lambda _seconds: sleep(0),
            pause_point=pause_point,
        )

    def put(job: Job, *, delay_seconds: float | None = None) -> None:
        made.queued.append((job, delay_seconds))

    made = Floor(road, Worker(road.books, open_work, put, threading.Event(), alone=False))
    return made


# What ends well


def test_a_run_is_fetched_and_posted_by_two_jobs(floor: Floor) -> None:
    post = floor.do(floor.fetch())
    assert post == Job(POST, floor.road.connection_id, SLOT, Priority.SCHEDULE, "ledger:one", floor.runs[0].id)
    assert [(run.trigger, run.state, run.fetched) for run in floor.runs] == [("schedule", RunState.RUNNING, 9)]
    assert floor.do(post) is None
    (run,) = floor.runs
    assert (run.state, run.decided, run.problem) == (RunState.FINISHED, 9, "")
    assert run.proof is not None
    assert (floor.schedule.last_slot, floor.schedule.run_id, floor.schedule.failures) == (SLOT, run.id, 0)
    assert floor.worker._at_work == {OPEN: 0, COMPANIES: 0}


def test_a_store_with_nothing_new_is_not_posted_and_its_company_is_not_asked(floor: Floor, build: Any) -> None:
    floor.both(floor.fetch())
    floor.road.now += build["HOUR"]
    asked = len(floor.road.ledger.looks), len(floor.road.ledger.finds), len(floor.road.ledger.sends)
    for hour in (1, 2, 3):
        assert floor.do(floor.fetch(SLOT + hour * build["HOUR"])) is None
    assert asked == (len(floor.road.ledger.looks), len(floor.road.ledger.finds), len(floor.road.ledger.sends))
    assert [(run.trigger, run.state, run.proof is None) for run in floor.runs] == [
        ("schedule", RunState.FINISHED, False),
        ("schedule", RunState.FINISHED, True),
    ]
    assert floor.runs[-1].id == 2, "of three quiet runs one is kept"


def test_a_person_gets_the_whole_run_and_its_proof_in_any_case(floor: Floor, build: Any) -> None:
    floor.both(floor.fetch())
    floor.both(floor.fetch(SLOT + build["HOUR"], Priority.PERSON))
    assert [(run.trigger, run.proof is not None) for run in floor.runs] == [("schedule", True), ("by hand", True)]


def test_a_quiet_run_is_told_by_e_mail_where_every_day_is_wanted(floor: Floor, build: Any) -> None:
    floor.road.set(replace(build["SETTINGS"], report=ReportSettings(ReportWhen.DAILY, ("books@example.com",))))
    floor.both(floor.fetch())
    for hour in (1, 2):
        assert floor.do(floor.fetch(SLOT + hour * build["HOUR"])) is None
    assert [(run.state, run.report is None) for run in floor.runs] == [(RunState.FINISHED, False)] * 3
    with floor.road.books.database.read() as connection:
        told = connection.execute(select(reports.c.first_run_id, reports.c.last_run_id)).one()
    assert told == (1, 3)


def test_what_is_held_is_looked_at_again_once_an_hour(floor: Floor, build: Any) -> None:
    floor.road.store.unreadable = {"3"}
    floor.both(floor.fetch())
    assert floor.do(floor.fetch(SLOT + build["HOUR"] / 4)) is None
    floor.road.now += build["HOUR"]
    assert floor.do(floor.fetch(SLOT + build["HOUR"])) is not None


def test_other_settings_are_something_to_decide(floor: Floor, build: Any) -> None:
    floor.both(floor.fetch())
    floor.road.set(replace(build["SETTINGS"], start_date=build["NOON"].date()))
    assert floor.do(floor.fetch(SLOT + build["HOUR"])) is not None


# What was served already


def test_a_slot_that_a_later_one_has_served_is_left(floor: Floor, build: Any) -> None:
    floor.both(floor.fetch(SLOT + build["HOUR"]))
    assert floor.do(floor.fetch(SLOT)) is None
    assert len(floor.runs) == 1
    assert floor.do(Job(FETCH, 999, SLOT, Priority.SCHEDULE)) is None, "a store that has no schedule any more"


def test_a_post_that_was_done_is_not_done_again(floor: Floor) -> None:
    post = floor.do(floor.fetch())
    assert post
    floor.do(post)
    sends = len(floor.road.ledger.sends)
    assert floor.do(post) is None
    assert len(floor.road.ledger.sends) == sends


def test_what_a_fetch_brought_into_an_errand_that_has_ended_since_is_decided_soon(floor: Floor) -> None:
    run = floor.road.books.runs.start(floor.road.organization_id, floor.road.connection_id, PROOF)
    post = floor.do(floor.fetch())
    assert post is not None
    assert post.run_id == run.id, "joined"
    floor.road.books.runs.finish(run.id, RunState.FINISHED)
    assert floor.do(post) is None
    assert floor.schedule.due_at is not None
    assert floor.schedule.due_at <= floor.road.books.schedules.now()


def test_a_fetch_that_joins_a_run_at_work_posts_it_and_what_it_brought_late_is_not_forgotten(
    floor: Floor, build: Any
) -> None:
    first = floor.do(floor.fetch())
    second = floor.do(floor.fetch(SLOT + build["HOUR"]))
    assert first
    assert second
    assert (second.run_id, second.slot) == (first.run_id, SLOT + build["HOUR"])
    assert second.name != first.name
    floor.do(first)
    assert floor.schedule.due_at is not None
    assert abs(floor.schedule.due_at - floor.road.books.schedules.now()) < timedelta(seconds=30), "due at once"
    assert floor.do(second) is None
    assert len(floor.runs) == 1


# What goes wrong


@pytest.mark.parametrize("half", [FETCH, POST])
@pytest.mark.parametrize(
    ("error", "tried_again"),
    [
        (RetryLater(BUSY), 60),
        (RetryLater(BUSY, not_before=datetime(2100, 1, 1, tzinfo=UTC)), None),
        (Reconnect(Message("Sign in again.")), None),
        (NeedsMapping(Message("Choose an account."), what="account", where="items"), None),
    ],
    ids=["busy", "busy until then", "reconnect", "needs mapping"],
)
def test_a_run_that_fails_says_why_and_only_a_busy_platform_is_tried_again_early(
    floor: Floor, half: str, error: Exception, tried_again: int | None
) -> None:
    def fails(*_args: object, **_bounds: object) -> Any:
        raise error

    def failing() -> None:
        if half == FETCH:
            floor.road.store.fetch_orders = fails
        else:
            floor.road.ledger.read_company = fails

    before = floor.schedule.due_at
    post = None if half == FETCH else floor.do(floor.fetch())
    failing()
    assert floor.do(post or floor.fetch()) is None
    (run,) = floor.runs
    assert (run.state, run.problem) == (RunState.FAILED, str(error))
    assert floor.schedule.failures == 1
    due_at = floor.schedule.due_at
    if tried_again is not None:
        assert due_at is not None
        wait = due_at - floor.road.books.schedules.now()
        assert timedelta(seconds=tried_again - 30) < wait <= timedelta(seconds=tried_again)
    elif isinstance(error, RetryLater):
        assert due_at == error.not_before
    else:
        assert due_at == before


def test_a_good_run_forgets_the_failures_before_it(floor: Floor, build: Any) -> None:
    floor.road.books.schedules.settle(floor.road.connection_id, failures=3)
    floor.both(floor.fetch())
    assert floor.schedule.failures == 0
    floor.road.books.schedules.settle(floor.road.connection_id, failures=3)
    assert floor.do(floor.fetch(SLOT + build["HOUR"])) is None
    assert floor.schedule.failures == 0, "a quiet run too"


def test_settings_with_mistakes_and_faults_of_the_program_end_the_run(
    floor: Floor, build: Any, caplog: pytest.LogCaptureFixture
) -> None:
    floor.road.set(replace(build["SETTINGS"], items=ItemSettings("None")))
    floor.both(floor.fetch())
    assert floor.runs[-1].state is RunState.FAILED
    assert 'no account named "None"' in floor.runs[-1].problem
    assert "Traceback" not in caplog.text

    def broken(*_args: object, **_bounds: object) -> Any:
        raise ZeroDivisionError

    floor.road.store.fetch_orders = broken
    assert floor.do(floor.fetch(SLOT + build["HOUR"])) is None
    assert (floor.runs[-1].state, floor.runs[-1].problem) == (RunState.FAILED, str(FAULT.what))
    assert "ZeroDivisionError" in caplog.text
    assert floor.worker._at_work[OPEN] == 0


def test_a_store_in_other_hands_is_tried_again_in_a_moment_and_its_run_goes_on(floor: Floor) -> None:
    subject = f"fetch:{floor.road.connection_id}"
    with hold(floor.road.books.database, subject, "somebody", floor.road.organization_id, alone=False):
        assert floor.do(floor.fetch()) == floor.fetch().again()
        assert floor.queued[-1][1] == REST_SECONDS[Priority.SCHEDULE]
        assert not floor.ended()
        assert floor.schedule.failures == 0
    floor.both(floor.fetch().again())
    assert [run.state for run in floor.runs] == [RunState.FINISHED]


def test_a_worker_that_lost_its_fence_ends_quietly_and_the_run_stays(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    post = floor.do(floor.fetch())
    assert post

    def stolen(_work: Callable[[], Answered]) -> NotSent:
        raise FenceLostError("taken over")

    floor.road.ledger.faults = [stolen]
    assert floor.do(post) is None
    assert not floor.ended()
    assert "another worker took over" in caplog.text
    assert floor.do(post) is None
    assert floor.ended(), "whoever took over does the same job"


# Giving way


def test_a_stop_leaves_the_road_between_pages_and_batches_and_queues_the_rest(floor: Floor) -> None:
    floor.worker.stopping.set()
    rest = floor.do(floor.fetch())
    assert rest == floor.fetch().again()
    assert floor.runs[0].fetched == floor.road.store.page_size
    floor.worker.stopping.clear()
    post = floor.do(rest)
    assert post
    assert floor.runs[0].fetched == 9
    real = floor.road.ledger.send

    def send(*given: Any) -> Any:
        floor.worker.stopping.set()
        return real(*given)

    floor.road.ledger.send = send
    rest = floor.do(post)
    assert rest == post.again()
    assert len(floor.road.ledger.sends) == 1, "the batch in flight came home, and no other left"
    assert not floor.ended()
    floor.road.ledger.send = real
    floor.worker.stopping.clear()
    floor.do(rest)
    assert floor.ended()


def test_a_stop_ends_a_pause(floor: Floor) -> None:
    post = floor.do(floor.fetch())
    assert post
    floor.worker.stopping.set()
    floor.road.ledger.faults = [lambda _work: NotSent(RetryLater(BUSY))]
    with pytest.raises(GiveWayError):
        floor.worker._sleep(60)
    assert floor.do(post) == post.again()


def test_a_post_gives_way_to_a_person_who_waits_for_the_same_company(floor: Floor) -> None:
    books = floor.road.books
    other = books.connections.save(floor.road.organization_id, NewConnection(STORE, "shop", "shop:two", "Two", {}, {}))
    books.schedules.wish(other)
    post = floor.do(floor.fetch())
    assert post
    books.schedules.begin(other.id, books.schedules.now(), post.run_id)
    real = floor.road.ledger.send

    def send(*given: Any) -> Any:
        books.schedules.wait_for(other.id, "ledger:one")
        return real(*given)

    floor.road.ledger.send = send
    assert floor.do(post) == post.again()
    assert len(floor.road.ledger.sends) == 1, "after the batch at hand"
    assert floor.queued[-1][1] == REST_SECONDS[Priority.SCHEDULE]
    looks = len(floor.road.ledger.looks)
    assert floor.do(post.again()) == post.again().again()
    assert len(floor.road.ledger.looks) == looks, "the company is not even asked"
    assert floor.do(replace(post, priority=Priority.PERSON)) is None, "a person gives way to nobody"
    assert floor.ended()


def test_nobody_waits_for_a_person_for_ever(floor: Floor) -> None:
    books = floor.road.books
    other = books.connections.save(floor.road.organization_id, NewConnection(STORE, "shop", "shop:two", "Two", {}, {}))
    books.schedules.wish(other)
    post = floor.do(floor.fetch())
    assert post
    books.schedules.begin(other.id, books.schedules.now() - timedelta(hours=1), post.run_id)
    books.schedules.wait_for(other.id, "ledger:one")
    assert floor.do(post) is None
    assert floor.ended()


@pytest.mark.parametrize("ending", ["well", "fails", "was done"])
def test_a_person_s_run_says_that_it_waits_until_it_ended(floor: Floor, ending: str) -> None:
    post = floor.do(floor.fetch(priority=Priority.PERSON))
    assert post
    assert post.queue == OPEN, "among the companies nobody comes first"
    assert floor.schedule.waits_for == "ledger:one"
    if ending == "fails":

        def fails() -> Any:
            raise Reconnect(Message("Sign in again."))

        floor.road.ledger.read_company = floor.road.ledger.read_lists = fails
    if ending == "was done":
        floor.road.books.runs.finish(post.run_id, RunState.FINISHED)
    floor.do(post)
    assert floor.schedule.waits_for == ""


def test_a_long_job_makes_room_where_all_threads_are_taken(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_SECONDS", {FETCH: 0.0, POST: 0.0})
    post = floor.do(floor.fetch())
    assert post, "there is room"
    floor.worker._count(COMPANIES, THREADS[COMPANIES] - 1)
    assert floor.do(post) == post.again()
