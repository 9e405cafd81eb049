"""A copy of a data directory to try things out in; the one that it comes from is only read."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import delete, select, update

from comptoir.books.documents import Wave
from comptoir.storage.database import Database
from comptoir.storage.postings import IN_BOOKS
from comptoir.storage.tables import (
    batches,
    events,
    exchanges,
    facts,
    postings,
    proven_figures,
    proven_orders,
    schedules,
)
from comptoir.storage.upkeep.home import Home
from comptoir.storage.upkeep.transfer import transfer
from comptoir.storage.vault import PRIVATE_FILE


def copy_home(source: Home, target: Home) -> None:
    """Database and key as they are at this moment, also while a run is at work in `source`; `target` is local."""
    shutil.copyfile(source.key_file, target.key_file)
    target.key_file.chmod(PRIVATE_FILE)
    if source.is_local:
        copy_file(source.database_file, target.database_file)
    else:
        _copy_server(source, target)


def copy_file(source: Path, target: Path) -> None:
    """A SQLite database into a new file, whole, whatever is written to it meanwhile (SQLite's online backup)."""
    with (
        closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)


def _copy_server(source: Home, target: Home) -> None:
    server, copy = Database(source.database_url), Database(target.database_url)
    try:
        transfer(server, copy)
    finally:
        server.close()
        copy.close()


def forget_documents(database: Database) -> None:
    """Begin the journal anew: every order waits for its decision, and only lists that are in the books stay known."""
    in_books = [state.value for state in IN_BOOKS]
    stays = (postings.c.wave == Wave.LISTS.value) & postings.c.state.in_(in_books)
    with database.write() as connection:
        gone = select(postings.c.id).where(~stays)
        connection.execute(delete(events).where(events.c.posting_id.in_(gone)))
        connection.execute(delete(exchanges))
        connection.execute(update(postings).where(stays).values(batch_id=None, slot=None))
        connection.execute(delete(postings).where(~stays))
        connection.execute(delete(batches))
        connection.execute(delete(proven_figures))
        connection.execute(delete(proven_orders))
        connection.execute(delete(schedules))  # a copy does nothing by itself
        connection.execute(update(facts).values(decided_under=None))
