from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.contract.registry import STORES
from tests.contract.store.harness import ShopSetup, StoreHarness

OpenShop = Callable[[ShopSetup], StoreHarness]


@pytest.fixture(scope="session", params=sorted(STORES))
def running(request: pytest.FixtureRequest) -> Iterator[OpenShop]:
    """Shops of one platform, each started once: starting and stopping is most of what a small test takes."""
    shops: dict[ShopSetup, StoreHarness] = {}
    with ExitStack() as stack:

        def get(setup: ShopSetup) -> StoreHarness:
            if setup not in shops:
                shops[setup] = stack.enter_context(STORES[request.param](setup))
            return shops[setup]

        yield get


@pytest.fixture
def open_shop(running: OpenShop) -> OpenShop:
    """Gives empty shops of one platform."""

    def get(setup: ShopSetup) -> StoreHarness:
        shop = running(setup)
        shop.empty()
        return shop

    return get


@pytest.fixture
def shop(open_shop: OpenShop) -> StoreHarness:
    return open_shop(ShopSetup())
