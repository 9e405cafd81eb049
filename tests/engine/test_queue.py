"""The embedded queue, real, on SQLite: it runs bodies one by one and keeps nothing of what they say."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, DBOSClient, EnqueueOptions, SetEnqueueOptions

from comptoir.engine import queue
from comptoir.engine.queue import FETCH, POST, QUEUE, work_queue


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(queue, "POLL_SECONDS", 0.05)
    return f"sqlite:///{tmp_path / 'queue.sqlite'}"


def test_work_is_done_before_run_returns_and_in_order(url: str) -> None:
    done: list[tuple[str, int, bool]] = []

    def body(kind: str, run_id: int) -> None:
        done.append((kind, run_id, threading.current_thread() is threading.main_thread()))

    with work_queue(url, body) as work:
        work.run(FETCH, "1", 7)
        assert done == [(FETCH, 7, False)]
        work.run(POST, "ledger:one", 7)
    assert [each[:2] for each in done] == [(FETCH, 7), (POST, 7)]


def test_work_under_a_known_id_is_joined_and_not_done_again(url: str) -> None:
    done: list[int] = []
    with work_queue(url, lambda _kind, run_id: done.append(run_id)) as work:
        work.run(FETCH, "1", 7)
        work.run(FETCH, "1", 7)
        work.run(FETCH, "2", 7)
    assert done == [7, 7]


def test_two_queues_after_one_another_in_one_process(url: str) -> None:
    done: list[int] = []
    for run_id in (1, 2):
        with work_queue(url, lambda _kind, run_id: done.append(run_id)) as work:
            work.run(FETCH, "1", run_id)
    assert done == [1, 2]
    assert queue._bodies == {}


def test_a_queue_is_taken_down_when_its_block_raises(url: str) -> None:
    with pytest.raises(KeyError, match="mine"), work_queue(url, lambda _kind, _run: None):
        raise KeyError("mine")
    assert queue._bodies == {}
    with work_queue(url, lambda _kind, _run: None) as work:
        work.run(FETCH, "1", 1)


def test_what_a_dead_process_queued_does_nothing_even_when_it_is_reached(url: str) -> None:
    done: list[int] = []
    with work_queue(url, lambda _kind, run_id: done.append(run_id)), SetEnqueueOptions(queue_partition_key="fetch:1"):
        for executor in ("a dead process", ""):
            DBOS.enqueue_workflow(QUEUE, queue._workflow, FETCH, 9, executor).get_result()
    assert done == []


def test_left_over_work_of_a_dead_process_is_dropped_and_never_done(url: str) -> None:
    done: list[int] = []
    with work_queue(url, lambda _kind, run_id: done.append(run_id)) as work:
        work.run(FETCH, "1", 1)
    left: EnqueueOptions = {"workflow_name": "comptoir", "queue_name": QUEUE, "queue_partition_key": "fetch:1"}
    client = DBOSClient(system_database_url=url)
    handles: list[Any] = [client.enqueue(left, FETCH, 2), client.enqueue(left, FETCH, 3, "a dead process")]
    client.destroy()
    with work_queue(url, lambda _kind, run_id: done.append(run_id)) as work:
        assert work.drop_left_overs() == 0, "starting dropped them"
        work.run(FETCH, "1", 4)
        states = {status.workflow_id: status.status for status in DBOS.list_workflows()}
    assert done == [1, 4]
    assert {states[handle.get_workflow_id()] for handle in handles} <= {"CANCELLED", "SUCCESS"}
