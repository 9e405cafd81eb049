"""`comptoir settings`: all choices of a store as one file that can be read, compared and moved (T6)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.checks.advice import advice
from comptoir.books.company import Company
from comptoir.books.settings import Settings
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.settings_file import read_settings, write_settings
from comptoir.engine.work import resolved_settings
from comptoir.wiring import open_app

app = typer.Typer(help="Export, import or check the settings of a store.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="The settings file (TOML).")]


def settings_from(text: str) -> Settings:
    """The settings in this text; ProblemsError lists every mistake."""
    found = read_settings(text)
    if isinstance(found, Settings):
        return found
    raise ProblemsError("The settings file has mistakes; nothing was changed:", found)


def advise(settings: Settings, company: Company) -> None:
    """Say what is no mistake and worth knowing."""
    for each in advice(settings, company):
        console.print(f"{each.what}\n→ {each.remedy}", style="yellow", markup=False)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The file {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"The file {path} is not UTF-8 text. Save it as UTF-8 and try again.") from error


@app.command("export")
@reported
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; without it, to the screen.")] = None,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the settings in force; for a store that has none yet, a proposal to look through and import."""
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        settings = record.settings
        if settings is None:
            company = app_.ledger(app_.ledger_record(record)).read_company()
            settings = propose_settings(app_.store(record).describe(), company, datetime.now(UTC).date())
            typer.echo("No settings are in force yet: this is a proposal. Look through it, then import it.", err=True)
    text = write_settings(settings)
    if file is None:
        typer.echo(text)
        if as_json:
            print(json.dumps({"settings": text}))
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The file {file} cannot be written ({error.strerror}).") from error
    console.print(f"Written to {file}.", markup=False)
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
    settings = settings_from(_read(file))
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        company = app_.put_in_force(record, settings)
    advise(settings, company)
    console.print(f"In force for {record.title}. See what would be posted with: comptoir preview", markup=False)
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
    settings = settings_from(_read(file)) if file else None
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        chosen = settings or record.settings
        if chosen is None:
            raise CommandError(f"{record.title} has no settings yet. Name a file to check.")
        company = app_.ledger(app_.ledger_record(record)).read_company()
        resolved_settings(chosen, company)
    advise(chosen, company)
    console.print("The settings fit the company.")
    if as_json:
        print(json.dumps({"fits": record.title}))
