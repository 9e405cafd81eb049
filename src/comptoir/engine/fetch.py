"""Fetch: pages of changed orders, each saved with the cursor that follows it in one transaction."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from comptoir.books.problems import Message
from comptoir.engine.errors import RetryLater, Unexpected
from comptoir.engine.work import OVERLAP_SECONDS, Step, Work, zone_named
from comptoir.storage.facts import FactSource, save_cursor
from comptoir.storage.fence import Fence
from comptoir.telemetry import events

PAGES_LIMIT = 100_000
"""Pages in one pass; beyond it the store's paging goes in circles."""


def fetch(work: Work, fence: Fence) -> int:
    """Read everything that changed since the last complete pass; answers how many records were new.

    The upper bound is fixed when a pass starts and kept with the cursor: a record that changes during the pass is
    read again by the next one. A pass that was cut short goes on from its last saved page, and since its bound is as
    old as its beginning, another one follows.
    """
    was_cut = work.books.connections.get(work.record.id).cursor_until is not None
    new = _pass(work, fence)
    return new + _pass(work, fence) if was_cut else new


def _pass(work: Work, fence: Fence) -> int:
    """One pass, begun or gone on with, to its end."""
    record = work.books.connections.get(work.record.id)
    until = record.cursor_until or work.clock()
    since = _since(work, record.fetched_until)
    cursor = record.cursor
    source = FactSource(record.organization_id, record.id, work.store.identity, work.store.personal_keys)
    seen = new = 0
    for _ in range(PAGES_LIMIT):
        page = work.store.fetch_orders(cursor, since=since, until=until)
        with fence.writing() as connection:
            fresh = work.books.facts.save_page(
                connection, source, page.records, run_id=work.run.id, fetched_at=work.clock()
            )
            _check_start(work)
            save_cursor(
                connection,
                record.id,
                cursor=page.cursor if page.more else None,
                until=until if page.more else None,
                fetched_until=record.fetched_until if page.more else until,
            )
            work.books.runs.count(connection, work.run.id, fetched=fresh)
        seen += len(page.records)
        new += fresh
        work.watch(Step("fetch", seen, page.expected))
        events.emit(events.Kind.PAGE_SAVED, records=len(page.records), new=fresh, more=page.more)
        if not page.more:
            return new
        cursor = page.cursor
        work.pause_point()
    raise Unexpected(
        Message(
            "{store} gave more than {limit} pages of orders in one pass; its paging seems to go in circles.",
            {"store": work.record.title, "limit": str(PAGES_LIMIT)},
        )
    )


def _check_start(work: Work) -> None:
    """Settings put in force during the pass may begin earlier: its cursor would hide what lies before.

    Asked in the transaction of the page, which keeps new settings waiting until it ends.
    """
    settings = work.books.connections.get(work.record.id).settings
    if settings is not None and settings.start_date != work.settings.start_date:
        raise RetryLater(
            Message(
                "The start date of {store} was changed while its orders were read. The next run reads from there.",
                {"store": work.record.title},
            )
        )


def _since(work: Work, fetched_until: datetime | None) -> datetime:
    """The last complete pass less the overlap; at first the start date, in the account's own zone."""
    if fetched_until is not None:
        return fetched_until - timedelta(seconds=OVERLAP_SECONDS)
    zone = zone_named(work.settings.time_zone) or zone_named("UTC")
    return datetime.combine(work.settings.start_date, time.min, tzinfo=zone)
