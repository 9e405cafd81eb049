"""`comptoir user`: help for somebody who cannot sign in to the pages any more."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, console, web_address
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import text
from comptoir.wiring import open_app

app = Family("The people who sign in to the pages.")


@app.callback()
def user() -> None:
    """Keep `reset` a command of its own."""


@app.command("reset")
@reported
def reset(
    email: Annotated[str, typer.Argument(help="The e-mail address that the person signs in with.")],
    two_factor: Annotated[
        bool, typer.Option("--two-factor", help="Also ask for no codes any more: the telephone is lost.")
    ] = False,
    url: Annotated[str, typer.Option("--url", help="Where the pages are reached.")] = "http://127.0.0.1:8700",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a link to choose a new password: it works once, within an hour. Works beside a running server."""
    pages = web_address("--url", url)
    from comptoir.web.access.accounts import Accounts, Actor  # noqa: PLC0415 - hashing libraries take their time

    with open_app(home, to_read=True) as app_:
        rooms = Accounts.open(app_.books.database, app_.vault)
        token = rooms.reset_token(email, Actor())
        if token is None:
            raise CommandError(Message("Nobody signs in with {email}.", {"email": email}))
        if two_factor:
            rooms.drop_two_factor(email, Actor())
    link = f"{pages}/reset/{token}"
    console.print(text("Open this link, and choose a new password:"))
    console.print(link, soft_wrap=True)
    if as_json:
        print(json.dumps({"link": link}))
