"""Change data capture, read whole (quickbooks-online.md §6): one answer where it suffices, else form by form.

An answer holds at most 1,000 records and has no pages. Where one comes full, each form is asked for alone and read on
from its last time; the records were seen in the order of their times, but that is not promised. So what was read is
counted against a query, and whatever does not add up counts as not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from comptoir.books.documents import LedgerId
from comptoir.http.times import aware_time
from comptoir.ledgers.quickbooks.client import QuickBooksClient
from comptoir.ledgers.quickbooks.query import changed_between, count

LOOK_BACK = timedelta(days=30)
MOST_RECORDS = 1000
"""Most records of one answer."""
MOST_ANSWERS = 100
"""Answers read for one form before it is left to a reading by date."""
OVERLAP = timedelta(minutes=5)
"""How much is asked for twice: a change may be listed a little after its time."""
_DELETED = "Deleted"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Captured:
    """The rows that changed, by form, the (form, id) of those that were deleted, and the answer's own time."""

    changed: tuple[tuple[str, Row], ...]
    deleted: tuple[tuple[str, LedgerId], ...]
    at: datetime


def capture(client: QuickBooksClient, forms: Sequence[str], since: datetime) -> Captured | None:
    """What happened to records of `forms` since (aware); None where it cannot be told whole. Raises a house error."""
    asked_at = client.clock()
    if since <= asked_at - LOOK_BACK:
        return None
    body = client.changed_since(forms, since)
    at = _answered_at(body, asked_at)
    rows = list(_rows(body))
    if len(rows) < MOST_RECORDS:
        return _sorted_out(rows, at)
    rows = []
    for form in forms:
        read = _read_on(client, form, since)
        if read is None:
            return None
        rows += [(form, row) for row in read]
    found = _sorted_out(rows, at)
    return found if _adds_up(client, forms, since, found) else None


def _read_on(client: QuickBooksClient, form: str, since: datetime) -> list[Row] | None:
    """Every record of one form, in its last state; None where the answers do not lead on."""
    found: dict[str, Row] = {}
    start = since
    for _ in range(MOST_ANSWERS):
        rows = [row for _, row in _rows(client.changed_since([form], start))]
        found |= {str(row.get("Id")): row for row in rows}
        if len(rows) < MOST_RECORDS:
            return list(found.values())
        times = [_changed_at(row) for row in rows]
        in_order = all(one is not None and other is not None and one <= other for one, other in pairwise(times))
        if not in_order or times[-1] is None or times[-1] <= start:
            return None
        start = times[-1]
    return None


def _adds_up(client: QuickBooksClient, forms: Sequence[str], since: datetime, found: Captured) -> bool:
    """Whether at least as many changed as a query counts up to the first answer: a lost part would be missed here."""
    statements = [count(form, changed_between(since, found.at)) for form in forms]
    counted = [answer.get("totalCount") for answer in client.query_batch(statements)]
    read = [sum(1 for each, _ in found.changed if each == form) for form in forms]
    return all(isinstance(most, int) and most <= here for most, here in zip(counted, read, strict=True))


def _rows(body: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """The records of an answer with their forms: each element holds a page for every entity that was asked for."""
    for element in _objects(body.get("CDCResponse")):
        for page in _objects(element.get("QueryResponse")):
            for form, rows in page.items():
                yield from ((form, row) for row in _objects(rows))


def _objects(value: object) -> list[Row]:
    """The objects of a list; what is no list has none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _sorted_out(rows: Sequence[tuple[str, Row]], at: datetime) -> Captured:
    gone = [(form, LedgerId(str(row.get("Id")))) for form, row in rows if row.get("status") == _DELETED]
    return Captured(tuple(each for each in rows if each[1].get("status") != _DELETED), tuple(gone), at)


def _changed_at(row: Row) -> datetime | None:
    return aware_time((row.get("MetaData") or {}).get("LastUpdatedTime"))


def _answered_at(body: Mapping[str, Any], otherwise: datetime) -> datetime:
    """The answer's own time; `otherwise`, when it was asked, where it does not tell."""
    return aware_time(body.get("time")) or otherwise
