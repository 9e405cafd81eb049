"""`comptoir`: the commands joined."""

from __future__ import annotations

from typing import Annotated

import typer

from comptoir import __version__
from comptoir.cli import (
    accept,
    backup,
    choices,
    connect,
    doctor,
    explain,
    last_report,
    mail,
    move,
    preview,
    problems,
    prove,
    rehearse,
    retry,
    runs,
    sandbox,
    schedule,
    serve,
    settings,
    sync,
    undo,
    user,
)
from comptoir.cli.demo.command import demo
from comptoir.telemetry import logs

app = typer.Typer(
    name="comptoir",
    help="Your online store's orders, payments and refunds in your books: once, to the cent, explained.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo)
app.add_typer(connect.app, name="connect")
app.command("doctor")(doctor.doctor)
app.add_typer(settings.app, name="settings")
app.command("preview")(preview.preview)
app.command("rehearse")(rehearse.rehearse)
app.command("sync")(sync.sync)
app.add_typer(schedule.app, name="schedule")
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("problems")(problems.problems)
app.command("hold")(choices.hold)
app.command("skip")(choices.skip)
app.command("retry")(retry.retry)
app.command("accept")(accept.accept)
app.command("undo")(undo.undo)
app.command("runs")(runs.runs)
app.command("report")(last_report.report)
app.add_typer(mail.app, name="mail")
app.command("explain")(explain.explain)
app.command("prove")(prove.prove)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("move")(move.move)
app.add_typer(user.app, name="user")
app.add_typer(sandbox.app, name="sandbox")


def _version(show: bool) -> None:
    if show:
        typer.echo(f"comptoir {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Your online store's orders, payments and refunds in your books: once, to the cent, explained."""
    del version  # said by its own callback
    try:
        logs.set_up()
    except logs.LogSettingsError as error:
        raise typer.BadParameter(str(error)) from error


def main() -> None:
    """Run the command line."""
    app()
