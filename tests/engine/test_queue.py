"""The queue, real, on SQLite: jobs by their names, posts one at a time in a company, a person first, take-over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS

from comptoir.engine.service import queue as module
from comptoir.engine.service.jobs import COMPANIES, FETCH, OPEN, POST, THREADS, Job, Priority
from comptoir.engine.service.queue import open_queue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(module, "POLL_SECONDS", {OPEN: 0.05, COMPANIES: 0.05})
    return f"sqlite:///{tmp_path / 'queue.sqlite'}"


def fetch(store: int, slot: datetime = NOON, priority: Priority = Priority.SCHEDULE) -> Job:
    return Job(FETCH, store, slot, priority)


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def opened(url: str, body: Callable[[Job], None], executor: str = "ann") -> Any:
    return open_queue(url, executor, body, patience_seconds=5)


def test_a_job_arrives_as_it_was_queued_and_once_under_its_name(url: str) -> None:
    done: list[Job] = []
    wanted = [fetch(1), fetch(2, priority=Priority.PERSON), fetch(1).post("ledger:one", 7), fetch(1).again()]
    with opened(url, done.append) as queue:
        for job in (*wanted, fetch(1)):
            queue.put(job)
        until(lambda: len(done) == 4)
        queue.put(fetch(1))
        queue.put(fetch(3))
        until(lambda: len(done) == 5)
    assert {job.name: job for job in done} == {job.name: job for job in [*wanted, fetch(3)]}


def test_posts_of_a_company_go_one_at_a_time_and_companies_side_by_side(url: str) -> None:
    lock = threading.Lock()
    begun: list[Job] = []
    at_once: list[int] = []
    busy: dict[str, int] = {"one": 0, "two": 0}
    gate = threading.Event()

    def body(job: Job) -> None:
        with lock:
            begun.append(job)
            busy[job.company] += 1
            at_once.append(busy[job.company])
        gate.wait(30)
        with lock:
            busy[job.company] -= 1

    with opened(url, body) as queue:
        queue.put(fetch(1).post("one", 1))
        until(lambda: len(begun) == 1)
        queue.put(fetch(2).post("one", 2))
        queue.put(fetch(3).post("one", 3))
        queue.put(fetch(4).post("two", 4))
        until(lambda: len(begun) == 2)
        assert begun[1].company == "two", "another company does not wait"
        gate.set()
        until(lambda: len(begun) == 4)
    assert [job.run_id for job in begun if job.company == "one"] == [1, 2, 3]
    assert set(at_once) == {1}


def test_what_a_person_waits_for_is_begun_before_everything_else(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(THREADS, OPEN, 1)
    begun: list[Job] = []
    gate = threading.Event()

    def body(job: Job) -> None:
        begun.append(job)
        gate.wait(30)

    person = fetch(9, priority=Priority.PERSON)
    with opened(url, body) as queue:
        queue.put(fetch(1))
        until(lambda: len(begun) == 1)
        for job in (fetch(2), fetch(3), person, person.post("one", 7)):
            queue.put(job)
        gate.set()
        until(lambda: len(begun) == 5)
    assert [job.name for job in begun[1:3]] == [person.name, person.post("one", 7).name]


def test_a_job_that_rests_comes_later(url: str) -> None:
    done: list[Job] = []
    with opened(url, done.append) as queue:
        queue.put(fetch(1), delay_seconds=1.5)
        queue.put(fetch(2))
        until(lambda: len(done) == 2)
    assert [job.connection_id for job in done] == [2, 1]


def test_what_a_dead_process_did_is_done_by_another_and_what_the_living_do_is_left_alone(url: str) -> None:
    never = threading.Event()
    begun: list[Job] = []

    def hangs(job: Job) -> None:
        begun.append(job)
        never.wait(60)

    with open_queue(url, "dead", hangs, patience_seconds=0) as queue:
        queue.put(fetch(1))
        queue.put(fetch(1).post("one", 1))
        until(lambda: len(begun) == 2)
    done: list[Job] = []
    with opened(url, done.append) as queue:
        assert queue.take_over({"ann", "dead"}) == 0
        assert queue.take_over({"ann"}) == 2
        until(lambda: len(done) == 2)
        assert queue.take_over({"ann"}) == 0
    never.set()
    assert {job.name for job in done} == {job.name for job in begun}


def test_what_waits_in_the_queue_when_a_process_ends_is_done_by_the_next(url: str) -> None:
    with opened(url, lambda _job: None) as queue:
        queue.put(fetch(1), delay_seconds=0.5)
    done: list[Job] = []
    with opened(url, done.append, "bob"):
        until(lambda: len(done) == 1)


def test_jobs_that_are_long_done_are_forgotten(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Job] = []
    with opened(url, done.append) as queue:
        for store in range(3):
            queue.put(fetch(store))
        until(lambda: len(DBOS.list_workflows(status="SUCCESS")) == 3)
        assert queue.tidy() == 0, "what was just done stays known"
        monkeypatch.setattr(module, "KEPT_SECONDS", -5)
        assert queue.tidy() == 3
        assert DBOS.list_workflows() == []


def test_a_queue_is_taken_down_when_its_block_raises(url: str) -> None:
    with pytest.raises(KeyError, match="mine"), opened(url, lambda _job: None):
        raise KeyError("mine")
    assert module._bodies == []
    done: list[Job] = []
    with opened(url, done.append) as queue:
        queue.put(replace(fetch(1), kind=POST, company="one"))
        until(lambda: len(done) == 1)


def test_few_jobs_are_looked_for_seldom_and_many_often(url: str) -> None:
    with opened(url, lambda _job: None) as queue:
        for busy, seconds in ((False, module.CALM_POLL_SECONDS), (True, module.POLL_SECONDS)):
            queue.keep_pace(busy=busy)
            queue.keep_pace(busy=busy)
            found = {each.name: each.polling_interval_sec for each in DBOS.list_queues() if each.name in seconds}
            assert found == seconds
