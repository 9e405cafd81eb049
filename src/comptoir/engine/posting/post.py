"""Post: planned postings go to the ledger in waves and batches, each once.

Before its first send a posting's number is looked up in the ledger: ours is adopted, someone else's holds it. A batch
is frozen and on disk before it is sent. When no answer comes it is unknown: the same bytes go again under the same
key while the ledger remembers keys; after that, or when the repeat is refused, the look-up says what happened, and
only what is not there is sent again under a new key.

Several batches are on the line at once (`Work.lanes`). This thread alone chooses, freezes and saves what is sent next;
a lane carries one batch through its sending, repeats and recording. Names go one batch at a time, and the first batch
of each wave goes alone until the ledger has answered one of them rightly. While this thread waits it plans more, where
more is to be decided: what was planned too late for its wave goes with the next pass. Where the store is being read
meanwhile, all is made ready that far, and nothing is sent before the store's latest word is in.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import ColumnElement, Connection, select, update

from comptoir.books.documents import Kind, LedgerId, PostingKey, Wave
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.engine.ports import Answered, NoAnswer, NotSent, Slot
from comptoir.engine.posting import undo
from comptoir.engine.posting.adopt import look_up
from comptoir.engine.posting.ahead import Ahead
from comptoir.engine.posting.amend import look_at_targets
from comptoir.engine.posting.hurry import narrowed
from comptoir.engine.posting.lanes import ALONE, Lanes
from comptoir.engine.posting.outcomes import ATTEMPTS_LIMIT, NO_ANSWER, Tally, problem_of, record_results, target_key
from comptoir.engine.posting.taking_back import take_back
from comptoir.engine.work import Step, Work
from comptoir.storage.batches import Batch, BatchState, NotPlannedError
from comptoir.storage.fence import Fence
from comptoir.storage.postings import IN_BOOKS, Posting, State
from comptoir.storage.tables import postings
from comptoir.telemetry import events

LONG = 1200
"""Documents to send in one run, from which on questions leave the batches to them (quickbooks-online.md §8)."""
WINDOW = 60
"""Planned postings read at once to fill a batch: a batch's worth may have to wait for others."""
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


FIRST = (Wave.LISTS, Wave.SALES)
"""What goes first, and is asked for while the store is still being read."""
Hear = Callable[[Callable[[], bool]], bool]
"""Waits for the store's latest word while other work goes on; whether anything planned is to be decided anew."""


@dataclass(slots=True)
class Progress:
    """What one posting run has met so far; several lanes write to it, each change under `lock`.

    `alone` holds the postings that are sent one by one, `resting` those that the ledger may not show yet, `trusted`
    the waves of which the ledger took a batch as it was meant; `pauses` counts the lanes that wait for a busy ledger.
    """

    total: int
    posted: int = 0
    waits: int = 0
    pauses: int = 0
    turned_away: int = 0
    alone: set[int] = field(default_factory=set)
    resting: set[int] = field(default_factory=set)
    trusted: set[Wave] = field(default_factory=lambda: {Wave.LISTS})
    attempts: Counter[int] = field(default_factory=Counter)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Poster:
    """Empties the journal's planned rows into the ledger, wave by wave."""

    def __init__(
        self,
        work: Work,
        fence: Fence,
        plan_more: Callable[[], int | None] = lambda: None,
        undecided: int = 0,
        hear: Hear | None = None,
        ahead: Ahead | None = None,
    ) -> None:
        """`plan_more` decides some of the `undecided` orders; how many documents that planned, None: nothing is left.

        Where anything is at work from before, all must be decided first: nothing may be sent that is old. `hear` waits
        for the store, where that is still being read. `ahead`: what the ledger was asked for already.
        """
        self._work = work
        self._fence = fence
        self._journal = work.books.journal
        self._batches = work.books.batches
        self._progress = Progress(total=0)
        self._plan_more = plan_more
        self._undecided = undecided
        self._hear = hear
        self._ahead = ahead
        self._lanes = Lanes(work.lanes, self._plan_ahead)

    def run(self) -> int:
        """Post everything that can be posted; answers how many documents went into the books.

        Raises Reconnect when the authorization ended, RetryLater when the ledger stays busy: what is left stays
        planned.
        """
        if self._work.hurry:
            self._work = narrowed(self._work)
        self._reopen()
        try:
            is_more = self._begin() or self._hear is not None
            if self._hear is not None:
                self._hear_out(self._hear)
            self._settle_open_batches()
            take_back(self._work, self._fence)
            undo.finish(self._work, self._fence)
            self._pass()
            while is_more and (self._plan_ahead() or self._is_left()):
                is_more = self._plan_ahead()
                self._pass()
        except Exception:
            self._lanes.come_home()
            raise
        return self._progress.posted

    def _begin(self) -> bool:
        """Decide some orders, or all where customers or items are to be made: those go first, and need go only once."""
        is_more = self._plan_ahead()
        while is_more and self._is_any(*self._planned(Wave.LISTS)):
            is_more = self._plan_ahead()
        return is_more

    def _hear_out(self, hear: Hear) -> None:
        """Wait for the store's latest word; what is planned by now is asked for meanwhile, and more is decided."""
        for wave in FIRST:
            if self._is_any(*self._planned(wave)):
                self._lanes.ask(partial(self._ask, wave))
        if hear(self._plan_ahead):
            while self._plan_ahead():
                pass

    def _plan_ahead(self) -> bool:
        planned = self._plan_more()
        with self._progress.lock:
            self._progress.total += planned or 0
        return planned is not None

    def _is_left(self) -> bool:
        """Whether anything was planned too late for its wave, or waits for what was."""
        return self._is_any(self._work.sent, postings.c.state.in_([State.PLANNED.value, State.WAITING.value]))

    def _is_any(self, *where: ColumnElement[bool]) -> bool:
        with self._work.books.database.read() as connection:
            return self._journal.any(connection, *where)

    def _pass(self) -> None:
        """Send what is planned, wave by wave."""
        for wave in Wave:
            self._post_wave(wave)
            while self._wake(wave):
                self._post_wave(wave)

    def _reopen(self) -> None:
        """Waiting rows are looked at again; lists that the ledger refused are tried again, once a run."""
        mine = self._work.sent
        refused_list = (
            (postings.c.wave == Wave.LISTS.value)
            & (postings.c.state == State.HELD.value)
            & postings.c.document.is_not(None)
        )
        with self._fence.writing() as connection:
            for these in (postings.c.state == State.WAITING.value, refused_list):  # each by its index
                connection.execute(update(postings).where(mine, these).values(state=State.PLANNED.value))
            planned = postings.c.state.in_([State.PLANNED.value, State.SENDING.value, State.UNKNOWN.value])
            self._progress.total = self._journal.count(connection, mine, planned)

    def _wake(self, wave: Wave) -> bool:
        """Plan again what waited for a document of its own wave (an exchange for its sale), now that it is there."""
        waiting = (self._work.sent, postings.c.state == State.WAITING.value, postings.c.wave == wave.value)
        if not self._is_any(*waiting):
            return False
        with self._fence.writing() as connection:
            rows = self._journal.select(connection, *waiting)
            there = self._there(connection, rows)
            ready = [row for row in rows if there.keys() >= set(row.awaits)]
            for row in ready:
                self._journal.move(connection, row, State.PLANNED, Message("what it waited for is in the books"))
        return bool(ready)

    def _post_wave(self, wave: Wave) -> None:
        while self._lanes.busy or self._is_any(*self._planned(wave)):
            if not self._progress.pauses and not self._is_enough_looked_up(wave):
                self._lanes.ask(partial(self._ask, wave))
            self._lanes.wait_for_room(self._width(wave))
            self._work.pause_point()
            slots = self._next_batch(wave)
            if slots:
                self._send_new(slots)
            elif slots is None:  # what is on the line may come back to be sent again
                self._lanes.wait_for_one()

    def _is_enough_looked_up(self, wave: Wave) -> bool:
        """Whether there is a batch to send without asking: what is decided meanwhile is looked up together, later.

        Where nothing is on the line a batch goes first, and the ledger is asked for more beside it.
        """
        if wave is Wave.AMENDMENTS:
            return False
        is_free = self._work.lanes > ALONE and not self._lanes.busy
        enough = self._work.ledger.batch_limits.documents if is_free else WINDOW
        with self._work.books.database.read() as connection:
            ready = connection.execute(select(postings.c.id).where(*self._ready(wave)).limit(enough)).all()
        return len(ready) == enough

    def _ready(self, wave: Wave) -> tuple[ColumnElement[bool], ...]:
        """The postings of a wave that may be sent as far as the ledger goes."""
        return (*self._planned(wave), postings.c.looked_up.is_(True))

    def _planned(self, wave: Wave) -> tuple[ColumnElement[bool], ...]:
        return self._work.sent, postings.c.state == State.PLANNED.value, postings.c.wave == wave.value

    def _ask(self, wave: Wave) -> None:
        """Ask the ledger what it holds of the postings of this wave before they are sent."""
        if wave is Wave.AMENDMENTS:
            look_at_targets(self._work, self._fence, self._resting)
        else:
            look_up(self._work, self._fence, wave, self._resting, ahead=self._ahead, sparing=self._is_long)

    def _width(self, wave: Wave) -> int:
        """How many batches may be on the line now. The ledger makes names one after the other (§23)."""
        progress = self._progress
        with progress.lock:
            is_narrow = wave is Wave.LISTS or wave not in progress.trusted or progress.alone or progress.pauses
        return ALONE if is_narrow else self._work.lanes

    @property
    def _is_long(self) -> bool:
        """Whether more is to be sent than goes in about a minute."""
        return max(self._progress.total, self._undecided) >= LONG

    def _resting(self) -> frozenset[int]:
        with self._progress.lock:
            return frozenset(self._progress.resting)

    # Choosing

    def _next_batch(self, wave: Wave) -> list[tuple[Posting, Slot]] | None:
        """The next postings that fit in one batch; [] when those at hand wait for others, None when none is left."""
        with self._fence.writing() as connection:
            rows = self._journal.select(connection, *self._ready(wave), limit=WINDOW)
            if not rows:
                return None
            there = self._there(connection, rows)
            ready = []
            for row in rows:
                missing = [key for key in row.awaits if key not in there]
                if missing:
                    said = Message("waits for {records}", {"records": ", ".join(missing[:3])})
                    self._journal.move(connection, row, State.WAITING, said)
                elif self._progress.attempts[row.id] >= ATTEMPTS_LIMIT:  # the look-up had the last word: not there
                    self._journal.hold(connection, row, problem_of(row, NO_ANSWER))
                else:
                    ready.append(row)
        chosen = self._fill(ready)
        resolved = {there[key].key: there[key].record[1] for row in chosen for key in row.awaits}
        return [(row, self._slot(str(place), row, resolved)) for place, row in enumerate(chosen, start=1)]

    def _there(self, connection: Connection, rows: Sequence[Posting]) -> dict[str, Posting]:
        """What `rows` wait for, as far as it is in the books, by key."""
        wanted = {key for row in rows for key in row.awaits}
        known = self._journal.by_keys(connection, self._work.ledger.identity, wanted)
        return {key: posting for key, posting in known.items() if posting.state in IN_BOOKS}

    def _slot(self, slot: str, row: Posting, resolved: Mapping[PostingKey, LedgerId]) -> Slot:
        versions = {target_key(row): row.ledger_version} if row.wave is Wave.AMENDMENTS else {}
        return Slot(slot, self._journal.document(row), resolved, versions)

    def _fill(self, ready: Sequence[Posting]) -> list[Posting]:
        limits = self._work.ledger.batch_limits
        chosen: list[Posting] = []
        lines = 0
        for row in ready[: limits.documents]:
            goes_alone = bool({row.id, *(each.id for each in chosen)} & self._progress.alone)
            if chosen and (goes_alone or lines + row.line_count > limits.lines):
                break
            chosen.append(row)
            lines += row.line_count
        return chosen

    # Sending

    def _send_new(self, slots: list[tuple[Posting, Slot]]) -> None:
        body = self._work.ledger.freeze([slot for _, slot in slots])
        rows = [(slot.slot, replace(posting, slot=slot.slot)) for posting, slot in slots]
        try:
            with self._fence.writing() as connection:
                batch = self._batches.save(
                    connection, self._work.owner, str(uuid.uuid4()), body, rows, self._work.run.id
                )
        except NotPlannedError:
            return  # chosen anew, without it
        self._lanes.start(lambda: self._send(batch, [posting for _, posting in rows], sends=0))

    def _send(self, batch: Batch, rows: Sequence[Posting], *, sends: int) -> None:
        """Send a frozen batch until its outcome is recorded, or hand its postings to the look-up."""
        waits = self._progress.waits
        while sends < REPLAYS_LIMIT and self._in_replay_window(batch):
            events.emit(events.Kind.BATCH_SENT, batch=batch.id, documents=len(rows), sends=sends + 1)
            outcome = self._work.ledger.send(batch.request_id, batch.body)
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
                    self._work.sleep(REPLAY_PAUSE_SECONDS * 2 ** (sends - 1))
        self._give_to_look_up(batch, rows, waits)

    def _in_replay_window(self, batch: Batch) -> bool:
        with self._work.books.database.read() as connection:
            now = self._work.books.database.now(connection)
        return now - batch.first_sent_at < self._work.ledger.replay_window_seconds

    def _record(self, batch: Batch, rows: Sequence[Posting], answer: Answered, waits: int, *, is_replay: bool) -> None:
        with self._rest(rows) as rest:
            with self._fence.writing() as connection:
                tally = record_results(
                    self._work, connection, rows, answer, is_replay=is_replay, attempts=self._progress.attempts
                )
                self._batches.mark(connection, batch, BatchState.ANSWERED)
                self._note_words(connection, batch, rows, answer)
                self._work.books.runs.count(connection, self._work.run.id, posted=tally.settled)
            events.emit(events.Kind.BATCH_ANSWERED, batch=batch.id, documents=len(rows), settled=tally.settled)
            self._tell(rows, tally)
            if tally.wrong:
                take_back(self._work, self._fence, postings.c.id.in_(tally.wrong))
                self._stop_where_all_is_wrong(rows, tally.wrong)
            if tally.uncertain:
                rest(VISIBLE_AFTER_SECONDS)
        if tally.busy:
            self._wait(tally.busy, waits)

    def _note_words(self, connection: Connection, batch: Batch, rows: Sequence[Posting], answer: Answered) -> None:
        """Keep the ledger's own words of each document, for whoever wants to see them."""
        said = {each.slot: each.said for each in answer.results if each.said}
        words = [(row.id, row.slot, said[row.slot]) for row in rows if row.slot in said]
        self._work.books.exchanges.note(connection, self._work.owner.organization_id, batch.id, words)

    def _tell(self, rows: Sequence[Posting], tally: Tally) -> None:
        """What a batch came to is part of the run's progress now."""
        progress = self._progress
        with progress.lock:
            progress.posted += tally.settled
            progress.turned_away = 0
            progress.alone.difference_update(row.id for row in rows)
            if tally.settled and not tally.wrong:
                progress.trusted.update(row.wave for row in rows)
            self._work.watch(Step("post", progress.posted, progress.total))

    @contextmanager
    def _rest(self, rows: Sequence[Posting]) -> Iterator[Callable[[float], None]]:
        """Keep `rows` from the look-up of the main thread for the block, which may sleep meanwhile.

        What was just written may be missing from look-ups, and what is looked up too early is sent twice.
        """
        ids = {row.id for row in rows}
        with self._progress.lock:
            self._progress.resting |= ids
        try:
            yield self._work.sleep
        finally:
            with self._progress.lock:
                self._progress.resting -= ids

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
        with self._progress.lock:
            if is_at_fault and len(rows) > 1:
                self._progress.alone.update(row.id for row in rows)
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
            with self._progress.lock:
                self._progress.turned_away += 1
                if self._progress.turned_away >= TURNED_AWAY_LIMIT:
                    raise error
                self._progress.alone.discard(rows[0].id)
            with self._fence.writing() as connection:
                self._journal.hold(connection, rows[0], problem_of(rows[0], error))

    def _put_back(self, batch: Batch, rows: Sequence[Posting]) -> None:
        with self._fence.writing() as connection:
            self._batches.mark(connection, batch, BatchState.DROPPED)
            for row in rows:
                self._journal.move(connection, row, State.PLANNED, Message("not sent"), batch_id=None, slot=None)

    def _mark_unknown(self, batch: Batch, rows: Sequence[Posting], outcome: NotSent | NoAnswer) -> None:
        detail = outcome.detail if isinstance(outcome, NoAnswer) else outcome.error.detail
        with self._fence.writing() as connection:
            self._batches.mark(connection, batch, BatchState.UNKNOWN)
            for row in rows:
                self._journal.move(connection, row, State.UNKNOWN, *([Message.verbatim(detail)] if detail else []))
        events.emit(events.Kind.BATCH_UNKNOWN, batch=batch.id, documents=len(rows))

    def _give_to_look_up(self, batch: Batch, rows: Sequence[Posting], waits: int) -> None:
        """Too late, or too often, to repeat: what the ledger holds decides.

        Documents that never get an answer are held, and a ledger that never gives one ends the run.
        """
        self._progress.attempts.update(row.id for row in rows)
        with self._rest(rows) as rest:
            with self._fence.writing() as connection:
                self._batches.mark(connection, batch, BatchState.DROPPED)
                for row in rows:
                    self._journal.move(
                        connection, row, State.PLANNED, NO_OUTCOME, batch_id=None, slot=None, looked_up=False
                    )
            if self._count_wait(waits) > WAITS_LIMIT:
                raise RetryLater(
                    Message("The ledger gives no answers. What it does not hold yet is sent by the next run.")
                )
            rest(VISIBLE_AFTER_SECONDS)

    def _count_wait(self, before: int) -> int:
        """One wait more, unless another lane counted since `before`: what they meet together is one misfortune."""
        with self._progress.lock:
            self._progress.waits = max(self._progress.waits, before + 1)
            return self._progress.waits

    def _wait(self, error: HouseError, waits: int) -> None:
        """Wait for a busy ledger; anything else ends the run with what is left still planned."""
        if not isinstance(error, RetryLater) or self._count_wait(waits) > WAITS_LIMIT:
            raise error
        seconds = BUSY_PAUSE_SECONDS
        if error.not_before is not None:
            seconds = max(0.0, (error.not_before - self._work.clock()).total_seconds())
        seconds = min(seconds, BUSY_PAUSE_SECONDS)
        events.emit(events.Kind.WAITED, why="busy", seconds=round(seconds, 3), request_id=error.request_id)
        with self._progress.lock:
            self._progress.pauses += 1
        try:
            self._work.sleep(seconds)
        finally:
            with self._progress.lock:
                self._progress.pauses -= 1

    # After a crash

    def _settle_open_batches(self) -> None:
        """Batches that an earlier process froze and perhaps sent: the same bytes again, or the look-up."""
        with self._work.books.database.read() as connection:
            batches = self._batches.open(connection, self._work.ledger.identity)
            rows = {batch.id: self._batches.postings(connection, batch) for batch in batches}
        for batch in batches:
            self._send(batch, rows[batch.id], sends=1)
