"""`comptoir move`: from the file in the data directory to a PostgreSQL server, every row, proved."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import Progress, TextColumn
from rich.table import Table

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import labelled, spoken, text
from comptoir.storage.database import Database, DatabaseUnreachableError, place_of, server_url
from comptoir.storage.upkeep.home import DATABASE_NAME, Home
from comptoir.storage.upkeep.transfer import Carried, transfer
from comptoir.storage.upkeep.upgrade import upgrade


@reported
def move(
    to: Annotated[str, typer.Option("--to", help="The empty PostgreSQL database: postgresql://user@host:5432/name.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move everything from the data directory's own database to a PostgreSQL server, and prove that it arrived.

    The old database stays as it is, and the directory says that it was moved. When a move breaks off nothing has
    arrived: begin it again.
    """
    local = Home(Home.named(home).path)
    if not local.database_file.exists():
        raise CommandError(
            Message("There is no database in {path}: nothing was ever set up there.", {"path": str(local.path)})
        )
    url = server_url(to)
    with local.working():
        try:
            carried = _move(local, url)
        except DatabaseUnreachableError as error:
            raise CommandError(error.fact, _what_of_the_move(local)) from error
    _show(carried, url)
    if as_json:
        rows = [{"table": each.table, "rows": each.rows, "digest": each.digest} for each in carried]
        print(json.dumps({"moved_to": place_of(url), "tables": rows}))


def _move(local: Home, url: str) -> list[Carried]:
    source, target = Database(local.database_url), Database(url)
    try:
        upgrade(source, local.key_file)
        with Progress(TextColumn("{task.description}"), console=console, transient=True) as bar:
            task = bar.add_task(text("Reading …"), total=None)

            def watch(table: str, done: int, total: int) -> None:
                how_far = text("{done} of {total}", done=f"{done:,}", total=f"{total:,}")
                bar.update(task, description=labelled(table, how_far))

            def mark() -> None:
                """Before the commit: never are there two that may be worked in."""
                local.note_moved(f"{datetime.now(UTC):%Y-%m-%d}", place_of(url))

            return transfer(source, target, watch=watch, before_commit=mark)
    finally:
        source.close()
        target.close()


def _what_of_the_move(local: Home) -> Message:
    """What became of a move whose server was lost: the note is written when all that is left is to commit."""
    if local.moved_file.exists():
        return Message("That was at the very end: begin the move again, and it says whether everything had arrived.")
    return Message(
        "Nothing was moved: everything is in {path} as before. Mend the address or the server, and try again.",
        {"path": str(local.path)},
    )


def _show(carried: list[Carried], url: str) -> None:
    table = Table(title=text("Every row is there, value for value"), title_justify="left", header_style="bold")
    table.add_column(text("Table"))
    table.add_column(text("Rows"), justify="right")
    table.add_column(text("Digest, the same on both sides"))
    for each in carried:
        table.add_row(each.table, spoken().number(each.rows), each.digest[:16])
    console.print(table)
    console.print(text("Moved to the PostgreSQL database at {place}.", place=place_of(url)), style="bold")
    console.print(
        text(
            "From now on set {name} to its address. The key file stays where it is, and belongs to it.",
            name=DATABASE_NAME,
        )
    )
