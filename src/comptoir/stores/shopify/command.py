"""`comptoir connect shopify`: what it takes, and the form that this fills in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comptoir.books.problems import Message
from comptoir.engine.setup.command import AskSecret, CommandOption, ConnectCommand
from comptoir.engine.setup.forms import SIGN_IN
from comptoir.stores.shopify.connect import APP, BROWSER, REDIRECT_URI

FROM_ENVIRONMENT = "COMPTOIR_SHOPIFY_SECRET"


def _values(given: Mapping[str, Any], secret: AskSecret) -> dict[str, str]:
    values = {name: given[name] for name in ("shop", "client_id", "redirect_uri")} | {"base_url": given["url"]}
    if given["token_file"] is not None:
        values["token"] = secret(given["token_file"], "", Message("Access token"))
    if given["browser"] or given["token_file"] is None:
        values[SIGN_IN] = BROWSER if given["browser"] else APP
        values["client_secret"] = secret(given["client_secret_file"], FROM_ENVIRONMENT, Message("Client secret"))
    return values


def _page(values: Mapping[str, str]) -> Message:
    return Message(
        "Allow the app in at {shop}. If no browser opens, go to this address:", {"shop": values.get("shop", "")}
    )


COMMAND = ConnectCommand(
    about="Connect a Shopify shop through an app of your own.",
    options=(
        CommandOption("shop", "The name in NAME.myshopify.com.", required=True),
        CommandOption("client_id", "From your app in Shopify's Dev Dashboard."),
        CommandOption(
            "client_secret_file", "A file with the client secret; else COMPTOIR_SHOPIFY_SECRET, else asked.", Path
        ),
        CommandOption("token_file", "A file with the token of an older app (shpat_...).", Path),
        CommandOption(
            "browser",
            "Sign in at the shop in your browser. With --token-file: exchange that token for one that is renewed.",
            bool,
        ),
        CommandOption("redirect_uri", "For --browser: the redirect URL in your app's settings.", default=REDIRECT_URI),
        CommandOption("url", "Where a simulator answers."),
    ),
    values=_values,
    page=_page,
)
