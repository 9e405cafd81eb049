"""Shops for the tests: the packaged month, and small ones made of a few carts."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.month import LoadedMonth, load, packaged_month
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig
from comptoir_sandbox.shopify.cart import Cart, CartLine, Payment
from comptoir_sandbox.shopify.shop import ShopSeed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHARED = Path(os.environ.get("COMPTOIR_SHARED") or Path(__file__).parents[3] / ".." / "shared")
SPECS = SHARED / "specs" / "shopify"

MakeCart = Callable[..., Cart]
MakeSandbox = Callable[..., Sandbox]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def specs() -> Path:
    if not SPECS.is_dir():
        pytest.skip("the official specifications (../shared, or $COMPTOIR_SHARED) are not on this machine")
    return SPECS


@pytest.fixture
def make_cart() -> MakeCart:
    """A paid order of two lines (20.00 and 5.00), `age` hours old; anything can be replaced."""

    def make(number: int = 1, *, age: float = 1, paid: bool = True, **changes: Any) -> Cart:
        moment = NOW - timedelta(hours=age)
        cart = Cart(
            id=1000 + number,
            name=f"#{number}",
            number=number,
            created_at=moment,
            processed_at=moment,
            lines=(
                CartLine(title="Lamp", quantity=2, unit_price=Decimal("10.00"), sku="LAMP", variant_id=1, product_id=1),
                CartLine(title="Bulb", quantity=1, unit_price=Decimal("5.00"), sku="BULB"),
            ),
        )
        payments = (Payment(amount=Decimal("25.00"), gateway="shopify_payments", processed_at=moment),) if paid else ()
        return replace(cart, payments=payments, **changes)

    return make


@pytest.fixture
def make_sandbox() -> MakeSandbox:
    """A sandbox of these carts on a clock that stands still at NOW."""

    def make(*carts: Cart, **config: Any) -> Sandbox:
        return Sandbox(
            ShopifyConfig(seed=ShopSeed(carts=carts), static_token="shpat_test", clock=Clock(NOW, speed=0), **config)
        )

    return make


@pytest.fixture
def ask() -> Ask:
    """Put a query to a sandbox without HTTP."""

    def run(sandbox: Sandbox, query: str, /, **variables: Any) -> dict[str, Any]:
        granted = sandbox.tokens.granted("shpat_test")
        assert granted is not None
        return sandbox.api.answer(GraphQLRequest(query, variables, None), granted)

    return run


@pytest.fixture(scope="session")
def month() -> LoadedMonth:
    return load(packaged_month())


@pytest.fixture(scope="session")
def month_sandbox(month: LoadedMonth) -> Sandbox:
    """The packaged month without throttle. Tests must not change it."""
    return Sandbox(ShopifyConfig(seed=month.seed, static_token="shpat_test", throttle=False))
