"""What one posting run has met so far: its lanes write it down, and whoever chooses what goes next reads it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from comptoir.books.documents import Wave


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

    def at_rest(self) -> frozenset[int]:
        """The postings that the look-up must leave alone now."""
        with self.lock:
            return frozenset(self.resting)

    @contextmanager
    def rest(self, ids: Iterable[int]) -> Iterator[None]:
        """Keep postings from the look-up of the main thread for the block.

        What was just written may be missing from look-ups, and what is looked up too early is sent twice.
        """
        kept = set(ids)
        with self.lock:
            self.resting |= kept
        try:
            yield
        finally:
            with self.lock:
                self.resting -= kept

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Nothing new goes beside the block: the ledger is busy."""
        with self.lock:
            self.pauses += 1
        try:
            yield
        finally:
            with self.lock:
                self.pauses -= 1

    def count_wait(self, before: int) -> int:
        """One wait more, unless another lane counted since `before`: what they meet together is one misfortune."""
        with self.lock:
            self.waits = max(self.waits, before + 1)
            return self.waits
