"""What a page asks the database: counted, for time depends on the machine and the number of questions does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from comptoir.storage.database import Database

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
