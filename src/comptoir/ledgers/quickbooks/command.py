"""`comptoir connect quickbooks`: what it takes, and the form that this fills in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from comptoir.books.problems import Message
from comptoir.engine.setup.command import AskSecret, CommandOption, ConnectCommand
from comptoir.engine.setup.forms import SIGN_IN
from comptoir.ledgers.quickbooks.connect import PRODUCTION, TOKEN

FROM_ENVIRONMENT = "COMPTOIR_QUICKBOOKS_SECRET"
AS_GIVEN = ("client_id", "redirect_uri", "environment", "discovery_url", "api_url")


def _values(given: Mapping[str, Any], secret: AskSecret) -> dict[str, str]:
    values = {name: given[name] for name in AS_GIVEN}
    values["client_secret"] = secret(given["client_secret_file"], FROM_ENVIRONMENT, Message("Client secret"))
    if given["refresh_token_file"] is not None:
        values |= {SIGN_IN: TOKEN, "realm_id": given["realm_id"]}
        values["refresh_token"] = secret(given["refresh_token_file"], "", Message("Refresh token"))
    return values


def _page(_values: Mapping[str, str]) -> Message:
    return Message("Sign in at Intuit and choose the company. If no browser opens, go to this address:")


COMMAND = ConnectCommand(
    about="Connect a QuickBooks Online company; you sign in at Intuit, and your password stays there.",
    options=(
        CommandOption("client_id", "From your app at developer.intuit.com.", required=True),
        CommandOption(
            "client_secret_file", "A file with the client secret; else COMPTOIR_QUICKBOOKS_SECRET, else asked.", Path
        ),
        CommandOption(
            "redirect_uri",
            "The redirect URI registered in your Intuit app.",
            default="http://localhost:8484/callback",
        ),
        CommandOption("environment", "production, sandbox or simulator.", default=PRODUCTION),
        CommandOption("realm_id", "The company's id at Intuit, for --refresh-token-file."),
        CommandOption(
            "refresh_token_file",
            "A file with a refresh token from Intuit's own pages, instead of a sign-in in the browser.",
            Path,
        ),
        CommandOption("discovery_url", "A simulator's discovery document."),
        CommandOption("api_url", "Where a simulator answers."),
    ),
    values=_values,
    page=_page,
)
