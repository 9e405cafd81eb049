"""`comptoir connect`: a store and a company, each by its own authorization, tested before it is saved."""

from __future__ import annotations

import json
import os
import webbrowser
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, console, show_connected
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.cli.files import read_text
from comptoir.cli.speech import labelled, text, told
from comptoir.engine.setup.connecting import authorized, keep
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN
from comptoir.http.callback import CallbackError, Redirect, from_address, is_here, listening
from comptoir.ledgers.quickbooks import connect as quickbooks_form
from comptoir.storage.connections import LEDGER, ConnectionRecord, Standing
from comptoir.stores import shopify as shopify_form
from comptoir.wiring import QUICKBOOKS, SHOPIFY, App, open_app

app = Family("Connect a store or a company.")

SIGN_IN_SECONDS = 600
"""How long the consent page may stay open."""


CLIENT_SECRET = Message("Client secret")
ACCESS_TOKEN = Message("Access token")
REFRESH_TOKEN = Message("Refresh token")


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


SIGN_IN_AT_INTUIT = Message("Sign in at Intuit and choose the company. If no browser opens, go to this address:")


def _show_page(url: str, words: Message = SIGN_IN_AT_INTUIT) -> None:
    console.print(told(words))
    console.print(url, soft_wrap=True)
    webbrowser.open(url)


def _show_outcome(record: ConnectionRecord, standing: Standing, *, as_json: bool) -> None:
    for note in standing.notes:
        console.print(labelled(text("Note"), told(note)), style="yellow")
    if as_json:
        notes = [str(each) for each in standing.notes]
        print(json.dumps({"connected": record.title, "identity": record.identity, "notes": notes}))


@app.command("shopify")
@reported
def shopify(  # noqa: PLR0917 - options are parameters
    shop: Annotated[str, typer.Option(help="The name in NAME.myshopify.com.")],
    client_id: Annotated[str, typer.Option(help="From your app in Shopify's Dev Dashboard.")] = "",
    client_secret_file: Annotated[
        Path | None, typer.Option(help="A file with the client secret; else COMPTOIR_SHOPIFY_SECRET, else asked.")
    ] = None,
    token_file: Annotated[Path | None, typer.Option(help="A file with the token of an older app (shpat_...).")] = None,
    browser: Annotated[
        bool,
        typer.Option(
            "--browser",
            help="Sign in at the shop in your browser. With --token-file: exchange that token for one that is renewed.",
        ),
    ] = False,
    redirect_uri: Annotated[
        str, typer.Option(help="For --browser: the redirect URL in your app's settings.")
    ] = shopify_form.REDIRECT_URI,
    url: Annotated[str, typer.Option(help="Where a simulator answers.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Connect a Shopify shop through an app of your own."""
    values = {"shop": shop, "client_id": client_id, "redirect_uri": redirect_uri, "base_url": url}
    if token_file is not None:
        values["token"] = secret_value(token_file, "", ACCESS_TOKEN)
    if browser or token_file is None:
        values[SIGN_IN] = shopify_form.BROWSER if browser else shopify_form.APP
        values["client_secret"] = secret_value(client_secret_file, "COMPTOIR_SHOPIFY_SECRET", CLIENT_SECRET)
    with open_app(home, may_share=True) as app_:
        allow = Message("Allow the app in at {shop}. If no browser opens, go to this address:", {"shop": shop})
        record, found = connect(app_, SHOPIFY, values, partial(_show_page, words=allow))
    show_connected(record.title, found)
    _show_outcome(record, found, as_json=as_json)


@app.command("quickbooks")
@reported
def quickbooks(  # noqa: PLR0917 - options are parameters
    client_id: Annotated[str, typer.Option(help="From your app at developer.intuit.com.")],
    client_secret_file: Annotated[
        Path | None, typer.Option(help="A file with the client secret; else COMPTOIR_QUICKBOOKS_SECRET, else asked.")
    ] = None,
    redirect_uri: Annotated[
        str, typer.Option(help="The redirect URI registered in your Intuit app.")
    ] = "http://localhost:8484/callback",
    environment: Annotated[str, typer.Option(help="production, sandbox or simulator.")] = "production",
    realm_id: Annotated[str, typer.Option(help="The company's id at Intuit, for --refresh-token-file.")] = "",
    refresh_token_file: Annotated[
        Path | None,
        typer.Option(help="A file with a refresh token from Intuit's own pages, instead of a sign-in in the browser."),
    ] = None,
    discovery_url: Annotated[str, typer.Option(help="A simulator's discovery document.")] = "",
    api_url: Annotated[str, typer.Option(help="Where a simulator answers.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Connect a QuickBooks Online company; you sign in at Intuit, and your password stays there."""
    values = {
        "client_id": client_id,
        "client_secret": secret_value(client_secret_file, "COMPTOIR_QUICKBOOKS_SECRET", CLIENT_SECRET),
        "redirect_uri": redirect_uri,
        "environment": environment,
        "discovery_url": discovery_url,
        "api_url": api_url,
    }
    if refresh_token_file is not None:
        values |= {SIGN_IN: quickbooks_form.TOKEN, "realm_id": realm_id}
        values["refresh_token"] = secret_value(refresh_token_file, "", REFRESH_TOKEN)
    with open_app(home, may_share=True) as app_:
        record, found = connect(app_, QUICKBOOKS, values, _show_page)
        is_one_of_many = len(app_.books.connections.connected(app_.organization_id, LEDGER)) > 1
    show_connected(record.title)
    if is_one_of_many:
        hint = "Several companies are connected. In which each store is kept is shown, and chosen, with: {command}"
        console.print(text(hint, command="comptoir company"))
    _show_outcome(record, found, as_json=as_json)
