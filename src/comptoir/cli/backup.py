"""`comptoir backup` and `comptoir restore`: everything of an installation in one file, and back."""

from __future__ import annotations

import json
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from comptoir import __version__
from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import spoken, text
from comptoir.storage.upkeep.backup import Restored, make_backup, restore_backup
from comptoir.storage.upkeep.home import DATABASE_NAME, Home
from comptoir.wiring import open_app

ReplaceOption = Annotated[
    bool, typer.Option("--replace", help="Take the place of what is there; a restore puts that aside first.")
]
MEGABYTE = 1024 * 1024


@reported
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write, for example comptoir-2026-03-01.backup.")],
    replace: ReplaceOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write everything into one file, while a run may be at work, and verify it. It holds the key: keep it safe.

    With a PostgreSQL database it says which commands to use instead.
    """
    place = Home.named(home)
    if not place.is_local:
        raise CommandError(_on_a_server(place))
    if not place.database_file.exists():
        raise CommandError(
            Message("There is no database in {path}: nothing was ever set up there.", {"path": str(place.path)})
        )
    with open_app(home, to_read=True) as app_:  # of this release, so that its key can be tried
        made = make_backup(app_.home, file, __version__, replace=replace)
    size = spoken().decimal(Decimal(made.bytes) / MEGABYTE)
    console.print(
        text("Backed up to {file} ({size} MB), read again and whole.", file=str(made.file), size=size), style="bold"
    )
    console.print(text("It holds the key that opens your sign-ins: keep it where you would keep a password."))
    if as_json:
        print(json.dumps({"file": str(made.file), "bytes": made.bytes, **made.told.model_dump(mode="json")}))


def _on_a_server(place: Home) -> Message:
    return Message(
        "The database is on a PostgreSQL server; its own tools back it up, while work goes on:\n"
        "  {command}\n"
        "Keep a copy of the key file with it: {file}\n"
        "To put it back: pg_restore into an empty database, the key file where it was, then comptoir sync.",
        {
            "command": f'pg_dump --format=custom --file=comptoir.dump "${DATABASE_NAME}"',
            "file": str(place.key_file),
        },
    )


@reported
def restore(
    file: Annotated[Path, typer.Argument(help="A file that comptoir backup wrote.")],
    replace: ReplaceOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a backup back, verified first. What was posted since it was made is found in the books, not posted again."""
    place = Home.named(home)
    if not place.is_local:
        raise CommandError(
            Message(
                "{name} is set: the database is on a PostgreSQL server. Unset it to restore into a data directory, and "
                "take it to a server with: comptoir move",
                {"name": DATABASE_NAME},
            )
        )
    local = Home.local(place.path)
    with local.working():
        done = restore_backup(file, local, replace=replace)
    _show(local, done)
    if as_json:
        told = done.told.model_dump(mode="json")
        print(json.dumps({"home": str(local.path), "aside": str(done.aside) if done.aside else None, **told}))


def _show(local: Home, done: Restored) -> None:
    at = spoken().moment(done.told.made_at, UTC)
    console.print(text("{path} is as it was on {at} UTC.", path=str(local.path), at=at), style="bold")
    if done.aside is not None:
        console.print(text("What lay there is now in {path}.", path=str(done.aside)))
    console.print(
        text(
            "The books may hold what was posted since then. The next comptoir sync asks for each document by its "
            "number before it sends it: what is there is recognised as ours, and nothing is posted twice."
        )
    )
    console.print(
        text(
            "The sign-in of the backup may have been replaced since. If QuickBooks does not take it: comptoir connect "
            "quickbooks."
        )
    )
