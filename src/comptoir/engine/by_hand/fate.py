"""What became of an order: one word for all its postings."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import IN_BOOKS, ON_THE_WAY, Posting, State


class Fate(StrEnum):
    """The worst that any posting of an order met."""

    POSTED = "posted"
    HELD = "held still"
    LEFT_OUT = "left out"
    ON_THEIR_WAY = "on their way"
    TAKEN_OUT = "no longer in the books"


def fate_of(rows: Iterable[Posting]) -> Fate:
    """What became of the order of these rows."""
    return fate_of_states({row.state for row in rows if row.rule != WITHDRAWN})


def fate_of_states(states: set[State]) -> Fate:
    """The same from the states alone, without those of what an earlier decision planned."""
    if State.HELD in states:
        return Fate.HELD
    if states & ON_THE_WAY or not states:
        return Fate.ON_THEIR_WAY
    if states & IN_BOOKS:
        return Fate.POSTED
    return Fate.LEFT_OUT if states == {State.SKIPPED} else Fate.TAKEN_OUT
