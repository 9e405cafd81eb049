"""What a piece of work costs, whatever else the machine has to do: questions to the database, time of a processor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from comptoir.storage.database import Database

TICKS = os.sysconf("SC_CLK_TCK")
NO_QUESTIONS = ("BEGIN", "COMMIT", "ROLLBACK")


@contextmanager
def queries(database: Database) -> Iterator[list[str]]:
    """Every statement that is sent within the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(NO_QUESTIONS):
            asked.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def cpu_seconds(process: int) -> float:
    """User and system time of a process with all its threads (proc(5): fields 14 and 15)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
