"""PURE: the answer of change data capture (quickbooks-online.md §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from comptoir.books.documents import LedgerId

LOOK_BACK = timedelta(days=30)
MOST_RECORDS = 1000
"""Most records of one answer. It has no pages: a full answer may have left some out."""
_DELETED = "Deleted"
OVERLAP = timedelta(minutes=5)
"""How much is asked for twice: a change may be listed a little after its time."""


@dataclass(frozen=True, slots=True)
class Captured:
    """The rows that changed, by form, and the (form, id) of those that were deleted."""

    changed: tuple[tuple[str, dict[str, Any]], ...]
    deleted: tuple[tuple[str, LedgerId], ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return len(self.changed) + len(self.deleted) < MOST_RECORDS


def captured(elements: Iterable[Mapping[str, Any]]) -> Captured:
    """What the elements of a `CDCResponse` say: each holds a page for every entity that was asked for."""
    pages = [page for element in elements for page in element.get("QueryResponse") or []]
    rows = [(form, row) for page in pages for form, found in page.items() if isinstance(found, list) for row in found]
    gone = [(form, LedgerId(str(row.get("Id")))) for form, row in rows if row.get("status") == _DELETED]
    return Captured(tuple(each for each in rows if each[1].get("status") != _DELETED), tuple(gone))


def answered_at(body: Mapping[str, Any], otherwise: datetime) -> datetime:
    """The answer's own time; `otherwise`, when it was asked, where it does not tell."""
    try:
        moment = datetime.fromisoformat(str(body.get("time")))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo is not None else otherwise
