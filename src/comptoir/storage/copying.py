"""A copy of a data directory to try things out in; the one that it comes from is only read."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

from sqlalchemy import delete, select, update

from comptoir.books.documents import Wave
from comptoir.storage.database import Database
from comptoir.storage.home import Home
from comptoir.storage.journal import IN_BOOKS
from comptoir.storage.tables import batches, events, facts, postings


def copy_home(source: Home, target: Home) -> None:
    """Database and key as they are at this moment, also while a run is at work in `source` (SQLite's backup)."""
    shutil.copyfile(source.key_file, target.key_file)
    target.key_file.chmod(0o600)
    with (
        closing(sqlite3.connect(f"file:{source.database_file}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(target.database_file)) as copy,
    ):
        live.backup(copy)


def forget_documents(database: Database) -> None:
    """Begin the journal anew: every order waits for its decision, and only lists that are in the books stay known."""
    in_books = [state.value for state in IN_BOOKS]
    stays = (postings.c.wave == Wave.LISTS.value) & postings.c.state.in_(in_books)
    with database.write() as connection:
        gone = select(postings.c.id).where(~stays)
        connection.execute(delete(events).where(events.c.posting_id.in_(gone)))
        connection.execute(update(postings).where(stays).values(batch_id=None, slot=None))
        connection.execute(delete(postings).where(~stays))
        connection.execute(delete(batches))
        connection.execute(update(facts).values(decided_under=None))
