"""DBOS Transact behind one door: the queue, the spreading over machines, the take-over. The journal is the truth.

Two kinds of work: *fetch* a connection and *post* to a company, each one workflow with a deterministic id, one at a
time per connection or company. A workflow's body takes no steps of DBOS: it reads the journal and goes on from there,
so what was begun under an older release, or before a crash, never meets an old list of steps.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID

APPLICATION_VERSION = "1"
"""Fixed: a workflow belongs to no release, since its body holds no state."""
QUEUE = "work"
POLL_SECONDS = 0.5
"""A tenth of it would keep 6 % of a core busy (measured when the engine was chosen)."""

Body = Callable[[str, int], None]
"""`(kind, run id)`: does the work of that kind for that run."""

FETCH = "fetch"
POST = "post"

_bodies: dict[str, Body] = {}
"""By executor: a queue outlives its process, and what a dead one queued finds no body and does nothing."""


@DBOS.workflow(name="comptoir")
def _workflow(kind: str, run_id: int, executor: str = "") -> None:
    body = _bodies.get(executor)
    if body is not None:
        body(kind, run_id)


class WorkQueue:
    """Runs work in this process and takes over what a dead one left."""

    def __init__(self, executor: str) -> None:
        self._executor = executor

    def run(self, kind: str, partition: str, run_id: int) -> None:
        """Queue one piece of work and wait until it is done; work already queued under the same id is joined.

        The body reports what went wrong through the run's own row: nothing of it travels through the queue.
        """
        with (
            SetWorkflowID(f"{kind}:{partition}:{run_id}:{self._executor}"),
            SetEnqueueOptions(queue_partition_key=f"{kind}:{partition}"),
        ):
            queued = DBOS.enqueue_workflow(QUEUE, _workflow, kind, run_id, self._executor)
            queued.get_result(polling_interval_sec=POLL_SECONDS)

    def drop_left_overs(self) -> int:
        """Forget the queued work of dead processes; answers how much there was.

        For the embedded queue, where the data directory's lock proves that every other executor is dead and the
        run that asks is about to do the same work from the journal.
        """
        left = [
            status.workflow_id
            for status in DBOS.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False, load_output=False)
            if status.executor_id != self._executor
        ]
        if left:
            DBOS.cancel_workflows(left)
        return len(left)


@contextmanager
def work_queue(url: str, body: Body) -> Iterator[WorkQueue]:
    """The queue, started for the block. One at a time in a process: DBOS is a process-wide object."""
    executor = uuid.uuid4().hex
    config: DBOSConfig = {
        "name": "comptoir",
        "system_database_url": url,
        "application_version": APPLICATION_VERSION,
        "executor_id": executor,
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    _bodies[executor] = body
    _start(config)
    try:
        queue = WorkQueue(executor)
        queue.drop_left_overs()
        DBOS.register_queue(QUEUE, partition_concurrency=1, polling_interval_sec=POLL_SECONDS)
        yield queue
    finally:
        DBOS.destroy(workflow_completion_timeout_sec=0)
        _bodies.clear()


def _start(config: Any) -> None:
    DBOS(config=config)
    DBOS.launch()
