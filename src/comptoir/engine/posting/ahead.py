"""What the ledger holds under the numbers of new orders, asked for while the company is looked at.

Of more orders than go in one batch the first would else wait for a look-up of their own, and the others for a second.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from comptoir.books.company import fold
from comptoir.books.documents import Kind
from comptoir.books.settings import NumberSource
from comptoir.books.text import document_number
from comptoir.engine.decide import digest
from comptoir.engine.errors import HouseError
from comptoir.engine.knowledge import is_unfinished
from comptoir.engine.ports import Entry
from comptoir.engine.work import Work

MOST = 1000
"""More numbers are asked for piece by piece, as they are decided."""


class Ahead:
    """The answer, for sales alone. Each number answers once: whoever looks it up again asks the ledger anew."""

    def __init__(self, numbers: Iterable[str] = (), entries: Iterable[Entry] = ()) -> None:
        self._held: dict[str, list[Entry]] = {fold(number): [] for number in numbers}
        for entry in entries:
            self._held.setdefault(fold(entry.number), []).append(entry)
        self._lock = threading.Lock()

    def take(self, kind: Kind, numbers: Sequence[str]) -> tuple[list[Entry], list[str]]:
        """What is known of these numbers, and those that were not asked for. May be called from several threads."""
        if kind is not Kind.SALE:
            return [], list(numbers)
        with self._lock:
            answers = [(number, self._held.pop(fold(number), None)) for number in numbers]
        entries = [entry for _, held in answers for entry in held or ()]
        return entries, [number for number, held in answers if held is None]


NOTHING_ASKED = Ahead()


def ask_ahead(work: Work) -> Ahead:
    """Ask, where it is worth a question of its own. Writes nothing.

    Not where anything is at work from before: what became of that is for the look-up alone to say. Whatever keeps the
    ledger from answering, the look-up meets it too, so it is not raised here.
    """
    if work.hurry or is_unfinished(work):
        return NOTHING_ASKED
    numbers = _numbers(work)
    if not work.ledger.batch_limits.documents < len(numbers) <= MOST:
        return NOTHING_ASKED
    try:
        return Ahead(numbers, work.ledger.find(Kind.SALE, numbers))
    except HouseError:
        return NOTHING_ASKED


def _numbers(work: Work) -> list[str]:
    """The numbers that orders of which nothing is in the journal get if they are posted (posting rules, O4)."""
    orders = work.settings.orders
    if orders.number is NumberSource.LEDGER:
        return []
    fresh = work.books.facts.fresh_numbers(work.record.id, digest(work), MOST + 1)
    return sorted({found for number in fresh if (found := document_number(orders.prefix, number)) is not None})
