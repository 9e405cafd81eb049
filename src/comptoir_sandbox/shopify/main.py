"""`python -m comptoir_sandbox shopify`: one shop on one port, filled from a retail data file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.month import LoadedMonth, load, packaged_month
from comptoir_sandbox.retail.reader import DataFileError
from comptoir_sandbox.server import serve
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.oauth import TOKEN_LIFETIME_SECONDS
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_DATA_EXIT_CODE = 1
MISTAKES_SHOWN = 50


def run(argv: Sequence[str]) -> int:
    """Serve until stopped. Exit code 1: the data file has mistakes (all listed on stderr); 2: port taken, bad usage."""
    options = _parser().parse_args(argv)
    facts = ShopFacts(domain=options.shop)
    try:
        month = None if options.empty else load(options.data or packaged_month(), facts)
    except DataFileError as error:
        sys.stderr.write(error.report(MISTAKES_SHOWN) + "\n")
        return BAD_DATA_EXIT_CODE
    application = build_app(_config(options, facts, month))
    return serve(application, host=options.host, port=options.port, announce=_announcement(options, month))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m comptoir_sandbox shopify", description=__doc__)
    defaults = ShopifyConfig()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--data", type=Path, help="retail data file, CSV or CSV.GZ (default: the packaged month)")
    parser.add_argument("--empty", action="store_true", help="a shop without orders")
    parser.add_argument("--shop", default=ShopFacts().domain, help="the shop's myshopify.com domain")
    parser.add_argument("--client-id", default=defaults.client_id)
    parser.add_argument("--client-secret", default=defaults.client_secret)
    parser.add_argument("--static-token", help="an access token that never expires")
    parser.add_argument("--scopes", default=",".join(defaults.scopes), help="comma list of granted scopes")
    parser.add_argument("--token-lifetime", type=int, default=TOKEN_LIFETIME_SECONDS, help="seconds")
    parser.add_argument("--no-throttle", action="store_true", help="never answer THROTTLED")
    parser.add_argument("--clock-speed", type=float, default=1.0, help="sandbox seconds per real second")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds until a change is found by search")
    return parser


def _config(options: argparse.Namespace, facts: ShopFacts, month: LoadedMonth | None) -> ShopifyConfig:
    return ShopifyConfig(
        seed=month.seed if month else ShopSeed(facts=facts),
        client_id=options.client_id,
        client_secret=options.client_secret,
        static_token=options.static_token,
        scopes=tuple(scope.strip() for scope in options.scopes.split(",") if scope.strip()),
        token_lifetime_seconds=options.token_lifetime,
        throttle=not options.no_throttle,
        index_lag_seconds=options.index_lag,
        summary=month.summary.as_json() if month else None,
        clock=Clock(speed=options.clock_speed),
    )


def _announcement(options: argparse.Namespace, month: LoadedMonth | None) -> dict[str, Any]:
    return {
        "platform": "shopify",
        "shop": options.shop,
        "client_id": options.client_id,
        "client_secret": options.client_secret,
        "summary": month.summary.headline() if month else None,
    }
