"""`comptoir connect`: a store and a company, each by its own authorization, tested before it is saved."""

from __future__ import annotations

import json
import os
import webbrowser
from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from comptoir.books.problems import Message
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, console, show_connected
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.cli.files import read_text
from comptoir.cli.speech import labelled, text, told
from comptoir.engine.setup.command import CommandOption, ConnectCommand
from comptoir.engine.setup.connecting import authorized, keep
from comptoir.engine.setup.forms import REDIRECT_URI
from comptoir.http.callback import CallbackError, Redirect, from_address, is_here, listening
from comptoir.storage.connections import LEDGER, ConnectionRecord, Standing
from comptoir.wiring import COMMANDS, App, open_app

app = Family("Connect a store or a company.")

SIGN_IN_SECONDS = 600
"""How long the consent page may stay open."""


def secret_value(file: Path | None, environment_name: str, label: Message) -> str:
    """A secret from a file or the environment, else asked for: never from the command line, which others can read."""
    if file is not None:
        return read_text(file).strip()
    return os.environ.get(environment_name) or str(typer.prompt(told(label), hide_input=True))


def connect(
    app_: App, slug: str, values: Mapping[str, str], open_page: Callable[[str], object] = lambda _url: None
) -> tuple[ConnectionRecord, Standing]:
    """Test the connection and keep it. `open_page` brings the user to the platform's consent page, where it has one."""
    platform = app_.connectables()[slug]
    problems = platform.check(values)
    if problems:
        raise ProblemsError(
            Message("{platform} cannot be connected yet:", {"platform": platform.manifest.name}), list(problems)
        )

    def sign_in(page: str, state: str) -> str:
        return _consent(values[REDIRECT_URI], state, partial(open_page, page)).query

    found = authorized(platform, values, sign_in)
    return keep(app_.books, app_.organization_id, found), found.standing


def _consent(redirect_uri: str, state: str, open_page: Callable[[], object]) -> Redirect:
    """What the sign-in leads to: received here or, where the redirect goes to another host, pasted by the user."""
    try:
        if is_here(redirect_uri):
            with listening(redirect_uri, state) as callback:
                open_page()
                return callback.wait(SIGN_IN_SECONDS)
        open_page()
        return from_address(typer.prompt(text("Then paste the whole address of the page you were sent to")), state)
    except CallbackError as error:
        raise CommandError(error.message) from error


def _show_page(url: str, words: Message) -> None:
    console.print(told(words))
    console.print(url, soft_wrap=True)
    webbrowser.open(url)


def _show_outcome(record: ConnectionRecord, standing: Standing, *, as_json: bool) -> None:
    for note in standing.notes:
        console.print(labelled(text("Note"), told(note)), style="yellow")
    if as_json:
        notes = [str(each) for each in standing.notes]
        print(json.dumps({"connected": record.title, "identity": record.identity, "notes": notes}))


def _made(slug: str, line: ConnectCommand) -> Callable[..., None]:
    """The command of a platform, with the options that its folder describes."""

    def run(**given: Any) -> None:
        home, as_json = given.pop("home"), given.pop("as_json")
        values = line.values(given, secret_value)
        with open_app(home, may_share=True) as app_:
            record, found = connect(app_, slug, values, partial(_show_page, words=line.page(values)))
            companies = app_.books.connections.connected(app_.organization_id, LEDGER)
        is_company = record.role == LEDGER
        show_connected(record.title, None if is_company else found)
        if is_company and len(companies) > 1:
            hint = "Several companies are connected. In which each store is kept is shown, and chosen, with: {command}"
            console.print(text(hint, command="comptoir company"))
        _show_outcome(record, found, as_json=as_json)

    parameters = [
        *map(_parameter, line.options),
        _keyword("home", HomeOption, None),
        _keyword("as_json", JsonOption, False),
    ]
    run.__doc__, run.__name__ = line.about, slug
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return run


def _parameter(option: CommandOption) -> Parameter:
    if option.type is bool:
        return _keyword(option.name, Annotated[bool, typer.Option(f"--{option.name}", help=option.help)], False)
    if option.type is Path:
        return _keyword(option.name, Annotated[Path | None, typer.Option(help=option.help)], None)
    default = Parameter.empty if option.required else option.default
    return _keyword(option.name, Annotated[str, typer.Option(help=option.help)], default)


def _keyword(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


for _slug, _line in COMMANDS.items():
    app.command(_slug)(reported(_made(_slug, _line)))
