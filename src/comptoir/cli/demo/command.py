"""The command: which shop, then the simulators, then the show."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.demo.gift_shop import show_gift_shop
from comptoir.cli.demo.month import show_month
from comptoir.cli.errors import CommandError, reported

ONLINE_RETAIL = "online-retail"
"""The name of the month in the box."""


@reported
def demo(
    data: Annotated[
        str,
        typer.Option(help='"online-retail" for a real retailer\'s month, or a file of that form; else the gift shop.'),
    ] = "",
    once: Annotated[
        bool, typer.Option("--once", help="End when done, instead of leaving the simulators and the pages running.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a shop into the books of a simulated company, prove it, run again, and show it all in the browser.

    The shop is a gift shop in Montréal in which every case of the domain occurs by name; or, with --data, a real
    retailer's month. Where nobody looks on (no terminal), it ends by itself, as with --once.
    """
    started = time.monotonic()
    once = once or not console.is_terminal
    with _place(home) as place:
        if data:
            file = None if data == ONLINE_RETAIL else Path(data)
            show_month(file, place, started, once=once, as_json=as_json)
        else:
            show_gift_shop(place, started, once=once, as_json=as_json)


@contextmanager
def _place(home: Path | None) -> Iterator[Path]:
    """The data directory: the one named, or a new one that does not outlive a demo that never began.

    CommandError where the named one holds something: a demo's shop has no place among anybody's books.
    """
    if home is not None:
        if home.is_dir() and any(home.iterdir()):
            raise CommandError(
                Message(
                    "The demo begins in an empty directory, and {path} is not empty. Name another.", {"path": str(home)}
                )
            )
        yield home
        return
    made = Path(tempfile.mkdtemp(prefix="comptoir-demo-"))
    try:
        yield made
    finally:
        if not any(made.iterdir()):
            shutil.rmtree(made)
