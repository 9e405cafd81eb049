"""Post: planned postings go to the ledger in waves and batches, each once.

Before its first send a posting's number is looked up in the ledger: ours is adopted, someone else's holds it. A batch
is frozen and on disk before it is sent (`sending`).

Several batches are on the line at once (`Work.lanes`). This thread alone chooses, freezes and saves what is sent next;
a lane carries one batch through its sending, repeats and recording. Names go one batch at a time, and the first batch
of each wave goes alone until the ledger has answered one of them rightly. While this thread waits it plans more, where
more is to be decided: what was planned too late for its wave goes with the next pass. Where the store is being read
meanwhile, all is made ready that far, and nothing is sent before the store's latest word is in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import ColumnElement, update

from comptoir.books.documents import Wave
from comptoir.books.problems import Message
from comptoir.engine.ports import Slot
from comptoir.engine.posting import undo
from comptoir.engine.posting.adopt import look_up
from comptoir.engine.posting.ahead import NOTHING_ASKED, Ahead
from comptoir.engine.posting.amend import look_at_targets
from comptoir.engine.posting.choosing import Chooser
from comptoir.engine.posting.hurry import narrowed
from comptoir.engine.posting.lanes import ALONE, Lanes
from comptoir.engine.posting.progress import Progress
from comptoir.engine.posting.sending import Sender
from comptoir.engine.posting.taking_back import take_back
from comptoir.engine.work import Work
from comptoir.storage.fence import Fence
from comptoir.storage.postings import Posting, State
from comptoir.storage.tables import postings

LONG = 1200
"""Documents to send in one run, from which on questions leave the batches to them (quickbooks-online.md §8)."""
FIRST = (Wave.LISTS, Wave.SALES)
"""What goes first, and is asked for while the store is still being read."""
Hear = Callable[[Callable[[], bool]], bool]
"""Waits for the store's latest word while other work goes on; whether anything planned is to be decided anew."""


class Poster:
    """Empties the journal's planned rows into the ledger, wave by wave."""

    def __init__(
        self,
        work: Work,
        fence: Fence,
        plan_more: Callable[[], int | None] = lambda: None,
        undecided: int = 0,
        hear: Hear | None = None,
        ahead: Ahead = NOTHING_ASKED,
    ) -> None:
        """`plan_more` decides some of the `undecided` orders; how many documents that planned, None: nothing is left.

        Where anything is at work from before, all must be decided first: nothing may be sent that is old. `hear` waits
        for the store, where that is still being read. `ahead`: what the ledger was asked for already.
        """
        self._work = work = narrowed(work) if work.hurry else work
        self._fence = fence
        self._journal = work.books.journal
        self._progress = progress = Progress(total=0)
        self._choosing = Chooser(work, fence, progress)
        self._sending = Sender(work, fence, progress)
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
        while is_more and self._is_any(*self._choosing.planned(Wave.LISTS)):
            is_more = self._plan_ahead()
        return is_more

    def _hear_out(self, hear: Hear) -> None:
        """Wait for the store's latest word; what is planned by now is asked for meanwhile, and more is decided."""
        for wave in FIRST:
            if self._is_any(*self._choosing.planned(wave)):
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
            there = self._choosing.there(connection, rows)
            ready = [row for row in rows if there.keys() >= set(row.awaits)]
            for row in ready:
                self._journal.move(connection, row, State.PLANNED, Message("what it waited for is in the books"))
        return bool(ready)

    def _post_wave(self, wave: Wave) -> None:
        while self._lanes.busy or self._is_any(*self._choosing.planned(wave)):
            is_free = self._work.lanes > ALONE and not self._lanes.busy
            if not self._progress.pauses and not self._choosing.has_enough(wave, is_free=is_free):
                self._lanes.ask(partial(self._ask, wave))
            self._lanes.wait_for_room(self._width(wave))
            self._work.pause_point()
            slots = self._choosing.next_batch(wave)
            if slots:
                self._send(slots)
            elif slots is None:  # what is on the line may come back to be sent again
                self._lanes.wait_for_one()

    def _ask(self, wave: Wave) -> None:
        """Ask the ledger what it holds of the postings of this wave before they are sent."""
        if wave is Wave.AMENDMENTS:
            look_at_targets(self._work, self._fence, self._progress.at_rest)
        else:
            look_up(self._work, self._fence, wave, self._progress.at_rest, ahead=self._ahead, sparing=self._is_long)

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

    def _send(self, slots: Sequence[tuple[Posting, Slot]]) -> None:
        frozen = self._sending.freeze(slots)
        if frozen is not None:  # else they are chosen anew, without what was decided otherwise meanwhile
            self._lanes.start(partial(self._sending.send, *frozen, sends=0))

    def _settle_open_batches(self) -> None:
        """Batches that an earlier process froze and perhaps sent: the same bytes again, or the look-up."""
        batches = self._work.books.batches
        with self._work.books.database.read() as connection:
            left = batches.open(connection, self._work.ledger.identity)
            rows = {batch.id: batches.postings(connection, batch) for batch in left}
        for batch in left:
            self._sending.send(batch, rows[batch.id], sends=1)
