"""Statements of QuickBooks' query language (quickbooks-online.md §5): always whole records, values in quotes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

PAGE_ROWS = 1000
"""Most rows a page may hold."""
VALUES_A_QUERY = 100
"""Numbers, names or ids in one condition."""


def quote(text: str) -> str:
    r"""`text` as a value: `\` and `'` are escaped by a backslash."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def among(field: str, values: Sequence[str]) -> str:
    """The condition that `field` is one of `values`. Comparisons ignore case."""
    if not values:
        raise ValueError("a condition needs at least one value")
    return f"{field} IN ({', '.join(quote(value) for value in values)})"


def chunks(values: Sequence[str]) -> list[Sequence[str]]:
    """The values, as many at a time as one condition may name."""
    return [values[at : at + VALUES_A_QUERY] for at in range(0, len(values), VALUES_A_QUERY)]


def between(field: str, since: date, until: date) -> str:
    """The condition that a date field lies in [since, until]."""
    return f"{field} >= {quote(since.isoformat())} AND {field} <= {quote(until.isoformat())}"


def changed_between(since: datetime, until: datetime) -> str:
    """The condition that a record changed last in [since, until] (aware)."""
    field, first, last = "MetaData.LastUpdatedTime", _time(since), _time(until)
    return f"{field} >= {first} AND {field} <= {last}"


def _time(moment: datetime) -> str:
    return quote(moment.isoformat(timespec="seconds"))


ALSO_INACTIVE = "Active IN (true, false)"
"""Lists answer active records only, unless the statement restricts Active."""
ONLY_INACTIVE = "Active = false"


def select(entity: str, where: str = "", *, start: int = 1) -> str:
    """One page of `entity`, from row `start` (1-based), in the order of ids so that pages do not slide."""
    condition = f" WHERE {where}" if where else ""
    return f"SELECT * FROM {entity}{condition} ORDERBY Id STARTPOSITION {start} MAXRESULTS {PAGE_ROWS}"  # noqa: S608 - quoted above


def count(entity: str, where: str) -> str:
    """How many records of `entity` meet `where`."""
    return f"SELECT COUNT(*) FROM {entity} WHERE {where}"  # noqa: S608 - quoted above
