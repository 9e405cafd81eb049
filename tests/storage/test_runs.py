"""Runs: one at a time for a connection, counted, ended with a proof or a problem."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import select

from comptoir.storage.runs import RunState
from comptoir.storage.tables import runs


def test_a_run_that_a_stopped_process_left_is_joined(rooms: Any) -> None:
    assert rooms.runs.start(rooms.organization_id, rooms.store.id, "again").id == rooms.run_id
    other = rooms.runs.start(rooms.organization_id, rooms.ledger.id, "other")
    assert other.id != rooms.run_id
    assert (other.trigger, other.state, other.finished_at) == ("other", RunState.RUNNING, None)


def test_of_many_that_begin_a_run_all_have_the_same(rooms: Any) -> None:
    rooms.runs.finish(rooms.run_id, RunState.FINISHED)
    start, begun = threading.Barrier(6), []

    def begin() -> None:
        start.wait(20)
        begun.append(rooms.runs.start(rooms.organization_id, rooms.store.id, "test").id)

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(begun) == 6
    assert len(set(begun)) == 1
    assert begun[0] > rooms.run_id


def test_a_finished_run_is_followed_by_a_new_one(rooms: Any) -> None:
    ended = rooms.runs.finish(rooms.run_id, RunState.FINISHED, proof="{}")
    assert (ended.state, ended.problem, ended.proof) == (RunState.FINISHED, "", "{}")
    assert ended.finished_at >= ended.started_at
    following = rooms.runs.start(rooms.organization_id, rooms.store.id, "test")
    assert following.id > ended.id
    failed = rooms.runs.finish(following.id, RunState.FAILED, problem="Sign in again.")
    assert (failed.state, failed.problem, failed.proof) == (RunState.FAILED, "Sign in again.", None)
    assert [run.id for run in rooms.runs.latest(rooms.organization_id, 5)] == [following.id, ended.id]
    assert [run.id for run in rooms.runs.latest(rooms.organization_id, 1)] == [following.id]
    assert rooms.runs.latest(rooms.organization_id + 1, 5) == []


def test_counts_add_up(rooms: Any) -> None:
    with rooms.database.write() as connection:
        rooms.runs.count(connection, rooms.run_id, fetched=3, posted=1)
        rooms.runs.count(connection, rooms.run_id, fetched=2)
    run = rooms.runs.get(rooms.run_id)
    assert (run.fetched, run.decided, run.posted) == (5, 0, 1)


def test_what_runs_told_of_a_person_is_taken_out(rooms: Any) -> None:
    run = rooms.runs.start(rooms.organization_id, rooms.store.id, "test")
    held = (
        '{"held":[{"kind":"Ann","values":{"name":"Ann \\u00c9ve","day":"x"}},{"values":["Ann Ève"]}],"currency":"Ann"}'
    )
    rooms.runs.finish(run.id, RunState.FINISHED, proof=held)
    other = rooms.runs.start(rooms.organization_id, rooms.store.id, "test")
    rooms.runs.finish(other.id, RunState.FINISHED, proof='{"held": []}')
    with rooms.database.write() as connection:
        rooms.runs.forget(connection, rooms.store.id, {"Ann", "Ann Éve", "x"})
        rooms.runs.forget(connection, rooms.store.id, set())
    with rooms.database.read() as connection:
        proofs = list(connection.scalars(select(runs.c.proof).order_by(runs.c.id)))
    assert proofs == [
        '{"held":[{"kind":"Ann","values":{"name":"—","day":"x"}},{"values":["— Ève"]}],"currency":"Ann"}',
        '{"held": []}',
    ]
