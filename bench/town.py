"""Many shops and companies in one process, each a whole simulator below a path of its own.

usage: python -m bench.town SHOPS COMPANIES

Prints one line of JSON when it listens, as a simulator does. A shop's address is the town's with `/shop-N`, a company's
with `/company-N`, from 1 on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.shop import SHOP
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.quickbooks.app import Config
from comptoir_sandbox.quickbooks.app import build_app as build_company
from comptoir_sandbox.server import serve
from comptoir_sandbox.shopify.app import ShopifyConfig
from comptoir_sandbox.shopify.app import build_app as build_shop
from comptoir_sandbox.shopify.seed import parse_seed

FIRST_REALM = 9_130_357_849_000_000
CLOCK_TIMES = 60
TOKEN_SECONDS = 100_000_000


def domain(number: int) -> str:
    """The name of a shop."""
    return f"bench-{number}.myshopify.com"


def realm(number: int) -> str:
    """The id of a company."""
    return str(FIRST_REALM + number)


class Streets:
    """Leads each request to the simulator of its first path segment, which then believes that it lives there alone.

    A mount would hide the segment from the addresses that a simulator gives out (its discovery document, its files).
    """

    def __init__(self, app: ASGIApp, houses: Mapping[str, ASGIApp]) -> None:
        self._app = app
        self._houses = houses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        segment = scope["path"].split("/")[1]
        house = self._houses.get(segment)
        if house is None:
            await self._app(scope, receive, send)
        else:
            await house({**scope, "root_path": f"/{segment}"}, receive, send)


def town(shops: int, companies: int) -> Starlette:
    """The application."""
    houses: dict[str, ASGIApp] = {f"shop-{number}": _shop(number) for number in range(1, shops + 1)}
    houses |= {f"company-{number}": _company(number) for number in range(1, companies + 1)}
    return Starlette(middleware=[Middleware(Streets, houses=houses)])


def _shop(number: int) -> Starlette:
    return build_shop(ShopifyConfig(seed=parse_seed({"shop": {**SHOP, "domain": domain(number)}}), throttle=False))


def _company(number: int) -> Starlette:
    return build_company(
        Config(
            realm_id=realm(number),
            auto_approve=True,
            limits=False,
            token_lifetime_seconds=TOKEN_SECONDS,
            request_id_memory_seconds=900 * CLOCK_TIMES,
            clock=Clock(speed=CLOCK_TIMES),
        )
    )


if __name__ == "__main__":
    sys.exit(serve(town(int(sys.argv[1]), int(sys.argv[2])), host="127.0.0.1", port=0, announce={"platform": "town"}))
