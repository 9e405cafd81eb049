"""The sweep: orders that vanished from the store. No list of changes shows them, so they are asked for by their ids."""

from __future__ import annotations

from datetime import timedelta

from comptoir.engine.work import Step, Work
from comptoir.storage.fence import Fence

EVERY = timedelta(days=7)
IDS_AT_ONCE = 1000
"""Orders asked for between two writes; the connector splits them into the platform's own calls."""


def sweep(work: Work, fence: Fence, *, now: bool = False) -> int:
    """Ask the store, once a week or `now`, which of the orders it once had are gone; answers how many are.

    A store that was never swept has just been read for the first time: there is nothing to ask for a week.
    """
    record = work.books.connections.get(work.record.id)
    if not now and record.swept_at is not None and work.clock() - record.swept_at < EVERY:
        return 0
    ids = work.books.facts.ids(record.id) if now or record.swept_at is not None else []
    gone = 0
    for start in range(0, len(ids), IDS_AT_ONCE):
        missing = work.store.missing(ids[start : start + IDS_AT_ONCE])
        gone += len(missing)
        with fence.writing() as connection:
            work.books.facts.mark_gone(connection, record.id, missing, work.clock())
        work.watch(Step("sweep", min(start + IDS_AT_ONCE, len(ids)), len(ids)))
    with fence.writing() as connection:
        work.books.connections.save_sweep(connection, record.id, work.clock())
    return gone
