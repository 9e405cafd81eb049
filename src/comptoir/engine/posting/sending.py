"""Sending: a frozen batch through its sends, repeats and waits, until its outcome is recorded.

When no answer comes the outcome is unknown: the same bytes go again under the same key while the ledger remembers
keys; after that, or when the repeat is refused, the look-up says what happened, and only what is not there is sent
again under a new key.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.engine.ports import Answered, NoAnswer, NotSent, Slot
from comptoir.engine.posting.outcomes import Tally, problem_of, record_results
from comptoir.engine.posting.progress import Progress
from comptoir.engine.posting.taking_back import take_back
from comptoir.engine.work import Step, Work
from comptoir.storage.batches import Batch, Batches, BatchState, NotPlannedError
from comptoir.storage.fence import Fence
from comptoir.storage.journal import Journal
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings
from comptoir.telemetry import events

REPLAYS_LIMIT = 6
"""Sends of one frozen batch under one key, the first included."""
REPLAY_PAUSE_SECONDS = 2.0
"""Before the first repeat; doubled for each further one."""
WAITS_LIMIT = 20
"""How often one run waits for a ledger that is busy before it leaves the rest to the next run."""
BUSY_PAUSE_SECONDS = 60.0
"""Where the ledger does not say how long to wait."""
TURNED_AWAY_LIMIT = 3
"""Documents turned away one after the other, each sent alone, before the fault is taken for the whole company's."""
WRONG_TOTALS_LIMIT = 3
"""Sales of one batch, all of them, that come back with another total: the company's own settings are at fault."""
VISIBLE_AFTER_SECONDS = 5.0
"""How long what was just written may be missing from look-ups (quickbooks-online.md §5)."""
NO_OUTCOME = Message("outcome unknown")
ALL_WRONG = Message(
    "The books reckon every sale otherwise than the store, so the run stopped; what was sent was taken back. Look at "
    "how the company reckons sales tax: in QuickBooks, under Taxes, Sales tax, Sales tax settings. Then retry."
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Carries batches, one on each lane; what they meet is written down in `progress`."""

    work: Work
    fence: Fence
    progress: Progress

    @property
    def _journal(self) -> Journal:
        return self.work.books.journal

    @property
    def _batches(self) -> Batches:
        return self.work.books.batches

    def freeze(self, slots: Sequence[tuple[Posting, Slot]]) -> tuple[Batch, list[Posting]] | None:
        """A batch of these on disk, to be sent; None where one of them is no longer planned: choose anew."""
        body = self.work.ledger.freeze([slot for _, slot in slots])
        rows = [(slot.slot, replace(posting, slot=slot.slot)) for posting, slot in slots]
        try:
            with self.fence.writing() as connection:
                batch = self._batches.save(connection, self.work.owner, str(uuid.uuid4()), body, rows, self.work.run.id)
        except NotPlannedError:
            return None
        return batch, [posting for _, posting in rows]

    def send(self, batch: Batch, rows: Sequence[Posting], *, sends: int) -> None:
        """Send a frozen batch until its outcome is recorded, or hand its postings to the look-up."""
        waits = self.progress.waits
        while sends < REPLAYS_LIMIT and self._in_replay_window(batch):
            events.emit(events.Kind.BATCH_SENT, batch=batch.id, documents=len(rows), sends=sends + 1)
            outcome = self.work.ledger.send(batch.request_id, batch.body)
            sends += 1
            match outcome:
                case Answered():
                    self._record(batch, rows, outcome, waits, is_replay=sends > 1)
                    return
                case NotSent() if sends == 1:
                    self._turned_away(batch, rows, outcome.error, waits)
                    return
                case NotSent(error=Reconnect() as error):
                    self._mark_unknown(batch, rows, outcome)
                    raise error
                case NotSent() | NoAnswer():
                    self._mark_unknown(batch, rows, outcome)
                    self.work.sleep(REPLAY_PAUSE_SECONDS * 2 ** (sends - 1))
        self._give_to_look_up(batch, rows, waits)

    def _in_replay_window(self, batch: Batch) -> bool:
        with self.work.books.database.read() as connection:
            now = self.work.books.database.now(connection)
        return now - batch.first_sent_at < self.work.ledger.replay_window_seconds

    def _record(self, batch: Batch, rows: Sequence[Posting], answer: Answered, waits: int, *, is_replay: bool) -> None:
        with self.progress.rest(row.id for row in rows):
            with self.fence.writing() as connection:
                tally = record_results(
                    self.work, connection, rows, answer, is_replay=is_replay, attempts=self.progress.attempts
                )
                self._batches.mark(connection, batch, BatchState.ANSWERED)
                self._note_words(connection, batch, rows, answer)
                self.work.books.runs.count(connection, self.work.run.id, posted=tally.settled)
            events.emit(events.Kind.BATCH_ANSWERED, batch=batch.id, documents=len(rows), settled=tally.settled)
            self._tell(rows, tally)
            if tally.wrong:
                take_back(self.work, self.fence, postings.c.id.in_(tally.wrong))
                self._stop_where_all_is_wrong(rows, tally.wrong)
            if tally.uncertain:
                self.work.sleep(VISIBLE_AFTER_SECONDS)
        if tally.busy:
            self._wait(tally.busy, waits)

    def _note_words(self, connection: Connection, batch: Batch, rows: Sequence[Posting], answer: Answered) -> None:
        """Keep the ledger's own words of each document, for whoever wants to see them."""
        said = {each.slot: each.said for each in answer.results if each.said}
        words = [(row.id, row.slot, said[row.slot]) for row in rows if row.slot in said]
        self.work.books.exchanges.note(connection, self.work.owner.organization_id, batch.id, words)

    def _tell(self, rows: Sequence[Posting], tally: Tally) -> None:
        """What a batch came to is part of the run's progress now."""
        progress = self.progress
        with progress.lock:
            progress.posted += tally.settled
            progress.turned_away = 0
            progress.alone.difference_update(row.id for row in rows)
            if tally.settled and not tally.wrong:
                progress.trusted.update(row.wave for row in rows)
            self.work.watch(Step("post", progress.posted, progress.total))

    def _stop_where_all_is_wrong(self, rows: Sequence[Posting], wrong: Sequence[int]) -> None:
        """A company that reckons every sale otherwise is not sent a thousand that must be taken back (section 2)."""
        sales = {row.id for row in rows if row.key.kind is Kind.SALE}
        if len(sales) >= WRONG_TOTALS_LIMIT and sales <= set(wrong):
            raise NeedsMapping(ALL_WRONG, what="sales tax", where="company")

    def _turned_away(self, batch: Batch, rows: Sequence[Posting], error: HouseError, waits: int) -> None:
        """A batch that was refused as a whole: its documents go one by one, and the one that is at fault is held.

        What is no document's fault ends the run with everything still planned, or waits.
        """
        is_at_fault = isinstance(error, Refused | Conflict | Unexpected)
        with self.progress.lock:
            if is_at_fault and len(rows) > 1:
                self.progress.alone.update(row.id for row in rows)
        self._put_back(batch, rows)
        events.emit(
            events.Kind.BATCH_TURNED_AWAY,
            batch=batch.id,
            documents=len(rows),
            error=error.next_step,
            code=error.code,
            request_id=error.request_id,
        )
        if not is_at_fault:
            self._wait(error, waits)
        elif len(rows) == 1:
            with self.progress.lock:
                self.progress.turned_away += 1
                if self.progress.turned_away >= TURNED_AWAY_LIMIT:
                    raise error
                self.progress.alone.discard(rows[0].id)
            with self.fence.writing() as connection:
                self._journal.hold(connection, rows[0], problem_of(rows[0], error))

    def _put_back(self, batch: Batch, rows: Sequence[Posting]) -> None:
        with self.fence.writing() as connection:
            self._batches.mark(connection, batch, BatchState.DROPPED)
            for row in rows:
                self._journal.move(connection, row, State.PLANNED, Message("not sent"), batch_id=None, slot=None)

    def _mark_unknown(self, batch: Batch, rows: Sequence[Posting], outcome: NotSent | NoAnswer) -> None:
        detail = outcome.detail if isinstance(outcome, NoAnswer) else outcome.error.detail
        with self.fence.writing() as connection:
            self._batches.mark(connection, batch, BatchState.UNKNOWN)
            for row in rows:
                self._journal.move(connection, row, State.UNKNOWN, *([Message.verbatim(detail)] if detail else []))
        events.emit(events.Kind.BATCH_UNKNOWN, batch=batch.id, documents=len(rows))

    def _give_to_look_up(self, batch: Batch, rows: Sequence[Posting], waits: int) -> None:
        """Too late, or too often, to repeat: what the ledger holds decides.

        Documents that never get an answer are held, and a ledger that never gives one ends the run.
        """
        self.progress.attempts.update(row.id for row in rows)
        with self.progress.rest(row.id for row in rows):
            with self.fence.writing() as connection:
                self._batches.mark(connection, batch, BatchState.DROPPED)
                for row in rows:
                    self._journal.move(
                        connection, row, State.PLANNED, NO_OUTCOME, batch_id=None, slot=None, looked_up=False
                    )
            if self.progress.count_wait(waits) > WAITS_LIMIT:
                raise RetryLater(
                    Message("The ledger gives no answers. What it does not hold yet is sent by the next run.")
                )
            self.work.sleep(VISIBLE_AFTER_SECONDS)

    def _wait(self, error: HouseError, waits: int) -> None:
        """Wait for a busy ledger; anything else ends the run with what is left still planned."""
        if not isinstance(error, RetryLater) or self.progress.count_wait(waits) > WAITS_LIMIT:
            raise error
        seconds = BUSY_PAUSE_SECONDS
        if error.not_before is not None:
            seconds = max(0.0, (error.not_before - self.work.clock()).total_seconds())
        seconds = min(seconds, BUSY_PAUSE_SECONDS)
        events.emit(events.Kind.WAITED, why="busy", seconds=round(seconds, 3), request_id=error.request_id)
        with self.progress.pause():
            self.work.sleep(seconds)
