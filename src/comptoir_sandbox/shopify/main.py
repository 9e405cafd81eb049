"""`python -m comptoir_sandbox shopify`: one shop on one port, filled from a retail data file or a seed file."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.giftshop import shop as gift_shop
from comptoir_sandbox.retail.month import load, packaged_month
from comptoir_sandbox.retail.reader import DataFileError
from comptoir_sandbox.server import serve
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.oauth import TOKEN_LIFETIME_SECONDS
from comptoir_sandbox.shopify.payouts.account import PaymentsAccount
from comptoir_sandbox.shopify.seed import SeedError, read_seed
from comptoir_sandbox.shopify.services import ServiceConfig
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comptoir_sandbox.giftshop.shop import GiftShop
    from comptoir_sandbox.retail.summary import Summary

BAD_DATA_EXIT_CODE = 1
MISTAKES_SHOWN = 50


def run(argv: Sequence[str]) -> int:
    """Serve until stopped. Exit code 1: the data file has mistakes (all listed on stderr); 2: port taken, bad usage."""
    options = _parser().parse_args(argv)
    facts = ShopFacts(domain=options.shop)
    try:
        seed = read_seed(options.seed, facts) if options.seed else ShopSeed(facts=facts)
        loaded = None if options.empty or options.seed else _loaded(options, facts)
    except DataFileError as error:
        sys.stderr.write(error.report(MISTAKES_SHOWN) + "\n")
        return BAD_DATA_EXIT_CODE
    except (SeedError, OSError) as error:
        sys.stderr.write(f"{options.seed}: {error}\n")
        return BAD_DATA_EXIT_CODE
    config = _config(options, seed, loaded)
    announce = _announcement(config, loaded)
    return serve(
        build_app(config),
        host=options.host,
        port=options.port,
        announce=announce,
        ends_with_input=options.ends_with_input,
    )


class _Loaded(NamedTuple):
    """A shop that comes with an account of itself."""

    seed: ShopSeed
    account: Summary | GiftShop


def _loaded(options: argparse.Namespace, facts: ShopFacts) -> _Loaded:
    if options.gift_shop:
        shop = gift_shop.load(options.gift_shop_seed)
        return _Loaded(shop.seed, shop)
    month = load(options.data or packaged_month(), facts)
    return _Loaded(month.seed, month.summary)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m comptoir_sandbox shopify", description=__doc__)
    defaults = ShopifyConfig()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--data", type=Path, help="retail data file, CSV or CSV.GZ (default: the packaged month)")
    parser.add_argument("--seed", type=Path, help="seed file of carts, JSON (see seed.py); instead of --data")
    parser.add_argument("--gift-shop", action="store_true", help="the demo's gift shop in Montréal; instead of --data")
    parser.add_argument("--gift-shop-seed", type=int, default=gift_shop.SEED, help="the number it is drawn from")
    parser.add_argument("--empty", action="store_true", help="a shop without orders")
    parser.add_argument("--shop", default=ShopFacts().domain, help="the shop's myshopify.com domain")
    parser.add_argument("--client-id", default=defaults.client_id)
    parser.add_argument("--client-secret", default=defaults.client_secret)
    parser.add_argument("--static-token", help="an access token that never expires")
    parser.add_argument("--redirect-uri", action="append", default=[], help="a callback the app may use (repeatable)")
    parser.add_argument("--app-url", help="where the app lives, for the signed install link")
    parser.add_argument("--payments", action="store_true", help="the shop has Shopify Payments, with payouts")
    parser.add_argument("--no-customer-data", action="store_true", help="the app may not see who buys")
    parser.add_argument("--webhooks-to", help="address that stands for the hosts of webhooks: http://127.0.0.1:PORT")
    parser.add_argument("--consent-page", action="store_true", help="ask a person before the app is installed")
    parser.add_argument("--not-installed", action="store_true", help="the app is not on the shop yet")
    parser.add_argument("--scopes", default=",".join(defaults.scopes), help="comma list of granted scopes")
    parser.add_argument("--token-lifetime", type=int, default=TOKEN_LIFETIME_SECONDS, help="seconds")
    parser.add_argument("--no-throttle", action="store_true", help="never answer THROTTLED")
    parser.add_argument("--clock-speed", type=float, default=1.0, help="sandbox seconds per real second")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds until a change is found by search")
    parser.add_argument("--ends-with-input", action="store_true", help="end when standard input ends")
    return parser


def _config(options: argparse.Namespace, seed: ShopSeed, loaded: _Loaded | None) -> ShopifyConfig:
    chosen = loaded.seed if loaded else seed
    if options.payments and chosen.payments is None:
        chosen = replace(chosen, payments=PaymentsAccount())
    return ShopifyConfig(
        seed=chosen,
        client_id=options.client_id,
        client_secret=options.client_secret,
        static_token=options.static_token,
        scopes=tuple(scope.strip() for scope in options.scopes.split(",") if scope.strip()),
        installed=not options.not_installed,
        redirect_uris=tuple(options.redirect_uri),
        app_url=options.app_url,
        consent_page=options.consent_page,
        token_lifetime_seconds=options.token_lifetime,
        throttle=not options.no_throttle,
        index_lag_seconds=options.index_lag,
        customer_data=not options.no_customer_data,
        summary=loaded.account.as_json() if loaded else None,
        clock=Clock(speed=options.clock_speed),
        services=ServiceConfig(deliver_to=options.webhooks_to),
    )


def _announcement(config: ShopifyConfig, loaded: _Loaded | None) -> dict[str, Any]:
    return {
        "platform": "shopify",
        "shop": config.seed.facts.domain,
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "summary": loaded.account.headline() if loaded else None,
    }
