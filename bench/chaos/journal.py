"""The journal's file as a looker-on sees it: beside its living owner, or after the owner's death."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

UNSETTLED = frozenset({"planned", "sending", "unknown"})
"""States of postings that are still to reach the books."""


def look(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Read the database beside its owner; nothing while it is not there yet, or just being made."""
    path = home / "comptoir.sqlite"
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def states(home: Path) -> Counter[str]:
    """How many postings are in each state."""
    return Counter(
        {str(state): int(count) for state, count in look(home, "SELECT state, count(*) FROM postings GROUP BY state")}
    )


def open_batches(home: Path) -> set[str]:
    """The request ids of the frozen batches whose outcome is not recorded."""
    return {str(each) for (each,) in look(home, "SELECT request_id FROM batches WHERE state IN ('sending', 'unknown')")}
