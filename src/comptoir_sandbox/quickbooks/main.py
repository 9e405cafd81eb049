"""`python -m comptoir_sandbox quickbooks`: the options and the start of the simulator."""

from __future__ import annotations

import argparse
from pathlib import Path

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.quickbooks.app import Config, build_app
from comptoir_sandbox.quickbooks.given import CompanyFileError, read
from comptoir_sandbox.quickbooks.profile import PROFILES, Options
from comptoir_sandbox.server import serve


def _options() -> argparse.ArgumentParser:
    default = Config()
    parser = argparse.ArgumentParser(
        prog="python -m comptoir_sandbox quickbooks", description="A simulated QuickBooks Online company."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    parser.add_argument("--realm-id", default=default.realm_id, help="id of the company")
    parser.add_argument("--client-id", default=default.client_id, help="the application's key")
    parser.add_argument("--client-secret", default=default.client_secret, help="the application's secret")
    parser.add_argument("--profile", choices=PROFILES, help=f"the company's country and lists ({default.profile})")
    parser.add_argument("--company", type=Path, metavar="FILE", help="a real company's lists, as its API answers them")
    _add_options(parser)
    parser.add_argument("--webhook-url", help="address that notifications are sent to")
    parser.add_argument("--webhook-token", default=default.webhook_token, help="verifier token of notifications")
    parser.add_argument("--redirect-uri", action="append", default=[], help="a registered redirect address")
    parser.add_argument("--auto-approve", action="store_true", help="consent at once, without a page")
    parser.add_argument("--no-limits", action="store_true", help="no request limits")
    parser.add_argument("--no-shuffle", action="store_true", help="answer a batch in the order asked")
    parser.add_argument("--clock-speed", type=float, default=1.0, help="sandbox seconds per real second")
    parser.add_argument(
        "--token-lifetime", type=int, default=default.token_lifetime_seconds, help="seconds an access token lives"
    )
    parser.add_argument(
        "--rotation", type=int, default=default.rotation_seconds, help="age in seconds at which refresh values change"
    )
    parser.add_argument(
        "--request-id-memory",
        type=float,
        default=default.request_id_memory_seconds,
        help="seconds a requestid is remembered",
    )
    parser.add_argument("--ends-with-input", action="store_true", help="end when standard input ends")
    return parser


def _add_options(parser: argparse.ArgumentParser) -> None:
    """Settings of the company that differ from its profile."""
    switch = argparse.BooleanOptionalAction
    parser.add_argument("--custom-numbers", action=switch, help="document numbers are the client's (CustomTxnNumbers)")
    parser.add_argument("--classes", choices=("line", "form", "off"), help="how classes are tracked")
    parser.add_argument("--locations", action=switch, help="track locations")
    parser.add_argument("--books-closed-until", metavar="DATE", help="nothing is posted on or before this day")
    parser.add_argument("--auto-apply", action=switch, help="credits and payments settle the oldest open invoice")
    parser.add_argument("--sales-tax", action=switch, help="the company uses sales tax")
    parser.add_argument("--inventory", action=switch, help="the subscription has inventory")


def _company_options(options: argparse.Namespace) -> Options:
    return Options(
        custom_numbers=options.custom_numbers,
        classes=options.classes,
        locations=options.locations,
        books_closed_until=options.books_closed_until,
        auto_apply=options.auto_apply,
        sales_tax=options.sales_tax,
        inventory=options.inventory,
    )


def run(argv: list[str]) -> int:
    """Serve until told to stop; 2 when the port is taken (argparse also exits with 2 on a wrong option)."""
    parser = _options()
    options = parser.parse_args(argv)
    settings = _company_options(options)
    if options.company is not None and (options.profile is not None or settings != Options()):
        parser.error("--company brings its own lists and settings: leave out --profile and the settings")
    try:
        given = read(options.company.read_bytes()) if options.company is not None else None
    except (OSError, CompanyFileError) as error:
        parser.error(f"--company: {error}")
    try:
        clock = Clock(speed=options.clock_speed)
    except ValueError as error:
        parser.error(f"--clock-speed: {error}")
    config = Config(
        realm_id=options.realm_id,
        client_id=options.client_id,
        client_secret=options.client_secret,
        profile=options.profile or Config.profile,
        options=settings,
        company=given,
        webhook_url=options.webhook_url,
        webhook_token=options.webhook_token,
        redirect_uris=tuple(options.redirect_uri),
        auto_approve=options.auto_approve,
        limits=not options.no_limits,
        token_lifetime_seconds=options.token_lifetime,
        rotation_seconds=options.rotation,
        request_id_memory_seconds=options.request_id_memory,
        shuffle_batches=not options.no_shuffle,
        clock=clock,
    )
    try:
        app = build_app(config)
    except ValueError as error:
        parser.error(str(error))
    announce = {
        "platform": "quickbooks",
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "realm_id": config.realm_id,
        "profile": config.profile if given is None else "given",
        "discovery_url": "{url}/.well-known/openid_sandbox_configuration",
        "api_url": "{url}",
    }
    return serve(app, host=options.host, port=options.port, announce=announce, ends_with_input=options.ends_with_input)
