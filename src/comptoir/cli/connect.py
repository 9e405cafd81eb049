"""`comptoir connect`: a store and a company, each by its own authorization, tested before it is saved."""

from __future__ import annotations

import json
import os
import secrets
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.engine.ports import StoreInfo
from comptoir.http.callback import CallbackError, Redirect, from_address, is_here, listening
from comptoir.http.oauth import Tokens
from comptoir.ledgers.quickbooks import connect as quickbooks_form
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.stores import shopify as shopify_form
from comptoir.wiring import AUTHORIZED_AT, QUICKBOOKS, SHOPIFY, App, open_app

app = typer.Typer(help="Connect a store or a company.", no_args_is_help=True)

SIGN_IN_SECONDS = 600
"""How long the consent page may stay open."""
SECRET_FIELDS = frozenset({"client_secret", "token"})


def secret_value(file: Path | None, environment_name: str, label: str) -> str:
    """A secret from a file or the environment, else asked for: never from the command line, which others can read."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The file {file} with the {label.lower()} cannot be read ({error}).") from error
    return os.environ.get(environment_name) or str(typer.prompt(label, hide_input=True))


def save_shopify(
    app_: App, values: Mapping[str, str], open_page: Callable[[str], object] = lambda _url: None
) -> tuple[ConnectionRecord, StoreInfo]:
    """Test the shop's connection and keep it. `open_page` brings the user to the consent page, for that sign-in."""
    access = shopify_form.read_form(values)
    if not isinstance(access, shopify_form.Access):
        raise ProblemsError("The shop cannot be connected yet:", list(access))
    granted = _sign_in(app_, access, open_page) if access.sign_in == shopify_form.BROWSER else None
    store, tokens = app_.shop(access, granted)
    info = store.describe()
    keeps_token = access.sign_in == shopify_form.TOKEN
    record = app_.books.connections.save(
        app_.organization_id,
        NewConnection(
            role=STORE,
            platform=SHOPIFY,
            identity=store.identity,
            title=info.name,
            config={
                "shop": access.shop,
                "sign_in": access.sign_in,
                "client_id": access.client_id,
                "redirect_uri": access.redirect_uri,
                "base_url": access.base_url,
            },
            secrets={"client_secret": access.client_secret, "token": access.token if keeps_token else ""},
        ),
        tokens.load(),
    )
    return record, info


def _sign_in(app_: App, access: shopify_form.Access, open_page: Callable[[str], object]) -> Tokens:
    """The tokens of a consent in the browser, or those that a token without end is exchanged for."""
    state = secrets.token_urlsafe(32)
    sign_in = shopify_form.SignIn(access, http=app_.http, state=state)
    if access.token:
        return sign_in.renew(access.token)
    return sign_in.finish(_consent(access.redirect_uri, state, lambda: open_page(sign_in.url)).query)


def save_quickbooks(
    app_: App, values: Mapping[str, str], open_page: Callable[[str], object]
) -> tuple[ConnectionRecord, list[Message]]:
    """Sign in at Intuit, test the company's connection and keep it. `open_page` brings the user to the consent page."""
    problems = quickbooks_form.check_form(values)
    if problems:
        raise ProblemsError("QuickBooks cannot be connected yet:", problems)
    connector = app_.intuit_app(values)
    state = secrets.token_urlsafe(32)
    answer = _consent(values["redirect_uri"], state, lambda: open_page(connector.authorize_url(state))).values
    realm_id, code = answer.get("realmId", ""), answer.get("code", "")
    if not realm_id.isdecimal() or not code:
        raise CommandError("The sign-in did not say which company you chose. Start again and choose a company.")
    tokens, identity = connector.finish(code, realm_id)
    report = app_.quickbooks_company(values, realm_id, tokens)
    config = {name: value for name, value in values.items() if name not in SECRET_FIELDS}
    record = app_.books.connections.save(
        app_.organization_id,
        NewConnection(
            role=LEDGER,
            platform=QUICKBOOKS,
            identity=identity,
            title=report.name,
            config={**config, "realm_id": realm_id, AUTHORIZED_AT: datetime.now(UTC).isoformat(timespec="seconds")},
            secrets={"client_secret": values["client_secret"]},
        ),
        tokens,
    )
    return record, list(report.warnings)


def _consent(redirect_uri: str, state: str, open_page: Callable[[], object]) -> Redirect:
    """What the sign-in leads to: received here or, where the redirect goes to another host, pasted by the user."""
    try:
        if is_here(redirect_uri):
            with listening(redirect_uri, state) as callback:
                open_page()
                return callback.wait(SIGN_IN_SECONDS)
        open_page()
        return from_address(typer.prompt("Then paste the whole address of the page you were sent to"), state)
    except CallbackError as error:
        raise CommandError(str(error)) from error


def _show_page(url: str, words: str = "Sign in at Intuit and choose the company.") -> None:
    console.print(f"{words} If no browser opens, go to this address:", markup=False)
    console.print(url, soft_wrap=True, markup=False)
    webbrowser.open(url)


def _show_outcome(record: ConnectionRecord, warnings: Sequence[object], *, as_json: bool) -> None:
    for warning in warnings:
        console.print(f"Note: {warning}", style="yellow", markup=False)
    if as_json:
        notes = [str(warning) for warning in warnings]
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
        values["token"] = secret_value(token_file, "", "Access token")
    if browser or token_file is None:
        values["sign_in"] = shopify_form.BROWSER if browser else shopify_form.APP
        values["client_secret"] = secret_value(client_secret_file, "COMPTOIR_SHOPIFY_SECRET", "Client secret")
    with open_app(home) as app_:
        record, info = save_shopify(app_, values, partial(_show_page, words=f"Allow the app in at {shop}."))
    console.print(f"Connected: {record.title} ({info.currency}, {info.time_zone}).", markup=False)
    _show_outcome(record, info.warnings, as_json=as_json)


@app.command("quickbooks")
@reported
def quickbooks(
    client_id: Annotated[str, typer.Option(help="From your app at developer.intuit.com.")],
    client_secret_file: Annotated[
        Path | None, typer.Option(help="A file with the client secret; else COMPTOIR_QUICKBOOKS_SECRET, else asked.")
    ] = None,
    redirect_uri: Annotated[
        str, typer.Option(help="The redirect URI registered in your Intuit app.")
    ] = "http://localhost:8484/callback",
    environment: Annotated[str, typer.Option(help="production, sandbox or simulator.")] = "production",
    discovery_url: Annotated[str, typer.Option(help="A simulator's discovery document.")] = "",
    api_url: Annotated[str, typer.Option(help="Where a simulator answers.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Connect a QuickBooks Online company; you sign in at Intuit, and your password stays there."""
    values = {
        "client_id": client_id,
        "client_secret": secret_value(client_secret_file, "COMPTOIR_QUICKBOOKS_SECRET", "Client secret"),
        "redirect_uri": redirect_uri,
        "environment": environment,
        "discovery_url": discovery_url,
        "api_url": api_url,
    }
    with open_app(home) as app_:
        record, warnings = save_quickbooks(app_, values, _show_page)
    console.print(f"Connected: {record.title}.", markup=False)
    _show_outcome(record, warnings, as_json=as_json)
