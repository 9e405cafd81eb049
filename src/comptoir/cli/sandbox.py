"""`comptoir sandbox`: a platform's simulator alone on a port, for trying things out and for developers."""

from __future__ import annotations

import os

import typer

from comptoir.cli.calling import Family
from comptoir.demo.simulators import simulator_command

app = Family("Run a platform's simulator alone on a port. No account is needed.")

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def _become(platform: str, options: list[str]) -> None:
    command = simulator_command(platform, *options)
    os.execv(command[0], command)  # noqa: S606 - our own program, no shell


@app.command("shopify", context_settings=PASS_ON, add_help_option=False)
def shopify(context: typer.Context) -> None:
    """A Shopify shop. Options (see --help): --port, --data FILE, and more."""
    _become("shopify", context.args)


@app.command("quickbooks", context_settings=PASS_ON, add_help_option=False)
def quickbooks(context: typer.Context) -> None:
    """A QuickBooks Online company. Options (see --help): --port, --profile, and more."""
    _become("quickbooks", context.args)
