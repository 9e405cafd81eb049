"""`comptoir settings`: all choices of a store as one file that can be read, compared and moved (T6)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.books.settings import Settings
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.cli.files import read_text, write_text
from comptoir.cli.speech import text, told
from comptoir.engine.errors import NeedsMapping
from comptoir.engine.setup.fitting import Fitting
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.reading import Reading
from comptoir.engine.setup.settings_file import read_settings, write_settings
from comptoir.engine.work import SettingsProblemsError
from comptoir.wiring import open_app

app = Family("Export, import or check the settings of a store.")

FileArgument = Annotated[Path, typer.Argument(help="The settings file (TOML).")]


def settings_from(written: str) -> Settings:
    """The settings in this text; ProblemsError lists every mistake."""
    reading = read_settings(written)
    if reading.settings is not None:
        return reading.settings
    raise ProblemsError(MISTAKES, reading.problems)


MISTAKES = Message("The settings have mistakes; nothing was changed:")


@contextmanager
def _mistakes_of(reading: Reading | None) -> Iterator[None]:
    """For the block: mistakes of writing are told also where no store or company is there to check the rest against."""
    try:
        yield
    except (SettingsProblemsError, NeedsMapping) as error:
        if reading is None or not reading.problems:
            raise
        known = error.problems if isinstance(error, SettingsProblemsError) else reading.problems
        raise ProblemsError(MISTAKES, known) from error


def advise(fitting: Fitting) -> None:
    """Say what is no mistake and worth knowing."""
    for each in fitting.advice:
        console.print(f"{told(each.what)}\n→ {told(each.remedy)}", style="yellow")


@app.command("export")
@reported
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, to the screen.")] = None,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the settings in force; for a store that has none yet, a proposal to look through and import."""
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        settings = record.settings
        if settings is None:
            company = app_.ledger(app_.ledger_record(record)).read_company()
            settings = propose_settings(app_.store(record).describe(), company, datetime.now(UTC).date())
            typer.echo(
                text("No settings are in force yet: this is a proposal. Look through it, then import it."), err=True
            )
    written = write_settings(settings)
    if file is None:
        typer.echo(written)
        if as_json:
            print(json.dumps({"settings": written}))
        return
    write_text(file, written)
    console.print(text("Written to {file}.", file=str(file)))
    if as_json:
        print(json.dumps({"file": str(file)}))


@app.command("import")
@reported
def import_(
    file: FileArgument,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the settings of a file in force, if every one of them fits the company."""
    reading = read_settings(read_text(file))
    with open_app(home, may_share=True) as app_, _mistakes_of(reading):
        record = chosen_store(app_, store)
        fitting = app_.put_in_force(record, reading)
    advise(fitting)
    console.print(text("In force for {store}. See what would be posted with: comptoir preview", store=record.title))
    if as_json:
        print(json.dumps({"in_force": record.title}))


@app.command("check")
@reported
def check(
    file: Annotated[Path | None, typer.Argument(help="The settings file; without it, the settings in force.")] = None,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find every mistake in the settings at once; nothing is changed."""
    given = read_settings(read_text(file)) if file else None
    with open_app(home, may_share=True) as app_, _mistakes_of(given):
        record = chosen_store(app_, store)
        reading = given or (Reading.of(record.settings) if record.settings else None)
        if reading is None:
            raise CommandError(Message("{store} has no settings yet. Name a file to check.", {"store": record.title}))
        fitting = app_.check_settings(record, reading)
    advise(fitting)
    console.print(text("The settings fit the company."))
    if as_json:
        print(json.dumps({"fits": record.title}))
