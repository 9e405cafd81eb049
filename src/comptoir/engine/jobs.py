"""The two kinds of work that are queued, as values: *fetch* a connection, *post* a run to its company."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

FETCH = "fetch"
POST = "post"
KINDS = (FETCH, POST)
THREADS = {FETCH: 16, POST: 8}
"""Jobs of a kind that one process does at once; both mostly wait for a platform."""


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
    def partition(self) -> str:
        """Of the posts, one at a time is done in each; fetches have none."""
        return self.company

    def post(self, company: str, run_id: int) -> Job:
        """The second half of the run that this fetch began."""
        return Job(POST, self.connection_id, self.slot, self.priority, company, run_id)

    def again(self) -> Job:
        """The rest of it, after it gave way."""
        return replace(self, turn=self.turn + 1)
