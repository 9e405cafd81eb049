"""The two kinds of work that are queued, as values: *fetch* a connection, *post* a run to its company."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

FETCH = "fetch"
POST = "post"

OPEN = "open"
"""The queue of fetches, and of whatever a person waits for: the first that a person waits for, then the oldest."""
COMPANIES = "companies"
"""The queue of the schedule's posts: one at a time in each company, the companies in no order."""
QUEUES = (OPEN, COMPANIES)
THREADS = {OPEN: 16, COMPANIES: 8}
"""Jobs of a queue that one process does at once; they mostly wait for a platform."""


class Priority(IntEnum):
    """Who comes first; the smaller number."""

    PERSON = 1
    SCHEDULE = 10


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work. Its name is made of what it is for: queued twice, it is one.

    `slot`: the moment (aware, UTC) for which it is done. `turn` counts how often it gave way and was queued again.
    A post has the `company` and the `run_id` that its fetch began.
    """

    kind: str
    connection_id: int
    slot: datetime
    priority: Priority
    company: str = ""
    run_id: int = 0
    turn: int = 0

    @property
    def name(self) -> str:
        """What the queue knows it by."""
        parts = (self.kind, self.connection_id, self.run_id, self.slot.isoformat(), self.turn)
        return "/".join(map(str, parts))

    @property
    def queue(self) -> str:
        """Which queue it stands in. What a person waits for must not stand among the companies: they have no order."""
        return OPEN if self.kind == FETCH or self.priority is Priority.PERSON else COMPANIES

    @property
    def partition(self) -> str | None:
        """Of which one at a time is done."""
        return self.company if self.queue == COMPANIES else None

    def post(self, company: str, run_id: int) -> Job:
        """The second half of the run that this fetch began."""
        return Job(POST, self.connection_id, self.slot, self.priority, company, run_id)

    def again(self) -> Job:
        """The rest of it, after it gave way."""
        return replace(self, turn=self.turn + 1)
