"""DBOS Transact behind one door: the queue, the spreading over machines, the take-over. The journal is the truth.

A job is one workflow, whose id is the job's name. A workflow's body takes no steps of DBOS: it reads the journal and
goes on from there, so what was begun under an older release, or by a process that died, never meets an old list of
steps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dbos import DBOS, DBOSConfig, SetEnqueueOptions, SetWorkflowID, WorkflowSerializationFormat
from sqlalchemy.exc import DBAPIError

from comptoir.engine.service.jobs import COMPANIES, OPEN, QUEUES, THREADS, Job, Priority
from comptoir.storage.database import told_of

APPLICATION = "comptoir"
APPLICATION_VERSION = "1"
"""Fixed: a workflow belongs to no release, since its body holds no state."""
POLL_SECONDS = {OPEN: 0.5, COMPANIES: 1.0}
"""How soon a job is begun where very many are. Half a second costs about one per cent of a core, a twentieth of one six
(measured)."""
CALM_POLL_SECONDS = {OPEN: 1.0, COMPANIES: 2.0}
"""Where few are: whoever waits at the screen notices no second, and nobody waits for the schedule."""
UNUSED_SECONDS = 1.0
"""How often DBOS gathers messages between workflows, which are not used here; by itself it does so a hundred times a
second, for half a per cent of a core."""
KEPT_SECONDS = 600
"""How long a finished job stays known, so that the same one queued late is not done again."""
TIDIED_AT_ONCE = 5000
COUNTED = 10_000

Body = Callable[[Job], None]
"""Does a job. What goes wrong it tells the run's row: nothing of it travels through the queue."""

_bodies: list[Body] = []
"""The body of the queue that is open in this process, if one is: DBOS is a process-wide object."""

log = logging.getLogger(__name__)


@DBOS.workflow(name=APPLICATION, serialization_type=WorkflowSerializationFormat.PORTABLE)
def _workflow(kind: str, connection_id: int, slot: str, priority: int, company: str, run_id: int, turn: int) -> None:
    when = datetime.fromisoformat(slot)
    for body in _bodies:
        body(Job(kind, connection_id, when, Priority(priority), company, run_id, turn))


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """The queue, as seen by the process named `executor`."""

    executor: str

    def put(self, job: Job, *, delay_seconds: float | None = None) -> None:
        """Queue a job; one that is queued, or was done in the last minutes, under the same name stays as it is."""
        with (
            SetWorkflowID(job.name),
            SetEnqueueOptions(
                priority=job.priority,
                queue_partition_key=job.partition,
                delay_seconds=delay_seconds,
            ),
        ):
            DBOS.enqueue_workflow(
                job.queue,
                _workflow,
                job.kind,
                job.connection_id,
                job.slot.isoformat(),
                int(job.priority),
                job.company,
                job.run_id,
                job.turn,
            )

    def take_over(self, living: Collection[str]) -> int:
        """Queue again what executors were doing that live no longer; answers how many jobs that were.

        For one process at a time (the ticker): of two that rescued the same job one would start it twice.
        """
        found = 0
        for name in QUEUES:
            at_work = DBOS.list_workflows(status="PENDING", queue_name=name, load_input=False, load_output=False)
            left = [each.workflow_id for each in at_work if each.executor_id not in living]
            if left:
                # Without the queue's name they would run beside those of the queue, not among them.
                DBOS.resume_workflows(left, queue_name=name)
                log.warning("%d jobs of a process that is gone are taken over", len(left))
            found += len(left)
        return found

    def keep_pace(self, *, busy: bool) -> None:
        """Look for jobs often or seldom, in every process."""
        for name, seconds in (POLL_SECONDS if busy else CALM_POLL_SECONDS).items():
            queue = DBOS.retrieve_queue(name)
            if queue is not None and queue.polling_interval_sec != seconds:
                queue.set_polling_interval_sec(seconds)

    def depth(self) -> int:
        """How many jobs wait to be begun, as far as they are worth counting."""
        waiting = DBOS.list_workflows(
            status=["ENQUEUED", "DELAYED"], limit=COUNTED, load_input=False, load_output=False
        )
        return len(waiting)

    def tidy(self) -> int:
        """Forget jobs that are long done; answers how many."""
        before = datetime.now(UTC) - timedelta(seconds=KEPT_SECONDS)
        done = DBOS.list_workflows(
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=TIDIED_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if done:
            DBOS.delete_workflows([each.workflow_id for each in done])
        return len(done)


@contextmanager
def open_queue(url: str, executor: str, body: Body, *, patience_seconds: int) -> Iterator[WorkQueue]:
    """The queue, for the block; `body` does its jobs on the queue's own threads.

    At the end no job is begun any more, and those at work get `patience_seconds` to end. One at a time in a process.
    """
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": url,
        "application_version": APPLICATION_VERSION,
        "executor_id": executor,
        "log_level": "ERROR",
        "enable_otlp": False,
        "notification_coalesce_sec": UNUSED_SECONDS,
    }
    _bodies.append(body)  # before the start: what others queued is begun at once
    DBOS(config=config)
    try:
        _launch(url)
        yield WorkQueue(executor)
    finally:
        DBOS.destroy(workflow_completion_timeout_sec=patience_seconds)
        _bodies.clear()


def _launch(url: str) -> None:
    """Start it. Raises DatabaseUnreachableError where its database cannot be used."""
    try:
        DBOS.launch()
        for name in QUEUES:
            DBOS.register_queue(
                name,
                worker_concurrency=THREADS[name],
                partition_concurrency=1 if name == COMPANIES else None,
                polling_interval_sec=POLL_SECONDS[name],
                on_conflict="always_update",
            )
    except DBAPIError as error:
        told = told_of(url, error)
        if told is None:
            raise
        raise told from error
