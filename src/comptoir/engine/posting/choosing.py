"""Choosing: which planned postings go into the next batch, and which wait for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from comptoir.books.documents import LedgerId, PostingKey, Wave
from comptoir.books.problems import Message
from comptoir.engine.ports import Slot
from comptoir.engine.posting.outcomes import ATTEMPTS_LIMIT, NO_ANSWER, problem_of, target_key
from comptoir.engine.posting.progress import Progress
from comptoir.engine.work import Work
from comptoir.storage.fence import Fence
from comptoir.storage.postings import IN_BOOKS, Posting, State
from comptoir.storage.tables import postings

WINDOW = 60
"""Planned postings read at once to fill a batch: a batch's worth may have to wait for others."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """Fills batches from the journal. One thread alone does."""

    work: Work
    fence: Fence
    progress: Progress

    def planned(self, wave: Wave) -> tuple[ColumnElement[bool], ...]:
        """The postings of a wave that are to be sent."""
        return self.work.sent, postings.c.state == State.PLANNED.value, postings.c.wave == wave.value

    def has_enough(self, wave: Wave, *, is_free: bool) -> bool:
        """Whether there is a batch to send without asking: what is decided meanwhile is looked up together, later.

        `is_free`: nothing is on the line, so a batch goes first, and the ledger is asked for more beside it.
        """
        if wave is Wave.AMENDMENTS:
            return False
        enough = self.work.ledger.batch_limits.documents if is_free else WINDOW
        with self.work.books.database.read() as connection:
            ready = connection.execute(select(postings.c.id).where(*self._ready(wave)).limit(enough)).all()
        return len(ready) == enough

    def next_batch(self, wave: Wave) -> list[tuple[Posting, Slot]] | None:
        """The next postings that fit in one batch; [] when those at hand wait for others, None when none is left."""
        with self.fence.writing() as connection:
            rows = self.work.books.journal.select(connection, *self._ready(wave), limit=WINDOW)
            if not rows:
                return None
            there = self.there(connection, rows)
            ready = []
            for row in rows:
                missing = [key for key in row.awaits if key not in there]
                if missing:
                    said = Message("waits for {records}", {"records": ", ".join(missing[:3])})
                    self.work.books.journal.move(connection, row, State.WAITING, said)
                elif self.progress.attempts[row.id] >= ATTEMPTS_LIMIT:  # the look-up had the last word: not there
                    self.work.books.journal.hold(connection, row, problem_of(row, NO_ANSWER))
                else:
                    ready.append(row)
        chosen = self._fill(ready)
        resolved = {there[key].key: there[key].record[1] for row in chosen for key in row.awaits}
        return [(row, self._slot(str(place), row, resolved)) for place, row in enumerate(chosen, start=1)]

    def there(self, connection: Connection, rows: Sequence[Posting]) -> dict[str, Posting]:
        """What `rows` wait for, as far as it is in the books, by key."""
        wanted = {key for row in rows for key in row.awaits}
        known = self.work.books.journal.by_keys(connection, self.work.ledger.identity, wanted)
        return {key: posting for key, posting in known.items() if posting.state in IN_BOOKS}

    def _ready(self, wave: Wave) -> tuple[ColumnElement[bool], ...]:
        """The postings of a wave that may be sent as far as the ledger goes."""
        return (*self.planned(wave), postings.c.looked_up.is_(True))

    def _slot(self, slot: str, row: Posting, resolved: Mapping[PostingKey, LedgerId]) -> Slot:
        versions = {target_key(row): row.ledger_version} if row.wave is Wave.AMENDMENTS else {}
        return Slot(slot, self.work.books.journal.document(row), resolved, versions)

    def _fill(self, ready: Sequence[Posting]) -> list[Posting]:
        limits = self.work.ledger.batch_limits
        chosen: list[Posting] = []
        lines = 0
        for row in ready[: limits.documents]:
            goes_alone = bool({row.id, *(each.id for each in chosen)} & self.progress.alone)
            if chosen and (goes_alone or lines + row.line_count > limits.lines):
                break
            chosen.append(row)
            lines += row.line_count
        return chosen
